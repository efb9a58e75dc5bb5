"""Google Calendar v3 over HTTP, the part of it that a scheduling program uses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.google.errors import GoogleError, invalid, not_understood, wrong_credentials
from sandbox.google.event import Json
from sandbox.google.listing import Listing
from sandbox.google.oauth import CALENDAR_SCOPE, GRANT_TYPE, Grant, ServiceAccount, TokenError
from sandbox.google.store import Calendar, CalendarStore, Write
from sandbox.google.watch import Watches
from sandbox.web import DroppedConnection, json_body

API_PATH = "/google/calendar/v3"
_SEND_UPDATES = {"all", "externalOnly", "none"}

_FULL = CALENDAR_SCOPE
_EVENTS_WRITE = {_FULL, f"{_FULL}.events", f"{_FULL}.events.owned"}
_EVENTS_READ = _EVENTS_WRITE | {f"{_FULL}.readonly", f"{_FULL}.events.readonly", f"{_FULL}.events.owned.readonly"}
_FREEBUSY = {_FULL, f"{_FULL}.readonly", f"{_FULL}.freebusy", f"{_FULL}.events.freebusy"}
_CALENDARS = {_FULL, f"{_FULL}.readonly", f"{_FULL}.calendars", f"{_FULL}.calendars.readonly"}
_CALENDAR_LIST = {_FULL, f"{_FULL}.readonly", f"{_FULL}.calendarlist", f"{_FULL}.calendarlist.readonly"}


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call: who asks, and for what."""

    request: Request
    subject: str
    body: Json


_Endpoint = Callable[[Call], Json | None]


