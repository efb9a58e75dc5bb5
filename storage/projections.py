"""The remote things that show our subjects: which Slack message, which calendar event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import Projection
from storage.outbox import insert


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a subject is shown: a channel and a message's ts, a calendar and an event's id.

    `fingerprint` is the hash of what was last drawn there: the same drawing is not sent twice.
    """

    container: str
    remote_id: str
    etag: str | None = None
    fingerprint: str | None = None


def find(session: Session, workspace_id: int, kind: str, subject: str) -> Remote | None:
    """The remote thing that shows the subject, None before there is one."""
    row = session.execute(
        sa.select(Projection.container, Projection.remote_id, Projection.etag, Projection.fingerprint).where(
            Projection.workspace_id == workspace_id, Projection.kind == kind, Projection.subject == subject
        )
    ).first()
    return Remote(*row) if row else None


def subject_at(session: Session, workspace_id: int, container: str, remote_id: str) -> tuple[str, str] | None:
    """The kind and subject that a remote thing shows, None when it is not ours."""
    row = session.execute(
        sa.select(Projection.kind, Projection.subject).where(
            Projection.workspace_id == workspace_id,
            Projection.container == container,
            Projection.remote_id == remote_id,
        )
    ).first()
    return (row.kind, row.subject) if row else None


def remember(session: Session, workspace_id: int, kind: str, subject: str, remote: Remote, now: datetime) -> None:
    """Note where the subject is shown now."""
    values = {
        "container": remote.container,
        "remote_id": remote.remote_id,
        "etag": remote.etag,
        "fingerprint": remote.fingerprint,
        "updated_at": now,
    }
    new = insert(session, Projection).values(workspace_id=workspace_id, kind=kind, subject=subject, **values)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Projection.workspace_id, Projection.kind, Projection.subject], set_=values
        )
    )


def forget(session: Session, workspace_id: int, kind: str, subject: str) -> None:
    """The remote thing is gone; the next projection makes a new one."""
    session.execute(
        sa.delete(Projection).where(
            Projection.workspace_id == workspace_id, Projection.kind == kind, Projection.subject == subject
        )
    )


def forget_before(session: Session, kind: str, before: datetime) -> None:
    """Forget where subjects of a kind are shown that have not changed since then: they stay as they are."""
    session.execute(sa.delete(Projection).where(Projection.kind == kind, Projection.updated_at < before))
