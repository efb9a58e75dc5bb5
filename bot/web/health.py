"""For operators: whether this process is well, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
import sqlalchemy as sa
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.metrics import Metrics
from storage.engine import Database

log = structlog.get_logger()

ANSWER_SECONDS = 3.0
"""A database that takes longer than this does not answer."""


class HealthPages:
    """`/healthz` and `/metrics`. `checks` are asked each time, by name, and return at once; the database's is added."""

    def __init__(self, database: Database, metrics: Metrics, checks: Mapping[str, Callable[[], bool]]) -> None:
        self._database = database
        self._metrics = metrics
        self._checks = checks

    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", self._health), Route("/metrics", self._figures)]

    async def _health(self, _request: Request) -> Response:
        checks = {"database": await self._database_answers(), **{name: ask() for name, ask in self._checks.items()}}
        is_well = all(checks.values())
        answer = {
            "status": "ok" if is_well else "failing",
            "checks": {name: "ok" if passed else "failing" for name, passed in checks.items()},
        }
        return JSONResponse(answer, 200 if is_well else 503, headers={"cache-control": "no-store"})

    async def _figures(self, _request: Request) -> Response:
        return Response(await run_in_threadpool(self._metrics.render), media_type=self._metrics.content_type)

    async def _database_answers(self) -> bool:
        with anyio.move_on_after(ANSWER_SECONDS):
            return await anyio.to_thread.run_sync(self._ask_database, abandon_on_cancel=True)
        return False

    def _ask_database(self) -> bool:
        try:
            with self._database.reading() as session:
                session.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError as error:
            log.warning("database does not answer", error=type(error).__name__)
            return False
        return True
