"""The modal in which a member says when they take sessions."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.callsheet import zone_option
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, View
from bot.blocks.scheduling import HOURS
from domain.availability import DAYS, Availability
from domain.other_hours import Stretch, in_words
from domain.setup_form import WEEK_INPUTS


@dataclass(frozen=True, slots=True)
class HoursForm:
    """What the modal shows: the text of each day, the zone, and the dates with other hours.

    `round` counts how often dates were added: their inputs are empty ones each time. `problem` says why one was not.
    """

    week: tuple[str, ...]
    time_zone: str
    dates: tuple[Stretch, ...]
    round: int = 0
    problem: str = ""


def hours_modal(form: HoursForm, metadata: str) -> View:
    lines = [
        kit.field(name, day, kit.text_input(name, initial=hours, placeholder="off", longest=200), optional=True)
        for name, day, hours in zip(WEEK_INPUTS, DAYS, form.week, strict=True)
    ]
    menu = kit.typed_select(
        CallsheetId.ZONE_MENU, initial=zone_option(form.time_zone), placeholder="Type a city, such as Berlin"
    )
    blocks = [
        kit.context(f"When participants can book you. {HOURS}"),
        *lines,
        kit.field("time_zone", "Time zone", menu, hint="Of these hours. Everybody sees times in their own zone."),
        kit.divider(),
        kit.section("*Other hours on single dates*"),
        *(listed(stretch) for stretch in form.dates),
        *([] if form.dates else [kit.context("None yet. Add a holiday, or a day with other hours.")]),
        *([kit.section(f"⚠ {kit.escape(form.problem)}")] if form.problem else []),
        *adding(form.round),
        kit.context("Sessions that are booked already stay."),
    ]
    return kit.modal(
        "When you take sessions", blocks, callback_id=CallsheetId.HOURS_MODAL, submit="Save", metadata=metadata
    )


def listed(stretch: Stretch) -> Block:
    remove = kit.button("Remove", CallsheetId.HOURS_REMOVE, stretch.first.isoformat())
    return kit.section(kit.escape(stretch.words), kit.spoken(remove, f"Remove {stretch.words}"))


def adding(number: int) -> list[Block]:
    """The inputs of another date. After each that was added they are others, so that they are empty again."""
    inputs = [
        kit.field("first_day", "Date", kit.date_picker("first_day"), optional=True),
        kit.field(
            "last_day",
            "Until",
            kit.date_picker("last_day"),
            hint="For several days; else leave it empty.",
            optional=True,
        ),
        kit.field(
            "other_hours",
            "Hours then",
            kit.text_input("other_hours", placeholder="off", longest=200),
            hint="Left empty: off.",
            optional=True,
        ),
    ]
    button = kit.button("Add this date", CallsheetId.HOURS_ADD, str(number))
    return [*(kit.renamed(block, f"{block['block_id']}_{number}") for block in inputs), kit.actions(button)]


def home_line(availability: Availability) -> Block:
    """The line in App Home, with the way to change it."""
    change = kit.spoken(kit.button("Change", CallsheetId.HOURS), "Change when you take sessions")
    return kit.section(f"You take sessions {kit.escape(in_words(availability))}", change)


def saved_text(availability: Availability) -> str:
    return f"You take sessions {kit.escape(in_words(availability))} from now on. Sessions that are booked stay."
