"""`/study task CHK`: where a survey or an unmoderated test is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import task_link as blocks
from bot.blocks.ids import StudyId
from bot.services import task_links
from bot.services.task_links import TaskLink
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Linking(Metadata):
    """The study whose link the modal is about."""

    study_id: int = 0


@capability.subcommand("/study", "task", summary="Where a survey or a test is done", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, public_url: str | None) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study task CHK.")
    return ask(task_links.begin(session, actor, arguments, public_url), channel_id)


@capability.action(StudyId.TASK, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, public_url: str | None) -> Outcome:
    return ask(task_links.begin(session, actor, value, public_url), channel_id)


def ask(found: TaskLink, channel_id: str) -> Outcome:
    name = f"{found.study_key} {found.study_name}"
    metadata = Linking(channel_id, found.study_id).dump()
    return Open(blocks.modal(name, found.url, found.way_back, metadata, tells_back=found.tells_back))


@capability.submission(StudyId.TASK_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    is_told_back = fields.get("told") == blocks.BY_REDIRECT
    study_id, url = Linking.load(metadata).study_id, fields.get("url") or ""
    study = task_links.save(session, actor, study_id, url, now, is_told_back=is_told_back)
    return Close(say(blocks.saved(study.key, study.task_url or "", is_told_back=is_told_back)))
