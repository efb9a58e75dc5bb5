"""Which participants are due to be reminded of their session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from domain.reminders import Lead
from storage.models import Attendee, Interview, StudyReminder
from storage.sweeps import is_entered


@dataclass(frozen=True, slots=True)
class Due:
    """A seat whose session is so close that a reminder of the study is due. Instants are aware UTC.

    `subject` names it in the ledger, with its present time and the reminder's.
    """

    subject: str
    interview: Interview
    seat: Attendee

    @property
    def seated_at(self) -> datetime:
        """Since when the participant has had this place at this time."""
        return self.seat.seated_at or self.interview.created_at


def leads(session: Session) -> Sequence[Lead]:
    """How long before a session reminders go out anywhere, the shortest first."""
    found = session.scalars(sa.select(StudyReminder.minutes_before).distinct().order_by(StudyReminder.minutes_before))
    return [Lead(timedelta(minutes=minutes)) for minutes in found]


def due(session: Session, ledger_kind: str, lead: Lead, now: datetime, limit: int) -> list[Due]:
    """Seats in sessions that begin within the lead, in studies that remind so long before, the next first.

    Those are left out of which the ledger knows.
    """
    span = lead.span(now)
    subject = (
        sa.cast(Attendee.id, sa.String)
        + ":"
        + sa.cast(Interview.sequence, sa.String)
        + ":"
        + sa.literal(str(lead.minutes))
    )
    rows = session.execute(
        sa.select(subject, Interview, Attendee)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .join(
            StudyReminder,
            sa.and_(
                StudyReminder.study_id == Interview.study_id,
                StudyReminder.minutes_before == lead.minutes,
            ),
        )
        .where(
            Interview.status == InterviewStatus.UPCOMING,
            Interview.starts_at >= span.start,
            Interview.starts_at <= span.end,
            Attendee.participant_id.is_not(None),
            Attendee.outcome == InterviewStatus.UPCOMING,
            ~is_entered(ledger_kind, subject),
        )
        .order_by(Interview.starts_at, Attendee.id)
        .limit(limit)
    )
    return [Due(row[0], row[1], row[2]) for row in rows]
