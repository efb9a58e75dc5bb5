"""Rules of contact: changing them, what they say of people, overriding them, and what members set by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.jobs import governance as job
from bot.services import eligibility, governance, overrides, record, statuses, studies
from bot.services.statuses import Why
from domain.contact_rules import Rule, RuleKind
from domain.errors import NotAllowed, NotFound, RuleError
from domain.governance import ContactStatus, Evaluation
from domain.participant import Cause, ParticipantStatus
from domain.roles import Role
from domain.study import StudyAction, StudyStatus, StudyType
from storage import participants
from storage.models import (
    AuditEntry,
    Enrolment,
    GovernanceOverride,
    Participant,
    SentInvitation,
    StatusChange,
    StudyCollaborator,
    TeamMember,
)
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

K, S, C = RuleKind, ParticipantStatus, ContactStatus
DAY = timedelta(days=1)


def rule(desk: Desk, kind: RuleKind, days: int, *more: Any) -> Rule:
    """A new rule of the workspace."""
    world = desk.world
    return desk.do(lambda s: governance.add_rule(s, world.admin, Rule(kind, days, *more), world.now))


def enrolled(desk: Desk, person: Participant, study_id: int | None = None, **values: Any) -> int:
    """The id of the person's new enrolment, as something has made it."""
    world = desk.world
    place = (study_id or world.study_id, person.id)
    with world.database.unit_of_work() as session:
        ids = statuses.enrol(session, {place: S.NOT_CONTACTED}, Why(Cause.ADDED, record.by_callsheet(world.now)))
        enrolment = session.get_one(Enrolment, ids[place])
        for column, value in values.items():
            setattr(enrolment, column, value)
        return enrolment.id


def invited(desk: Desk, person: Participant, key: str, *days_ago: int) -> None:
    """Let the person have been invited to another study, so many days ago."""
    study = desk.world.study(key, key.title())
    enrolment_id = enrolled(desk, person, study.id, status=S.INTERVIEW_INVITED)
    with desk.database.unit_of_work() as session:
        session.add_all(
            SentInvitation(participant_id=person.id, enrolment_id=enrolment_id, at=desk.world.now - DAY * days)
            for days in days_ago
        )


def said(desk: Desk, person: Participant, study_id: int | None = None, later: timedelta = timedelta()) -> Evaluation:
    world = desk.world
    found = desk.do(lambda s: governance.evaluate(s, world.workspace_id, [person.id], world.now + later, study_id))
    return found[person.id]


def sweep(desk: Desk, later: timedelta = timedelta()) -> int:
    return job.sweep(desk.database, desk.world.now + later)


def stands(desk: Desk, enrolment_id: int) -> ParticipantStatus:
    with desk.database.reading() as session:
        return session.get_one(Enrolment, enrolment_id).status


def recheck(desk: Desk, person: Participant) -> Any:
    with desk.database.reading() as session:
        return session.get_one(Participant, person.id).recheck_at


def audited(desk: Desk, action: str) -> list[str]:
    found = sa.select(AuditEntry.text).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return [row[0] for row in rows(desk.database, found)]


def test_only_admins_and_ops_change_rules_and_it_is_kept_who_did(desk: Desk) -> None:
    world = desk.world
    for role in (Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER):
        actor = world.people[role]
        new = Rule(K.MOST_INVITATIONS, 30, 2)
        desk.refused(lambda s, a=actor, r=new: governance.add_rule(s, a, r, world.now), NotAllowed)
    one = rule(desk, K.MOST_INVITATIONS, 30, 2)
    ops = world.people[Role.OPS_MANAGER]
    desk.do(lambda s: governance.change_rule(s, ops, Rule(one.kind, 60, 3, id=one.id), world.now))
    desk.do(lambda s: governance.remove_rule(s, ops, one.id, world.now))
    desk.refused(lambda s: governance.remove_rule(s, ops, one.id, world.now), NotFound)
    texts = audited(desk, "changed_rules")
    assert [text.split(":")[0] for text in texts] == ["added a rule", "changed a rule", "removed a rule"]
    assert "twice within 30 days" in texts[1]
    assert "3 times within 60 days" in texts[1]


