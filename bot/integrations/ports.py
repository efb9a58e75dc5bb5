"""What the bot asks of the outside, and how the outside may fail. Adapters live beside this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.attendance import Rsvp
from domain.scheduling import Span


class Unavailable(Exception):
    """The service did not do it now but may later. `went_out`: False when it surely was not done, None when unknown.

    `retry_after` is what the service asked for, in seconds.
    """

    def __init__(self, why: str, *, retry_after: float | None = None, went_out: bool | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after
        self.went_out = went_out


class Refused(Exception):
    """The service will never do it as asked. `why` is a sentence for people."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Missing(Refused):
    """What was to be changed or read is not there (any more)."""


@dataclass(frozen=True, slots=True)
class EventAttendee:
    """Somebody invited to an event. `is_self` marks the calendar's owner."""

    email: str
    name: str | None = None
    rsvp: Rsvp = Rsvp.NEEDS_ACTION
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as Callsheet wants it. Instants are aware UTC; `reference` (`CHK-7`) tags it as ours."""

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


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """An event as the calendar holds it. `is_busy` says that it blocks its owner's time; `reference` is our tag."""

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


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a calendar. A full answer (`is_full`) holds everything there is and no tombstones."""

    events: tuple[RemoteEvent, ...]
    sync_token: str
    is_full: bool


@dataclass(frozen=True, slots=True)
class PushChannel:
    """An open stream of change notices for one calendar."""

    channel_id: str
    resource_id: str
    expires_at: datetime


class Calendar(Protocol):
    """Calendars of the workspace's hosts, each named by its address. Raises Unavailable, Refused or Missing."""

    def save(self, calendar_id: str, draft: EventDraft) -> RemoteEvent:
        """Create the event or bring it up to date; who was invited keeps their answer. Safe to repeat.

        Raises Missing when the event was deleted in the calendar.
        """
        ...

    def delete(self, calendar_id: str, event_id: str) -> None:
        """Cancel the event for everybody. Nothing happens when it is gone already."""
        ...

    def changes(self, calendar_id: str, sync_token: str | None, since: datetime) -> Changes:
        """What changed since the token was given; without one, or when it is worn out, everything from `since` on."""
        ...

    def busy(self, calendar_ids: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | None]:
        """Each calendar's busy times in the span; None for one that can't be read."""
        ...

    def watch(self, calendar_id: str, channel_id: str, token: str, address: str, until: datetime) -> PushChannel:
        """Have change notices posted to `address` until then at the latest."""
        ...

    def stop_watching(self, channel_id: str, resource_id: str, calendar_id: str) -> None:
        """End a stream of notices. Nothing happens when it has ended already."""
        ...


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail, ready to go. `message_id` is the same for every try of the same mail.

    `calendar` is an iCalendar object with its METHOD, shown by mail programs as an invitation or its cancellation.
    """

    message_id: str
    to: str
    to_name: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    calendar_method: str = "REQUEST"
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Unavailable (try again) or Refused (the address does not take it)."""
        ...
