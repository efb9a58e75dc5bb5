"""The .ics that goes with a mail: an invitation to one participant, or its cancellation (RFC 5545 and 5546).

icalendar is imported when the first one is made: it takes a tenth of a second, which the start does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.integrations.wording import one_line

if TYPE_CHECKING:
    from icalendar import Event, vCalAddress


@dataclass(frozen=True, slots=True)
class Session:
    """A session as one participant's calendar is to show it. Instants are aware.

    `uid` stays the same for the session's whole life and is that of the host's calendar event; `sequence` goes up
    whenever the time changes and on cancellation.
    """

    uid: str
    sequence: int
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    host_name: str
    host_email: str
    participant_name: str
    participant_email: str
    location: str | None = None
    link: str | None = None


def invitation(session: Session, stamp: datetime) -> bytes:
    """The invitation (METHOD:REQUEST), made at `stamp`. It names no participant but the one."""
    return _calendar("REQUEST", "CONFIRMED", session, stamp)


def cancellation(session: Session, stamp: datetime) -> bytes:
    """The cancellation (METHOD:CANCEL), made at `stamp`. Its sequence must be above the invitation's."""
    return _calendar("CANCEL", "CANCELLED", session, stamp)


def _calendar(method: str, status: str, session: Session, stamp: datetime) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Callsheet//Callsheet//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(status, session, stamp))
    octets: bytes = calendar.to_ical()
    return octets


def _event(status: str, session: Session, stamp: datetime) -> Event:
    """Times are in UTC: every calendar shows them in its owner's zone, and no zone's rules have to travel along."""
    from icalendar import Event, vText, vUri

    event = Event()
    event.add("uid", session.uid)
    event.add("sequence", session.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", session.starts_at.astimezone(UTC))
    event.add("dtend", session.ends_at.astimezone(UTC))
    event.add("summary", one_line(session.title))
    event.add("description", session.description)
    event.add("status", status)
    event.add("transp", "OPAQUE")
    if place := session.location or session.link:
        event.add("location", one_line(place))
    if session.link:
        event.add("url", vUri(one_line(session.link)))
    event.add("organizer", _person(session.host_email, session.host_name))
    attendee = _person(session.participant_email, session.participant_name)
    attendee.params |= {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("TRUE")}
    event.add("attendee", attendee)
    return event


def _person(email: str, name: str) -> vCalAddress:
    from icalendar import vCalAddress, vText

    person = vCalAddress(f"mailto:{one_line(email)}")
    # A parameter can't hold a double quote.
    person.params["CN"] = vText(one_line(name).replace('"', "'") or email)
    return person
