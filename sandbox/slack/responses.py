"""What an app answers a command or an interaction with: at once, or later at a response URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.slack.content import content_of
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Reply, delete, edit, edit_ephemeral, post, post_ephemeral
from sandbox.slack.state import SlackState
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.workspace import Channel, Workspace


def respond(state: SlackState, target: ResponseUrl, payload: Mapping[str, Any]) -> None:
    """Show an app's answer where the interaction was. Raises SlackError for what Slack refuses."""
    workspace = state.workspaces[target.team]
    channel = workspace.channels[target.channel]
    if payload.get("delete_original") is True:
        _delete_original(state, workspace, channel, target)
        return
    content = content_of(payload)
    if content.is_empty:
        raise SlackError("no_text")
    thread = payload.get("thread_ts")
    if payload.get("replace_original") is True and target.ts is not None:
        whole = replace(content, blocks=content.blocks or [], attachments=content.attachments or [])
        if target.ephemeral:
            edit_ephemeral(state, workspace, channel, target.ts, whole)
        elif target.ts in channel.messages:
            edit(state, workspace, channel, target.ts, whole)
        else:
            raise SlackError("message_not_found")
    elif payload.get("response_type") == "in_channel":
        post(state, workspace, channel, workspace.bot_user, content, Reply(thread))
    else:
        post_ephemeral(state, workspace, channel, target.user, content, thread)


def _delete_original(state: SlackState, workspace: Workspace, channel: Channel, target: ResponseUrl) -> None:
    if target.ts is None:
        return
    if target.ephemeral:
        edit_ephemeral(state, workspace, channel, target.ts, None)
    elif target.ts in channel.messages:
        delete(state, workspace, channel, target.ts)
