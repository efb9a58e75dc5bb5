"""What a member decides about contact with one person: an override for a study, do not contact, a cooldown."""

from __future__ import annotations

from datetime import date

from bot.blocks import kit
from bot.blocks.blocklist import LONGEST_REASON, called, reason_modal, said
from bot.blocks.ids import ParticipantId
from bot.blocks.kit import Block, View
from domain.person import Person

CONTACT, DO_NOT_CONTACT, COOLDOWN = "free", "do_not_contact", "cooldown"
OPTIONS = {
    DO_NOT_CONTACT: ("Do not contact", "In no study, until somebody takes it back. They can't book either."),
    COOLDOWN: ("Cooldown", "Nobody invites them up to the day that you choose."),
    CONTACT: ("Neither", "Only the rules of contact hold."),
}


def decide_modal(person: Person, present: tuple[str | None, date | None], metadata: str, *, may_lift: bool) -> View:
    """What was set by hand, and changing it. `present` is the reason of a do-not-contact, and a cooldown's last day."""
    reason, until = present
    chosen = DO_NOT_CONTACT if reason is not None else COOLDOWN if until is not None else None
    blocks: list[Block] = [kit.section(f"May {called(person)} be contacted?")]
    if not may_lift:
        blocks.append(kit.context("To take something back or shorten it, ask a Researcher, Ops Manager or Admin."))
    options = [
        kit.option(label, value, words) for value, (label, words) in OPTIONS.items() if may_lift or value != CONTACT
    ]
    text = kit.text_input("reason", initial=reason, multiline=True, longest=LONGEST_REASON)
    blocks += [
        kit.field("choice", "Contact", kit.radio("choice", options, initial=chosen)),
        kit.field("reason", "Why? (for “Do not contact”)", text, hint="It is kept.", optional=True),
        kit.field(
            "until",
            "Up to and with which day? (for a cooldown)",
            kit.date_picker("until", initial=until),
            optional=True,
        ),
        kit.context("What they have booked stays."),
    ]
    return kit.modal(
        "Contact", blocks, callback_id=ParticipantId.DO_NOT_CONTACT_MODAL, submit="Save", metadata=metadata
    )


def override_modal(person: Person, study_key: str, reasons: tuple[str, ...], metadata: str) -> View:
    """All that bars somebody, and the question why they may be contacted all the same."""
    listed = "\n".join(f"• {said(reason)}" for reason in reasons)
    opening: list[Block] = [
        kit.section(f"{called(person)}\n{listed}"),
        kit.section(
            f"You can override that for *{study_key}* alone. It holds for this study until somebody ends it, and is "
            "kept with your name and reason."
        ),
    ]
    return reason_modal("Override", opening, metadata, ParticipantId.OVERRIDE_MODAL, "Override")


def overridden_modal(person: Person, study_key: str, by: tuple[str, str], enrolment_id: int, metadata: str) -> View:
    """Who has overridden the rules and why, with the way to end it."""
    author, reason = by
    end = kit.button("End the override", ParticipantId.END_OVERRIDE, str(enrolment_id), style="danger")
    blocks: list[Block] = [
        kit.section(
            f"{kit.literal(author)} has overridden the rules of contact for {called(person)} in *{study_key}*: "
            f"{said(reason)}"
        ),
        kit.actions(end),
    ]
    return kit.modal("Override", blocks, callback_id=ParticipantId.OVERRIDDEN_MODAL, metadata=metadata, close="Close")
