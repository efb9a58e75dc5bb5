"""Lists of interviews: a day, a week, pages of a filtered list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from bot.blocks import kit
from bot.blocks.ids import CommonId, InterviewId
from bot.blocks.interview import line_block, read_out_all
from bot.blocks.kit import Block, Element, View
from domain.schedule import Agenda, Seen
from domain.times import local, spelled, today

LIST_BUTTON = f"{CommonId.MENU}:/interview:list"
"""The menu's button: it lists the interviews."""
WITH_DAY = "{date_short_pretty} at {time}"
MOST_BLOCKS = kit.MESSAGE_BLOCKS - 3
MOST_CHARACTERS = kit.MESSAGE_CHARACTERS - 500
"""Of an agenda's lines: the rest is kept for what stands below them."""


@dataclass(frozen=True, slots=True)
class Days:
    """Which days an agenda shows, as its reader calls them: "today", "tomorrow", "the next seven days"."""

    name: str
    first: date
    number: int
    time_zone: str

    @property
    def title(self) -> str:
        name = f"{self.name[0].upper()}{self.name[1:]}"
        return f"{name}, {spelled(self.first)}" if self.number == 1 else f"{name}, from {spelled(self.first)}"


def agenda(found: Agenda, days: Days, now: datetime) -> tuple[str, list[Block]]:
    """The interviews of some days in the reader's zone, day by day; what does not fit is counted."""
    if not found.interviews:
        return nothing(days)
    number = len(found.interviews) + found.more
    title = f"{days.title}: {number} {'session' if number == 1 else 'sessions'}"
    text = read_out_all(title, [(each.line, each.with_names) for each in found.interviews])
    blocks = [kit.section(f"*{days.title}* · {number} {'session' if number == 1 else 'sessions'}")]
    shown, written = 0, kit.characters(blocks)
    for day, group in groupby(found.interviews, key=lambda each: local(each.line.starts_at, days.time_zone).date()):
        heading = [kit.context(f"*{spelled(day)}*")] if days.number > 1 else []
        for each in group:
            more = [*heading, *line_block(each.line, now, each.with_names, may_manage=each.may_manage)]
            written += kit.characters(more)
            if len(blocks) + len(more) > MOST_BLOCKS or written > MOST_CHARACTERS:
                return text, [*blocks, *beyond(number - shown)]
            blocks.extend(more)
            heading, shown = [], shown + 1
    if found.more:
        blocks.extend(beyond(found.more))
    return text, [*blocks, kit.context(f"Days of {days.time_zone.replace('_', ' ')}; times in your own zone.")]


def beyond(number: int) -> list[Block]:
    """What is not shown, and where it is."""
    return [kit.section(f"and {number} more: `/interview list`", kit.button("Show the list", LIST_BUTTON))]


def nothing(days: Days) -> tuple[str, list[Block]]:
    """An agenda without sessions."""
    text = f"No sessions {days.name} ({spelled(days.first)})." if days.number == 1 else f"No sessions in {days.name}."
    return text, [
        kit.section(text),
        kit.actions(kit.button("Book an interview", InterviewId.BOOK), kit.button("All interviews", LIST_BUTTON)),
    ]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list: what was asked for in words, and the values of the buttons that lead on.

    `bulk` leads to where several are selected, None for whoever may do nothing to them.
    """

    filter_words: str
    interviews: tuple[Seen, ...]
    previous: str | None
    next: str | None
    bulk: str | None = None


def page(shown: ListPage, now: datetime, time_zone: str) -> tuple[str, list[Block]]:
    """A page of a list, with buttons to its neighbours. Names so long that Slack refused it give way to aliases."""
    asked = f"Interviews: {kit.literal(shown.filter_words)}" if shown.filter_words else "Interviews"
    buttons = page_buttons(shown)
    if not shown.interviews:
        text = f"{asked}: none found."
        return text, [kit.section(text), *([kit.actions(*buttons)] if buttons else [])]
    lines = page_lines(shown.interviews, now, time_zone)
    if kit.characters(lines) > MOST_CHARACTERS:
        lines = page_lines([replace(each, with_names=False) for each in shown.interviews], now, time_zone)
    blocks = [kit.section(f"*{asked}*"), *lines]
    text = read_out_all(f"{asked}:", [(each.line, each.with_names) for each in shown.interviews])
    return text, [*blocks, *([kit.actions(*buttons)] if buttons else [])]


def page_lines(interviews: Sequence[Seen], now: datetime, time_zone: str) -> list[Block]:
    """The interviews of a page, each with its day."""
    blocks = []
    for each in interviews:
        form = WITH_DAY if is_near(each.line.starts_at, now, time_zone) else "{date_short} at {time}"
        blocks.extend(line_block(each.line, now, each.with_names, may_manage=each.may_manage, form=form))
    return blocks


def is_near(instant: datetime, now: datetime, time_zone: str) -> bool:
    """Whether Slack says yesterday, today or tomorrow of it."""
    return abs((today(instant, time_zone) - today(now, time_zone)).days) <= 1


def page_buttons(shown: ListPage) -> list[Element]:
    """The buttons to the neighbours that there are, and to selecting several."""
    all_buttons = (
        ("← Previous", "Previous page of interviews", InterviewId.LIST_PREVIOUS, shown.previous),
        ("Next →", "Next page of interviews", InterviewId.LIST_NEXT, shown.next),
        ("Select several…", "Select several interviews", InterviewId.BULK, shown.bulk),
    )
    return [
        kit.spoken(kit.button(label, action_id, value), words)
        for label, words, action_id, value in all_buttons
        if value is not None
    ]


def list_modal(blocks: Sequence[Block]) -> View:
    """A list where there is no message to show it in."""
    return kit.modal("Interviews", blocks, callback_id=InterviewId.SHOWN_MODAL, close="Close")
