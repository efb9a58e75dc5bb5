"""What participants of a study agree to, version by version, and who has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.consent import Agreement, Version
from storage.models import Consent, ConsentText, Enrolment, Study
from storage.outbox import insert


def version(session: Session, study_id: int, number: int) -> Version | None:
    """A version of a study's text; None when there is no such one."""
    row = session.get(ConsentText, (study_id, number))
    return version_of(row) if row is not None else None


def last(session: Session, study_id: int) -> Version | None:
    """The version that was written last, though consent be off; None when none ever was."""
    row = session.scalar(
        sa.select(ConsentText).where(ConsentText.study_id == study_id).order_by(ConsentText.version.desc()).limit(1)
    )
    return version_of(row) if row is not None else None


def version_of(row: ConsentText) -> Version:
    return Version(row.version, row.text, row.author, row.at)


def publish(session: Session, study_id: int, text: str, author: str, now: datetime) -> Version:
    """Keep another version of the text. Whoever publishes has locked the study."""
    before = last(session, study_id)
    number = before.number + 1 if before is not None else 1
    session.add(ConsentText(study_id=study_id, version=number, text=text, author=author, at=now))
    session.flush()
    return Version(number, text, author, now)


def has_agreed(session: Session, enrolment_id: int, number: int) -> bool:
    """Whether somebody agreed to that version in their study."""
    return session.scalar(sa.select(Consent.at).where(is_of(enrolment_id, number))) is not None


def is_of(enrolment_id: int, number: int) -> sa.ColumnElement[bool]:
    return sa.and_(Consent.enrolment_id == enrolment_id, Consent.version == number)


def agree(session: Session, enrolment_id: int, number: int, now: datetime) -> None:
    """Keep that somebody agreed to a version; the first time counts."""
    row = {"enrolment_id": enrolment_id, "version": number, "at": now}
    session.execute(insert(session, Consent).on_conflict_do_nothing(), [row])


def numbers(session: Session, study_id: int) -> Sequence[tuple[int, int]]:
    """How many agreed to each version that anybody agreed to, the latest first."""
    rows = session.execute(
        sa.select(Consent.version, sa.func.count())
        .join(Enrolment, Enrolment.id == Consent.enrolment_id)
        .where(Enrolment.study_id == study_id)
        .group_by(Consent.version)
        .order_by(Consent.version.desc())
    )
    return [(number, count) for number, count in rows]


def agreements(session: Session, participant_id: int) -> tuple[Agreement, ...]:
    """All that a participant agreed to, the latest first: one statement."""
    rows = session.execute(
        sa.select(Study.key, Consent.version, Consent.at)
        .join(Enrolment, Enrolment.id == Consent.enrolment_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id == participant_id)
        .order_by(Consent.at.desc(), Study.key)
    )
    return tuple(Agreement(*row) for row in rows)
