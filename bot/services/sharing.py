"""The public link of a study: whoever has it may come, so it can be ended and made anew."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.errors import NotFound, RuleError, Stale
from domain.roles import Actor, Permission
from domain.study import StudyLine, StudyStatus
from storage import screeners, studies
from storage.models import Study

NO_PAGES = (
    "Participants can't reach their pages yet, so there is nothing to share. "
    "Whoever runs Callsheet sets CALLSHEET_PUBLIC_URL."
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A study's public link, None when it has none, and how the study is. `mark` tells the link from the next one."""

    study_id: int
    study_key: str
    study_name: str
    status: StudyStatus
    address: str | None
    mark: str = ""


def show(session: Session, actor: Actor, key: str, public_url: str | None, now: datetime) -> Shared:
    """The public link, made if there is none. Raises NotFound, NotAllowed, and RuleError when nobody can come by it."""
    line = studies.by_key(session, actor, key)
    study = locked(session, actor, line, public_url)
    if study.share_token is None:
        renew(session, actor, study, "made a public link to", now)
    return shared(study, public_url)


def replace(session: Session, actor: Actor, study_id: int, seen: str, public_url: str | None, now: datetime) -> Shared:
    """End the link that the actor saw, and make another one. Raises Stale when it is another one by now."""
    study = locked(session, actor, line_of(session, actor, study_id), public_url)
    check_seen(study, seen)
    renew(session, actor, study, "made a new public link to", now)
    return shared(study, public_url)


def end(session: Session, actor: Actor, study_id: int, seen: str, now: datetime) -> Shared:
    """End the link that the actor saw: nobody comes by it any more; who has come stays. Raises as `replace`."""
    line = line_of(session, actor, study_id)
    check_may(actor, line)
    study = studies.lock(session, actor.workspace_id, line.id)
    check_may(actor, line_of(session, actor, line.id))
    if study.share_token is None:
        return shared(study, None)
    check_seen(study, seen)
    study.share_token = None
    note(session, actor, study, "ended the public link to", now)
    session.flush()
    return shared(study, None)


def line_of(session: Session, actor: Actor, study_id: int) -> StudyLine:
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    return line


def check_may(actor: Actor, line: StudyLine) -> None:
    """Raise NotAllowed unless the actor works on the study."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)


def locked(session: Session, actor: Actor, line: StudyLine, public_url: str | None) -> Study:
    """The study's row, locked, if the actor may share it and whoever comes finds something there."""
    check_may(actor, line)
    if public_url is None:
        raise RuleError(NO_PAGES)
    study = studies.lock(session, actor.workspace_id, line.id)
    check_may(actor, line_of(session, actor, line.id))
    if study.status is StudyStatus.CLOSED:
        raise RuleError(f"{study.key} is closed: nobody could come. Resume it first: /study resume {study.key}.")
    if not screeners.has_screener(session, study.id):
        if study.type.has_interviews:
            raise RuleError(
                f"{study.key} has no screener yet, and whoever comes by a public link answers it first. "
                f"Build it: /study screener {study.key}."
            )
        if study.task_url is None:
            raise RuleError(f"{study.key} has no link to its task yet. Set it first: /study task {study.key}.")
    return study


def check_seen(study: Study, seen: str) -> None:
    """Raise Stale unless the link is the one that the actor saw, which is named by how it begins."""
    if study.share_token is None or mark_of(study.share_token) != seen:
        raise Stale(f"The public link of {study.key} is another one by now. See it with /study share {study.key}.")


def mark_of(token: str) -> str:
    """How a link is named in a button: enough to tell it from the next one."""
    return token[:8]


def renew(session: Session, actor: Actor, study: Study, what: str, now: datetime) -> None:
    study.share_token = secrets.token_urlsafe(24)
    note(session, actor, study, what, now)
    session.flush()


def note(session: Session, actor: Actor, study: Study, what: str, now: datetime) -> None:
    audited = Audited(AuditAction.CHANGED_SETTINGS, f"{what} {study.key}", study_id=study.id)
    audit.note(session, actor, audited, now)


def shared(study: Study, public_url: str | None) -> Shared:
    address = f"{public_url}/j/{study.share_token}" if study.share_token and public_url else None
    mark = mark_of(study.share_token) if study.share_token else ""
    return Shared(study.id, study.key, study.name, study.status, address, mark)
