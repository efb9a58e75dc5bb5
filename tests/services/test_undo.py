"""Taking back an outcome or a cancellation: what comes back, what does not, until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, cancellations, outcomes, record, undo
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from bot.services.outgoing import Kind
from domain.attendance import Rsvp
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.participant import ParticipantStatus
from domain.study import StudyType
from storage.models import Attendee, Enrolment, Interview, Participant
from tests.builders import World, rows
from tests.fakes import Outside
from tests.services.conftest import Desk

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANA, BEN = "ana@example.com", "ben@example.com"
UPCOMING = InterviewStatus.UPCOMING
Settle = Callable[[Session, World, int], object]


def complete(session: Session, world: World, id_: int) -> object:
    return outcomes.mark_completed(session, world.researcher, id_, world.now)


def miss(session: Session, world: World, id_: int) -> object:
    return outcomes.mark_no_show(session, world.researcher, id_, world.now)


def cancel(session: Session, world: World, id_: int) -> object:
    return cancellations.cancel(session, world.researcher, id_, Cancellation(CancelReason.OTHER), world.now)


def undoing(world: World, id_: int, after: timedelta = MINUTE) -> Callable[[Session], Interview]:
    return lambda session: undo.undo(session, world.researcher, id_, world.now + after)


EVERY = pytest.mark.parametrize("settle", [complete, miss, cancel])


@EVERY
def test_an_outcome_is_taken_back_with_everything_that_followed_from_it(
    desk: Desk, world: World, settle: Settle
) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    id_ = world.book(email=ANA, study_id=study_id).id
    desk.do(lambda s: settle(s, world, id_))
    desk.do(undoing(world, id_))
    found = world.get(id_)
    assert (found.status, found.is_verified, found.cancel_reason) == (UPCOMING, False, None)
    assert (desk.status(ANA, study_id), desk.study(study_id).seats_taken) == ("Interview Scheduled", 1)
    assert desk.timeline(id_)[-1] == (world.researcher.name, "undid it")


@EVERY
def test_ten_minutes_later_it_stays(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book().id
    desk.do(lambda s: settle(s, world, id_))
    refusal = desk.refused(undoing(world, id_, 10 * MINUTE + timedelta(seconds=1)))
    assert refusal.message == "There is nothing to undo in CHK-1: it can be done for 10 minutes."
    desk.do(undoing(world, id_, 10 * MINUTE))
    assert world.get(id_).status is UPCOMING


@EVERY
def test_it_is_undone_once(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book().id
    desk.do(lambda s: settle(s, world, id_))
    results = desk.race(undoing(world, id_), undoing(world, id_))
    assert sorted(type(each).__name__ for each in results) == ["Interview", "RuleError"]
    assert desk.study().seats_taken == 1


def test_a_correction_goes_back_to_the_outcome_before_it(desk: Desk, world: World) -> None:
    id_ = world.book(email=ANA).id
    desk.do(lambda s: miss(s, world, id_))
    desk.do(lambda s: complete(s, world, id_))
    desk.do(undoing(world, id_))
    assert world.get(id_).status is InterviewStatus.NO_SHOWED
    assert (desk.status(ANA), desk.study().seats_taken) == ("No Showed", 0)


def test_of_an_unverified_session_a_no_show_goes_back_to_unverified(desk: Desk, world: World) -> None:
    interview = world.book(email=ANA)
    world.now = interview.ends_at
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), world.now))
    desk.do(lambda s: miss(s, world, interview.id))
    desk.do(undoing(world, interview.id))
    found = world.get(interview.id)
    assert (found.status, found.is_verified) == (InterviewStatus.COMPLETED, False)


def test_what_callsheet_did_by_itself_is_not_undone(desk: Desk, world: World) -> None:
    interview = world.book()
    world.now = interview.ends_at
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), world.now))
    desk.refused(undoing(world, interview.id))


def test_after_the_incentive_the_outcome_stays(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(lambda s: complete(s, world, id_))
    desk.do(lambda s: s.execute(sa.update(Enrolment).values(status=ParticipantStatus.INCENTIVE_SENT)))
    refusal = desk.refused(undoing(world, id_))
    assert refusal.message == "The incentive for CHK-1 has been sent since: its outcome stays."
    assert world.get(id_).status is InterviewStatus.COMPLETED


@EVERY
def test_it_stays_when_the_host_has_another_booking_by_now(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book().id
    desk.do(lambda s: settle(s, world, id_))
    world.book()
    refusal = desk.refused(undoing(world, id_))
    assert "CHK-2" in refusal.message
    assert world.get(id_).status is not UPCOMING
    assert desk.study().seats_taken == 1 + (settle is complete)


@EVERY
def test_it_stays_when_the_participant_has_another_session_by_now(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book(email=ANA).id
    desk.do(lambda s: settle(s, world, id_))
    world.book(email=ANA, host_ids=(world.admin.member_id,))
    assert "CHK-2" in desk.refused(undoing(world, id_)).message


def test_a_group_comes_back_without_who_had_cancelled_before(desk: Desk, world: World) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    first, *_ = [world.book(study_id=study_id, email=email) for email in (ANA, BEN, "cem@example.com")]

    def give_up(session: Session) -> None:
        seat = session.scalars(
            sa.select(Attendee).where(Attendee.interview_id == first.id, Attendee.participant_id.is_not(None))
        ).first()
        assert seat is not None
        cancellations.cancel_by_participant(session, seat, record.by_callsheet(world.now))

    desk.do(give_up)
    desk.do(lambda s: cancel(s, world, first.id))
    assert desk.study(study_id).seats_taken == 0
    desk.do(undoing(world, first.id))
    assert [desk.status(email, study_id) for email in (ANA, BEN, "cem@example.com")] == [
        "Interview Canceled",
        "Interview Scheduled",
        "Interview Scheduled",
    ]
    assert desk.study(study_id).seats_taken == 2
    assert desk.mails(first.id).count("confirmation") == 5


def test_after_a_cancellation_everybody_is_invited_and_asked_anew(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.do(lambda s: s.execute(sa.update(Attendee).values(rsvp=Rsvp.ACCEPTED, rsvp_at=world.now)))
    desk.do(lambda s: cancel(s, world, interview.id))
    desk.do(undoing(world, interview.id))
    assert desk.mails(interview.id) == ["confirmation", "cancellation", "confirmation"]
    with world.database.reading() as session:
        answers = session.scalars(sa.select(Attendee.rsvp).where(Attendee.participant_id.is_not(None))).all()
    assert answers == [Rsvp.NEEDS_ACTION]


@pytest.mark.parametrize("was_delivered", [True, False])
def test_the_calendar_gets_a_new_event_and_the_old_one_is_gone(desk: Desk, world: World, was_delivered: bool) -> None:
    """Also when the cancellation had not reached the calendar yet."""
    address = world.calendar(world.researcher)
    outside = Outside.of(world.database, world.now)
    id_ = world.book().id
    outside.deliver()
    old = outside.calendar.the_event(address)
    desk.do(lambda s: cancel(s, world, id_))
    if was_delivered:
        outside.deliver()
        assert outside.calendar.events[address][old.event_id].is_deleted
    desk.do(undoing(world, id_))
    outside.clock.move(MINUTE)
    outside.deliver(Kind.CALENDAR)
    new = outside.calendar.the_event(address)
    assert new.event_id != old.event_id
    assert new.starts_at == old.starts_at
    assert outside.calendar.events[address][old.event_id].is_deleted


def test_who_may_not_manage_it_can_not_undo_it(desk: Desk, world: World, elsewhere: World) -> None:
    id_ = world.book().id
    desk.do(lambda s: miss(s, world, id_))
    desk.refused(lambda s: undo.undo(s, world.observer, id_, world.now), NotAllowed)
    desk.refused(lambda s: undo.undo(s, elsewhere.admin, id_, world.now), NotFound)


def test_a_session_that_nobody_settled_has_nothing_to_undo(desk: Desk, world: World) -> None:
    with pytest.raises(RuleError, match="nothing to undo"):
        desk.do(undoing(world, world.book().id))


def another(world: World, email: str, starts_in: timedelta, after: timedelta = MINUTE) -> Callable[[Session], object]:
    """The act of booking somebody a session of the Admin's, after that much time."""
    there = Booking(world.study_id, email, world.now + starts_in, host_ids=(world.admin.member_id,))
    return lambda session: booking.book(session, world.researcher, there, world.now + after)


