"""The times among which a participant picks: their days, weeks and words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.web.times_view import Addresses, TimesView, times_view
from domain.scheduling import Slot

HALF = timedelta(minutes=30)
ADDRESSES = Addresses("/s/x", "Europe/Berlin")


def slots(*starts: datetime) -> list[Slot]:
    return [Slot(start, (1,)) for start in starts]


def view(starts: list[datetime], zone: str = "Europe/Berlin", wanted: date | None = None) -> TimesView:
    found = times_view(slots(*starts), zone, ADDRESSES, wanted)
    assert found is not None
    return found


def labels(found: TimesView) -> list[tuple[str, str]]:
    return [(time.label, time.note) for part in found.day.parts for time in part.times]


def test_a_repeated_hour_says_which_is_which() -> None:
    begin = datetime(2027, 10, 30, 23, 30, tzinfo=UTC)
    found = view([begin + number * HALF for number in range(5)])
    assert labels(found) == [
        ("01:30", "UTC+2"),
        ("02:00", "UTC+2"),
        ("02:30", "UTC+2"),
        ("02:00", "UTC+1"),
        ("02:30", "UTC+1"),
    ]
    assert (found.day.zone, found.day.changes) == ("Berlin time", True)


def test_a_skipped_hour_is_not_there_and_the_day_says_that_clocks_change() -> None:
    begin = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    found = view([begin + number * HALF for number in range(3)])
    assert labels(found) == [("01:30", "UTC+1"), ("03:00", "UTC+2"), ("03:30", "UTC+2")]


def test_only_one_of_a_repeated_pair_still_says_which_it_is() -> None:
    found = view([datetime(2027, 10, 31, 1, 30, tzinfo=UTC)])
    assert labels(found) == [("02:30", "UTC+1")]
    assert (found.day.zone, found.day.changes) == ("Berlin time, UTC+1", False)


def test_days_are_those_of_the_viewers_zone() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert view([late]).day.words == "Wednesday 25 November"
    assert view([late], "America/New_York").day.words == "Tuesday 24 November"
    assert view([late], "Asia/Kathmandu").day.zone == "Kathmandu time, UTC+5:45"
    assert view([late], "UTC").day.zone == "UTC"


def test_weeks_begin_with_the_first_free_one_and_turn_to_those_with_free_times() -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    starts = [noon, noon + timedelta(days=7), noon + timedelta(days=100)]
    first = view(starts).stretch
    assert first.words == "Nov – Dec 2026"
    assert [len(week) for week in first.weeks] == [7, 7]
    assert [cell.number for cell in first.weeks[0]] == [23, 24, 25, 26, 27, 28, 29]
    assert [bool(cell.href) for cell in first.weeks[0]] == [False, False, False, True, False, False, False]
    assert first.weeks[0][3].spoken == "Thursday 26 November, 1 free time"
    assert (first.earlier, first.later) == (None, "/s/x/times?day=2027-03-06&zone=Europe%2FBerlin")
    last = view(starts, wanted=date(2027, 3, 6)).stretch
    assert last.words == "March 2027"
    assert (last.earlier, last.later) == ("/s/x/times?day=2026-12-03&zone=Europe%2FBerlin", None)


def test_a_day_without_free_times_shows_the_next_that_has_some() -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    starts = [noon, noon + timedelta(days=2)]
    assert view(starts, wanted=date(2026, 11, 27)).day.words == "Saturday 28 November"
    assert view(starts, wanted=date(2027, 1, 1)).day.words == "Saturday 28 November"
    assert times_view([], "UTC", ADDRESSES) is None


def test_many_times_are_parted_by_the_time_of_day() -> None:
    begin = datetime(2026, 11, 24, 5, tzinfo=UTC)
    found = view([begin + number * HALF for number in range(28)])
    assert [(part.label, part.times[0].label) for part in found.day.parts] == [
        ("Morning", "06:00"),
        ("Afternoon", "12:00"),
        ("Evening", "17:00"),
    ]
