"""Everything about one interview, and the modals in which something is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import (
    SEATS_SHOWN,
    card_elements,
    headline,
    joinable,
    mail_text,
    mentions,
    people,
    short,
    status_texts,
    when,
)
from bot.blocks.kit import Block, Element, View
from bot.blocks.thread import sentence
from domain.interview import (
    CancelReason,
    Door,
    InterviewAction,
    InterviewDetails,
    InterviewLine,
    InterviewStatus,
    Seat,
    TimelineLine,
)
from domain.scheduling import spelled_time

LENGTHS = (15, 30, 45, 60, 75, 90, 120, 180)
"""Minutes offered as a session's length."""

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
    own = card_elements(line, now, but=(InterviewAction.DETAILS,), may_manage=shown.may_manage)
    if own:
        blocks.append(kit.actions(*own))
    return [*blocks, kit.divider(), *timeline(shown)]


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
    """Alias and address of each participant, for those who may see them."""
    known = [f"P{seat.number} · {short(seat.email, 254)}" for seat in line.seats[:SEATS_SHOWN]]
    return "\n".join(known)


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
    return f"{shown.line.reference} {short(shown.line.study_name, 120)}, {kit.at(shown.line.starts_at)}"


def details_modal(shown: InterviewDetails, now: datetime, metadata: str) -> View:
    blocks = details(shown, now)
    return kit.modal(
        shown.line.reference, blocks, callback_id=InterviewId.DETAILS_MODAL, metadata=metadata, close="Close"
    )


def cancel_modal(line: InterviewLine, metadata: str, *, has_mail: bool) -> View:
    """Why is it cancelled, and what is the participant to read about it?"""
    reasons = [kit.option(reason.value, reason.name) for reason in CancelReason]
    told = mail_text("The participant is told by mail.", has_mail=has_mail)
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.field("reason", "Why?", kit.select("reason", reasons)),
        kit.field(
            "note",
            "Anything to add?",
            kit.text_input("note", multiline=True, longest=500),
            hint=f"It stands in {'the mail to the participant and in ' if has_mail else ''}the card's thread.",
            optional=True,
        ),
        kit.context(f"The seat is free again. {told}"),
    ]
    return kit.modal(
        f"Cancel {line.reference}",
        blocks,
        callback_id=InterviewId.CANCEL_MODAL,
        submit="Cancel the interview",
        metadata=metadata,
        close="Keep it",
    )


def cancelled_text(reference: str, *, has_mail: bool) -> str:
    """What cancelling did, in mrkdwn."""
    return f"{reference} is cancelled. {mail_text('The participant is told by mail.', has_mail=has_mail)}"


def reschedule_modal(
    line: InterviewLine, metadata: str, starts_at: datetime, length: timedelta, *, has_mail: bool
) -> View:
    """When to instead? `starts_at` and `length` are what the inputs begin with."""
    becomes = (
        mail_text("The participant is mailed the new time and asked again whether they come.", has_mail=has_mail)
        if line.status is InterviewStatus.UPCOMING
        else f"A new interview is booked for the same people. {line.reference} keeps its outcome."
    )
    blocks = [
        kit.section(f"{headline(line)}\nNow: {when(line)} · {mentions(line)}"),
        kit.field("when", "New time", kit.moment_picker("when", initial=starts_at), hint="In your own time zone."),
        kit.field("duration", "Length", length_select(length)),
        kit.context(becomes),
    ]
    return kit.modal(
        f"Reschedule {line.reference}",
        blocks,
        callback_id=InterviewId.RESCHEDULE_MODAL,
        submit="Move it",
        metadata=metadata,
        close="Keep the time",
    )


def length_select(length: timedelta | None) -> Element:
    """A menu of lengths in minutes; `length` is chosen at first, else "0": the study's own."""
    chosen = None if length is None else int(length.total_seconds() // 60)
    minutes = sorted({*LENGTHS, *([chosen] if chosen else [])})
    options = [kit.option(f"{number} minutes", str(number)) for number in minutes]
    if chosen is None:
        options.insert(0, kit.option("As usual in the study", "0"))
    return kit.select("duration", options, initial=str(chosen or 0))


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
        blocks.append(kit.section(f"*Personal link of {name}*: for them alone\n{kit.escape(url)}"))
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


def links_modal(blocks: Sequence[Block], metadata: str) -> View:
    return kit.modal("Links", blocks, callback_id=InterviewId.SHOWN_MODAL, metadata=metadata, close="Close")
