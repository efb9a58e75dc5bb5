"""Cancelling an interview or one seat of it: why, and what the participants are told."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import headline, mail_text, when, with_undo
from bot.blocks.kit import Block, View
from bot.blocks.mails import LONGEST_TEXT, label
from domain.interview import CancelReason, InterviewStatus, Seat
from domain.schedule import Seen

EVERYBODY = "all"
"""The choice of the whole session."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the modal asks about: `message` is what the mail begins with, `is_own` that it is they who can't come."""

    seen: Seen
    message: str
    is_own: bool
    has_mail: bool

    @property
    def seats(self) -> tuple[Seat, ...]:
        return upcoming_seats(self.seen)


def upcoming_seats(seen: Seen) -> tuple[Seat, ...]:
    """The seats that can be cancelled."""
    return tuple(seat for seat in seen.line.seats if seat.outcome is InterviewStatus.UPCOMING)


def cancel_modal(asked: Asked, metadata: str) -> View:
    """Who, why, and what are the participants to read about it? A reason of their own has words of its own."""
    line = asked.seen.line
    reasons = [kit.option(reason.value, reason.name) for reason in CancelReason]
    whom = "Those cancelled are" if len(asked.seats) > 1 else "The participant is"
    told = mail_text(f"{whom} told by mail.", has_mail=asked.has_mail)
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        *who(asked),
        kit.heard(kit.field("reason", "Why?", kit.select("reason", reasons)), InterviewId.CANCEL_REASON),
        kit.field(
            "note",
            "Anything to add?",
            kit.text_input("note", multiline=True, longest=500),
            hint="For the team: it stands in the card's thread.",
            optional=True,
        ),
        *message(asked),
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


def who(asked: Asked) -> list[Block]:
    """Of a group: the whole session, or one participant's seat."""
    if len(asked.seats) < 2:
        return []
    options = [kit.option("The whole session", EVERYBODY)]
    options += [
        kit.option(label(seat, with_names=asked.seen.with_names), str(seat.attendee_id)) for seat in asked.seats
    ]
    return [kit.field("who", "Who?", kit.select("who", options, initial=EVERYBODY))]


def message(asked: Asked) -> list[Block]:
    """What the mail says, to be changed."""
    if not asked.has_mail or not asked.message:
        return []
    text = kit.text_input("message", initial=asked.message, multiline=True, longest=LONGEST_TEXT)
    hint = "Words in “{{ }}” are filled in for each of them." if "{{" in asked.message else None
    field = kit.field("message", "The mail to the participant", text, hint=hint)
    return [kit.renamed(field, "own_words" if asked.is_own else "team_words")]


def cancelled_answer(interview_id: int, reference: str, *, has_mail: bool) -> tuple[str, list[Block]]:
    """What cancelling did, in mrkdwn, and the same with the button that takes it back."""
    text = f"{reference} is cancelled. {mail_text('The participant is told by mail.', has_mail=has_mail)}"
    return text, with_undo(text, interview_id, reference)


def seat_cancelled_text(reference: str, *, has_mail: bool) -> str:
    """What cancelling one seat did, in mrkdwn."""
    told = mail_text("The participant is told by mail.", has_mail=has_mail)
    return f"One seat in {reference} is cancelled; the session stays. {told}"
