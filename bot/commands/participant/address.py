"""`/participant address P17 NEW@ADDRESS`: a participant's address is corrected, in words or in a modal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import addresses as said
from bot.blocks import person_page as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import addresses
from bot.services.addresses import AddressTaken, Correction
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply
from domain.errors import RuleError
from domain.roles import Actor
from storage.people import person_of

capability = Capability()

FORGET = "forget"
"""What is written after the new address so that the old one leads nowhere any more."""


@dataclass(frozen=True, slots=True)
class Correcting(Metadata):
    """Whose address is corrected, by alias."""

    called: str = ""


@capability.subcommand(
    "/participant",
    "address",
    summary="Correct a participant's e-mail address",
    usage="E-MAIL|P17 [NEW@ADDRESS] [forget]",
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """The old address goes on leading to them unless the last word is “forget”. Without a new one the modal asks."""
    called, new, *rest = (*without_links(arguments).split(), "", "")
    if not called or [word.lower() for word in rest if word] not in ([], [FORGET]):
        raise RuleError("Whose, and what is it? Write for example /participant address P17 mara@example.com.")
    if not new:
        return asked(session, actor, called, channel_id)
    try:
        return corrected(session, actor, called, Correction(new, keeps_old=FORGET not in map(str.lower, rest)), now)
    except AddressTaken as taken:
        if taken.holder is None:
            raise
        return Reply(*said.taken(taken.message, taken.called, taken.holder))


@capability.action(ParticipantId.ADDRESS, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return asked(session, actor, value, channel_id)


def asked(session: Session, actor: Actor, called: str, channel_id: str) -> Outcome:
    person = person_of(addresses.to_correct(session, actor, called), by_name=True)
    return Open(blocks.address_modal(person, Correcting(channel_id, person.alias).dump()))


@capability.submission(ParticipantId.ADDRESS_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """An address of somebody else leads on to merging, for who may."""
    correction = Correction(fields.get("email") or "", keeps_old=bool(fields.get("keep")))
    called = Correcting.load(metadata).called
    try:
        return Close(corrected(session, actor, called, correction, now))
    except AddressTaken as taken:
        if taken.holder is None:
            raise
        return Open(said.taken_modal(taken.message, taken.called, taken.holder))


def corrected(session: Session, actor: Actor, called: str, correction: Correction, now: datetime) -> Reply:
    found = addresses.correct(session, actor, called, correction, now)
    return Reply(*said.corrected(said.Told(found.number, found.is_old_kept, found.back, found.lost, found.sessions)))