def test_rules_of_another_workspace_are_neither_seen_nor_changed(desk: Desk, elsewhere: World) -> None:
    one = rule(desk, K.COOLDOWN_AFTER_INVITATION, 30)
    desk.refused(lambda s: governance.remove_rule(s, elsewhere.admin, one.id, elsewhere.now), NotFound)
    assert desk.do(lambda s: governance.listing(s, elsewhere.admin)).rules == ()
    person = desk.world.participant("mara@example.com")
    assert desk.do(lambda s: governance.evaluate(s, elsewhere.workspace_id, [person.id], elsewhere.now)) == {}
    desk.refused(
        lambda s: governance.evaluate(s, elsewhere.workspace_id, [person.id], elsewhere.now, desk.world.study_id),
        NotFound,
    )


def test_what_is_stored_of_people_is_what_the_rules_look_at(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    invited(desk, person, "OLD", 40, 10, 3)
    paid = world.study("PAY", "Paid", incentive_amount_minor=6000, incentive_currency="EUR", type=StudyType.SURVEY)
    enrolled(desk, person, paid.id, status=S.SURVEY_COMPLETED, took_part_at=world.now - 5 * DAY)
    for each in (
        (K.MOST_INVITATIONS, 30, 2),
        (K.MOST_PARTICIPATIONS, 30, 1, None, StudyType.SURVEY),
        (K.COOLDOWN_AFTER_INVITATION, 14),
        (K.COOLDOWN_AFTER_TAKING_PART, 14),
        (K.INCENTIVE_CAP, 365, 6000, "EUR"),
    ):
        rule(desk, *each)
    found = said(desk, person)
    assert found.status is C.DO_NOT_CONTACT
    assert {reason.rule.kind for reason in found.reasons if reason.rule} == set(K) - {K.SUGGEST_BLOCKLIST}
    assert "was invited twice within 30 days; at most 2 are allowed" in found.reasons[0].text
    assert found.clears_at == world.now + 9 * DAY
    assert said(desk, person, later=400 * DAY).is_free


def test_it_takes_as_many_statements_for_a_thousand_as_for_ten(desk: Desk) -> None:
    world = desk.world
    for each in ((K.MOST_INVITATIONS, 30, 2), (K.MOST_PARTICIPATIONS, 30, 1), (K.SUGGEST_BLOCKLIST, 30, 1)):
        rule(desk, *each)
    other = world.study("OTH", "Other")
    ids = crowd(desk, 1010, other.id)
    numbers = []
    for some in (ids[:10], ids[10:]):
        with counted_statements(world.database) as statements:
            found = desk.do(lambda s, i=some: governance.evaluate(s, world.workspace_id, i, world.now, world.study_id))
        assert len(found) == len(some)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 7


def crowd(desk: Desk, number: int, other_id: int) -> list[int]:
    """People in the study who took part in another one."""
    world, why = desk.world, Why(Cause.ADDED, record.by_callsheet(desk.world.now))
    profiles = [Profile(f"c{n}@example.com") for n in range(number)]
    with world.database.unit_of_work() as session:
        ids = [id_ for id_, _ in participants.add_all(session, world.workspace_id, profiles, world.now).values()]
        for study_id in (world.study_id, other_id):
            statuses.enrol(session, {(study_id, id_): S.NOT_CONTACTED for id_ in ids}, why)
        of_other = sa.update(Enrolment).where(Enrolment.study_id == other_id)
        session.execute(of_other.values(status=S.INTERVIEW_COMPLETED, took_part_at=world.now - DAY))
    return ids


def test_an_override_holds_for_one_study_and_lets_the_enrolment_follow_at_once(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    invited(desk, person, "OLD", 3)
    other = world.study("NEW", "New")
    here, there = enrolled(desk, person), enrolled(desk, person, other.id)
    sweep(desk)
    assert (stands(desk, here), stands(desk, there)) == (S.NOT_ELIGIBLE, S.NOT_ELIGIBLE)
    found = desk.do(lambda s: overrides.override(s, world.researcher, here, "only she knows it", world.now))
    assert (found.is_overridden, found.status) == (True, C.FREE_TO_CONTACT)
    assert (stands(desk, here), stands(desk, there)) == (S.NOT_CONTACTED, S.NOT_ELIGIBLE)
    assert not said(desk, person, other.id).is_free
    assert audited(desk, "overrode") == ["overrode the rules of contact for P1 in CHK"]
    sweep(desk, DAY)
    assert stands(desk, here) is S.NOT_CONTACTED, "the sweep lets it stand"
    desk.do(lambda s: overrides.end_override(s, world.researcher, here, world.now + DAY))
    assert stands(desk, here) is S.NOT_ELIGIBLE
    ((reason, ended),) = rows(desk.database, sa.select(GovernanceOverride.reason, GovernanceOverride.ended_at))
    assert (reason, ended) == ("only she knows it", world.now + DAY), "it is kept"
    desk.refused(lambda s: overrides.end_override(s, world.researcher, here, world.now + DAY), NotFound)


def test_an_override_needs_a_reason_a_role_and_the_study(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    person = world.participant("mara@example.com", do_not_contact_reason="busy")
    here = enrolled(desk, person)
    with desk.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=world.people[Role.COLLABORATOR].member_id))
    no_reason = desk.refused(lambda s: overrides.override(s, world.researcher, here, "  ", world.now))
    assert (no_reason.field, no_reason.message.partition(":")[0]) == ("reason", "Say why")
    for role in (Role.COLLABORATOR, Role.OBSERVER):
        actor = world.people[role]
        desk.refused(lambda s, a=actor: overrides.override(s, a, here, "why", world.now), NotAllowed)
    stranger = world.member(Role.RESEARCHER)
    world.team("Other", "C0OTHER", stranger)
    desk.refused(lambda s: overrides.override(s, stranger, here, "why", world.now), NotFound)
    desk.refused(lambda s: overrides.override(s, elsewhere.admin, here, "why", world.now), NotFound)
    colleague = world.member(Role.RESEARCHER)
    with desk.database.unit_of_work() as session:
        session.add(TeamMember(team_id=world.team_id, member_id=colleague.member_id))
    desk.refused(lambda s: overrides.override(s, colleague, here, "why", world.now), NotAllowed)
    assert rows(desk.database, sa.select(GovernanceOverride.id)) == []


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        ({"blocklisted_at": True}, "P1 is on the blocklist: that can't be overridden."),
        ({"opted_out_at": True}, "P1 has opted out: that can't be overridden."),
        ({"bounced_at": True}, "P1 has an address that mail does not reach: that can't be overridden."),
        ({}, "P1 may be contacted for CHK: there is nothing to override."),
    ],
)
def test_what_can_not_be_overridden_says_so(desk: Desk, fact: dict[str, bool], sentence: str) -> None:
    world = desk.world
    person = world.participant("mara@example.com", **dict.fromkeys(fact, world.now))
    here = enrolled(desk, person)
    refusal = desk.refused(lambda s: overrides.override(s, world.admin, here, "why", world.now))
    assert refusal.message == sentence


