"""Statuses set by hand, of one or of many: reviewed, made, undone, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.jobs import housekeeping
from bot.services import status_changes, statuses
from bot.services.record import by_callsheet
from bot.services.status_changes import Choice, OneChange
from bot.services.statuses import Why
from domain.enrolment_list import Wanted
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import Cause, ParticipantStatus, Stage
from domain.roles import Actor, Role
from domain.status_changes import StatusesMade, StatusReview
from domain.study import StudyType
from storage import participants
from storage.models import AuditEntry, BulkChange, Enrolment, OutboxRow, StatusChange, StudyCollaborator
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

S = ParticipantStatus


def enrolled(world: World, *wanted: S, study_id: int | None = None, prefix: str = "p") -> list[int]:
    """People in the study who stand so, called Anna 0, Anna 1, …: their enrolments' ids."""
    at = study_id or world.study_id
    with world.database.unit_of_work() as session:
        profiles = [Profile(f"{prefix}{n}@example.com", f"Anna {n:04}") for n in range(len(wanted))]
        ids = participants.add_all(session, world.workspace_id, profiles, world.now)
        places = {(at, ids[one.email][0]): status for one, status in zip(profiles, wanted, strict=True)}
        found = participants.enrol_all(session, places, "Test", world.now - timedelta(days=1))
        return [found[place] for place in places]


def stand(world: World, ids: Sequence[int]) -> list[S]:
    found = dict(tuple(row) for row in rows(world.database, sa.select(Enrolment.id, Enrolment.status)))
    return [found[id_] for id_ in ids]


def reviewed(
    desk: Desk, to: S | None, ids: Sequence[int] = (), actor: Actor | None = None, **given: object
) -> StatusReview:
    who, world = actor or desk.world.researcher, desk.world
    choice = Choice(world.study_id, to, enrolment_ids=tuple(ids), **given)  # type: ignore[arg-type]

    def act(session):  # type: ignore[no-untyped-def]
        begun = status_changes.begin(session, who, choice, world.now)
        return status_changes.review(session, who, begun.bulk_id, world.now, begun.unknown)

    return desk.do(act)


def made(desk: Desk, bulk_id: int, actor: Actor | None = None) -> StatusesMade:
    return desk.do(lambda s: status_changes.make(s, actor or desk.world.researcher, bulk_id, desk.world.now))


def undone(desk: Desk, bulk_id: int, actor: Actor | None = None) -> StatusesMade:
    return desk.do(lambda s: status_changes.undo(s, actor or desk.world.researcher, bulk_id, desk.world.now))


def moved_meanwhile(desk: Desk, enrolment_id: int, to: S = S.OPTED_OUT, cause: Cause = Cause.UNSUBSCRIBED) -> None:
    def act(session):  # type: ignore[no-untyped-def]
        found = statuses.lock(session, [enrolment_id])
        statuses.move(session, [(one, to) for one in found], Why(cause, by_callsheet(desk.world.now)))

    desk.do(act)


def test_the_review_says_from_where_to_where_and_who_is_skipped_and_why(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.NOT_CONTACTED, S.STUDY_INVITED, S.OPTED_OUT, S.CANCELED)
    found = reviewed(desk, S.CANCELED, ids)
    assert [(leap.was, leap.to, leap.number) for leap in found.leaps] == [
        (S.NOT_CONTACTED, S.CANCELED, 2),
        (S.STUDY_INVITED, S.CANCELED, 1),
    ]
    assert found.first == ("Anna 0000", "Anna 0001", "Anna 0002")
    assert {(group.why, group.number, group.first) for group in found.skipped} == {
        ("This person has opted out; only they can change that.", 1, ("Anna 0003",)),
        ("The status is Canceled already.", 1, ("Anna 0004",)),
    }
    assert stand(desk.world, ids) == [S.NOT_CONTACTED, S.NOT_CONTACTED, S.STUDY_INVITED, S.OPTED_OUT, S.CANCELED]


