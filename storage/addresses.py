"""The addresses of participants: their own, to which mails go, and others by which they are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import InterviewStatus
from domain.mail import MailFate, MailKind
from storage.models import Attendee, Enrolment, Interview, Participant, ParticipantAddress, SentMail, Study
from storage.outbox import insert


@dataclass(frozen=True, slots=True)
class Lost:
    """A mail about a study that came back; of several of one kind the last."""

    enrolment_id: int
    study_key: str
    kind: MailKind


def replace(session: Session, person: Participant, email: str, *, keep_old: bool, now: datetime) -> None:
    """Give a locked participant an address that is nobody else's: nothing is known against it."""
    old = person.email
    table: Any = ParticipantAddress.__table__
    session.execute(sa.delete(table).where(table.c.workspace_id == person.workspace_id, table.c.email == email))
    person.email, person.bounced_at, person.soft_bounced_at = email, None, None
    if keep_old:
        kept = insert(session, ParticipantAddress).values(
            workspace_id=person.workspace_id, email=old, participant_id=person.id, added_at=now
        )
        session.execute(kept.on_conflict_do_nothing())
    session.flush()


def lost_mails(session: Session, participant_id: int, limit: int) -> list[Lost]:
    """The mails to somebody that came back and that nothing of the same kind followed, latest first."""
    rank = sa.func.row_number().over(
        partition_by=(SentMail.enrolment_id, SentMail.kind), order_by=(SentMail.sent_at.desc(), SentMail.id.desc())
    )
    ranked = (
        sa.select(SentMail.id, SentMail.enrolment_id, SentMail.kind, SentMail.fate, rank.label("rank"))
        .where(SentMail.participant_id == participant_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(ranked.c.enrolment_id, Study.key, ranked.c.kind)
        .join(Enrolment, Enrolment.id == ranked.c.enrolment_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(ranked.c.rank == 1, ranked.c.fate != MailFate.SENT)
        .order_by(ranked.c.id.desc())
        .limit(limit)
    )
    return [Lost(*row) for row in rows]


def sessions_ahead(session: Session, participant_id: int) -> Sequence[Interview]:
    """The sessions in which somebody has a seat and that are not settled yet."""
    return session.scalars(
        sa.select(Interview)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .where(
            Attendee.participant_id == participant_id,
            Attendee.outcome == InterviewStatus.UPCOMING,
            Interview.status == InterviewStatus.UPCOMING,
        )
        .order_by(Interview.id)
    ).all()


def study_keys(session: Session, study_ids: Collection[int]) -> dict[int, str]:
    """The keys of those studies."""
    rows = session.execute(sa.select(Study.id, Study.key).where(Study.id.in_(study_ids)))
    return {row.id: row.key for row in rows}
