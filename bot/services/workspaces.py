"""Workspaces: the app comes into one, and leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import outgoing
from bot.services.members import first_seen
from domain.roles import Role
from storage import installations, members
from storage.models import Workspace


@dataclass(frozen=True, slots=True)
class NewInstallation:
    """The app in a workspace, as Slack told it. `installer_id` is the Slack user who put it there."""

    slack_team_id: str
    name: str
    bot_user_id: str
    installer_id: str


def install(session: Session, new: NewInstallation, now: datetime) -> Workspace:
    """The app is in the workspace, for the first time or again: whoever installed it is Admin."""
    workspace = members.add_workspace(session, new.slack_team_id, new.name, new.bot_user_id, now)
    install_admin(session, workspace, new.installer_id, now)
    outgoing.refresh_members(session, workspace.id, new.slack_team_id, now)
    return workspace


def install_admin(session: Session, workspace: Workspace, slack_user_id: str, now: datetime) -> None:
    """Make a Slack user Admin, known already or not (DOMAIN, "Workspace, people, roles")."""
    first_seen(session, workspace.slack_team_id, slack_user_id, "", now)
    member = members.member_by_slack_id(session, workspace.id, slack_user_id)
    if member is not None:
        member.role, member.is_active = Role.ADMIN, True


def uninstall(session: Session, slack_team_id: str) -> None:
    """The app has left the workspace: its tokens are worth nothing any more. What it knows stays, for its return."""
    installations.remove(session, slack_team_id)
