"""Slash commands and shortcuts: what a user calls the app with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.slack.acting import Acting, channel_name, failed, unanswered
from sandbox.slack.app import Command
from sandbox.slack.delivery.outbound import outcome
from sandbox.slack.delivery.transport import Answer, outgoing
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.messages import say_as_slackbot
from sandbox.slack.responses import respond
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.typed import as_sent
from sandbox.slack.workspace import Channel, Json

NOT_VALID = (
    '`{name}` is not a valid command. In Slack, all messages that start with the "/" character are interpreted as '
    'commands. To send it as a message all the same, put a space before the "/".'
)


def offered(acting: Acting) -> Mapping[str, Command]:
    """The commands that a user can run: a stranger's workspace has not installed the app, so it has none of them."""
    state, workspace = acting.state, acting.workspace
    is_member = acting.user.team == workspace.id
    return state.app.commands if workspace.installed and is_member and "commands" in workspace.scopes else {}


async def run_command(acting: Acting, channel: Channel, line: Any) -> Json:
    """Run what the user typed from the slash on. What goes wrong is shown to them, as Slack does."""
    if not isinstance(line, str) or not line.startswith("/"):
        raise ControlError("A command begins with a slash.")
    name, _, text = line.partition(" ")
    state, workspace = acting.state, acting.workspace
    command = offered(acting).get(name.lower())
    if command is None:
        say_as_slackbot(state, workspace, channel, acting.user.id, NOT_VALID.format(name=name))
        return {"ok": False, "error": "unknown_command"}
    payload = {
        "token": state.verification_token,
        "team_id": workspace.id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": acting.user.id,
        "user_name": acting.user.name,
        "command": command.command,
        "text": as_sent(workspace, text.strip()) if command.should_escape else text.strip(),
        "api_app_id": state.app.id,
        "is_enterprise_install": "false",
        "response_url": acting.response_url(channel),
        "trigger_id": acting.trigger(channel.id),
    }

    def show(answer: Answer) -> Json:
        result = _shown(acting, channel, answer)
        if not result["ok"]:
            notice = f'`{command.command}` failed with the error "{result["error"]}"'
            say_as_slackbot(state, workspace, channel, acting.user.id, notice)
        return result

    return await acting.outbound.send(outgoing("slash_commands", workspace.id, payload, answerable=True), show)


def _shown(acting: Acting, channel: Channel, answer: Answer) -> Json:
    missed = unanswered(answer)
    if missed is not None or answer.payload is None:
        return missed or {"ok": True}
    target = ResponseUrl(acting.workspace.id, channel.id, acting.user.id, acting.state.clock.now())
    try:
        respond(acting.state, target, answer.payload)
    except SlackError as error:
        return failed(error)
    return {"ok": True}


async def run_shortcut(acting: Acting, callback_id: Any, channel: Any, ts: Any) -> Json:
    """Use a global shortcut, or a message shortcut on a message."""
    shortcut = acting.state.app.shortcuts.get(callback_id)
    if shortcut is None or not acting.workspace.installed:
        raise ControlError(f"There is no shortcut {callback_id}.", 404)
    now = {"action_ts": acting.state.ts(), "callback_id": callback_id}
    if shortcut.type == "global":
        payload = {**acting.payload("shortcut"), **now, "trigger_id": acting.trigger()}
    else:
        where = acting.channel(channel)
        message = acting.message(where, ts)
        payload = {
            **acting.payload("message_action"),
            **now,
            "trigger_id": acting.trigger(where.id),
            "response_url": acting.response_url(where),
            "message_ts": message["ts"],
            "channel": {"id": where.id, "name": channel_name(where)},
            "message": message,
        }
    return await acting.outbound.send(outgoing("interactive", acting.workspace.id, payload), outcome)
