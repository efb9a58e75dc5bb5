"""Other hours on single dates, as people write them, and weekly hours in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.availability import Availability, parse_hours, standard
from domain.errors import RuleError
from domain.other_hours import between, checked, dates_text, in_words, parse_dates, parse_day, stretches, week_words

TODAY = date(2026, 11, 23)
OFF: tuple[tuple[int, int], ...] = ()
SHORT = ((600, 840),)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", {}),
        ("24 Dec: off", {date(2026, 12, 24): OFF}),
        ("24 December 2026 off", {date(2026, 12, 24): OFF}),
        ("2026-12-24: 10:00-14:00", {date(2026, 12, 24): SHORT}),
        ("24. Dec.: 10-14", {date(2026, 12, 24): SHORT}),
        ("30 Dec to 1 Jan: off", {date(2026, 12, 30) + timedelta(days=n): OFF for n in range(3)}),
        ("2026-12-30 - 2027-01-01: off", {date(2026, 12, 30) + timedelta(days=n): OFF for n in range(3)}),
        ("22 Nov: off", {date(2027, 11, 22): OFF}),
        ("23 Nov: off\n\n 24 Nov : off ", {date(2026, 11, 23): OFF, date(2026, 11, 24): OFF}),
        ("2026-11-20: off", {}),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, days: dict[date, tuple[tuple[int, int], ...]]) -> None:
    assert parse_dates(text, TODAY) == days


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("whenever: off", "“whenever: off” is not a date with hours"),
        ("24 Dec", "is not a date with hours"),
        ("31 Feb: off", "no day “31 Feb”"),
        ("24 Dec: morning", "“morning” is not a stretch of hours"),
        ("2026-12-24 to 2026-12-20: off", "is before"),
        ("2026-12-24 to 2028-12-24: off", "more than a year"),
    ],
)
def test_what_is_no_date_is_told_at_the_field(text: str, why: str) -> None:
    with pytest.raises(RuleError, match=why) as refusal:
        parse_dates(text, TODAY, "dates")
    assert refusal.value.field == "dates"


def test_what_is_written_back_is_read_the_same() -> None:
    overrides = parse_dates("24 Dec to 26 Dec: off\n30 Dec: 9-12, 13:30-17\n31 Dec: 9-12", TODAY)
    assert dates_text(overrides).splitlines() == [
        "24 Dec 2026 to 26 Dec 2026: off",
        "30 Dec 2026: 09:00–12:00, 13:30–17:00",
        "31 Dec 2026: 09:00–12:00",
    ]
    assert parse_dates(dates_text(overrides), TODAY) == overrides
    assert [stretch.words for stretch in stretches(overrides)] == [
        "Thu 24 Dec – Sat 26 Dec 2026: off",
        "Wed 30 Dec 2026: 09:00–12:00, 13:30–17:00",
        "Thu 31 Dec 2026: 09:00–12:00",
    ]


def test_a_leap_day_is_looked_for_where_there_is_one() -> None:
    assert parse_day("29 Feb", TODAY) == date(2028, 2, 29)


def test_dates_that_are_too_many_to_be_shown_are_refused() -> None:
    scattered = {TODAY + timedelta(days=2 * n): OFF for n in range(41)}
    with pytest.raises(RuleError, match="At most 40"):
        checked(scattered)
    assert len(checked(between(TODAY, TODAY + timedelta(days=200), OFF))) == 201
    finely = parse_hours("8-9, 10-11, 12-13, 14-15, 16-17", "hours")
    with pytest.raises(RuleError, match="Too many dates"):
        checked(dict.fromkeys(list(scattered)[:40], finely))


def test_a_week_is_told_in_a_few_words() -> None:
    assert in_words(standard("Europe/Berlin")) == "Mon–Fri 09:00–18:00 (Berlin)"
    assert week_words(((),) * 7) == "never"
    odd = (((540, 720), (780, 1020)), (), ((540, 720),), ((540, 720),), (), ((600, 1440),), ())
    assert week_words(odd) == "Mon 09:00–12:00 and 13:00–17:00, Wed–Thu 09:00–12:00, Sat 10:00–24:00"
    told = in_words(Availability("America/New_York", odd, {TODAY: ()}))
    assert told.endswith("(New York), other hours on 1 date")
