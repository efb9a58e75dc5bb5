"""What happened to an interview, as its card's thread and its details tell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import kit
from bot.blocks.interview import short
from bot.blocks.kit import Block
from domain.editing import is_web_address
from domain.interview import Door, TimelineKind, TimelineLine

LONGEST_VALUE = 80
LONGEST_TEXT = 320
MOST_ENTRIES = 5
"""Entries in one post."""


def post(entries: Sequence[TimelineLine]) -> tuple[str, list[Block]]:
    """One post for what happened within a minute, in its order: its text for notifications, and its blocks."""
    told = [sentence(entry) for entry in entries[:MOST_ENTRIES]]
    while len("\n".join(told)) > kit.TEXT_CHARACTERS:
        told.pop()
    if len(entries) > len(told):
        told.append(f"and {len(entries) - len(told)} more: see the details.")
    text = "\n".join(told)
    return text, [kit.section(text)]


def sentence(entry: TimelineLine) -> str:
    """One entry of the timeline in mrkdwn: who, what with its link, from → to. Participants are named by alias."""
    said = f"*{short(entry.actor, 60)}* {short(entry.text, LONGEST_TEXT)}"
    if entry.kind is TimelineKind.BOOKED and entry.door is Door.PAGE:
        said += " on their own page"
    if entry.link:
        said += f" (<{kit.escape(entry.link)}|the message>)"
    change = " → ".join(value_text(entry, value) for value in (entry.before, entry.after) if value)
    return f"{said} ({change})" if change else said


def value_text(entry: TimelineLine, value: str) -> str:
    """What something was or is: a time in every reader's own zone, a link letter by letter, else without its markup."""
    if entry.kind is TimelineKind.RESCHEDULED:
        return kit.at(datetime.fromisoformat(value), "{date_long_pretty} at {time}")
    if entry.kind is TimelineKind.LOCATION_CHANGED and is_web_address(value):
        return kit.escape(kit.fit(value, LONGEST_VALUE))
    return short(value, LONGEST_VALUE)
