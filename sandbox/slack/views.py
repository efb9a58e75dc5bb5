"""Modals and App Homes: opening, stacking, changing and closing them."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.slack.blockkit import complete_blocks, view_offences
from sandbox.slack.errors import SlackError, refused
from sandbox.slack.state import SlackState
from sandbox.slack.values import carry_over, initial_values
from sandbox.slack.workspace import Entries, Json, View, Workspace, new_id

STACK = 3
_VIEW_BYTES = 250_000
_NULLABLE = ("title", "close", "submit", "callback_id", "private_metadata", "external_id")


def checked(view: Any, surface: str) -> Json:
    """The view an app gave, if Slack would take it for the surface (modal or home)."""
    if isinstance(view, dict):
        view = {name: value for name, value in view.items() if not (value is None and name in _NULLABLE)}
    offences = view_offences(view, (surface,))
    if offences:
        raise refused("invalid_arguments", offences)
    if len(str(view)) > _VIEW_BYTES:
        raise SlackError("view_too_large")
    return dict(view)


def open_view(state: SlackState, workspace: Workspace, trigger_id: str, given: Any) -> View:
    """Open a modal. It takes the place of what the user has open."""
    trigger = state.triggers.check(trigger_id, workspace.id)
    view = _new_view(state, workspace, trigger.user, checked(given, "modal"))
    view.channel = trigger.channel
    _start(view)
    trigger.used = True
    _drop(workspace, workspace.stacks.get(trigger.user, []))
    return _put_on_top(state, workspace, view, [])


def push_view(state: SlackState, workspace: Workspace, trigger_id: str, given: Any) -> View:
    """Put a modal on top of the one that the user acted in."""
    trigger = state.triggers.check(trigger_id, workspace.id)
    if not workspace.stacks.get(trigger.user):
        raise SlackError("invalid_trigger_id")
    view = push_over(state, workspace, trigger.user, given)
    trigger.used = True
    return view


def push_over(state: SlackState, workspace: Workspace, user: str, given: Any) -> View:
    """Put a modal on top of the user's stack, which holds three."""
    stack = workspace.stacks.get(user, [])
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    view = _new_view(state, workspace, user, checked(given, "modal"))
    view.channel = workspace.views[stack[0]].channel if stack else None
    _start(view)
    return _put_on_top(state, workspace, view, stack)


def update_view(state: SlackState, workspace: Workspace, view: View, given: Any) -> View:
    """Give an open view new content. What the user entered in blocks and elements that stay, stays."""
    fresh = checked(given, view.data["type"])
    _refuse_taken_external_id(workspace, fresh, view.id)
    kept = ("id", "previous_view_id", "root_view_id")
    view.data = {**_as_slack(state, workspace, fresh), **{name: view.data[name] for name in kept}}
    before = view.entries.values
    _start(view)
    carry_over(view.data["blocks"], before, view.entries)
    state.touch(workspace, "home" if view.data["type"] == "home" else "view", user=view.user)
    return view


def publish_view(state: SlackState, workspace: Workspace, user: str, given: Any, view_hash: str | None) -> View:
    """Set a user's App Home."""
    if user not in workspace.users:
        raise SlackError("user_not_found")
    if not state.app.home_tab:
        raise SlackError("not_enabled")
    fresh = checked(given, "home")
    published = workspace.homes.get(user)
    if published is not None:
        refuse_stale(workspace.views[published], view_hash)
        return update_view(state, workspace, workspace.views[published], fresh)
    view = _new_view(state, workspace, user, fresh)
    _start(view)
    workspace.views[view.id] = view
    workspace.homes[user] = view.id
    state.touch(workspace, "home", user=user)
    return view


def close_view(state: SlackState, workspace: Workspace, view: View, *, everything: bool) -> list[View]:
    """Close a modal with what lies above it, or the user's whole stack. Returns what was closed, from the top."""
    stack = workspace.stacks[view.user]
    start = 0 if everything else stack.index(view.id)
    closed = [workspace.views[each] for each in reversed(stack[start:])]
    workspace.stacks[view.user] = stack[:start]
    _drop(workspace, stack[start:])
    state.touch(workspace, "view", user=view.user)
    return closed


def refuse_stale(view: View, view_hash: str | None) -> None:
    """Raise hash_conflict if the app's picture of the view is not the newest."""
    if view_hash is not None and view_hash != view.data["hash"]:
        raise SlackError("hash_conflict")


def _start(view: View) -> None:
    view.entries = Entries(initial_values(view.data["blocks"], view.channel), view.entries.options)


def _drop(workspace: Workspace, views: list[str]) -> None:
    for view in views:
        workspace.views.pop(view, None)


def _put_on_top(state: SlackState, workspace: Workspace, view: View, stack: list[str]) -> View:
    view.data["previous_view_id"] = stack[-1] if stack else None
    view.data["root_view_id"] = stack[0] if stack else view.id
    workspace.views[view.id] = view
    workspace.stacks[view.user] = [*stack, view.id]
    state.touch(workspace, "view", user=view.user)
    return view


def _new_view(state: SlackState, workspace: Workspace, user: str, given: Json) -> View:
    _refuse_taken_external_id(workspace, given, None)
    view = new_id("V")
    data = {**_as_slack(state, workspace, given), "id": view, "previous_view_id": None, "root_view_id": view}
    return View(data, user)


def _refuse_taken_external_id(workspace: Workspace, given: Json, own: str | None) -> None:
    external_id = given.get("external_id")
    taken = (v for v in workspace.views.values() if v.data["external_id"] == external_id and v.id != own)
    if external_id and next(taken, None) is not None:
        raise SlackError("duplicate_external_id")


def _as_slack(state: SlackState, workspace: Workspace, given: Json) -> Json:
    view: Json = {
        "id": "",
        "team_id": workspace.id,
        "type": given["type"],
        "blocks": complete_blocks(given["blocks"]),
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": given.get("callback_id", ""),
        "hash": f"{state.unix()}.{secrets.token_urlsafe(6)}",
        "title": given.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": given.get("clear_on_close", False),
        "notify_on_close": given.get("notify_on_close", False),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": None,
        "root_view_id": "",
        "app_id": state.app.id,
        "external_id": given.get("external_id", ""),
        "app_installed_team_id": workspace.id,
        "bot_id": workspace.bot_id,
    }
    for name in ("title", "close", "submit"):
        if view[name] is not None:
            view[name] = {"emoji": True, **view[name]}
    return view