@pytest.mark.parametrize(
    ("was", "to", "sentence"),
    [
        (S.INCENTIVE_SENT, S.CANCELED, "The incentive has been sent: there is no step back."),
        (S.INTERVIEW_COMPLETED, S.INCENTIVE_SENT, "Incentive Sent is set by a payment, never by hand."),
        (S.NOT_CONTACTED, S.TEST_INVITED, "Test Invited does not exist in a study of type Interview."),
        (S.NOT_CONTACTED, None, "Only somebody who was removed can be restored: this is Not Contacted."),
        (S.CANCELED, None, "Only somebody who was removed can be restored: this is Canceled."),
    ],
)
def test_each_reason_for_which_somebody_is_skipped_is_a_sentence(
    desk: Desk, was: S, to: S | None, sentence: str
) -> None:
    found = reviewed(desk, to, enrolled(desk.world, was))
    assert [group.why for group in found.skipped] == [sentence]
    assert found.number == 0
    desk.refused(lambda s: status_changes.make(s, desk.world.researcher, found.bulk_id, desk.world.now))


def test_a_change_is_made_with_who_and_why_and_mails_nobody(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.STUDY_INVITED)
    found = reviewed(desk, S.CANCELED, ids, reason="  Wrong list ")
    done = made(desk, found.bulk_id)
    assert done.number == 2
    assert stand(desk.world, ids) == [S.CANCELED, S.CANCELED]
    kept = rows(
        desk.database,
        sa.select(StatusChange.actor, StatusChange.reason, StatusChange.bulk_id).where(
            StatusChange.bulk_id.is_not(None)
        ),
    )
    assert [tuple(row) for row in kept] == [(desk.world.researcher.name, "Wrong list", found.bulk_id)] * 2
    (entry,) = rows(desk.database, sa.select(AuditEntry.text, AuditEntry.participant_id, AuditEntry.study_id))
    assert tuple(entry)[1:] == (None, desk.world.study_id)
    assert entry.text.startswith("changed the status of 2 people in CHK by hand: Not Contacted → Canceled")
    assert [row for row in rows(desk.database, sa.select(OutboxRow.kind)) if "mail" in row.kind] == []
    again = desk.refused(lambda s: status_changes.make(s, desk.world.researcher, found.bulk_id, desk.world.now))
    assert again.message == "This change has been made already."


def test_who_is_changed_between_review_and_change_is_left_and_told(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.NOT_CONTACTED, S.NOT_CONTACTED)
    found = reviewed(desk, S.CANCELED, ids)
    moved_meanwhile(desk, ids[1], S.INTERVIEW_INVITED, Cause.SCHEDULER)
    done = made(desk, found.bulk_id)
    assert stand(desk.world, ids) == [S.CANCELED, S.INTERVIEW_INVITED, S.CANCELED]
    assert [(group.why, group.first) for group in done.skipped] == [
        ("Changed by somebody else after you looked: it stays so.", ("Anna 0001",))
    ]


def test_when_all_were_changed_meanwhile_that_is_said(desk: Desk) -> None:
    (id_,) = enrolled(desk.world, S.NOT_CONTACTED)
    found = reviewed(desk, S.CANCELED, [id_])
    moved_meanwhile(desk, id_)
    refusal = desk.refused(lambda s: status_changes.make(s, desk.world.researcher, found.bulk_id, desk.world.now))
    assert "changed by somebody else meanwhile" in refusal.message
    assert stand(desk.world, [id_]) == [S.OPTED_OUT]


def test_everybody_in_a_list_and_pasted_names_are_chosen_once_each(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.STUDY_INVITED, S.NOT_CONTACTED)
    found = reviewed(
        desk,
        S.CANCELED,
        [ids[0]],
        everybody=Wanted(Stage.NOT_STARTED),
        called="P1, p2@example.com; P99 <p0@EXAMPLE.com>\nnobody@example.com",
    )
    assert [(leap.was, leap.number) for leap in found.leaps] == [(S.NOT_CONTACTED, 2)]
    assert found.unknown == ("P99", "nobody@example.com")
    both = reviewed(desk, S.CANCELED, called="P2")
    assert [(leap.was, leap.number) for leap in both.leaps] == [(S.STUDY_INVITED, 1)]


