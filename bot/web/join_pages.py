"""Coming to a study by its public link: `/j/{token}`. GET shows what it is, POST says who comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.services import joining
from bot.services.joining import Closed, Form, Landing, Unfinished
from bot.services.screening import Onward
from bot.web import pages
from bot.web.plain_text import paragraphs
from bot.web.said import FULL, HELD, Said
from bot.web.screener_pages import number_in
from bot.web.visits import KINDS, Visits, form_of
from domain.errors import Stale
from domain.study import StudyStatus

KIND = "j"
TRAP = "website"
"""A field that no person sees: what fills it in is a program."""
FIELDS = ("first", "last", "email", "agree")
NOBODY = Form("", "", "")


class JoinPages:
    """Who comes is told the same whether or not we know them, as far as that can be (see `bot.services.joining`)."""

    def __init__(self, visits: Visits, *, has_mail: bool) -> None:
        self._visits = visits
        self._has_mail = has_mail

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/j/{token}", self._show, methods=["GET"]),
            Route("/j/{token}", self._join, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        self._visits.limit_shared(request, is_joining=False)
        return await self._page(request)

    async def _join(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit_shared(request, is_joining=True)
        token, given = request.path_params["token"], await form_of(request)
        agreed = number_in(given.get("version", ""), 0) if "agree" in given else 0
        form = Form(given.get("first", ""), given.get("last", ""), given.get("email", ""), agreed)

        def join(session: Session, now: datetime) -> Onward | None:
            return joining.join(session, token, form, now, has_mail=self._has_mail)

        if given.get(TRAP):
            return await self._thanks(request, form)
        try:
            onward = await self._visits.change(join)
        except Unfinished as error:
            return await self._page(request, 422, form, error.problems)
        except Closed:
            return self._visits.to(request, kind=KIND)
        except Stale as error:
            return await self._page(request, 409, form, problem=error.message)
        if onward is None:
            return await self._thanks(request, form)
        return self._visits.to(request, kind=KINDS[onward.purpose], token=onward.secret)

    async def _read(self, request: Request) -> Landing:
        token = request.path_params["token"]
        return await self._visits.read(lambda session, _now: joining.landing(session, token, has_mail=self._has_mail))

    async def _page(
        self,
        request: Request,
        status: int = 200,
        form: Form = NOBODY,
        problems: Mapping[str, str] | None = None,
        problem: str = "",
    ) -> Response:
        found = await self._read(request)
        if not found.is_open:
            return pages.page("said.html", status, view=closed(found), leave="")
        return pages.page(
            "join.html",
            status,
            view=found,
            form=form,
            problems=problems or {},
            first_wrong=next((name for name in FIELDS if name in (problems or {})), ""),
            problem=problem,
            introduction=paragraphs(found.introduction),
            consent=paragraphs(found.consent.text) if found.consent is not None else None,
            here=self._visits.path(request, KIND),
            has_mail=self._has_mail,
        )

    async def _thanks(self, request: Request, form: Form) -> Response:
        """The same to everybody who is not led on: whether we know the address, and from where, it does not say."""
        found = await self._read(request)
        return pages.page("joined.html", view=found, email=form.email.strip()[:254], has_mail=self._has_mail)


def closed(found: Landing) -> Said:
    """What whoever comes reads when nobody can."""
    headline, sentence = HELD.get(found.study_status, HELD[StudyStatus.CLOSED])
    if found.is_full and found.study_status is StudyStatus.ACTIVE:
        headline, sentence = FULL
    return Said(found.team_name, found.study_name, headline, (sentence,))
