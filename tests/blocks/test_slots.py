"""The picture of a week: every line fits a phone, every sign stands in its column, and it can be heard as well."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from bot.blocks import slots
from domain.interview import Host
from domain.scheduling import Assignment, Obstacle, Rule, Setup, Slot
from domain.slots import Explanation
from domain.study import StudyLine, StudyStatus, StudyType
from domain.times import Span
from domain.week import SlotsWeek, Times, picture
from sandbox.slack.blockkit import message_offences, view_offences

MONDAY = date(2026, 11, 30)
LEADS = slots.Leads("{}", "{}", "{}")
HOSTILE = "<!channel> *x* & <b>"
STUDY = StudyLine(1, "CHK", HOSTILE, StudyType.INTERVIEW, StudyStatus.ACTIVE, "Core", "U1", 3, 8, is_own=True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def shown(free: list[datetime], possible: list[datetime], booked: list[Span], **values: object) -> SlotsWeek:
    drawn = picture(MONDAY, "Europe/Berlin", Times(tuple(free), tuple(possible), tuple(booked), timedelta(minutes=30)))
    given = {
        "study": STUDY,
        "picture": drawn,
        "standing": (),
        "next_host": None,
        "next_free": free[0] if free else None,
        "why_empty": "",
        "may_edit": False,
        **values,
    }
    return SlotsWeek(**given)  # type: ignore[arg-type]


def test_the_picture_is_narrow_and_its_columns_stand_below_each_other() -> None:
    week = shown([at(1, 9), at(6, 9, 30)], [at(1, 9), at(3, 9)], [Span(at(2, 9), at(2, 10))])
    lines = slots.lines(week.picture)
    assert lines == [
        "      Mon Tue Wed Thu Fri Sat Sun",
        "Nov   30   1   2   3   4   5   6",
        "10:00  ·   o   #   x   ·   ·   ·",
        "10:30  ·   ·   #   ·   ·   ·   o",
    ]
    assert max(map(len, lines)) <= 38


def test_it_can_be_heard_as_well() -> None:
    week = shown([at(1, 9), at(1, 10)], [], [Span(at(2, 9), at(2, 10))])
    text, blocks = slots.week(week, LEADS)
    assert text.startswith(
        "CHK, week of Monday 30 November. Monday 30: none; Tuesday 1: 2 free; Wednesday 2: 1 booked;"
    )
    assert "3 of 8 seats used" in text
    assert "Mon none · Tue 2 free · Wed 1 booked" in json.dumps(blocks, ensure_ascii=False)
    assert list(message_offences(blocks)) == []
    assert "<!channel>" not in json.dumps(blocks)


def test_whose_turn_it_is_and_what_stands_in_the_way_is_said() -> None:
    week = shown([at(1, 9)], [], [], next_host="U2", standing=("CHK is paused: participants can't book.",))
    said = json.dumps(slots.week(week, LEADS)[1], ensure_ascii=False)
    assert "Next in turn: <@U2>" in said
    assert "⚠ CHK is paused: participants can't book." in said
    assert slots.NOT_OFFERED in said
    empty = shown([], [], [], why_empty="Nobody hosts the sessions.", may_edit=True)
    said = json.dumps(slots.week(empty, LEADS)[1], ensure_ascii=False)
    assert "Nothing is open in this week" in said
    assert "No time is free at all. Nobody hosts the sessions." in said
    assert "Scheduling…" in said


def explanation(slot: Slot | None, obstacles: tuple[Obstacle, ...]) -> Explanation:
    setup = Setup(timedelta(hours=1), "Europe/Berlin", (1, 2), assignment=Assignment.ROUND_ROBIN)
    hosts = (Host(1, "U1", HOSTILE, has_conflict=False), Host(2, "U2", "Ben", has_conflict=False))
    return Explanation(STUDY, setup, hosts, at(1, 13), slot, obstacles, ())


def test_every_reason_is_told_with_the_host_whom_it_is_about() -> None:
    reasons = (
        Obstacle(Rule.NOTICE, "It starts too soon."),
        Obstacle(Rule.CALENDAR, "Their calendar has not been read yet.", 1),
        Obstacle(Rule.BUSY, "Ben's calendar is busy from 13:00 to 14:00.", 2),
    )
    text, blocks = slots.explained(explanation(None, reasons), "Europe/Berlin")
    assert text.splitlines() == [
        "*CHK*: Tuesday 1 December, 14:00 (Europe/Berlin) is not free.",
        "• It starts too soon.",
        "• &lt;!channel&gt; ∗x∗ &amp; &lt;b&gt;: Their calendar has not been read yet.",
        "• Ben's calendar is busy from 13:00 to 14:00.",
    ]
    assert list(message_offences(blocks)) == []
    many = explanation(None, tuple(Obstacle(Rule.BUSY, HOSTILE * 50, 1) for _ in range(60)))
    assert list(view_offences(slots.why_modal("CHK", "{}", at(1, 13), many, "Europe/Berlin"))) == []


def test_a_free_time_says_who_would_host_it_and_who_else_could() -> None:
    text, _ = slots.explained(explanation(Slot(at(1, 13), (2, 1)), ()), "America/New_York")
    assert text == (
        "*CHK*: Tuesday 1 December, 08:00 (America/New York) is free. "
        "<@U2> would host it: it is their turn. Also free: <@U1>."
    )
