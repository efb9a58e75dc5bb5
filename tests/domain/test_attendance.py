"""Attendance from its evidence: the best wins, and the latest decision overrides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attendance import Attendance, Rsvp, attendance

EARLY = datetime(2026, 11, 20, 9, tzinfo=UTC)
CLICK = EARLY + timedelta(hours=1)
LATE = EARLY + timedelta(hours=2)


@pytest.mark.parametrize(
    ("rsvp", "rsvp_at", "confirmed_at", "expected"),
    [
        (Rsvp.NEEDS_ACTION, None, None, Attendance.NO_REPLY),
        (Rsvp.TENTATIVE, EARLY, None, Attendance.UNKNOWN),
        (Rsvp.ACCEPTED, EARLY, None, Attendance.ACCEPTED),
        (Rsvp.DECLINED, EARLY, None, Attendance.DECLINED),
        (Rsvp.NEEDS_ACTION, None, CLICK, Attendance.CONFIRMED),
        (Rsvp.ACCEPTED, EARLY, CLICK, Attendance.CONFIRMED),
        (Rsvp.ACCEPTED, LATE, CLICK, Attendance.CONFIRMED),
        (Rsvp.TENTATIVE, EARLY, CLICK, Attendance.CONFIRMED),
        (Rsvp.TENTATIVE, LATE, CLICK, Attendance.UNKNOWN),
        (Rsvp.DECLINED, EARLY, CLICK, Attendance.CONFIRMED),
        (Rsvp.DECLINED, LATE, CLICK, Attendance.DECLINED),
        (Rsvp.DECLINED, None, CLICK, Attendance.CONFIRMED),
        (Rsvp.NEEDS_ACTION, LATE, CLICK, Attendance.CONFIRMED),
    ],
)
def test_the_evidence_table(
    rsvp: Rsvp, rsvp_at: datetime | None, confirmed_at: datetime | None, expected: Attendance
) -> None:
    assert attendance(rsvp, rsvp_at, confirmed_at) is expected


moments = st.timedeltas(timedelta(), timedelta(days=365)).map(lambda since: EARLY + since)


@given(st.sampled_from(Rsvp), moments, moments)
def test_a_confirmation_gives_way_only_to_a_later_maybe_or_no(
    rsvp: Rsvp, rsvp_at: datetime, confirmed_at: datetime
) -> None:
    without = attendance(rsvp, rsvp_at, None)
    overridden = without in (Attendance.UNKNOWN, Attendance.DECLINED) and rsvp_at > confirmed_at
    assert attendance(rsvp, rsvp_at, confirmed_at) is (without if overridden else Attendance.CONFIRMED)


@given(st.sampled_from(Rsvp), moments)
def test_a_click_after_the_answer_always_confirms(rsvp: Rsvp, rsvp_at: datetime) -> None:
    assert attendance(rsvp, rsvp_at, rsvp_at + timedelta(seconds=1)) is Attendance.CONFIRMED
