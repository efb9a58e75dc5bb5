"""The waiting list of a study: who waits, and the modal that offers them a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, Element, View
from domain.times import spelled_time
from domain.waiting import MOST_UNANSWERED, Waiting, WaitingList

NAME_SHOWN = 60
MOST_CHARACTERS = kit.MESSAGE_CHARACTERS - 1000
"""Of the people in a list: what else it says takes the rest."""
HOW = (
    "When a time becomes free, Callsheet offers it to the first whom it suits. Whoever takes it first gets it. "
    "An offer that nobody takes goes on to the next."
)


def short(text: str) -> str:
    """A person's name for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text, NAME_SHOWN))


def offer_value(study_id: int, starts_at: datetime) -> str:
    """A study and a time, as a button carries them."""
    return f"{study_id}:{int(starts_at.timestamp())}"


def offer_button(study_id: int, starts_at: datetime, number: int) -> Element:
    """The button with which a time that became free is offered to those who wait."""
    return kit.button(f"Offer to the waiting list ({number})", StudyId.OFFER, offer_value(study_id, starts_at))


def listing(found: WaitingList) -> tuple[str, list[Block]]:
    """Who waits, in order, for what, and what is on offer to them."""
    name = f"*{found.study_key}* {kit.literal(kit.fit(found.study_name, 120))}"
    if not found.people:
        text = f"Nobody waits for a time in {name}."
        return text, [kit.section(text), kit.context("People ask to wait on their page, when there is no time left.")]
    number = len(found.people) + found.more
    title = f"{'1 person waits' if number == 1 else f'{number} people wait'} for a time in {name}"
    lines = that_fit([f"{place}. {waiting_text(one)}" for place, one in enumerate(found.people, 1)])
    rest = [kit.context(f"and {number - len(lines)} more behind them")] if number > len(lines) else []
    return title, [kit.section(title), *kit.paragraphs(lines), *rest, kit.context(HOW)]


def that_fit(lines: Sequence[str]) -> list[str]:
    """The first of the lines, as many as Slack takes in one message."""
    lengths = accumulate(len(line) + 1 for line in lines)
    return [line for line, length in zip(lines, lengths, strict=True) if length <= MOST_CHARACTERS]


def waiting_text(one: Waiting) -> str:
    """Somebody on the list: who, for what, since when, and what is on offer."""
    wish = one.wish.label.lower()
    if one.session_at is not None:
        wish = f"{wish} than {kit.at(one.session_at)}"
    return f"{short(one.label)} · {wish} · since {kit.at(one.asked_at, '{date_short}')}{state_text(one)}"


def state_text(one: Waiting) -> str:
    """What is on offer to them, or why nothing is."""
    if one.offered_at is not None and one.offer_expires_at is not None:
        return f"\n↳ On offer: {kit.at(one.offered_at)}, until {kit.at(one.offer_expires_at)}"
    if one.barred is not None:
        return f"\n↳ Gets no offers: {one.barred}"
    if one.unanswered >= MOST_UNANSWERED:
        return f"\n↳ Has let {one.unanswered} offers pass: offer a time yourself"
    return ""


def offer_modal(study_key: str, starts_at: datetime, people: Sequence[Waiting], metadata: str, time_zone: str) -> View:
    """To whom the time is offered now; the first who could get it is chosen already."""
    options = [kit.option(one.label, str(one.enrolment_id), description_of(one, time_zone)) for one in people]
    first = next((str(one.enrolment_id) for one in people if one.may_be_offered), None)
    chosen = [first] if first else []
    blocks = [
        kit.section(f"*{study_key}*, {kit.at(starts_at)}"),
        kit.field(
            "people",
            "Offer it to",
            kit.multi_select("people", options, initial=chosen, placeholder="Choose people"),
            hint="In the order in which they wait. Whoever takes it first gets it; the others find it gone.",
        ),
    ]
    return kit.modal("Offer this time", blocks, callback_id=StudyId.OFFER_MODAL, submit="Offer", metadata=metadata)


def description_of(one: Waiting, time_zone: str) -> str:
    """What is to be known of somebody before a time is offered to them."""
    if one.barred is not None:
        return one.barred
    if one.offered_at is not None:
        return f"On offer: {spelled_time(one.offered_at, time_zone)}"
    if one.session_at is not None:
        return f"Has {spelled_time(one.session_at, time_zone)}"
    return f"Waits since {spelled_time(one.asked_at, time_zone)}"


def offered_text(study_key: str, number: int, held: Sequence[str]) -> str:
    """What offering came to, in mrkdwn."""
    people = "1 person" if number == 1 else f"{number} people"
    text = f"*{study_key}*: the time is offered to {people}. Whoever takes it first gets it."
    return "\n".join([text, *(kit.literal(why) for why in held)])
