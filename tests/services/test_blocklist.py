"""The blocklist: put on it and taken off it with a reason, and suggestions that somebody else decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.integrations.ports import Unavailable
from bot.jobs import governance as job
from bot.services import blocklist, governance
from domain.blocklist import Blocklist
from domain.contact_rules import Rule, RuleKind
from domain.errors import NotAllowed, NotFound, Stale
from domain.governance import ContactStatus
from domain.interview import InterviewStatus
from domain.roles import Actor, Role
from sandbox.slack.blockkit import message_offences
from storage.models import (
    Attendee,
    AuditEntry,
    BlocklistSuggestion,
    Participant,
    StudyCollaborator,
    TeamMember,
)
from tests.builders import World, counted_statements, rows
from tests.fakes import Outside
from tests.services.conftest import Desk
from tests.services.test_governance import enrolled

DAY = timedelta(days=1)
CHANNEL = "C0CORE"


@pytest.fixture
def outside(world: World) -> Outside:
    return Outside.of(world.database, world.now)


@pytest.fixture
def person(world: World) -> Participant:
    return world.participant("mara@example.com", "Mara Lindqvist")


def status(desk: Desk, person: Participant) -> ContactStatus:
    world = desk.world
    found = desk.do(lambda s: governance.evaluate(s, world.workspace_id, [person.id], world.now))
    return found[person.id].status


def suggested(desk: Desk, person: Participant, actor: Actor | None = None) -> int:
    world = desk.world
    return desk.do(lambda s: blocklist.suggest(s, actor or world.researcher, person.id, "was rude", world.now)).id


def listed(desk: Desk, actor: Actor, before: Any = None) -> Blocklist:
    return desk.do(lambda s: blocklist.listing(s, actor, before))


def audited(desk: Desk) -> list[tuple[str, str]]:
    found = sa.select(AuditEntry.action, AuditEntry.text).order_by(AuditEntry.id)
    return [(row[0].value, row[1]) for row in rows(desk.database, found)]


def test_somebody_is_put_on_the_list_and_taken_off_it_with_reasons(desk: Desk, person: Participant) -> None:
    world = desk.world
    for reason in ("", "   ", "x" * 1001):
        refusal = desk.refused(lambda s, r=reason: blocklist.block(s, world.admin, person.id, r, world.now))
        assert refusal.field == "reason"
    desk.do(lambda s: blocklist.block(s, world.admin, person.id, "made up answers", world.now))
    assert status(desk, person) is ContactStatus.IN_BLOCKLIST
    desk.refused(lambda s: blocklist.block(s, world.admin, person.id, "again", world.now))
    (one,) = listed(desk, world.admin).blocked
    assert (one.person.label, one.at, one.reason) == ("Mara Lindqvist", world.now, "made up answers")
    desk.do(lambda s: blocklist.unblock(s, world.admin, person.id, "it was another person", world.now))
    assert status(desk, person) is ContactStatus.FREE_TO_CONTACT
    desk.refused(lambda s: blocklist.unblock(s, world.admin, person.id, "again", world.now))
    assert audited(desk) == [
        ("blocked", "put P1 on the blocklist: made up answers"),
        ("unblocked", "took P1 off the blocklist: it was another person"),
    ]


def test_only_admins_and_ops_decide_and_only_in_their_workspace(
    desk: Desk, elsewhere: World, person: Participant
) -> None:
    world = desk.world
    enrolled(desk, person)
    suggestion = suggested(desk, person)
    for role in (Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER):
        who = world.people[role]
        desk.refused(lambda s, a=who: blocklist.block(s, a, person.id, "why", world.now), NotAllowed)
        desk.refused(lambda s, a=who: blocklist.unblock(s, a, person.id, "why", world.now), NotAllowed)
        desk.refused(lambda s, a=who: blocklist.decide(s, a, suggestion, world.now, is_approved=True), NotAllowed)
    there = elsewhere.admin
    desk.refused(lambda s: blocklist.block(s, there, person.id, "why", world.now), NotFound)
    desk.refused(lambda s: blocklist.decide(s, there, suggestion, world.now, is_approved=True), NotFound)
    assert listed(desk, there) == Blocklist((), (), None, 0, may_decide=True)


def test_a_booked_session_stays_and_its_team_hears_of_it(desk: Desk, outside: Outside) -> None:
    world = desk.world
    interview = world.book(timedelta(days=2), email="mara@example.com")
    ((id_,),) = rows(world.database, sa.select(Participant.id))
    shown, booked = desk.do(lambda s: blocklist.to_block(s, world.admin, id_, world.now))
    assert (shown.alias, booked[0].partition(" on ")[0]) == ("P1", "CHK-1")
    desk.do(lambda s: blocklist.block(s, world.admin, id_, "was rude", world.now))
    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    assert rows(world.database, sa.select(Attendee.outcome).where(Attendee.participant_id == id_))
    outside.deliver()
    (told,) = [text for text in outside.slack.said_in(CHANNEL) if "blocklist" in text]
    assert told.startswith("P1 is on the blocklist now. CHK-1 with them stays booked")
    assert "Mara" not in told
    assert "rude" not in told


def test_a_suggestion_is_posted_by_alias_and_somebody_else_decides(
    desk: Desk, outside: Outside, person: Participant
) -> None:
    world = desk.world
    ops = world.people[Role.OPS_MANAGER]
    enrolled(desk, person)
    suggestion = suggested(desk, person, ops)
    outside.deliver()
    (post,) = outside.slack.channel(CHANNEL).messages.values()
    assert list(message_offences(post["blocks"])) == []
    assert "P1 for the blocklist" in post["text"]
    assert "Mara" not in str(post)
    assert [element["text"]["text"] for element in post["blocks"][1]["elements"]] == ["Approve", "Decline"]
    own = desk.refused(lambda s: blocklist.decide(s, ops, suggestion, world.now, is_approved=True), NotAllowed)
    assert own.message == "You suggested P1 for the blocklist yourself: somebody else decides."
    assert listed(desk, ops).suggested[0].is_own
    desk.do(lambda s: blocklist.decide(s, world.admin, suggestion, world.now, is_approved=True))
    assert status(desk, person) is ContactStatus.IN_BLOCKLIST
    outside.deliver()
    (post,) = outside.slack.channel(CHANNEL).messages.values()
    assert f"decided by {world.admin.name}" in str(post["blocks"])
    assert "Approve" not in str(post["blocks"])
    late = desk.refused(lambda s: blocklist.decide(s, world.admin, suggestion, world.now, is_approved=False), Stale)
    assert late.message == f"{world.admin.name} has approved it already."


def test_a_declined_suggestion_changes_nothing_and_another_may_be_made(desk: Desk, person: Participant) -> None:
    world = desk.world
    enrolled(desk, person)
    first = suggested(desk, person)
    assert "already" in desk.refused(lambda s: blocklist.suggest(s, world.admin, person.id, "x", world.now)).message
    desk.do(lambda s: blocklist.decide(s, world.admin, first, world.now, is_approved=False))
    assert status(desk, person) is ContactStatus.FREE_TO_CONTACT
    assert suggested(desk, person) != first
    assert audited(desk) == []


def test_who_decides_first_counts_when_two_decide_at_once(desk: Desk, person: Participant) -> None:
    world = desk.world
    enrolled(desk, person)
    one = suggested(desk, person)
    ops = world.people[Role.OPS_MANAGER]
    results = desk.race(
        lambda s: blocklist.decide(s, world.admin, one, world.now, is_approved=True),
        lambda s: blocklist.decide(s, ops, one, world.now, is_approved=False),
    )
    assert [type(each).__name__ for each in results].count("Stale") == 1


def test_putting_somebody_on_the_list_by_hand_decides_what_waits(desk: Desk, person: Participant) -> None:
    world = desk.world
    enrolled(desk, person)
    suggested(desk, person)
    desk.do(lambda s: blocklist.block(s, world.admin, person.id, "saw it", world.now))
    ((approved, by),) = rows(desk.database, sa.select(BlocklistSuggestion.is_approved, BlocklistSuggestion.decided_by))
    assert (approved, by) == (True, world.admin.name)
    assert listed(desk, world.admin).waiting == 0


def test_who_manages_none_of_their_studies_suggests_nobody(desk: Desk, person: Participant) -> None:
    world = desk.world
    enrolled(desk, person)
    collaborator = world.people[Role.COLLABORATOR]
    desk.refused(lambda s: blocklist.suggest(s, collaborator, person.id, "why", world.now), NotAllowed)
    desk.refused(lambda s: blocklist.listing(s, world.observer), NotAllowed)
    with desk.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id))
    assert suggested(desk, person, collaborator)


def test_a_suggestion_goes_to_the_team_of_the_study_that_it_comes_from(desk: Desk, outside: Outside) -> None:
    world = desk.world
    person = world.participant("mara@example.com")
    collaborator = world.people[Role.COLLABORATOR]
    other = world.team("Growth", "C0GROW", collaborator)
    theirs = world.study("GRO", "Growth", team_id=other.id, owner_id=world.admin.member_id)
    enrolled(desk, person, theirs.id)
    enrolled(desk, person, no_showed_at=world.now)
    with desk.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=theirs.id, member_id=collaborator.member_id))
    suggested(desk, person, collaborator)
    outside.deliver()
    assert len(outside.slack.said_in("C0GROW")) == 1
    assert outside.slack.said_in(CHANNEL) == []


def no_shows(desk: Desk, person: Participant, *days_ago: int) -> None:
    """Let the person not have come to sessions of a study of their own each."""
    world = desk.world
    for days in days_ago:
        study = world.study(f"N{next(world.numbers)}", "No")
        enrolled(desk, person, study.id, no_showed_at=world.now - DAY * days)


def test_callsheet_suggests_after_no_shows_once_for_each_streak(
    desk: Desk, outside: Outside, person: Participant
) -> None:
    world = desk.world
    rule = Rule(RuleKind.SUGGEST_BLOCKLIST, 90, 2)
    desk.do(lambda s: governance.add_rule(s, world.admin, rule, world.now))
    no_shows(desk, person, 100, 5)
    job.sweep(desk.database, world.now)
    assert listed(desk, world.admin).waiting == 0
    no_shows(desk, person, 3)
    for _ in range(3):
        job.sweep(desk.database, world.now)
    (one,) = listed(desk, world.admin).suggested
    assert (one.author, one.reason, one.is_own) == ("Callsheet", "did not come twice within 90 days", False)
    outside.deliver()
    assert outside.slack.said_in(CHANNEL) == ["Callsheet suggests P1 for the blocklist"]
    desk.do(lambda s: blocklist.decide(s, world.admin, one.id, world.now, is_approved=False))
    governed(desk, person)
    assert listed(desk, world.admin).waiting == 0, "the same no-shows are not held against them again"
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(BlocklistSuggestion).values(at=world.now - 4 * DAY))
    no_shows(desk, person, 1)
    governed(desk, person)
    assert listed(desk, world.admin).waiting == 1, "two more since then are"


def governed(desk: Desk, person: Participant) -> None:
    """Look at the person again."""
    desk.do(lambda s: governance.touched(s, [person.id], desk.world.now))
    job.sweep(desk.database, desk.world.now)


def test_the_list_is_paged_the_latest_first_and_names_nobody_to_who_may_not_know(desk: Desk) -> None:
    world = desk.world
    people = [
        world.participant(
            f"q{n:02}@example.com", f"Person {n:02}", blocklisted_at=world.now - DAY * (n // 2), blocklist_reason="why"
        )
        for n in range(25)
    ]
    seen, before = [], None
    while True:
        page = listed(desk, world.admin, before)
        seen += [one.person.id for one in page.blocked]
        before = page.older
        if before is None:
            break
    assert sorted(seen) == sorted(person.id for person in people)
    assert len(seen) == len(set(seen))
    ages = {person.id: n // 2 for n, person in enumerate(people)}
    assert [ages[id_] for id_ in seen] == sorted(ages.values())
    enrolled(desk, people[3])
    assert [one.person.label for one in listed(desk, world.researcher).blocked] == ["Person 03"]
    colleague = world.member(Role.RESEARCHER)
    with desk.database.unit_of_work() as session:
        session.add(TeamMember(team_id=world.team_id, member_id=colleague.member_id))
    (masked,) = listed(desk, colleague).blocked
    assert (masked.person.label, masked.reason) == (masked.person.alias, None)


def test_the_list_takes_the_same_number_of_statements_however_long_it_is(desk: Desk) -> None:
    world = desk.world
    numbers = []
    for count in (1, 9):
        for _ in range(count):
            one = world.participant(f"q{next(world.numbers)}@example.com", blocklisted_at=world.now)
            other = world.participant(f"q{next(world.numbers)}@example.com")
            enrolled(desk, other)
            assert one.id
            suggested(desk, other)
        with counted_statements(world.database) as statements:
            listed(desk, world.admin)
        numbers.append(len(statements))
    assert numbers[1] <= numbers[0] + 1


def test_neither_the_channel_nor_the_audit_log_reads_the_name_or_address_that_a_reason_has(
    desk: Desk, person: Participant, outside: Outside
) -> None:
    world, reason = desk.world, "Mara (mara@example.com, +1 212 555 0100) was rude on 2026-11-02"
    enrolled(desk, person)
    made = desk.do(lambda s: blocklist.suggest(s, world.researcher, person.id, reason, world.now))
    outside.deliver()
    desk.do(lambda s: blocklist.decide(s, world.admin, made.id, world.now, is_approved=True))
    outside.deliver()
    told = " ".join([str(outside.slack.channel(CHANNEL).messages), *(text for _, text in audited(desk))])
    assert "was rude on 2026-11-02" in told
    for personal in ("Mara", "mara@example.com", "555"):
        assert personal not in told
    (one,) = listed(desk, world.admin).blocked
    assert one.reason == reason


def test_a_post_whose_fate_was_unknown_is_found_and_says_what_was_decided_meanwhile(
    desk: Desk, person: Participant, outside: Outside
) -> None:
    world = desk.world
    enrolled(desk, person)
    outside.slack.fail("chat.postMessage", Unavailable("The line went dead.", went_out=None))
    made = suggested(desk, person)
    outside.deliver()
    desk.do(lambda s: blocklist.decide(s, world.admin, made, world.now, is_approved=False))
    outside.clock.move(timedelta(minutes=30))
    outside.deliver()
    (post,) = outside.slack.channel(CHANNEL).messages.values()
    assert world.admin.name in str(post["blocks"])
    assert "actions" not in [block["type"] for block in post["blocks"]]