def test_nobody_is_no_choice(desk: Desk) -> None:
    def begin(called: str) -> RuleError:
        choice = Choice(desk.world.study_id, S.CANCELED, called=called)
        return desk.refused(lambda s: status_changes.begin(s, desk.world.researcher, choice, desk.world.now))

    assert begin("").message.startswith("Nobody was chosen.")
    assert begin("P77").message == "Nobody in CHK that you can see is called P77."


def test_what_does_not_count_is_said_and_takes_no_seat(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.STUDY_INVITED)
    found = reviewed(desk, S.INTERVIEW_COMPLETED, ids)
    assert (found.not_counted, found.only_id) == (2, None)
    assert reviewed(desk, S.INTERVIEW_COMPLETED, ids[:1]).only_id == ids[0]
    assert made(desk, found.bulk_id).not_counted == 2
    assert desk.study().seats_taken == 0


def test_who_was_removed_is_restored_to_what_they_were(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_QUALIFIED)
    made(desk, reviewed(desk, S.CANCELED, ids).bulk_id)
    found = reviewed(desk, None, ids)
    assert [(leap.was, leap.to) for leap in found.leaps] == [
        (S.CANCELED, S.NOT_CONTACTED),
        (S.CANCELED, S.STUDY_INVITED),
        (S.CANCELED, S.SCREENER_QUALIFIED),
    ]
    made(desk, found.bulk_id)
    assert stand(desk.world, ids) == [S.NOT_CONTACTED, S.STUDY_INVITED, S.SCREENER_QUALIFIED]


def test_a_change_is_undone_once_as_a_whole(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.STUDY_INVITED)
    bulk_id = reviewed(desk, S.CANCELED, ids).bulk_id
    made(desk, bulk_id)
    assert undone(desk, bulk_id).number == 2
    assert stand(desk.world, ids) == [S.NOT_CONTACTED, S.STUDY_INVITED]
    texts = [row.text for row in rows(desk.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))]
    assert texts[-1] == "undid a change by hand of 2 people in CHK"
    again = desk.refused(lambda s: status_changes.undo(s, desk.world.researcher, bulk_id, desk.world.now))
    assert again.message == "This change has been undone already."


def test_who_was_changed_again_since_is_not_undone(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.NOT_CONTACTED, S.NOT_CONTACTED)
    bulk_id = reviewed(desk, S.INTERVIEW_INVITED, ids).bulk_id
    made(desk, bulk_id)
    moved_meanwhile(desk, ids[0])
    there_and_back = reviewed(desk, S.CANCELED, ids[1:2]).bulk_id
    made(desk, there_and_back)
    undone(desk, there_and_back)
    done = undone(desk, bulk_id)
    assert stand(desk.world, ids) == [S.OPTED_OUT, S.INTERVIEW_INVITED, S.NOT_CONTACTED]
    assert [(group.why, group.number) for group in done.skipped] == [("Changed again since: it stays so.", 2)]


def test_when_nothing_is_left_to_undo_that_is_said_and_it_stays_possible(desk: Desk) -> None:
    (id_,) = enrolled(desk.world, S.NOT_CONTACTED)
    bulk_id = reviewed(desk, S.CANCELED, [id_]).bulk_id
    made(desk, bulk_id)
    moved_meanwhile(desk, id_)
    refusal = desk.refused(lambda s: status_changes.undo(s, desk.world.researcher, bulk_id, desk.world.now))
    assert refusal.message == "Nothing is left to undo: all of them have been changed again since."


