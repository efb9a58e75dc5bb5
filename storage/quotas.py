"""Quotas of studies, and how full they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from domain.quota import Meter, Quota, plain
from storage.models import Attendee, Enrolment, Interview, Participant, Study, StudyQuota

COUNTED = (InterviewStatus.UPCOMING, InterviewStatus.COMPLETED)


def of_studies(session: Session, study_ids: Collection[int]) -> dict[int, tuple[Quota, ...]]:
    """The quotas of those studies that have some, in their order."""
    found: dict[int, tuple[Quota, ...]] = {}
    statement = sa.select(StudyQuota).where(StudyQuota.study_id.in_(study_ids)).order_by(StudyQuota.position)
    for row in session.scalars(statement):
        quota = Quota(row.property_name, row.property_value, row.seats)
        found[row.study_id] = (*found.get(row.study_id, ()), quota)
    return found


def meters(session: Session, study: Study) -> tuple[Meter, ...]:
    """How full the study's quotas are now: two statements, one for a study without any."""
    return measured(session, study, of_studies(session, [study.id]).get(study.id, ()))


def measured(session: Session, study: Study, quotas: Sequence[Quota]) -> tuple[Meter, ...]:
    """How full these quotas of the study are now: one statement.

    In a study with sessions seats count, upcoming booked and completed, in any other who has taken part.
    """
    if not quotas:
        return ()
    names = sorted({quota.property_name for quota in quotas})
    held = [Participant.properties[name].as_string() for name in names]
    if study.type.has_interviews:
        statement = (
            sa.select(*held)
            .join(Attendee, Attendee.participant_id == Participant.id)
            .join(Interview, Interview.id == Attendee.interview_id)
            .where(Interview.study_id == study.id, Attendee.outcome.in_(COUNTED))
        )
    else:
        statement = (
            sa.select(*held)
            .join(Enrolment, Enrolment.participant_id == Participant.id)
            .where(Enrolment.study_id == study.id, Enrolment.took_part_at.is_not(None))
        )
    used = dict.fromkeys(quotas, 0)
    for row in session.execute(statement):
        properties = dict(zip(names, row, strict=True))
        for quota in quotas:
            used[quota] += plain(properties[quota.property_name] or "") == plain(quota.property_value)
    return tuple(Meter(quota, used[quota]) for quota in quotas)


def store(session: Session, study_id: int, quotas: Sequence[Quota]) -> None:
    """Write the study's quotas, in their order."""
    session.execute(sa.delete(StudyQuota).where(StudyQuota.study_id == study_id))
    session.add_all(
        StudyQuota(
            study_id=study_id,
            position=position,
            property_name=quota.property_name,
            property_value=quota.property_value,
            seats=quota.seats,
        )
        for position, quota in enumerate(quotas)
    )
    session.flush()
