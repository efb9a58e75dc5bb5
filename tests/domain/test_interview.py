"""Which actions each status allows, and what is said to be wrong with an interview."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain import interview
from domain.attendance import Attendance
from domain.errors import Stale
from domain.interview import Host, InterviewAction, InterviewLine, InterviewStatus, Problem, Seat
from domain.study import LocationKind, StudyType

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)

OFFERED = {
    "upcoming": (
        "join details mark_completed mark_no_show reschedule edit compose copy_link change_host attendance cancel"
    ),
    "completed": "details mark_no_show reschedule compose rate copy_link attendance",
    "no_showed": "details mark_completed reschedule compose copy_link attendance",
    "canceled": "details book_again compose copy_link",
}
ONE, GROUP = StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW


@pytest.mark.parametrize("status", InterviewStatus)
def test_each_status_offers_the_actions_of_the_table(status: InterviewStatus) -> None:
    assert " ".join(interview.actions(status, ONE)) == OFFERED[status]


@pytest.mark.parametrize("status", InterviewStatus)
def test_only_a_group_session_ahead_has_a_limit_to_change(status: InterviewStatus) -> None:
    more = set(interview.actions(status, GROUP)) - set(interview.actions(status, ONE))
    assert more == ({InterviewAction.CHANGE_LIMIT} if status is InterviewStatus.UPCOMING else set())


@pytest.mark.parametrize("status", InterviewStatus)
@pytest.mark.parametrize("action", InterviewAction)
def test_an_action_is_refused_exactly_where_it_is_not_offered(action: InterviewAction, status: InterviewStatus) -> None:
    if action in OFFERED[status].split():
        interview.check(action, status, ONE, "CHK-7")
    else:
        with pytest.raises(Stale, match=r"^CHK-7 is .*: it can't be [a-z -]*\. Possible: .*details.*\.$"):
            interview.check(action, status, ONE, "CHK-7")


def test_a_second_click_on_cancel_is_told_that_it_is_cancelled() -> None:
    with pytest.raises(Stale) as refusal:
        interview.check(InterviewAction.CANCEL, InterviewStatus.CANCELED, ONE, "CHK-7")
    assert refusal.value.message == (
        "CHK-7 is cancelled: it can't be cancelled now. Possible: details, book again, compose, copy link."
    )


def test_one_to_one_sessions_say_why_they_have_no_limit() -> None:
    with pytest.raises(Stale, match="CHK-7 is no group session: it can't be given another limit\\. Possible"):
        interview.check(InterviewAction.CHANGE_LIMIT, InterviewStatus.UPCOMING, ONE, "CHK-7")


@pytest.mark.parametrize(("minutes", "expected"), [(0, True), (10, True), (11, False)])
def test_what_a_person_did_can_be_undone_for_ten_minutes(minutes: int, expected: bool) -> None:
    settled = line(status=InterviewStatus.NO_SHOWED, settled_at=NOW - timedelta(minutes=minutes))
    assert settled.may_be_undone(NOW) is expected
    assert not line(status=InterviewStatus.NO_SHOWED).may_be_undone(NOW)


COMPLETED = {"status": InterviewStatus.COMPLETED, "is_verified": True}
OWED = (Problem.INCENTIVE_OWED,)


def seat(
    attendance: Attendance = Attendance.ACCEPTED,
    outcome: InterviewStatus = InterviewStatus.UPCOMING,
    *,
    is_owed_incentive: bool = False,
) -> Seat:
    return Seat(1, 1, 17, "Mara Lindqvist", "mara@example.com", attendance, outcome, is_owed_incentive)


def line(**values: Any) -> InterviewLine:
    upcoming = InterviewLine(
        id=7,
        reference="CHK-7",
        study_id=1,
        study_key="CHK",
        study_name="Checkout study",
        study_type=StudyType.INTERVIEW,
        team_id=1,
        status=InterviewStatus.UPCOMING,
        is_verified=False,
        title="Checkout study",
        starts_at=NOW + timedelta(hours=1),
        ends_at=NOW + timedelta(hours=2),
        location=LocationKind.NONE,
        link=None,
        capacity=1,
        version=1,
        calendar_failed=False,
        names_in_channel=False,
        hosts=(Host(1, "U1", "Lena", has_conflict=False),),
        guests=(),
        seats=(seat(Attendance.ACCEPTED),),
    )
    return replace(upcoming, **values)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({}, ()),
        ({"seats": (seat(Attendance.CONFIRMED),)}, ()),
        ({"seats": (seat(Attendance.NO_REPLY),)}, (Problem.NO_REPLY,)),
        ({"seats": (seat(Attendance.UNKNOWN),)}, (Problem.UNKNOWN,)),
        ({"seats": (seat(Attendance.DECLINED),)}, (Problem.DECLINED,)),
        ({"location": LocationKind.GOOGLE_MEET}, (Problem.NO_LINK,)),
        ({"location": LocationKind.GOOGLE_MEET, "link": "https://meet.google.com/x"}, ()),
        ({"location": LocationKind.CUSTOM}, ()),
        ({"hosts": (Host(1, "U1", "Lena", has_conflict=True),)}, (Problem.HOST_CONFLICT,)),
        ({"guests": (Host(1, "U1", "Lena", has_conflict=True),)}, ()),
        ({"calendar_failed": True}, (Problem.CALENDAR_FAILED,)),
        ({"ends_at": NOW}, (Problem.OUTCOME_MISSING,)),
        ({"status": InterviewStatus.COMPLETED}, (Problem.OUTCOME_MISSING,)),
        ({"status": InterviewStatus.COMPLETED, "is_verified": True, "calendar_failed": True}, ()),
        ({**COMPLETED, "seats": (seat(outcome=InterviewStatus.COMPLETED, is_owed_incentive=True),)}, OWED),
        ({**COMPLETED, "seats": (seat(outcome=InterviewStatus.NO_SHOWED, is_owed_incentive=True),)}, ()),
        ({"status": InterviewStatus.NO_SHOWED, "calendar_failed": True}, ()),
        ({"status": InterviewStatus.CANCELED, "seats": (seat(Attendance.DECLINED),)}, ()),
    ],
)
def test_what_is_wrong_with_an_interview(values: dict[str, Any], problems: tuple[Problem, ...]) -> None:
    assert line(**values).problems(NOW) == problems


def test_several_problems_are_named_worst_first() -> None:
    found = line(
        location=LocationKind.ZOOM, seats=(seat(Attendance.NO_REPLY), seat(Attendance.DECLINED)), calendar_failed=True
    )
    assert found.problems(NOW) == (Problem.DECLINED, Problem.NO_REPLY, Problem.NO_LINK, Problem.CALENDAR_FAILED)


def test_whoever_gave_up_their_seat_in_a_group_is_no_problem_any_more() -> None:
    gone = seat(Attendance.DECLINED, InterviewStatus.CANCELED)
    assert line(seats=(seat(Attendance.ACCEPTED), gone)).problems(NOW) == ()


@pytest.mark.parametrize(
    ("name", "with_name", "shown"),
    [("Mara", True, "Mara"), ("", True, "mara@example.com"), ("Mara", False, "P17"), ("", False, "P17")],
)
def test_a_seat_is_shown_by_name_only_where_names_may_be_shown(name: str, with_name: bool, shown: str) -> None:
    assert replace(seat(Attendance.ACCEPTED), name=name).shown_as(with_name=with_name) == shown
