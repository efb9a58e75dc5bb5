"""Google Calendar's notices that something has changed: without content, so they only say to go and look."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.services import calendars
from storage.engine import Database


class GooglePush:
    """`/google/push`. Whoever posts learns nothing: the answer is always the same."""

    def __init__(self, database: Database, clock: Clock, on_change: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._on_change = on_change

    def routes(self) -> list[BaseRoute]:
        return [Route("/google/push", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        channel_id, token = (request.headers.get(f"x-goog-channel-{part}", "") for part in ("id", "token"))
        is_genuine = await run_in_threadpool(self._note, channel_id, token)
        if is_genuine:
            self._on_change()
        return Response(status_code=204)

    def _note(self, channel_id: str, token: str) -> bool:
        if not channel_id or not token:
            return False
        with self._database.unit_of_work() as session:
            return calendars.notice(session, channel_id, token, self._clock.now())
