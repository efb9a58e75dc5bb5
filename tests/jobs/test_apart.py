"""What can't be swept keeps nothing else from it, and counts as a failure at every tick until it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NoReturn, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.integrations.ports import Calendar, Unavailable
from bot.jobs import calendars, completion, digests, governance, retention, waiting
from bot.jobs.apart import Unswept, going_on
from bot.services import eligibility
from domain.interview import InterviewStatus
from domain.participant import ParticipantStatus
from domain.waiting import Wish
from storage import governance as stored_governance
from storage import waiting as stored_waiting
from storage.models import Interview, OutboxRow, Participant, Team, WaitingEntry, Workspace
from tests.builders import ONE_DATABASE, World, rows
from tests.fakes import FakeClock
from tests.screened import enrolled


@contextmanager
def poisoned(world: World, table: Any, changed: str) -> Iterator[None]:
    """A row that can't be written: `changed` says what is done to which."""
    what, _, which = changed.partition(" ")
    refuse = f"BEFORE {what} ON {table.__tablename__} WHEN {which} BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
    with world.database.unit_of_work() as session:
        session.execute(sa.text(f"CREATE TRIGGER poison {refuse}"))
    yield
    with world.database.unit_of_work() as session:
        session.execute(sa.text("DROP TRIGGER poison"))


@contextmanager
def failing() -> Iterator[list[Any]]:
    """The sweep in here fails; what it logs."""
    with capture_logs() as logs, pytest.raises(Unswept):
        yield logs


def people(world: World, number: int) -> list[int]:
    ids = [world.participant(f"p{n}@example.com").id for n in range(number)]
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values(recheck_at=None))
    return ids


def of_people(world: World, column: Any) -> dict[int, Any]:
    return dict(map(tuple, rows(world.database, sa.select(Participant.id, column))))


def test_only_those_are_left_that_fail_by_themselves() -> None:
    swept: list[int] = []

    def sweep(ids: Sequence[int]) -> int:
        if {3, 6} & set(ids):
            raise ValueError("poisoned")
        swept.extend(ids)
        return len(ids)

    with failing() as logs, going_on() as apart:
        assert apart.each("session", range(1, 9), sweep) == 6
    assert swept == [1, 2, 4, 5, 7, 8]
    assert apart.left == [3, 6]
    assert [(log["what"], log["ids"]) for log in logs] == [("session", [3]), ("session", [6])]
    with going_on() as apart:
        assert apart.each("session", [1, 2], sweep) + apart.each("session", [], sweep) == 2


def test_a_database_that_fails_is_not_asked_for_each_by_itself() -> None:
    tried: list[Sequence[int]] = []

    def sweep(ids: Sequence[int]) -> int:
        tried.append(ids)
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with failing(), going_on() as apart:
        apart.each("session", [1, 2, 3], sweep)
        apart.each("session", [4], sweep)
    assert tried == [[1, 2, 3], [4]]


@ONE_DATABASE
def test_sessions_are_completed_beside_one_that_can_not_be(world: World) -> None:
    first, second = world.book().id, world.book(timedelta(hours=3)).id
    with poisoned(world, Interview, f"UPDATE OLD.id = {first}"), failing():
        completion.sweep(world.database, world.now + timedelta(hours=9))
    assert world.get(first).status is InterviewStatus.UPCOMING
    assert world.get(second).status is InterviewStatus.COMPLETED


@ONE_DATABASE
def test_studies_are_looked_at_beside_one_whose_waiting_list_can_not_be(world: World) -> None:
    other = world.study("OTH", "Other").id
    for study_id in (world.study_id, other):
        gone = enrolled(world, f"w{study_id}@example.com", study_id=study_id, status=ParticipantStatus.CANCELED)
        with world.database.unit_of_work() as session:
            stored_waiting.ask(session, study_id, gone, Wish.ANY, world.now)
    with poisoned(world, WaitingEntry, f"DELETE OLD.study_id = {world.study_id}"), failing():
        waiting.sweep(world.database, world.now)
    assert rows(world.database, sa.select(WaitingEntry.study_id)) == [(world.study_id,)]


