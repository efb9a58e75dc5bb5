"""A week of slots as a picture, and why a setup has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.availability import Availability, standard
from domain.scheduling import Assignment, Conflicts, HostTime, Setup
from domain.times import Span, from_local
from domain.week import Mark, Times, picture, why_empty

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
BERLIN = "Europe/Berlin"
HALF = timedelta(minutes=30)
F, B, T, S = Mark.FREE, Mark.BOOKED, Mark.TAKEN, Mark.SHUT


def at(day: int, hour: int, minute: int = 0, zone: str = BERLIN) -> datetime:
    return from_local(datetime.combine(date(2026, 11, day), time(hour, minute)), zone)


def times(free: list[datetime], possible: list[datetime], booked: list[Span], increment: timedelta = HALF) -> Times:
    return Times(tuple(free), tuple(possible), tuple(booked), increment)


def test_a_week_shows_the_hours_that_matter_and_what_becomes_of_them() -> None:
    possible = [at(24, 10), at(24, 10, 30), at(24, 11), at(25, 11)]
    held = Span(at(24, 10), at(24, 10, 45))
    drawn = picture(MONDAY, BERLIN, times([at(24, 11), at(25, 11)], possible, [held]))
    assert [(row.minutes, row.marks[:3]) for row in drawn.rows] == [
        (600, (S, B, S)),
        (630, (S, B, S)),
        (660, (S, F, F)),
    ]
    assert [(day.free, day.booked) for day in drawn.days[:3]] == [(0, 0), (1, 1), (1, 0)]
    assert drawn.free == 2


def test_what_is_open_and_not_free_is_taken_and_free_wins_over_booked() -> None:
    held = Span(at(23, 9), at(23, 10))
    drawn = picture(MONDAY, BERLIN, times([at(23, 9)], [at(23, 9), at(23, 10)], [held]))
    assert [row.marks[0] for row in drawn.rows] == [F, B, T]


def test_whole_hours_are_drawn_by_the_hour_and_so_is_a_very_long_day() -> None:
    hourly = picture(MONDAY, BERLIN, times([at(23, 9), at(23, 11)], [], [], timedelta(hours=1)))
    assert [(row.minutes, row.marks[0]) for row in hourly.rows] == [(540, F), (600, S), (660, F)]
    long = picture(MONDAY, BERLIN, times([at(23, 0), at(23, 23, 30)], [], []))
    assert (len(long.rows), long.rows[1].minutes) == (24, 60)


def test_a_picture_is_of_the_readers_days() -> None:
    late = picture(MONDAY, "Asia/Tokyo", times([at(23, 17)], [], []))
    assert (late.days[0].free, late.days[1].free) == (0, 1)
    assert late.rows[0].minutes == 60
    assert picture(MONDAY, BERLIN, times([at(30, 9)], [], [])).rows == ()


SETUP = Setup(timedelta(minutes=60), BERLIN, (1,))
ADA = HostTime(1, "Ada", standard(BERLIN))
BEN = HostTime(2, "Ben", standard(BERLIN))
NEVER = Availability(BERLIN, ((),) * 7)
TOGETHER = replace(SETUP, assignment=Assignment.COLLECTIVE, host_ids=(1, 2))


@pytest.mark.parametrize(
    ("setup", "hosts", "why"),
    [
        (replace(SETUP, rolling_days=None, last_day=date(2026, 11, 20)), (ADA,), "The range of days is over"),
        (replace(SETUP, rolling_days=1, notice=timedelta(days=3)), (ADA,), "shorter than the minimum notice"),
        (SETUP, (), "Nobody hosts"),
        (SETUP, (replace(ADA, problem="gone"),), "Nobody knows when Ada can host"),
        (TOGETHER, (ADA, replace(BEN, problem="gone")), "Nobody knows when Ben can host"),
        (SETUP, (replace(ADA, availability=NEVER),), "Ada has no hours in the range"),
        (TOGETHER, (ADA, replace(BEN, availability=NEVER)), "Ben has no hours"),
        (
            replace(SETUP, conflicts=Conflicts.OFF),
            (replace(ADA, problem="gone", availability=NEVER),),
            "Ada has no hours",
        ),
        (
            replace(SETUP, length=timedelta(hours=4)),
            (replace(ADA, availability=Availability(BERLIN, (((540, 720),),) * 7)),),
            "No stretch of hours is as long",
        ),
        (TOGETHER, (ADA, BEN), "never free together"),
        (SETUP, (ADA,), "Every open time in the range is taken"),
    ],
)
def test_why_there_is_no_slot_is_said_in_a_sentence(setup: Setup, hosts: tuple[HostTime, ...], why: str) -> None:
    assert why in why_empty(setup, hosts, NOW)
