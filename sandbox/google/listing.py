"""`events.list` with its pages and sync tokens, and `freebusy.query`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from sandbox.google.errors import GoogleError, empty_range, invalid, missing, not_understood
from sandbox.google.event import Event, Json, merged, tombstone
from sandbox.google.store import Calendar, CalendarStore

_NOT_WITH_SYNC = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_NO_TOKEN_AFTER = ("iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin")
_PAGE_DEFAULT, _PAGE_LIMIT = 250, 2500
_FREEBUSY_CALENDARS, _FREEBUSY_DAYS = 50, 90

_Filter = Callable[[Event], bool]


class Listing:
    """Lists of events. `expired` holds, by calendar, the change up to which sync tokens no longer count."""

    def __init__(self, store: CalendarStore) -> None:
        self._store = store
        self.expired: dict[str, int] = {}

    def expire(self, calendar_id: str) -> None:
        """Every sync token of this calendar given out so far is too old from now on."""
        with self._store.lock:
            # The next token must be newer than the last, even if nothing changes in between.
            self.expired[calendar_id] = self._store.change
            self._store.change += 1

    def events(self, calendar: Calendar, query: QueryParams) -> Json:
        """One page. Raises GoogleError 400 for a query that Google refuses, 410 for a sync token that is too old."""
        with self._store.lock:
            sync_token = query.get("syncToken")
            since = self._since(calendar, query) if sync_token is not None else None
            page = _page(query, self._store.change)
            filters = list(self._filters(calendar, query, since is not None))
            kept = [
                event
                for event in self._store.events(calendar.id)
                if (since is None or event.copies[calendar.id].change > since)
                and event.copies[calendar.id].change <= page.until
                and all(accepts(event) for accepts in filters)
            ]
            return self._answer(calendar, query, page, kept)

    def busy(self, body: Json) -> Json:
        """The answer to `freebusy.query`: times in UTC, and for a calendar that can't be read an error instead."""
        start, end = _time(body.get("timeMin"), "timeMin"), _time(body.get("timeMax"), "timeMax")
        if start is None or end is None:
            raise missing("time range")
        if end <= start:
            raise empty_range()
        if end - start > timedelta(days=_FREEBUSY_DAYS):
            message = "The requested time range is too long."
            raise GoogleError(400, "timeRangeTooLong", message, "calendar", "parameter:timeMax")
        items = body.get("items") or []
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise not_understood()
        wanted = [str(item.get("id", "")) for item in items]
        with self._store.lock:
            calendars = {name: self._busy(name, at, start, end) for at, name in enumerate(wanted)}
        return {"kind": "calendar#freeBusy", "timeMin": _utc(start), "timeMax": _utc(end), "calendars": calendars}

    def _busy(self, calendar_id: str, position: int, start: datetime, end: datetime) -> Json:
        if position >= _FREEBUSY_CALENDARS:
            return {"errors": [{"domain": "calendar", "reason": "tooManyCalendarsRequested"}], "busy": []}
        calendar = self._store.calendars.get(calendar_id.lower())
        if calendar is None or calendar.revoked:
            return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
        spans = [
            event.span(calendar.time_zone) for event in self._store.events(calendar.id) if event.is_busy(calendar.id)
        ]
        taken = merged((max(a, start), min(b, end)) for a, b in spans if a < end and b > start)
        return {"busy": [{"start": _utc(a), "end": _utc(b)} for a, b in taken]}

    def _since(self, calendar: Calendar, query: QueryParams) -> int:
        """The change after which an incremental sync begins."""
        for name in _NOT_WITH_SYNC:
            if name in query:
                raise invalid("Sync token cannot be used with other query restrictions.", name)
        if query.get("showDeleted") == "false":
            raise invalid("Sync token cannot be used with showDeleted set to false.", "showDeleted")
        token = _read(query["syncToken"], "syncToken", {"calendar", "change", "single"})
        if token["calendar"] != calendar.id or token["single"] != _flag(query, "singleEvents"):
            raise invalid("Invalid sync token value.", "syncToken")
        if token["change"] <= self.expired.get(calendar.id, -1):
            message = "Sync token is no longer valid, a full sync is required."
            raise GoogleError(410, "fullSyncRequired", message, "calendar", "parameter:syncToken")
        return int(token["change"])

    def _filters(self, calendar: Calendar, query: QueryParams, incremental: bool) -> Iterable[_Filter]:
        zone = calendar.time_zone
        after, before = _time(query.get("timeMin"), "timeMin"), _time(query.get("timeMax"), "timeMax")
        updated = _time(query.get("updatedMin"), "updatedMin")
        if after is not None and before is not None and before <= after:
            raise empty_range()
        if not (incremental or updated or _flag(query, "showDeleted")):
            yield lambda event: not event.is_gone(calendar.id)
        if after is not None:
            yield lambda event: event.span(zone)[1] > after
        if before is not None:
            yield lambda event: event.span(zone)[0] < before
        if updated is not None:
            yield lambda event: datetime.fromisoformat(event.updated) >= updated
        if "iCalUID" in query:
            yield lambda event: event.ical_uid == query["iCalUID"]
        if "q" in query:
            yield lambda event: _mentions(event, query["q"])
        for kind in ("private", "shared"):
            for pair in query.getlist(f"{kind}ExtendedProperty"):
                yield _has_property(calendar.id, kind, pair)

    def _answer(self, calendar: Calendar, query: QueryParams, page: _Page, kept: list[Event]) -> Json:
        order = _order(calendar, query)
        rest = sorted((e for e in kept if page.after is None or order(e) > page.after), key=order)
        shown, more = rest[: page.size], rest[page.size :]
        minimal = "syncToken" in query and not _flag(query, "showDeleted")
        items = [
            tombstone(event, calendar.id)
            if minimal and event.is_gone(calendar.id)
            else self._store.shown(event, calendar.id)
            for event in shown
        ]
        answer = {
            "kind": "calendar#events",
            "etag": f'"p{page.until}"',
            "summary": calendar.name,
            "timeZone": calendar.time_zone,
            "accessRole": "owner",
            "defaultReminders": [],
            "items": items,
        }
        if more:
            answer["nextPageToken"] = _token({"until": page.until, "after": order(shown[-1])})
        elif not any(name in query for name in _NO_TOKEN_AFTER):
            single = _flag(query, "singleEvents")
            answer["nextSyncToken"] = _token({"calendar": calendar.id, "change": page.until, "single": single})
        return answer


