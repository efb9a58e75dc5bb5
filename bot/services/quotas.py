"""Quotas of a study: seen and changed by whoever edits it, and kept when people book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing
from domain import quota as rules
from domain.errors import NotFound
from domain.quota import Meter, Quota
from domain.roles import Actor, Permission
from domain.slots import CantBook, Hurdle
from domain.study import StudyLine
from storage import quotas, studies
from storage.models import Participant, Study


def of_study(session: Session, actor: Actor, study_id: int) -> tuple[StudyLine, tuple[Meter, ...]]:
    """The study's quotas and how full they are. Raises NotFound and NotAllowed."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    return line, quotas.meters(session, session.get_one(Study, line.id))


def add(session: Session, actor: Actor, study_id: int, new: Quota, now: datetime) -> None:
    """Give the study one more quota; for a value that has one it takes its place. Raises RuleError at its field."""
    change(session, actor, study_id, lambda present: rules.with_one_more(present, new), now)


def remove(session: Session, actor: Actor, study_id: int, gone: str, now: datetime) -> None:
    """Take the quota of these words (`Device: Android`) from the study. Taking it twice is taking it once."""
    change(session, actor, study_id, lambda present: tuple(one for one in present if one.words != gone), now)


def change(
    session: Session,
    actor: Actor,
    study_id: int,
    changed: Callable[[tuple[Quota, ...]], tuple[Quota, ...]],
    now: datetime,
) -> None:
    line, _ = of_study(session, actor, study_id)
    study = studies.lock(session, actor.workspace_id, line.id)
    quotas.store(session, study.id, changed(quotas.of_studies(session, [study.id]).get(study.id, ())))
    outgoing.show_study(session, actor.workspace_id, study.id, now)


def check_place(session: Session, study: Study, person: Participant) -> None:
    """Raise CantBook when a quota that the person counts against is full."""
    if rules.full_for(quotas.meters(session, study), person.properties) is not None:
        raise CantBook(Hurdle.QUOTA_FULL)
