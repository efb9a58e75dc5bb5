"""How Callsheet is doing in a workspace, and another round for what it gave up."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version

from sqlalchemy.orm import Session

from bot.services import members as member_services
from domain.roles import Actor, Permission, Role
from domain.status import FailedDelivery, Status
from storage import calendars, members, outbox
from storage.models import OutboxState, Workspace

VERSION = version("callsheet")
FAILED_SHOWN = 5


def status(session: Session, actor: Actor, now: datetime) -> Status:
    """The state of the actor's workspace. What is wrong, and why, is for those who may change settings."""
    counts = outbox.counts(session, actor.workspace_id)
    may_retry = actor.may(Permission.CHANGE_SETTINGS)
    dead = outbox.dead_letters(session, actor.workspace_id, FAILED_SHOWN) if may_retry else []
    unreadable = calendars.with_problems(session, actor.workspace_id, now) if may_retry else []
    admins = members.members_of_role(session, actor.workspace_id, Role.ADMIN)
    return Status(
        workspace=session.get_one(Workspace, actor.workspace_id).name,
        version=VERSION,
        role=actor.role,
        admin_slack_ids=tuple(admin.slack_user_id for admin in admins),
        waiting=counts[OutboxState.PENDING] + counts[OutboxState.CLAIMED],
        dead=counts[OutboxState.DEAD],
        failed=tuple(FailedDelivery(letter.kind, letter.why, letter.at) for letter in dead),
        unreadable_calendars=tuple(unreadable),
        digests=tuple((team.name, team.next_digest_at) for team in members.teams_of(session, actor)),
        may_retry=may_retry,
        may_become_admin=not admins and member_services.may_become_admin(session, actor),
    )


def retry(session: Session, actor: Actor, now: datetime) -> int:
    """Give every delivery that was given up another round. How many."""
    actor.require(Permission.CHANGE_SETTINGS)
    return outbox.revive(session, actor.workspace_id, now)