def test_do_not_contact_is_said_and_taken_back_with_what_that_takes(desk: Desk) -> None:
    world, person = desk.world, desk.world.participant("mara@example.com")
    collaborator = world.people[Role.COLLABORATOR]
    here = enrolled(desk, person)
    desk.refused(lambda s: overrides.do_not_contact(s, collaborator, person.id, "asked so", world.now), NotAllowed)
    with desk.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id))
    assert desk.refused(lambda s: overrides.do_not_contact(s, collaborator, person.id, "", world.now)).field == "reason"
    desk.do(lambda s: overrides.do_not_contact(s, collaborator, person.id, "asked so", world.now))
    assert said(desk, person).sentences("UTC", world.now) == ("is not to be contacted: asked so",)
    sweep(desk)
    assert stands(desk, here) is S.NOT_ELIGIBLE
    desk.refused(lambda s: overrides.may_contact_again(s, collaborator, person.id, world.now), NotAllowed)
    desk.do(lambda s: overrides.may_contact_again(s, world.researcher, person.id, world.now))
    sweep(desk)
    assert stands(desk, here) is S.NOT_CONTACTED
    assert len(audited(desk, "changed_details")) == 2


def test_a_cooldown_by_hand_ends_with_its_last_day_where_whoever_set_it_is(desk: Desk) -> None:
    world, person = desk.world, desk.world.participant("mara@example.com")
    here, actor = enrolled(desk, person), world.researcher
    today = world.now.date()
    for until, wrong in ((today - DAY, "over"), (today + 800 * DAY, "730")):
        refusal = desk.refused(lambda s, u=until: overrides.cool_down(s, actor, person.id, u, world.now))
        assert (refusal.field, wrong in refusal.message) == ("until", True)
    until = date(today.year, today.month, today.day) + 3 * DAY
    desk.do(lambda s: overrides.cool_down(s, actor, person.id, until, world.now))
    end = said(desk, person).clears_at
    assert end is not None
    assert end.astimezone(ZoneInfo(actor.time_zone)).time().isoformat() == "00:00:00"
    sweep(desk)
    assert (stands(desk, here), recheck(desk, person)) == (S.NOT_ELIGIBLE, end)
    job.sweep(desk.database, end - timedelta(microseconds=1))
    assert stands(desk, here) is S.NOT_ELIGIBLE
    job.sweep(desk.database, end)
    assert stands(desk, here) is S.NOT_CONTACTED


