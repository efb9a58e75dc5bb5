"""`/participant export P17`: everything about a participant as a file, in a direct message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import exports
from bot.services.exports import person
from bot.services.exports.files import format_called
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.errors import RuleError
from domain.person import alias
from domain.roles import Actor

capability = Capability()


@capability.subcommand(
    "/participant",
    "export",
    summary="Everything about a participant, as a file for them",
    usage="E-MAIL|P17 [json|csv]",
)
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    called, _, form = without_links(arguments).partition(" ")
    if not called:
        raise RuleError("Whom? Write for example /participant export P17, or /participant export P17 csv.")
    return asked(session, actor, called, form, now)


@capability.action(ParticipantId.EXPORT)
def clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return asked(session, actor, value, "", now)


def asked(session: Session, actor: Actor, called: str, form: str, now: datetime) -> Outcome:
    found, wanted = person.ask(session, actor, called, format_called(form), now)
    exports.ask_for(session, actor, wanted, now)
    return say(f"Everything about *{alias(found.number)}* is on its way to you, in a direct message.")
