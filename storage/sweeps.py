"""What time alone makes due: each by an index, and without what the ledger has already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.attendance import Rsvp
from domain.interview import InterviewStatus, TimelineKind
from domain.session_times import LONGEST
from domain.times import Span
from storage.models import Attendee, Interview, LedgerEntry, TimelineEntry


@dataclass(frozen=True, slots=True)
class Ended:
    """An upcoming interview whose end has passed."""

    study_id: int
    interview_id: int


@dataclass(frozen=True, slots=True)
class Due:
    """An interview to alert of, or one of its participants. `subject` names it in the ledger, with its present time."""

    subject: str
    interview_id: int
    attendee_id: int | None


def ended(session: Session, now: datetime, limit: int) -> list[Ended]:
    """Upcoming interviews that are over, longest over first."""
    rows = session.execute(
        sa.select(Interview.study_id, Interview.id)
        .where(Interview.status == InterviewStatus.UPCOMING, Interview.ends_at <= now)
        .order_by(Interview.ends_at, Interview.id)
        .limit(limit)
    )
    return [Ended(*row) for row in rows]


def unconfirmed_starts(
    session: Session, ledger_kind: str, started_by: datetime, now: datetime, limit: int
) -> list[Due]:
    """Running interviews that began by then and of which nobody has said that they did."""
    subject = named(Interview.id)
    rows = session.execute(
        sa.select(subject, Interview.id)
        .where(
            Interview.status == InterviewStatus.UPCOMING,
            Interview.ends_at > now,
            Interview.starts_at <= started_by,
            ~Interview.is_verified,
            ~is_entered(ledger_kind, subject),
        )
        .order_by(Interview.starts_at, Interview.id)
        .limit(limit)
    )
    return [Due(row[0], row[1], None) for row in rows]


def said_late(session: Session, ledger_kind: str, said_by: datetime, now: datetime, limit: int) -> list[Due]:
    """Running interviews that somebody had said by then are running late, and of which nobody has said that they began.

    What the ledger knows them by is the time that it was said.
    """
    subject = sa.literal("late:") + sa.cast(TimelineEntry.id, sa.String)
    rows = session.execute(
        sa.select(subject, Interview.id)
        .join(TimelineEntry, TimelineEntry.interview_id == Interview.id)
        .where(
            Interview.status == InterviewStatus.UPCOMING,
            Interview.starts_at > now - LONGEST,
            Interview.starts_at <= now,
            Interview.ends_at > now,
            ~Interview.is_verified,
            TimelineEntry.kind == TimelineKind.RUNNING_LATE,
            TimelineEntry.at >= Interview.starts_at,
            TimelineEntry.at <= said_by,
            ~is_entered(ledger_kind, subject),
        )
        .order_by(TimelineEntry.id)
        .limit(limit)
    )
    return [Due(row[0], row[1], None) for row in rows]


def unanswered(session: Session, ledger_kind: str, span: Span, lead: timedelta, limit: int) -> list[Due]:
    """Participants without an answer whose session begins within the span and was booked at least `lead` before."""
    subject = named(Attendee.id)
    rows = session.execute(
        sa.select(subject, Interview.id, Attendee.id, Interview.starts_at, Interview.created_at)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .where(
            Interview.status == InterviewStatus.UPCOMING,
            Interview.starts_at > span.start,
            Interview.starts_at <= span.end,
            Attendee.participant_id.is_not(None),
            Attendee.outcome == InterviewStatus.UPCOMING,
            Attendee.rsvp == Rsvp.NEEDS_ACTION,
            Attendee.confirmed_at.is_(None),
            Interview.created_at <= span.end - lead,
            ~is_entered(ledger_kind, subject),
        )
        .order_by(Interview.starts_at, Attendee.id)
        .limit(limit)
    )
    return [Due(row[0], row[1], row[2]) for row in rows if row.created_at <= row.starts_at - lead]


def named(its_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[str]:
    """How the ledger names something of an interview: by its id and the interview's count of changes of time."""
    return sa.cast(its_id, sa.String) + ":" + sa.cast(Interview.sequence, sa.String)


def is_entered(ledger_kind: str, subject: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(LedgerEntry.kind == ledger_kind, LedgerEntry.subject == subject)
