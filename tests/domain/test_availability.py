"""Working hours: what people write, what is stored, and when it is open on days on which the clocks change."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.availability import Availability, Hours, hours_text, parse_hours, standard
from domain.errors import RuleError
from domain.times import Span, steady

BERLIN, HAVANA, LORD_HOWE = "Europe/Berlin", "America/Havana", "Australia/Lord_Howe"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The Sundays on which Berlin's clocks go from 02:00 to 03:00, and from 03:00 back to 02:00."""


def every_day(zone: str, text: str) -> Availability:
    return Availability(zone, (parse_hours(text),) * 7)


def shown(availability: Availability, first: date, last: date | None = None) -> list[str]:
    """The open stretches on the wall clock, with what it is ahead of UTC."""
    zone = ZoneInfo(availability.time_zone)
    return [
        f"{span.start.astimezone(zone):%a %H:%M%z} {span.end.astimezone(zone):%a %H:%M%z}"
        for span in availability.open_spans(first, last or first)
    ]


def test_standard_hours_are_office_hours_on_working_days() -> None:
    assert shown(standard(BERLIN), date(2026, 12, 4), date(2026, 12, 7)) == [
        "Fri 09:00+0100 Fri 18:00+0100",
        "Mon 09:00+0100 Mon 18:00+0100",
    ]


def test_an_override_replaces_the_hours_of_its_date_only() -> None:
    monday = date(2026, 12, 7)
    hours = Availability(BERLIN, standard(BERLIN).week, {monday: (), date(2026, 12, 12): parse_hours("10-11, 15-16")})
    assert shown(hours, monday) == []
    assert shown(hours, date(2026, 12, 8)) == ["Tue 09:00+0100 Tue 18:00+0100"]
    assert shown(hours, date(2026, 12, 12)) == ["Sat 10:00+0100 Sat 11:00+0100", "Sat 15:00+0100 Sat 16:00+0100"]


@pytest.mark.parametrize(
    ("hours", "opened", "lasts"),
    [
        ("01:00-04:00", ["Sun 01:00+0100 Sun 04:00+0200"], 2),
        ("02:30-04:00", ["Sun 03:00+0200 Sun 04:00+0200"], 1),
        ("01:00-02:30", ["Sun 01:00+0100 Sun 03:00+0200"], 1),
        ("02:00-03:00", [], 0),
        ("0-24", ["Sun 00:00+0100 Mon 00:00+0200"], 23),
    ],
)
def test_times_that_the_clocks_skip_are_left_out(hours: str, opened: list[str], lasts: float) -> None:
    assert shown(every_day(BERLIN, hours), SPRING) == opened
    assert total(every_day(BERLIN, hours), SPRING) == timedelta(hours=lasts)


@pytest.mark.parametrize(
    ("hours", "opened", "lasts"),
    [
        ("01:00-03:00", ["Sun 01:00+0200 Sun 03:00+0100"], 3),
        ("02:30-03:30", ["Sun 02:30+0200 Sun 02:00+0100", "Sun 02:30+0100 Sun 03:30+0100"], 1.5),
        ("01:00-02:30", ["Sun 01:00+0200 Sun 02:30+0200", "Sun 02:00+0100 Sun 02:30+0100"], 2),
        ("0-24", ["Sun 00:00+0200 Mon 00:00+0100"], 25),
    ],
)
def test_times_that_the_clocks_repeat_are_open_twice(hours: str, opened: list[str], lasts: float) -> None:
    """Only when the wall clock shows them: from the first 03:00, which is 02:00 again, to 02:30 it is not open."""
    assert shown(every_day(BERLIN, hours), AUTUMN) == opened
    assert total(every_day(BERLIN, hours), AUTUMN) == timedelta(hours=lasts)


def test_clocks_may_change_by_half_an_hour_and_at_midnight() -> None:
    half_back = shown(every_day(LORD_HOWE, "1:00-3:00"), date(2026, 4, 5))
    assert half_back == ["Sun 01:00+1100 Sun 03:00+1030"]
    assert total(every_day(LORD_HOWE, "1:00-3:00"), date(2026, 4, 5)) == timedelta(hours=2.5)
    assert total(every_day(LORD_HOWE, "1:00-3:00"), date(2026, 10, 4)) == timedelta(hours=1.5)
    assert shown(every_day(HAVANA, "0:00-0:30"), date(2026, 11, 1)) == [
        "Sun 00:00-0400 Sun 00:30-0400",
        "Sun 00:00-0500 Sun 00:30-0500",
    ]
    assert shown(every_day("Africa/Cairo", "0:00-2:00"), date(2026, 4, 24)) == ["Fri 01:00+0300 Fri 02:00+0300"]


