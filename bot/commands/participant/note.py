"""`/participant note P17`: what somebody writes about a participant, in words or in a modal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import person_page as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import person_page
from bot.services.notes import with_names
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply, say
from domain.errors import RuleError
from domain.person import alias
from domain.roles import Actor
from storage.people import person_of

capability = Capability()


@dataclass(frozen=True, slots=True)
class Noting(Metadata):
    """Whom the note is about, by alias."""

    called: str = ""


@capability.subcommand("/participant", "note", summary="Add a note to a participant", usage="E-MAIL|P17 [words…]")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """Without words the modal asks for them."""
    called, _, words = without_links(arguments).partition(" ")
    if not called:
        raise RuleError("About whom? Write for example /participant note P17 likes mornings.")
    if not words.strip():
        return asked(session, actor, called, channel_id)
    return added(session, actor, called, words, now)


@capability.action(ParticipantId.NOTE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return asked(session, actor, value, channel_id)


def asked(session: Session, actor: Actor, called: str, channel_id: str) -> Outcome:
    person = person_of(*person_page.to_manage(session, actor, called))
    return Open(blocks.note_modal(person, Noting(channel_id, person.alias).dump(), person_page.LONGEST_NOTE))


@capability.submission(ParticipantId.NOTE_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    return Close(added(session, actor, Noting.load(metadata).called, fields.get("text") or "", now))


def added(session: Session, actor: Actor, called: str, words: str, now: datetime) -> Reply:
    number = person_page.note(session, actor, called, with_names(session, actor, words), now)
    return say(f"Noted. It stands on the page of *{alias(number)}*: `/participant show {alias(number)}`.")
