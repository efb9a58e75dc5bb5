"""The .ics as another program reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from icalendar import Calendar

from bot.integrations.ics import Session, cancellation, invitation

STAMP = datetime(2030, 3, 1, 8, tzinfo=UTC)
SESSION = Session(
    uid="e00007@google.com",
    sequence=0,
    title="Interview about paying",
    description="Bring your phone; and, if you like, a card.\nSee you!",
    starts_at=datetime(2030, 3, 5, 14, tzinfo=timezone(timedelta(hours=1))),
    ends_at=datetime(2030, 3, 5, 15, tzinfo=timezone(timedelta(hours=1))),
    host_name="Sofia Lindqvist",
    host_email="sofia@northwind.example",
    participant_name="Anna Köhler",
    participant_email="anna@mail.example",
    link="https://meet.google.com/abc-defg-hij",
)


def read(octets: bytes) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(octets)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_invitation_reads_as_the_session() -> None:
    calendar, event = read(invitation(SESSION, STAMP))

    assert (calendar["METHOD"], event["STATUS"], event["UID"], event["SEQUENCE"]) == (
        "REQUEST",
        "CONFIRMED",
        SESSION.uid,
        0,
    )
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (SESSION.title, SESSION.description)
    assert event["DTSTART"].dt == SESSION.starts_at
    assert event["DTEND"].dt == SESSION.ends_at
    assert event["DTSTAMP"].dt == STAMP
    assert (event["URL"], event["LOCATION"]) == (SESSION.link, SESSION.link)


def test_times_travel_in_utc() -> None:
    assert b"DTSTART:20300305T130000Z" in invitation(SESSION, STAMP)


def test_host_invites_the_one_participant() -> None:
    _, event = read(invitation(SESSION, STAMP))

    assert event["ORGANIZER"] == "mailto:sofia@northwind.example"
    assert event["ATTENDEE"] == "mailto:anna@mail.example"
    assert event["ATTENDEE"].params["CN"] == "Anna Köhler"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"


def test_cancellation_is_of_the_same_event() -> None:
    calendar, event = read(cancellation(replace(SESSION, sequence=2), STAMP))

    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == (SESSION.uid, 2)


def test_place_comes_before_the_link() -> None:
    _, event = read(invitation(replace(SESSION, location="Room 4"), STAMP))

    assert (event["LOCATION"], event["URL"]) == ("Room 4", SESSION.link)


@pytest.mark.parametrize("field", ["title", "host_name", "participant_name", "location", "link"])
def test_line_breaks_and_quotes_of_strangers_add_nothing(field: str) -> None:
    hostile = 'Anna "the\r\nATTENDEE:mailto:eve@mail.example\r\nX-EVIL:1'
    changed: dict[str, Any] = {field: hostile}
    _, event = read(invitation(replace(SESSION, **changed), STAMP))

    assert event["ATTENDEE"] == "mailto:anna@mail.example"
    assert "X-EVIL" not in event
