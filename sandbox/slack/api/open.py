"""The methods that need no bot token: api.test, apps.connections.open and oauth.v2.access."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.api.call import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json, Workspace, new_token


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call with no workspace yet: perhaps with a token, perhaps with the client's id and secret."""

    state: SlackState
    args: Args
    token: str | None
    client: tuple[str, str] | None


def api_test(call: OpenCall) -> Json:
    """Answers with what it was asked."""
    return {"args": dict(call.args.raw)}


def open_connection(call: OpenCall) -> Json:
    """A fresh address for one Socket Mode connection."""
    state = call.state
    if not call.token:
        raise SlackError("not_authed")
    if call.token != state.app_token:
        raise SlackError("not_allowed_token_type" if state.installed_with(call.token) else "invalid_auth")
    ticket = secrets.token_urlsafe(24)
    state.socket_tickets.add(ticket)
    return {"url": f"ws{state.base_url.removeprefix('http')}/slack/socket/{ticket}"}


def exchange_code(call: OpenCall) -> Json:
    """Install the app for somebody who agreed to it: their code for a bot token."""
    state = call.state
    given = call.client or (call.args.text("client_id") or "", call.args.text("client_secret") or "")
    if given[0] != state.client_id:
        raise SlackError("invalid_client_id")
    if given[1] != state.client_secret:
        raise SlackError("bad_client_secret")
    consent = state.consents.pop(call.args.text("code") or "", None)
    if consent is None:
        raise SlackError("invalid_code")
    if consent.redirect_uri != call.args.text("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    workspace = state.workspaces[consent.team]
    _install(workspace, consent.scopes)
    state.touch(workspace, "channel")
    return {
        "app_id": state.app.id,
        "authed_user": {"id": consent.user},
        "scope": ",".join(sorted(workspace.scopes)),
        "token_type": "bot",
        "access_token": workspace.bot_token,
        "bot_user_id": workspace.bot_user,
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _install(workspace: Workspace, scopes: frozenset[str]) -> None:
    """A second installation keeps the token; one after the app was removed gets a new one."""
    if not workspace.installed:
        workspace.bot_token = new_token()
        workspace.installed = True
    workspace.scopes = scopes


OPEN_METHODS: dict[str, Callable[[OpenCall], Json]] = {
    "api.test": api_test,
    "apps.connections.open": open_connection,
    "oauth.v2.access": exchange_code,
}
