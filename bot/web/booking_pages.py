"""The pages on which a participant books: pick a time, look at it once more, done. GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.integrations.ports import Calendar
from bot.services import consents, links, live_times, self_booking, slots, visits, waiting
from bot.services.consents import ConsentNeeded
from bot.services.links import LinkExpired, SessionPage
from bot.services.visits import Visit
from bot.web import pages, zones
from bot.web.booking_view import Seen, book_view, no_times_view, pick_view, waiting_view
from bot.web.calendar_links import calendar_links
from bot.web.looks import look
from bot.web.session_view import session_view
from bot.web.times_view import INSTANT, Addresses, times_view
from bot.web.visits import Visits, form_of
from domain.errors import RuleError, Stale
from domain.person import masked_email
from domain.slot_pages import Wanted
from domain.slots import Offered, SlotTaken, TryAgain
from domain.times import local
from domain.waiting import Wish

HAS_CHANGED = "Your session has just changed. This is how it is now."
YEARS = range(1970, 3000)


@dataclass(frozen=True, slots=True)
class Found:
    """All that the pages say of what a participant may book now.

    `host_name` is of the time that was asked about; "" where it may be one or another. `needs_consent`: there is
    something to agree to before anything can be booked.
    """

    visit: Visit
    offered: Offered
    host_name: str
    wish: Wish | None
    needs_consent: bool


class BookingPages:
    """`/s/{token}/times`, `/book`, `/booked` and `/wait`. `calendar` is looked at once more before a time is taken.

    Without `has_mail` nobody is promised a mail.
    """

    def __init__(self, visits: Visits, calendar: Calendar | None, *, has_mail: bool) -> None:
        self._visits = visits
        self._has_mail = has_mail
        self._calendar = calendar

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/s/{token}/times", self._times, methods=["GET"]),
            Route("/s/{token}/book", self._ask, methods=["GET"]),
            Route("/s/{token}/book", self._book, methods=["POST"]),
            Route("/s/{token}/booked", self._booked, methods=["GET"]),
            Route("/s/{token}/wait", self._back, methods=["GET"]),
            Route("/s/{token}/wait", self._wait, methods=["POST"]),
            Route("/s/{token}/wait/leave", self._back, methods=["GET"]),
            Route("/s/{token}/wait/leave", self._leave, methods=["POST"]),
        ]

    async def _times(self, request: Request) -> Response:
        self._visits.limit(request)
        return await self._pick(request)

    async def _ask(self, request: Request) -> Response:
        """The page before booking. A time that is none, or is free no more, leads back to those that are."""
        self._visits.limit(request)
        starts_at = instant_of(request.query_params.get("at", ""))
        if starts_at is None:
            return self._visits.to(request, "/times")
        return await self._confirm(request, starts_at, zones.known(request.query_params.get("zone")))

    async def _book(self, request: Request) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        given = await form_of(request)
        starts_at, moves_from = instant_of(given.get("at", "")), instant_of(given.get("from", ""))
        chosen = zones.known(given.get("zone"))
        if starts_at is None:
            return self._visits.to(request, "/times")
        try:
            await self._take(request, starts_at, moves_from, chosen)
        except LinkExpired:
            raise
        except ConsentNeeded:
            return self._visits.to(request, "/consent")
        except SlotTaken as error:
            return await self._pick(request, 409, error.message, chosen, gone=starts_at)
        except TryAgain as error:
            return await self._confirm(request, starts_at, chosen, 503, error.message)
        except Stale:
            return await self._pick(request, 409, HAS_CHANGED, chosen)
        except RuleError as error:
            return await self._pick(request, 409, error.message, chosen)
        return self._visits.to(request, "/booked")

    async def _take(
        self, request: Request, starts_at: datetime, moves_from: datetime | None, chosen: str | None
    ) -> None:
        """Book the time, or move the session there that began at `moves_from`. Doing it twice is doing it once."""
        token = request.path_params["token"]

        def looking(session: Session, now: datetime) -> live_times.LookUp:
            link, seat = links.opened(session, token, now)
            return live_times.to_look_at(session, link.enrolment_id, starts_at, now, seat.id if seat else None)

        looks = await run_in_threadpool(look, self._calendar, await self._visits.read(looking))

        def change(session: Session, now: datetime) -> None:
            link, seat = links.opened(session, token, now)
            present = seat.starts_at if seat is not None and links.is_ahead(seat, now) else None
            if present == starts_at:
                return
            if present != moves_from:
                raise Stale(HAS_CHANGED)
            if seat is None or present is None:
                self_booking.book(session, link.enrolment_id, starts_at, looks, now)
            else:
                self_booking.move(session, link.enrolment_id, starts_at, looks, now, seat.id)
            if chosen is not None:
                visits.keep_zone(session, link.enrolment_id, chosen)

        await self._visits.change(change)

    async def _booked(self, request: Request) -> Response:
        """What has been booked. Whoever comes back to it later sees the session as it is then."""
        self._visits.limit(request)
        token = request.path_params["token"]

        def read(session: Session, now: datetime) -> tuple[SessionPage, links.CalendarEntry, str] | None:
            _link, seat = links.opened(session, token, now)
            if seat is None or not links.is_ahead(seat, now):
                return None
            entry = links.calendar_entry(session, token, now)
            return links.page_of(session, seat, now), entry, masked_email(entry.participant_email)

        found = await self._visits.read(read)
        if found is None:
            return self._visits.to(request)
        session, entry, email = found
        return pages.page(
            "booked.html",
            view=session_view(session, self._visits.now()),
            calendars=calendar_links(entry),
            email=email,
            is_mailed=self._has_mail,
            **self._shared(request),
        )

    async def _back(self, request: Request) -> Response:
        """Where a form's address that was copied leads to."""
        self._visits.limit(request)
        return self._visits.to(request, "/times")

    async def _wait(self, request: Request) -> Response:
        return await self._change_wish(request, is_on=True)

    async def _leave(self, request: Request) -> Response:
        return await self._change_wish(request, is_on=False)

    async def _change_wish(self, request: Request, *, is_on: bool) -> Response:
        self._visits.refuse_foreign(request)
        self._visits.limit(request)
        token = request.path_params["token"]

        def change(session: Session, now: datetime) -> None:
            link, seat = links.opened(session, token, now)
            if is_on:
                is_booked = seat is not None and links.is_ahead(seat, now)
                waiting.ask(session, link.enrolment_id, Wish.EARLIER if is_booked else Wish.ANY, now)
            else:
                waiting.leave(session, link.enrolment_id, now)

        try:
            await self._visits.change(change)
        except LinkExpired:
            raise
        except RuleError as error:
            return await self._pick(request, 409, error.message)
        return self._visits.to(request, "/times#waiting")

    async def _pick(
        self,
        request: Request,
        status: int = 200,
        problem: str | None = None,
        chosen: str | None = None,
        gone: datetime | None = None,
    ) -> Response:
        """The free times, or why there are none. Of a time that has `gone` the nearest others come first."""
        chosen = chosen or zones.known(request.query_params.get("zone"))
        wanted = day_of(request.query_params.get("day", ""))

        def about(visit: Visit) -> Wanted:
            clock = Seen.by(visit, chosen).time_zone
            return Wanted(clock, local(gone, clock).date() if wanted is None and gone is not None else wanted)

        found = await self._find(request, about)
        if found.needs_consent:
            return self._visits.to(request, "/consent")
        seen = Seen.by(found.visit, chosen)
        addresses = Addresses(self._visits.path(request), seen.chosen)
        times = times_view(found.offered.slots, seen.time_zone, addresses, wanted, gone)
        shared = {"problem": problem, **self._shared(request)}
        wait = waiting_view(found.offered, found.wish) if self._has_mail else None
        if times is None:
            nothing = no_times_view(found.visit, found.offered, seen, wait)
            return pages.page("no_times.html", status, view=nothing, **shared)
        today = local(self._visits.now(), "UTC").date()
        view = pick_view(found.visit, found.offered, seen, times, today, wait)
        return pages.page("times.html", status, view=view, **shared)

    async def _confirm(
        self, request: Request, starts_at: datetime, chosen: str | None, status: int = 200, problem: str | None = None
    ) -> Response:
        found = await self._find(request, lambda _visit: starts_at)
        if found.needs_consent:
            return self._visits.to(request, "/consent")
        present = found.offered.present
        if all(slot.starts_at != starts_at for slot in found.offered.slots):
            if present is not None and present.starts_at == starts_at:
                return self._visits.to(request)
            return await self._pick(request, 409, SlotTaken().message, chosen, starts_at)
        seen = Seen.by(found.visit, chosen)
        back = Addresses(self._visits.path(request), seen.chosen).times(local(starts_at, seen.time_zone).date())
        view = book_view(found.visit, found.offered, seen, starts_at, found.host_name, back)
        return pages.page("book.html", status, view=view, problem=problem, **self._shared(request))

    async def _find(self, request: Request, about: Callable[[Visit], datetime | Wanted]) -> Found:
        """What there is to be booked, about one time or for a page of times."""
        token = request.path_params["token"]

        def read(session: Session, now: datetime) -> Found:
            visit = visits.visit(session, token, now)
            sought, (_link, seat) = about(visit), links.opened(session, token, now)
            offered = slots.offered(session, visit.enrolment_id, now, sought, seat.id if seat else None)
            wanted = next((slot for slot in offered.slots if slot.starts_at == sought), None)
            host_name = visits.hosts_at(session, visit.enrolment_id, wanted) if wanted is not None else ""
            is_booking = offered.hurdle is None and offered.present is None
            return Found(
                visit=visit,
                offered=offered,
                host_name=host_name,
                wish=waiting.wish_of(session, visit.enrolment_id),
                needs_consent=is_booking and consents.is_needed(session, visit.consent_version, visit.enrolment_id),
            )

        return await self._visits.read(read)

    def _shared(self, request: Request) -> dict[str, Any]:
        return {"here": self._visits.path(request), "leave": self._visits.path(request, "u")}


def instant_of(text: str) -> datetime | None:
    """The instant that an address or a form names, None for anything else, and for years that nobody books in."""
    try:
        found = datetime.strptime(text, INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
