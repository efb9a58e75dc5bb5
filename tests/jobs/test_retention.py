"""People whom a workspace keeps no longer: the sweep that erases them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bot.jobs import retention
from domain.participant import ParticipantStatus
from storage import participants
from storage.models import Participant, Workspace
from storage.participants import Profile
from tests.builders import World, counted_statements, rows

LONG_AGO = timedelta(days=400)


def keep(world: World, days: int | None) -> None:
    with world.database.unit_of_work() as session:
        session.get_one(Workspace, world.workspace_id).retention_days = days


def people(world: World, number: int, *study_ids: int, ago: timedelta = LONG_AGO) -> list[int]:
    """People who were added so long ago, and to each of the studies at that time."""
    first, then = next(world.numbers) * 1000, world.now - ago
    profiles = [Profile(f"r{first + n}@example.com", f"Person {n}") for n in range(number)]
    with world.database.unit_of_work() as session:
        ids = [id_ for id_, _ in participants.add_all(session, world.workspace_id, profiles, then).values()]
        places = {(study_id, id_): ParticipantStatus.NOT_CONTACTED for study_id in study_ids for id_ in ids}
        participants.enrol_all(session, places, "Test", then)
        return ids


def left(world: World) -> set[int]:
    return {row[0] for row in rows(world.database, sa.select(Participant.id).where(Participant.erased_at.is_(None)))}


def test_who_is_kept_no_longer_is_erased_once_a_day_and_the_others_stay(world: World) -> None:
    people(world, 3, world.study_id)
    recent = people(world, 2, ago=timedelta(days=30))
    assert retention.sweep(world.database, world.now) == 0, "for ever, unless a period is set"
    keep(world, 365)
    assert retention.sweep(world.database, world.now) == 3
    assert left(world) == set(recent)
    late = people(world, 1)
    assert retention.sweep(world.database, world.now + timedelta(hours=1)) == 0
    assert left(world) == {*recent, *late}
    assert retention.sweep(world.database, world.now + timedelta(days=1)) == 1


def test_a_sweep_that_dies_midway_is_ended_by_the_next_one(world: World) -> None:
    people(world, retention.BATCH * 3)
    keep(world, 365)
    commits = 0

    def die(_connection: Any) -> None:
        nonlocal commits
        commits += 1
        if commits == 2:
            raise KeyboardInterrupt

    event.listen(world.database.engine, "commit", die)
    with pytest.raises(KeyboardInterrupt):
        retention.sweep(world.database, world.now)
    event.remove(world.database.engine, "commit", die)
    assert len(left(world)) == retention.BATCH * 2
    assert retention.sweep(world.database, world.now + timedelta(hours=1)) == retention.BATCH * 2
    assert left(world) == set()


def test_statements_grow_with_the_batches_alone(world: World) -> None:
    studies = [world.study(f"S{n}", "Study").id for n in range(4)]
    keep(world, 365)

    def cost(day: int, number: int, *study_ids: int) -> int:
        people(world, number, *study_ids)
        with counted_statements(world.database) as statements:
            assert retention.sweep(world.database, world.now + timedelta(days=day)) == number
        return len(statements)

    few = cost(0, 2, studies[0])
    assert cost(1, retention.BATCH, *studies) <= few
