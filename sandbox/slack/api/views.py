"""views.*: what the app opens before a user."""

from __future__ import annotations

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError, refused
from sandbox.slack.views import open_view, publish_view, push_view, refuse_stale, update_view
from sandbox.slack.workspace import Json, View


@method("views.open")
def open_modal(call: Call) -> Json:
    view = open_view(call.state, call.workspace, call.args.required("trigger_id"), call.args.parsed("view"))
    return {"view": view.as_slack()}


@method("views.push")
def push(call: Call) -> Json:
    view = push_view(call.state, call.workspace, call.args.required("trigger_id"), call.args.parsed("view"))
    return {"view": view.as_slack()}


@method("views.update")
def update(call: Call) -> Json:
    view = _named(call)
    refuse_stale(view, call.args.text("hash"))
    return {"view": update_view(call.state, call.workspace, view, call.args.parsed("view")).as_slack()}


@method("views.publish")
def publish(call: Call) -> Json:
    user, view, view_hash = call.args.required("user_id"), call.args.parsed("view"), call.args.text("hash")
    return {"view": publish_view(call.state, call.workspace, user, view, view_hash).as_slack()}


def _named(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if view_id and external_id:
        raise refused("invalid_arguments", ["Cannot provide both `view_id` and `external_id`"])
    if not view_id and not external_id:
        raise refused("invalid_arguments", ["Must provide either `view_id` or `external_id`"])
    for view in call.workspace.views.values():
        if view.id == view_id or (external_id and view.data["external_id"] == external_id):
            return view
    raise SlackError("not_found")
