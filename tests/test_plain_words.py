"""Days and times in plain words, in several zones, around the changes of the clocks."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import plain_words
from domain.errors import RuleError

BERLIN, NEW_YORK, TOKYO, SYDNEY = "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney"
NOW = datetime(2026, 11, 21, 20, 13, tzinfo=UTC)
"""A Saturday: 21:13 in Berlin, 15:13 in New York; Sunday 05:13 in Tokyo, 07:13 in Sydney."""


def understood(text: str, zone: str = BERLIN, now: datetime = NOW) -> str:
    return f"{plain_words.moment(text, now, zone).at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("next tue 2pm", "Tue 2026-11-24 14:00"),
        ("tue 2pm", "Tue 2026-11-24 14:00"),
        ("this tue 2pm", "Tue 2026-11-24 14:00"),
        ("2pm tuesday", "Tue 2026-11-24 14:00"),
        ("tue next week 2pm", "Tue 2026-11-24 14:00"),
        ("next week tue 2pm", "Tue 2026-11-24 14:00"),
        ("on Tuesday, at 2 p.m.", "Tue 2026-11-24 14:00"),
        ("tomorrow 14:00", "Sun 2026-11-22 14:00"),
        ("tomorrow at 14", "Sun 2026-11-22 14:00"),
        ("tomorrow at 0", "Sun 2026-11-22 00:00"),
        ("tomorrow 14h30", "Sun 2026-11-22 14:30"),
        ("tomorrow 2.30pm", "Sun 2026-11-22 14:30"),
        ("noon tomorrow", "Sun 2026-11-22 12:00"),
        ("mon 9am", "Mon 2026-11-23 09:00"),
        ("mon 12am", "Mon 2026-11-23 00:00"),
        ("day after tomorrow 9:00", "Mon 2026-11-23 09:00"),
        ("in 3 days 2pm", "Tue 2026-11-24 14:00"),
        ("2 weeks from today 3pm", "Sat 2026-12-05 15:00"),
        ("24 Nov 3pm", "Tue 2026-11-24 15:00"),
        ("Nov 24 3pm", "Tue 2026-11-24 15:00"),
        ("Tue 24 Nov 3pm", "Tue 2026-11-24 15:00"),
        ("1st of December, 11am", "Tue 2026-12-01 11:00"),
        ("24.11. 15:00", "Tue 2026-11-24 15:00"),
        ("25/12 10:00", "Fri 2026-12-25 10:00"),
        ("2026-11-24 14:00", "Tue 2026-11-24 14:00"),
        ("2026-11-24T14:00", "Tue 2026-11-24 14:00"),
        ("29 feb 3pm", "Tue 2028-02-29 15:00"),
        ("20 Nov 3pm", "Sat 2027-11-20 15:00"),
        # today, or the next day on which the time is ahead
        ("10pm", "Sat 2026-11-21 22:00"),
        ("9pm", "Sun 2026-11-22 21:00"),
        ("sat 10pm", "Sat 2026-11-21 22:00"),
        ("sat 9pm", "Sat 2026-11-28 21:00"),
        # times counted from now are rounded up to the quarter hour
        ("in 2 hours", "Sat 2026-11-21 23:15"),
        ("in an hour", "Sat 2026-11-21 22:15"),
        ("in 45 min", "Sat 2026-11-21 22:00"),
        ("in half an hour", "Sat 2026-11-21 21:45"),
    ],
)
def test_words_are_read_towards_the_future(text: str, expected: str) -> None:
    assert understood(text) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (BERLIN, "Sun 2026-11-22 09:00"),
        (NEW_YORK, "Sun 2026-11-22 09:00"),
        (TOKYO, "Mon 2026-11-23 09:00"),
        (SYDNEY, "Mon 2026-11-23 09:00"),
    ],
)
def test_tomorrow_is_the_readers_own(zone: str, expected: str) -> None:
    assert understood("tomorrow 9am", zone) == expected


MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_next_friday_said_on_monday_is_next_weeks_and_said_so() -> None:
    found = plain_words.moment("next friday 2pm", MONDAY, BERLIN)
    assert found.at == datetime(2026, 12, 4, 13, tzinfo=UTC)
    assert found.notes == ("“Next Friday” is read as Friday of next week: for this week's, leave out “next”.",)
    assert understood("friday 2pm", now=MONDAY) == "Fri 2026-11-27 14:00"
    assert plain_words.moment("next mon 2pm", MONDAY, BERLIN).notes == ()
    assert understood("next mon 2pm", now=MONDAY) == "Mon 2026-11-30 14:00"


def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(RuleError, match="02:30 does not exist on 28 March 2027 in Europe/Berlin") as refused:
        understood("28 mar 2027 2:30am")
    assert refused.value.field == "when"
    with pytest.raises(RuleError, match="does not exist"):
        understood("14 mar 2027 2:30am", NEW_YORK)
    assert understood("28 mar 2027 2:30am", NEW_YORK) == "Sun 2027-03-28 02:30"


def test_a_time_that_comes_twice_is_the_first_and_said_so() -> None:
    found = plain_words.moment("31 oct 2027 2:30am", NOW, BERLIN)
    assert found.at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert "comes twice that day" in found.notes[0]


def test_hours_from_now_pass_over_a_change_of_the_clocks() -> None:
    before = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert understood("in 2 hours", now=before) == "Sun 2027-03-28 04:30"
    assert understood("tomorrow 9am", now=before) == "Mon 2027-03-29 09:00"


def test_an_hour_at_night_is_pointed_out() -> None:
    assert plain_words.moment("tue 2:30", NOW, BERLIN).notes == ("02:30 is at night: write 2:30pm for the afternoon.",)
    assert plain_words.moment("tue 02:30", NOW, BERLIN).notes == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "At what time"),
        ("tuesday", "At what time"),
        ("24 nov", "At what time"),
        ("tomorrow 25:00", "^25:00 is not a time"),
        ("tomorrow 14:75", "^14:75 is not a time"),
        ("tomorrow 13pm", "^13pm is not a time"),
        ("tomorrow at 25", "^25:00 is not a time"),
        ("next blursday", "^I don't know what “blursday” means. Write for example “next tue 2pm”"),
        ("lunch on tuesday", "^I don't know what “lunch” means"),
        ("tomorrow at 2", "Write 2am or 2pm"),
        ("tomorrow 2pm 3pm", "There are two times"),
        ("5/6 3pm", "can be read as two days"),
        ("05/06/2027 3pm", "can be read as two days"),
        ("mon 24 nov 3pm", "24 November 2026 is a Tuesday"),
        ("30 feb 3pm", "“30 feb” is not a day"),
        ("2026-13-40 10:00", "There is no day 2026-13-40"),
        ("march 3pm", "“march” is not a day"),
        ("next week 3pm", "“next week” is not a day"),
        ("banana 3pm", "I don't know what “banana” means"),
        ("3 days ago 3pm", "“3 days ago” is not a day"),
        ("next thursdayx 3pm", "I don't know what “thursdayx” means"),
        ("1764000000 3pm", "is not a day"),
        ("x" * 500, "too long"),
    ],
)
def test_what_is_unclear_is_refused_with_a_way_to_write_it(text: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence) as refused:
        understood(text)
    assert refused.value.field == "when"


@pytest.mark.parametrize("text", ["", "next blursday", "tomorrow 25:00", "30 feb 3pm"])
def test_examples_hold_on_every_day(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        understood(text)
    examples = re.findall("“([^”]+)”", refused.value.message.partition("Write for example ")[2])
    assert len(examples) == 3
    for days in range(0, 800, 100):
        now = NOW + timedelta(days=days)
        assert all(plain_words.moment(example, now, BERLIN).at > now for example in examples)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", date(2026, 11, 21)),
        ("yesterday", date(2026, 11, 20)),
        ("mon", date(2026, 11, 16)),
        ("sat", date(2026, 11, 21)),
        ("next mon", date(2026, 11, 23)),
        ("last sat", date(2026, 11, 14)),
        ("1 nov", date(2026, 11, 1)),
        ("1 dec 2025", date(2025, 12, 1)),
    ],
)
def test_days_of_a_list_may_lie_behind(text: str, expected: date) -> None:
    assert plain_words.day(text, NOW, BERLIN, ahead=False) == expected


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2029, 12, 31)),  # noqa: DTZ001
    st.sampled_from([BERLIN, NEW_YORK, TOKYO, SYDNEY, "America/Sao_Paulo", "Australia/Lord_Howe"]),
)
def test_a_date_and_time_written_out_is_read_as_written(wall: datetime, zone: str) -> None:
    text = f"{wall:%Y-%m-%d %H:%M}"
    found = read_or_refused(text, zone)
    if isinstance(found, RuleError):
        assert "does not exist" in found.message
    else:
        assert f"{found.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == text


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused_in_a_sentence(text: str) -> None:
    found = read_or_refused(text, BERLIN)
    assert found.field == "when" if isinstance(found, RuleError) else found.at.tzinfo is not None


def read_or_refused(text: str, zone: str) -> plain_words.Moment | RuleError:
    try:
        return plain_words.moment(text, NOW, zone)
    except RuleError as refused:
        return refused


@given(st.sampled_from(sorted(plain_words.WEEKDAYS)), st.integers(0, 23), st.integers(0, 14 * 24))
def test_a_weekday_is_the_first_with_that_time_ahead(name: str, hour: int, later: int) -> None:
    now = NOW + timedelta(hours=later)
    found = plain_words.moment(f"{name} {hour:02}:00", now, TOKYO).at
    assert found.astimezone(ZoneInfo(TOKYO)).weekday() == plain_words.WEEKDAYS[name]
    assert timedelta() < found - now <= timedelta(weeks=1)


def test_dateparser_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, bot.plain_words; sys.exit('dateparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
