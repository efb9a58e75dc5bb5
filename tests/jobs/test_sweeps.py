"""What time alone brings about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs import completion, housekeeping, no_reply, start_checks
from bot.services import moves, outcomes, outgoing
from bot.services.outgoing import Kind
from domain.attendance import Rsvp
from domain.interview import InterviewStatus
from storage import ledger
from storage.engine import Database
from storage.models import Attendee, Interview, LedgerEntry, OutboxRow, OutboxState, ReceivedTrigger, Study
from tests.builders import World, rows
from tests.fakes import Outside

HOUR = timedelta(hours=1)


def alerts(database: Database) -> list[str]:
    found = rows(database, sa.select(OutboxRow.payload).where(OutboxRow.kind == Kind.ALERT).order_by(OutboxRow.id))
    return [row.payload["alert"] for row in found]


def test_ended_session_is_completed_unverified(world: World, now: datetime) -> None:
    interview = world.book()
    assert completion.sweep(world.database, now + 2 * HOUR - timedelta(seconds=1)) == 0
    assert completion.sweep(world.database, now + 2 * HOUR) == 1
    assert completion.sweep(world.database, now + 2 * HOUR) == 0

    done = world.get(interview.id)
    assert (done.status, done.is_verified) == (InterviewStatus.COMPLETED, False)


def test_session_that_was_seen_to_start_is_completed_verified(world: World, now: datetime) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        outcomes.verify(session, world.observer, interview.id, now + HOUR)
    completion.sweep(world.database, now + 2 * HOUR)

    assert world.get(interview.id).is_verified


def test_two_completions_at_once_count_each_seat_once(world: World, now: datetime) -> None:
    for n in range(6):
        world.book(timedelta(hours=1 + n))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: completion.sweep(world.database, now + 9 * HOUR), range(4)))

    states = [row.status for row in rows(world.database, sa.select(Interview.status))]
    assert states == [InterviewStatus.COMPLETED] * 6
    assert rows(world.database, sa.select(Study.seats_taken))[0][0] == 6


def test_hosts_are_asked_in_the_cards_thread_five_minutes_after_the_start(world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()
    (card_ts,) = [ts for ts, m in outside.slack.channel("C0CORE").messages.items() if "thread_ts" not in m]
    begun = outside.clock.move(HOUR)
    assert start_checks.sweep(world.database, begun + timedelta(minutes=4)) == 0
    assert start_checks.sweep(world.database, begun + timedelta(minutes=5)) == 1
    assert start_checks.sweep(world.database, begun + timedelta(minutes=6)) == 0
    outside.clock.move(timedelta(minutes=6))
    outside.deliver()

    (question,) = [t for t in outside.slack.said_in("C0CORE", card_ts) if "Has it started?" in t]
    assert f"<@{world.researcher.slack_user_id}>" in question
    (message,) = [m for m in outside.slack.channel("C0CORE").messages.values() if m["text"] == question]
    labels = [element["text"]["text"] for element in message["blocks"][-1]["elements"]]
    assert labels == ["Started", "Running late", "No-show", "Moved…"]


def test_question_is_not_asked_when_it_was_answered_on_the_way(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    now = outside.clock.move(HOUR + timedelta(minutes=5))
    start_checks.sweep(world.database, now)
    with world.database.unit_of_work() as session:
        outcomes.verify(session, world.researcher, interview.id, now)
    outside.deliver()

    assert not [m for m in outside.slack.channel("C0CORE").messages.values() if "Has it started?" in m["text"]]


def test_session_that_was_moved_is_asked_about_again(world: World, now: datetime) -> None:
    interview = world.book()
    assert start_checks.sweep(world.database, now + HOUR + timedelta(minutes=5)) == 1
    with world.database.unit_of_work() as session:
        moves.reschedule(session, world.researcher, interview.id, now + 5 * HOUR, None, now + 2 * HOUR)

    assert start_checks.sweep(world.database, now + 3 * HOUR) == 0
    assert start_checks.sweep(world.database, now + 5 * HOUR + timedelta(minutes=5)) == 1


def test_participants_without_an_answer_are_told_of_a_day_before(world: World, outside: Outside) -> None:
    world.book(timedelta(days=2))
    answered = world.book(timedelta(days=2, hours=2))
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Attendee).where(Attendee.interview_id == answered.id).values(rsvp=Rsvp.ACCEPTED))
    outside.deliver()
    assert no_reply.sweep(world.database, outside.clock.move(timedelta(hours=23))) == 0
    assert no_reply.sweep(world.database, outside.clock.move(HOUR)) == 1
    assert no_reply.sweep(world.database, outside.clock.move(HOUR)) == 0
    outside.deliver()

    (text,) = [t for t in outside.slack.said_in("C0CORE") if t.startswith("No reply yet")]
    assert "P1 has not answered the invitation." in text


def test_session_booked_within_the_last_day_is_not_told_of(world: World, now: datetime) -> None:
    world.book(timedelta(hours=20))

    assert no_reply.sweep(world.database, now) == 0


@pytest.mark.parametrize(
    ("sweep", "at"),
    [(start_checks.sweep, timedelta(days=2, minutes=5)), (no_reply.sweep, timedelta(days=1, minutes=1))],
)
def test_two_sweeps_at_once_alert_once(
    world: World, now: datetime, sweep: Callable[[Database, datetime], int], at: timedelta
) -> None:
    world.book(timedelta(days=2))
    with ThreadPoolExecutor(4) as pool:
        found: list[Any] = list(pool.map(lambda _: sweep(world.database, now + at), range(4)))

    assert sum(found) == 1
    assert len(alerts(world.database)) == 1


def test_housekeeping_forgets_what_is_old_and_nothing_else(world: World, now: datetime) -> None:
    with world.database.unit_of_work() as session:
        for key, at in (("old", now - timedelta(hours=25)), ("new", now)):
            ledger.first_time(session, key, at)
        ledger.enter(session, "digest", ["old"], now - timedelta(days=401))
        ledger.enter(session, "digest", ["new"], now - timedelta(days=300))
        for once, at in (("old", now - timedelta(days=31)), ("new", now), ("dead", now - timedelta(days=31))):
            outgoing.announce(session, world.workspace_id, "C1", "Hello", at, once=once)
        session.execute(sa.update(OutboxRow).values(state=OutboxState.DONE, done_at=OutboxRow.created_at))
        dead = OutboxRow.dedupe_key.endswith(":dead")
        session.execute(sa.update(OutboxRow).where(dead).values(state=OutboxState.DEAD))
    housekeeping.sweep(world.database, now)

    assert [r[0] for r in rows(world.database, sa.select(ReceivedTrigger.key))] == ["new"]
    assert [r[0] for r in rows(world.database, sa.select(LedgerEntry.subject))] == ["new"]
    kept = {r[0].rpartition(":")[2] for r in rows(world.database, sa.select(OutboxRow.dedupe_key))}
    assert kept == {"new", "dead"}
