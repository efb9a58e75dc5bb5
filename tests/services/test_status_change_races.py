"""Two people at once who set the same statuses by hand, or undo the same change."""

from __future__ import annotations

import sqlalchemy as sa

from bot.services import status_changes
from domain.errors import RuleError
from domain.participant import ParticipantStatus
from domain.status_changes import StatusesMade
from storage.models import StatusChange
from tests.builders import rows
from tests.services.conftest import Desk
from tests.services.test_status_changes import S, enrolled, made, reviewed, stand


def test_a_second_click_at_the_same_time_makes_nothing(desk: Desk) -> None:
    world = desk.world
    ids = enrolled(world, *[S.NOT_CONTACTED] * 20)
    bulk_id = reviewed(desk, S.CANCELED, ids).bulk_id
    outcome = desk.race(*[lambda s: status_changes.make(s, world.researcher, bulk_id, world.now)] * 4)
    assert sorted(type(one).__name__ for one in outcome) == ["RuleError"] * 3 + ["StatusesMade"]
    assert rows(world.database, sa.select(sa.func.count()).select_from(StatusChange))[0][0] == 20


def test_of_two_who_change_the_same_people_the_second_leaves_them(desk: Desk) -> None:
    world = desk.world
    ids = enrolled(world, *[S.NOT_CONTACTED] * 20)
    mine, theirs = reviewed(desk, S.CANCELED, ids[:15]), reviewed(desk, S.INTERVIEW_INVITED, ids[5:], world.admin)
    first, second = desk.race(
        lambda s: status_changes.make(s, world.researcher, mine.bulk_id, world.now),
        lambda s: status_changes.make(s, world.admin, theirs.bulk_id, world.now),
    )
    assert isinstance(first, StatusesMade)
    assert isinstance(second, StatusesMade)
    assert sorted((first.number, second.number)) == [5, 15]
    assert sum(group.number for one in (first, second) for group in one.skipped) == 10
    numbers = [stand(world, ids).count(status) for status in (S.CANCELED, S.INTERVIEW_INVITED)]
    assert numbers == [first.number, second.number]


def test_of_two_who_undo_one_does(desk: Desk) -> None:
    world = desk.world
    ids = enrolled(world, *[ParticipantStatus.NOT_CONTACTED] * 10)
    bulk_id = reviewed(desk, S.CANCELED, ids).bulk_id
    made(desk, bulk_id)
    outcome = desk.race(
        lambda s: status_changes.undo(s, world.researcher, bulk_id, world.now),
        lambda s: status_changes.undo(s, world.admin, bulk_id, world.now),
    )
    assert {type(one) for one in outcome} == {StatusesMade, RuleError}
    assert stand(world, ids) == [S.NOT_CONTACTED] * 10
