"""Slack's Web API: one module per family of methods, and what is the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.slack.api import auth, chat, conversations, files, users, views
from sandbox.slack.api.call import METHODS, Args, Call, need_scope
from sandbox.slack.errors import SlackError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json, Workspace

__all__ = ["run_method"]

FAMILIES = (auth, chat, conversations, files, users, views)
"""Importing a family registers its methods."""


def run_method(state: SlackState, name: str, token: str | None, args: Mapping[str, Any]) -> tuple[Workspace | None, Json]:
    """Run a method with a bot token. Returns the workspace it concerns and what Slack answers, errors included."""
    workspace = None
    try:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if method.token == "none":
            workspace = state.installed_with(token or "")
            return workspace, {"ok": True, "args": dict(args)}
        workspace = _workspace_of(state, token)
        need_scope(workspace, method.scopes)
        return workspace, {"ok": True, **method.run(Call(state, workspace, Args(args)))}
    except SlackError as error:
        return workspace, error.as_answer()


def _workspace_of(state: SlackState, token: str | None) -> Workspace:
    if not token:
        raise SlackError("not_authed")
    workspace = state.installed_with(token)
    if workspace is not None:
        return workspace
    if state.was_revoked(token):
        raise SlackError("token_revoked")
    raise SlackError("not_allowed_token_type" if token == state.app_token else "invalid_auth")