@pytest.mark.parametrize("settle", [cancel, miss])
def test_it_stays_when_its_seat_was_the_last_and_is_taken_by_now(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book(email=ANA).id
    desk.change(desk.study(), participation_limit=1)
    desk.do(lambda s: settle(s, world, id_))
    desk.do(another(world, BEN, 5 * HOUR))
    refusal = desk.refused(undoing(world, id_, 2 * MINUTE))
    assert refusal.message == (
        "CHK has 1 of 1 seats used by now: CHK-1 does not fit in any more. Book it again if it is to take place anyway."
    )
    assert (world.get(id_).status is UPCOMING, desk.study().seats_taken) == (False, 1)


def test_a_study_that_was_overbooked_is_as_overbooked_again(desk: Desk, world: World) -> None:
    id_ = world.book(email=ANA).id
    world.book(5 * HOUR)
    desk.change(desk.study(), participation_limit=1)
    desk.do(lambda s: cancel(s, world, id_))
    desk.do(undoing(world, id_))
    assert desk.study().seats_taken == 2


@EVERY
def test_it_comes_back_into_the_last_seat_while_that_is_free(desk: Desk, world: World, settle: Settle) -> None:
    id_ = world.book(email=ANA).id
    desk.change(desk.study(), participation_limit=1)
    desk.do(lambda s: settle(s, world, id_))
    desk.do(undoing(world, id_))
    assert desk.study().seats_taken == 1


def test_it_stays_when_the_participant_was_booked_for_another_time_since(desk: Desk, world: World) -> None:
    id_ = world.book(email=ANA).id
    desk.do(lambda s: cancel(s, world, id_))
    desk.do(another(world, ANA, 5 * HOUR))
    refusal = desk.refused(undoing(world, id_, 2 * MINUTE))
    assert refusal.message == "P1 has CHK-2 instead by now. Cancel that first, then undo."


def test_a_session_that_the_participant_had_before_is_not_instead_of_it(desk: Desk, world: World) -> None:
    id_ = world.book(email=ANA).id
    desk.do(another(world, ANA, 5 * HOUR, -MINUTE))
    desk.do(lambda s: cancel(s, world, id_))
    desk.do(undoing(world, id_))
    assert world.get(id_).status is UPCOMING


def test_who_has_opted_out_since_does_not_come_after_all(desk: Desk, world: World) -> None:
    interview = world.book(email="mara@example.com")
    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, interview.id, off, world.now))
    ((person_id,),) = rows(desk.database, sa.select(Participant.id))
    with desk.database.reading() as session:
        desk.change(session.get_one(Participant, person_id), opted_out_at=world.now)
    refusal = desk.refused(lambda s: undo.undo(s, world.researcher, interview.id, world.now))
    assert refusal.message == "P1 has opted out since: CHK-1 can't take place with them."
