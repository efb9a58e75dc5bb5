"""Waiting lists and what is offered from them: a fixed number of statements for any number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.governance import ContactFacts
from domain.interview import AttendeeKind, InterviewStatus
from domain.mail import why_barred
from domain.participant import ParticipantStatus
from domain.person import alias
from domain.quota import Meter, full_for
from domain.roles import Actor
from domain.study import StudyStatus
from domain.waiting import CLOSED_TO_OFFERS, OfferState, Waiting, Wish, why_not_to_book
from storage import quotas
from storage.models import Attendee, Enrolment, Participant, SlotOffer, Study, WaitingEntry
from storage.outbox import insert
from storage.people import contacts_are_visible

SHOWN = 100
"""People of one list who are read at once."""


def session_ahead(now: datetime) -> sa.ScalarSelect[Any]:
    """When the next session of an enrolment begins, to be used within a query on enrolments."""
    return (
        sa.select(sa.func.min(Attendee.starts_at))
        .where(
            Attendee.enrolment_id == Enrolment.id,
            Attendee.kind == AttendeeKind.PARTICIPANT,
            Attendee.outcome == InterviewStatus.UPCOMING,
            Attendee.starts_at > now,
        )
        .scalar_subquery()
    )


def in_order(session: Session, study_id: int, now: datetime, actor: Actor | None = None) -> tuple[Waiting, ...]:
    """Who waits in the study, longest first, called so as the actor may know them (None: by alias). Four
    statements, five in a study with quotas.
    """
    by_name = contacts_are_visible(actor) if actor is not None else sa.false()
    rows = session.execute(
        sa.select(
            WaitingEntry, Enrolment, Participant, session_ahead(now).label("session_at"), by_name.label("by_name")
        )
        .join(Enrolment, Enrolment.id == WaitingEntry.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(WaitingEntry.study_id == study_id)
        .order_by(WaitingEntry.id)
        .limit(SHOWN)
        .execution_options(populate_existing=True)
    ).all()
    offers = offers_to(session, [row.Enrolment.id for row in rows])
    meters = quotas.meters(session, session.get_one(Study, study_id)) if rows else ()
    return tuple(waiting_of(row, offers[row.Enrolment.id], meters, now) for row in rows)


def waiting_of(row: Any, offers: Sequence[SlotOffer], meters: Sequence[Meter], now: datetime) -> Waiting:
    entry, enrolment, person = row.WaitingEntry, row.Enrolment, row.Participant
    is_open = [offer for offer in offers if offer.state is OfferState.OPEN and offer.expires_at > now]
    facts = ContactFacts(
        blocklisted_at=person.blocklisted_at,
        opted_out_at=person.opted_out_at,
        do_not_contact_reason=person.do_not_contact_reason,
        cooldown_until=person.cooldown_until,
    )
    since = [offer for offer in offers if offer.offered_at >= entry.asked_at]
    is_full = row.session_at is None and full_for(meters, person.properties) is not None
    return Waiting(
        enrolment_id=enrolment.id,
        participant_id=person.id,
        number=person.number,
        label=(person.name or person.email) if row.by_name else alias(person.number),
        wish=entry.wish,
        asked_at=entry.asked_at,
        status=enrolment.status,
        session_at=row.session_at,
        offered_at=is_open[0].starts_at if is_open else None,
        offer_expires_at=is_open[0].expires_at if is_open else None,
        tried=frozenset(offer.starts_at for offer in offers),
        moves=enrolment.moves,
        unanswered=sum(offer.state is OfferState.EXPIRED for offer in since),
        barred=why_barred(facts, person.bounced_at, now)
        or why_not_to_book(enrolment.status, row.session_at)
        or ("counts against a quota that is full" if is_full else None),
    )


def offers_to(session: Session, enrolment_ids: Collection[int]) -> dict[int, list[SlotOffer]]:
    """All that was ever offered to these enrolments, by enrolment, oldest first."""
    found: dict[int, list[SlotOffer]] = defaultdict(list)
    if enrolment_ids:
        statement = sa.select(SlotOffer).where(SlotOffer.enrolment_id.in_(enrolment_ids)).order_by(SlotOffer.id)
        for offer in session.scalars(statement.execution_options(populate_existing=True)):
            found[offer.enrolment_id].append(offer)
    return found


def ask(session: Session, study_id: int, enrolment_id: int, wish: Wish, now: datetime) -> None:
    """Put somebody on the list, or change what they wait for: who asks for the same again keeps their turn."""
    new = insert(session, WaitingEntry).values(study_id=study_id, enrolment_id=enrolment_id, wish=wish, asked_at=now)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[WaitingEntry.enrolment_id],
            set_={"wish": wish, "asked_at": now},
            where=WaitingEntry.wish != wish,
        )
    )


def leave(session: Session, enrolment_ids: Collection[int]) -> bool:
    """Take them off the list; what is on offer to them is lost. Whether anybody was on it."""
    if not enrolment_ids:
        return False
    gone = session.scalars(
        sa.delete(WaitingEntry).where(WaitingEntry.enrolment_id.in_(enrolment_ids)).returning(WaitingEntry.id)
    ).all()
    lose(session, SlotOffer.enrolment_id.in_(enrolment_ids))
    return bool(gone)


def lose(session: Session, *which: sa.ColumnElement[bool]) -> None:
    """Open offers, of which that is true, are lost: somebody else was faster, or nothing is to be offered any more."""
    session.execute(
        sa.update(SlotOffer).where(SlotOffer.state == OfferState.OPEN, *which).values(state=OfferState.LOST)
    )


def wish_of(session: Session, enrolment_id: int) -> Wish | None:
    """What somebody waits for, None for who is not on the list, or has been booked since they asked for any time."""
    row = session.execute(
        sa.select(WaitingEntry.wish, Enrolment.status)
        .join(Enrolment, Enrolment.id == WaitingEntry.enrolment_id)
        .where(WaitingEntry.enrolment_id == enrolment_id)
    ).first()
    if row is None or row.status in CLOSED_TO_OFFERS:
        return None
    is_booked = row.status is ParticipantStatus.INTERVIEW_SCHEDULED
    return None if is_booked and row.wish is Wish.ANY else row.wish


def next_session(session: Session, enrolment_id: int, now: datetime) -> datetime | None:
    """When the next session begins that somebody has in the study."""
    return session.scalar(sa.select(session_ahead(now)).select_from(Enrolment).where(Enrolment.id == enrolment_id))


def number(session: Session, study_id: int) -> int:
    """How many wait in the study."""
    statement = sa.select(sa.func.count()).select_from(WaitingEntry).where(WaitingEntry.study_id == study_id)
    return session.scalar(statement) or 0


@dataclass(frozen=True, slots=True)
class Due:
    """An active study in which somebody waits."""

    workspace_id: int
    study_id: int


def due(session: Session) -> list[Due]:
    """The active studies in which somebody waits."""
    rows = session.execute(
        sa.select(Study.workspace_id, Study.id)
        .where(Study.status == StudyStatus.ACTIVE, sa.exists().where(WaitingEntry.study_id == Study.id))
        .order_by(Study.id)
    )
    return [Due(*row) for row in rows]


def expire(session: Session, now: datetime) -> int:
    """Let the offers run out that are over. How many."""
    statement = (
        sa.update(SlotOffer)
        .where(SlotOffer.state == OfferState.OPEN, SlotOffer.expires_at <= now)
        .values(state=OfferState.EXPIRED)
        .returning(SlotOffer.id)
    )
    return len(session.scalars(statement).all())


def close(session: Session) -> None:
    """Nobody waits in a study that is closed, and nothing is on offer there."""
    closed = sa.select(Study.id).where(Study.status == StudyStatus.CLOSED)
    session.execute(sa.delete(WaitingEntry).where(WaitingEntry.study_id.in_(closed)))
    lose(session, SlotOffer.study_id.in_(closed))


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A time that is offered to somebody until `expires_at`."""

    enrolment_id: int
    starts_at: datetime
    expires_at: datetime


