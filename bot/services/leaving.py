"""Somebody leaves the workspace or a team: those in charge hear what they leave behind, and how to hand it on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import audit, outgoing
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.interview import AttendeeKind, InterviewStatus
from domain.roles import Role
from domain.study import StudyStatus
from storage import members
from storage.models import Attendee, Interview, Member, Study, Team

SESSIONS_NAMED = 20


def left_workspace(session: Session, member: Member, now: datetime) -> None:
    """A member was deactivated in Slack. They may do nothing any more, and are an Observer should they come back."""
    if member.role is not Role.OBSERVER:
        text = f"{member.name} left the Slack workspace: their role is no longer {member.role.label}"
        audit.note_by_callsheet(session, member.workspace_id, Audited(AuditAction.CHANGED_ROLE, text), now)
        member.role = Role.OBSERVER
        session.flush()
    tell(session, member, "has left this Slack workspace", None, now)


def left_team(session: Session, team: Team, member_ids: Collection[int], now: datetime) -> None:
    """Members were taken out of a team. What is theirs in its studies stays theirs until somebody hands it on."""
    for member in members.by_ids(session, member_ids).values():
        tell(session, member, f"is no longer in the team {team.name}", team.id, now)


def tell(session: Session, member: Member, what: str, team_id: int | None, now: datetime) -> None:
    """Tell the Admins and Ops Managers what the member owns and hosts, of one team or (None) of all; if anything."""
    owned, hosted = owned_by(session, member, team_id), hosted_by(session, member, team_id, now)
    if not owned and not hosted:
        return
    lines = [f"<@{member.slack_user_id}> {plain(what)}."]
    if owned:
        lines.append(f"They own {', '.join(owned)}. Give each another owner: `/study owner {owned[0]} @somebody`")
    if hosted:
        named = ", ".join(hosted[:SESSIONS_NAMED])
        more = f" and {len(hosted) - SESSIONS_NAMED} more" if len(hosted) > SESSIONS_NAMED else ""
        lines.append(f"They host {named}{more}. Change the host: `/interview host {hosted[0]} @somebody`")
    text = "\n".join(lines)
    for manager in members.in_charge(session, member.workspace_id):
        once = f"left:{member.id}:{team_id or 0}:{now.isoformat()}"
        outgoing.notice(session, member.workspace_id, manager.slack_user_id, text, now, once=once)


def plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def owned_by(session: Session, member: Member, team_id: int | None) -> list[str]:
    """The keys of the studies that the member owns and that are not closed."""
    statement = sa.select(Study.key).where(
        Study.workspace_id == member.workspace_id, Study.owner_id == member.id, Study.status != StudyStatus.CLOSED
    )
    if team_id is not None:
        statement = statement.where(Study.team_id == team_id)
    return list(session.scalars(statement.order_by(Study.key)))


def hosted_by(session: Session, member: Member, team_id: int | None, now: datetime) -> list[str]:
    """The references of the sessions ahead that the member hosts, next first."""
    statement = (
        sa.select(Interview.reference)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .where(
            Attendee.member_id == member.id,
            Attendee.kind == AttendeeKind.HOST,
            Attendee.starts_at > now,
            Interview.status == InterviewStatus.UPCOMING,
        )
        .order_by(Attendee.starts_at, Interview.id)
    )
    if team_id is not None:
        statement = statement.where(Interview.team_id == team_id)
    return list(session.scalars(statement))
