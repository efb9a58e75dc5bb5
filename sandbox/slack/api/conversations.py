"""conversations.*: which channels there are, who is in them and what was said."""

from __future__ import annotations

from sandbox.slack.api.call import HISTORY_SCOPES, READ_SCOPES, Call, method, page
from sandbox.slack.errors import SlackError
from sandbox.slack.messages import between, direct_channel
from sandbox.slack.workspace import Channel, ChannelKind, Json, new_id

_KINDS: dict[str, ChannelKind] = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def slack_channel(call: Call, channel: Channel) -> Json:
    """Slack's own object for a channel."""
    common = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": call.workspace.id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        return {**common, "user": channel.user, "is_user_deleted": False, "priority": 0}
    users = call.workspace.users
    shared = any(users[member].team != call.workspace.id for member in channel.members if member in users)
    blank = {"creator": "", "last_set": 0}
    return {
        **common,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "parent_conversation": None,
        "shared_team_ids": sorted({call.workspace.id, *(users[m].team for m in channel.members if m in users)}),
        "creator": next(iter(channel.members), ""),
        "is_member": call.workspace.bot_user in channel.members,
        "topic": {"value": channel.topic, **blank},
        "purpose": {"value": "", **blank},
        "previous_names": [],
    }


@method("conversations.info", *READ_SCOPES.values())
def info(call: Call) -> Json:
    channel = call.channel()
    call.need(READ_SCOPES[channel.kind])
    count = {"num_members": len(channel.members)} if call.args.flag("include_num_members") else {}
    return {"channel": {**slack_channel(call, channel), **count}}


def _listing(call: Call, channels: list[Channel]) -> Json:
    types = call.args.listed("types") or ["public_channel"]
    if unknown := [each for each in types if each not in _KINDS]:
        raise SlackError("invalid_types", needed=",".join(unknown))
    kinds = [_KINDS[each] for each in types]
    for kind in kinds:
        call.need(READ_SCOPES[kind])
    archived = not call.args.flag("exclude_archived")
    found = [each for each in channels if each.kind in kinds and (archived or not each.is_archived)]
    some, cursor = page(call, found)
    listed = [{**slack_channel(call, each), "num_members": len(each.members)} for each in some]
    return {"channels": listed, "response_metadata": {"next_cursor": cursor}}


@method("conversations.list", *READ_SCOPES.values())
def listing(call: Call) -> Json:
    return _listing(call, [each for each in call.workspace.channels.values() if call.sees(each)])


@method("users.conversations", *READ_SCOPES.values())
def memberships(call: Call) -> Json:
    user = call.args.text("user") or call.workspace.bot_user
    if user not in call.workspace.users:
        raise SlackError("user_not_found")
    return _listing(
        call, [each for each in call.workspace.channels.values() if call.sees(each) and user in each.members]
    )


@method("conversations.members", *READ_SCOPES.values())
def members(call: Call) -> Json:
    channel = call.channel()
    call.need(READ_SCOPES[channel.kind])
    some, cursor = page(call, channel.members)
    return {"members": some, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", "im:write", "mpim:write")
def open_direct(call: Call) -> Json:
    workspace = call.workspace
    if call.args.text("channel"):
        channel = call.channel()
        if channel.kind not in ("im", "mpim"):
            raise SlackError("method_not_supported_for_channel_type")
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
    users = call.args.listed("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if unknown := [each for each in users if each not in workspace.users]:
        raise SlackError("user_not_found", errors=[{"ok": False, "error": "user_not_found", "user": unknown[0]}])
    if any(workspace.users[each].is_bot for each in users):
        raise SlackError("cannot_dm_bot")
    call.need("im:write" if len(users) == 1 else "mpim:write")
    if len(users) == 1:
        known = workspace.direct_channel(users[0])
        channel = known or direct_channel(call.state, workspace, users[0])
    else:
        known, channel = _group(call, users)
    whole = slack_channel(call, channel) if call.args.flag("return_im") else {"id": channel.id}
    return {"no_op": known is not None, "already_open": known is not None, "channel": whole}


def _group(call: Call, users: list[str]) -> tuple[Channel | None, Channel]:
    """The group conversation of the app with several users: as it was, and as it is now."""
    workspace = call.workspace
    wanted = {*users, workspace.bot_user}
    known = next((c for c in workspace.channels.values() if c.kind == "mpim" and set(c.members) == wanted), None)
    if known is not None:
        return known, known
    name = "mpdm-" + "--".join(workspace.users[each].name for each in users) + "-1"
    group = Channel(new_id("C"), name, "mpim", [workspace.bot_user, *users], created=call.state.unix())
    workspace.channels[group.id] = group
    call.state.touch(workspace, "channel", channel=group.id)
    return None, group


@method("conversations.join", "channels:join")
def join(call: Call) -> Json:
    channel, bot = call.channel(), call.workspace.bot_user
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if bot in channel.members:
        return {
            "channel": slack_channel(call, channel),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    channel.members = [*channel.members, bot]
    call.state.touch(call.workspace, "channel", channel=channel.id)
    if call.state.app.hears("member_joined_channel"):
        joined = {"user": bot, "channel": channel.id, "channel_type": "C", "team": call.workspace.id}
        call.state.emit(call.workspace, {"type": "member_joined_channel", **joined, "event_ts": call.state.ts()})
    return {"channel": slack_channel(call, channel)}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.need(HISTORY_SCOPES[channel.kind])
    if call.workspace.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _read(call: Call, channel: Channel, timestamps: list[str]) -> Json:
    some, cursor = page(call, timestamps, most=999)
    hidden = () if call.args.flag("include_all_metadata") else ("metadata",)
    messages = [{k: v for k, v in channel.messages[ts].items() if k not in hidden} for ts in some]
    more = {"response_metadata": {"next_cursor": cursor}} if cursor else {}
    return {"messages": messages, "has_more": bool(cursor), **more}


def _span(call: Call, timeline: list[str]) -> list[str]:
    oldest, latest = call.args.text("oldest"), call.args.text("latest")
    return between(timeline, _as_ts(oldest), _as_ts(latest), call.args.flag("inclusive"))


def _as_ts(value: str | None) -> str | None:
    """A bound written like a message's timestamp, whatever number of digits the app gave it."""
    if value is None or float(value) == 0:
        return None
    whole, _, part = value.partition(".")
    return f"{int(whole):010d}.{part[:6]:0<6}"


@method("conversations.history", *HISTORY_SCOPES.values())
def history(call: Call) -> Json:
    channel = _readable(call)
    return {**_read(call, channel, _span(call, channel.timeline)), "pin_count": 0}


@method("conversations.replies", *HISTORY_SCOPES.values())
def replies(call: Call) -> Json:
    """The parent first, then the replies from the oldest to the newest."""
    channel = _readable(call)
    ts = call.args.required("ts")
    if ts not in channel.messages:
        raise SlackError("thread_not_found")
    thread = channel.messages[ts].get("thread_ts", ts)
    return _read(call, channel, [thread, *_span(call, channel.threads.get(thread, []))[::-1]])
