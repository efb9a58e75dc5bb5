"""Sessions of the past, logged by hand: they count, and nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import cancellations, history, outcomes, undo
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from domain.errors import NotAllowed, NotFound
from domain.interview import CancelReason, InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyType
from storage.models import Attendee, Enrolment, Interview, OutboxRow
from tests.builders import World, rows
from tests.services.conftest import Desk

EMAIL = "p1@example.com"


def past(desk: Desk, days: int = 1, study_id: int | None = None) -> Booking:
    return Booking(study_id or desk.world.study_id, EMAIL, desk.world.now - timedelta(days=days))


def log(desk: Desk, booking: Booking, outcome: InterviewStatus) -> str:
    world = desk.world
    return desk.do(lambda s: history.log_past(s, world.researcher, booking, outcome, world.now)).reference


def test_a_completed_session_counts_and_sends_nothing(desk: Desk) -> None:
    assert log(desk, past(desk), InterviewStatus.COMPLETED) == "CHK-1"
    assert desk.study().seats_taken == 1
    assert desk.status(EMAIL) == "Interview Completed"
    assert rows(desk.database, sa.select(OutboxRow.kind)) == [("slack_card",)], "it can be found and rated"
    with desk.database.reading() as session:
        logged = session.scalars(sa.select(Interview)).one()
    assert (logged.status, logged.is_verified) == (InterviewStatus.COMPLETED, True)


def test_a_no_show_and_a_cancellation_do_not_count(desk: Desk) -> None:
    log(desk, past(desk, 2), InterviewStatus.CANCELED)
    assert desk.status(EMAIL) == "Interview Canceled"
    log(desk, past(desk, 1), InterviewStatus.NO_SHOWED)
    assert desk.status(EMAIL) == "No Showed"
    assert desk.study().seats_taken == 0


@pytest.mark.parametrize("days", [1, 3])
def test_a_session_that_was_called_off_says_nothing_about_one_that_was_held(desk: Desk, days: int) -> None:
    log(desk, past(desk, days), InterviewStatus.CANCELED)
    log(desk, past(desk, 2), InterviewStatus.COMPLETED)
    assert desk.status(EMAIL) == "Interview Completed"
    log(desk, past(desk, days), InterviewStatus.CANCELED)
    assert desk.status(EMAIL) == "Interview Completed"


def test_a_held_session_makes_up_for_one_ahead_that_was_cancelled(desk: Desk) -> None:
    world = desk.world
    ahead = world.book(email=EMAIL).id
    why = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, ahead, why, world.now))
    log(desk, past(desk), InterviewStatus.COMPLETED)
    assert desk.status(EMAIL) == "Interview Completed"


def test_an_incentive_is_owed_for_a_logged_session(desk: Desk) -> None:
    study_id = desk.world.study("PAY", "Paid", incentive_amount_minor=2500, incentive_currency="EUR").id
    log(desk, past(desk, study_id=study_id), InterviewStatus.COMPLETED)
    assert desk.status(EMAIL, study_id) == "Incentive Not Sent"


def test_who_was_removed_by_hand_is_taken_in_again_and_who_opted_out_is_not(desk: Desk) -> None:
    log(desk, past(desk, 3), InterviewStatus.NO_SHOWED)
    for status, after in ((ParticipantStatus.CANCELED, "Interview Completed"), (ParticipantStatus.OPTED_OUT,) * 2):
        desk.do(lambda s, to=status: s.execute(sa.update(Enrolment).values(status=to)))
        log(desk, past(desk, 1), InterviewStatus.COMPLETED)
        assert desk.status(EMAIL) == after


def test_the_channel_hears_once_that_the_limit_is_reached(desk: Desk) -> None:
    desk.change(desk.study(), participation_limit=2)
    for days in (1, 2, 3):
        log(desk, past(desk, days), InterviewStatus.COMPLETED)
    (told,) = desk.outbox("slack_notice")
    assert told.payload == {"channel": "C0CORE", "text": "*CHK* is fully booked: 2 of 2 seats used."}


def group_session(desk: Desk, outcome: InterviewStatus) -> tuple[Booking, int]:
    """A session of a group study logged with that outcome of its one seat: how it was logged, and its id."""
    study_id = desk.world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    booking = past(desk, 1, study_id)
    log(desk, booking, outcome)
    ((id_,),) = rows(desk.database, sa.select(Interview.id))
    return booking, id_


def test_a_cancelled_group_session_stays_cancelled(desk: Desk) -> None:
    booking, id_ = group_session(desk, InterviewStatus.CANCELED)
    other = replace(booking, email="p2@example.com")
    assert log(desk, other, InterviewStatus.COMPLETED) == "GRP-2"
    assert desk.world.get(id_).status is InterviewStatus.CANCELED


def test_a_no_show_of_one_becomes_completed_when_another_came_and_the_timeline_says_so(desk: Desk) -> None:
    world = desk.world
    booking, id_ = group_session(desk, InterviewStatus.COMPLETED)
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, id_, world.now))
    other = replace(booking, email="p2@example.com")
    assert log(desk, other, InterviewStatus.COMPLETED) == "GRP-1"
    assert world.get(id_).status is InterviewStatus.COMPLETED
    name = world.researcher.name
    assert desk.timeline(id_)[-2:] == [
        (name, "completed it: somebody came after all"),
        (name, "logged the session with P2"),
    ]
    refusal = desk.refused(lambda s: undo.undo(s, world.researcher, id_, world.now))
    assert "nothing to undo" in refusal.message, "what was before did not know of P2"


def test_who_had_given_up_their_seat_and_came_after_all_has_it_again(desk: Desk) -> None:
    world = desk.world
    booking, id_ = group_session(desk, InterviewStatus.COMPLETED)
    other = replace(booking, email="p2@example.com")
    log(desk, other, InterviewStatus.CANCELED)
    assert desk.status("p2@example.com", booking.study_id) == "Interview Canceled"
    log(desk, other, InterviewStatus.COMPLETED)
    assert desk.status("p2@example.com", booking.study_id) == "Interview Completed"
    assert desk.study(booking.study_id).seats_taken == 2
    assert rows(desk.database, sa.select(sa.func.count()).where(Attendee.participant_id.is_not(None))) == [(2,)]
    assert world.get(id_).status is InterviewStatus.COMPLETED


def test_an_older_session_leaves_the_status_alone(desk: Desk) -> None:
    log(desk, past(desk, 1), InterviewStatus.COMPLETED)
    log(desk, past(desk, 9), InterviewStatus.NO_SHOWED)
    assert desk.status(EMAIL) == "Interview Completed"


def test_a_sent_incentive_is_not_taken_back(desk: Desk) -> None:
    log(desk, past(desk, 5), InterviewStatus.COMPLETED)
    desk.do(lambda s: s.execute(sa.update(Enrolment).values(status=ParticipantStatus.INCENTIVE_SENT)))
    log(desk, past(desk, 1), InterviewStatus.NO_SHOWED)
    assert desk.status(EMAIL) == "Incentive Sent"


def test_a_time_ahead_is_to_be_booked_instead(desk: Desk) -> None:
    world = desk.world
    ahead = past(desk, -1)
    error = desk.refused(lambda s: history.log_past(s, world.researcher, ahead, InterviewStatus.COMPLETED, world.now))
    assert error.field == "when"


def test_nobody_has_two_seats_in_one_group_session(desk: Desk) -> None:
    world = desk.world
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=4)
    booking = past(desk, 1, group.id)
    log(desk, booking, InterviewStatus.COMPLETED)
    error = desk.refused(lambda s: history.log_past(s, world.researcher, booking, InterviewStatus.COMPLETED, world.now))
    assert error.message == "P1 is in GRP-1 already."


def test_only_those_who_manage_the_study_may_log(desk: Desk) -> None:
    world = desk.world
    stranger = world.member(Role.RESEARCHER)
    desk.refused(lambda s: history.log_past(s, stranger, past(desk), InterviewStatus.COMPLETED, world.now), NotAllowed)


def test_a_session_that_is_not_over_is_not_logged_yet(desk: Desk) -> None:
    world = desk.world
    running = Booking(world.study_id, EMAIL, world.now - timedelta(minutes=30))
    for attempt in (
        lambda s: history.log_past(s, world.researcher, running, InterviewStatus.COMPLETED, world.now),
        lambda s: history.preview_past(s, world.researcher, running, world.now),
    ):
        error = desk.refused(attempt)
        assert error.message.startswith("That session is not over: it lasts until 10:00.")


def test_a_preview_says_who_was_elsewhere_and_bars_nothing(desk: Desk) -> None:
    world = desk.world
    log(desk, past(desk), InterviewStatus.COMPLETED)
    log(desk, past(desk, 2), InterviewStatus.CANCELED)
    desk.change(desk.study(), participation_limit=1)
    overlapping = Booking(world.study_id, EMAIL, world.now - timedelta(days=1, minutes=30))
    found = desk.do(lambda s: history.preview_past(s, world.researcher, overlapping, world.now))
    assert found.warnings == (
        "CHK is fully booked: 1 of 1 seats used.",
        f"{world.researcher.name} was in CHK-1 at that time.",
        "P1 was in CHK-1 at that time.",
    )
    assert log(desk, overlapping, InterviewStatus.COMPLETED) == "CHK-3"
    free = desk.do(lambda s: history.preview_past(s, world.researcher, past(desk, 2), world.now))
    assert free.warnings == ("CHK is fully booked: 2 of 1 seats used.",)


def test_what_others_did_at_that_time_is_no_matter(desk: Desk) -> None:
    world = desk.world
    others = replace(past(desk), email="x@example.com", host_ids=(world.admin.member_id,))
    log(desk, others, InterviewStatus.COMPLETED)
    assert desk.do(lambda s: history.preview_past(s, world.researcher, past(desk), world.now)).warnings == ()
    guest = replace(past(desk), host_ids=(world.admin.member_id,))
    assert desk.do(lambda s: history.preview_past(s, world.researcher, guest, world.now)).warnings == (
        f"{world.admin.name} was in CHK-1 at that time.",
    )


def test_a_preview_of_the_past_is_for_those_who_may_log_and_changes_nothing(desk: Desk) -> None:
    world = desk.world
    desk.refused(lambda s: history.preview_past(s, world.observer, past(desk), world.now), NotAllowed)
    found = desk.do(lambda s: history.preview_past(s, world.admin, past(desk), world.now))
    assert (found.person_is_new, found.host_slack_ids) == (True, (world.researcher.slack_user_id,))
    assert rows(desk.database, sa.select(Interview.id)) == []


def test_a_session_between_two_quarters_is_not_logged_by_hand(desk: Desk) -> None:
    world = desk.world
    odd = Booking(world.study_id, EMAIL, world.now - timedelta(days=1, minutes=8))
    error = desk.refused(lambda s: history.preview_past(s, world.researcher, odd, world.now))
    assert (error.message, error.field) == ("Sessions start on a quarter of an hour. Pick 09:15 or 09:30.", "when")


def test_another_workspaces_member_has_not_hosted(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    foreign = replace(past(desk), host_ids=(elsewhere.researcher.member_id,))
    for attempt in (
        lambda s: history.log_past(s, world.researcher, foreign, InterviewStatus.COMPLETED, world.now),
        lambda s: history.preview_past(s, world.researcher, foreign, world.now),
    ):
        assert desk.refused(attempt, NotFound).message == "There is no such host in this workspace."