def offer_all(session: Session, study_id: int, offers: Sequence[NewOffer], by: str, now: datetime) -> dict[int, int]:
    """Offer times, by one statement; what was offered to the same person before and has passed is offered anew.

    The offers' ids by enrolment, of those that are open now.
    """
    if not offers:
        return {}
    rows = [
        {
            "study_id": study_id,
            "enrolment_id": each.enrolment_id,
            "starts_at": each.starts_at,
            "state": OfferState.OPEN,
            "offered_by": by,
            "offered_at": now,
            "expires_at": each.expires_at,
        }
        for each in offers
    ]
    new = insert(session, SlotOffer)
    values = {name: new.excluded[name] for name in ("state", "offered_by", "offered_at", "expires_at")}
    statement = new.on_conflict_do_update(
        index_elements=[SlotOffer.enrolment_id, SlotOffer.starts_at],
        set_=values,
        where=sa.or_(SlotOffer.state == OfferState.EXPIRED, SlotOffer.state == OfferState.LOST),
    ).returning(SlotOffer.enrolment_id, SlotOffer.id)
    return {row[0]: row[1] for row in session.connection().execute(statement, rows)}


def offer(session: Session, offer_id: int | None) -> SlotOffer:
    """The offer as it is now. Raises NotFound."""
    found = session.get(SlotOffer, offer_id, populate_existing=True) if offer_id is not None else None
    if found is None:
        raise NotFound("There is no such offer.")
    return found
