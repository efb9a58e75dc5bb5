"""Reminders: each seat, each time of it, each lead, once; and never one that says nothing new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.jobs import reminders as job
from bot.services import cancellations, moves, reminders, undo
from bot.services.cancellations import Cancellation
from domain.interview import CancelReason
from domain.study import StudyStatus, StudyType
from storage.engine import Database
from storage.models import Interview, Participant, Study, StudyReminder
from tests.builders import World, counted_statements
from tests.fakes import Outside
from tests.services.conftest import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now)


@pytest.fixture(autouse=True)
def usual(desk: Desk) -> None:
    remind_before(desk, desk.world.study_id, DAY, HOUR)


def remind_before(desk: Desk, study_id: int, *leads: timedelta) -> None:
    """Set how long before its sessions the study reminds."""

    def act(session: Session) -> None:
        session.execute(sa.delete(StudyReminder).where(StudyReminder.study_id == study_id))
        session.add_all(
            StudyReminder(study_id=study_id, minutes_before=int(lead.total_seconds() // 60)) for lead in leads
        )

    desk.do(act)


def sweep(desk: Desk, at: datetime) -> list[tuple[str, int]]:
    """Sweep at that time: the references and minutes of all reminders that were ever asked for, oldest first."""
    job.sweep(desk.database, at)
    return asked(desk)


def asked(desk: Desk) -> list[tuple[str, int]]:
    found = [row for row in desk.outbox("mail") if "minutes" in row.payload]
    return [(desk.world.get(int(row.subject)).reference, row.payload["minutes"]) for row in found]


def test_each_lead_comes_once_and_at_its_time(desk: Desk, world: World, now: datetime) -> None:
    starts_at = world.book(timedelta(days=3)).starts_at

    assert sweep(desk, starts_at - DAY - timedelta(minutes=1)) == []
    assert sweep(desk, starts_at - DAY) == [("CHK-1", 1440)]
    assert sweep(desk, starts_at - DAY + timedelta(minutes=1)) == [("CHK-1", 1440)]
    assert sweep(desk, starts_at - HOUR) == [("CHK-1", 1440), ("CHK-1", 60)]
    assert sweep(desk, starts_at - timedelta(minutes=10)) == [("CHK-1", 1440), ("CHK-1", 60)]


def test_after_an_outage_what_is_late_by_half_is_left_out(desk: Desk, world: World) -> None:
    starts_at = world.book(timedelta(days=3)).starts_at

    assert sweep(desk, starts_at - timedelta(hours=13)) == [("CHK-1", 1440)]
    world.book(timedelta(days=3, hours=2))
    assert sweep(desk, starts_at - timedelta(minutes=45)) == [("CHK-1", 1440), ("CHK-1", 60)]


def test_who_books_within_the_lead_is_not_reminded_of_what_they_have_just_done(desk: Desk, world: World) -> None:
    starts_at = world.book(timedelta(hours=23)).starts_at

    assert sweep(desk, world.now + timedelta(minutes=1)) == []
    assert sweep(desk, starts_at - HOUR) == [("CHK-1", 60)]


def test_moved_session_is_reminded_of_anew(desk: Desk, world: World) -> None:
    interview = world.book(timedelta(days=2))
    at = interview.starts_at - DAY
    sweep(desk, at)
    to = interview.starts_at + timedelta(days=2)
    desk.do(lambda session: moves.reschedule(session, world.researcher, interview.id, to, None, at))

    assert sweep(desk, interview.starts_at - HOUR) == [("CHK-1", 1440)]
    assert sweep(desk, to - DAY) == [("CHK-1", 1440), ("CHK-1", 1440)]


def test_only_studies_that_remind_do_so_each_in_its_own_time(desk: Desk, world: World) -> None:
    silent = world.study("MUT", "Without reminders")
    early = world.study("EAR", "Two days before")
    remind_before(desk, early.id, timedelta(days=2))
    for hours, study in enumerate((silent, early)):
        world.book(timedelta(days=3, hours=hours), study_id=study.id)
    world.book(timedelta(days=3, hours=2))

    assert sweep(desk, world.now + DAY + HOUR) == [("EAR-1", 2880)]
    assert sweep(desk, world.now + timedelta(days=2, hours=2)) == [("EAR-1", 2880), ("CHK-1", 1440)]


def test_everybody_in_a_group_is_reminded_who_still_has_a_seat(desk: Desk, world: World, outside: Outside) -> None:
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    remind_before(desk, group.id, DAY)
    at = world.now + timedelta(days=3)
    interview = world.book(study_id=group.id, starts_at=at, email="g1@example.com")
    for number in (2, 3):
        world.book(study_id=group.id, starts_at=at, email=f"g{number}@example.com")
    with world.database.unit_of_work() as session:
        seat = cancellations.participant_seats(session, session.get_one(Interview, interview.id))[0]
        why = Cancellation(CancelReason.OTHER)
        cancellations.cancel_seat(session, world.researcher, interview.id, seat.id, why, world.now)

    assert len(sweep(desk, at - DAY)) == 2


@pytest.mark.parametrize("status", [StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_paused_and_closed_studies_go_on_reminding(
    desk: Desk, world: World, outside: Outside, status: StudyStatus
) -> None:
    interview = world.book(timedelta(days=3))
    outside.deliver()
    desk.change(desk.study(), status=status)
    outside.clock.move(timedelta(days=2))
    sweep(desk, outside.clock.now())
    outside.deliver()

    assert outside.mailer.sent[-1].to == "p6@example.com"
    assert ("Callsheet", "sent the reminder to P1") in desk.timeline(interview.id)


@pytest.mark.parametrize(
    ("values", "table"),
    [
        ({"opted_out_at": "now"}, Participant),
        ({"bounced_at": "now"}, Participant),
        ({"status": StudyStatus.ACTIVE}, Study),
    ],
    ids=["opted out", "hard bounced", "nothing"],
)
def test_no_reminder_goes_to_who_may_not_be_written_to(
    desk: Desk, world: World, outside: Outside, values: dict[str, Any], table: Any
) -> None:
    world.book(timedelta(days=3))
    outside.deliver()
    with world.database.unit_of_work() as session:
        session.execute(sa.update(table).values({k: world.now if v == "now" else v for k, v in values.items()}))
    outside.clock.move(timedelta(days=2))
    sweep(desk, outside.clock.now())
    outside.deliver()

    reminded = len(outside.mailer.sent) - 1
    assert reminded == (1 if table is Study else 0)


def test_session_cancelled_between_the_sweep_and_the_mail_is_not_reminded_of(
    desk: Desk, world: World, outside: Outside
) -> None:
    interview = world.book(timedelta(days=3))
    outside.deliver()
    outside.clock.move(timedelta(days=2))
    sweep(desk, outside.clock.now())
    why = Cancellation(CancelReason.OTHER)
    desk.do(lambda session: cancellations.cancel(session, world.researcher, interview.id, why, outside.clock.now()))
    outside.deliver()

    assert [mail.subject.split(":")[0] for mail in outside.mailer.sent[1:]] == ["Cancelled"]


def test_reminder_that_waited_too_long_for_the_mail_server_stays_here(
    desk: Desk, world: World, outside: Outside
) -> None:
    world.book(timedelta(days=3))
    outside.deliver()
    outside.clock.move(timedelta(days=2))
    sweep(desk, outside.clock.now())
    outside.clock.move(timedelta(hours=13))
    outside.deliver()

    assert len(outside.mailer.sent) == 1


def test_two_processes_at_once_remind_once(desk: Desk, world: World) -> None:
    for hours in range(4):
        world.book(timedelta(days=3, hours=hours * 2))
    at = world.now + timedelta(days=2, hours=6)
    counts = desk.race(*[lambda session: reminders.remind(session, at)] * 2)

    assert all(isinstance(count, int) for count in counts)
    assert sorted(asked(desk)) == [(f"CHK-{number}", 1440) for number in range(1, 5)]


def test_many_seats_take_as_many_statements_as_one(desk: Desk, world: World) -> None:
    def counted(at: datetime) -> Sequence[str]:
        with counted_statements(desk.database) as statements, desk.database.unit_of_work() as session:
            reminders.remind(session, at)
        return statements

    world.book(timedelta(days=3))
    one = counted(world.now + timedelta(days=2))
    for minutes in range(0, 600, 60):
        world.book(timedelta(days=5, minutes=minutes))
    many = counted(world.now + timedelta(days=4, hours=10))

    assert len(asked(desk)) == 11
    assert len(many) == len(one)


def test_sweep_takes_as_many_turns_as_it_needs(desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "MOST", 2)
    for hours in range(5):
        world.book(timedelta(days=2, hours=hours))
    late = [world.book(timedelta(hours=13 + number)) for number in range(3)]

    assert len(sweep(desk, world.now + timedelta(minutes=1))) == 0
    assert len(sweep(desk, world.now + DAY + timedelta(hours=4))) == 5
    assert {reference for reference, _ in asked(desk)}.isdisjoint({interview.reference for interview in late})


def test_who_is_confirmed_anew_after_a_cancellation_is_not_reminded_of_it_at_once(desk: Desk, world: World) -> None:
    interview = world.book(timedelta(days=2))
    at = interview.starts_at - DAY
    sweep(desk, at)
    why = Cancellation(CancelReason.OTHER)
    desk.do(lambda session: cancellations.cancel(session, world.researcher, interview.id, why, at))
    desk.do(lambda session: undo.undo(session, world.researcher, interview.id, at))

    assert sweep(desk, at + HOUR) == [("CHK-1", 1440)]
    assert sweep(desk, interview.starts_at - HOUR) == [("CHK-1", 1440), ("CHK-1", 60)]
