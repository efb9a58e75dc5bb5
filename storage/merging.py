"""Rows of a participant that become another's. What refers to people, places and seats is known from the models.

A table that is added later moves with them by itself; where a row would be there twice, that of the one who stays wins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.interview import InterviewStatus
from domain.participant import Cause
from storage.models import (
    Attendee,
    Base,
    Enrolment,
    Interview,
    MergedParticipant,
    Participant,
    ParticipantAddress,
    ParticipantLink,
    ParticipantNote,
    ScreenerResponse,
    SentInvitation,
    SentMail,
    SlotOffer,
    StatusChange,
    Study,
)

COUNTED = {
    "notes": ParticipantNote.participant_id,
    "other addresses": ParticipantAddress.participant_id,
    "mails": SentMail.participant_id,
    "invitations": SentInvitation.participant_id,
    "sessions": Attendee.participant_id,
    "studies": Enrolment.participant_id,
}


def lock_mails(session: Session, participant_id: int) -> None:
    """Lock the mails to somebody: whoever hears that one came back begins there."""
    theirs = sa.select(SentMail.id).where(SentMail.participant_id == participant_id).order_by(SentMail.id)
    session.execute(theirs.with_for_update(key_share=True))


def lock_people(session: Session, participant_ids: Collection[int]) -> dict[int, Participant]:
    """Those people, locked in a fixed order so that nothing new can refer to them until the commit."""
    found = session.scalars(
        sa.select(Participant)
        .where(Participant.id.in_(participant_ids))
        .order_by(Participant.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {person.id: person for person in found}


def places(session: Session, participant_ids: Collection[int]) -> Sequence[sa.Row[Enrolment, str]]:
    """Their enrolments, each with its study's key."""
    return session.execute(
        sa.select(Enrolment, Study.key)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.participant_id.in_(participant_ids))
        .order_by(Enrolment.study_id, Enrolment.id)
        .execution_options(populate_existing=True)
    ).all()


def lock_places(session: Session, participant_ids: Collection[int]) -> None:
    """Lock their enrolments, in a fixed order, so that nothing new can refer to them until the commit."""
    theirs = sa.select(Enrolment.id).where(Enrolment.participant_id.in_(participant_ids)).order_by(Enrolment.id)
    session.execute(theirs.with_for_update())


def seats(session: Session, participant_ids: Collection[int]) -> Sequence[sa.Row[Attendee, Interview]]:
    """Their seats with the sessions, in order."""
    return session.execute(
        sa.select(Attendee, Interview)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(Attendee.participant_id.in_(participant_ids))
        .order_by(Attendee.starts_at, Attendee.id)
        .execution_options(populate_existing=True)
    ).all()


def counts(session: Session, participant_id: int) -> tuple[tuple[str, int], ...]:
    """How many of what somebody has: one statement."""
    numbers = [
        sa.select(sa.func.count()).where(column == participant_id).scalar_subquery() for column in COUNTED.values()
    ]
    row = session.execute(sa.select(*numbers)).one()
    return tuple((name, number) for name, number in zip(COUNTED, row, strict=True) if number)


def referring(to: type[Base]) -> list[sa.Column[Any]]:
    """The columns that refer to rows of a table by id."""
    target = to.__table__.c.id
    tables = Base.metadata.sorted_tables
    return [key.parent for table in tables for key in sorted_keys(table) if key.column is target]


def sorted_keys(table: sa.Table) -> list[sa.ForeignKey]:
    return sorted(table.foreign_keys, key=lambda key: key.parent.name)


