"""A participant's page: their session, and whether they will be there. The link is the key, and GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.integrations import ics
from bot.integrations.google_events import ical_uid
from bot.services import links
from bot.services.links import CalendarEntry, LinkExpired
from bot.web import pages
from bot.web.limits import RateLimit
from bot.web.session_view import session_view
from domain.errors import RuleError, Stale
from storage.engine import Database

Result = TypeVar("Result")

HAS_CHANGED = "That did not work, because the session has just changed. This is how it is now."


class ParticipantPages:
    """`/s/{token}` and what belongs to it.

    `public_url` is where people reach it, as far as it is known: where forms may come from, and what paths begin with.
    """

    def __init__(self, database: Database, clock: Clock, public_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._public = urlsplit(public_url or "")
        self._per_address = RateLimit(burst=120, per_second=2)
        self._per_link = RateLimit(burst=30, per_second=0.5)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/s/{token}", self._show, methods=["GET"]),
            Route("/s/{token}/confirm", self._back, methods=["GET"]),
            Route("/s/{token}/confirm", self._confirm, methods=["POST"]),
            Route("/s/{token}/cancel", self._ask, methods=["GET"]),
            Route("/s/{token}/cancel", self._cancel, methods=["POST"]),
            Route("/s/{token}/session.ics", self._download, methods=["GET"]),
        ]

    async def _show(self, request: Request) -> Response:
        return await self._page(request, "session.html")

    async def _back(self, request: Request) -> Response:
        """Where a page that was left open, or a form's address that was copied, leads to."""
        self._limit(request)
        return RedirectResponse(self._here(request), 303, pages.headers())

    async def _ask(self, request: Request) -> Response:
        return await self._page(request, "cancel.html")

    async def _confirm(self, request: Request) -> Response:
        return await self._change(request, links.confirm)

    async def _cancel(self, request: Request) -> Response:
        return await self._change(request, links.cancel)

    async def _download(self, request: Request) -> Response:
        try:
            entry = await self._read(request, links.calendar_entry)
        except LinkExpired:
            raise
        except RuleError:
            return RedirectResponse(self._here(request), 303, pages.headers())
        return Response(
            ics.invitation(calendar_session(entry), self._clock.now()),
            media_type="text/calendar; charset=utf-8; method=REQUEST",
            headers={**pages.headers(), "content-disposition": 'attachment; filename="session.ics"'},
        )

    async def _page(self, request: Request, template: str, status: int = 200, problem: str | None = None) -> Response:
        shown = await self._read(request, links.page)
        view = session_view(shown, self._clock.now())
        if template == "cancel.html" and not view.is_ahead:
            template = "session.html"
        return pages.page(template, status, view=view, here=self._here(request), problem=problem)

    async def _change(self, request: Request, change: Callable[[Session, str, datetime], None]) -> Response:
        """Change something, then show the session by a GET, so that loading it again repeats nothing."""
        self._refuse_foreign(request)
        self._limit(request)
        try:
            await run_in_threadpool(self._in_unit, change, request.path_params["token"])
        except LinkExpired:
            raise
        except RuleError as error:
            return await self._page(
                request, "session.html", 409, HAS_CHANGED if isinstance(error, Stale) else error.message
            )
        return RedirectResponse(self._here(request), 303, pages.headers())

    async def _read(self, request: Request, read: Callable[[Session, str, datetime], Result]) -> Result:
        self._limit(request)

        def reading() -> Result:
            with self._database.reading() as session:
                return read(session, request.path_params["token"], self._clock.now())

        return await run_in_threadpool(reading)

    def _in_unit(self, change: Callable[[Session, str, datetime], None], token: str) -> None:
        with self._database.unit_of_work() as session:
            change(session, token, self._clock.now())

    def _here(self, request: Request) -> str:
        return f"{self._public.path.rstrip('/')}/s/{request.path_params['token']}"

    def _limit(self, request: Request) -> None:
        address = request.client.host if request.client else ""
        wait = max(self._per_address.wait(address), self._per_link.wait(request.path_params["token"]))
        if wait:
            raise HTTPException(429, headers={"retry-after": str(ceil(wait))})

    def _refuse_foreign(self, request: Request) -> None:
        """Forms of other sites may not answer for anybody.

        Because of `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own form, too; they tell by
        `Sec-Fetch-Site` whose it is.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
        is_own = origin == "null" or urlsplit(origin).netloc in (request.url.netloc, self._public.netloc)
        if site not in (None, "same-origin", "none") or not is_own:
            raise HTTPException(403)


def calendar_session(entry: CalendarEntry) -> ics.Session:
    """The session as its .ics has it: the same event as in the mails and in the host's calendar."""
    return ics.Session(
        uid=ical_uid(entry.event_id) if entry.is_in_calendar else f"{entry.event_id}@callsheet",
        sequence=entry.sequence,
        title=entry.title,
        description=entry.description,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        host_name=entry.host_name,
        host_email=entry.host_email,
        participant_name=entry.participant_name,
        participant_email=entry.participant_email,
        link=entry.link,
    )
