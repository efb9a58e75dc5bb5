"""What a calendar holds: an event, its copies on the guests' calendars, and how Google shows each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

Json = dict[str, Any]


@dataclass(slots=True)
class Copy:
    """The event as one calendar has it. `change` is the store's counter at this copy's last change."""

    own: Json = field(default_factory=dict)
    deleted: bool = False
    change: int = 0


@dataclass(slots=True)
class Event:
    """One event of `calendar`, the organizer's, with a copy there and on every guest's calendar."""

    id: str
    calendar: str
    ical_uid: str
    creator: str
    created: str
    updated: str
    shared: Json = field(default_factory=dict)
    attendees: list[Json] = field(default_factory=list)
    conference: Json | None = None
    sequence: int = 0
    copies: dict[str, Copy] = field(default_factory=dict)

    @property
    def cancelled(self) -> bool:
        return bool(self.shared["status"] == "cancelled")

    def is_gone(self, calendar: str) -> bool:
        """Whether it is deleted as far as this calendar is concerned."""
        return self.cancelled or self.copies[calendar].deleted

    def attendee(self, address: str) -> Json | None:
        return next((guest for guest in self.attendees if guest["email"] == address), None)

    def span(self, zone: str) -> tuple[datetime, datetime]:
        """Start and end as instants; whole days begin and end at midnight in `zone`, the calendar's."""
        return instant(self.shared["start"], zone), instant(self.shared["end"], zone)

    def is_busy(self, calendar: str) -> bool:
        """Whether it takes up time on this calendar: not deleted, not declined, not shown as free."""
        guest = self.attendee(calendar)
        declined = guest is not None and guest["responseStatus"] == "declined"
        free = self.copies[calendar].own.get("transparency") == "transparent"
        return not (self.is_gone(calendar) or declined or free)

    def etag(self, calendar: str) -> str:
        return f'"{3_500_000_000_000_000 + 2 * self.copies[calendar].change}"'


def instant(moment: Json, zone: str) -> datetime:
    """The instant of a `start` or `end`."""
    if "date" in moment:
        return datetime.combine(date.fromisoformat(moment["date"]), time(), ZoneInfo(zone))
    return datetime.fromisoformat(moment["dateTime"])


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds and a Z, as Google writes `created` and `updated`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def view(event: Event, calendar: str, zone: str, base_url: str) -> Json:
    """The event resource as the owner of `calendar` gets it, times in the calendar's zone."""
    copy = event.copies[calendar]
    shown: Json = {
        "kind": "calendar#event",
        "etag": event.etag(calendar),
        "id": event.id,
        "status": "cancelled" if event.is_gone(calendar) else event.shared["status"],
        "htmlLink": f"{base_url}/calendar?calendar={quote(calendar)}&event={event.id}",
        "created": event.created,
        "updated": event.updated,
        **{name: value for name, value in event.shared.items() if name not in ("status", "extendedProperties")},
        **{name: value for name, value in copy.own.items() if name != "extendedProperties"},
        "creator": _person(event.creator, calendar),
        "organizer": _person(event.calendar, calendar),
        "start": _in_zone(event.shared["start"], zone),
        "end": _in_zone(event.shared["end"], zone),
        "iCalUID": event.ical_uid,
        "sequence": event.sequence,
        "eventType": "default",
        "reminders": copy.own.get("reminders", {"useDefault": True}),
    }
    properties = {**event.shared.get("extendedProperties", {}), **copy.own.get("extendedProperties", {})}
    if properties:
        shown["extendedProperties"] = properties
    if event.conference is not None:
        shown["conferenceData"] = event.conference
        links = [p["uri"] for p in event.conference.get("entryPoints", []) if p["entryPointType"] == "video"]
        if links:
            shown["hangoutLink"] = links[0]
    _show_guests(shown, event, calendar)
    return shown


def tombstone(event: Event, calendar: str) -> Json:
    """All that an incremental sync tells of a deleted event unless deleted ones were asked for."""
    return {"kind": "calendar#event", "etag": event.etag(calendar), "id": event.id, "status": "cancelled"}


def writable(event: Event, calendar: str) -> Json:
    """The part of the resource that a client may write, as it stands: what a patch is merged into."""
    own = event.copies[calendar].own
    resource = {**event.shared, **own, "attendees": [dict(guest) for guest in event.attendees]}
    properties = {**event.shared.get("extendedProperties", {}), **own.get("extendedProperties", {})}
    if properties:
        resource["extendedProperties"] = properties
    return resource


def merged(intervals: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Busy times that overlap or touch, made one."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(intervals):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _show_guests(shown: Json, event: Event, calendar: str) -> None:
    """Guests who may not see each other see themselves only."""
    hidden = event.shared.get("guestsCanSeeOtherGuests") is False and calendar != event.calendar
    guests = [guest for guest in event.attendees if not hidden or guest["email"] == calendar]
    if hidden and len(guests) < len(event.attendees):
        shown["attendeesOmitted"] = True
    if guests:
        shown["attendees"] = [_guest(guest, event, calendar) for guest in guests]


def _guest(guest: Json, event: Event, calendar: str) -> Json:
    shown = dict(guest)
    if guest["email"] == event.calendar:
        shown["organizer"] = True
    if guest["email"] == calendar:
        shown["self"] = True
    return shown


def _person(address: str, calendar: str) -> Json:
    return {"email": address, "self": True} if address == calendar else {"email": address}


def _in_zone(moment: Json, zone: str) -> Json:
    if "date" in moment:
        return moment
    local = datetime.fromisoformat(moment["dateTime"]).astimezone(ZoneInfo(zone))
    return {"dateTime": local.isoformat().replace("+00:00", "Z"), "timeZone": moment.get("timeZone", zone)}
