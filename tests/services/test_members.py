"""Members: seen for the first time, kept current, given roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import members
from bot.services.members import Profile
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor, Role
from storage.members import find_actor, member_by_slack_id
from storage.models import Member
from tests.builders import SLACK_TEAM, World, rows
from tests.services.conftest import Desk


def seeing(world: World, user: str = "U0NEW", name: str = "kim") -> Callable[[Session], Actor | None]:
    return lambda session: members.first_seen(session, SLACK_TEAM, user, name, world.now)


def giving(world: World, actor: Actor, to: Actor, role: Role) -> Callable[[Session], Member]:
    return lambda session: members.set_role(session, actor, to.slack_user_id, role, world.now)


def role_of(world: World, person: Actor) -> Role:
    ((role,),) = rows(world.database, sa.select(Member.role).where(Member.id == person.member_id))
    return Role(role)


def test_somebody_new_becomes_an_observer_and_is_asked_for(desk: Desk, world: World) -> None:
    actor = desk.do(seeing(world))
    assert actor is not None
    assert (actor.role, actor.name, actor.time_zone) == (Role.OBSERVER, "kim", "UTC")
    (asked,) = desk.outbox("slack_member")
    assert asked.subject == "U0NEW"


def test_two_payloads_of_somebody_new_at_once_add_them_once(desk: Desk, world: World) -> None:
    first, second = desk.race(seeing(world), seeing(world))
    assert isinstance(first, Actor)
    assert first == second


def test_somebody_who_had_left_and_acts_again_is_back(desk: Desk, world: World) -> None:
    desk.do(
        lambda s: s.execute(sa.update(Member).where(Member.id == world.researcher.member_id).values(is_active=False))
    )
    with world.database.reading() as session:
        assert find_actor(session, SLACK_TEAM, world.researcher.slack_user_id) is None
    actor = desk.do(seeing(world, world.researcher.slack_user_id))
    assert actor == world.researcher, "with the name and the role that they had"
    with world.database.reading() as session:
        assert find_actor(session, SLACK_TEAM, world.researcher.slack_user_id) == world.researcher


def test_a_workspace_that_is_not_set_up_has_no_members(desk: Desk, world: World) -> None:
    assert desk.do(lambda s: members.first_seen(s, "T0NOBODY", "U0NEW", "kim", world.now)) is None
    assert desk.do(seeing(world, user="")) is None


def test_a_profile_is_taken_over_and_the_role_kept(desk: Desk, world: World) -> None:
    profile = Profile(world.admin.slack_user_id, "Ada", "Ada@Northwind.Example", "Asia/Tokyo", is_active=True)
    desk.do(lambda s: members.keep(s, world.workspace_id, profile, world.now))
    with world.database.reading() as session:
        actor = find_actor(session, SLACK_TEAM, world.admin.slack_user_id)
        member = member_by_slack_id(session, world.workspace_id, world.admin.slack_user_id)
    assert actor is not None
    assert member is not None
    assert (actor.name, actor.role, actor.time_zone) == ("Ada", Role.ADMIN, "Asia/Tokyo")
    assert member.email == "ada@northwind.example"


def test_who_was_deactivated_in_slack_may_nothing_any_more(desk: Desk, world: World) -> None:
    profile = Profile(world.admin.slack_user_id, "Ada", None, "Asia/Tokyo", is_active=False)
    desk.do(lambda s: members.keep(s, world.workspace_id, profile, world.now))
    with world.database.reading() as session:
        assert find_actor(session, SLACK_TEAM, world.admin.slack_user_id) is None


def test_an_admin_gives_roles(desk: Desk, world: World) -> None:
    desk.do(giving(world, world.admin, world.observer, Role.RESEARCHER))
    assert role_of(world, world.observer) is Role.RESEARCHER


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_gives_roles(desk: Desk, world: World, role: Role) -> None:
    desk.refused(giving(world, world.people[role], world.observer, Role.ADMIN), NotAllowed)
    assert role_of(world, world.observer) is Role.OBSERVER


def test_an_unknown_or_foreign_user_gets_no_role(desk: Desk, world: World, elsewhere: World) -> None:
    foreign = elsewhere.member(Role.OBSERVER)
    desk.do(lambda s: s.execute(sa.update(Member).where(Member.id == foreign.member_id).values(slack_user_id="U0FAR")))
    refusal = desk.refused(lambda s: members.set_role(s, world.admin, "U0FAR", Role.ADMIN, world.now), NotFound)
    assert (refusal.message, refusal.field) == (
        "Callsheet does not know that person yet. Ask them to type /callsheet once.",
        "member",
    )
    assert role_of(world, foreign) is Role.OBSERVER


def test_the_last_admin_stays_admin(desk: Desk, world: World) -> None:
    refusal = desk.refused(giving(world, world.admin, world.admin, Role.OBSERVER))
    assert refusal.message == "The last Admin can't be given another role. Make somebody else Admin first."
    second = world.member(Role.ADMIN)
    desk.do(giving(world, world.admin, world.admin, Role.OBSERVER))
    assert role_of(world, second) is Role.ADMIN


def test_an_admin_who_has_left_can_be_given_another_role(desk: Desk, world: World) -> None:
    gone = world.member(Role.ADMIN)
    desk.do(lambda s: s.execute(sa.update(Member).where(Member.id == gone.member_id).values(is_active=False)))
    desk.do(giving(world, world.admin, gone, Role.OBSERVER))
    assert role_of(world, gone) is Role.OBSERVER


def test_two_admins_who_step_down_at_once_leave_one(desk: Desk, world: World) -> None:
    second = world.member(Role.ADMIN)
    results = desk.race(
        giving(world, world.admin, world.admin, Role.OBSERVER), giving(world, second, second, Role.OBSERVER)
    )
    assert len([each for each in results if isinstance(each, RuleError)]) == 1
    assert sorted([role_of(world, world.admin), role_of(world, second)]) == [Role.ADMIN, Role.OBSERVER]
