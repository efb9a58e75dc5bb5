"""Interview lines for tests of what is drawn: a plain one, changed where the test says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.attendance import Attendance
from domain.interview import Host, InterviewLine, InterviewStatus, Seat
from domain.study import LocationKind, StudyType

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
HOSTILE = "<!channel> *x* & <b> <https://evil.example|click>"
LONG = "W" * 200


def seat(number: int = 17, attendance: Attendance = Attendance.ACCEPTED, **values: Any) -> Seat:
    given: dict[str, Any] = {
        "attendee_id": 100 + number,
        "participant_id": 200 + number,
        "number": number,
        "name": "Mara Lindqvist",
        "email": f"p{number}@example.com",
        "attendance": attendance,
        "outcome": InterviewStatus.UPCOMING,
        **values,
    }
    return Seat(**given)


def host(number: int = 1, *, has_conflict: bool = False) -> Host:
    return Host(number, f"U0HOST{number}", "Ana Reyes", has_conflict)


def line(**values: Any) -> InterviewLine:
    """An upcoming interview in an hour and a half, with one host and one participant who has accepted.

    Its seats have the interview's status as their outcome, unless they are given.
    """
    plain = InterviewLine(
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
        starts_at=NOW + timedelta(minutes=90),
        ends_at=NOW + timedelta(minutes=150),
        location=LocationKind.GOOGLE_MEET,
        link="https://meet.google.com/abc-defg-hij",
        capacity=1,
        version=1,
        calendar_failed=False,
        names_in_channel=False,
        hosts=(host(),),
        guests=(),
        seats=(seat(outcome=values.get("status", InterviewStatus.UPCOMING)),),
    )
    return replace(plain, **values)
