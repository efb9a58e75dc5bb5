"""What is offered to somebody who looks for a time: group sessions to join, and on whose clock a time is to be read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.booking import OpenSession
from domain.interview import AttendeeKind, InterviewStatus
from domain.times import Span
from storage.models import Attendee, Interview, Participant


def open_sessions(session: Session, study_id: int, span: Span, now: datetime, limit: int) -> tuple[OpenSession, ...]:
    """The study's upcoming group sessions with free seats that start within the span and after now, by time."""
    seated = sa.func.count(Attendee.id)
    rows = session.execute(
        sa.select(Interview.reference, Interview.starts_at, seated, Interview.capacity)
        .outerjoin(
            Attendee,
            sa.and_(
                Attendee.interview_id == Interview.id,
                Attendee.kind == AttendeeKind.PARTICIPANT,
                Attendee.outcome == InterviewStatus.UPCOMING,
            ),
        )
        .where(
            Interview.study_id == study_id,
            Interview.starts_at >= max(span.start, now),
            Interview.starts_at < span.end,
            Interview.status == InterviewStatus.UPCOMING,
            Interview.capacity > 1,
        )
        .group_by(Interview.id, Interview.reference, Interview.starts_at, Interview.capacity)
        .having(seated < Interview.capacity)
        .order_by(Interview.starts_at, Interview.id)
        .limit(limit)
    )
    return tuple(OpenSession(*row) for row in rows)


def common_zone(session: Session, participant_ids: Collection[int]) -> str | None:
    """The zone of these participants, None when it is not known of all of them, or not the same."""
    zones = set(session.scalars(sa.select(Participant.time_zone).where(Participant.id.in_(participant_ids))))
    return zones.pop() if len(zones) == 1 else None