@dataclass(frozen=True, slots=True)
class _Page:
    """Pages go by key over the state at the first: a change in between neither skips nor repeats an event."""

    size: int
    until: int
    after: list[Any] | None


def _page(query: QueryParams, change: int) -> _Page:
    try:
        size = min(int(query.get("maxResults", _PAGE_DEFAULT)), _PAGE_LIMIT)
    except ValueError:
        size = 0
    if size < 1:
        raise invalid("Invalid value. Values must be within the range: [1, 2500]", "maxResults")
    if "pageToken" not in query:
        return _Page(size, change, None)
    token = _read(query["pageToken"], "pageToken", {"until", "after"})
    return _Page(size, token["until"], token["after"])


def _order(calendar: Calendar, query: QueryParams) -> Callable[[Event], list[Any]]:
    """The key by which pages go."""
    order = query.get("orderBy")
    if order is None:
        return lambda event: [event.copies[calendar.id].change]
    if order == "updated":
        return lambda event: [event.updated, event.id]
    if order == "startTime" and _flag(query, "singleEvents"):
        return lambda event: [event.span(calendar.time_zone)[0].timestamp(), event.id]
    raise invalid("The requested ordering is not available for the particular query.", "orderBy")


def _mentions(event: Event, words: str) -> bool:
    texts = [event.shared.get(name, "") for name in ("summary", "description", "location")]
    texts += [text for guest in event.attendees for text in (guest["email"], guest.get("displayName", ""))]
    found = " ".join(texts).lower()
    return all(word in found for word in words.lower().split())


def _has_property(calendar_id: str, kind: str, pair: str) -> _Filter:
    name, _, value = pair.partition("=")

    def accepts(event: Event) -> bool:
        holder = event.copies[calendar_id].own if kind == "private" else event.shared
        return bool(holder.get("extendedProperties", {}).get(kind, {}).get(name) == value)

    return accepts


def _flag(query: QueryParams, name: str) -> bool:
    return query.get(name, "false").lower() == "true"


def _time(value: Any, name: str) -> datetime | None:
    """An RFC 3339 time, which must have an offset."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request", location=f"parameter:{name}")
    return moment


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _token(content: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode("ascii")


def _read(token: str, parameter: str, fields: set[str]) -> Json:
    try:
        content = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        content = None
    if not isinstance(content, dict) or content.keys() != fields:
        words = "sync token" if parameter == "syncToken" else "page token"
        raise invalid(f"Invalid {words} value.", parameter)
    return content
