"""Members and their roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing
from domain.errors import NotFound, RuleError
from domain.roles import Actor, Permission, Role
from storage import members
from storage.models import Member


@dataclass(frozen=True, slots=True)
class Profile:
    """A Slack user as Slack describes them. `time_zone` is an IANA name."""

    slack_user_id: str
    name: str
    email: str | None
    time_zone: str
    is_active: bool


def first_seen(session: Session, slack_team_id: str, slack_user_id: str, name: str, now: datetime) -> Actor | None:
    """A Slack user who was not known becomes an Observer; their profile is fetched at once. None: no workspace."""
    workspace = members.workspace_by_slack_id(session, slack_team_id)
    if workspace is None or not slack_user_id:
        return None
    member = members.member_by_slack_id(session, workspace.id, slack_user_id)
    if member is None:
        member = Member(
            workspace_id=workspace.id,
            slack_user_id=slack_user_id,
            name=name or slack_user_id,
            time_zone="UTC",
            role=Role.OBSERVER,
            is_active=True,
            synced_at=now,
        )
        session.add(member)
        session.flush()
    outgoing.refresh_member(session, workspace.id, slack_user_id, now)
    return members.actor(session, member.id) if member.is_active else None


def keep(session: Session, workspace_id: int, profile: Profile, now: datetime) -> Member:
    """Take over what Slack says of a user: a new one becomes an Observer, a known one keeps their role."""
    member = members.member_by_slack_id(session, workspace_id, profile.slack_user_id)
    if member is None:
        member = Member(workspace_id=workspace_id, slack_user_id=profile.slack_user_id, role=Role.OBSERVER)
        session.add(member)
    member.name = profile.name
    member.email = profile.email.lower() if profile.email else None
    member.time_zone = profile.time_zone
    member.is_active = profile.is_active
    member.synced_at = now
    session.flush()
    return member


def set_role(session: Session, actor: Actor, slack_user_id: str, role: Role) -> Member:
    """Give a member a role. The last Admin can't give theirs away."""
    actor.require(Permission.CHANGE_ROLES)
    member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
    if member is None:
        raise NotFound("Callsheet does not know that person yet. Ask them to type /callsheet once.", "member")
    admins = members.members_of_role(session, actor.workspace_id, Role.ADMIN)
    if member.role is Role.ADMIN and role is not Role.ADMIN and len(admins) == 1:
        raise RuleError("The last Admin can't be given another role. Make somebody else Admin first.", "role")
    member.role = role
    return member
