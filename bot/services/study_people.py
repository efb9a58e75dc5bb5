"""Who works on a study: its owner and its collaborators, handed on when somebody leaves."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import audit, outgoing, studies
from bot.services import members as member_services
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.errors import RuleError
from domain.roles import Actor, Permission
from storage import members
from storage import studies as stored
from storage.models import Member, Study, StudyCollaborator

MOST_COLLABORATORS = 50


def change_owner(session: Session, actor: Actor, key: str, slack_user_id: str, now: datetime) -> tuple[Study, Member]:
    """Give a study another owner. Who owned it until now and is still here works on it as a collaborator.

    Raises NotFound, NotAllowed, and RuleError for somebody who may not own it: who is not in its team, or whose role
    has no studies.
    """
    study = to_staff(session, actor, key)
    member = candidate(session, actor, slack_user_id, now)
    may_own(session, study, member)
    if member.id == study.owner_id:
        raise RuleError(f"{member.name} owns {study.key} already.", "owner")
    before = session.get_one(Member, study.owner_id)
    session.execute(
        sa.delete(StudyCollaborator).where(
            StudyCollaborator.study_id == study.id, StudyCollaborator.member_id == member.id
        )
    )
    study.owner_id = member.id
    if before.is_active and session.get(StudyCollaborator, (study.id, before.id)) is None:
        session.add(StudyCollaborator(study_id=study.id, member_id=before.id))
    session.flush()
    text = f"gave {study.key} another owner: {member.name} in the place of {before.name}"
    audit.note(session, actor, Audited(AuditAction.CHANGED_DETAILS, text, study_id=study.id), now)
    outgoing.show_study(session, study.workspace_id, study.id, now)
    if member.id != actor.member_id:
        told = f"<@{actor.slack_user_id}> made you the owner of *{study.key}*: `/study show {study.key}`"
        once = f"owner:{study.id}:{member.id}:{now.isoformat()}"
        outgoing.notice(session, study.workspace_id, member.slack_user_id, told, now, once=once)
    return study, member


def change_collaborators(
    session: Session, actor: Actor, key: str, slack_user_ids: tuple[str, ...], now: datetime
) -> tuple[Study, list[Member]]:
    """Let exactly these members collaborate on a study, besides its owner.

    Raises NotFound, NotAllowed, and RuleError for somebody who has left.
    """
    study = to_staff(session, actor, key)
    if len(slack_user_ids) > MOST_COLLABORATORS:
        raise RuleError(f"At most {MOST_COLLABORATORS} people collaborate on a study.", "collaborators")
    wanted = [each for each in member_services.known(session, actor, slack_user_ids, now) if each.id != study.owner_id]
    if gone := [each.name for each in wanted if not each.is_active]:
        raise RuleError(f"{', '.join(gone)} left this Slack workspace.", "collaborators")
    present = set(session.scalars(sa.select(StudyCollaborator.member_id).where(StudyCollaborator.study_id == study.id)))
    ids = {each.id for each in wanted}
    session.execute(
        sa.delete(StudyCollaborator).where(
            StudyCollaborator.study_id == study.id, StudyCollaborator.member_id.not_in(ids)
        )
    )
    session.add_all(StudyCollaborator(study_id=study.id, member_id=id_) for id_ in sorted(ids - present))
    session.flush()
    if ids != present:
        names = ", ".join(each.name for each in wanted) or "nobody"
        text = f"changed who collaborates on {study.key}: {names}"
        audit.note(session, actor, Audited(AuditAction.CHANGED_DETAILS, text, study_id=study.id), now)
    return study, wanted


def to_staff(session: Session, actor: Actor, key: str) -> Study:
    """The study, locked, if the actor may say who works on it."""
    line = studies.to_change(session, actor, key)
    return stored.lock(session, actor.workspace_id, line.id)


def candidate(session: Session, actor: Actor, slack_user_id: str, now: datetime) -> Member:
    """The member that a Slack user is. Raises RuleError for a stranger."""
    found = member_services.known(session, actor, [slack_user_id], now)
    if not found:
        raise RuleError("Callsheet does not know that person. Ask them to type /callsheet once.", "owner")
    return found[0]


def may_own(session: Session, study: Study, member: Member) -> None:
    """Raise RuleError unless the member may own the study."""
    if not member.is_active:
        raise RuleError(f"{member.name} has left this Slack workspace.", "owner")
    them = members.actor(session, member.id)
    if not them.may(Permission.EDIT_STUDY, own_study=True):
        hint = "Ask an Admin to make them Researcher."
        raise RuleError(f"{member.name} is {member.role.label}, and can't own a study. {hint}", "owner")
    if not them.sees_every_team and not members.is_in_team(session, study.team_id, member.id):
        hint = "Add them first: /callsheet settings."
        raise RuleError(f"{member.name} is not in the team of {study.key}. {hint}", "owner")
