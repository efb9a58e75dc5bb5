"""Saying something in a channel, changing it and taking it back, with the events that go with it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.slack.content import Content
from sandbox.slack.errors import SlackError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import SLACKBOT, Channel, Json, Workspace, new_id

CHANNEL_EVENTS = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True, slots=True)
class Reply:
    """Where in a thread a message goes. `broadcast` shows it in the channel too."""

    thread_ts: str | None = None
    broadcast: bool = False


IN_CHANNEL = Reply()


def post(
    state: SlackState,
    workspace: Workspace,
    channel: Channel,
    author: str,
    content: Content,
    reply: Reply = IN_CHANNEL,
) -> Json:
    """Post a message by a user or the bot, and tell the app what it subscribes to."""
    message: Json = {"type": "message", "ts": state.ts(), **_author(state, workspace, author), **content.fields()}
    parent = _parent(channel, reply.thread_ts)
    if parent is not None:
        message |= {"thread_ts": parent["ts"], "parent_user_id": parent.get("user")}
        if reply.broadcast:
            message["subtype"] = "thread_broadcast"
        _count_reply(channel, parent, message)
    channel.add(message)
    if author != workspace.bot_user:
        channel.last_read[author] = message["ts"]
    state.touch(workspace, "message", channel=channel.id)
    _announce(state, workspace, channel, message)
    return message


def post_ephemeral(
    state: SlackState, workspace: Workspace, channel: Channel, user: str, content: Content, thread_ts: str | None = None
) -> Json:
    """Show a message of the bot to one user only."""
    message: Json = {
        "type": "message",
        "ts": state.ts(),
        **_author(state, workspace, workspace.bot_user),
        **content.fields(),
        "ephemeral_to": user,
        **({"thread_ts": thread_ts} if thread_ts else {}),
    }
    channel.ephemerals.append(message)
    state.touch(workspace, "message", channel=channel.id, user=user)
    return message


def say_as_slackbot(state: SlackState, workspace: Workspace, channel: Channel, user: str, text: str) -> None:
    """Show a user a notice of Slack's own, such as that a command failed."""
    notice = {"type": "message", "ts": state.ts(), "user": SLACKBOT, "text": text, "ephemeral_to": user}
    channel.ephemerals.append(notice)
    state.touch(workspace, "message", channel=channel.id, user=user)


