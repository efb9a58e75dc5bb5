"""`/study consent CHK`: what participants agree to before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import consent as blocks
from bot.blocks.ids import StudyId
from bot.services import consents
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.consent import StudyConsent
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Agreeing(Metadata):
    """The study whose text the modal shows, and which version of it, 0 before there was one."""

    study_id: int = 0
    version: int = 0


@capability.subcommand("/study", "consent", summary="What participants agree to", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study consent CHK.")
    return ask(consents.begin(session, actor, arguments), channel_id)


@capability.action(StudyId.CONSENT, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask(consents.begin(session, actor, value), channel_id)


def ask(found: StudyConsent, channel_id: str) -> Outcome:
    version = found.version.number if found.version is not None else 0
    return Open(blocks.modal(found, Agreeing(channel_id, found.study_id, version).dump()))


@capability.submission(StudyId.CONSENT_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    seen = Agreeing.load(metadata)
    text = None if fields.get("state") == blocks.OFF else fields.get("text") or ""
    saved = consents.save(session, actor, seen.study_id, text, seen.version, now)
    return Close(say(blocks.saved_text(saved)))
