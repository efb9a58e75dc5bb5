"""Opting out: `/u/{token}`. Looking changes nothing; a form's button and a mail program's one click (RFC 8058) do."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.services import opting_out, visits
from bot.web import pages
from bot.web.visits import Visits, body_of

ONE_CLICK = re.compile(
    rb'\s*List-Unsubscribe=One-Click\s*|.*name="?List-Unsubscribe"?.*?\r?\n\r?\nOne-Click\r?\n.*', re.DOTALL
)
"""What a mail program posts: the one field, as a form's body of either kind."""
LARGEST_CLICK = 1_000
"""Bytes of such a post. In more than that nobody looks for it."""


class UnsubscribePages:
    """Where the link in the foot of every mail leads to, and what mail programs call for their own button."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/u/{token}", self._ask, methods=["GET"]),
            Route("/u/{token}", self._opt_out, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        self._visits.limit(request)
        token = request.path_params["token"]
        shown = await self._visits.read(lambda session, now: visits.leaver(session, token, now))
        return pages.page("unsubscribe.html", view=shown, here=self._visits.path(request, "u"))

    async def _opt_out(self, request: Request) -> Response:
        """One click is answered without a redirect, and may come from anywhere: the secret is enough."""
        body = await body_of(request)
        is_one_click = len(body) <= LARGEST_CLICK and ONE_CLICK.fullmatch(body) is not None
        if not is_one_click:
            self._visits.refuse_foreign(request)
        self._visits.limit(request, is_machine=is_one_click)
        token = request.path_params["token"]

        def change(session: Session, now: datetime) -> None:
            opting_out.opt_out(session, token, now)

        await self._visits.change(change)
        if is_one_click:
            return PlainTextResponse("You will get no more mail.", headers=pages.headers())
        return self._visits.to(request, kind="u")
