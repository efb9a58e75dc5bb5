"""`/participant erase P17`: everything personal goes; what must be kept stays under the alias."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import erasure as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import erasing
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.erasure import check_confirmed
from domain.errors import RuleError
from domain.person import alias
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Erasing(Metadata):
    """Whom the modal is about, by number."""

    number: int = 0


@capability.subcommand(
    "/participant", "erase", summary="Erase everything personal of a participant", usage="E-MAIL|P17", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """Shows what goes and what stays; nothing is erased before the alias is typed."""
    if not arguments:
        raise RuleError("Whom? Write for example /participant erase P17.")
    return asked(session, actor, without_links(arguments), channel_id, now)


@capability.action(ParticipantId.ERASE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return asked(session, actor, value, channel_id, now)


def asked(session: Session, actor: Actor, called: str, channel_id: str, now: datetime) -> Outcome:
    found = erasing.preview(session, actor, called, now)
    if found.is_done:
        return say(blocks.done(found))
    return Open(blocks.modal(found, Erasing(channel_id, found.number).dump()))


@capability.submission(ParticipantId.ERASE_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    called = alias(Erasing.load(metadata).number)
    check_confirmed(erasing.preview(session, actor, called, now), fields.get("confirm") or "")
    return Close(say(blocks.done(erasing.erase(session, actor, called, now))))