def test_hours_until_midnight_go_on_into_the_next_day() -> None:
    nights = every_day("Asia/Kathmandu", "0-2, 22-24")
    assert shown(nights, date(2026, 12, 7), date(2026, 12, 8)) == [
        "Mon 00:00+0545 Mon 02:00+0545",
        "Mon 22:00+0545 Tue 02:00+0545",
        "Tue 22:00+0545 Wed 00:00+0545",
    ]
    whole = every_day(BERLIN, "0-24").open_spans(SPRING - timedelta(days=3), SPRING + timedelta(days=3))
    assert [span.end - span.start for span in whole] == [timedelta(hours=7 * 24 - 1)]


@st.composite
def weeks(draw: st.DrawFn) -> tuple[tuple[Hours, ...], ...]:
    edges = st.lists(st.integers(0, 288), min_size=2, max_size=6, unique=True).map(sorted)
    days = [draw(st.just([]) | edges) for _ in range(7)]
    return tuple(
        tuple((begins * 5, ends * 5) for begins, ends in zip(day[::2], day[1::2], strict=False)) for day in days
    )


@settings(max_examples=40, deadline=None)
@given(
    weeks(),
    st.sampled_from(
        [
            (BERLIN, SPRING),
            (BERLIN, AUTUMN),
            (LORD_HOWE, date(2026, 4, 5)),
            (HAVANA, date(2026, 11, 1)),
            ("Africa/Cairo", date(2026, 4, 24)),
            ("Asia/Beirut", date(2026, 10, 25)),
            ("America/St_Johns", date(2026, 11, 1)),
            ("Asia/Kolkata", date(2026, 12, 31)),
        ]
    ),
)
def test_it_is_open_whenever_the_wall_clock_says_so(week: tuple[tuple[Hours, ...], ...], at: tuple[str, date]) -> None:
    """Every five minutes around the day on which the clocks change."""
    zone, day = at
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    spans = Availability(zone, week).open_spans(first, last)
    assert all(before.end < after.start for before, after in itertools.pairwise(spans))
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=14)
    for number in range(4 * 288):
        tick = start + number * timedelta(minutes=5)
        wall = tick.astimezone(ZoneInfo(zone))
        minute = wall.hour * 60 + wall.minute
        is_open = first <= wall.date() <= last and any(a <= minute < b for a, b in week[wall.weekday()])
        assert any(span.start <= tick < span.end for span in spans) is is_open, wall


def test_a_span_is_cut_where_the_clocks_change() -> None:
    year = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [(piece.start, ahead) for piece, ahead in steady(year, BERLIN)] == [
        (year.start, timedelta(hours=1)),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), timedelta(hours=2)),
        (datetime(2026, 10, 25, 1, tzinfo=UTC), timedelta(hours=1)),
    ]
    assert steady(year, "Asia/Kathmandu") == [(year, timedelta(hours=5, minutes=45))]


@pytest.mark.parametrize(
    ("text", "shown_as"),
    [
        ("9:00-12:30, 13-17", "09:00–12:30, 13:00–17:00"),
        ("13.30 to 17 and 9 – 12", "09:00–12:00, 13:30–17:00"),
        ("9-12; 12-14", "09:00–14:00"),
        ("0-24", "00:00–24:00"),
        ("Off", "off"),
        ("", "off"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, shown_as: str) -> None:
    assert hours_text(parse_hours(text)) == shown_as
    assert parse_hours(shown_as) == parse_hours(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nine to five", "is not a stretch of hours"),
        ("9-", "is not a stretch of hours"),
        ("17-9", "ends before it begins"),
        ("9-9", "ends before it begins"),
        ("9-25", "is no time of day"),
        ("9:75-10", "is no time of day"),
    ],
)
def test_other_hours_are_refused_at_their_field(text: str, why: str) -> None:
    with pytest.raises(RuleError, match=why) as refused:
        parse_hours(text, "monday")
    assert refused.value.field == "monday"


def test_what_is_stored_is_what_was_said() -> None:
    said = Availability(BERLIN, standard(BERLIN).week, {date(2026, 12, 24): (), date(2026, 12, 5): parse_hours("9-12")})
    assert Availability.from_document(said.document()) == said


def total(availability: Availability, day: date) -> timedelta:
    return sum((span.end - span.start for span in availability.open_spans(day, day)), timedelta())
