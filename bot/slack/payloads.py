"""What Slack sends, read once into the few values that bodies need."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field, replace
from typing import Any

from bot.slack.capability import Trigger

Payload = dict[str, Any]

IN_TIME_SECONDS = 2.5
"""Slack waits three seconds for an acknowledgement: what comes in a later one nobody sees."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One command, click, submission, look-up, shortcut or event.

    `key` is the same each time that Slack delivers it, `message_key` for every click of one person in one message.
    `message` is the channel and ts of the clicked message, if it is there for all. `message_text` and `message_ts` are
    of the message on which a shortcut was used; `is_private`: not everybody in the workspace may read where it is.
    """

    trigger: Trigger
    key: str
    slack_team_id: str
    slack_user_id: str
    user_name: str
    is_stranger: bool
    channel_id: str = ""
    value: str = ""
    arguments: str = ""
    aloud: bool = False
    typed: str = ""
    metadata: str = ""
    trigger_id: str = ""
    response_url: str = ""
    message: tuple[str, str] | None = None
    message_key: str = ""
    view: Payload = field(default_factory=dict)
    event: Payload = field(default_factory=dict)
    message_text: str = ""
    message_ts: str = ""
    is_private: bool = False
    came_at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def is_late(self) -> bool:
        """Whether Slack no longer waits for the acknowledgement."""
        return time.monotonic() - self.came_at > IN_TIME_SECONDS

    def with_arguments(self, arguments: str, *, aloud: bool) -> Incoming:
        """The same with the arguments that are left for a subcommand, which may be asked to answer aloud."""
        return replace(self, arguments=arguments, aloud=aloud)

    @property
    def fields(self) -> dict[str, Any]:
        """The inputs of the view by block id."""
        return fields_of(self.view)

    @property
    def is_in_modal(self) -> bool:
        return self.view.get("type") == "modal"


def of_command(body: Payload) -> Incoming:
    return Incoming(
        trigger=Trigger.COMMAND,
        key=f"{body['team_id']}:{body['trigger_id']}",
        slack_team_id=body["team_id"],
        slack_user_id=body["user_id"],
        user_name=body.get("user_name", ""),
        is_stranger=False,
        channel_id=body.get("channel_id", ""),
        arguments=as_typed(body.get("text") or "").strip(),
        trigger_id=body["trigger_id"],
        response_url=body.get("response_url", ""),
    )


LINK = re.compile(r"<(?:mailto:)?([^<>|@#!][^<>|]*)(?:\|[^<>]*)?>")
MENTION = re.compile(r"<([@#][A-Z0-9]+)\|[^<>]*>")


def as_typed(text: str) -> str:
    """A command's text as the person meant it: Slack marks up addresses and links, and escapes what could be markup.

    Mentions stay, as `<@U123>` and `<#C123>`.
    """
    return html.unescape(MENTION.sub(r"<\1>", LINK.sub(r"\1", text)))


ANGLED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def as_read(text: str) -> str:
    """A message's text as people read it, on one line. Mentions of people stay, as `<@U123>`."""
    return " ".join(html.unescape(ANGLED.sub(angled_as_read, text)).split())


def angled_as_read(found: re.Match[str]) -> str:
    """What Slack shows for a mention, a special word or a link."""
    sign, name, label = found[1], found[2], found[3]
    if sign == "@":
        return f"<@{name}>"
    if sign == "!":
        return label or f"@{name.partition('^')[0]}"
    return f"#{label or 'a channel'}" if sign == "#" else label or name.removeprefix("mailto:")


def is_private_place(channel: Payload) -> bool:
    """Whether a channel is not open to the whole workspace: such a one keeps its name to itself, or has none."""
    name, channel_id = channel.get("name") or "", channel.get("id") or ""
    return not channel_id.startswith("C") or name in ("", "privategroup", "directmessage") or name.startswith("mpdm-")


def of_interaction(body: Payload, trigger: Trigger) -> Incoming:
    """A click, a submission, a menu's look-up or a shortcut."""
    person, team = body["user"], body.get("team") or {}
    team_id = team.get("id") or body.get("view", {}).get("team_id", "")
    container, action = body.get("container") or {}, (body.get("actions") or [{}])[0]
    channel_id = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    view = body.get("view") or {}
    ts = container.get("message_ts")
    used_on = (body.get("message") or {}) if trigger is Trigger.SHORTCUT else {}
    return Incoming(
        trigger=trigger,
        key=f"{team_id}:{key_of(body, trigger)}",
        slack_team_id=team_id,
        slack_user_id=person["id"],
        user_name=person.get("name") or person.get("username") or "",
        is_stranger=person.get("team_id", team_id) != team_id,
        channel_id=channel_id,
        value=value_of(action),
        typed=body.get("value") or "",
        metadata=view.get("private_metadata") or "",
        trigger_id=body.get("trigger_id") or "",
        response_url=body.get("response_url") or "",
        message=(channel_id, ts) if ts and not container.get("is_ephemeral") else None,
        message_key=f"{team_id}:{channel_id}:{ts}:{person['id']}" if ts else "",
        view=view,
        message_text=as_read(used_on.get("text") or ""),
        message_ts=used_on.get("ts") or "",
        is_private=is_private_place(body.get("channel") or {}),
    )


def of_event(body: Payload) -> Incoming:
    event = body["event"]
    person = event.get("user")
    slack_user_id = person["id"] if isinstance(person, dict) else person or ""
    channel = event.get("channel") or ""
    return Incoming(
        trigger=Trigger.EVENT,
        key=f"{body['team_id']}:{body['event_id']}",
        slack_team_id=body["team_id"],
        slack_user_id=slack_user_id,
        user_name="",
        is_stranger=event.get("user_team", body["team_id"]) != body["team_id"],
        channel_id=channel if isinstance(channel, str) else channel.get("id", ""),
        event=event,
    )


def key_of(body: Payload, trigger: Trigger) -> str:
    if trigger is Trigger.SUBMISSION:
        return f"{body['view']['id']}:{body['view'].get('hash', '')}"
    return body.get("trigger_id") or ""


def value_of(action: Payload) -> str:
    """What was clicked or chosen, as text: the only form in which bodies get ids back."""
    for name in ("selected_option", "selected_user", "selected_conversation", "selected_date", "selected_time"):
        if (chosen := action.get(name)) is not None:
            return str(chosen["value"]) if isinstance(chosen, dict) else str(chosen)
    return str(action.get("value") or "")


def fields_of(view: Payload) -> dict[str, Any]:
    """The inputs of a view by block id: text, a chosen value, a list of values or files, UNIX seconds, or None."""
    values: Payload = (view.get("state") or {}).get("values") or {}
    return {block_id: input_value(element) for block_id, by_action in values.items() for element in by_action.values()}


def input_value(element: Payload) -> Any:
    """The value of one input element, whatever kind it is; files are Slack's own objects."""
    if "selected_option" in element:
        chosen = element["selected_option"]
        return chosen["value"] if chosen else None
    if "files" in element:
        return list(element["files"] or [])
    if "selected_options" in element:
        return [chosen["value"] for chosen in element["selected_options"] or []]
    plain = (
        "selected_user",
        "selected_users",
        "selected_conversation",
        "selected_channel",
        "selected_date",
        "selected_time",
        "selected_date_time",
    )
    return next((element[name] for name in plain if name in element), element.get("value"))
