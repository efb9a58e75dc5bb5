"""Somebody leaves: what they leave behind is told to those in charge, and can be handed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from bot.services import members, study_people, teams
from bot.services.members import Profile
from bot.services.teams import TeamValues
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor, Role
from domain.study import StudyStatus
from storage.members import find_actor
from storage.models import AuditEntry, Member, Study, StudyCollaborator
from tests.builders import SLACK_TEAM, World, rows
from tests.services.conftest import Desk


def leave(desk: Desk, actor: Actor, *, is_active: bool = False) -> None:
    profile = Profile(actor.slack_user_id, actor.name, None, "UTC", is_active=is_active)
    desk.do(lambda session: members.keep(session, desk.world.workspace_id, profile, desk.world.now))


def notices(desk: Desk) -> list[tuple[str, str]]:
    return [(row.payload["channel"], row.payload["text"]) for row in desk.outbox("slack_notice")]


def in_charge(world: World) -> list[str]:
    return [world.admin.slack_user_id, world.people[Role.OPS_MANAGER].slack_user_id]


def test_those_in_charge_hear_what_a_researcher_owns_and_hosts_and_how_to_hand_it_on(desk: Desk, world: World) -> None:
    world.study("PAY", "Payment")
    world.study("OLD", "Closed long ago", status=StudyStatus.CLOSED)
    world.book(timedelta(days=1))
    world.book(timedelta(days=2))
    leave(desk, world.researcher)
    told = notices(desk)
    assert [channel for channel, _ in told] == in_charge(world)
    text = told[0][1]
    assert f"<@{world.researcher.slack_user_id}> has left this Slack workspace." in text
    assert "They own CHK, PAY. Give each another owner: `/study owner CHK @somebody`" in text
    assert "They host CHK-1, CHK-2. Change the host: `/interview host CHK-1 @somebody`" in text


def test_they_may_do_nothing_any_more_and_come_back_as_observer(desk: Desk, world: World) -> None:
    leave(desk, world.researcher)
    with desk.database.reading() as session:
        assert find_actor(session, SLACK_TEAM, world.researcher.slack_user_id) is None
    leave(desk, world.researcher, is_active=True)
    with desk.database.reading() as session:
        back = find_actor(session, SLACK_TEAM, world.researcher.slack_user_id)
    assert back is not None
    assert back.role is Role.OBSERVER
    (entry,) = rows(desk.database, sa.select(AuditEntry.actor, AuditEntry.text))
    assert (entry.actor, "their role is no longer Researcher" in entry.text) == ("Callsheet", True)


def test_what_slack_says_twice_is_told_once(desk: Desk, world: World) -> None:
    leave(desk, world.researcher)
    leave(desk, world.researcher)
    assert len(notices(desk)) == 2


def test_who_leaves_nothing_behind_goes_unnoticed(desk: Desk, world: World) -> None:
    leave(desk, world.observer)
    assert notices(desk) == []


def test_who_is_taken_out_of_a_team_keeps_their_role_and_those_in_charge_hear_it(desk: Desk, world: World) -> None:
    stay = tuple(actor.slack_user_id for role, actor in world.people.items() if role is not Role.RESEARCHER)
    values = TeamValues("Core", "Europe/Berlin", member_slack_ids=stay)
    world.book(timedelta(days=1))
    desk.do(lambda session: teams.change(session, world.admin, world.team_id, values, world.now))
    assert "is no longer in the team Core" in notices(desk)[0][1]
    assert "They own CHK." in notices(desk)[0][1]
    assert rows(desk.database, sa.select(Member.role).where(Member.id == world.researcher.member_id)) == [
        (Role.RESEARCHER,)
    ]


def owner_of(desk: Desk) -> tuple[int, Sequence[int]]:
    found = rows(desk.database, sa.select(StudyCollaborator.member_id).order_by(StudyCollaborator.member_id))
    return rows(desk.database, sa.select(Study.owner_id).where(Study.key == "CHK"))[0][0], [row[0] for row in found]


def hand_on(desk: Desk, actor: Actor, to: Actor) -> None:
    desk.do(lambda session: study_people.change_owner(session, actor, "chk", to.slack_user_id, desk.world.now))


def test_a_study_is_handed_on_and_its_old_owner_goes_on_as_collaborator(desk: Desk, world: World) -> None:
    ops = world.people[Role.OPS_MANAGER]
    hand_on(desk, world.researcher, ops)
    assert owner_of(desk) == (ops.member_id, [world.researcher.member_id])
    assert "made you the owner of *CHK*" in notices(desk)[0][1]
    hand_on(desk, ops, world.researcher)
    assert owner_of(desk) == (world.researcher.member_id, [ops.member_id])


def test_who_has_left_does_not_go_on(desk: Desk, world: World) -> None:
    leave(desk, world.researcher)
    hand_on(desk, world.admin, world.people[Role.OPS_MANAGER])
    assert owner_of(desk) == (world.people[Role.OPS_MANAGER].member_id, [])


def refused(desk: Desk, actor: Actor, to: Actor, kind: type[RuleError] = RuleError) -> str:
    return desk.refused(
        lambda s: study_people.change_owner(s, actor, "CHK", to.slack_user_id, desk.world.now), kind
    ).message


def test_only_who_could_run_a_study_becomes_its_owner(desk: Desk, world: World) -> None:
    assert "is Observer, and can't own a study" in refused(desk, world.admin, world.observer)
    stranger = world.member(Role.RESEARCHER, name="Sol")
    assert "Sol is not in the team of CHK" in refused(desk, world.admin, stranger)
    assert "owns CHK already" in refused(desk, world.admin, world.researcher)
    gone = world.member(Role.ADMIN, name="Gil")
    leave(desk, gone)
    assert "Gil has left" in refused(desk, world.admin, gone)
    refused(desk, world.people[Role.COLLABORATOR], world.admin, NotAllowed)
    refused(desk, stranger, world.admin, NotFound)


def test_collaborators_are_exactly_those_who_are_named(desk: Desk, world: World) -> None:
    both = (world.people[Role.COLLABORATOR].slack_user_id, world.observer.slack_user_id)

    def change(*ids: str) -> None:
        desk.do(lambda s: study_people.change_collaborators(s, world.researcher, "CHK", ids, world.now))

    change(*both, world.researcher.slack_user_id)
    assert owner_of(desk)[1] == [world.people[Role.COLLABORATOR].member_id, world.observer.member_id]
    change(both[1])
    assert owner_of(desk)[1] == [world.observer.member_id]
    change()
    assert owner_of(desk)[1] == []
