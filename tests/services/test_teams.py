"""Teams: their settings, when their next digest is due, who belongs to them; and the first Admin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services import members as member_services
from bot.services import teams
from bot.services.members import Profile
from bot.services.teams import TeamValues, zones_called
from domain.errors import NotAllowed, NotFound
from domain.roles import Actor, Role
from storage import members
from storage.models import Member, OutboxRow, Team
from tests.builders import World, rows
from tests.services.conftest import Desk

VALUES = TeamValues(name="Growth", time_zone="America/New_York")


def test_a_team_is_created_in_its_channel_and_its_first_digest_is_due(desk: Desk) -> None:
    world = desk.world
    values = replace(VALUES, member_slack_ids=(world.observer.slack_user_id, "U0NEWCOMER"))
    team = desk.do(lambda s: teams.create(s, world.admin, "C0GROWTH", values, world.now))
    assert team.next_digest_at == datetime(2026, 11, 23, 14, tzinfo=UTC)
    with world.database.reading() as session:
        assert sorted(members.slack_ids_in_team(session, team.id)) == ["U00005", "U0NEWCOMER"]
        newcomer = members.member_by_slack_id(session, world.workspace_id, "U0NEWCOMER")
    assert newcomer is not None
    assert newcomer.role is Role.OBSERVER
    assert ("U0NEWCOMER",) in rows(world.database, sa.select(OutboxRow.subject))


def test_a_change_of_hour_days_or_zone_moves_the_next_digest(desk: Desk) -> None:
    world = desk.world

    def change(values: TeamValues) -> datetime | None:
        return desk.do(lambda s: teams.change(s, world.admin, world.team_id, values, world.now)).next_digest_at

    assert change(replace(VALUES, digest_hour=10, time_zone="Europe/Berlin")) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert change(replace(VALUES, digest_hour=9, time_zone="Europe/Berlin")) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    weekend = replace(VALUES, working_days=frozenset({5, 6}), time_zone="Asia/Tokyo")
    assert change(weekend) == datetime(2026, 11, 28, 0, tzinfo=UTC)
    assert change(replace(VALUES, working_days=frozenset())) is None


def test_members_are_exactly_those_who_were_chosen(desk: Desk) -> None:
    world = desk.world
    values = replace(VALUES, member_slack_ids=(world.admin.slack_user_id,))
    desk.do(lambda s: teams.change(s, world.admin, world.team_id, values, world.now))
    with world.database.reading() as session:
        assert members.slack_ids_in_team(session, world.team_id) == (world.admin.slack_user_id,)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Core"}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"tomorrow_from_hour": -1}, "tomorrow_from_hour"),
        ({"working_days": frozenset({7})}, "working_days"),
    ],
)
def test_what_is_wrong_with_settings_is_said_at_its_field(desk: Desk, values: dict[str, Any], field: str) -> None:
    world = desk.world
    given = replace(VALUES, **values)
    assert desk.refused(lambda s: teams.create(s, world.admin, "C0X", given, world.now)).field == field


def test_a_channel_has_one_team(desk: Desk) -> None:
    world = desk.world
    error = desk.refused(lambda s: teams.create(s, world.admin, "C0CORE", VALUES, world.now))
    assert error.message == "This is the channel of Core already."
    again = desk.do(lambda s: teams.ensure(s, world.admin, "C0CORE", VALUES, world.now))
    assert again.id == world.team_id
    assert len(rows(world.database, sa.select(Team.id))) == 1


def test_settings_are_for_admins_and_ops_of_the_workspace(desk: Desk, elsewhere: World) -> None:
    world = desk.world

    def change(actor: Actor) -> Any:
        return lambda s: teams.change(s, actor, world.team_id, VALUES, world.now)

    desk.refused(change(world.researcher), NotAllowed)
    desk.refused(lambda s: teams.to_settle(s, world.observer, "C0CORE"), NotAllowed)
    desk.refused(change(elsewhere.admin), NotFound)
    desk.do(change(world.people[Role.OPS_MANAGER]))


@pytest.mark.parametrize(
    ("typed", "first"), [("ber", "Europe/Berlin"), ("Europe/Ber", "Europe/Berlin"), ("new y", "America/New_York")]
)
def test_time_zones_are_found_by_city_and_by_whole_name(typed: str, first: str) -> None:
    assert first in zones_called(typed)
    assert len(zones_called("")) == 100


def without_admin(desk: Desk) -> None:
    desk.do(lambda s: s.execute(sa.update(Member).where(Member.role == Role.ADMIN).values(role=Role.OBSERVER)))


def test_a_slack_admin_becomes_the_first_admin_and_nobody_the_second(desk: Desk) -> None:
    world = desk.world
    slack_admin = Profile(world.observer.slack_user_id, "Olga", None, "UTC", is_active=True, is_slack_admin=True)
    desk.do(lambda s: member_services.keep(s, world.workspace_id, slack_admin, world.now))
    error = desk.refused(lambda s: member_services.become_admin(s, world.observer, world.now), NotAllowed)
    assert "has an Admin already: Admin 1" in error.message
    without_admin(desk)
    desk.refused(lambda s: member_services.become_admin(s, world.researcher, world.now), NotAllowed)
    assert desk.do(lambda s: member_services.may_become_admin(s, world.observer))
    desk.do(lambda s: member_services.become_admin(s, world.observer, world.now))
    with world.database.reading() as session:
        assert members.actor(session, world.observer.member_id).role is Role.ADMIN


def test_of_two_slack_admins_at_once_one_becomes_admin(desk: Desk) -> None:
    world = desk.world
    without_admin(desk)
    desk.do(lambda s: s.execute(sa.update(Member).values(is_slack_admin=True)))
    results = desk.race(
        lambda s: member_services.become_admin(s, world.observer, world.now).id,
        lambda s: member_services.become_admin(s, world.researcher, world.now).id,
    )
    assert sum(isinstance(result, NotAllowed) for result in results) == 1
