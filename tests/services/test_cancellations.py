"""Calling off: a whole session or one seat of a group, in whose words, and who was faster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.services import calendars, called_off, cancellations
from bot.services.cancellations import Cancellation
from bot.services.record import By
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.interview import CancelReason, Door, InterviewStatus
from domain.roles import Actor
from storage.models import Attendee, Interview, Participant
from tests.builders import World
from tests.services.conftest import Desk
from tests.services.test_interviews import seats
from tests.services.test_mails import group

WHY = Cancellation(CancelReason.NOT_A_FIT, "too senior")


def seat_off(
    world: World, interview: Interview, seat: Attendee, why: Cancellation = WHY, actor: Actor | None = None
) -> Callable[[Session], Interview]:
    return lambda session: cancellations.cancel_seat(
        session, actor or world.researcher, interview.id, seat.id, why, world.now
    )


def leaves(seat: Attendee, by: By) -> Callable[[Session], Interview]:
    return lambda session: cancellations.cancel_by_participant(session, session.get_one(Attendee, seat.id), by)


def test_seat_alone_leaves_the_session_to_the_others(world: World, desk: Desk) -> None:
    interview = group(world, 3)
    _, second, _ = seats(world, interview.id)
    taken = desk.study(interview.study_id).seats_taken
    desk.do(seat_off(world, interview, second))

    now = world.get(interview.id)
    assert (now.status, now.cancel_reason) == (InterviewStatus.UPCOMING, None)
    assert [seat.outcome is InterviewStatus.CANCELED for seat in seats(world, interview.id)] == [False, True, False]
    assert desk.study(interview.study_id).seats_taken == taken - 1
    assert desk.status("g1@example.com", interview.study_id) == "Interview Canceled"
    assert desk.status("g0@example.com", interview.study_id) == "Interview Scheduled"
    told = [row for row in desk.outbox("mail", interview.id) if row.payload["mail"] == "cancellation"]
    assert [row.payload["attendee_id"] for row in told] == [second.id]
    assert desk.timeline(interview.id)[-1] == (
        world.researcher.name,
        "cancelled the seat of P2 (Not a fit for the study: too senior)",
    )


def test_calendar_event_loses_who_was_cancelled(world: World, desk: Desk) -> None:
    world.calendar(world.researcher)
    interview = group(world, 2)
    first, _ = seats(world, interview.id)
    desk.do(seat_off(world, interview, first))

    event = desk.do(lambda session: calendars.event_of(session, world.workspace_id, interview.id))
    assert event is not None
    assert event.draft is not None
    assert [a.email for a in event.draft.attendees if a.email.startswith("g")] == ["g1@example.com"]
    assert desk.outbox("calendar_event", interview.id)


def test_with_the_last_seat_the_session_goes(world: World, desk: Desk) -> None:
    interview = group(world, 2)
    for seat in seats(world, interview.id):
        desk.do(seat_off(world, interview, seat))

    assert world.get(interview.id).status is InterviewStatus.CANCELED
    assert desk.study(interview.study_id).seats_taken == 0
    assert desk.mails(interview.id).count("cancellation") == 2


def test_seat_that_the_participant_gave_up_meanwhile_is_told_with_who_and_when(world: World, desk: Desk) -> None:
    interview = group(world, 3)
    first, *_ = seats(world, interview.id)
    desk.do(leaves(first, By("P1", Door.PAGE, world.now)))
    taken = desk.study(interview.study_id).seats_taken

    refusal = desk.refused(seat_off(world, interview, first), Stale)
    assert "P1's seat in GRP-1 was cancelled by P1 on Monday 23 November, 09:30" in refusal.message
    assert desk.study(interview.study_id).seats_taken == taken
    assert "cancellation" not in desk.mails(interview.id)


def test_session_that_the_participant_cancelled_meanwhile_is_told_with_who_and_when(world: World, desk: Desk) -> None:
    interview = world.book()
    (seat,) = seats(world, interview.id)
    desk.do(leaves(seat, By("P1", Door.PAGE, world.now)))

    refusal = desk.refused(
        lambda session: cancellations.cancel(session, world.researcher, interview.id, WHY, world.now), Stale
    )
    assert "CHK-1 was cancelled by P1 on Monday 23 November, 09:30" in refusal.message
    assert desk.mails(interview.id) == ["confirmation", "cancellation"]
    assert desk.study().seats_taken == 0


def test_two_who_cancel_one_seat_at_once_free_it_once(world: World, desk: Desk) -> None:
    interview = group(world, 3)
    first, *_ = seats(world, interview.id)
    taken = desk.study(interview.study_id).seats_taken
    came = desk.race(*[seat_off(world, interview, first, actor=actor) for actor in (world.researcher, world.admin)])

    assert sum(isinstance(one, Stale) for one in came) == 1
    assert desk.study(interview.study_id).seats_taken == taken - 1
    assert desk.mails(interview.id).count("cancellation") == 1


def test_words_for_the_participants_go_with_the_mail(world: World, desk: Desk) -> None:
    interview = group(world, 2)
    first, _ = seats(world, interview.id)
    desk.do(seat_off(world, interview, first, Cancellation(CancelReason.OTHER, message="Hi, sorry.")))

    (row,) = [row for row in desk.outbox("mail", interview.id) if row.payload["mail"] == "cancellation"]
    assert (row.payload["text"], "by" in row.payload) == ("Hi, sorry.", False)


@pytest.mark.parametrize("text", ["Hi {{ participant.frist_name }}", "Join {{ interview.link }}"])
def test_wrong_token_is_refused_under_the_mails_text_and_nothing_happens(world: World, desk: Desk, text: str) -> None:
    interview = world.book()
    desk.change(interview, link="https://meet.example/x")
    why = Cancellation(CancelReason.OTHER, message=text)

    refusal = desk.refused(
        lambda session: cancellations.cancel(session, world.researcher, interview.id, why, world.now), RuleError
    )
    assert (refusal.field, "There is no {{" in refusal.message) == ("message", True)
    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_seat_is_cancelled_by_who_manages_it_and_only_in_its_interview(
    world: World, desk: Desk, elsewhere: World
) -> None:
    interview, other = group(world, 2), world.book(5 * timedelta(hours=1))
    first, _ = seats(world, interview.id)
    desk.refused(seat_off(world, interview, first, actor=world.observer), NotAllowed)
    desk.refused(seat_off(world, interview, first, actor=elsewhere.admin), NotFound)
    desk.refused(seat_off(world, other, first), NotFound)

    assert seats(world, interview.id)[0].outcome is InterviewStatus.UPCOMING


@pytest.mark.parametrize(
    ("reason", "is_own"), [(CancelReason.PARTICIPANT_CANCELED, True), (CancelReason.HOST_UNAVAILABLE, False)]
)
def test_whose_cancellation_it_was_is_known_of_each_seat(
    world: World, desk: Desk, reason: CancelReason, is_own: bool
) -> None:
    interview = group(world, 3)
    first, second, _ = seats(world, interview.id)
    desk.do(seat_off(world, interview, first, Cancellation(reason, "a note")))
    desk.do(leaves(second, By("P2", Door.PAGE, world.now)))

    with world.database.reading() as session:
        people = [session.get_one(Participant, seat.participant_id) for seat in seats(world, interview.id)]
        found = [
            called_off.is_participants(called_off.reason(session, session.get_one(Interview, interview.id), one))
            for one in people
        ]
    assert found == [is_own, True, False]
