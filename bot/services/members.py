"""Members and their roles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import audit, leaving, outgoing
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.errors import NotAllowed, NotFound, RuleError
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
    is_slack_admin: bool = False


def first_seen(session: Session, slack_team_id: str, slack_user_id: str, name: str, now: datetime) -> Actor | None:
    """A Slack user who was not known becomes an Observer, one who had left is back; their profile is fetched at once.

    None: no workspace.
    """
    workspace = members.workspace_by_slack_id(session, slack_team_id)
    if workspace is None or not slack_user_id:
        return None
    members.add_observer(session, workspace.id, slack_user_id, name or slack_user_id, now)
    member = members.member_by_slack_id(session, workspace.id, slack_user_id)
    assert member is not None
    member.is_active = True
    outgoing.refresh_member(session, workspace.id, slack_user_id, now)
    return members.actor(session, member.id)


def keep(session: Session, workspace_id: int, profile: Profile, now: datetime) -> Member:
    """Take over what Slack says of a user: a new one becomes an Observer, a known one keeps their role.

    Who has left loses it; what they leave behind is told to those in charge (see `leaving`).
    """
    member = members.member_by_slack_id(session, workspace_id, profile.slack_user_id)
    if member is None:
        member = Member(workspace_id=workspace_id, slack_user_id=profile.slack_user_id, role=Role.OBSERVER)
        session.add(member)
    member.name = profile.name
    member.email = profile.email.lower() if profile.email else None
    member.time_zone = profile.time_zone
    has_left = member.id is not None and member.is_active and not profile.is_active
    member.is_active = profile.is_active
    member.is_slack_admin = profile.is_slack_admin
    member.synced_at = now
    session.flush()
    if has_left:
        leaving.left_workspace(session, member, now)
    return member


def known(session: Session, actor: Actor, slack_user_ids: Collection[str], now: datetime) -> list[Member]:
    """The members that Slack users are, in their order; who was not known becomes an Observer."""
    slack_team_id = members.slack_team_id(session, actor.workspace_id)
    found = members.members_by_slack_ids(session, actor.workspace_id, slack_user_ids)
    for slack_user_id in dict.fromkeys(slack_user_ids):
        if slack_user_id not in found:
            first_seen(session, slack_team_id, slack_user_id, "", now)
            member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
            if member is not None:
                found[slack_user_id] = member
    return [found[slack_user_id] for slack_user_id in dict.fromkeys(slack_user_ids) if slack_user_id in found]


def may_become_admin(session: Session, actor: Actor) -> bool:
    """Whether the workspace has no Admin yet and the actor is a Slack admin: only then may they make themselves one."""
    if members.members_of_role(session, actor.workspace_id, Role.ADMIN):
        return False
    return session.get_one(Member, actor.member_id).is_slack_admin


def become_admin(session: Session, actor: Actor, now: datetime) -> Member:
    """A Slack admin becomes the first Admin. Of two who try at once the second is told of the first."""
    members.lock_workspace(session, actor.workspace_id)
    admins = members.members_of_role(session, actor.workspace_id, Role.ADMIN)
    if admins:
        names = ", ".join(admin.name for admin in admins[:3])
        raise NotAllowed(f"This workspace has an Admin already: {names}. Ask them for the role that you need.")
    member = session.get_one(Member, actor.member_id)
    if not member.is_slack_admin:
        raise NotAllowed("Only an admin of this Slack workspace can become the first Admin of Callsheet.")
    audit.note(session, actor, role_changed(member, Role.ADMIN), now)
    member.role = Role.ADMIN
    return member


def role_changed(member: Member, to: Role) -> Audited:
    """A change of role as the audit log tells it."""
    text = f"changed the role of {member.name} from {member.role.label} to {to.label}"
    return Audited(AuditAction.CHANGED_ROLE, text)


def set_role(session: Session, actor: Actor, slack_user_id: str, role: Role, now: datetime) -> Member:
    """Give a member a role. The last Admin can't give theirs away.

    Raises NotAllowed for everybody but an Admin: so nobody raises themselves.
    """
    actor.require(Permission.CHANGE_ROLES)
    member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
    if member is None:
        raise NotFound("Callsheet does not know that person yet. Ask them to type /callsheet once.", "member")
    admins = members.members_of_role(session, actor.workspace_id, Role.ADMIN, lock=True)
    if member.role is Role.ADMIN and role is not Role.ADMIN and all(admin.id == member.id for admin in admins):
        raise RuleError("The last Admin can't be given another role. Make somebody else Admin first.", "role")
    if member.role is not role:
        audit.note(session, actor, role_changed(member, role), now)
    member.role = role
    return member


def with_roles(session: Session, actor: Actor, typed: str, limit: int = 100) -> Sequence[Member]:
    """The active members whose name has a word that begins with what was typed, by name. Raises NotAllowed."""
    actor.require(Permission.CHANGE_ROLES)
    return members.named(session, actor.workspace_id, typed, limit)


def one_with_role(session: Session, actor: Actor, slack_user_id: str) -> Member:
    """The active member that a Slack user is. Raises NotAllowed and NotFound."""
    actor.require(Permission.CHANGE_ROLES)
    member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
    if member is None or not member.is_active:
        raise NotFound("There is no such member (any more).", "member")
    return member


def in_charge(session: Session, actor: Actor) -> dict[Role, tuple[str, ...]]:
    """Slack's ids of the Admins and of the Ops Managers: anybody may know whom to ask."""
    found = members.in_charge(session, actor.workspace_id)
    return {
        role: tuple(member.slack_user_id for member in found if member.role is role)
        for role in (Role.ADMIN, Role.OPS_MANAGER)
    }
