"""`/participant show P17`: a participant, as far as the reader may know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import participant as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import participants
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Reply
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/participant", "show", summary="A participant in detail", usage="E-MAIL|P17", reads=True)
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Whom? Write for example /participant show p17@example.com, or /participant show P17.")
    return Reply(*blocks.details(participants.details(session, actor, without_links(arguments), now)))


@capability.action(ParticipantId.SHOW, reads=True)
def clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return Reply(*blocks.details(participants.details(session, actor, value, now)))
