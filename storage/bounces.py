"""Whom a mail concerns that came back: where the person takes part, and the sessions that are affected."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from domain.study import StudyStatus
from storage.models import Attendee, Enrolment, Interview, SentMail, Study


def enrolments(session: Session, mail: SentMail, *, everywhere: bool) -> list[tuple[int, int]]:
    """The enrolment that the mail was about: its id and its study's. `everywhere`: all of the person's that go on."""
    is_concerned = Enrolment.id == mail.enrolment_id
    if everywhere:
        is_concerned = sa.or_(is_concerned, Study.status != StudyStatus.CLOSED)
    found = session.execute(
        sa.select(Enrolment.id, Enrolment.study_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id == mail.participant_id, is_concerned)
        .order_by(Enrolment.id)
    )
    return [(row[0], row[1]) for row in found]


def seats(session: Session, mail: SentMail, enrolment_ids: Sequence[int]) -> list[tuple[int, int]]:
    """The seat that the mail was about, and those that the person has in sessions ahead: interview and seat."""
    is_ahead = sa.and_(
        Attendee.enrolment_id.in_(enrolment_ids),
        Attendee.outcome == InterviewStatus.UPCOMING,
        Interview.status == InterviewStatus.UPCOMING,
    )
    found = session.execute(
        sa.select(Attendee.interview_id, Attendee.id)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Attendee.participant_id == mail.participant_id, sa.or_(Attendee.id == mail.attendee_id, is_ahead))
        .order_by(Attendee.interview_id)
    )
    return [(row[0], row[1]) for row in found]