def unique_with(column: sa.Column[Any]) -> list[list[sa.Column[Any]]]:
    """What else is unique together with the column: for each constraint the other columns of it."""
    table = column.table
    assert isinstance(table, sa.Table)
    sets = [list(one.columns) for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    sets += [list(index.columns) for index in table.indexes if index.unique]
    sets.append(list(table.primary_key.columns))
    return [[other for other in those if other is not column] for those in sets if column in those]


def move(session: Session, to: type[Base], ids: Mapping[int, int], but: Collection[type[Base]] = ()) -> None:
    """Let all that refers to the rows with these ids refer to others, each by its id, instead. Tables in `but` do not.

    One statement for each column, and one more where something would be there twice: then the other row's stays.
    """
    if not ids:
        return
    session.flush()
    left_out = {each.__table__ for each in but}
    for column in referring(to):
        if column.table in left_out:
            continue
        onto = sa.case(ids, value=column)
        for others in unique_with(column):
            there = column.table.alias()
            is_there = sa.exists().where(
                there.c[column.name] == onto, *(there.c[other.name] == other for other in others)
            )
            session.execute(sa.delete(column.table).where(column.in_(ids), is_there))
        session.execute(sa.update(column.table).where(column.in_(ids)).values({column: onto}))
    session.expire_all()


def keep_latest(session: Session, pairs: Sequence[tuple[Enrolment, Enrolment]]) -> None:
    """Let places that are kept (the first of each pair) know what was so in those that are given up: one statement."""
    table: Any = Enrolment.__table__
    dated = ("invited_at", "took_part_at", "no_showed_at")
    rows = [
        {
            "enrolment": kept.id,
            "most_moves": max(kept.moves, other.moves),
            **{
                f"last_{name}": max(filter(None, (getattr(kept, name), getattr(other, name))), default=None)
                for name in dated
            },
        }
        for kept, other in pairs
    ]
    values = {name: sa.bindparam(f"last_{name}", type_=table.c[name].type) for name in dated}
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("enrolment"))
        .values(moves=sa.bindparam("most_moves"), version=table.c.version + 1, **values),
        rows,
    )


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def finished_twice(session: Session, pairs: Mapping[int, int]) -> list[int]:
    """The places that are given up whose survey or test was done in the other one too: it was counted in both."""
    if not pairs:
        return []
    done = sa.select(StatusChange.enrolment_id).where(
        StatusChange.enrolment_id.in_([*pairs.keys(), *pairs.values()]), StatusChange.cause == Cause.TASK_FINISHED
    )
    finished = set(session.scalars(done))
    return [old for old, new in pairs.items() if {old, new} <= finished]


def prefer_submitted(session: Session, ids: Mapping[int, int]) -> None:
    """Of two screeners of one person in a study the one that was submitted stays."""
    coming = aliased(ScreenerResponse)
    is_better = sa.exists().where(
        coming.submitted_at.is_not(None),
        ScreenerResponse.enrolment_id == sa.case(ids, value=coming.enrolment_id),
        coming.enrolment_id.in_(ids),
    )
    session.execute(
        sa.delete(ScreenerResponse)
        .where(ScreenerResponse.enrolment_id.in_(ids.values()), ScreenerResponse.submitted_at.is_(None), is_better)
        .execution_options(synchronize_session=False)
    )


def lead_claims(session: Session, ids: Mapping[int, int]) -> None:
    """Let links to a time that both were offered lead to the offer that stays."""
    going, staying = aliased(SlotOffer), aliased(SlotOffer)
    same = (
        sa.select(staying.id)
        .join(going, sa.and_(going.starts_at == staying.starts_at, going.id == ParticipantLink.offer_id))
        .where(going.enrolment_id.in_(ids), staying.enrolment_id == sa.case(ids, value=going.enrolment_id))
        .correlate(ParticipantLink)
        .scalar_subquery()
    )
    session.execute(
        sa.update(ParticipantLink)
        .where(ParticipantLink.enrolment_id.in_(ids), same.is_not(None))
        .values(offer_id=same)
        .execution_options(synchronize_session=False)
    )


def delete(session: Session, kind: type[Base], ids: Collection[int]) -> None:
    """Delete rows to which nothing refers any more."""
    if ids:
        table: Any = kind.__table__
        session.execute(sa.delete(table).where(table.c.id.in_(ids)))
        session.expire_all()


def remember_number(session: Session, gone: Participant, into_id: int, now: datetime) -> None:
    """Let the number of somebody who is gone lead to the one who stays."""
    session.add(
        MergedParticipant(workspace_id=gone.workspace_id, number=gone.number, participant_id=into_id, merged_at=now)
    )


def is_ahead(seat: Attendee, interview: Interview) -> bool:
    """Whether somebody is booked there, and it is not settled yet."""
    return seat.outcome is InterviewStatus.UPCOMING and interview.status is InterviewStatus.UPCOMING


def hand_over(session: Session, from_id: int, to_id: int) -> None:
    """Let the places that somebody has left be another's, who is in none of their studies."""
    table: Any = Enrolment.__table__
    session.flush()
    session.execute(
        sa.update(table)
        .where(table.c.participant_id == from_id)
        .values(participant_id=to_id, version=table.c.version + 1)
    )
    session.expire_all()