class CalendarApi:
    """The endpoints. A subject sees and writes its own calendar, and asks all of them for free and busy times."""

    def __init__(
        self, store: CalendarStore, account: ServiceAccount, watches: Watches, clock: SandboxClock, faults: Faults
    ) -> None:
        self.listing = Listing(store)
        self._store = store
        self._account = account
        self._watches = watches
        self._clock = clock
        self._faults = faults

    def routes(self) -> list[BaseRoute]:
        """Everything under /google."""
        events, one_event = "/calendars/{calendar}/events", "/calendars/{calendar}/events/{event}"
        api = [
            self._route("GET", events, "events.list", self._list, _EVENTS_READ),
            self._route("POST", events, "events.insert", self._insert, _EVENTS_WRITE),
            self._route("POST", f"{events}/watch", "events.watch", self._watch, _EVENTS_READ),
            self._route("GET", one_event, "events.get", self._get, _EVENTS_READ),
            self._route("PATCH", one_event, "events.patch", self._patch, _EVENTS_WRITE),
            self._route("PUT", one_event, "events.update", self._update, _EVENTS_WRITE),
            self._route("DELETE", one_event, "events.delete", self._delete, _EVENTS_WRITE),
            self._route("POST", "/freeBusy", "freebusy.query", self._freebusy, _FREEBUSY),
            self._route("POST", "/channels/stop", "channels.stop", self._stop, _EVENTS_READ | _FREEBUSY),
            self._route("GET", "/calendars/{calendar}", "calendars.get", self._calendar, _CALENDARS),
            self._route("GET", "/users/me/calendarList", "calendarList.list", self._calendar_list, _CALENDAR_LIST),
            self._route(
                "GET", "/users/me/calendarList/{calendar}", "calendarList.get", self._calendar_entry, _CALENDAR_LIST
            ),
        ]
        return [Route("/google/token", self._token, methods=["POST"]), Mount(API_PATH, routes=api)]

    def _route(self, verb: str, path: str, method: str, endpoint: _Endpoint, scopes: Iterable[str]) -> Route:
        """A route whose call is authorised first, suffers the faults in force, and fails in Google's form."""

        async def answer(request: Request) -> Response:
            try:
                subject = self._signed_in(request, set(scopes))
                body = await json_body(request)
                result = endpoint(Call(request, subject, body))
            except GoogleError as error:
                return error.response()
            except HTTPException:
                return not_understood().response()
            return Response(status_code=204) if result is None else JSONResponse(result)

        return Route(path, self._suffering(method, answer), methods=[verb])

    def _suffering(
        self, method: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def suffering(request: Request) -> Response:
            fault = self._faults.take("calendar", method)
            if fault is None:
                return await answer(request)
            if fault.kind == "gone":
                raise DroppedConnection
            if fault.kind == "rate_limit":
                limit = GoogleError(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits")
                return limit.response({"Retry-After": str(fault.retry_after)})
            if fault.kind == "error":
                return GoogleError(fault.status, "backendError", "Backend Error").response()
            response = await answer(request)
            if fault.kind == "accept_then_drop":
                raise DroppedConnection
            await asyncio.sleep(fault.seconds)
            return response

        return suffering

    async def _token(self, request: Request) -> Response:
        return await self._suffering("token", self._grant)(request)

    async def _grant(self, request: Request) -> Response:
        form = await request.form()
        try:
            if form.get("grant_type") != GRANT_TYPE:
                raise TokenError("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")
            return JSONResponse(self._account.grant(str(form.get("assertion", "")), self.is_user, self._clock.now()))
        except TokenError as error:
            return JSONResponse({"error": error.error, "error_description": error.description}, error.status)

    def is_user(self, address: str) -> bool:
        """Whether somebody of the domain has that address, and lets programs act for them."""
        calendar = self._store.calendars.get(address.lower())
        return calendar is not None and not calendar.revoked

    def _signed_in(self, request: Request, scopes: set[str]) -> str:
        """Who asks. Raises GoogleError 401 for a wrong token or a revoked user, 403 for a scope that is missing."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant: Grant | None = self._account.allowed(token, self._clock.now()) if scheme == "Bearer" else None
        if grant is None or not (self.is_user(grant.subject) or grant.subject == self._account.email):
            raise wrong_credentials()
        if not scopes & set(grant.scopes):
            message = "Request had insufficient authentication scopes."
            raise GoogleError(403, "insufficientPermissions", message)
        return grant.subject

    def _own(self, call: Call) -> Calendar:
        """The calendar named in the path. Raises GoogleError 404 for none, 403 for one that is somebody else's."""
        name = call.request.path_params["calendar"].lower()
        calendar = self._store.calendar(call.subject if name == "primary" else name)
        if calendar.id != call.subject:
            raise GoogleError(403, "forbidden", "Forbidden", "calendar")
        return calendar

    def _get(self, call: Call) -> Json:
        return self._store.get(self._own(call).id, call.request.path_params["event"])

    def _list(self, call: Call) -> Json:
        return self.listing.events(self._own(call), call.request.query_params)

    def _insert(self, call: Call) -> Json:
        return self._store.insert(self._own(call).id, call.body, _write(call))

    def _patch(self, call: Call) -> Json:
        return self._store.patch(self._own(call).id, call.request.path_params["event"], call.body, _write(call))

    def _update(self, call: Call) -> Json:
        return self._store.update(self._own(call).id, call.request.path_params["event"], call.body, _write(call))

    def _delete(self, call: Call) -> None:
        self._store.delete(self._own(call).id, call.request.path_params["event"], _write(call))

    def _freebusy(self, call: Call) -> Json:
        return self.listing.busy(call.body)

    def _watch(self, call: Call) -> Json:
        return self._watches.open(self._own(call).id, call.body)

    def _stop(self, call: Call) -> None:
        self._watches.stop(call.subject, call.body)

    def _calendar(self, call: Call) -> Json:
        calendar = self._own(call)
        return {"kind": "calendar#calendar", "etag": '"1"', **_about(calendar)}

    def _calendar_list(self, call: Call) -> Json:
        return {"kind": "calendar#calendarList", "etag": '"1"', "items": [_entry(self._store.calendar(call.subject))]}

    def _calendar_entry(self, call: Call) -> Json:
        return _entry(self._own(call))


def _write(call: Call) -> Write:
    query = call.request.query_params
    if query.get("sendUpdates", "none") not in _SEND_UPDATES:
        raise invalid("Invalid sendUpdates value.", "sendUpdates")
    if query.get("conferenceDataVersion", "0") not in ("0", "1"):
        raise invalid("Invalid conference data version.", "conferenceDataVersion")
    return Write(call.request.headers.get("If-Match"), query.get("conferenceDataVersion") == "1")


def _about(calendar: Calendar) -> Json:
    return {"id": calendar.id, "summary": calendar.name, "timeZone": calendar.time_zone}


def _entry(calendar: Calendar) -> Json:
    access = {"accessRole": "owner", "primary": True, "selected": True, "defaultReminders": []}
    return {"kind": "calendar#calendarListEntry", "etag": '"1"', **_about(calendar), **access}
