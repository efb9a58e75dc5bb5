"""What Slack serves over HTTP: the Web API, response URLs, files and links to messages."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import Fault, Faults
from sandbox.slack.api import Caller, run_method
from sandbox.slack.errors import SlackError
from sandbox.slack.files import CONTENT, content_of_file, fill_file
from sandbox.slack.responses import respond
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json
from sandbox.web import DroppedConnection

_HIDDEN = ("token", "client_secret")


class SlackWeb:
    """Slack's addresses. `calls` takes down every call of the Web API."""

    def __init__(self, state: SlackState, faults: Faults, calls: deque[Json]) -> None:
        self._state = state
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[BaseRoute]:
        """The routes under `/slack`, but for sockets and installation."""
        return [
            Route("/slack/api/{method}", self._api, methods=["GET", "POST"]),
            Route("/slack/response/{ticket}", self._response, methods=["POST"]),
            Route("/slack/files/{file}", self._file, methods=["GET"]),
            Route("/slack/files/{file}/{name}", self._file, methods=["GET"]),
            Route("/slack/files/{file}/download/{name}", self._file, methods=["GET"]),
            Route("/slack/upload/{team}/{file}", self._upload, methods=["POST"]),
            Route("/slack/archives/{channel}/{place}", self._archive, methods=["GET"]),
            Route("/slack/signin", _sign_in, methods=["GET"]),
        ]

    async def _api(self, request: Request) -> Response:
        name = request.path_params["method"]

        async def answer() -> Response:
            args, caller = await _read(request)
            workspace, result = run_method(self._state, name, caller, args)
            self._note(name, workspace.id if workspace else None, args, result)
            scopes = {"x-oauth-scopes": ",".join(sorted(workspace.scopes))} if workspace else {}
            return JSONResponse(result, headers=scopes)

        return await self._suffer(name, answer)

    def _note(self, name: str, team: str | None, args: Mapping[str, Any], result: Json) -> None:
        shown = {key: value for key, value in args.items() if key not in _HIDDEN}
        error = {} if result["ok"] else {"error": result["error"]}
        at = self._state.clock.now().isoformat()
        self._calls.append({"method": name, "team": team, "args": shown, "ok": result["ok"], **error, "at": at})

    async def _suffer(self, name: str, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Answer, unless a fault in force has it otherwise."""
        fault = self._faults.take("slack", name)
        if fault is None:
            return await answer()
        if fault.kind == "gone":
            raise DroppedConnection
        if fault.kind == "rate_limit":
            headers = {"retry-after": str(fault.retry_after)}
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
        if fault.kind == "error":
            return JSONResponse({"ok": False, "error": _error_for(fault)}, fault.status)
        response = await answer()
        if fault.kind == "accept_then_drop":
            raise DroppedConnection
        await asyncio.sleep(fault.seconds)
        return response

    async def _response(self, request: Request) -> Response:
        async def answer() -> Response:
            try:
                target = self._state.response_urls.use(request.path_params["ticket"], self._state.clock.now())
            except SlackError as error:
                return JSONResponse(error.as_answer(), 404)
            try:
                payload = json.loads(await request.body())
                if not isinstance(payload, dict):
                    raise ValueError
                respond(self._state, target, payload)
            except ValueError:
                return JSONResponse({"ok": False, "error": "invalid_payload"}, 400)
            except SlackError as error:
                return JSONResponse(error.as_answer(), 400)
            return PlainTextResponse("ok")

        return await self._suffer("response_url", answer)

    async def _file(self, request: Request) -> Response:
        """The bytes of a file. Without a good token Slack shows its sign-in page instead, with status 200."""

        async def answer() -> Response:
            workspace = self._state.installed_with(_bearer(request) or "")
            if workspace is None or "files:read" not in workspace.scopes:
                return RedirectResponse(f"{self._state.base_url}/slack/signin", 302)
            file = workspace.files.get(request.path_params["file"])
            if file is None:
                return PlainTextResponse("File not found", 404)
            return Response(content_of_file(file), media_type=file["mimetype"])

        return await self._suffer("files.download", answer)

    async def _upload(self, request: Request) -> Response:
        workspace = self._state.workspaces.get(request.path_params["team"])
        file = request.path_params["file"]
        if workspace is None or file not in workspace.files or workspace.files[file][CONTENT]:
            return PlainTextResponse("File not found", 404)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                parts = [part for part in form.values() if not isinstance(part, str)]
                content = await parts[0].read() if parts else b""
        else:
            content = await request.body()
        fill_file(self._state, workspace, file, content)
        return PlainTextResponse(f"OK - {len(content)}")

    async def _archive(self, request: Request) -> Response:
        """A link to a message opens the page there."""
        channel = request.path_params["channel"]
        team = next((w.id for w in self._state.workspaces.values() if channel in w.channels), "")
        digits = request.path_params["place"].removeprefix("p")
        thread = request.query_params.get("thread_ts")
        where = {"team": team, "channel": channel, "ts": f"{digits[:-6]}.{digits[-6:]}"}
        query = urlencode({**where, **({"thread": thread} if thread else {})})
        return RedirectResponse(f"/?{query}", 302)


def _error_for(fault: Fault) -> str:
    return "service_unavailable" if fault.status == 503 else "internal_error"


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _client(request: Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, secret


async def _read(request: Request) -> tuple[dict[str, Any], Caller]:
    """A call's arguments, from the query and a JSON or form body, and how the caller identifies itself."""
    args: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        async with request.form() as form:
            args |= {name: value for name, value in form.items() if isinstance(value, str)}
    else:
        args |= _decoded(kind, await request.body())
    return args, Caller(_bearer(request) or args.get("token"), _client(request))


def _decoded(kind: str, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if not kind.startswith("application/json"):
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


async def _sign_in(_: Request) -> Response:
    return HTMLResponse("<!doctype html><title>Sign in | Slack</title><h1>Sign in to your workspace</h1>")
