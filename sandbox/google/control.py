"""The calendar's part of the control API: what people do with their calendars, and what befalls an account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.google.errors import GoogleError
from sandbox.google.event import Json
from sandbox.google.listing import Listing
from sandbox.google.store import Calendar, CalendarStore, ConferenceStatus, Write
from sandbox.web import json_body, required

_CONFERENCES: dict[str, ConferenceStatus] = {"instant": "success", "pending": "pending", "failure": "failure"}


class CalendarControl:
    """The calls under /control/calendar. Whoever owns the calendar in the path is the one who acts."""

    def __init__(self, store: CalendarStore, listing: Listing, told: Callable[[], None]) -> None:
        self._store = store
        self._listing = listing
        self._told = told

    def routes(self) -> list[BaseRoute]:
        calendar, event = "/control/calendar/{calendar}", "/control/calendar/{calendar}/events/{event}"
        return [
            Route("/control/calendar", self._calendars, methods=["GET"]),
            Route("/control/calendar", _plainly(self._add), methods=["POST"]),
            Route("/control/calendar/conferences", _plainly(self._conferences), methods=["POST"]),
            Route(f"{calendar}/events", _plainly(self._events), methods=["GET"]),
            Route(f"{calendar}/events", _plainly(self._insert), methods=["POST"]),
            Route(f"{event}/rsvp", _plainly(self._rsvp), methods=["POST"]),
            Route(f"{event}/move", _plainly(self._move), methods=["POST"]),
            Route(f"{event}/delete", _plainly(self._delete), methods=["POST"]),
            Route(f"{calendar}/expire-sync", _plainly(self._expire), methods=["POST"]),
            Route(f"{calendar}/revoke", _plainly(self._revoke), methods=["POST"]),
            Route(f"{calendar}/restore", _plainly(self._restore), methods=["POST"]),
        ]

    async def _calendars(self, _: Request) -> Response:
        calendars = [
            {"id": c.id, "name": c.name, "time_zone": c.time_zone, "revoked": c.revoked}
            for c in list(self._store.calendars.values())
        ]
        modes = {status: mode for mode, status in _CONFERENCES.items()}
        return JSONResponse({"calendars": calendars, "conferences": modes[self._store.new_conferences]})

    async def _add(self, request: Request) -> Json:
        body = await json_body(request)
        calendar = Calendar(required(body, "id").lower(), required(body, "name"), required(body, "time_zone"))
        _zone(calendar.time_zone)
        if calendar.id in self._store.calendars:
            raise HTTPException(409, f"{calendar.id} has a calendar already.")
        self._store.add(calendar)
        self._told()
        return {"id": calendar.id, "name": calendar.name, "time_zone": calendar.time_zone}

    async def _conferences(self, request: Request) -> Json:
        mode = required(await json_body(request), "mode")
        if mode not in _CONFERENCES:
            raise HTTPException(400, f"“{mode}” is no way to make meetings: say {', '.join(_CONFERENCES)}.")
        self._store.new_conferences = _CONFERENCES[mode]
        self._told()
        return {}

    async def _events(self, request: Request) -> Json:
        calendar = self._calendar(request)
        since, until = (_moment(request.query_params.get(name), calendar.time_zone) for name in ("from", "to"))
        with self._store.lock:
            spans = [(event, *event.span(calendar.time_zone)) for event in self._store.events(calendar.id)]
            chosen = [
                (start, self._store.shown(event, calendar.id))
                for event, start, end in spans
                if not event.is_gone(calendar.id)
                and (since is None or end > since)
                and (until is None or start < until)
            ]
        return {"events": [shown for _, shown in sorted(chosen, key=lambda pair: pair[0])]}

    async def _insert(self, request: Request) -> Json:
        calendar, body = self._calendar(request), await json_body(request)
        attendees = body.get("attendees") or []
        if not isinstance(attendees, list):
            raise HTTPException(400, "“attendees” must be a list of addresses.")
        event: Json = {
            "summary": required(body, "summary"),
            **_times(body, calendar.time_zone),
            **{name: body[name] for name in ("description", "transparency") if name in body},
            "attendees": [{"email": address} for address in attendees],
        }
        return self._store.insert(calendar.id, event, Write())

    async def _rsvp(self, request: Request) -> Json:
        calendar, body = self._calendar(request), await json_body(request)
        address, response = required(body, "email").lower(), required(body, "response")
        event = self._store.event(calendar.id, request.path_params["event"])
        if event.attendee(address) is None:
            raise HTTPException(404, f"{address} is not invited to this event.")
        return self._store.respond(calendar.id, event.id, address, response, body.get("comment"))

    async def _move(self, request: Request) -> Json:
        calendar, body = self._calendar(request), await json_body(request)
        times = _times(body, calendar.time_zone)
        return self._store.patch(calendar.id, request.path_params["event"], times, Write())

    async def _delete(self, request: Request) -> Json:
        self._store.delete(self._calendar(request).id, request.path_params["event"], Write())
        return {}

    async def _expire(self, request: Request) -> Json:
        self._listing.expire(self._calendar(request).id)
        self._told()
        return {}

    async def _revoke(self, request: Request) -> Json:
        self._any_calendar(request).revoked = True
        self._told()
        return {}

    async def _restore(self, request: Request) -> Json:
        self._any_calendar(request).revoked = False
        self._told()
        return {}

    def _calendar(self, request: Request) -> Calendar:
        calendar = self._any_calendar(request)
        if calendar.revoked:
            raise HTTPException(404, f"The calendar of {calendar.id} is revoked.")
        return calendar

    def _any_calendar(self, request: Request) -> Calendar:
        address = request.path_params["calendar"].lower()
        calendar = self._store.calendars.get(address)
        if calendar is None:
            raise HTTPException(404, f"There is no calendar of {address}.")
        return calendar


def _plainly(answer: Callable[[Request], Awaitable[Json]]) -> Callable[[Request], Awaitable[Response]]:
    """Google's refusals as sentences of the control API."""

    async def plain(request: Request) -> Response:
        try:
            return JSONResponse(await answer(request))
        except GoogleError as error:
            raise HTTPException(error.status, error.message) from None

    return plain


def _times(body: Json, zone: str) -> Json:
    """`start` and `end` as Google writes them. A time without offset is in the calendar's zone."""
    return {name: _google_time(required(body, name), zone) for name in ("start", "end")}


def _google_time(value: Any, zone: str) -> Json:
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        return {"date": value, "dateTime": None}
    moment = _moment(value, zone)
    assert moment is not None
    return {"dateTime": moment.isoformat(), "date": None}


def _moment(value: Any, zone: str) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise HTTPException(400, f"“{value}” is no time: write 2026-01-31T09:00:00+01:00.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=_zone(zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        raise HTTPException(400, f"“{name}” is no time zone.") from None
