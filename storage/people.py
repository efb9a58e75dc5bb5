"""Participants as an actor may see them: found, paged and shown, with names only where these may be known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.participant import (
    ContactFacts,
    EnrolmentLine,
    ParticipantDetails,
    Person,
    contact_status,
    stage,
)
from domain.roles import Actor, Permission
from storage.members import is_own_study, is_visible_study
from storage.models import Attendee, Enrolment, Interview, Participant, Study
from storage.participants import is_found, number_of

INTERVIEWS_SHOWN = 20


def contacts_are_visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see the participant's name and address, to be used within a query on participants."""
    if actor.may(Permission.SEE_CONTACT_DETAILS):
        return sa.true()
    if not actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True):
        return sa.false()
    return sa.exists().where(
        Enrolment.participant_id == Participant.id, Study.id == Enrolment.study_id, is_own_study(actor)
    )


def seen_people(actor: Actor, text: str = "") -> sa.Select[*tuple[Any, ...]]:
    """The participants whom the actor sees, those found by the text, with whether by name, to be narrowed further."""
    statement = sa.select(Participant, contacts_are_visible(actor).label("by_name")).where(
        is_found(actor.workspace_id, text)
    )
    if actor.sees_every_team:
        return statement
    return statement.where(
        sa.exists().where(
            Enrolment.participant_id == Participant.id, Study.id == Enrolment.study_id, is_visible_study(actor)
        )
    )


def called(actor: Actor, text: str) -> sa.ColumnElement[bool]:
    """Whether the text is the participant's alias, or their address where the actor may know it."""
    number = number_of(text)
    if number is not None:
        return Participant.number == number
    return sa.and_(Participant.email == text.strip().lower(), contacts_are_visible(actor))


def person_of(person: Participant, by_name: bool) -> Person:
    """The person as a reader sees them, who may know names and addresses or not."""
    return Person(person.id, person.number, person.name if by_name else None, person.email if by_name else None)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of participants; `after_id` is the participant after whom the next begins, None on the last."""

    people: tuple[Person, ...]
    after_id: int | None


def page(session: Session, actor: Actor, text: str, after_id: int | None, size: int) -> PeoplePage:
    """Participants by name whose name, last name or address begins with the text, or who are called `P17`.

    Names and addresses are searched only where the actor may see them.
    """
    statement = seen_people(actor, text)
    if text.strip():
        is_known = sa.or_(Participant.number == number_of(text), contacts_are_visible(actor))
        statement = statement.where(is_known)
    last = None if after_id is None else session.get(Participant, after_id)
    if last is not None and last.workspace_id == actor.workspace_id:
        statement = statement.where(
            sa.tuple_(Participant.sort_name, Participant.id)
            > sa.tuple_(sa.literal(last.sort_name), sa.literal(last.id))
        )
    rows = session.execute(statement.order_by(Participant.sort_name, Participant.id).limit(size + 1)).all()
    shown = tuple(person_of(person, by_name) for person, by_name in rows[:size])
    return PeoplePage(shown, shown[-1].id if len(rows) > size else None)


def details(session: Session, actor: Actor, text: str, now: datetime) -> ParticipantDetails:
    """Everything about the participant with that alias or address that the actor may see. Raises NotFound."""
    person, by_name = one(session, actor, text)
    facts = ContactFacts(
        blocklisted_at=person.blocklisted_at,
        opted_out_at=person.opted_out_at,
        do_not_contact_reason=person.do_not_contact_reason,
        cooldown_until=person.cooldown_until,
    )
    properties = sorted((str(name), str(value)) for name, value in person.properties.items())
    return ParticipantDetails(
        person=person_of(person, by_name),
        time_zone=person.time_zone,
        phone=person.phone if by_name else None,
        contact_status=contact_status(facts, now),
        properties=tuple(properties) if by_name else (),
        enrolments=enrolments_of(session, actor, person.id),
        interview_references=interviews_of(session, actor, person.id),
        bounced_at=person.bounced_at,
        soft_bounced_at=person.soft_bounced_at,
    )


def one(session: Session, actor: Actor, text: str) -> tuple[Participant, bool]:
    """The participant, and whether the actor sees them by name. Raises NotFound."""
    row = session.execute(seen_people(actor).where(called(actor, text))).first()
    if row is None:
        raise NotFound(f"There is no participant {text.strip()[:80]} that you can see.", "participant")
    return row[0], bool(row[1])


def enrolments_of(session: Session, actor: Actor, participant_id: int) -> tuple[EnrolmentLine, ...]:
    """The participant's places in the studies that the actor sees, latest change first."""
    rows = session.execute(
        sa.select(Enrolment, Study, is_own_study(actor).label("is_own"))
        .join(Study, Study.id == Enrolment.study_id)
        .where(
            Enrolment.participant_id == participant_id,
            Study.workspace_id == actor.workspace_id,
            is_visible_study(actor),
        )
        .order_by(Enrolment.status_changed_at.desc(), Enrolment.id)
    )
    return tuple(
        EnrolmentLine(
            enrolment_id=enrolment.id,
            study_key=study.key,
            study_name=study.name,
            study_type=study.type,
            status=enrolment.status,
            stage=stage(enrolment.status, study.incentive_amount_minor is not None),
            status_changed_at=enrolment.status_changed_at,
            may_manage=actor.may(Permission.MANAGE_INTERVIEWS, own_study=is_own),
        )
        for enrolment, study, is_own in rows
    )


def interviews_of(session: Session, actor: Actor, participant_id: int) -> tuple[str, ...]:
    """The references of the participant's latest interviews in studies that the actor sees."""
    statement = (
        sa.select(Interview.reference)
        .join(Attendee, Attendee.interview_id == Interview.id)
        .join(Study, Study.id == Interview.study_id)
        .where(
            Attendee.participant_id == participant_id,
            Interview.workspace_id == actor.workspace_id,
            is_visible_study(actor),
        )
        .order_by(Attendee.starts_at.desc(), Interview.id.desc())
        .limit(INTERVIEWS_SHOWN)
    )
    return tuple(session.scalars(statement))


def standing(session: Session, actor: Actor, text: str, study_key: str) -> tuple[Person, EnrolmentLine]:
    """The participant with that alias or address, and where they stand in the study. Raises NotFound."""
    person, by_name = one(session, actor, text)
    shown = person_of(person, by_name)
    wanted = study_key.strip().upper()
    for line in enrolments_of(session, actor, person.id):
        if line.study_key == wanted:
            return shown, line
    raise NotFound(f"{shown.alias} is in no study {wanted[:20]} that you can see.", "study")


def standing_by_id(session: Session, actor: Actor, enrolment_id: int) -> tuple[Person, EnrolmentLine]:
    """As `standing`, for the enrolment that a button carries. Raises NotFound."""
    statement = seen_people(actor).join(Enrolment, Enrolment.participant_id == Participant.id)
    row = session.execute(statement.where(Enrolment.id == enrolment_id)).first()
    if row is not None:
        for line in enrolments_of(session, actor, row[0].id):
            if line.enrolment_id == enrolment_id:
                return person_of(row[0], bool(row[1])), line
    raise NotFound("There is no such participant in a study that you can see.")
