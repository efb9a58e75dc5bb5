"""The daily digest as a team's channel reads it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.blocks import kit
from bot.blocks.interview import line_block, read_out_all
from bot.blocks.kit import Block
from domain.digest import Digest, DigestSection
from domain.times import spelled

FORMS = {DigestSection.UNVERIFIED: "{date_short_pretty} at {time}"}
"""How a session's time is said where the time of day is not enough."""


def message(digest: Digest, now: datetime, *, with_names: bool) -> tuple[str, list[Block]]:
    """One message's text for notifications, and its blocks.

    `with_names`: in this channel the team's wish to see participants' names may be followed. It is not where the
    names are so long that Slack would not take the message: then participants go by their aliases.
    """
    title = headline(digest)
    blocks = drawn(digest, title, now, with_names=with_names)
    if kit.characters(blocks) > kit.MESSAGE_CHARACTERS:
        with_names = False
        blocks = drawn(digest, title, now, with_names=with_names)
    lines = [line for section in digest.sections.values() for line in section]
    return read_out_all(title, [(line, with_names and line.names_in_channel) for line in lines]), blocks


def drawn(digest: Digest, title: str, now: datetime, *, with_names: bool) -> list[Block]:
    blocks = [kit.header(title)]
    for section, lines in digest.sections.items():
        if lines and section is not DigestSection.TODAY:
            blocks += [kit.divider(), kit.section(section_title(section, digest.day))]
        for line in lines:
            form = FORMS.get(section, "{time}")
            blocks += line_block(line, now, with_names and line.names_in_channel, form=form)
    return blocks


def headline(digest: Digest) -> str:
    """`Tuesday 24 November · 5 sessions, 2 need attention · 1 outcome missing`."""
    number, attention, missing = digest.sessions, digest.need_attention, digest.outcomes_missing
    sessions = {0: "no sessions", 1: "1 session"}.get(number, f"{number} sessions")
    wrong = {0: "", 1: ", 1 needs attention"}.get(attention, f", {attention} need attention")
    outcomes = {0: "", 1: " · 1 outcome missing"}.get(missing, f" · {missing} outcomes missing")
    part = f" · part {digest.part} of {digest.of}" if digest.of > 1 else ""
    return f"{spelled(digest.day)} · {sessions}{wrong}{outcomes}{part}"


def section_title(section: DigestSection, day: date) -> str:
    if section is DigestSection.TOMORROW:
        return f"*Tomorrow, {spelled(day + timedelta(days=1))}*"
    return "*Did these take place?* Nobody has said so yet."