def test_who_may_undo(desk: Desk) -> None:
    world = desk.world
    helper, other = world.people[Role.COLLABORATOR], world.member(Role.RESEARCHER)
    with world.database.unit_of_work() as session:
        for member in (helper, other):
            session.add(StudyCollaborator(study_id=world.study_id, member_id=member.member_id))
    ids = enrolled(world, *[S.NOT_CONTACTED] * 4)
    bulks = []
    for id_ in ids:
        bulks.append(reviewed(desk, S.CANCELED, [id_], helper).bulk_id)
        made(desk, bulks[-1], helper)
    refusal = desk.refused(lambda s: status_changes.undo(s, other, bulks[0], world.now), NotAllowed)
    assert "Only who made this change" in refusal.message
    for bulk_id, who in zip(
        bulks, (helper, world.researcher, world.admin, world.people[Role.OPS_MANAGER]), strict=True
    ):
        assert undone(desk, bulk_id, who).number == 1
    desk.refused(lambda s: status_changes.undo(s, world.observer, bulks[0], world.now), NotAllowed)


def test_one_change_is_kept_and_undone_like_many(desk: Desk) -> None:
    (id_,) = enrolled(desk.world, S.NOT_CONTACTED)
    wanted = OneChange(id_, S.NOT_CONTACTED, S.INTERVIEW_COMPLETED, "Met at a fair")
    done = desk.do(lambda s: status_changes.change(s, desk.world.researcher, wanted, desk.world.now))
    found = sa.select(Enrolment.status, Enrolment.status_before, Enrolment.status_reason, Enrolment.status_changed_by)
    (row,) = rows(desk.database, found)
    assert tuple(row) == (S.INTERVIEW_COMPLETED, S.NOT_CONTACTED, "Met at a fair", desk.world.researcher.name)
    assert desk.study().seats_taken == 0
    (entry,) = rows(desk.database, sa.select(AuditEntry.text, AuditEntry.participant_id))
    assert entry.text == "changed P1 in CHK by hand: Not Contacted → Interview Completed"
    assert entry.participant_id is not None
    undone(desk, done.bulk_id)
    assert stand(desk.world, [id_]) == [S.NOT_CONTACTED]


def test_one_change_is_refused_when_the_status_is_no_longer_what_was_seen(desk: Desk) -> None:
    (id_,) = enrolled(desk.world, S.NOT_CONTACTED)
    late = OneChange(id_, S.STUDY_INVITED, S.CANCELED)
    error = desk.refused(lambda s: status_changes.change(s, desk.world.researcher, late, desk.world.now))
    assert "has changed to Not Contacted in the meantime" in error.message


def test_only_those_who_manage_the_study_change_anything(desk: Desk) -> None:
    world = desk.world
    ids = enrolled(world, S.NOT_CONTACTED)
    choice = Choice(world.study_id, S.CANCELED, enrolment_ids=tuple(ids))
    one = OneChange(ids[0], S.NOT_CONTACTED, S.CANCELED)
    for actor, kind in (
        (world.observer, NotAllowed),
        (world.people[Role.COLLABORATOR], NotAllowed),
        (world.member(Role.RESEARCHER), NotFound),
    ):
        desk.refused(lambda s, a=actor: status_changes.begin(s, a, choice, world.now), kind)
        desk.refused(lambda s, a=actor: status_changes.change(s, a, one, world.now), kind)
    bulk_id = reviewed(desk, S.CANCELED, ids).bulk_id
    desk.refused(lambda s: status_changes.make(s, world.admin, bulk_id, world.now), NotFound)
    assert stand(world, ids) == [S.NOT_CONTACTED]


def test_who_may_no_longer_manage_the_study_does_not_make_what_they_reviewed(desk: Desk) -> None:
    world, helper = desk.world, desk.world.people[Role.COLLABORATOR]
    with world.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=helper.member_id))
    ids = enrolled(world, S.NOT_CONTACTED)
    bulk_id = reviewed(desk, S.CANCELED, ids, helper).bulk_id
    with world.database.unit_of_work() as session:
        session.execute(sa.delete(StudyCollaborator))
    desk.refused(lambda s: status_changes.make(s, helper, bulk_id, world.now), NotAllowed)


