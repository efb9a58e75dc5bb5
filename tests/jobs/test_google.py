"""The reading of calendars through the real adapter, against the sandbox's Google."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.integrations.google_calendar import GoogleCalendar
from bot.jobs import calendars as job
from domain.attendance import Rsvp
from domain.interview import InterviewStatus
from sandbox.server import Sandbox
from storage.models import Attendee, BusyTime, Interview, TimelineEntry
from tests.builders import World, rows
from tests.fakes import Outside


class Google:
    """The sandbox's calendars, ours through the adapter and everybody's by hand."""

    def __init__(self, sandbox: Sandbox, control: httpx.Client) -> None:
        self.sandbox, self.control = sandbox, control
        self.calendar = GoogleCalendar(
            sandbox.google.service_account_info(), sandbox.google.api_endpoint, sleep=lambda _: None
        )

    def post(self, address: str, path: str, **body: Any) -> None:
        self.control.post(f"/control/calendar/{address}/{path}", json=body).raise_for_status()

    def events(self, address: str) -> list[dict[str, Any]]:
        answer = self.control.get(f"/control/calendar/{address}/events").raise_for_status().json()
        found: list[dict[str, Any]] = answer["events"]
        return found


@pytest.fixture
def google(world: World) -> Iterator[Google]:
    with Sandbox(port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as sandbox:
        for number in (2, 3):
            sandbox.google.add_calendar(f"member{number}@northwind.example", f"Member {number}", "Europe/Berlin")
        with httpx.Client(base_url=sandbox.base_url) as control:
            google = Google(sandbox, control)
            yield google
            google.calendar.close()


@pytest.fixture
def outside(world: World, google: Google) -> Outside:
    outside = Outside.of(world.database, world.now, calendar=google.calendar)
    sync(outside)
    return outside


def sync(outside: Outside) -> None:
    outside.clock.move(timedelta(minutes=1))
    assert outside.tools.calendar is not None
    job.sweep(outside.database, outside.tools.calendar, outside.clock)
    outside.deliver()


def told(outside: Outside) -> list[str]:
    return [row.text for row in rows(outside.database, sa.select(TimelineEntry.text).order_by(TimelineEntry.id))]


def test_an_interviews_life_in_the_calendar(world: World, outside: Outside, google: Google) -> None:
    """Two hosts: the event stands in both calendars, and only the organiser's is believed."""
    host, other = "member3@northwind.example", "member2@northwind.example"
    hosts = (world.researcher.member_id, next(a.member_id for a in world.people.values() if a.member_id == 2))
    interview = world.book(timedelta(hours=5), host_ids=hosts, email="mara@example.com")
    outside.deliver()
    for _ in range(2):
        sync(outside)
    (event,) = google.events(host)
    assert [e["id"] for e in google.events(other)] == [event["id"]]
    assert world.get(interview.id).link == event["hangoutLink"]
    assert told(outside) == [
        "booked P1",
        "added the meeting link",
        "sent the confirmation to P1",
    ]

    google.post(host, f"events/{event['id']}/rsvp", email="mara@example.com", response="tentative")
    google.post(other, "events", summary="Dentist", start=event["start"]["dateTime"], end=event["end"]["dateTime"])
    for _ in range(2):
        sync(outside)
    assert told(outside)[3:] == ["marked themselves as tentatively attending"]
    attendees = {row[0].member_id: row[0] for row in rows(world.database, sa.select(Attendee))}
    assert (attendees[None].rsvp, attendees[2].has_conflict, attendees[3].has_conflict) == (Rsvp.TENTATIVE, True, False)
    assert len(rows(world.database, sa.select(BusyTime.id))) == 1

    later = interview.starts_at + timedelta(days=1)
    google.post(
        host, f"events/{event['id']}/move", start=later.isoformat(), end=(later + timedelta(hours=1)).isoformat()
    )
    for _ in range(3):
        sync(outside)
    assert world.get(interview.id).starts_at == later
    assert told(outside)[4:] == ["moved it", "sent the new time to P1"]

    google.post(host, f"events/{event['id']}/delete")
    for _ in range(2):
        sync(outside)
    assert rows(world.database, sa.select(Interview.status))[0][0] is InterviewStatus.CANCELED
    assert told(outside)[6] == "deleted the event in the calendar"


def test_members_without_a_calendar_are_known_as_such(world: World, outside: Outside, google: Google) -> None:
    from storage.models import CalendarFeed

    problems = rows(world.database, sa.select(CalendarFeed.member_id, CalendarFeed.problem))
    readable = {row.member_id for row in problems if row.problem is None}
    assert readable == {2, 3}
    assert outside.dead == []
