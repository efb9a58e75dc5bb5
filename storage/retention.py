"""People of whom nothing has happened for long: whom a workspace's period of retention reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.participant import ParticipantStatus
from storage.models import Attendee, Enrolment, Participant, SentMail, Workspace

OWED = (ParticipantStatus.INCENTIVE_NOT_SENT, ParticipantStatus.INCENTIVE_SENT)
"""An incentive that is to be sent, or was sent and can still be claimed."""


def is_unused(before: datetime) -> sa.ColumnElement[bool]:
    """Whether nothing has happened to a participant since `before`, to be used within a query on participants.

    They were not added, mailed or moved on in a study since, were in no session, have none ahead, and are owed nothing.
    """
    of_them = Enrolment.participant_id == Participant.id
    return sa.and_(
        Participant.erased_at.is_(None),
        Participant.created_at < before,
        ~sa.exists().where(of_them, Enrolment.status_changed_at >= before),
        ~sa.exists().where(of_them, Enrolment.status.in_(OWED)),
        ~sa.exists().where(Attendee.participant_id == Participant.id, Attendee.ends_at >= before),
        ~sa.exists().where(SentMail.participant_id == Participant.id, SentMail.sent_at >= before),
    )


@dataclass(frozen=True, slots=True)
class Keeping:
    """A workspace that does not keep people for ever, and for how many days."""

    workspace_id: int
    days: int


def keeping(session: Session) -> list[Keeping]:
    """The workspaces that have a period of retention."""
    rows = session.execute(
        sa.select(Workspace.id, Workspace.retention_days)
        .where(Workspace.retention_days.is_not(None))
        .order_by(Workspace.id)
    )
    return [Keeping(row.id, row.retention_days) for row in rows if row.retention_days is not None]


def unused(session: Session, workspace_id: int, before: datetime, after_id: int, window: int) -> list[int]:
    """Those of the next `window` ids after that one to whom nothing has happened since `before`: a range of the key,
    however many people there are.
    """
    statement = (
        sa.select(Participant.id)
        .where(
            Participant.workspace_id == workspace_id,
            Participant.id > after_id,
            Participant.id <= after_id + window,
            is_unused(before),
        )
        .order_by(Participant.id)
    )
    return list(session.scalars(statement))


def span_of_ids(session: Session, workspace_id: int, before: datetime) -> tuple[int, int] | None:
    """The first and the last id of those people who were added before then; None for nobody."""
    row = session.execute(
        sa.select(sa.func.min(Participant.id), sa.func.max(Participant.id)).where(
            Participant.workspace_id == workspace_id, Participant.created_at < before, Participant.erased_at.is_(None)
        )
    ).one()
    return (row[0], row[1]) if row[0] is not None else None
