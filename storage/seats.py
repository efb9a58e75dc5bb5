"""Whether enrolments have seats in sessions, to be asked by itself or within a query on enrolments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from storage.models import Attendee, Enrolment, Interview


def had_seat() -> sa.ColumnElement[bool]:
    """Whether an enrolment has a seat in a session, or had one that was called off."""
    return sa.exists().where(Attendee.enrolment_id == Enrolment.id)


def has_seat_ahead() -> sa.ColumnElement[bool]:
    """Whether an enrolment has a seat in a session that is not settled."""
    return sa.exists().where(Attendee.enrolment_id == Enrolment.id, Attendee.outcome == InterviewStatus.UPCOMING)


def booked(session: Session, enrolment_ids: Collection[int]) -> set[int]:
    """Those of the enrolments that have a seat in a session that is not settled: one statement."""
    return set(session.scalars(sa.select(Enrolment.id).where(Enrolment.id.in_(enrolment_ids), has_seat_ahead())))


def taken_since(session: Session, enrolment_ids: Collection[int], at: datetime | None) -> set[int]:
    """Those of the enrolments that have taken a seat after `at` in a session, ahead or logged: one statement."""
    found = sa.select(Attendee.enrolment_id).join(Interview, Interview.id == Attendee.interview_id)
    is_later = sa.or_(Attendee.seated_at > at, sa.and_(Attendee.seated_at.is_(None), Interview.created_at > at))
    return {id_ for id_ in session.scalars(found.where(Attendee.enrolment_id.in_(enrolment_ids), is_later)) if id_}
