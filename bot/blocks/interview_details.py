"""Everything about one interview, and the modals in which something is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import (
    SEATS_SHOWN,
    all_elements,
    headline,
    joinable,
    people,
    read_out,
    short,
    status_texts,
    when,
)
from bot.blocks.kit import Block, Element, View
from bot.blocks.outcomes import ratings_text
from bot.blocks.thread import sentence
from domain.interview import (
    Door,
    InterviewDetails,
    InterviewLine,
    Seat,
    TimelineLine,
)
from domain.times import spelled_time

DOORS = {
    Door.SLACK: "in Slack",
    Door.PAGE: "on their page",
    Door.CALENDAR: "in the calendar",
    Door.MAIL: "by mail",
    Door.IMPORT: "by import",
    Door.SYSTEM: "",
}


def details(shown: InterviewDetails, now: datetime) -> list[Block]:
    """The interview with everybody who attends, its details and its timeline, newest first."""
    line = shown.line
    blocks = [kit.section(f"{headline(line)}\n{when(line)}{elsewhere(shown)}")]
    blocks.append(kit.context(*status_texts(line, now), *relatives(shown)))
    blocks.append(kit.section(people(line, with_names=shown.may_see_contacts)))
    if shown.may_see_contacts and (known := contacts(line)):
        blocks.append(kit.section(known))
    if joinable(line) or shown.passcode:
        passcode = f"\n*Passcode:* {short(shown.passcode, 100)}" if shown.passcode else ""
        blocks.append(kit.section(f"*Link:* {kit.escape(kit.fit(line.link or '–', 1000))}{passcode}"))
    if shown.description:
        blocks.append({"type": "section", "text": kit.plain(shown.description)})
    if shown.ratings:
        blocks.append(kit.section(ratings_text(shown.ratings, with_notes=shown.may_see_contacts)))
    own = [*all_elements(line, now, may_manage=shown.may_manage), *responses_button(shown)]
    if own:
        blocks.append(kit.actions(*own))
    return [*blocks, kit.divider(), *timeline(shown)]


def responses_button(shown: InterviewDetails) -> list[Element]:
    """To what the participants answered before, whatever became of the session."""
    if not shown.has_responses:
        return []
    button = kit.button("View screener responses", InterviewId.RESPONSES, str(shown.line.id))
    return [kit.spoken(button, f"Screener responses of {shown.line.reference}")]


def elsewhere(shown: InterviewDetails) -> str:
    """The start on the participant's own clock."""
    if shown.participant_time_zone is None:
        return ""
    there = spelled_time(shown.line.starts_at, shown.participant_time_zone)
    return f"\n{there} for the participant ({shown.participant_time_zone.replace('_', ' ')})"


def relatives(shown: InterviewDetails) -> list[str]:
    """The interviews that it follows, and that follow it."""
    both = (("Follows", shown.rescheduled_from), ("Followed by", shown.rescheduled_to))
    return [f"{word} {reference}" for word, reference in both if reference]


def contacts(line: InterviewLine) -> str:
    """Alias and address of each participant, for those who may see them, and whether mail reaches them."""
    known = [
        f"P{seat.number} · {address(seat)}{' · ⚠ mail came back' if seat.is_unreachable else ''}"
        for seat in line.seats[:SEATS_SHOWN]
    ]
    return "\n".join(known)


def address(seat: Seat) -> str:
    """Where mail to them goes, until they are erased."""
    return short(seat.email, 254) if seat.email else "erased"


def timeline(shown: InterviewDetails) -> list[Block]:
    """A page of what happened, newest first, and the button to what came before."""
    entries = [timeline_text(entry) for entry in shown.timeline] or ["Nothing has happened yet."]
    blocks = [kit.section("*What happened*"), kit.context(*entries)]
    if shown.older_than is not None:
        value = f"{shown.line.id}:{shown.older_than}"
        blocks.append(kit.actions(kit.button("Earlier", InterviewId.TIMELINE_PAGE, value)))
    return blocks


def timeline_text(entry: TimelineLine) -> str:
    """Who did what through which door, when, and from → to."""
    text = f"{kit.at(entry.at)}  {sentence(entry)}"
    return f"{text} ({DOORS[entry.door]})" if DOORS[entry.door] else text


def details_text(shown: InterviewDetails) -> str:
    """The details for notifications and screen readers."""
    return read_out(shown.line, with_names=shown.may_see_contacts)


def details_modal(shown: InterviewDetails, now: datetime, metadata: str) -> View:
    blocks = details(shown, now)
    return kit.modal(
        shown.line.reference, blocks, callback_id=InterviewId.DETAILS_MODAL, metadata=metadata, close="Close"
    )


@dataclass(frozen=True, slots=True)
class Links:
    """The links of an interview: one of their own for each participant, the meeting's, and the card's.

    `has_pages` is False where participants' pages have no public address.
    """

    personal: Sequence[tuple[Seat, str]]
    card: str | None
    has_pages: bool


def links(line: InterviewLine, shared: Links, *, with_names: bool) -> list[Block]:
    """The links to copy. Plain text, so that what is copied is exactly the link."""
    blocks: list[Block] = [kit.section(headline(line))]
    for seat, url in shared.personal[:20]:
        name = short(seat.shown_as(with_name=with_names), 60)
        text = f"*Personal link of {name}*: for them alone\n{kit.escape(url)}"
        blocks.append(kit.section(text, end_links_button(line, seat)))
    if not shared.has_pages:
        blocks.append(
            kit.section(
                "Participants have no pages of their own here, because Callsheet has no public address "
                "(`CALLSHEET_PUBLIC_URL`). Share the meeting's link."
            )
        )
    blocks.append(kit.section(f"*Meeting*\n{kit.escape(kit.fit(line.link or 'There is no meeting link yet.', 2000))}"))
    if shared.card is not None:
        blocks.append(kit.section(f"*Card in Slack*\n{kit.escape(shared.card)}"))
    return blocks


def end_links_button(line: InterviewLine, seat: Seat) -> Element:
    """Ends all links of a participant: one may have gone to somebody else."""
    ask = kit.confirm(
        "End all earlier links?",
        "Those in mails too. You get a new one to send them.",
        "End them",
    )
    value = f"{line.id}:{seat.attendee_id}"
    return kit.button("End earlier links", InterviewId.END_LINKS, value, ask=ask)


def links_modal(blocks: Sequence[Block], metadata: str) -> View:
    return kit.modal("Links", blocks, callback_id=InterviewId.SHOWN_MODAL, metadata=metadata, close="Close")
