"""A screener by a personal link: `/q/{token}`. GET shows the questions, POST keeps what was answered and leads on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.services import screening
from bot.services.consents import ConsentNeeded
from bot.services.screening import CantAnswer, Entered, Onward, Saved, ScreenerPage
from bot.web import pages
from bot.web.said import Said
from bot.web.screener_view import questions_view, said
from bot.web.visits import KINDS, Visits, answers_of
from domain.errors import Stale
from domain.person import LinkPurpose
from domain.screening import ScreeningState

KIND = "q"
FIELD = re.compile(r"q(\d{1,3})")
NEXT = {LinkPurpose.PAGE: "/times"}
"""Where who has just qualified is led, within the pages of their link."""
BACK, LATER, SEND = "back", "later", "send"
"""What else may be done with a page than to go on: the values of its buttons."""


class ScreenerPages:
    """The questions page by page. Without `has_mail` nobody is promised a mail."""

    def __init__(self, visits: Visits, *, has_mail: bool) -> None:
        self._visits = visits
        self._has_mail = has_mail

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/q/{token}", self._show, methods=["GET"]),
            Route("/q/{token}", self._answer, methods=["POST"]),
            Route("/q/{token}/kept", self._kept, methods=["GET"]),
            Route("/q/{token}/on", self._back, methods=["GET"]),
            Route("/q/{token}/on", self._go_on, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        self._visits.limit(request)
        wanted = number_in(request.query_params.get("page", ""), 0)
        return await self._page(request, wanted or None)

    async def _back(self, request: Request) -> Response:
        """Where a form's address that was copied leads to."""
        self._visits.limit(request)
        return self._visits.to(request, kind=KIND)

    async def _answer(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        given = await answers_of(request)
        entered, wanted = entered_in(given), last(given, "go")
        token = request.path_params["token"]

        def save(session: Session, now: datetime) -> Saved:
            return screening.save(session, token, entered, now, is_last=wanted == SEND)

        try:
            done = await self._visits.change(save)
        except ConsentNeeded:
            return self._visits.to(request, "/consent", kind=KIND)
        except CantAnswer:
            return self._visits.to(request, kind=KIND)
        except Stale as error:
            return await self._page(request, 1, 409, error.message)
        return await self._after(request, done, entered, wanted, number_in(last(given, "back"), 1))

    async def _after(self, request: Request, done: Saved, entered: Entered, wanted: str, back: int) -> Response:
        """Where an answer leads: on, back, to where it is said that it is kept, or nowhere: something is wrong."""
        if done.is_sent:
            if done.onward is None:
                return self._visits.to(request, kind=KIND)
            return self._lead(request, done.onward, NEXT.get(done.onward.purpose, ""))
        if wanted == BACK:
            return self._visits.to(request, f"?page={back}", kind=KIND)
        if wanted == LATER:
            return self._visits.to(request, "/kept", kind=KIND)
        if done.problems:
            return await self._page(request, entered.part, 422, problems=done.problems, entered=entered.answers)
        return self._visits.to(request, f"?page={entered.part + 1}", kind=KIND)

    async def _go_on(self, request: Request) -> Response:
        """To the page that is theirs who have qualified, or got further in another way."""
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token = request.path_params["token"]
        onward = await self._visits.change(lambda session, now: screening.go_on(session, token, now))
        return self._lead(request, onward) if onward is not None else self._visits.to(request, kind=KIND)

    def _lead(self, request: Request, onward: Onward, path: str = "") -> Response:
        return self._visits.to(request, path, kind=KINDS[onward.purpose], token=onward.secret)

    async def _kept(self, request: Request) -> Response:
        self._visits.limit(request)
        found = await self._read(request, None)
        if found.state is not ScreeningState.QUESTIONS or not found.is_begun:
            return self._visits.to(request, kind=KIND)
        return pages.page("kept.html", view=found, **self._shared(request))

    async def _page(
        self,
        request: Request,
        wanted: int | None,
        status: int = 200,
        problem: str = "",
        problems: Mapping[str, str] | None = None,
        entered: Mapping[int, Sequence[str]] | None = None,
    ) -> Response:
        found = await self._read(request, wanted)
        if found.needs_consent:
            return self._visits.to(request, "/consent", kind=KIND)
        if found.state is not ScreeningState.QUESTIONS:
            return self._said(request, said(found, self._visits.path(request, KIND), has_mail=self._has_mail))
        view = questions_view(found, problems or {}, entered)
        return pages.page("screener.html", status, view=view, problem=problem, **self._shared(request))

    def _said(self, request: Request, view: Said) -> Response:
        return pages.page("said.html", view=view, **self._shared(request))

    async def _read(self, request: Request, wanted: int | None) -> ScreenerPage:
        token = request.path_params["token"]
        return await self._visits.read(lambda session, now: screening.page(session, token, wanted, now))

    def _shared(self, request: Request) -> dict[str, Any]:
        return {"here": self._visits.path(request, KIND), "leave": self._visits.path(request, "u")}


def number_in(text: str, otherwise: int) -> int:
    """The small number that an address or a form names."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else otherwise


def last(given: Mapping[str, Sequence[str]], name: str) -> str:
    return given[name][-1] if given.get(name) else ""


def entered_in(given: Mapping[str, Sequence[str]]) -> Entered:
    """What was entered on a page, as its form names it."""
    answers = {int(found[1]): texts for name, texts in given.items() if (found := FIELD.fullmatch(name)) is not None}
    return Entered(number_in(last(given, "version"), 0), number_in(last(given, "part"), 0), answers)