def test_enrolments_follow_when_something_happens_and_when_the_clock_moves_on(desk: Desk) -> None:
    world, person = desk.world, desk.world.participant("mara@example.com")
    rule(desk, K.MOST_INVITATIONS, 30, 2)
    here = enrolled(desk, person)
    invited(desk, person, "ONE", 20)
    sweep(desk)
    assert (stands(desk, here), recheck(desk, person)) == (S.NOT_CONTACTED, None)
    invited(desk, person, "TWO", 1)
    sweep(desk)
    assert (stands(desk, here), recheck(desk, person)) == (S.NOT_ELIGIBLE, world.now + 10 * DAY)
    assert sweep(desk, 10 * DAY - timedelta(seconds=1)) == 0
    assert sweep(desk, 10 * DAY) == 1
    assert (stands(desk, here), recheck(desk, person)) == (S.NOT_CONTACTED, None)
    history = sa.select(StatusChange.to, StatusChange.cause, StatusChange.actor).where(
        StatusChange.enrolment_id == here, StatusChange.cause == Cause.GOVERNANCE
    )
    assert [tuple(row) for row in rows(desk.database, history.order_by(StatusChange.id))] == [
        (S.NOT_ELIGIBLE, Cause.GOVERNANCE, "Callsheet"),
        (S.NOT_CONTACTED, Cause.GOVERNANCE, "Callsheet"),
    ]


@pytest.mark.parametrize("status", [*StudyStatus])
def test_enrolments_of_closed_studies_stay_where_they_are(desk: Desk, status: StudyStatus) -> None:
    person = desk.world.participant("mara@example.com", do_not_contact_reason="busy")
    here = enrolled(desk, person)
    desk.change(desk.study(), status=status)
    sweep(desk)
    assert stands(desk, here) is (S.NOT_CONTACTED if status is StudyStatus.CLOSED else S.NOT_ELIGIBLE)


def test_a_study_that_is_reopened_follows_the_rules_again(desk: Desk) -> None:
    world, person = desk.world, desk.world.participant("mara@example.com")
    here = enrolled(desk, person)
    desk.change(desk.study(), status=StudyStatus.CLOSED)
    desk.do(lambda s: overrides.do_not_contact(s, world.admin, person.id, "busy", world.now))
    sweep(desk)
    assert stands(desk, here) is S.NOT_CONTACTED
    desk.do(lambda s: studies.change_status(s, world.admin, world.study_id, StudyAction.RESUME, world.now))
    sweep(desk)
    assert stands(desk, here) is S.NOT_ELIGIBLE


def test_only_who_is_not_contacted_yet_becomes_not_eligible(desk: Desk) -> None:
    person = desk.world.participant("mara@example.com", do_not_contact_reason="busy")
    here = enrolled(desk, person, status=S.INTERVIEW_INVITED)
    sweep(desk)
    assert stands(desk, here) is S.INTERVIEW_INVITED


