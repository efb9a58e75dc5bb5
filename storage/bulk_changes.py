"""Changes of status by hand as they are kept, with whom they are about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.errors import NotFound
from domain.participant import Cause, ParticipantStatus
from domain.person import alias
from domain.roles import Actor
from domain.status_changes import Standing
from storage.members import is_visible_study
from storage.models import BulkChange, Enrolment, Participant, ParticipantAddress, StatusChange, Study
from storage.participants import number_of
from storage.people import contacts_are_visible
from storage.seats import has_seat_ahead


@dataclass(frozen=True, slots=True)
class Goal:
    """What those who were chosen are to be (None: restored), and why."""

    to: ParticipantStatus | None
    reason: str | None


def keep(
    session: Session, actor: Actor, study_id: int, enrolment_ids: Sequence[int], goal: Goal, now: datetime
) -> BulkChange:
    """Keep whom the actor chose, and what they are to be."""
    kept = BulkChange(
        study_id=study_id,
        member_id=actor.member_id,
        status=goal.to,
        reason=goal.reason,
        enrolment_ids=[[id_, None] for id_ in enrolment_ids],
        seen_at=now,
    )
    session.add(kept)
    session.flush()
    return kept


def own(session: Session, actor: Actor, bulk_id: int, *, lock: bool = False) -> BulkChange:
    """A change that the actor began, in a study that they see. Raises NotFound."""
    found = one(session, actor, bulk_id, lock=lock)
    if found.member_id != actor.member_id:
        raise NotFound("This choice of people is gone. Choose them again.")
    return found


def one(session: Session, actor: Actor, bulk_id: int, *, lock: bool = False) -> BulkChange:
    """A change in a study that the actor sees. Raises NotFound."""
    statement = (
        sa.select(BulkChange)
        .join(Study, Study.id == BulkChange.study_id)
        .where(BulkChange.id == bulk_id, Study.workspace_id == actor.workspace_id, is_visible_study(actor))
        .execution_options(populate_existing=True)
    )
    found = session.scalar(statement.with_for_update(key_share=True, of=BulkChange) if lock else statement)
    if found is None:
        raise NotFound("This choice of people is gone. Choose them again.")
    return found


def standings(
    session: Session, actor: Actor, study_id: int, ids: Collection[int], *, all_named: bool
) -> list[Standing]:
    """Those of the enrolments that are in the study, by name. `all_named`: the actor may know everybody in it."""
    by_name = sa.true() if all_named else contacts_are_visible(actor)
    rows = session.execute(
        sa.select(
            Enrolment.id,
            Enrolment.study_id,
            Enrolment.version,
            Enrolment.status,
            Enrolment.status_before,
            Participant.number,
            Participant.name,
            Participant.email,
            sa.and_(by_name, Participant.erased_at.is_(None)).label("by_name"),
            has_seat_ahead().label("is_booked"),
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.id.in_(ids))
        .order_by(Participant.sort_name, Participant.id)
    )
    return [
        Standing(
            enrolment_id=row.id,
            version=row.version,
            label=((row.name or row.email) if row.by_name else "") or alias(row.number),
            status=row.status,
            before=row.status_before,
            is_booked=row.is_booked,
        )
        for row in rows
        if row.study_id == study_id
    ]


def called(session: Session, actor: Actor, study_id: int, words: Collection[str], *, all_named: bool) -> dict[str, int]:
    """The enrolments in the study of those who have these aliases or addresses (lower case), by the word.

    Addresses find only those whom the actor may know by name. Two statements.
    """
    numbers = {number: word for word in words if (number := number_of(word)) is not None}
    emails = {word for word in words if "@" in word}
    others = session.execute(
        sa.select(ParticipantAddress.email, ParticipantAddress.participant_id).where(
            ParticipantAddress.workspace_id == actor.workspace_id, ParticipantAddress.email.in_(emails)
        )
    )
    second = {row.participant_id: row.email for row in others}
    by_name = sa.true() if all_named else contacts_are_visible(actor)
    is_called = sa.or_(Participant.email.in_(emails), Participant.id.in_(second))
    rows = session.execute(
        sa.select(Enrolment.id, Participant.id, Participant.number, Participant.email)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(
            Enrolment.study_id == study_id,
            Participant.workspace_id == actor.workspace_id,
            sa.or_(Participant.number.in_(numbers), sa.and_(is_called, by_name)),
        )
    )
    found: dict[str, int] = {}
    for enrolment_id, participant_id, number, email in rows:
        for word in (numbers.get(number), email, second.get(participant_id)):
            if word is not None and word in words:
                found[word] = enrolment_id
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """What a change did to one enrolment; `is_last`: nothing has moved it since."""

    enrolment_id: int
    was: ParticipantStatus
    to: ParticipantStatus
    is_last: bool


def steps(session: Session, bulk_id: int) -> dict[int, Made]:
    """What a change did, by enrolment. Where it went several steps, from the first to the last of them.

    One statement.
    """
    later = aliased(StatusChange)
    is_last = ~sa.exists().where(
        later.enrolment_id == StatusChange.enrolment_id,
        later.id > StatusChange.id,
        later.bulk_id.is_distinct_from(bulk_id),
    )
    rows = session.execute(
        sa.select(StatusChange.enrolment_id, StatusChange.was, StatusChange.to, is_last)
        .where(StatusChange.bulk_id == bulk_id, StatusChange.cause != Cause.UNDONE)
        .order_by(StatusChange.id)
    )
    done: dict[int, Made] = {}
    for enrolment_id, was, to, last in rows:
        first = done[enrolment_id].was if enrolment_id in done else was
        if first is not None:
            done[enrolment_id] = Made(enrolment_id, first, to, bool(last))
    return done


def forget_unmade(session: Session, before: datetime) -> None:
    """Delete what was chosen, and was last looked at before then, and never made."""
    session.execute(sa.delete(BulkChange).where(BulkChange.made_at.is_(None), BulkChange.seen_at < before))
