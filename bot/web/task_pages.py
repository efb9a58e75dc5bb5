"""Surveys and unmoderated tests: `/t/{token}` leads out to them, `/f/{token}` is where their tools send people back.

The latter is the one address of which a GET changes something: tools can do no other. Its secret is in no mail and on
no page, so no program that opens every link comes by it (see docs/decisions/0010-links-out.md).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.services import tasks
from bot.services.consents import ConsentNeeded
from bot.services.tasks import CantStart
from bot.web import pages
from bot.web.said import Said
from bot.web.task_view import came_back, said
from bot.web.visits import Visits
from domain.person import LinkPurpose
from domain.task import TaskState

KIND = "t"
LEADS_OUT = frozenset({TaskState.OPEN, TaskState.STARTED})


class TaskPages:
    """GET shows what it is, POST begins and leads to where it is done."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/t/{token}", self._show, methods=["GET"]),
            Route("/t/{token}/start", self._back, methods=["GET"]),
            Route("/t/{token}/start", self._start, methods=["POST"]),
            Route("/t/{token}/done", self._back, methods=["GET"]),
            Route("/t/{token}/done", self._done, methods=["POST"]),
            Route("/f/{token}", self._finish, methods=["GET"]),
        ]

    async def _show(self, request: Request) -> Response:
        self._visits.limit(request)
        token = request.path_params["token"]
        found = await self._visits.read(lambda session, now: tasks.page(session, token, now))
        if found.needs_consent:
            return self._visits.to(request, "/consent", kind=KIND)
        if found.state not in LEADS_OUT:
            return self._said(said(found), leave=self._visits.path(request, "u"))
        here = self._visits.path(request, KIND)
        shown = pages.page("task.html", view=found, here=here, leave=self._visits.path(request, "u"))
        return pages.leading_out(shown)

    async def _back(self, request: Request) -> Response:
        """Where a form's address that was copied leads to."""
        self._visits.limit(request)
        return self._visits.to(request, kind=KIND)

    async def _start(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token = request.path_params["token"]
        try:
            url = await self._visits.change(lambda session, now: tasks.start(session, token, now))
        except ConsentNeeded:
            return self._visits.to(request, "/consent", kind=KIND)
        except CantStart:
            return self._visits.to(request, kind=KIND)
        return RedirectResponse(url, 303, pages.headers())

    async def _done(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token = request.path_params["token"]
        await self._visits.change(lambda session, now: tasks.say_finished(session, token, now))
        return self._visits.to(request, kind=KIND)

    async def _finish(self, request: Request) -> Response:
        """Somebody comes back who has finished. Looking ahead (HEAD, or a browser that fetches early) is not coming."""
        self._visits.limit(request)
        token = request.path_params["token"]
        is_coming = request.method == "GET" and not request.headers.get("sec-purpose", "").startswith("prefetch")
        if is_coming:
            await self._visits.change(lambda session, now: tasks.come_back(session, token, now))
        found = await self._visits.read(lambda session, now: tasks.page(session, token, now, LinkPurpose.FINISH))
        return self._said(came_back(found))

    def _said(self, view: Said, leave: str = "") -> Response:
        return pages.page("said.html", view=view, leave=leave)
