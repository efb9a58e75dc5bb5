"""Suggested times, against an oracle that tries every quarter of an hour on the wall clock."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.suggestions import suggest
from domain.times import Span

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo", "UTC")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)

minutes = st.integers(0, 2 * 366 * 24 * 60)
spans = st.lists(
    st.builds(
        lambda start, length: (timedelta(minutes=start), timedelta(minutes=length)),
        st.integers(-600, 14 * 24 * 60),
        st.integers(1, 3 * 24 * 60),
    ),
    max_size=30,
)


def possible(now: datetime, length: timedelta, zone: str, taken: Sequence[Span]) -> dict[date, list[datetime]]:
    """Every start that breaks no rule, by its local day: found by trying all."""
    found: dict[date, list[datetime]] = {}
    start = now.replace(minute=0, second=0, microsecond=0)
    while start < now + 14 * DAY:
        here, there = start.astimezone(ZoneInfo(zone)), (start + length).astimezone(ZoneInfo(zone))
        breaks = (
            start < now + 4 * HOUR,
            start + length > now + 14 * DAY,
            here.weekday() >= 5,
            here.hour < 9,
            (there.date(), there.hour * 60 + there.minute) > (here.date(), 18 * 60),
            any(span.start < start + length and start < span.end for span in taken),
        )
        if not any(breaks):
            found.setdefault(here.date(), []).append(start)
        start += QUARTER
    return found


@settings(max_examples=60, deadline=None)
@given(minutes, st.sampled_from([15, 30, 60, 90, 480]), st.sampled_from(ZONES), spans)
@example(int((datetime(2026, 3, 27, 9, tzinfo=UTC) - FIRST) / timedelta(minutes=1)), 60, "Europe/Berlin", [])
@example(int((datetime(2026, 10, 23, 9, tzinfo=UTC) - FIRST) / timedelta(minutes=1)), 60, "Europe/Berlin", [])
@example(int((datetime(2026, 4, 2, 22, tzinfo=UTC) - FIRST) / timedelta(minutes=1)), 30, "Australia/Lord_Howe", [])
def test_what_is_suggested_is_possible_and_spread_over_the_days(
    minute: int, length: int, zone: str, offsets: list[tuple[timedelta, timedelta]]
) -> None:
    now, lasts = FIRST + timedelta(minutes=minute), timedelta(minutes=length)
    taken = [Span(now + start, now + start + long) for start, long in offsets]
    found, all_days = suggest(now, lasts, zone, taken), possible(now, lasts, zone, taken)
    by_day = {
        day: list(starts)
        for day, starts in itertools.groupby(found, lambda each: each.astimezone(ZoneInfo(zone)).date())
    }
    assert list(found) == sorted(set(found))
    assert len(found) <= 20
    for day, starts in by_day.items():
        assert set(starts) <= set(all_days[day])
        assert starts[0] == all_days[day][0]
        assert len(starts) <= 3
        assert all(later - earlier >= HOUR for earlier, later in itertools.pairwise(starts))
    if len(found) < 18:
        assert by_day.keys() == all_days.keys()


@pytest.mark.parametrize(
    ("day", "utc"),
    [(date(2026, 3, 27), 8), (date(2026, 3, 30), 7), (date(2026, 10, 23), 7), (date(2026, 10, 26), 8)],
)
def test_nine_oclock_is_nine_oclock_on_both_sides_of_a_change_of_clocks(day: date, utc: int) -> None:
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=5)
    first, *_ = suggest(now, HOUR, "Europe/Berlin", [])
    assert first == datetime(day.year, day.month, day.day, utc, tzinfo=UTC)


def test_an_empty_day_offers_its_morning_its_middle_and_its_end() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    found = suggest(now, HOUR, "Europe/Berlin", [])
    assert [f"{each:%a %H:%M}" for each in found[:4]] == ["Mon 08:00", "Mon 12:00", "Mon 16:00", "Tue 08:00"]
    assert len(found) == 20


def test_nothing_is_suggested_to_who_is_never_free() -> None:
    now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert suggest(now, HOUR, "Europe/Berlin", [Span(now - DAY, now + 30 * DAY)]) == ()
