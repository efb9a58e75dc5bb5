"""files.*: what people shared with the app, and what it shares with them."""

from __future__ import annotations

from dataclasses import replace

from sandbox.slack.api.call import Call, method
from sandbox.slack.content import content_of
from sandbox.slack.errors import SlackError, refused
from sandbox.slack.files import CONTENT, add_file, shown
from sandbox.slack.messages import Reply, post
from sandbox.slack.workspace import Json


@method("files.info", "files:read")
def info(call: Call) -> Json:
    file = call.workspace.files.get(call.args.required("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": shown(file), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.getUploadURLExternal", "files:write")
def upload_url(call: Call) -> Json:
    name, length = call.args.required("filename"), call.args.number("length", 0)
    if length <= 0:
        raise refused("invalid_arguments", ["must be greater than 0 [json-pointer:/length]"])
    file = add_file(call.state, call.workspace, call.workspace.bot_user, name, b"")
    return {"upload_url": f"{call.state.base_url}/slack/upload/{call.workspace.id}/{file['id']}", "file_id": file["id"]}


@method("files.completeUploadExternal", "files:write")
def complete_upload(call: Call) -> Json:
    """Share uploaded files in a channel, if one is named."""
    given, done = call.args.parsed("files"), []
    for each in given:
        file = call.workspace.files.get(each["id"])
        if file is None or not file[CONTENT]:
            raise SlackError("file_not_found")
        call.workspace.files[each["id"]] = {**file, "title": each.get("title") or file["name"]}
        done.append(shown(call.workspace.files[each["id"]]))
    named = call.args.text("channel_id") or next(iter(call.args.listed("channels")), None)
    if named is not None:
        channel = call.workspace.channels.get(named)
        if channel is None or not call.sees(channel):
            raise SlackError("channel_not_found")
        if call.workspace.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        content = replace(content_of({"text": call.args.text("initial_comment")}), files=done)
        reply = Reply(call.args.text("thread_ts"))
        post(call.state, call.workspace, channel, call.workspace.bot_user, content, reply)
    return {"files": done}
