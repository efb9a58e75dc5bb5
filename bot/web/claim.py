"""A time that was offered to somebody on the waiting list: `/c/{token}`. GET shows it, POST takes it and leads on."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.integrations.ports import Calendar
from bot.services import waiting
from bot.services.consents import ConsentNeeded
from bot.services.links import LinkExpired
from bot.web import pages
from bot.web.booking_view import claim_view
from bot.web.looks import look
from bot.web.visits import Visits
from domain.errors import RuleError
from domain.slots import TryAgain


class ClaimPages:
    """The first valid claim gets the time; the others are told, and stay on the list."""

    def __init__(self, visits: Visits, calendar: Calendar | None) -> None:
        self._visits = visits
        self._calendar = calendar

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/c/{token}", self._show, methods=["GET"]),
            Route("/c/{token}", self._claim, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        self._visits.limit(request)
        return await self._page(request)

    async def _claim(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token = request.path_params["token"]
        try:
            looked_up = await self._visits.read(lambda session, now: waiting.to_look_at(session, token, now))
            looks = await run_in_threadpool(look, self._calendar, looked_up)
            secret = await self._visits.change(lambda session, now: waiting.claim(session, token, looks, now))
        except LinkExpired:
            raise
        except ConsentNeeded:
            return self._visits.to(request, "/consent", kind="c")
        except RuleError as error:
            return await self._page(request, 503 if isinstance(error, TryAgain) else 409, error.message)
        if secret is None:
            return self._visits.to(request, kind="c")
        return self._visits.to(request, "/booked", token=secret)

    async def _page(self, request: Request, status: int = 200, problem: str | None = None) -> Response:
        token = request.path_params["token"]
        shown = await self._visits.read(lambda session, now: waiting.claim_page(session, token, now))
        view = claim_view(shown, self._visits.now())
        return pages.page("claim.html", status, view=view, here=self._visits.path(request, "c"), problem=problem)
