"""`/participant show P17`: a participant's page, as far as the reader may know them, one part at a time.

Whoever sees contact details is noted, so that none of this only reads.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import person_page as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import person_page
from bot.services.person_page import Spot
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Update
from domain.errors import RuleError
from domain.person_page import Part
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/participant", "show", summary="A participant in detail", usage="E-MAIL|P17")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Whom? Write for example /participant show p17@example.com, or /participant show P17.")
    return opened(session, actor, without_links(arguments), channel_id, now)


@capability.action(ParticipantId.SHOW)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return opened(session, actor, value, channel_id, now)


def opened(session: Session, actor: Actor, called: str, channel_id: str, now: datetime) -> Outcome:
    found = person_page.show(session, actor, called, now)
    return Open(blocks.modal(found, Metadata(channel_id).dump()))


@capability.action(*blocks.IDS.values(), ParticipantId.OLDER)
def turn(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    """Another part of the page, or older lines of it, takes the place of the present one."""
    called, part, older_than = (*value.split(":"), "")[:3]
    spot = Spot(Part(part), int(older_than) if older_than else None)
    return Update(blocks.modal(person_page.show(session, actor, called, now, spot), metadata))
