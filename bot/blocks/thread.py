"""What happened to an interview, as its card's thread tells it."""

from __future__ import annotations

from bot.blocks import kit
from domain.interview import TimelineLine


def sentence(entry: TimelineLine) -> str:
    """One entry of the timeline in mrkdwn: who, what, and from → to. Timelines name participants by alias."""
    said = f"*{kit.literal(entry.actor)}* {kit.literal(entry.text)}"
    change = " → ".join(kit.literal(value) for value in (entry.before, entry.after) if value)
    return f"{said} ({change})" if change else said
