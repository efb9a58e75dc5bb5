"""What a participant's page shows, part by part: as far as the actor sees the studies. A statement for each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.attendance import attendance
from domain.incentive import shown
from domain.interview import AttendeeKind
from domain.person_page import IncentiveLine, MailLine, NoteLine, SessionLine, Step, incentive_state
from domain.roles import Actor, Permission
from storage.members import is_own_study, is_visible_study
from storage.models import (
    Attendee,
    Enrolment,
    Interview,
    ParticipantAddress,
    ParticipantNote,
    SentMail,
    StatusChange,
    Study,
)

Query = sa.Select[*tuple[Any, ...]]


def sees(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the study is one of the actor's workspace that they see, to be used within a query on studies."""
    return sa.and_(Study.workspace_id == actor.workspace_id, is_visible_study(actor))


def manages(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor manages the study, to be used within a query on studies that they see."""
    if actor.may(Permission.MANAGE_INTERVIEWS):
        return sa.true()
    return is_own_study(actor) if actor.may(Permission.MANAGE_INTERVIEWS, own_study=True) else sa.false()


def older(statement: Query, column: Any, older_than: int | None, size: int) -> Query:
    """The newest rows before that one, and one more that tells whether it goes on."""
    if older_than is not None:
        statement = statement.where(column < older_than)
    return statement.order_by(column.desc()).limit(size + 1)


def history(
    session: Session, actor: Actor, participant_id: int, older_than: int | None, size: int
) -> list[tuple[int, Step]]:
    """How they came to stand where they do, newest first, with the entries' ids."""
    statement = (
        sa.select(StatusChange, Study.key, manages(actor).label("managed"))
        .join(Enrolment, Enrolment.id == StatusChange.enrolment_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id == participant_id, sees(actor))
    )
    return [
        (
            one.id,
            Step(one.at, key, one.was, one.to, one.cause, one.door, one.actor, one.reason if managed else None),
        )
        for one, key, managed in session.execute(older(statement, StatusChange.id, older_than, size))
    ]


def mails(
    session: Session, actor: Actor, participant_id: int, older_than: int | None, size: int
) -> list[tuple[int, MailLine]]:
    """Mails that went out to them about studies that the actor manages, newest first."""
    statement = (
        sa.select(SentMail, Study.key)
        .join(Enrolment, Enrolment.id == SentMail.enrolment_id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(SentMail.participant_id == participant_id, sees(actor), manages(actor))
    )
    rows = session.execute(older(statement, SentMail.id, older_than, size))
    return [(mail.id, MailLine(mail.sent_at, key, mail.kind, mail.fate, mail.code)) for mail, key in rows]


def sessions(
    session: Session, actor: Actor, participant_id: int, older_than: int | None, size: int
) -> list[tuple[int, SessionLine]]:
    """Their sessions, the latest booked first."""
    statement = (
        sa.select(Attendee, Interview.reference, Study.key)
        .join(Interview, Interview.id == Attendee.interview_id)
        .join(Study, Study.id == Interview.study_id)
        .where(Attendee.participant_id == participant_id, Attendee.kind == AttendeeKind.PARTICIPANT, sees(actor))
    )
    return [
        (
            seat.id,
            SessionLine(
                interview_id=seat.interview_id,
                reference=reference,
                study_key=key,
                starts_at=seat.starts_at,
                outcome=seat.outcome,
                attendance=attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at),
            ),
        )
        for seat, reference, key in session.execute(older(statement, Attendee.id, older_than, size))
    ]


def incentives(
    session: Session, actor: Actor, participant_id: int, older_than: int | None, size: int
) -> list[tuple[int, IncentiveLine]]:
    """What they have earned in studies that pay, by the latest place first."""
    statement = (
        sa.select(Enrolment, Study.key, Study.incentive_amount_minor, Study.incentive_currency)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id == participant_id, Study.incentive_amount_minor.is_not(None), sees(actor))
    )
    found = []
    for place, key, minor, currency in session.execute(older(statement, Enrolment.id, older_than, size)):
        state = incentive_state(place.status, place.status_before, took_part=place.took_part_at is not None)
        found.append((place.id, IncentiveLine(key, shown(minor, currency or ""), state or "Nothing earned yet")))
    return found


def notes(
    session: Session, actor: Actor, participant_id: int, older_than: int | None, size: int
) -> list[tuple[int, NoteLine]]:
    """What members wrote about them, newest first, for who manages a study that they are in."""
    statement = sa.select(ParticipantNote).where(
        ParticipantNote.participant_id == participant_id, may_read(actor, participant_id)
    )
    rows = session.scalars(older(statement, ParticipantNote.id, older_than, size))
    return [(note.id, NoteLine(note.at, note.author, note.text)) for note in rows]


def may_read(actor: Actor, participant_id: int) -> sa.ColumnElement[bool]:
    """Whether the actor manages a study that the participant is in."""
    if actor.may(Permission.MANAGE_INTERVIEWS):
        return sa.true()
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        return sa.false()
    return sa.exists().where(
        Enrolment.participant_id == participant_id,
        Study.id == Enrolment.study_id,
        sees(actor),
        manages(actor),
    )


def is_manager(session: Session, actor: Actor, participant_id: int) -> bool:
    """Whether the actor manages a study that the participant is in, or all there are."""
    return bool(session.scalar(sa.select(may_read(actor, participant_id))))


def other_addresses(session: Session, participant_id: int) -> Sequence[str]:
    """By which other addresses somebody is known."""
    statement = sa.select(ParticipantAddress.email).where(ParticipantAddress.participant_id == participant_id)
    return session.scalars(statement.order_by(ParticipantAddress.email)).all()
