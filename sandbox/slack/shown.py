"""How the control API shows users, channels and messages."""

from __future__ import annotations

from sandbox.slack.state import SlackState
from sandbox.slack.workspace import SLACKBOT, Channel, Json, User, Workspace


def user_shown(state: SlackState, workspace: Workspace, user: User) -> Json:
    """A user for the page. Slackbot counts as a bot here: nobody acts as it."""
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "display_name": user.display_name,
        "email": user.email,
        "tz": user.tz,
        "tz_offset": user.tz_offset(state.clock.now()),
        "title": user.title,
        "color": user.color,
        "is_admin": user.is_admin,
        "is_bot": user.is_bot or user.id == SLACKBOT,
        "is_stranger": user.team != workspace.id,
    }


def channel_shown(workspace: Workspace, channel: Channel, user: User) -> Json:
    """A channel for the page, with how much of it the user has not read. A direct one is called after the app."""
    direct = {"user": workspace.bot_user if channel.user == user.id else channel.user} if channel.kind == "im" else {}
    return {
        "id": channel.id,
        "name": channel.name or workspace.users[workspace.bot_user].real_name,
        "is_private": channel.kind != "public",
        "is_im": channel.kind == "im",
        "is_archived": channel.is_archived,
        **direct,
        "topic": channel.topic,
        "members": channel.members,
        "unread": channel.unread(user.id),
        "mentions": channel.mentions(user.id),
    }


def message_shown(message: Json) -> Json:
    """A message for the page: Slack's own object, whole."""
    shown = {name: value for name, value in message.items() if name != "ephemeral_to"}
    return {
        "reply_count": 0,
        "reply_users": [],
        "latest_reply": None,
        "files": [],
        **shown,
        "ephemeral": "ephemeral_to" in message,
    }
