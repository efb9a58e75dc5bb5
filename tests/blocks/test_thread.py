"""What happened to an interview, as its card's thread tells it."""

from __future__ import annotations

from bot.blocks.thread import sentence
from domain.interview import Door, TimelineKind, TimelineLine
from tests.blocks.lines import NOW


def edited(kind: TimelineKind, before: str, after: str) -> str:
    """The sentence of an edit."""
    return sentence(TimelineLine(NOW, kind, Door.SLACK, "Ana", "changed it", before, after))


def test_a_meetings_link_is_told_letter_by_letter() -> None:
    told = edited(TimelineKind.LOCATION_CHANGED, "https://meet.example/_a_b~c?x=1&y=2", "https://" + "w" * 100)
    assert told == f"*Ana* changed it (https://meet.example/_a_b~c?x=1&amp;y=2 → https://{'w' * 71}…)"


def test_a_place_in_words_and_a_title_style_nothing() -> None:
    assert "*x*" not in edited(TimelineKind.LOCATION_CHANGED, "none", "*x* <!here> https://a.example")
    assert "<!here>" not in edited(TimelineKind.LOCATION_CHANGED, "none", "https://a.example/<!here>")
    assert "_x_" not in edited(TimelineKind.DETAILS_CHANGED, "none", "https://a.example/_x_")
