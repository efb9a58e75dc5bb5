"""Calendar events as Callsheet wants them and as a calendar holds them, whoever keeps the calendar."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from domain.attendance import Rsvp


def event_id(workspace_id: int, interview_id: int, created_at: datetime, number: int = 0) -> str:
    """The id of an interview's event: ours to choose, so that creating it twice makes one. 32 hex digits.

    The moment of booking (aware UTC) is part of it: a database that begins anew must not meet old events. `number`
    counts the events that the interview has had: one that was cancelled in Google is never used again.
    """
    named = f"callsheet {workspace_id} {interview_id} {int(created_at.timestamp() * 1000)}"
    if number:
        named += f" {number}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class EventAttendee:
    """Somebody invited to an event. `comment` is what they wrote with their answer; `is_self` marks the owner."""

    email: str
    name: str | None = None
    rsvp: Rsvp = Rsvp.NEEDS_ACTION
    comment: str | None = None
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as Callsheet wants it. Instants are aware UTC; `reference` (`CHK-7`) tags it as ours.

    `meeting_number` counts the meeting links that were asked for: with another number it gets another link.
    """

    event_id: str
    reference: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    attendees: tuple[EventAttendee, ...]
    wants_meet_link: bool
    location: str | None
    meeting_number: int = 0


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """An event as the calendar holds it. `is_busy` says that it blocks its owner's time: not when it says free, or they
    answered “maybe”; who has declined it is not there at all (`is_declined`). `reference` is our tag.

    `meeting_number` is that of the draft with which its meeting link was asked for.
    """

    event_id: str
    etag: str
    is_deleted: bool
    title: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    attendees: tuple[EventAttendee, ...] = ()
    meet_link: str | None = None
    reference: str | None = None
    is_busy: bool = False
    is_declined: bool = False
    meeting_number: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a calendar. A full answer (`is_full`) holds everything there is and no tombstones."""

    events: tuple[RemoteEvent, ...]
    sync_token: str
    is_full: bool
