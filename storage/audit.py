"""The audit log as it is read: newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.audit import AuditLine
from storage.models import AuditEntry


@dataclass(frozen=True, slots=True)
class About:
    """What is looked for: what concerns a participant, or what a member did; None: everything."""

    participant_id: int | None = None
    member_id: int | None = None


def page(
    session: Session, workspace_id: int, about: About, before_id: int | None, size: int
) -> tuple[list[AuditLine], int | None]:
    """A page of the workspace's log, and the id before which it goes on (None at its end)."""
    statement = sa.select(
        AuditEntry.id, AuditEntry.at, AuditEntry.actor, AuditEntry.door, AuditEntry.action, AuditEntry.text
    ).where(AuditEntry.workspace_id == workspace_id)
    if about.participant_id is not None:
        statement = statement.where(AuditEntry.participant_id == about.participant_id)
    if about.member_id is not None:
        statement = statement.where(AuditEntry.member_id == about.member_id)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    rows = session.execute(statement.order_by(AuditEntry.id.desc()).limit(size + 1)).all()
    lines = [AuditLine(*row) for row in rows]
    return lines[:size], lines[size - 1].id if len(lines) > size else None
