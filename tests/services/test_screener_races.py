"""Screeners that are opened and published at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import screeners
from domain.errors import NotFound, Stale
from domain.roles import Actor
from domain.screener_form import Building, Published
from storage.models import ScreenerDraft, ScreenerVersion
from tests.builders import World, rows
from tests.services.conftest import Desk
from tests.services.test_screeners import Desk as Builder


def publishing(world: World, actor: Actor, draft_id: int) -> Callable[[Session], object]:
    return lambda session: screeners.publish(session, actor, draft_id, world.now)


def test_of_several_who_publish_at_once_one_does_and_the_others_are_told(world: World, desk: Desk) -> None:
    builders = [Builder(world, actor) for actor in (world.researcher, world.admin)]
    for builder in builders:
        builder.add()
    outcome = desk.race(*(publishing(world, each.actor, each.draft_id) for each in builders))
    assert sum(isinstance(each, Published) for each in outcome) == 1
    assert sum(isinstance(each, Stale) for each in outcome) == 1
    assert rows(world.database, sa.select(ScreenerVersion.number)) == [(1,)]


def test_a_draft_that_is_published_twice_at_once_is_published_once(world: World, desk: Desk) -> None:
    builder = Builder(world, world.researcher)
    builder.add()
    outcome = desk.race(*[publishing(world, world.researcher, builder.draft_id)] * 3)
    assert sum(isinstance(each, Published) for each in outcome) == 1
    assert sum(isinstance(each, NotFound) for each in outcome) == 2
    assert rows(world.database, sa.select(ScreenerVersion.number)) == [(1,)]


def test_whoever_opens_the_builder_several_times_at_once_has_one_draft(world: World, desk: Desk) -> None:
    outcome = desk.race(*[lambda session: screeners.begin(session, world.researcher, "CHK", world.now)] * 4)
    assert all(isinstance(each, Building) for each in outcome)
    assert len(rows(world.database, sa.select(ScreenerDraft.id))) == 1
