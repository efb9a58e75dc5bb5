"""The one function that moves enrolments: what it writes, what it refuses, and that nobody else writes a status."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, links, opting_out, outcomes, record, status_changes, statuses, undo
from bot.services.cancellations import Cancellation
from bot.services.status_changes import OneChange
from bot.services.statuses import Why
from domain.interview import CancelReason
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from storage import participants
from storage.models import Enrolment, Interview, Participant, SentInvitation, StatusChange
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

S = ParticipantStatus
ROOT = Path(__file__).parents[2]
MARA = "mara@example.com"
HOUR = timedelta(hours=1)


def by(world: World, cause: Cause) -> Why:
    return Why(cause, record.by(world.researcher, world.now))


def enrolled(desk: Desk, status: ParticipantStatus, email: str = MARA, study_id: int | None = None) -> int:
    person, world = desk.world.participant(email), desk.world
    place = (study_id or world.study_id, person.id)
    return desk.do(lambda s: participants.enrol_all(s, {place: status}, "Test", world.now)[place])


def move(desk: Desk, id_: int, to: ParticipantStatus, cause: Cause) -> None:
    desk.do(lambda s: statuses.move(s, [(one, to) for one in statuses.lock(s, [id_])], by(desk.world, cause)))


def enrolment(desk: Desk, id_: int) -> Enrolment:
    with desk.database.reading() as session:
        return session.get_one(Enrolment, id_)


def history(desk: Desk, id_: int) -> list[tuple[ParticipantStatus | None, ParticipantStatus, Cause]]:
    found = sa.select(StatusChange.was, StatusChange.to, StatusChange.cause).where(StatusChange.enrolment_id == id_)
    return [tuple(row) for row in rows(desk.database, found.order_by(StatusChange.id))]


def test_a_step_is_kept_with_its_cause_and_who_took_it(desk: Desk, world: World) -> None:
    id_ = enrolled(desk, S.NOT_CONTACTED)
    move(desk, id_, S.INTERVIEW_INVITED, Cause.SCHEDULER)
    found = enrolment(desk, id_)
    assert (found.status, found.status_before, found.status_changed_by, found.version) == (
        S.INTERVIEW_INVITED,
        S.NOT_CONTACTED,
        world.researcher.name,
        2,
    )
    assert history(desk, id_) == [(S.NOT_CONTACTED, S.INTERVIEW_INVITED, Cause.SCHEDULER)]


def test_one_step_that_the_table_does_not_know_keeps_all_from_being_taken(desk: Desk, world: World) -> None:
    fine, wrong = enrolled(desk, S.NOT_CONTACTED), enrolled(desk, S.OPTED_OUT, "out@example.com")

    def both(session: Session) -> object:
        changes = [(one, S.INTERVIEW_INVITED) for one in statuses.lock(session, [fine, wrong])]
        return statuses.move(session, changes, by(world, Cause.SCHEDULER))

    assert desk.refused(both).message == "This person has opted out; only they can change that."
    assert enrolment(desk, fine).status is S.NOT_CONTACTED
    assert history(desk, fine) == history(desk, wrong) == []


def test_whoever_is_there_already_is_not_moved(desk: Desk) -> None:
    id_ = enrolled(desk, S.INTERVIEW_INVITED)
    move(desk, id_, S.INTERVIEW_INVITED, Cause.SCHEDULER)
    assert (enrolment(desk, id_).version, history(desk, id_)) == (1, [])


def test_a_change_seen_before_somebody_moved_it_is_not_written_over(desk: Desk, world: World) -> None:
    """The version of an enrolment tells who read it before it was moved."""
    id_ = enrolled(desk, S.NOT_CONTACTED)
    with desk.database.reading() as session:
        seen = session.get_one(Enrolment, id_).version
    move(desk, id_, S.STUDY_INVITED, Cause.STUDY_INVITATION)
    assert enrolment(desk, id_).version == seen + 1

    def moves_and_counts(session: Session) -> int:
        (one,) = statuses.lock(session, [id_])
        statuses.move(session, [(one, S.INTERVIEW_INVITED)], by(world, Cause.SCHEDULER))
        one.moves += 1
        session.flush()
        return one.version

    assert desk.do(moves_and_counts) == enrolment(desk, id_).version == seen + 3


def test_statements_do_not_grow_with_the_people(desk: Desk, world: World) -> None:
    def cost(number: int, start: int) -> list[int]:
        ids = [enrolled(desk, S.NOT_CONTACTED, f"p{start + n}@example.com") for n in range(number)]
        found = []
        for act in (
            lambda s: statuses.invited(s, ids, by(world, Cause.SCHEDULER)),
            lambda s: statuses.move(
                s, [(one, S.INTERVIEW_COMPLETED) for one in statuses.lock(s, ids)], by(world, Cause.BY_HAND)
            ),
        ):
            with counted_statements(desk.database) as counted:
                desk.do(act)
            found.append(len(counted))
        return found

    assert cost(2, 0) == cost(30, 100)


def invited(desk: Desk, ids: Sequence[int], cause: Cause = Cause.SCHEDULER) -> set[int]:
    return desk.do(lambda s: statuses.invited(s, ids, by(desk.world, cause)))


def test_an_invitation_is_counted_each_time_and_moves_those_whom_it_leads_on(desk: Desk, world: World) -> None:
    new, again = enrolled(desk, S.NOT_CONTACTED), enrolled(desk, S.INTERVIEW_INVITED, "b@example.com")
    soft, booked = (
        enrolled(desk, S.SOFT_BOUNCED, "c@example.com"),
        enrolled(desk, S.INTERVIEW_SCHEDULED, "d@example.com"),
    )
    assert invited(desk, [new, again, soft, booked]) == {new, again, soft}
    assert [enrolment(desk, id_).status for id_ in (new, again, soft, booked)] == [
        S.INTERVIEW_INVITED,
        S.INTERVIEW_INVITED,
        S.SOFT_BOUNCED,
        S.INTERVIEW_SCHEDULED,
    ]
    assert {enrolment(desk, id_).invited_at for id_ in (new, again, soft)} == {world.now}
    counted = rows(desk.database, sa.select(SentInvitation.enrolment_id).order_by(SentInvitation.enrolment_id))
    assert [row[0] for row in counted] == [new, again, soft]
    assert {row[0] for row in rows(desk.database, sa.select(Participant.recheck_at))} == {world.now, None}


def test_who_was_contacted_elsewhere_was_contacted_until_that_is_undone(desk: Desk, world: World) -> None:
    id_ = enrolled(desk, S.NOT_CONTACTED)
    change = OneChange(id_, S.NOT_CONTACTED, S.INTERVIEW_INVITED, "Called them")
    made = desk.do(lambda s: status_changes.change(s, world.researcher, change, world.now))
    assert len(rows(desk.database, sa.select(SentInvitation.id))) == 1
    assert enrolment(desk, id_).invited_at == world.now
    desk.do(lambda s: status_changes.undo(s, world.researcher, made.bulk_id, world.now))
    assert rows(desk.database, sa.select(SentInvitation.id)) == []
    assert (enrolment(desk, id_).invited_at, enrolment(desk, id_).status) == (None, S.NOT_CONTACTED)


def test_a_verified_session_that_is_paid_for_is_completed_first(desk: Desk, world: World) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    interview = world.book(email=MARA, study_id=study_id)
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, interview.id, world.now))
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id).where(Enrolment.study_id == study_id))
    assert history(desk, id_)[-2:] == [
        (S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, Cause.SESSION),
        (S.INTERVIEW_COMPLETED, S.INCENTIVE_NOT_SENT, Cause.INCENTIVE_OWED),
    ]
    assert enrolment(desk, id_).took_part_at == world.now
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now))
    assert (enrolment(desk, id_).took_part_at, enrolment(desk, id_).no_showed_at) == (None, world.now)


def test_an_incentive_earned_before_opting_out_is_owed_until_it_was_a_no_show(desk: Desk, world: World) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    interview = world.book(timedelta(minutes=15), email=MARA, study_id=study_id)
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id).where(Enrolment.study_id == study_id))
    later = interview.ends_at

    def out(session: Session) -> None:
        opting_out.opt_out(session, links.issue_for(session, id_, LinkPurpose.UNSUBSCRIBE, later), later)

    desk.do(out)
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, interview.id, later))
    assert (enrolment(desk, id_).status, enrolment(desk, id_).status_before) == (S.OPTED_OUT, S.INCENTIVE_NOT_SENT)
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, later))
    assert (enrolment(desk, id_).status, enrolment(desk, id_).status_before) == (S.OPTED_OUT, S.NO_SHOWED)


def test_a_new_address_leads_back_to_what_was_before_the_first_bounce(desk: Desk, world: World) -> None:
    id_ = enrolled(desk, S.NOT_CONTACTED)
    move(desk, id_, S.STUDY_INVITED, Cause.STUDY_INVITATION)
    for bounce in (S.SOFT_BOUNCED, S.HARD_BOUNCED):
        move(desk, id_, bounce, Cause.BOUNCED)
    person_id = enrolment(desk, id_).participant_id
    desk.do(lambda s: statuses.address_corrected(s, person_id, record.by(world.researcher, world.now)))
    assert history(desk, id_)[-1] == (S.HARD_BOUNCED, S.STUDY_INVITED, Cause.ADDRESS_CORRECTED)


def test_who_is_restored_stands_where_their_session_has_put_them_meanwhile(desk: Desk, world: World) -> None:
    interview = world.book(email=MARA)
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id))

    def by_hand(seen: ParticipantStatus, to: ParticipantStatus) -> None:
        desk.do(lambda s: status_changes.change(s, world.researcher, OneChange(id_, seen, to), world.now))

    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, interview.id, off, world.now))
    by_hand(S.INTERVIEW_CANCELED, S.CANCELED)
    desk.do(lambda s: undo.undo(s, world.researcher, interview.id, world.now))
    assert enrolment(desk, id_).status is S.CANCELED
    by_hand(S.CANCELED, S.INTERVIEW_CANCELED)
    assert history(desk, id_)[-2:] == [
        (S.CANCELED, S.INTERVIEW_CANCELED, Cause.RESTORED),
        (S.INTERVIEW_CANCELED, S.INTERVIEW_SCHEDULED, Cause.SESSION),
    ]


def test_an_outcome_that_is_undone_is_kept_as_undone(desk: Desk, world: World) -> None:
    interview: Interview = world.book(email=MARA)
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now))
    desk.do(lambda s: undo.undo(s, world.researcher, interview.id, world.now))
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id))
    assert history(desk, id_)[-1] == (S.NO_SHOWED, S.INTERVIEW_SCHEDULED, Cause.UNDONE)
    assert enrolment(desk, id_).no_showed_at is None


WRITERS = re.compile(
    r"enrol_all\(|insert\((?:StatusChange|SentInvitation)|(?:SentInvitation|StatusChange)\(\w+=|\benrolment\.status = "
    r"|from storage import statuses|from storage\.statuses import|storage\.statuses\b"
)
ALLOWED = {"bot/services/statuses.py", "storage/statuses.py", "storage/participants.py"}


def test_nothing_else_writes_a_status() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "storage", "sandbox")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and WRITERS.search(path.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED
