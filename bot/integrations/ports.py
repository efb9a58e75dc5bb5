"""What the bot asks of the outside, and how the outside may fail. Adapters live beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.calendar import Changes, EventAttendee, EventDraft, RemoteEvent
from domain.times import Span

__all__ = [
    "Calendar",
    "Changes",
    "EventAttendee",
    "EventDraft",
    "Mail",
    "Mailer",
    "Missing",
    "PushChannel",
    "Refused",
    "RemoteEvent",
    "Unavailable",
]


class Unavailable(Exception):
    """The service did not do it now but may later. `went_out`: False when it surely was not done, None when unknown.

    `retry_after` is what the service asked for, in seconds; `code` the service's own word for it, where that matters.
    """

    def __init__(
        self, why: str, *, retry_after: float | None = None, went_out: bool | None = None, code: str = ""
    ) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after
        self.went_out = went_out
        self.code = code


class Refused(Exception):
    """The service will never do it as asked. `why` is a sentence for people, `code` the service's own word for it."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.code = code


class Missing(Refused):
    """What was to be changed or read is not there (any more)."""


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

    def look(self, calendar_id: str, span: Span) -> tuple[RemoteEvent, ...]:
        """The events that lie in the span, as they are now; it takes two seconds at most."""
        ...

    def watch(self, calendar_id: str, channel_id: str, token: str, address: str, until: datetime) -> PushChannel:
        """Have change notices posted to `address` until then at the latest."""
        ...

    def stop_watching(self, channel_id: str, resource_id: str, calendar_id: str) -> None:
        """End a stream of notices. Nothing happens when it has ended already."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail, ready to go. `message_id` is the same for every try of the same mail.

    `from_name` is shown as the sender in the place of the mailer's own name. `unsubscribe` is the address where its
    reader asks for no more mails, by hand (GET) or by one click of their mail program (POST, RFC 8058).
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
    from_name: str | None = None
    unsubscribe: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    def send(self, mail: Mail) -> None:
        """Hand the mail over. Raises Unavailable (try again) or Refused (the address does not take it).

        What is said of the address comes with its enhanced status as `code`, e.g. `5.1.1`.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
