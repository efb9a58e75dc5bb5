"""A person in front of Slack: what every payload says of them, and of the message or view they act in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.blockkit import interactive
from sandbox.slack.content import blocks_of
from sandbox.slack.delivery.outbound import Outbound
from sandbox.slack.delivery.transport import Answer
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.files import files_from
from sandbox.slack.messages import find
from sandbox.slack.state import SlackState
from sandbox.slack.values import carry_over, entered, initial_values
from sandbox.slack.workspace import Channel, Entries, Json, User, View, Workspace


@dataclass(frozen=True, slots=True)
class Acting:
    """A user who acts in a workspace."""

    state: SlackState
    outbound: Outbound
    workspace: Workspace
    user: User

    def payload(self, kind: str) -> Json:
        """The fields that every interaction payload begins with."""
        user = {"id": self.user.id, "username": self.user.name, "name": self.user.name, "team_id": self.user.team}
        return {
            "type": kind,
            "user": user,
            "api_app_id": self.state.app.id,
            "token": self.state.verification_token,
            "team": {"id": self.workspace.id, "domain": self.workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def trigger(self, channel: str | None = None, view: str | None = None) -> str:
        """A fresh trigger id for what the user just did."""
        return self.state.triggers.issue(self.workspace.id, self.user.id, channel, view)

    def response_url(self, channel: Channel, message: Json | None = None) -> str:
        """A fresh response URL, for the message that the user acted in if there is one."""
        target = (self.workspace.id, channel.id, self.user.id)
        ts, ephemeral = (message["ts"], "ephemeral_to" in message) if message else (None, False)
        return self.state.response_urls.issue(self.state.clock.now(), target, ts, ephemeral=ephemeral)

    def channel(self, channel: Any) -> Channel:
        """A channel that the user sees."""
        return self.state.channel(self.workspace, channel, self.user)

    def file(self, file: str) -> Json:
        """A file in a message that the user sees."""
        seen = (each for each in self.workspace.channels.values() if self.workspace.shows(each, self.user))
        said = (message for channel in seen for message in channel.messages.values())
        if not any(each["id"] == file for message in said for each in message.get("files") or ()):
            raise ControlError(f"{self.user.name} sees no file {file}.", 404)
        return self.workspace.files[file]

    def view(self, view: Any) -> View:
        """A modal or App Home that the user has before them."""
        found = self.workspace.views.get(view) if isinstance(view, str) else None
        if found is None or found.user != self.user.id:
            raise ControlError(f"{self.user.name} has no view {view} open.", 404)
        return found

    def message(self, channel: Channel, ts: Any) -> Json:
        """A message that the user sees."""
        found = find(channel, ts, self.user.id) if isinstance(ts, str) else None
        if found is None:
            raise ControlError(f"{self.user.name} sees no message {ts}.", 404)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """What a user acts in: a view, or a message in a channel."""

    blocks: list[Json]
    entries: Entries
    view: View | None = None
    channel: Channel | None = None
    message: Json | None = None
    acting: Acting | None = None

    def element(self, block_id: Any, action_id: Any) -> tuple[Json, Json]:
        """The block and the element with these ids."""
        for block, element in interactive(self.blocks):
            if block["block_id"] == block_id and element["action_id"] == action_id:
                return block, element
        raise ControlError(f"There is no element {action_id} in block {block_id}.", 404)

    def enter(self, values: Any) -> None:
        """Take over what the control API says was entered: `{block_id: {action_id: value}}`."""
        if not isinstance(values, Mapping):
            raise ControlError("Values are {block_id: {action_id: value}}.")
        for block_id, actions in values.items():
            for action_id, value in actions.items():
                block, element = self.element(block_id, action_id)
                state = entered(block, element, self.uploaded(element, value), self.entries)
                self.entries.values.setdefault(block_id, {})[action_id] = state

    def uploaded(self, element: Json, value: Any) -> Any:
        """What was entered, with files as Slack knows them once they are uploaded."""
        if element["type"] != "file_input" or not value or self.acting is None:
            return value
        return files_from(self.acting.state, self.acting.workspace, self.acting.user.id, value)

    def described(self) -> Json:
        """How a payload tells where the interaction was."""
        if self.view is not None:
            return {"container": {"type": "view", "view_id": self.view.id}, "view": self.view.as_slack()}
        if self.channel is None or self.message is None:
            raise ControlError("A container is a view, or a channel and a ts.")
        ephemeral = "ephemeral_to" in self.message
        container = {"type": "message", "message_ts": self.message["ts"], "channel_id": self.channel.id}
        thread = {"thread_ts": self.message["thread_ts"]} if "thread_ts" in self.message else {}
        return {
            "container": {**container, **thread, "is_ephemeral": ephemeral},
            "channel": {"id": self.channel.id, "name": channel_name(self.channel)},
            **({} if ephemeral else {"message": self.message}),
            "state": {"values": self.entries.values},
        }


def place_of(acting: Acting, container: Any) -> Place:
    """The place that a control API call names as its container."""
    if not isinstance(container, Mapping):
        raise ControlError("A container is a view, or a channel and a ts.")
    if "view" in container:
        view = acting.view(container["view"])
        return Place(view.data["blocks"], view.entries, view=view, acting=acting)
    channel = acting.channel(container.get("channel"))
    message = acting.message(channel, container.get("ts"))
    blocks = blocks_of(message)
    entries = acting.workspace.entries(acting.user.id, message["ts"])
    before = entries.values
    entries.values = initial_values(blocks)
    carry_over(blocks, before, entries)
    return Place(blocks, entries, channel=channel, message=message)


def channel_name(channel: Channel) -> str:
    """What payloads call a channel: private and direct ones keep their name to themselves."""
    return {"public": channel.name, "private": "privategroup", "im": "directmessage", "mpim": channel.name}[
        channel.kind
    ]


def failed(error: SlackError) -> Json:
    """What the control API says when Slack refuses what the app answered."""
    messages = error.details.get("response_metadata", {}).get("messages", [])
    return {"ok": False, "error": error.code, **({"messages": messages} if messages else {})}


def unanswered(answer: Answer) -> Json | None:
    """What the control API says when the app did not acknowledge; None when it did."""
    return None if answer.error is None else {"ok": False, "error": answer.error}
