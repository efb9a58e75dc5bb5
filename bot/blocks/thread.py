"""What happened to an interview, as its card's thread and its details tell it."""

from __future__ import annotations

from datetime import datetime

from bot.blocks import kit
from bot.blocks.interview import short
from domain.interview import TimelineKind, TimelineLine

LONGEST_VALUE = 80


def sentence(entry: TimelineLine) -> str:
    """One entry of the timeline in mrkdwn: who, what, and from → to. Timelines name participants by alias."""
    said = f"*{short(entry.actor, 60)}* {short(entry.text, 300)}"
    change = " → ".join(value_text(entry, value) for value in (entry.before, entry.after) if value)
    return f"{said} ({change})" if change else said


def value_text(entry: TimelineLine, value: str) -> str:
    """What something was or is: a time in every reader's own zone, anything else as it was written."""
    if entry.kind is TimelineKind.RESCHEDULED:
        return kit.at(datetime.fromisoformat(value), "{date_long_pretty} at {time}")
    return short(value, LONGEST_VALUE)
