"""Taps on an interview's card over Socket Mode until the card shows what they did, and their SQL statements."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from benchmarks.clients import Person
from benchmarks.data import ASKER, CHANNEL, SLACK_TEAM
from benchmarks.figures import Figure, milliseconds, p95, spread
from benchmarks.statements import surroundings
from benchmarks.visible import started
from bot.blocks.ids import InterviewId
from bot.commands import CAPABILITIES
from bot.slack.capability import Listener, Trigger
from bot.slack.listener import run
from bot.slack.payloads import Incoming
from domain.interview import InterviewStatus
from storage.engine import Database
from storage.models import Interview
from tests.builders import counted_statements

MOST_MILLISECONDS = 150
OUTCOMES = {InterviewId.MARK_NO_SHOW: "No Showed", InterviewId.MARK_COMPLETED: "Completed"}
"""The taps that follow each other on one card, and the word that the card shows after each."""


def measure(folder: Path, large: Path, time_zone: str, rounds: int) -> list[Figure]:
    """One card is tapped again and again: nobody came, it took place, nobody came, …"""
    with ExitStack() as stack:
        person = started(stack, folder, large, time_zone).person
        reference = upcoming_of(large)
        person.command(f"/interview complete {reference}")
        person.card(reference, "Completed")
        taps = itertools.cycle(OUTCOMES)
        times = [milliseconds(lambda: tap(person, reference, next(taps))) for _ in range(2 * rounds)]
    detail = f"{spread(times)}, {len(times)} taps, nobody came and it took place by turns"
    return [Figure("Tap to updated card, p95", p95(times), "ms", MOST_MILLISECONDS, detail)]


def tap(person: Person, reference: str, action: InterviewId) -> None:
    """Tap on the card, and wait until it says so."""
    person.tap(person.card(reference), action)
    person.card(reference, OUTCOMES[action])


def upcoming_of(path: Path) -> str:
    """A session of today that is ahead."""
    database = Database(f"sqlite:///{path}")
    try:
        with database.reading() as session:
            return str(session.scalars(upcoming()).first())
    finally:
        database.dispose()


def upcoming() -> sa.Select[str]:
    is_ahead = Interview.status == InterviewStatus.UPCOMING
    return sa.select(Interview.reference).where(is_ahead).order_by(Interview.starts_at.desc()).limit(1)


def counted(small: Database, large: Database) -> list[Figure]:
    """The statements of each tap with many interviews stored, and how many more they are than with few."""
    of_few, of_many = statements(small), statements(large)
    return [
        figure
        for name, number in of_many.items()
        for figure in (
            Figure(f"SQL: {name}", number, "statements", None, "with many interviews stored"),
            Figure(
                f"SQL: {name}, many − few", abs(number - of_few[name]), "statements", 0, f"{number}, {of_few[name]}"
            ),
        )
    ]


def statements(database: Database) -> dict[str, int]:
    """How many statements each tap takes, done one after the other to one session."""
    with database.reading() as session:
        interview = session.scalars(
            sa.select(Interview).where(Interview.reference == upcoming().scalar_subquery())
        ).one()
    taps: dict[str, Callable[[], int]] = {
        "Details": lambda: of_click(database, InterviewId.DETAILS, interview.id),
        "Mark no-show": lambda: of_click(database, InterviewId.MARK_NO_SHOW, interview.id),
        "Mark completed": lambda: of_click(database, InterviewId.MARK_COMPLETED, interview.id),
        "Undo": lambda: of_click(database, InterviewId.UNDO, interview.id),
    }
    return {name: count() for name, count in taps.items()}


KEYS = itertools.count(1)


def of_click(database: Database, action: InterviewId, interview_id: int) -> int:
    """The statements of a click on an interview's button, to the commit."""
    incoming = Incoming(
        trigger=Trigger.ACTION,
        key=f"{SLACK_TEAM}:{next(KEYS)}",
        slack_team_id=SLACK_TEAM,
        slack_user_id=ASKER,
        user_name="bench",
        is_stranger=False,
        channel_id=CHANNEL,
        value=str(interview_id),
    )
    with counted_statements(database) as counted:
        run(listener_of(action), incoming, surroundings(database))
    return len(counted)


def listener_of(action: InterviewId) -> Listener:
    return next(each for capability in CAPABILITIES for each in capability.listeners if each.name == action)