def test_ids_of_another_workspace_or_study_are_nobody(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    foreign = enrolled(elsewhere, S.NOT_CONTACTED)
    nav = world.study("NAV", "Navigation").id
    other = enrolled(world, S.NOT_CONTACTED, study_id=nav, prefix="n")
    own = enrolled(world, S.NOT_CONTACTED)
    found = reviewed(desk, S.CANCELED, [*foreign, *other, *own])
    assert found.number == 1
    made(desk, found.bulk_id)
    assert stand(world, [*foreign, *other, *own]) == [S.NOT_CONTACTED, S.NOT_CONTACTED, S.CANCELED]
    stranger = elsewhere.admin
    one = OneChange(own[0], S.CANCELED, S.NOT_CONTACTED)
    choice = Choice(world.study_id, S.CANCELED, enrolment_ids=tuple(own))
    desk.refused(lambda s: status_changes.begin(s, stranger, choice, world.now), NotFound)
    desk.refused(lambda s: status_changes.change(s, stranger, one, world.now), NotFound)
    desk.refused(lambda s: status_changes.undo(s, stranger, found.bulk_id, world.now), NotFound)


def test_a_survey_done_elsewhere_is_noted(desk: Desk) -> None:
    study = desk.world.study("SUR", "Survey", type=StudyType.SURVEY)
    ids = enrolled(desk.world, S.SURVEY_STARTED, S.NOT_CONTACTED, study_id=study.id)
    choice = Choice(study.id, S.SURVEY_COMPLETED, enrolment_ids=tuple(ids))

    def act(session):  # type: ignore[no-untyped-def]
        begun = status_changes.begin(session, desk.world.researcher, choice, desk.world.now)
        return status_changes.review(session, desk.world.researcher, begun.bulk_id, desk.world.now)

    found = desk.do(act)
    assert [group.why for group in found.skipped] == [
        "Only a survey that was started can be noted as completed: this is Not Contacted."
    ]
    made(desk, found.bulk_id)
    assert stand(desk.world, ids) == [S.SURVEY_COMPLETED, S.NOT_CONTACTED]


def test_statements_are_as_many_for_ten_as_for_a_thousand(desk: Desk) -> None:
    def statements(number: int, prefix: str) -> list[int]:
        ids = enrolled(desk.world, *[S.NOT_CONTACTED] * number, prefix=prefix)
        numbers = []
        with counted_statements(desk.database) as counted:
            found = reviewed(desk, S.INTERVIEW_INVITED, ids)
        numbers.append(len(counted))
        with counted_statements(desk.database) as counted:
            made(desk, found.bulk_id)
        numbers.append(len(counted))
        with counted_statements(desk.database) as counted:
            undone(desk, found.bulk_id)
        return [*numbers, len(counted)]

    assert statements(10, "few") == statements(1000, "many")
    assert rows(desk.database, sa.select(BulkChange.enrolment_ids).where(BulkChange.made_at.is_not(None)))[0][0] == []


def test_what_was_chosen_and_never_made_is_forgotten(desk: Desk) -> None:
    ids = enrolled(desk.world, S.NOT_CONTACTED, S.NOT_CONTACTED)
    kept, left = reviewed(desk, S.CANCELED, ids[:1]).bulk_id, reviewed(desk, S.CANCELED, ids[1:]).bulk_id
    made(desk, kept)
    housekeeping.sweep(desk.database, desk.world.now + timedelta(days=29))
    assert len(rows(desk.database, sa.select(BulkChange.id))) == 2
    housekeeping.sweep(desk.database, desk.world.now + timedelta(days=31))
    assert [row.id for row in rows(desk.database, sa.select(BulkChange.id))] == [kept]
    refusal = desk.refused(lambda s: status_changes.make(s, desk.world.researcher, left, desk.world.now), NotFound)
    assert "Choose them again" in refusal.message
