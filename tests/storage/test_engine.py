"""Units of work, reading, instants, and what is kept only once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage import ledger, outbox, projections
from storage.engine import Database, is_in_doubt
from storage.models import LedgerEntry, Team
from storage.outbox import Lane, Outgoing
from storage.projections import Remote
from tests.builders import World, rows


def test_an_instant_of_any_zone_comes_back_as_the_same_in_utc(database: Database, world: World) -> None:
    instant = datetime(2026, 11, 24, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    team = world.team("Nepal", "C0NEPAL", next_digest_at=instant)
    ((stored,),) = rows(database, sa.select(Team.next_digest_at).where(Team.id == team.id))
    assert (stored, stored.tzinfo) == (instant, UTC)


def test_a_naive_instant_is_refused(database: Database, world: World) -> None:
    with pytest.raises(sa.exc.StatementError, match="naive datetime"):
        world.team("Nowhere", "C0NO", next_digest_at=datetime(2026, 11, 24))  # noqa: DTZ001


def test_a_unit_that_fails_leaves_nothing_and_wakes_nobody(database: Database, world: World) -> None:
    woken: list[int] = []
    database.on_outbox(lambda: woken.append(1))
    with pytest.raises(RuntimeError), database.unit_of_work() as session:  # noqa: PT012
        ledger.enter(session, "digest", ["a"], world.now)
        outbox.send(session, world.workspace_id, world.now, Outgoing("notice", "a", Lane("slack:C1")))
        raise RuntimeError
    assert rows(database, sa.select(LedgerEntry.subject)) == []
    assert woken == []


def test_a_unit_without_anything_to_send_wakes_nobody(database: Database, world: World) -> None:
    woken: list[int] = []
    database.on_outbox(lambda: woken.append(1))
    with database.unit_of_work() as session:
        ledger.enter(session, "digest", ["a"], world.now)
    assert woken == []
    with database.unit_of_work() as session:
        outbox.send(session, world.workspace_id, world.now, Outgoing("notice", "a", Lane("slack:C1")))
        assert woken == [], "not before the commit"
    assert woken == [1]


def test_reading_keeps_nothing_and_waits_for_no_writer(database: Database, world: World) -> None:
    with database.unit_of_work() as writer:
        ledger.enter(writer, "digest", ["being written"], world.now)
        with database.reading() as session:
            assert session.scalars(sa.select(LedgerEntry.subject)).all() == []
    with database.reading() as session:
        session.execute(sa.update(Team).values(name="Other"))
    assert rows(database, sa.select(Team.name)) == [("Core",)]


def test_a_subject_is_entered_into_the_ledger_once(database: Database, world: World) -> None:
    with database.unit_of_work() as session:
        assert ledger.enter(session, "digest", ["a", "b", "a"], world.now) == {"a", "b"}
        assert ledger.enter(session, "digest", ["b", "c"], world.now) == {"c"}
        assert ledger.enter(session, "reminder", ["a"], world.now) == {"a"}
        assert ledger.enter(session, "digest", [], world.now) == set()


def test_of_two_sweeps_at_once_one_enters_the_subject(database: Database, world: World) -> None:
    together, entered = threading.Barrier(2), []

    def sweep() -> None:
        together.wait()
        with database.unit_of_work() as session:
            entered.append(ledger.enter(session, "digest", [str(n) for n in range(50)], world.now))

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each) for each in entered) == [0, 50]


def test_a_trigger_is_new_once_until_it_is_forgotten(database: Database, world: World) -> None:
    day = timedelta(days=1)
    with database.unit_of_work() as session:
        assert ledger.first_time(session, "T1:1.2.3", world.now)
        assert not ledger.first_time(session, "T1:1.2.3", world.now)
        ledger.forget_triggers(session, world.now)
        assert not ledger.first_time(session, "T1:1.2.3", world.now)
        ledger.forget_triggers(session, world.now + day)
        assert ledger.first_time(session, "T1:1.2.3", world.now)
        ledger.forget_trigger(session, "T1:1.2.3")
        assert ledger.first_time(session, "T1:1.2.3", world.now)


def test_a_projection_remembers_where_it_stands_and_is_found_from_there(database: Database, world: World) -> None:
    with database.unit_of_work() as session:
        assert projections.find(session, world.workspace_id, "slack_card", "7") is None
        for ts in ("1.0", "2.0"):
            where = Remote("C1", ts, fingerprint="f")
            projections.remember(session, world.workspace_id, "slack_card", "7", where, world.now)
        assert projections.find(session, world.workspace_id, "slack_card", "7") == Remote("C1", "2.0", None, "f")
        assert projections.subject_at(session, world.workspace_id, "C1", "2.0") == ("slack_card", "7")
        assert projections.subject_at(session, world.workspace_id, "C1", "1.0") is None
        assert projections.subject_at(session, world.workspace_id + 1, "C1", "2.0") is None
        projections.forget(session, world.workspace_id, "slack_card", "7")
        assert projections.find(session, world.workspace_id, "slack_card", "7") is None


def test_who_loses_a_deadlock_begins_anew(database: Database, world: World) -> None:
    first, second = world.team("One", "C0ONE").id, world.team("Two", "C0TWO").id
    together, tries = threading.Barrier(2), []

    def rename(ids: tuple[int, int], name: str) -> None:
        def work(session: Session) -> None:
            tries.append(name)
            session.execute(sa.update(Team).where(Team.id == ids[0]).values(name=f"{name} {ids[0]}"))
            if tries.count(name) == 1 and not database.is_sqlite:
                together.wait()
            session.execute(sa.update(Team).where(Team.id == ids[1]).values(name=f"{name} {ids[1]}"))

        database.carry_out(work)

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(rename, (first, second), "A"), pool.submit(rename, (second, first), "B")]
        assert [each.result() for each in done] == [None, None]
    assert len(tries) == 2 if database.is_sqlite else len(tries) > 2


def test_of_what_is_deleted_nothing_is_left_in_the_file_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "callsheet.db"
    database = Database(f"sqlite:///{path}")
    with database.unit_of_work() as session:
        session.execute(sa.text("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)"))
        session.execute(sa.text("INSERT INTO people (name) VALUES ('Mara Lindqvist'), ('Noa Berg')"))
    with database.unit_of_work() as session:
        session.execute(sa.text("DELETE FROM people WHERE id = 1"))
    database.dispose()
    kept = path.read_bytes()
    assert b"Noa" in kept
    assert b"Lindqvist" not in kept


def test_a_server_that_is_not_there_leaves_nothing_in_doubt() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(sa.exc.OperationalError) as failure, gone.unit_of_work() as session:
        session.connection()
    assert not is_in_doubt(failure.value)


@pytest.mark.parametrize(("asked", "seconds"), [("", "10"), ("?connect_timeout=3", "3")])
def test_a_server_that_says_nothing_is_not_waited_for_longer_than_the_address_says(asked: str, seconds: str) -> None:
    assert Database(f"postgresql://nobody@127.0.0.1:1/none{asked}").engine.url.query["connect_timeout"] == seconds