def test_a_changed_rule_looks_at_everybody_in_its_workspace_again(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    people = [world.participant(f"q{n}@example.com") for n in range(5)]
    for n, person in enumerate(people):
        invited(desk, person, f"O{n}", 3)
    here = [enrolled(desk, person) for person in people]
    theirs = elsewhere.participant("them@example.com")
    invited(Desk(elsewhere), theirs, "OTH", 3)
    there = enrolled(Desk(elsewhere), theirs)
    sweep(desk)
    assert {stands(desk, id_) for id_ in here} == {S.NOT_CONTACTED}
    one = rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    assert sweep(desk) == 5
    assert {stands(desk, id_) for id_ in here} == {S.NOT_ELIGIBLE}
    assert stands(desk, there) is S.NOT_CONTACTED
    assert sweep(desk) == 0
    desk.do(lambda s: governance.remove_rule(s, world.admin, one.id, world.now))
    sweep(desk)
    assert {stands(desk, id_) for id_ in here} == {S.NOT_CONTACTED}


def test_a_big_workspace_is_looked_at_in_several_turns(desk: Desk) -> None:
    """The last of more people than one turn takes is reached, and nobody is looked at twice."""
    world, number = desk.world, eligibility.PEOPLE + 1
    profiles = [Profile(f"c{n}@example.com") for n in range(number)]
    added = desk.do(lambda s: participants.add_all(s, world.workspace_id, profiles, world.now))
    last = max(id_ for id_, _ in added.values())
    with desk.database.unit_of_work() as session:
        person = session.get_one(Participant, last)
    invited(desk, person, "OLD", 3)
    here = enrolled(desk, person)
    sweep(desk)
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    assert sweep(desk) == number
    assert stands(desk, here) is S.NOT_ELIGIBLE
    assert world.workspace().recheck_after_id is None


def test_a_rule_changed_while_everybody_is_looked_at_begins_anew(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    invited(desk, person, "OLD", 3)
    enrolled(desk, person)
    one = rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    turn = desk.do(lambda s: eligibility.next_turn(s, world.workspace_id, 0))
    desk.do(lambda s: governance.change_rule(s, world.admin, Rule(one.kind, 2, id=one.id), world.now))
    desk.do(lambda s: eligibility.finish_turn(s, turn))
    assert world.workspace().recheck_after_id == 0, "the turn that began with the old rules counts for nothing"


def test_two_who_override_at_once_leave_one_override(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com", do_not_contact_reason="busy")
    here = enrolled(desk, person)
    sweep(desk)
    results = desk.race(
        lambda s: overrides.override(s, world.researcher, here, "mine", world.now),
        lambda s: overrides.override(s, world.admin, here, "mine, too", world.now),
    )
    assert [type(each) for each in results].count(RuleError) == 1
    assert len(rows(desk.database, sa.select(GovernanceOverride.id))) == 1
    assert stands(desk, here) is S.NOT_CONTACTED


def test_two_machines_sweep_at_once_and_each_enrolment_moves_once(desk: Desk) -> None:
    world = desk.world
    rule(desk, K.COOLDOWN_AFTER_TAKING_PART, 30)
    crowd(desk, 40, world.study("OTH", "Other").id)
    results = (
        desk.race(*[lambda _s: job.sweep(desk.database, world.now)] * 3)
        if not desk.database.is_sqlite
        else [job.sweep(desk.database, world.now) for _ in range(2)]
    )
    assert not [each for each in results if isinstance(each, Exception)]
    moved = rows(desk.database, sa.select(StatusChange.enrolment_id).where(StatusChange.cause == Cause.GOVERNANCE))
    assert len(moved) == len(set(moved)) == 40


def test_what_happens_while_somebody_is_looked_at_is_not_lost(desk: Desk) -> None:
    """A touch at the same instant as the sweep waits for it, or is seen by it."""
    world = desk.world
    person = world.participant("mara@example.com")
    enrolled(desk, person)

    def touch(session: Any) -> None:
        governance.touched(session, [person.id], world.now)
        session.execute(sa.update(Participant).where(Participant.id == person.id).values(do_not_contact_reason="busy"))

    desk.race(lambda s: eligibility.follow(s, world.workspace_id, [person.id], world.now), touch)
    sweep(desk)
    with desk.database.reading() as session:
        found = session.scalars(sa.select(Enrolment.status)).all()
    assert list(found) == [S.NOT_ELIGIBLE]


def test_a_sweep_takes_as_many_statements_for_a_thousand_as_for_ten(desk: Desk) -> None:
    world = desk.world
    rule(desk, K.COOLDOWN_AFTER_TAKING_PART, 30)
    rule(desk, K.SUGGEST_BLOCKLIST, 30, 2)
    ids = crowd(desk, 1010, world.study("OTH", "Other").id)
    numbers = []
    for some in (ids[:10], ids[10:]):
        with counted_statements(world.database) as statements:
            moved = desk.do(lambda s, i=some: eligibility.follow(s, world.workspace_id, i, world.now))
        assert moved == len(some)
        numbers.append(len(statements))
    assert numbers[1] <= numbers[0] + 3, "rows beyond a statement's parameters go in a few more"
