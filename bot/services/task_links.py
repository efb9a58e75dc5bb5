"""Where a survey or an unmoderated test is done: the link out, with each participant's own token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit
from bot.services.audit import Audited
from domain import task_link
from domain.audit import AuditAction
from domain.errors import NotFound, RuleError
from domain.roles import Actor, Permission
from domain.study import StudyLine, StudyType
from storage import studies
from storage.models import Study


@dataclass(frozen=True, slots=True)
class TaskLink:
    """A study's link out. `way_back` is where the tool sends those who are finished, None where there are no pages."""

    study_id: int
    study_key: str
    study_name: str
    type: StudyType
    url: str | None
    way_back: str | None

    @property
    def tells_back(self) -> bool:
        """Whether the tool tells us who is finished; before there is a link, it is taken to."""
        return self.way_back is not None and (self.url is None or task_link.tells_back(self.url))


def begin(session: Session, actor: Actor, key: str, public_url: str | None) -> TaskLink:
    """The link as it is now, for whoever may change it. Raises NotFound, NotAllowed, RuleError for interviews."""
    line = to_edit(actor, studies.by_key(session, actor, key))
    return shown(line, session.get_one(Study, line.id).task_url, public_url)


def by_id(session: Session, actor: Actor, study_id: int, public_url: str | None) -> TaskLink:
    """As `begin`, of the study whose id a modal carries."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    return shown(to_edit(actor, line), session.get_one(Study, line.id).task_url, public_url)


def shown(line: StudyLine, url: str | None, public_url: str | None) -> TaskLink:
    way_back = task_link.way_back(public_url) if public_url else None
    return TaskLink(line.id, line.key, line.name, line.type, url, way_back)


def to_edit(actor: Actor, line: StudyLine) -> StudyLine:
    """The study, if the actor may edit it and it is done elsewhere."""
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    if line.type.has_interviews:
        raise RuleError(
            f"{line.key} is of type {line.type.label}: its participants book a session, so it has no link to a survey "
            f"or a test. Set up its sessions with /study schedule {line.key}."
        )
    return line


def save(session: Session, actor: Actor, study_id: int, url: str, now: datetime, *, is_told_back: bool) -> Study:
    """Let a survey or a test be done there from now on, also by those who have their mail already.

    Raises RuleError at the field that is wrong.
    """
    line = by_id(session, actor, study_id, None)
    checked = task_link.checked(url, is_told_back=is_told_back)
    study = studies.lock(session, actor.workspace_id, line.study_id)
    by_id(session, actor, study_id, None)
    if study.task_url != checked:
        what = "changed" if study.task_url else "set"
        study.task_url = checked
        text = f"{what} where {study.key} is done"
        audit.note(session, actor, Audited(AuditAction.CHANGED_SETTINGS, text, study_id=study.id), now)
    session.flush()
    return study
