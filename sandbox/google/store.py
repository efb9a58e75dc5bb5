"""The calendars and their events: every write goes through here and reaches the guests' copies."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sandbox.clock import SandboxClock
from sandbox.google import body as bodies
from sandbox.google.errors import GoogleError, invalid, not_found, not_the_organizer
from sandbox.google.event import Copy, Event, Json, instant, rfc3339, view, writable

ConferenceStatus = Literal["success", "pending", "failure"]


@dataclass(slots=True)
class Calendar:
    """A person's calendar; `id` is the person's address. A revoked one is as good as not there."""

    id: str
    name: str
    time_zone: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """How a client asks for a write: the etag that must still hold, and whether it knows conferences."""

    if_match: str | None = None
    conferences: bool = False


class CalendarStore:
    """All calendars. Safe to use from several threads. `on_change` gets the calendars that a write changed."""

    def __init__(self, clock: SandboxClock, base_url: str, on_change: Callable[[set[str]], None]) -> None:
        self.lock = threading.RLock()
        self.calendars: dict[str, Calendar] = {}
        self.new_conferences: ConferenceStatus = "success"
        self.change = 0
        self._clock = clock
        self._base_url = base_url
        self._on_change = on_change
        self._events: dict[str, dict[str, Event]] = {}

    def add(self, calendar: Calendar) -> None:
        with self.lock:
            self.calendars[calendar.id] = calendar
            self._events.setdefault(calendar.id, {})

    def calendar(self, calendar_id: str) -> Calendar:
        """Raises GoogleError 404 for one that is not there or revoked."""
        calendar = self.calendars.get(calendar_id)
        if calendar is None or calendar.revoked:
            raise not_found()
        return calendar

    def events(self, calendar_id: str) -> list[Event]:
        """Every event that the calendar has or had, the last changed last."""
        with self.lock:
            return sorted(self._events[calendar_id].values(), key=lambda event: event.copies[calendar_id].change)

    def event(self, calendar_id: str, event_id: str) -> Event:
        """Raises GoogleError 404 when the calendar never had it."""
        event = self._events[self.calendar(calendar_id).id].get(event_id)
        if event is None:
            raise not_found()
        return event

    def shown(self, event: Event, calendar_id: str) -> Json:
        """The event resource as the calendar's owner gets it."""
        return view(event, calendar_id, self.calendars[calendar_id].time_zone, self._base_url)

    def get(self, calendar_id: str, event_id: str) -> Json:
        """The event, deleted or not. A conference that was pending is ready from now on."""
        with self.lock:
            event = self.event(calendar_id, event_id)
            if event.conference is not None and "entryPoints" not in event.conference:
                self._settle_conference(event)
            return self.shown(event, calendar_id)

    def insert(self, calendar_id: str, body: Json, write: Write) -> Json:
        """A new event. Raises GoogleError 409 for an id that was ever used in this calendar, 400 for a wrong body."""
        with self.lock:
            calendar = self.calendar(calendar_id)
            event_id = bodies.checked_id(body) or secrets.token_hex(13)
            if event_id in self._events[calendar.id]:
                raise GoogleError(409, "duplicate", "The requested identifier already exists.")
            draft = bodies.parse(body, calendar.time_zone)
            now = rfc3339(self._clock.now())
            uid = body.get("iCalUID") or f"{event_id}@google.com"
            event = Event(event_id, calendar.id, uid, calendar.id, now, now, copies={calendar.id: Copy()})
            with self._changing(event):
                self._take_over(event, draft)
                if write.conferences:
                    event.conference = bodies.conference(body, None, calendar.id, self.new_conferences)
            return self.shown(event, calendar.id)

    def patch(self, calendar_id: str, event_id: str, body: Json, write: Write) -> Json:
        """Change some fields. Raises GoogleError 412 when the etag is out of date, 403 for what is the organizer's."""
        with self.lock:
            event = self._writable(calendar_id, event_id, write)
            # The conference is not merged: it is replaced, or left.
            fields = {name: value for name, value in body.items() if name != "conferenceData"}
            whole = bodies.merge_patch(writable(event, calendar_id), fields)
            self._write(event, calendar_id, whole, body, write)
            return self.shown(event, calendar_id)

    def update(self, calendar_id: str, event_id: str, body: Json, write: Write) -> Json:
        """Replace all fields. Raises as `patch` does."""
        with self.lock:
            event = self._writable(calendar_id, event_id, write)
            self._write(event, calendar_id, body, {"conferenceData": None, "attendees": [], **body}, write)
            return self.shown(event, calendar_id)

    def delete(self, calendar_id: str, event_id: str, write: Write) -> None:
        """Cancel it as the organizer, or decline it and take it off one's calendar as a guest. 410 when it is gone."""
        with self.lock:
            event = self._writable(calendar_id, event_id, write)
            if event.is_gone(calendar_id):
                raise GoogleError(410, "deleted", "Resource has been deleted")
            with self._changing(event):
                if calendar_id == event.calendar:
                    event.shared = {**event.shared, "status": "cancelled"}
                    event.sequence += 1
                else:
                    event.copies[calendar_id].deleted = True
                    _respond(event, calendar_id, "declined")

    def respond(self, calendar_id: str, event_id: str, address: str, response: str, comment: str | None) -> Json:
        """A guest's answer, by mail or from a calendar outside. Raises GoogleError 404 for someone not invited."""
        with self.lock:
            event = self.event(calendar_id, event_id)
            if event.attendee(address) is None:
                raise not_found()
            if response not in ("accepted", "tentative", "declined", "needsAction"):
                raise invalid("Invalid attendee response status.")
            with self._changing(event):
                _respond(event, address, response, comment)
            return self.shown(event, calendar_id)

    def dump(self) -> Json:
        with self.lock:
            return {
                "calendars": [asdict(calendar) for calendar in self.calendars.values()],
                "events": [
                    asdict(event)
                    for calendar_id, held in self._events.items()
                    for event in held.values()
                    if event.calendar == calendar_id
                ],
                "change": self.change,
                "new_conferences": self.new_conferences,
            }

    def load(self, data: Json) -> None:
        with self.lock:
            for calendar in data["calendars"]:
                self.add(Calendar(**calendar))
            for kept in data["events"]:
                event = Event(**{**kept, "copies": {cal: Copy(**held) for cal, held in kept["copies"].items()}})
                for calendar_id in event.copies:
                    self._events[calendar_id][event.id] = event
            self.change = data["change"]
            self.new_conferences = data["new_conferences"]

    def _writable(self, calendar_id: str, event_id: str, write: Write) -> Event:
        event = self.event(calendar_id, event_id)
        if write.if_match not in (None, "*", event.etag(calendar_id)):
            raise GoogleError(412, "conditionNotMet", "Precondition Failed", location="header:If-Match")
        return event

    def _write(self, event: Event, calendar_id: str, whole: Json, body: Json, write: Write) -> None:
        draft = bodies.parse(whole, self.calendars[calendar_id].time_zone)
        if calendar_id != event.calendar:
            self._write_as_guest(event, calendar_id, draft)
            return
        conference = event.conference
        if write.conferences:
            conference = bodies.conference(body, event.conference, event.calendar, self.new_conferences)
        with self._changing(event):
            moved = self._is_moved(event, draft)
            if moved or draft.shared.get("location") != event.shared.get("location"):
                event.sequence += 1
            self._take_over(event, draft)
            event.conference = conference
            if moved and "attendees" not in body:
                _ask_again(event)

    def _write_as_guest(self, event: Event, calendar_id: str, draft: bodies.Draft) -> None:
        """A guest writes their own answer and what is their copy's own."""
        others = {name: value for name, value in draft.shared.items() if name not in ("start", "end")}
        present = {name: value for name, value in event.shared.items() if name not in ("start", "end")}
        is_same = others == present and not self._is_moved(event, draft)
        if not is_same and not event.shared.get("guestsCanModify"):
            raise not_the_organizer()
        with self._changing(event):
            event.shared = draft.shared
            event.copies[calendar_id].own = draft.own
            answer = next((guest for guest in draft.attendees if guest["email"] == calendar_id), None)
            if answer is not None and event.attendee(calendar_id) is not None:
                _respond(event, calendar_id, answer["responseStatus"], answer.get("comment"))

    def _is_moved(self, event: Event, draft: bodies.Draft) -> bool:
        zone = self.calendars[event.calendar].time_zone
        return event.span(zone) != (instant(draft.shared["start"], zone), instant(draft.shared["end"], zone))

    def _take_over(self, event: Event, draft: bodies.Draft) -> None:
        """The organizer's draft becomes the event, and every guest with a calendar here gets or loses a copy."""
        event.shared, event.attendees = draft.shared, draft.attendees
        event.copies[event.calendar].own = draft.own
        invited = {guest["email"]: guest["responseStatus"] for guest in draft.attendees}
        for calendar_id in invited.keys() & self.calendars.keys() - event.copies.keys():
            if event.id not in self._events[calendar_id]:
                event.copies[calendar_id] = Copy()
        for calendar_id in event.copies.keys() - {event.calendar}:
            held = event.copies[calendar_id]
            # Who took it off the calendar and declined does not get it back by a change.
            held.deleted = calendar_id not in invited or (held.deleted and invited[calendar_id] == "declined")

    def _settle_conference(self, event: Event) -> None:
        assert event.conference is not None
        if event.conference["createRequest"]["status"]["statusCode"] == "pending":
            with self._changing(event):
                event.conference = bodies.settled(event.conference, event.calendar)

    @contextmanager
    def _changing(self, event: Event) -> Iterator[None]:
        """Around a change: every copy that looks different afterwards gets a new etag, and its calendar is reported."""
        before = {} if not event.shared else {cal: self.shown(event, cal) for cal in event.copies}
        yield
        changed = {cal for cal in event.copies if before.get(cal) != self.shown(event, cal)}
        if not changed:
            return
        event.updated = rfc3339(self._clock.now())
        for calendar_id in sorted(changed):
            self.change += 1
            event.copies[calendar_id].change = self.change
            self._events[calendar_id][event.id] = event
        self._on_change(changed)


def _respond(event: Event, address: str, response: str, comment: str | None = None) -> None:
    """Entries are replaced, never changed in place: a shown event may still hold the old one."""
    answer: dict[str, Any] = {"responseStatus": response} | ({"comment": comment} if comment else {})
    event.attendees = [guest | answer if guest["email"] == address else guest for guest in event.attendees]


def _ask_again(event: Event) -> None:
    """A new time asks every guest anew, as Google does."""
    event.attendees = [
        guest if guest["email"] == event.calendar else guest | {"responseStatus": "needsAction"}
        for guest in event.attendees
    ]
