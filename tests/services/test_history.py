"""Sessions of the past, logged by hand: they count, and nothing is sent."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.services import history
from bot.services.booking import Booking
from domain.errors import NotAllowed
from domain.interview import InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyType
from storage.models import Enrolment, OutboxRow
from tests.builders import rows
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
    assert rows(desk.database, sa.select(OutboxRow.id)) == []


def test_a_no_show_and_a_cancellation_do_not_count(desk: Desk) -> None:
    log(desk, past(desk, 2), InterviewStatus.NO_SHOWED)
    assert desk.status(EMAIL) == "No Showed"
    log(desk, past(desk, 1), InterviewStatus.CANCELED)
    assert desk.status(EMAIL) == "Interview Canceled"
    assert desk.study().seats_taken == 0


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
