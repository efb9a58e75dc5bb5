"""Adding a session to a calendar of the participant's own: with a click at Google or Outlook, or as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from urllib.parse import quote, urlencode

from bot.integrations import ics
from bot.integrations.google_events import ical_uid
from bot.services.links import CalendarEntry

LONGEST_DESCRIPTION = 1000
"""Characters. Addresses can't be of any length."""


@dataclass(frozen=True, slots=True)
class CalendarLinks:
    """Where the session is ready to be saved. Nothing is handed over before the participant goes there."""

    google: str
    outlook: str


def calendar_links(entry: CalendarEntry) -> CalendarLinks:
    """The addresses for an entry."""
    description = entry.description[:LONGEST_DESCRIPTION]
    compact = [instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for instant in (entry.starts_at, entry.ends_at)]
    extended = [instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for instant in (entry.starts_at, entry.ends_at)]
    google = {
        "action": "TEMPLATE",
        "text": entry.title,
        "dates": "/".join(compact),
        "details": description,
        "location": entry.link or "",
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.title,
        "startdt": extended[0],
        "enddt": extended[1],
        "body": description,
        "location": entry.link or "",
    }
    return CalendarLinks(
        google=f"https://calendar.google.com/calendar/render?{given(google)}",
        outlook=f"https://outlook.live.com/calendar/0/deeplink/compose?{given(outlook)}",
    )


def given(values: dict[str, str]) -> str:
    # Outlook shows a plus sign as one.
    return urlencode({name: value for name, value in values.items() if value}, quote_via=quote)


def calendar_session(entry: CalendarEntry) -> ics.Session:
    """The session as its .ics has it: the same event as in the mails and in the host's calendar."""
    return ics.Session(
        uid=ical_uid(entry.event_id) if entry.is_in_calendar else f"{entry.event_id}@callsheet",
        sequence=entry.sequence,
        title=entry.title,
        description=entry.description,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        host_name=entry.host_name,
        host_email=entry.host_email,
        participant_name=entry.participant_name,
        participant_email=entry.participant_email,
        link=entry.link,
    )
