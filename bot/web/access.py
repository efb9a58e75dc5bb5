"""The access log: method, route, status, time. Never the path itself, for a participant's path is a key."""

from __future__ import annotations

import time

import structlog
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("bot.web.access")


class AccessLog:
    """ASGI middleware that logs each request once it is answered; what machines ask all the time, only at DEBUG."""

    def __init__(self, app: ASGIApp, quiet: frozenset[str]) -> None:
        self._app = app
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            route = scope.get("route")
            path = route.path if isinstance(route, Route) else "(none)"
            write = log.debug if path in self._quiet else log.info
            write("request", method=scope["method"], route=path, status=status, seconds=_since(began))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 4)
