"""A participant's page about their session: will they be there? The link is the key, and GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.integrations import ics
from bot.services import links
from bot.services.links import LONGEST_REASON, LinkExpired, NoSession
from bot.web import pages
from bot.web.calendar_links import calendar_session
from bot.web.session_view import session_view
from bot.web.times_view import INSTANT
from bot.web.visits import Visits, form_of
from domain.errors import RuleError, Stale
from domain.interview import WhyNot

HAS_CHANGED = "That did not work, because the session has just changed. This is how it is now."


class ParticipantPages:
    """`/s/{token}` and what of it is about a session. While there is none it leads to the times to be picked."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

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
        self._visits.limit(request)
        return await self._page(request, "session.html")

    async def _back(self, request: Request) -> Response:
        """Where a page that was left open, or a form's address that was copied, leads to."""
        self._visits.limit(request)
        return self._visits.to(request)

    async def _ask(self, request: Request) -> Response:
        self._visits.limit(request)
        return await self._page(request, "cancel.html")

    async def _confirm(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        return await self._change(request, links.confirm, (await form_of(request)).get("at"))

    async def _cancel(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        given = await form_of(request)
        reason, note = given.get("reason", ""), given.get("note", "").strip()
        if len(note) > LONGEST_REASON:
            wrong = f"That is too long: please use at most {LONGEST_REASON} characters."
            return await self._page(request, "cancel.html", 422, reason=reason, note=note, wrong=wrong)
        why = ". ".join(filter(None, [*(each for each in WhyNot if each == reason), note]))
        cancel = partial(links.cancel, why=why)
        return await self._change(request, cancel, given.get("at"))

    async def _download(self, request: Request) -> Response:
        self._visits.limit(request)
        token = request.path_params["token"]
        try:
            entry = await self._visits.read(lambda session, now: links.calendar_entry(session, token, now))
        except LinkExpired:
            raise
        except RuleError as error:
            return pages.notice("There is nothing to add", error.message, 409)
        return Response(
            ics.invitation(calendar_session(entry), self._visits.now()),
            media_type="text/calendar; charset=utf-8; method=REQUEST",
            headers={**pages.headers(), "content-disposition": 'attachment; filename="session.ics"'},
        )

    async def _page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        problem: str | None = None,
        **answers: str,
    ) -> Response:
        """The session, or the question whether to cancel it with the answers given so far."""
        token = request.path_params["token"]
        try:
            shown = await self._visits.read(lambda session, now: links.page(session, token, now))
        except NoSession:
            return self._visits.to(request, "/times")
        view = session_view(shown, self._visits.now())
        if template == "cancel.html" and (not view.is_ahead or view.no_change):
            template = "session.html"
        return pages.page(
            template,
            status,
            view=view,
            here=self._visits.path(request),
            leave=self._visits.path(request, "u"),
            problem=problem,
            reasons=tuple(WhyNot),
            **{"reason": "", "note": "", "wrong": "", **answers},
        )

    async def _change(
        self, request: Request, change: Callable[[Session, str, datetime], None], at: str | None
    ) -> Response:
        """Change something, then show the session by a GET, so that loading it again repeats nothing.

        `at` names the start of the session that the form was about: nobody answers for another one.
        """
        token = request.path_params["token"]

        def checked(session: Session, now: datetime) -> None:
            if at is not None and at != links.page(session, token, now).starts_at.strftime(INSTANT):
                raise Stale(HAS_CHANGED)
            change(session, token, now)

        try:
            await self._visits.change(checked)
        except LinkExpired:
            raise
        except RuleError as error:
            said = HAS_CHANGED if isinstance(error, Stale) else error.message
            return await self._page(request, "session.html", 409, said)
        return self._visits.to(request)
