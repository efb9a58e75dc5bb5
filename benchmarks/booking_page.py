"""The page with a study's free times, asked for over HTTP, with a thousand bookings in the range."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.booking_rush import first_start
from benchmarks.data import (
    CHANNEL,
    HOSTS,
    PEOPLE,
    attendees,
    enrolment,
    interview,
    member,
    participant,
    study,
    workspace,
    zone_at_dawn,
)
from benchmarks.figures import Figure, milliseconds, p95, spread
from benchmarks.processes import bot, ready, running, sandbox
from bot.services import links
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.scheduling import Assignment, Setup
from domain.times import local
from storage import migrate, scheduling
from storage.engine import Database
from storage.models import Attendee, BusyTime, Enrolment, Interview, Participant, Study, Team

MOST_MILLISECONDS = 40.0
BOOKINGS, REQUESTS, VISITORS, WARM_UP = 1_000, 96, 12, 12
"""As often as the page lets one address ask, and the holder of one link, without a pause."""
BUSY = 100
"""Events in each host's calendar."""
DAYS = 30
HOURS = 8


def measure(folder: Path, now: datetime, bookings: int = BOOKINGS, requests: int = REQUESTS) -> list[Figure]:
    """As a process of its own, asked by several visitors by turns on one connection that is kept open."""
    path = folder / "booking-page.db"
    database = Database(f"sqlite:///{path}")
    tokens = fill(database, now, bookings)
    database.dispose()
    with sandbox(folder, zone_at_dawn(now), "page-slack") as slack:
        program, url = bot(folder, "page-bot", slack, path, over_http=True)
        with running(program), closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)) as visitor:
            ready(program, url)
            turns = cycle(tokens)
            for token in islice(turns, WARM_UP):
                ask(visitor, token)
            taken = [milliseconds(partial(ask, visitor, token)) for token in islice(turns, requests)]
    detail = f"{spread(taken)}, {requests} requests, {bookings:,} bookings of {HOSTS} hosts in {DAYS} days"
    return [Figure("Page with free times, p95", p95(taken), "ms", MOST_MILLISECONDS, detail)]


def ask(visitor: http.client.HTTPConnection, token: str) -> None:
    """Open the page. Raises unless it shows times: a refusal would be quick, too."""
    visitor.request("GET", f"/s/{token}/times")
    answer = visitor.getresponse()
    said = answer.read()
    if answer.status != 200 or b"/book?" not in said:
        raise RuntimeError(f"The page shows no times: {answer.status} {said.decode()[:300]}")


def fill(database: Database, now: datetime, bookings: int) -> Sequence[str]:
    """A study in which many hosts take turns, with so many bookings ahead: the secrets of visitors' links."""
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace_id = workspace(session, now)
        time_zone = zone_at_dawn(now)
        hosts = [member(workspace_id, number, time_zone, now) for number in range(HOSTS)]
        team = Team(workspace_id=workspace_id, name="Core", channel_id=CHANNEL, time_zone=time_zone)
        session.add_all([*hosts, team])
        session.flush()
        wanted = study(team, hosts[0], "PGE", 0, now)
        session.add(wanted)
        session.flush()
        host_ids = tuple(host.id for host in hosts)
        setup = Setup(timedelta(hours=1), time_zone, host_ids, assignment=Assignment.ROUND_ROBIN, rolling_days=DAYS)
        scheduling.store_setup(session, wanted, setup, "Bench", now)
        session.execute(sa.insert(Participant), [participant(workspace_id, number, now) for number in range(PEOPLE)])
        invited = {"status": ParticipantStatus.INTERVIEW_INVITED}
        session.execute(sa.insert(Enrolment), [enrolment(wanted.id, n, now) | invited for n in range(PEOPLE)])
        book(session, wanted, host_ids, now, bookings)
        ids = session.scalars(sa.select(Enrolment.id).order_by(Enrolment.id.desc()).limit(VISITORS)).all()
        return [links.issue_for(session, id_, LinkPurpose.PAGE, now) for id_ in ids]


def book(session: Session, wanted: Study, host_ids: Sequence[int], now: datetime, bookings: int) -> None:
    """Sessions from hour to hour, of every host in each; and what else the hosts have in their calendars."""
    starts = hours(now)
    held = [next(starts) for _ in range(-(-bookings // HOSTS))]
    rows = [interview(n + 1, wanted, held[n // HOSTS], now) for n in range(bookings)]
    session.execute(sa.insert(Interview), rows)
    session.execute(sa.insert(Attendee), [a for row in rows for a in attendees(row, list(host_ids), enrolled=False)])
    busy = [
        {
            "member_id": id_,
            "event_id": f"busy{number}",
            "starts_at": now + timedelta(hours=7 * number),
            "ends_at": now + timedelta(hours=7 * number + 1),
            "is_busy": True,
        }
        for id_ in host_ids
        for number in range(BUSY)
    ]
    session.execute(sa.insert(BusyTime), busy)


def hours(now: datetime) -> Iterator[datetime]:
    """The hours in which people work from the next days on, without an end."""
    zone = zone_at_dawn(now)
    first = first_start(now) - timedelta(days=1)
    for day in range(1, 1000):
        for hour in range(HOURS):
            start = first + timedelta(days=day, hours=hour)
            if local(start, zone).weekday() < 5:
                yield start
