"""For how long a workspace keeps people of whom nothing happens any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import audit
from bot.services.audit import Audited
from domain.audit import AuditAction
from domain.erasure import RETENTION_LABELS, check_retention
from domain.roles import Actor, Permission
from storage import members, retention
from storage.models import Workspace

LOOKED_AT = 20_000
"""People, those who were added first, among whom it is counted how many a period would erase now: somebody waits."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """How a workspace keeps people. `days` is what is (or would be) set, None for ever; `number` how many that would
    erase now, at least so many when `is_more`; `teams` are names with whether channels see participants' names.
    """

    days: int | None
    number: int
    is_more: bool
    teams: tuple[tuple[str, str, bool], ...]


def shown(session: Session, actor: Actor, now: datetime, days: int | None = None, *, is_set: bool = True) -> Privacy:
    """What is set, or (not `is_set`) what the period of so many days would do. Raises NotAllowed and RuleError."""
    actor.require(Permission.CHANGE_SETTINGS)
    if is_set:
        days = session.get_one(Workspace, actor.workspace_id).retention_days
    number, is_more = 0, False
    period = check_retention(days) if not is_set else timedelta(days=days) if days is not None else None
    if period is not None:
        span = retention.span_of_ids(session, actor.workspace_id, now - period)
        if span is not None:
            first, last = span
            found = retention.unused(session, actor.workspace_id, now - period, first - 1, LOOKED_AT)
            number, is_more = len(found), last >= first + LOOKED_AT
    teams = members.teams_in(session, actor.workspace_id)
    return Privacy(days, number, is_more, tuple((team.name, team.channel_id, team.names_in_channel) for team in teams))


def change(session: Session, actor: Actor, days: int | None, now: datetime) -> None:
    """Keep people for so many days after the last that happened to them; None: for ever. Raises NotAllowed."""
    actor.require(Permission.CHANGE_SETTINGS)
    check_retention(days)
    members.lock_workspace(session, actor.workspace_id)
    workspace = session.get_one(Workspace, actor.workspace_id, populate_existing=True)
    if workspace.retention_days == days:
        return
    was = RETENTION_LABELS.get(workspace.retention_days, f"{workspace.retention_days} days")
    text = f"changed for how long people are kept: {was} → {RETENTION_LABELS[days]}"
    audit.note(session, actor, Audited(AuditAction.CHANGED_SETTINGS, text), now)
    workspace.retention_days = days
