"""Setting the status by hand of somebody with a session that is not settled: the session says where they stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import (
    addresses,
    booking,
    bounces,
    cancellations,
    history,
    outcomes,
    record,
    status_changes,
    statuses,
    undo,
)
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from bot.services.status_changes import Choice, OneChange
from bot.services.statuses import Why
from domain.errors import RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.mail import MailKind
from domain.participant import Cause, ParticipantStatus
from domain.status_changes import StatusesMade
from storage import people
from storage.models import Enrolment
from storage.sent_mails import Handed
from tests.builders import rows
from tests.services.conftest import Desk

S = ParticipantStatus
MARA = "mara@example.com"


def enrolment_id(desk: Desk) -> int:
    ((id_,),) = rows(desk.database, sa.select(Enrolment.id))
    return int(id_)


def change(desk: Desk, seen: S, to: S) -> StatusesMade:
    wanted = OneChange(enrolment_id(desk), seen, to)
    return desk.do(lambda s: status_changes.change(s, desk.world.researcher, wanted, desk.world.now))


@pytest.mark.parametrize("to", [S.NO_SHOWED, S.INTERVIEW_COMPLETED, S.CANCELED])
def test_nothing_is_set_by_hand_until_the_session_is_settled(desk: Desk, to: S) -> None:
    interview = desk.world.book(email=MARA)
    with pytest.raises(RuleError, match="They have a session that is not settled yet") as refusal:
        change(desk, S.INTERVIEW_SCHEDULED, to)
    with desk.database.reading() as session:
        person, _ = people.one(session, desk.world.researcher, MARA)
        (line,) = people.enrolments_of(session, desk.world.researcher, person.id)
    assert line.changes == ()

    choice = Choice(desk.world.study_id, to, enrolment_ids=(enrolment_id(desk),))
    begun = desk.do(lambda s: status_changes.begin(s, desk.world.researcher, choice, desk.world.now))
    found = desk.do(lambda s: status_changes.review(s, desk.world.researcher, begun.bulk_id, desk.world.now))
    assert [(group.why, group.number) for group in found.skipped] == [(refusal.value.message, 1)]

    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, desk.world.researcher, interview.id, off, desk.world.now))
    change(desk, S.INTERVIEW_CANCELED, S.CANCELED)
    assert desk.status(MARA) == "Canceled"


def test_who_is_booked_between_the_review_and_the_change_is_skipped(desk: Desk) -> None:
    world = desk.world
    interview = world.book(email=MARA)
    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, interview.id, off, world.now))
    change(desk, S.INTERVIEW_CANCELED, S.INTERVIEW_SCHEDULED)
    choice = Choice(world.study_id, S.CANCELED, enrolment_ids=(enrolment_id(desk),))
    begun = desk.do(lambda s: status_changes.begin(s, world.researcher, choice, world.now))
    assert desk.do(lambda s: status_changes.review(s, world.researcher, begun.bulk_id, world.now)).number == 1
    world.book(timedelta(hours=5), email=MARA)
    desk.refused(lambda s: status_changes.make(s, world.researcher, begun.bulk_id, world.now))
    assert desk.status(MARA) == "Interview Scheduled"


@pytest.mark.parametrize("is_ahead", [True, False])
def test_what_a_session_has_confirmed_since_is_not_undone(desk: Desk, is_ahead: bool) -> None:
    """The session changes no status that is so already: its seat tells that it was taken since."""
    world, later = desk.world, desk.world.now + timedelta(minutes=5)
    first = world.book(email=MARA)
    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, first.id, off, world.now))
    to = S.INTERVIEW_SCHEDULED if is_ahead else S.INTERVIEW_COMPLETED
    made = change(desk, S.INTERVIEW_CANCELED, to)
    if is_ahead:
        wanted = Booking(world.study_id, MARA, world.now + timedelta(hours=5))
        desk.do(lambda s: booking.book(s, world.researcher, wanted, later))
    else:
        wanted = Booking(world.study_id, MARA, world.now - timedelta(days=1))
        desk.do(lambda s: history.log_past(s, world.researcher, wanted, InterviewStatus.COMPLETED, later))
    refusal = desk.refused(lambda s: status_changes.undo(s, world.researcher, made.bulk_id, later))
    assert refusal.message == "Nothing is left to undo: all of them have been changed again since."
    assert desk.status(MARA) == to.value


def test_who_was_invited_anew_after_a_no_show_is_so_again_when_they_are_restored(desk: Desk) -> None:
    world = desk.world
    interview = world.book(email=MARA)
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now))
    again = Why(Cause.SCHEDULER, record.by(world.researcher, world.now))
    desk.do(lambda s: statuses.invited(s, [enrolment_id(desk)], again))
    change(desk, S.INTERVIEW_INVITED, S.CANCELED)
    change(desk, S.CANCELED, S.INTERVIEW_INVITED)
    assert desk.status(MARA) == "Interview Invited"


def test_a_session_that_takes_place_after_all_is_found_again_with_a_new_address(desk: Desk) -> None:
    world = desk.world
    interview = world.book(email=MARA)
    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, interview.id, off, world.now))
    with desk.database.reading() as session:
        person_id = people.one(session, world.researcher, MARA)[0].id
    mail = Handed("m1@test", MailKind.CANCELLATION, world.workspace_id, person_id, enrolment_id(desk))
    desk.do(lambda s: bounces.refused(s, mail, "5.1.1", "no such mailbox", world.now))
    desk.do(lambda s: undo.undo(s, world.researcher, interview.id, world.now))
    assert desk.status(MARA) == "Hard Bounced"
    new = addresses.Correction("new@example.com")
    desk.do(lambda s: addresses.correct(s, world.admin, "P1", new, world.now))
    assert desk.status("new@example.com") == "Interview Scheduled"
