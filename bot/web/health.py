"""For operators: whether this process is well, and its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import anyio
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.metrics import Metrics

log = structlog.get_logger()

ANSWER_SECONDS = 3.0
"""How long finding out may take. A database that takes longer does not answer."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the database answers, Socket Mode is connected (if it is used), and somebody works at the outbox."""

    database: bool
    slack: bool = True
    outbox: bool = True


SILENT = Health(database=False)


class HealthPages:
    """`/healthz` and `/metrics`."""

    def __init__(self, metrics: Metrics, health: Callable[[], Health]) -> None:
        self._metrics = metrics
        self._health = health

    def routes(self) -> list[BaseRoute]:
        return [Route("/healthz", self._state), Route("/metrics", self._figures)]

    async def _state(self, _request: Request) -> Response:
        health = SILENT
        with anyio.move_on_after(ANSWER_SECONDS):
            health = await anyio.to_thread.run_sync(self._health, abandon_on_cancel=True)
        checks = asdict(health)
        is_well = all(checks.values())
        if not is_well:
            log.warning("not well", **checks)
        answer = {
            "status": "ok" if is_well else "failing",
            "checks": {name: "ok" if passed else "failing" for name, passed in checks.items()},
        }
        return JSONResponse(answer, 200 if is_well else 503, headers={"cache-control": "no-store"})

    async def _figures(self, _request: Request) -> Response:
        return Response(await run_in_threadpool(self._metrics.render), media_type=self._metrics.content_type)
