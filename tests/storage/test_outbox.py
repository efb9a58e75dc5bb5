"""The outbox: single, in order by lane, nothing lost between two workers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage import outbox
from storage.engine import Database
from storage.models import OutboxRow, OutboxState
from storage.outbox import Delivery, Lane, Outgoing, Projected
from tests.builders import World, counted_statements

LEASE = timedelta(minutes=1)


def send(database: Database, world: World, key: str, lane: str = "slack:C1") -> int:
    with database.unit_of_work() as session:
        return outbox.send(session, world.workspace_id, world.now, Outgoing("notice", key, Lane(lane)))


def project(database: Database, world: World, subject: str, lane: str = "slack:C1") -> None:
    with database.unit_of_work() as session:
        outbox.project(session, "card", subject, workspace_id=world.workspace_id, lane=Lane(lane), now=world.now)


def claim(database: Database, now: datetime, limit: int = 10) -> list[Delivery]:
    with database.unit_of_work() as session:
        return outbox.claim(session, now, LEASE, limit)


def finish(database: Database, delivery: Delivery, now: datetime) -> None:
    with database.unit_of_work() as session:
        outbox.finish(session, delivery, now)


def state(database: Database, row_id: int) -> OutboxState:
    with database.reading() as session:
        return session.get_one(OutboxRow, row_id).state


def test_the_same_key_is_sent_once(database: Database, world: World) -> None:
    assert send(database, world, "digest:C1:2026-11-23") == 1
    assert send(database, world, "digest:C1:2026-11-23") == 0
    assert len(claim(database, world.now)) == 1


def test_ten_requests_for_a_projection_make_one_update(database: Database, world: World) -> None:
    for _ in range(10):
        project(database, world, "7")
    (delivery,) = claim(database, world.now)
    finish(database, delivery, world.now)
    assert claim(database, world.now) == []


def test_many_projections_are_one_statement_and_each_subject_is_once_among_them(
    database: Database, world: World
) -> None:
    wanted = [Projected("card", str(n % 40), Lane(f"slack:C{n % 40}")) for n in range(80)]
    with counted_statements(database) as statements, database.unit_of_work() as session:
        outbox.project_all(session, world.workspace_id, wanted, world.now)
        outbox.project_all(session, world.workspace_id, [], world.now)
    assert len(statements) == 1
    assert sorted(delivery.subject for delivery in claim(database, world.now, 100)) == sorted(map(str, range(40)))


def test_a_projection_asked_for_during_the_update_goes_round_once_more(database: Database, world: World) -> None:
    project(database, world, "7")
    (first,) = claim(database, world.now)
    project(database, world, "7")
    assert claim(database, world.now) == []
    finish(database, first, world.now)
    (second,) = claim(database, world.now)
    finish(database, second, world.now)
    assert claim(database, world.now) == []


def test_a_lane_goes_out_in_order_one_at_a_time(database: Database, world: World) -> None:
    for key in "abc":
        send(database, world, key)
    send(database, world, "other", lane="slack:C2")
    first = claim(database, world.now)
    assert [d.dedupe_key.split(":")[-1] for d in first] == ["a", "other"]
    assert claim(database, world.now) == []
    finish(database, first[0], world.now)
    assert [d.dedupe_key.split(":")[-1] for d in claim(database, world.now)] == ["b"]


def test_a_claim_that_ran_out_is_taken_again_and_knows_of_the_first_try(database: Database, world: World) -> None:
    send(database, world, "a")
    (first,) = claim(database, world.now)
    assert first.attempted_at is None
    later = world.now + LEASE
    (second,) = claim(database, later)
    assert second.attempted_at == world.now
    finish(database, first, later)
    assert state(database, second.id) is OutboxState.CLAIMED, "the one whose claim ran out may not finish it"
    finish(database, second, later)
    assert state(database, second.id) is OutboxState.DONE


def test_what_is_still_in_hand_is_not_taken_again_although_its_claim_ran_out(database: Database, world: World) -> None:
    for key in "ab":
        send(database, world, key)
    (first,) = claim(database, world.now)
    later = world.now + LEASE
    with database.unit_of_work() as session:
        assert outbox.claim(session, later, LEASE, 10, in_hand={first.id}) == []
    finish(database, first, later)
    assert state(database, first.id) is OutboxState.DONE


def test_a_rate_limited_lane_waits_in_order_and_others_do_not(database: Database, world: World) -> None:
    for key in "ab":
        send(database, world, key)
    (first,) = claim(database, world.now)
    until = world.now + timedelta(seconds=30)
    with database.unit_of_work() as session:
        outbox.put_off(session, first, until, "ratelimited", went_out=False, holds_lane=True)
    send(database, world, "asked for meanwhile")
    send(database, world, "elsewhere", lane="slack:C2")
    assert [d.lane for d in claim(database, until - timedelta(seconds=1))] == ["slack:C2"]
    order = []
    while claimed := claim(database, until):
        for delivery in claimed:
            order.append(delivery.dedupe_key.split(":", 1)[1])
            finish(database, delivery, until)
    assert order == ["a", "b", "asked for meanwhile"]


def test_a_projection_asked_for_while_its_lane_is_limited_waits_too(database: Database, world: World) -> None:
    project(database, world, "7")
    (first,) = claim(database, world.now)
    until = world.now + timedelta(seconds=30)
    with database.unit_of_work() as session:
        outbox.put_off(session, first, until, "ratelimited", went_out=False, holds_lane=True)
    project(database, world, "7")
    assert claim(database, world.now) == []
    (second,) = claim(database, until)
    finish(database, second, until)
    assert claim(database, until) == [], "the request that came meanwhile was served by it"


@pytest.mark.parametrize("went_out", [False, None])
def test_only_a_try_of_unknown_outcome_is_looked_for(database: Database, world: World, went_out: bool | None) -> None:
    send(database, world, "a")
    (first,) = claim(database, world.now)
    until = world.now + timedelta(seconds=5)
    with database.unit_of_work() as session:
        outbox.put_off(session, first, until, "no answer", went_out=went_out)
    (second,) = claim(database, until)
    assert (second.attempted_at is None) == (went_out is False)
    assert second.attempts == 2


def test_a_dead_delivery_is_seen_and_can_be_revived(database: Database, world: World) -> None:
    send(database, world, "a")
    (delivery,) = claim(database, world.now)
    with database.unit_of_work() as session:
        outbox.give_up(session, delivery, "channel_not_found", world.now)
    with database.reading() as session:
        (letter,) = outbox.dead_letters(session, world.workspace_id)
        assert letter.why == "channel_not_found"
        assert outbox.counts(session)[OutboxState.DEAD] == 1
    with database.unit_of_work() as session:
        assert outbox.revive(session, world.workspace_id, world.now) == 1
    assert len(claim(database, world.now)) == 1


def test_nothing_of_a_rolled_back_unit_is_sent(database: Database, world: World) -> None:
    with pytest.raises(RuntimeError), database.unit_of_work() as session:  # noqa: PT012
        outbox.send(session, world.workspace_id, world.now, Outgoing("notice", "a", Lane("slack:C1")))
        raise RuntimeError
    assert claim(database, world.now) == []
