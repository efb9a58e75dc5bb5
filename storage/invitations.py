"""Whom an actor chose to invite to a study, and what is known of them: a fixed number of statements for any number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.governance import FREE, ContactFacts, Evaluation
from domain.invitation import Candidate
from domain.participant import ParticipantStatus
from domain.roles import Actor
from storage.models import Enrolment, InvitationList, Participant
from storage.people import contacts_are_visible, person_of, seen_people

NAMES_OFFERED = 100


def candidates(
    session: Session,
    actor: Actor,
    study_id: int,
    participant_ids: Collection[int],
    evaluations: Mapping[int, Evaluation],
) -> list[Candidate]:
    """Those people with where they stand in the study, by name: called so as the actor may know them. `evaluations` are
    what the rules say of them, by id.
    """
    rows = session.execute(
        sa.select(Participant, Enrolment, contacts_are_visible(actor).label("by_name"))
        .outerjoin(Enrolment, sa.and_(Enrolment.participant_id == Participant.id, Enrolment.study_id == study_id))
        .where(Participant.id.in_(participant_ids), Participant.workspace_id == actor.workspace_id)
        .order_by(Participant.sort_name, Participant.id)
        .execution_options(populate_existing=True)
    )
    return [
        candidate_of(person, enrolment, by_name, evaluations.get(person.id, FREE))
        for person, enrolment, by_name in rows
    ]


def candidate_of(person: Participant, enrolment: Enrolment | None, by_name: bool, evaluation: Evaluation) -> Candidate:
    return Candidate(
        participant_id=person.id,
        number=person.number,
        label=person_of(person, by_name).label,
        contact=ContactFacts(
            blocklisted_at=person.blocklisted_at,
            opted_out_at=person.opted_out_at,
            do_not_contact_reason=person.do_not_contact_reason,
            cooldown_until=person.cooldown_until,
        ),
        bounced_at=person.bounced_at,
        enrolment_id=enrolment.id if enrolment is not None else None,
        status=enrolment.status if enrolment is not None else None,
        invited_at=enrolment.invited_at if enrolment is not None else None,
        evaluation=evaluation,
    )


def seen_among(session: Session, actor: Actor, participant_ids: Collection[int]) -> list[int]:
    """Those of the participants whom the actor sees."""
    if not participant_ids:
        return []
    return list(session.scalars(seen_ids(actor).where(Participant.id.in_(participant_ids))))


def numbered(session: Session, actor: Actor, numbers: Collection[int]) -> list[int]:
    """The participants of the actor's workspace who have these numbers."""
    found = sa.select(Participant.id).where(
        Participant.workspace_id == actor.workspace_id, Participant.number.in_(numbers)
    )
    return list(session.scalars(found.order_by(Participant.id)))


def standing_so(session: Session, study_id: int, statuses: Collection[ParticipantStatus]) -> list[int]:
    """The participants who stand so in the study."""
    if not statuses:
        return []
    found = sa.select(Enrolment.participant_id).where(Enrolment.study_id == study_id, Enrolment.status.in_(statuses))
    return list(session.scalars(found.order_by(Enrolment.participant_id)))


def with_property(session: Session, actor: Actor, name: str, value: str, limit: int) -> list[int]:
    """The participants of whom that is known, whom the actor may know so: names exactly, values whatever their case."""
    held = Participant.properties[name].as_string()
    is_it = sa.or_(held == value, sa.func.lower(held) == value.lower())
    return list(session.scalars(seen_ids(actor).where(contacts_are_visible(actor), is_it).limit(limit)))


def seen_ids(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return seen_people(actor).with_only_columns(Participant.id).order_by(Participant.id)


def property_names(session: Session, actor: Actor, typed: str) -> Sequence[str]:
    """The names of what is known of those whom the actor may know so, which begin with what was typed."""
    if session.get_bind().dialect.name == "postgresql":
        each = sa.func.jsonb_object_keys(Participant.properties).table_valued("key", name="each").render_derived()
    else:
        each = sa.func.json_each(Participant.properties).table_valued("key")
    begins_so = sa.func.lower(each.c.key).startswith(typed.strip().lower(), autoescape=True)
    statement = (
        seen_people(actor)
        .with_only_columns(each.c.key)
        .select_from(sa.join(Participant, each, sa.true()))
        .where(contacts_are_visible(actor), begins_so)
        .distinct()
        .order_by(each.c.key)
        .limit(NAMES_OFFERED)
    )
    return session.scalars(statement).all()


def keep(session: Session, actor: Actor, study_id: int, ids: Sequence[int], named_twice: int, now: datetime) -> int:
    """Keep a list of people whom the actor chose. Its id."""
    kept = InvitationList(
        study_id=study_id,
        member_id=actor.member_id,
        participant_ids=list(ids),
        named_twice=named_twice,
        made_at=now,
        reviewed_at=now,
    )
    session.add(kept)
    session.flush()
    return kept.id


def own(session: Session, actor: Actor, list_id: int) -> InvitationList:
    """A list that the actor made. Raises NotFound."""
    found = session.scalar(
        sa.select(InvitationList).where(InvitationList.id == list_id, InvitationList.member_id == actor.member_id)
    )
    if found is None:
        raise NotFound("This choice of people is gone. Choose them again with /study invite.")
    return found


def forget_unsent(session: Session, before: datetime) -> None:
    """Delete the lists that nobody sent and that were last looked at before then."""
    session.execute(
        sa.delete(InvitationList).where(InvitationList.sent_at.is_(None), InvitationList.reviewed_at < before)
    )
