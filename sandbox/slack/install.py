"""The page on which somebody agrees to install the app, and sends them back with a code."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack.errors import SlackError
from sandbox.slack.state import Consent, SlackState
from sandbox.slack.workspace import User, Workspace

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Install {app}</title>
<h1>{app} asks to join a workspace</h1>
<p>It will be able to use: {scopes}.</p>
<form method="post">
<p><label>Workspace and person: <select name="who">{people}</select></label></p>
<button name="agree" value="yes">Allow</button> <button name="agree" value="no">Cancel</button>
</form>
</html>
"""


class SlackInstall:
    """`/slack/oauth/v2/authorize`."""

    def __init__(self, state: SlackState) -> None:
        self._state = state

    def routes(self) -> list[BaseRoute]:
        """The page and its form."""
        return [
            Route("/slack/oauth/v2/authorize", self._ask, methods=["GET"]),
            Route("/slack/oauth/v2/authorize", self._decide, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        try:
            _, scopes = self._checked(request.query_params)
        except SlackError as error:
            return _refusal(error)
        admins = [(workspace, user) for workspace in self._state.workspaces.values() for user in workspace.people()]
        people = "".join(_option(workspace, user) for workspace, user in admins if user.is_admin)
        app = escape(self._state.app.name)
        return HTMLResponse(_PAGE.format(app=app, scopes=escape(", ".join(sorted(scopes))), people=people))

    async def _decide(self, request: Request) -> Response:
        try:
            redirect_uri, scopes = self._checked(request.query_params)
        except SlackError as error:
            return _refusal(error)
        form = dict(parse_qsl((await request.body()).decode()))
        state = {"state": request.query_params.get("state", "")}
        if form.get("agree") != "yes":
            return RedirectResponse(f"{redirect_uri}?{urlencode({'error': 'access_denied', **state})}", 302)
        team, _, user = form.get("who", "").partition("/")
        workspace = self._state.workspaces.get(team)
        if workspace is None or user not in workspace.users:
            return HTMLResponse("There is no such person.", 400)
        code = secrets.token_urlsafe(24)
        given = request.query_params.get("redirect_uri")
        self._state.consents[code] = Consent(team, user, given, scopes)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, **state})}", 302)

    def _checked(self, query: Mapping[str, str]) -> tuple[str, frozenset[str]]:
        """Where to send the person back, and the scopes asked for."""
        app = self._state.app
        if query.get("client_id") != self._state.client_id:
            raise SlackError("invalid_client_id")
        scopes = frozenset(query.get("scope", "").replace(" ", ",").split(",")) - {""}
        if not scopes or not scopes <= app.scopes:
            raise SlackError("invalid_scope")
        given = query.get("redirect_uri")
        redirect_uri = given or next(iter(app.redirect_urls), None)
        if redirect_uri is None or (app.redirect_urls and not redirect_uri.startswith(app.redirect_urls)):
            raise SlackError("bad_redirect_uri")
        return redirect_uri, scopes


def _option(workspace: Workspace, user: User) -> str:
    value, label = f"{workspace.id}/{user.id}", f"{workspace.name}: {user.real_name}"
    return f'<option value="{escape(value)}">{escape(label)}</option>'


def _refusal(error: SlackError) -> Response:
    return HTMLResponse(f"<!doctype html><title>Slack</title><p>Something went wrong: {escape(error.code)}</p>", 400)
