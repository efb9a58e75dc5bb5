"""`/participant find`: participants by the beginning of their name, last name or address, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import participant as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import participants
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.errors import RuleError
from domain.roles import Actor, Permission

capability = Capability()

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Place(Metadata):
    """Where a page's button leads: what is looked for, and the participant after whom the page begins."""

    text: str = ""
    after_id: int = 0


@capability.subcommand(
    "/participant",
    "find",
    summary="Participants whose name, last name or address begins so, or P17",
    usage="[TEXT] [in KEY]",
    menu="Find",
    reads=True,
)
def first_page(session: Session, actor: Actor, arguments: str) -> Outcome:
    text = without_links(arguments)
    if len(text) > LONGEST:
        raise RuleError("That is too long to look for.")
    return Reply(*page(session, actor, text, None))


@capability.action(ParticipantId.FIND_PAGE, reads=True)
def turn_page(session: Session, actor: Actor, value: str) -> Outcome:
    """The next page takes the place of the present one."""
    place = Place.load(value)
    return Replace(*page(session, actor, place.text, place.after_id))


def page(session: Session, actor: Actor, text: str, after_id: int | None) -> tuple[str, list[dict[str, Any]]]:
    found = participants.find(session, actor, text, after_id)
    more = Place(text=text, after_id=found.after_id).dump() if found.after_id else None
    may_add = actor.may(Permission.MANAGE_INTERVIEWS, own_study=True)
    return blocks.found(blocks.FoundPage(text, found.people, more, may_add))