def edit(state: SlackState, workspace: Workspace, channel: Channel, ts: str, content: Content) -> Json:
    """Change one of the bot's messages. What the content leaves out stays."""
    old = channel.messages[ts]
    given = {
        "text": content.text,
        "blocks": content.blocks,
        "attachments": content.attachments,
        "metadata": content.metadata,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    new = {**old, **changes, "edited": {"user": workspace.bot_user, "ts": state.ts()}}
    for name in ("blocks", "attachments", "metadata"):
        if not new.get(name):
            new.pop(name, None)
    channel.messages[ts] = new
    state.touch(workspace, "message", channel=channel.id)
    _announce_change(state, workspace, channel, "message_changed", {"message": new, "previous_message": old})
    return new


def delete(state: SlackState, workspace: Workspace, channel: Channel, ts: str) -> None:
    """Take a message back. One with replies leaves a tombstone, so that its thread stays."""
    old = channel.messages[ts]
    if channel.threads.get(ts):
        kept = {name: old[name] for name in ("type", "ts", "thread_ts", "reply_count", "reply_users", "latest_reply")}
        tombstone = {"subtype": "tombstone", "user": SLACKBOT, "text": "This message was deleted.", "hidden": True}
        channel.messages[ts] = {**kept, **tombstone}
    else:
        channel.remove(old)
        _recount(channel, old.get("thread_ts"))
    state.touch(workspace, "message", channel=channel.id)
    _announce_change(state, workspace, channel, "message_deleted", {"deleted_ts": ts, "previous_message": old})


def edit_ephemeral(state: SlackState, workspace: Workspace, channel: Channel, ts: str, content: Content | None) -> None:
    """Replace an ephemeral message's content, or take the message away."""
    place = next((i for i, each in enumerate(channel.ephemerals) if each["ts"] == ts), None)
    if place is None:
        return
    old = channel.ephemerals[place]
    if content is None:
        del channel.ephemerals[place]
    else:
        kept = {name: value for name, value in old.items() if name not in ("text", "blocks", "attachments")}
        channel.ephemerals[place] = {**kept, **content.fields()}
    state.touch(workspace, "message", channel=channel.id, user=old["ephemeral_to"])


def find(channel: Channel, ts: str, user: str) -> Json | None:
    """The message that a user sees, ephemeral ones included."""
    message = channel.messages.get(ts)
    if message is not None:
        return message
    return next((each for each in channel.ephemerals if each["ts"] == ts and each["ephemeral_to"] == user), None)


def between(timeline: list[str], oldest: str | None, latest: str | None, inclusive: bool) -> list[str]:
    """The part of a sorted list of timestamps between two of them, newest first."""
    after, before = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
    start = after(timeline, oldest) if oldest else 0
    end = before(timeline, latest) if latest else len(timeline)
    return timeline[start:end][::-1]


def _author(state: SlackState, workspace: Workspace, author: str) -> Json:
    if author != workspace.bot_user:
        home = workspace.users[author].team
        stranger = {} if home == workspace.id else {"user_team": home, "source_team": home}
        return {"user": author, "client_msg_id": str(uuid4()), "team": home, **stranger}
    profile = {
        "id": workspace.bot_id,
        "deleted": False,
        "name": state.app.bot_name,
        "updated": 0,
        "app_id": state.app.id,
        "icons": {"image_48": f"{state.base_url}/static/app-icon.svg"},
        "team_id": workspace.id,
    }
    identity = {"user": author, "bot_id": workspace.bot_id, "app_id": state.app.id, "team": workspace.id}
    return {**identity, "bot_profile": profile}


def _parent(channel: Channel, thread_ts: str | None) -> Json | None:
    if thread_ts is None:
        return None
    named = channel.messages.get(thread_ts)
    if named is None:
        raise SlackError("thread_not_found")
    return channel.messages[named.get("thread_ts", thread_ts)]


def _count_reply(channel: Channel, parent: Json, reply: Json) -> None:
    users = [*dict.fromkeys([*parent.get("reply_users", []), reply["user"]])]
    channel.messages[parent["ts"]] = {
        **parent,
        "thread_ts": parent["ts"],
        "reply_count": parent.get("reply_count", 0) + 1,
        "reply_users": users,
        "reply_users_count": len(users),
        "latest_reply": reply["ts"],
        "is_locked": False,
        "subscribed": False,
    }


def _recount(channel: Channel, thread_ts: str | None) -> None:
    parent = channel.messages.get(thread_ts or "")
    if parent is None:
        return
    rest = [channel.messages[ts] for ts in channel.threads.get(parent["ts"], [])]
    counted = (
        "thread_ts",
        "reply_count",
        "reply_users",
        "reply_users_count",
        "latest_reply",
        "is_locked",
        "subscribed",
    )
    channel.messages[parent["ts"]] = {name: value for name, value in parent.items() if name not in counted}
    for reply in rest:
        _count_reply(channel, channel.messages[parent["ts"]], reply)


def _announce(state: SlackState, workspace: Workspace, channel: Channel, message: Json) -> None:
    if workspace.bot_user not in channel.members:
        return
    where = {"channel": channel.id, "event_ts": message["ts"]}
    if state.app.hears(f"message.{CHANNEL_EVENTS[channel.kind]}"):
        state.emit(workspace, {**message, **where, "channel_type": CHANNEL_TYPES[channel.kind]})
    mentioned = f"<@{workspace.bot_user}>" in message["text"] and "bot_id" not in message
    if mentioned and channel.kind != "im" and state.app.hears("app_mention"):
        state.emit(workspace, {**message, **where, "type": "app_mention"})


def _announce_change(
    state: SlackState, workspace: Workspace, channel: Channel, subtype: str, what: dict[str, Any]
) -> None:
    if workspace.bot_user not in channel.members or not state.app.hears(f"message.{CHANNEL_EVENTS[channel.kind]}"):
        return
    ts = state.ts()
    where = {"channel": channel.id, "channel_type": CHANNEL_TYPES[channel.kind], "hidden": True}
    state.emit(workspace, {"type": "message", "subtype": subtype, **where, "ts": ts, "event_ts": ts, **what})


def direct_channel(state: SlackState, workspace: Workspace, user: str) -> Channel:
    """The app's direct conversation with a user, opened if there is none."""
    found = workspace.direct_channel(user)
    if found is None:
        found = Channel(new_id("D"), "", "im", [workspace.bot_user, user], user=user, created=state.unix())
        workspace.channels[found.id] = found
        state.touch(workspace, "channel", channel=found.id, user=user)
    return found
