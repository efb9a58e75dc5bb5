"""Times in the words in which participants read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.spelling import hours, length_words


@pytest.mark.parametrize(
    ("minutes", "words"), [(45, "45 minutes"), (60, "1 hour"), (120, "2 hours"), (90, "1 h 30 min")]
)
def test_length_is_said_in_words(minutes: int, words: str) -> None:
    assert length_words(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30 UTC+2 – 02:30 UTC+1"),
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "01:30 UTC+1 – 03:30 UTC+2"),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "02:30–03:30"),
        (datetime(2026, 11, 24, 22, 30, tzinfo=UTC), "23:30 – Wednesday, 25 November 2026, 00:30"),
    ],
)
def test_hours_in_which_the_clocks_change_say_which_they_are(starts_at: datetime, words: str) -> None:
    assert hours(starts_at, starts_at + timedelta(hours=1), "Europe/Berlin") == words
