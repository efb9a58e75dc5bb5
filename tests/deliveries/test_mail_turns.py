"""How many mails go out in a minute: the others wait, and lose nothing by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.deliveries.handlers import HANDLERS
from bot.deliveries.tools import NotYet
from bot.deliveries.worker import LEASE
from bot.integrations.ports import Unavailable
from bot.services import outgoing_mails
from bot.services.outgoing import Kind
from domain.mail import MailKind
from domain.participant import ParticipantStatus
from storage import outbox
from storage.engine import Database
from storage.models import Enrolment, OutboxRow, SentMail
from tests.builders import World
from tests.fakes import Outside


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now, mails_per_minute=4)


def invite_all(world: World) -> None:
    with world.database.unit_of_work() as session:
        ids = session.scalars(sa.select(Enrolment.id)).all()
        outgoing_mails.to_enrolments(session, world.workspace_id, ids, MailKind.SCHEDULER, world.now, once="1")


def mails(world: World) -> Sequence[OutboxRow]:
    with world.database.reading() as session:
        wanted = OutboxRow.kind.in_([Kind.MAIL, Kind.ENROLMENT_MAIL])
        return session.scalars(sa.select(OutboxRow).where(wanted).order_by(OutboxRow.id)).all()


def book(world: World, number: int) -> None:
    for hours in range(number):
        world.book(timedelta(days=1, hours=hours))


def test_no_more_go_out_in_a_minute_than_may(world: World, outside: Outside) -> None:
    book(world, 6)
    outside.deliver(Kind.MAIL)
    assert len(outside.mailer.sent) == 4

    outside.clock.move(timedelta(seconds=61))
    outside.deliver(Kind.MAIL)
    assert len(outside.mailer.sent) == 6


def test_invitations_leave_room_for_what_is_about_sessions(world: World, outside: Outside) -> None:
    book(world, 5)
    with world.database.unit_of_work() as session:
        session.execute(sa.delete(OutboxRow))
        session.execute(sa.update(Enrolment).values(status=ParticipantStatus.INTERVIEW_INVITED))
    invite_all(world)
    outside.deliver()
    assert len(outside.mailer.sent) == 3

    world.book(timedelta(days=3), email="kai@example.com")
    outside.deliver()
    assert [mail.to for mail in outside.mailer.sent[3:]] == ["kai@example.com"]


def test_mails_of_other_processes_count(world: World, outside: Outside, now: datetime) -> None:
    book(world, 4)
    outside.deliver()
    other = Outside.of(world.database, now, mails_per_minute=4)
    world.book(timedelta(days=3))
    other.deliver()

    assert other.mailer.sent == []


def test_waiting_uses_up_no_tries_and_holds_nothing_else_back(world: World, outside: Outside) -> None:
    book(world, 5)
    outside.deliver()
    (waiting,) = [row for row in mails(world) if row.state == "pending"]
    with world.database.unit_of_work() as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.id == waiting.id).values(due_at=world.now))
        (claimed,) = outbox.claim(session, world.now, LEASE, 5)
    with pytest.raises(NotYet) as turn:
        HANDLERS[Kind(claimed.kind)](claimed, outside.tools)

    assert 60 <= turn.value.seconds <= 120
    with world.database.unit_of_work() as session:
        before = session.get_one(OutboxRow, waiting.id).attempts
        until = world.now + timedelta(seconds=turn.value.seconds)
        outbox.put_off(session, claimed, until, turn.value.why, went_out=False, was_tried=False)
    row = next(row for row in mails(world) if row.id == waiting.id)
    assert (row.attempts, row.state, row.attempted_at) == (before - 1, "pending", None)
    assert row.due_at == until


def test_what_did_not_go_out_takes_nobodys_turn(world: World, outside: Outside) -> None:
    outside.mailer.failing += [Unavailable("away", went_out=False)] * 4
    book(world, 8)
    outside.deliver()

    assert len(outside.mailer.sent) == 4
    with world.database.reading() as session:
        assert len(session.scalars(sa.select(SentMail)).all()) == 4
