"""What is agreed to before anything else: `/{s,c,q,t}/{token}/consent`. GET shows it, POST agrees and leads on."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.services import consents
from bot.web import pages
from bot.web.plain_text import paragraphs
from bot.web.visits import KINDS, Visits, form_of
from domain.errors import Stale
from domain.person import LinkPurpose

ONWARD = {LinkPurpose.PAGE: "/times"}
"""Where somebody is led who has agreed, within the pages of their link."""


class ConsentPages:
    """The same page for links of every purpose that begins something."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def routes(self) -> list[BaseRoute]:
        return [
            route
            for purpose, kind in KINDS.items()
            for route in (
                Route(f"/{kind}/{{token}}/consent", partial(self._show, purpose), methods=["GET"]),
                Route(f"/{kind}/{{token}}/consent", partial(self._agree, purpose), methods=["POST"]),
            )
        ]

    async def _show(self, purpose: LinkPurpose, request: Request) -> Response:
        self._visits.limit(request)
        return await self._page(purpose, request)

    async def _agree(self, purpose: LinkPurpose, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token, given = request.path_params["token"], await form_of(request)
        if "agree" not in given:
            return await self._page(purpose, request, 422, wrong="Please tick the box if you agree.")
        number = int(version) if (version := given.get("version", "")).isdecimal() and len(version) < 9 else 0
        try:
            await self._visits.change(lambda session, now: consents.agree(session, token, purpose, number, now))
        except Stale as error:
            return await self._page(purpose, request, 409, problem=error.message)
        return self._onward(purpose, request)

    async def _page(
        self, purpose: LinkPurpose, request: Request, status: int = 200, problem: str = "", wrong: str = ""
    ) -> Response:
        token = request.path_params["token"]
        found = await self._visits.read(lambda session, now: consents.page(session, token, purpose, now))
        if found.version is None:
            return self._onward(purpose, request)
        return pages.page(
            "consent.html",
            status,
            view=found,
            text=paragraphs(found.version.text),
            here=self._visits.home(purpose, token),
            leave=self._visits.path(request, "u") if purpose is not LinkPurpose.CLAIM else "",
            problem=problem,
            wrong=wrong,
        )

    def _onward(self, purpose: LinkPurpose, request: Request) -> Response:
        return self._visits.to(request, ONWARD.get(purpose, ""), kind=KINDS[purpose])
