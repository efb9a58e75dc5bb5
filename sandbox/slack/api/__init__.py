"""Slack's Web API: one module per family of methods, and what is the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack.api import auth, chat, conversations, files, users, views
from sandbox.slack.api.call import METHODS, Args, Call, need_scope
from sandbox.slack.api.open import OPEN_METHODS, OpenCall
from sandbox.slack.errors import SlackError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json, Workspace

__all__ = ["Caller", "run_method"]

FAMILIES = (auth, chat, conversations, files, users, views)
"""Importing a family registers its methods."""


@dataclass(frozen=True, slots=True)
class Caller:
    """How a call identifies itself: a token, or the client's id and secret."""

    token: str | None = None
    client: tuple[str, str] | None = None


def run_method(state: SlackState, name: str, caller: Caller, args: Mapping[str, Any]) -> tuple[Workspace | None, Json]:
    """Run a method. Returns the workspace it concerns, if any, and what Slack answers, errors included."""
    workspace = None
    try:
        if name in OPEN_METHODS:
            return None, {"ok": True, **OPEN_METHODS[name](OpenCall(state, Args(args), caller.token, caller.client))}
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        workspace = _workspace_of(state, caller.token)
        need_scope(workspace, METHODS[name].scopes)
        return workspace, {"ok": True, **METHODS[name].run(Call(state, workspace, Args(args)))}
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
