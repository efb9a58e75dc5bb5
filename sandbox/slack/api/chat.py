"""chat.*: what the app says."""

from __future__ import annotations

from sandbox.slack.api.call import Call, method
from sandbox.slack.content import UPDATE_TEXT, content_of
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import Reply, delete, direct_channel, edit, post, post_ephemeral
from sandbox.slack.workspace import Channel, Json


def _target(call: Call) -> Channel:
    """Where a message goes: a channel by id or name, or a user, which means the app's direct conversation with them."""
    named = call.args.required("channel")
    if named in call.workspace.users:
        if call.workspace.users[named].is_bot:
            raise SlackError("cannot_dm_bot")
        if not call.state.app.messages_tab:
            raise SlackError("messages_tab_disabled")
        return direct_channel(call.state, call.workspace, named)
    channel = call.workspace.channels.get(named) or next(
        (each for each in call.workspace.channels.values() if each.name and each.name == named.removeprefix("#")), None
    )
    if channel is None or not call.sees(channel):
        raise SlackError("channel_not_found")
    return channel


def _may_speak(call: Call, channel: Channel, *, as_guest: bool = True) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    guest = as_guest and "chat:write.public" in call.workspace.scopes
    if call.workspace.bot_user not in channel.members and not guest:
        raise SlackError("not_in_channel")


def _own(call: Call, error: str) -> tuple[Channel, str]:
    """The channel and timestamp of one of the app's own messages."""
    channel = call.channel()
    ts = call.args.required("ts")
    message = channel.messages.get(ts)
    if message is None or message.get("subtype") == "tombstone":
        raise SlackError("message_not_found")
    if message.get("bot_id") != call.workspace.bot_id:
        raise SlackError(error)
    return channel, ts


@method("chat.postMessage", "chat:write")
def post_message(call: Call) -> Json:
    channel = _target(call)
    _may_speak(call, channel)
    content = content_of(call.args.raw)
    if content.is_empty:
        raise SlackError("no_text")
    reply = Reply(call.args.text("thread_ts"), call.args.flag("reply_broadcast"))
    message = post(call.state, call.workspace, channel, call.workspace.bot_user, content, reply)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


@method("chat.update", "chat:write")
def update(call: Call) -> Json:
    content = content_of(call.args.raw, UPDATE_TEXT)
    channel, ts = _own(call, "cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    if content.text is None and content.blocks is None and content.attachments is None:
        raise SlackError("no_text")
    message = edit(call.state, call.workspace, channel, ts, content)
    return {"channel": channel.id, "ts": ts, "text": message["text"], "message": message}


@method("chat.delete", "chat:write")
def remove(call: Call) -> Json:
    channel, ts = _own(call, "cant_delete_message")
    delete(call.state, call.workspace, channel, ts)
    return {"channel": channel.id, "ts": ts}


@method("chat.postEphemeral", "chat:write")
def post_to_one(call: Call) -> Json:
    channel = _target(call)
    _may_speak(call, channel, as_guest=False)
    user = call.args.required("user")
    if user not in call.workspace.users:
        raise SlackError("user_not_found")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    content = content_of(call.args.raw)
    if content.is_empty:
        raise SlackError("no_text")
    message = post_ephemeral(call.state, call.workspace, channel, user, content, call.args.text("thread_ts"))
    return {"message_ts": message["ts"]}


@method("chat.getPermalink")
def permalink(call: Call) -> Json:
    """The link opens the sandbox's page at the message."""
    channel = call.channel()
    ts = call.args.required("message_ts")
    if ts not in channel.messages:
        raise SlackError("message_not_found")
    thread = channel.messages[ts].get("thread_ts", ts)
    query = f"?thread_ts={thread}&cid={channel.id}" if thread != ts else ""
    link = f"{call.state.base_url}/slack/archives/{channel.id}/p{ts.replace('.', '')}{query}"
    return {"channel": channel.id, "permalink": link}
