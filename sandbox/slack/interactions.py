"""What a user does in a message, a modal or App Home: clicks, choices, searches, submitting and closing."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.slack.acting import Acting, Place, failed, place_of, unanswered
from sandbox.slack.blockkit import options_offences
from sandbox.slack.delivery.outbound import outcome
from sandbox.slack.delivery.transport import Answer, outgoing
from sandbox.slack.errors import ControlError, SlackError, refused
from sandbox.slack.values import action_fields, complaint, entered
from sandbox.slack.views import close_view, push_over, update_view
from sandbox.slack.workspace import Json, View

_QUERY_LENGTH = 3
"""How much one has to type before an external select asks the app, unless it says otherwise."""


async def act(acting: Acting, body: Json) -> Json:
    """Click or choose something. `body` is that of the control API's actions call."""
    place = place_of(acting, body.get("container"))
    block, element = place.element(body.get("block_id"), body.get("action_id"))
    place.enter(body.get("state") or {})
    state = None
    if element["type"] != "button":
        state = entered(block, element, body.get("value"), place.entries)
        if element["type"] != "overflow":
            place.entries.values.setdefault(block["block_id"], {})[element["action_id"]] = state
    if block["type"] == "input" and not block.get("dispatch_action"):
        return {"ok": True}
    if not acting.state.app.interactive:
        return {"ok": False, "error": "interactivity_disabled"}
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        **action_fields(element, state),
        "action_ts": acting.state.ts(),
    }
    return await acting.outbound.send(
        outgoing("interactive", acting.workspace.id, _action_payload(acting, place, action)), outcome
    )


def _action_payload(acting: Acting, place: Place, action: Json) -> Json:
    payload = {**acting.payload("block_actions"), **place.described(), "actions": [action]}
    if place.channel is not None:
        payload["response_url"] = acting.response_url(place.channel, place.message)
        payload["trigger_id"] = acting.trigger(place.channel.id)
    elif place.view is not None:
        payload["trigger_id"] = acting.trigger(place.view.channel, place.view.id)
    return payload


async def search(acting: Acting, body: Json) -> Json:
    """Type into an external select: the options that the app offers."""
    place = place_of(acting, body.get("container"))
    block, element = place.element(body.get("block_id"), body.get("action_id"))
    typed = str(body.get("value") or "")
    if len(typed) < element.get("min_query_length", _QUERY_LENGTH):
        return {"options": []}
    ids = {"action_id": element["action_id"], "block_id": block["block_id"]}
    payload = {**acting.payload("block_suggestion"), **place.described(), **ids, "value": typed}

    def offer(answer: Answer) -> Json:
        missed = unanswered(answer)
        if missed is not None:
            return missed
        offences = options_offences(answer.payload)
        if answer.payload is None or offences:
            return failed(refused("invalid_options", offences))
        groups = answer.payload.get("option_groups", [])
        found = [*answer.payload.get("options", []), *(option for group in groups for option in group["options"])]
        place.entries.remember_options(block["block_id"], element["action_id"], found)
        return answer.payload

    return await acting.outbound.send(outgoing("interactive", acting.workspace.id, payload, answerable=True), offer)


async def submit(acting: Acting, view: View, values: Any) -> Json:
    """Submit a modal. What Slack's client finds wrong itself never reaches the app."""
    stack = acting.workspace.stacks.get(acting.user.id, [])
    if not stack or stack[-1] != view.id:
        raise ControlError("Only the topmost modal can be submitted.", 409)
    if view.data["submit"] is None:
        raise ControlError("This modal has no submit button.", 409)
    Place(view.data["blocks"], view.entries, view=view, acting=acting).enter(values or {})
    complaints = _complaints(view)
    if complaints:
        return {"response_action": "errors", "errors": complaints}
    payload = {
        **acting.payload("view_submission"),
        "trigger_id": acting.trigger(view.channel, view.id),
        "view": view.as_slack(),
        "response_urls": _response_urls(acting, view),
    }

    def receive(answer: Answer) -> Json:
        missed = unanswered(answer)
        if missed is not None:
            return missed
        try:
            return _follow(acting, view, answer.payload or {})
        except SlackError as error:
            return failed(error)

    return await acting.outbound.send(outgoing("interactive", acting.workspace.id, payload, answerable=True), receive)


def _complaints(view: View) -> dict[str, str]:
    inputs = [block for block in view.data["blocks"] if block["type"] == "input"]
    found = {
        block["block_id"]: complaint(block, view.entries.values[block["block_id"]][block["element"]["action_id"]])
        for block in inputs
    }
    return {block_id: sentence for block_id, sentence in found.items() if sentence is not None}


def _follow(acting: Acting, view: View, payload: Json) -> Json:
    """Do what the app answered to a submission. A view that has gone meanwhile is left alone."""
    state, workspace = acting.state, acting.workspace
    action = payload.get("response_action")
    if view.id not in workspace.stacks.get(acting.user.id, []):
        return {"response_action": "close"}
    if action == "errors":
        errors = payload.get("errors")
        known = {block["block_id"] for block in view.data["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not errors.keys() <= known:
            raise refused("invalid_arguments", [f"errors must name input blocks: {errors} [json-pointer:/errors]"])
        return {"response_action": "errors", "errors": errors}
    if action == "update":
        update_view(state, workspace, view, payload.get("view"))
    elif action == "push":
        push_over(state, workspace, acting.user.id, payload.get("view"))
    elif action == "clear":
        close_view(state, workspace, view, everything=True)
    elif action is None:
        close_view(state, workspace, view, everything=False)
        return {"response_action": "close"}
    else:
        raise refused("invalid_arguments", [f"unknown response_action: {action} [json-pointer:/response_action]"])
    return {"response_action": action}


def _response_urls(acting: Acting, view: View) -> list[Json]:
    """One response URL per channel that the user picked in an input that asks for it."""
    urls: list[Json] = []
    for block in view.data["blocks"]:
        element = block.get("element", {})
        if not element.get("response_url_enabled"):
            continue
        picked = view.entries.values[block["block_id"]][element["action_id"]]
        channel = acting.workspace.channels.get(
            picked.get("selected_conversation") or picked.get("selected_channel") or ""
        )
        if channel is not None:
            ids = {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel.id}
            urls.append({**ids, "response_url": acting.response_url(channel)})
    return urls


async def close(acting: Acting, view: View, *, everything: bool) -> Json:
    """Close a modal, or all of them. The app hears of those that asked for it."""
    if view.id not in acting.workspace.stacks.get(acting.user.id, []):
        raise ControlError("Only a modal can be closed.", 409)
    cleared = everything or bool(view.data["clear_on_close"])
    closed = close_view(acting.state, acting.workspace, view, everything=cleared)
    notices = [
        outgoing(
            "interactive",
            acting.workspace.id,
            {**acting.payload("view_closed"), "view": each.as_slack(), "is_cleared": cleared},
        )
        for each in closed
        if each.data["notify_on_close"]
    ]
    await asyncio.gather(*(acting.outbound.send(notice, outcome) for notice in notices))
    return {}
