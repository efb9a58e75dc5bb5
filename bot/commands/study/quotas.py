"""`/study quotas CHK`: at most so many people with the same property, and how full that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import quotas as blocks
from bot.blocks.ids import StudyId
from bot.blocks.kit import View
from bot.services import quotas, studies
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Open, Outcome, Update
from domain.errors import RuleError
from domain.quota import Quota
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Changing(Metadata):
    """Whose quotas the modal shows, and how often one was added."""

    study_id: int = 0
    round: int = 0


@capability.subcommand(
    "/study", "quotas", summary="At most so many people with the same property", usage="KEY", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study quotas CHK.")
    line = studies.to_change(session, actor, arguments)
    return Open(view(session, actor, Changing(channel_id, line.id)))


@capability.action(StudyId.QUOTAS, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return typed(session, actor, value, channel_id)


@capability.submission(StudyId.QUOTAS_MODAL)
def add(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """One more quota; the modal stays, for the next."""
    changing = Changing.load(metadata)
    new = Quota(fields.get("property_name") or "", fields.get("property_value") or "", int(fields.get("seats") or 0))
    quotas.add(session, actor, changing.study_id, new, now)
    return Update(view(session, actor, replace(changing, round=changing.round + 1)))


@capability.action(StudyId.QUOTA_REMOVE)
def remove(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    changing = Changing.load(metadata)
    quotas.remove(session, actor, changing.study_id, value, now)
    return Update(view(session, actor, changing))


def view(session: Session, actor: Actor, changing: Changing) -> View:
    line, meters = quotas.of_study(session, actor, changing.study_id)
    return blocks.modal(line, meters, changing.round, changing.dump())
