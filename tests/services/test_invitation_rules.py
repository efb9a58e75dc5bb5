"""Rules of contact when people are invited: who is held back and why, overriding it, rules that change meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.integrations.ports import Unavailable
from bot.services import governance, invitation_review, invitations, overrides, slots
from domain.contact_rules import RuleKind
from domain.errors import NotAllowed
from domain.invitation import Reason
from domain.mail import MailKind
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyStatus
from storage.models import (
    AuditEntry,
    Enrolment,
    GovernanceOverride,
    Participant,
    SentInvitation,
    Study,
    StudyCollaborator,
)
from tests.builders import counted_statements, rows
from tests.fakes import Outside
from tests.services.conftest import Desk
from tests.services.test_governance import crowd, enrolled, invited, rule, sweep
from tests.services.test_invitations import choose, review, send

K, S = RuleKind, ParticipantStatus
DAY = timedelta(days=1)


def override(desk: Desk, list_id: int, reason: str = "only they know it", role: Role = Role.RESEARCHER) -> int:
    world = desk.world
    return desk.do(lambda s: invitation_review.override(s, world.people[role], list_id, reason, world.now, None))


def people(desk: Desk) -> list[Participant]:
    """Free; in a cooldown; with too many invitations and in a cooldown; on the blocklist and in a cooldown."""
    world = desk.world
    found = [world.participant(f"q{n}@example.com", f"Person {n}") for n in range(3)]
    found.append(world.participant("q3@example.com", "Person 3", blocklisted_at=world.now))
    invited(desk, found[1], "ONE", 3)
    invited(desk, found[2], "TWO", 4, 5)
    invited(desk, found[3], "THR", 6)
    for person in found:
        enrolled(desk, person)
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    rule(desk, K.MOST_INVITATIONS, 30, 2)
    return found


@pytest.mark.parametrize("swept", [False, True])
def test_the_review_says_who_is_held_back_with_all_reasons(desk: Desk, swept: bool) -> None:
    found = people(desk)
    list_id = choose(desk, participant_ids=tuple(person.id for person in found))
    if swept:
        sweep(desk)
    shown = review(desk, list_id)
    assert [one.label for one in shown.sorted.going] == ["Person 0"]
    held = {group.reason: group for group in shown.sorted.held}
    assert {reason: group.first for reason, group in held.items()} == {
        Reason.IN_BLOCKLIST: ("Person 3",),
        Reason.DO_NOT_CONTACT: ("Person 2",),
        Reason.IN_COOLDOWN: ("Person 1",),
    }
    assert held[Reason.IN_COOLDOWN].until == desk.world.now + 11 * DAY
    assert dict(held[Reason.DO_NOT_CONTACT].why) == {
        "Nobody is invited who was invited to other studies twice within 30 days.": 1,
        "Nobody is invited who was invited to another study within 14 days.": 1,
    }
    assert shown.overridable == 2


def test_a_group_is_overridden_with_a_reason_and_goes_out(desk: Desk) -> None:
    found = people(desk)
    sweep(desk)
    list_id = choose(desk, participant_ids=tuple(person.id for person in found))
    review(desk, list_id)
    assert override(desk, list_id) == 2
    shown = review(desk, list_id)
    assert [one.label for one in shown.sorted.going] == ["Person 0", "Person 1", "Person 2"]
    assert [group.reason for group in shown.sorted.held] == [Reason.IN_BLOCKLIST]
    assert send(desk, list_id).number == 3
    assert len(rows(desk.database, sa.select(GovernanceOverride.id))) == 2
    texts = [row[0] for row in rows(desk.database, sa.select(AuditEntry.text).where(AuditEntry.action == "overrode"))]
    assert sorted(texts)[0] == "overrode the rules of contact for P2 in CHK"


def test_who_may_not_override_is_offered_nothing_and_refused(desk: Desk) -> None:
    world, found = desk.world, people(desk)
    collaborator = world.people[Role.COLLABORATOR]
    with desk.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id))
    list_id = choose(desk, collaborator, participant_ids=tuple(person.id for person in found))
    assert review(desk, list_id, collaborator).overridable == 0
    desk.refused(lambda s: invitation_review.override(s, collaborator, list_id, "why", world.now, None), NotAllowed)
    own = choose(desk, participant_ids=tuple(person.id for person in found))
    assert (
        desk.refused(lambda s: invitation_review.override(s, world.researcher, own, " ", world.now, None)).field
        == "reason"
    )
    override(desk, own)
    again = desk.refused(lambda s: invitation_review.override(s, world.researcher, own, "why", world.now, None))
    assert "overridden any more" in again.message


def test_an_invitation_is_not_held_back_by_the_cooldown_that_it_begins(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    enrolled(desk, person)
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    rule(desk, K.MOST_INVITATIONS, 30, 1)
    list_id = choose(desk, participant_ids=(person.id,))
    assert send(desk, list_id).number == 1
    outside = Outside.of(desk.database, world.now)
    outside.deliver()
    assert len(outside.mailer.sent) == 1
    here = enrolment_of(desk, person)
    found = desk.do(lambda s: slots.offered(s, here, world.now))
    assert found.hurdle is None or found.hurdle.value != "barred"
    other = world.study("OTH", "Other")
    said = desk.do(lambda s: governance.evaluate(s, world.workspace_id, [person.id], world.now, other.id))
    assert not said[person.id].is_free


def enrolment_of(desk: Desk, person: Participant) -> int:
    place = (Enrolment.participant_id == person.id) & (Enrolment.study_id == desk.world.study_id)
    return int(rows(desk.database, sa.select(Enrolment.id).where(place))[0][0])


def test_a_rule_changed_while_invitations_leave_holds_back_those_that_are_left_and_the_channel_hears_once(
    desk: Desk,
) -> None:
    world = desk.world
    persons = [world.participant(f"q{n}@example.com", f"Person {n}") for n in range(3)]
    for person in persons:
        enrolled(desk, person)
    for person, key in zip(persons[:2], ("ONE", "TWO"), strict=True):
        invited(desk, person, key, 3)
    send(desk, choose(desk, participant_ids=tuple(person.id for person in persons)))
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    outside = Outside.of(desk.database, world.now)
    outside.deliver()
    assert [mail.to for mail in outside.mailer.sent] == ["q2@example.com"]
    told = [text for text in outside.slack.said_in("C0CORE") if "did not go out" in text]
    assert len(told) == 1
    assert "P1 was invited within 14 days" in told[0]
    assert "Person" not in told[0]
    assert standing(desk, persons) == [S.NOT_CONTACTED, S.NOT_CONTACTED, S.INTERVIEW_INVITED]
    assert counted(desk, persons) == [0, 0, 1]
    outside.deliver()
    (card,) = [str(one) for one in outside.slack.channel("C0CORE").messages.values() if "Invited 1" in str(one)]
    assert "invited 1 person, " in card
    sweep(desk)
    assert standing(desk, persons) == [S.NOT_ELIGIBLE, S.NOT_ELIGIBLE, S.INTERVIEW_INVITED]


def standing(desk: Desk, persons: list[Participant]) -> list[ParticipantStatus]:
    places = sa.select(Enrolment.status).join(Participant, Participant.id == Enrolment.participant_id)
    here = Participant.id.in_([one.id for one in persons]) & (Enrolment.study_id == desk.world.study_id)
    return [row[0] for row in rows(desk.database, places.where(here).order_by(Participant.id))]


def counted(desk: Desk, persons: list[Participant]) -> list[int]:
    """How many invitations to the study the rules count of each."""
    found = sa.select(SentInvitation.id).where(SentInvitation.enrolment_id == sa.bindparam("enrolment"))
    return [len(rows(desk.database, found.params(enrolment=enrolment_of(desk, one)))) for one in persons]


def test_whose_second_invitation_is_held_back_stays_invited_as_before(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    enrolled(desk, person)
    outside = Outside.of(desk.database, world.now)
    send(desk, choose(desk, participant_ids=(person.id,)))
    outside.deliver()
    when = sa.select(Enrolment.invited_at).where(Enrolment.participant_id == person.id)
    first = rows(desk.database, when)[0][0]
    world.now = outside.clock.at = world.now + DAY
    send(desk, choose(desk, participant_ids=(person.id,)))
    invited(desk, person, "OLD", 3)
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    outside.deliver()
    assert len(outside.mailer.sent) == 1
    assert standing(desk, [person]) == [S.INTERVIEW_INVITED]
    assert counted(desk, [person]) == [1]
    assert rows(desk.database, when)[0][0] == first


def test_who_may_have_got_the_invitation_before_the_rule_came_stays_invited(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    enrolled(desk, person)
    outside = Outside.of(desk.database, world.now)
    send(desk, choose(desk, participant_ids=(person.id,)))
    outside.mailer.failing.append(Unavailable("The line went dead.", went_out=None))
    outside.deliver()
    invited(desk, person, "OLD", 3)
    rule(desk, K.COOLDOWN_AFTER_INVITATION, 14)
    outside.clock.move(timedelta(hours=1))
    outside.deliver()
    assert (standing(desk, [person]), counted(desk, [person])) == ([S.INTERVIEW_INVITED], [1])


def test_invitations_of_a_study_that_is_paused_meanwhile_are_taken_back_and_go_out_later(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    enrolled(desk, person)
    send(desk, choose(desk, participant_ids=(person.id,)))
    with desk.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).status = StudyStatus.PAUSED
    outside = Outside.of(desk.database, world.now)
    outside.deliver()
    assert outside.mailer.sent == []
    assert standing(desk, [person]) == [S.NOT_CONTACTED]
    assert [text for text in outside.slack.said_in("C0CORE") if "CHK is paused" in text]
    with desk.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).status = StudyStatus.ACTIVE
    world.now = outside.clock.at = world.now + DAY
    send(desk, choose(desk, participant_ids=(person.id,)))
    outside.deliver()
    assert len(outside.mailer.sent) == 1
    assert standing(desk, [person]) == [S.INTERVIEW_INVITED]


def test_an_overridden_do_not_contact_may_be_mailed_and_may_book(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com", do_not_contact_reason="busy")
    here = enrolled(desk, person)
    assert desk.do(lambda s: slots.offered(s, here, world.now)).hurdle is not None
    desk.do(lambda s: overrides.override(s, world.researcher, here, "she called", world.now))
    send(desk, choose(desk, participant_ids=(person.id,)))
    outside = Outside.of(desk.database, world.now)
    outside.deliver()
    assert len(outside.mailer.sent) == 1
    assert desk.do(lambda s: slots.offered(s, here, world.now)).hurdle is None
    desk.do(lambda s: overrides.end_override(s, world.researcher, here, world.now))
    assert desk.do(lambda s: slots.offered(s, here, world.now)).hurdle is not None


def test_a_review_and_an_override_take_as_many_statements_for_a_thousand_as_for_ten(desk: Desk) -> None:
    world = desk.world
    rule(desk, K.COOLDOWN_AFTER_TAKING_PART, 30)
    ids = crowd(desk, 1010, world.study("OTH", "Other").id)
    numbers = []
    for some in (ids[:10], ids[10:]):
        list_id = choose(desk, participant_ids=tuple(some))
        with counted_statements(world.database) as statements:
            assert review(desk, list_id).overridable == len(some)
            assert override(desk, list_id) == len(some)
        numbers.append(len(statements))
    assert numbers[1] <= numbers[0] + 8, "rows beyond a statement's parameters go in a few more"


def test_rules_of_contact_that_nobody_has_change_nothing(desk: Desk) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    here = enrolled(desk, person)
    invited(desk, person, "OLD", 1)
    with desk.database.reading() as session:
        enrolment = session.get_one(Enrolment, here)
        assert invitations.may_still_invite(session, enrolment, world.now, MailKind.SCHEDULER) is None
