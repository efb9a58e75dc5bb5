"""Participants as an actor may see them: found, paged and shown, with names only where these may be known."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.governance import ContactFacts, contact_status
from domain.participant import stage
from domain.person import EnrolmentLine, ParticipantDetails, Person
from domain.roles import Actor, Permission
from storage import finding
from storage.members import is_own_study, is_visible_study
from storage.models import Attendee, Enrolment, Interview, Participant, Study
from storage.participants import is_addressed, is_found, is_numbered, number_of
from storage.seats import has_seat_ahead

INTERVIEWS_SHOWN = 20
IN_STUDY = re.compile(r"(?:^|\s)in\s+([A-Za-z][A-Za-z0-9]{1,7})\s*$")
"""A study's key at the end of what is looked for."""


def contacts_are_visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see the participant's name and address, to be used within a query on participants."""
    if actor.may(Permission.SEE_CONTACT_DETAILS):
        return sa.true()
    if not actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True):
        return sa.false()
    return sa.exists().where(
        Enrolment.participant_id == Participant.id, Study.id == Enrolment.study_id, is_own_study(actor)
    )


def known_by_name(session: Session, actor: Actor, participant_ids: Collection[int]) -> set[int]:
    """Those of the participants whose names and addresses the actor may see: one statement."""
    is_one = sa.and_(Participant.workspace_id == actor.workspace_id, Participant.id.in_(participant_ids))
    return set(session.scalars(sa.select(Participant.id).where(is_one, contacts_are_visible(actor))))


def label_of(session: Session, actor: Actor, person: Participant) -> str:
    """How the participant is called to the actor: by their alias, unless the actor may see their name."""
    by_name = actor.may(Permission.SEE_CONTACT_DETAILS) or person.id in known_by_name(session, actor, [person.id])
    return person_of(person, by_name).label


def seen_people(actor: Actor, text: str = "", *, erased: bool = False) -> sa.Select[*tuple[Any, ...]]:
    """The participants whom the actor sees, those found by the text, with whether by name, to be narrowed further.

    Who was erased is among them with `erased` only.
    """
    statement = sa.select(Participant, contacts_are_visible(actor).label("by_name")).where(
        is_found(actor.workspace_id, text, erased=erased)
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
        return is_numbered(actor.workspace_id, number)
    return sa.and_(is_addressed(actor.workspace_id, text.strip().lower()), contacts_are_visible(actor))


def person_of(person: Participant, by_name: bool) -> Person:
    """The person as a reader sees them, who may know names and addresses or not."""
    is_known = by_name and person.erased_at is None
    return Person(person.id, person.number, person.name if is_known else None, person.email if is_known else None)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of participants; `after_id` is the participant after whom the next begins, None on the last."""

    people: tuple[Person, ...]
    after_id: int | None


def wanted(actor: Actor, text: str) -> finding.Wanted:
    """Whom the actor looks for: whom they see, by names and addresses those alone of whom they may know them.

    With `in CHK` at its end the text is looked for among the people of that study.
    """
    narrowed = IN_STUDY.search(text)
    ids = sa.select(Study.id).where(Study.workspace_id == actor.workspace_id)
    if narrowed is not None:
        ids = ids.where(Study.key == narrowed[1].upper())
    seen = ids.where(is_visible_study(actor)) if narrowed or not actor.sees_every_team else None
    known = seen
    if not actor.may(Permission.SEE_CONTACT_DETAILS):
        may = actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True)
        known = ids.where(is_own_study(actor) if may else sa.false())
    return finding.Wanted(actor.workspace_id, text[: narrowed.start()] if narrowed else text, seen, known)


def page(session: Session, actor: Actor, text: str, after_id: int | None, size: int) -> PeoplePage:
    """Participants by name whose name, last name or address begins with the text, or who are called `P17`.

    Names and addresses are searched only where the actor may see them.
    """
    ids = finding.find(session, wanted(actor, text), after_id, size + 1)
    found = sa.select(Participant, contacts_are_visible(actor).label("by_name")).where(Participant.id.in_(ids))
    rows = sorted(session.execute(found), key=lambda row: ids.index(row[0].id))
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
        erased_at=person.erased_at,
    )


def one(session: Session, actor: Actor, text: str) -> tuple[Participant, bool]:
    """The participant, erased or not, and whether the actor sees them by name. Raises NotFound."""
    row = session.execute(seen_people(actor, erased=True).where(called(actor, text))).first()
    if row is None:
        raise NotFound(f"There is no participant {text.strip()[:80]} that you can see.", "participant")
    return row[0], bool(row[1])


def enrolments_of(session: Session, actor: Actor, participant_id: int) -> tuple[EnrolmentLine, ...]:
    """The participant's places in the studies that the actor sees, latest change first."""
    rows = session.execute(
        sa.select(
            Enrolment,
            Study,
            is_own_study(actor).label("is_own"),
            has_seat_ahead().label("is_booked"),
        )
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
            before=enrolment.status_before,
            is_booked=is_booked,
        )
        for enrolment, study, is_own, is_booked in rows
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