@ONE_DATABASE
def test_digests_go_out_beside_one_that_can_not(world: World) -> None:
    other = world.team("Other", "C0OTHER", world.researcher).id
    world.book()
    world.book(timedelta(hours=3), study_id=world.study("OTH", "Other", team_id=other).id)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Team).values(next_digest_at=world.now))
    with poisoned(world, Team, f"UPDATE OLD.id = {world.team_id}"), failing():
        digests.sweep(world.database, world.now)
    sent = sa.select(OutboxRow.subject).where(OutboxRow.kind == "slack_digest")
    assert rows(world.database, sent) == [(str(other),)]
    assert digests.sweep(world.database, world.now) == 1, "it comes when it can"


@ONE_DATABASE
def test_people_are_erased_beside_one_who_can_not_be_and_that_is_tried_again(world: World) -> None:
    elsewhere = World.build(world.database, world.now, "T0OTHER")
    one, two, three = people(world, 3)
    (other,) = people(elsewhere, 1)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values(created_at=world.now - timedelta(days=400)))
        session.execute(sa.update(Workspace).values(retention_days=365))
    with poisoned(world, Participant, f"UPDATE OLD.id = {two}"):
        for _ in range(2):
            with failing() as logs:
                retention.sweep(world.database, world.now)
            assert [(log["what"], log["ids"]) for log in logs] == [("participant", [two])]
    erased = of_people(world, Participant.erased_at.is_not(None))
    assert erased == {one: True, two: False, three: True, other: True}
    assert retention.sweep(world.database, world.now) == 1


class Calendars:
    """Calendars that are out of reach, but for one of which nobody understands the answer."""

    def __init__(self, odd: str) -> None:
        self.odd = odd

    def changes(self, calendar_id: str, _sync_token: str | None, _since: datetime) -> NoReturn:
        if calendar_id == self.odd:
            raise KeyError("items")
        raise Unavailable("Google does not answer.")


@ONE_DATABASE
def test_calendars_are_read_beside_one_that_can_not_be(world: World) -> None:
    first, *_ = [world.calendar(actor) for actor in world.people.values()]
    errors: list[str] = []
    with failing() as logs:
        calendars.sweep(world.database, cast(Calendar, Calendars(first)), FakeClock(world.now), errors.append)
    assert errors == ["unavailable"] * (len(world.people) - 1)
    assert [log["what"] for log in logs] == ["calendar of member"]


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eligibility, "PEOPLE", 2)


def test_who_was_left_does_not_stand_before_those_who_are_due_after_them(world: World) -> None:
    first, second, third = people(world, 3)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values(recheck_at=world.now))
        due = stored_governance.due(session, world.now, 2, without=[first])
    assert due == {world.workspace_id: [second, third]}


@ONE_DATABASE
@pytest.mark.usefixtures("two_at_once")
def test_people_who_are_due_are_looked_at_beside_those_who_can_not_be(world: World) -> None:
    ids = people(world, 6)
    bad = ids[:3]
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values(recheck_at=world.now))
    with poisoned(world, Participant, f"UPDATE OLD.id <= {bad[-1]}"), failing():
        governance.sweep(world.database, world.now)
    due = of_people(world, Participant.recheck_at.is_not(None))
    assert due == {id_: id_ in bad for id_ in ids}
    assert governance.sweep(world.database, world.now) == 3


@ONE_DATABASE
@pytest.mark.usefixtures("two_at_once")
def test_who_can_not_be_looked_at_after_a_change_of_the_rules_becomes_due(world: World) -> None:
    ids = people(world, 5)
    with world.database.unit_of_work() as session:
        session.get_one(Workspace, world.workspace_id).recheck_after_id = 0
        session.execute(sa.update(Participant).values(recheck_at=world.now + timedelta(days=1)))
    with poisoned(world, Participant, f"UPDATE OLD.id = {ids[0]} AND NEW.recheck_at IS NULL"):
        for _ in range(2):
            with failing():
                governance.sweep(world.database, world.now)
    assert world.workspace().recheck_after_id is None, "the others have all had their turn"
    due = of_people(world, Participant.recheck_at.is_not(None))
    assert due == {id_: id_ == ids[0] for id_ in ids}
    assert governance.sweep(world.database, world.now) == 1
