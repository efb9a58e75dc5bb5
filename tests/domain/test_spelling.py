"""Times in the words in which participants read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.spelling import length_words


@pytest.mark.parametrize(
    ("minutes", "words"), [(45, "45 minutes"), (60, "1 hour"), (120, "2 hours"), (90, "1 h 30 min")]
)
def test_length_is_said_in_words(minutes: int, words: str) -> None:
    assert length_words(timedelta(minutes=minutes)) == words
