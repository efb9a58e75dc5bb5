"""Where enrolments stand, as rows. Only `bot.services.statuses` writes through this: it knows what leads where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from domain.participant import BOUNCED, Facts, ParticipantStatus
from domain.study import StudyType
from storage.models import Enrolment, Participant, SentInvitation, StatusChange, Study


def lock_people(session: Session, participant_ids: Collection[int]) -> None:
    """Lock those people's rows in the order that everybody keeps, until the commit."""
    lock_rows(session, Participant.id.in_(participant_ids))


def lock_people_of(session: Session, enrolment_ids: Collection[int]) -> None:
    """As `lock_people`, for those whose enrolments they are."""
    lock_rows(session, Participant.id.in_(sa.select(Enrolment.participant_id).where(Enrolment.id.in_(enrolment_ids))))


def lock_rows(session: Session, are_they: sa.ColumnElement[bool]) -> None:
    session.execute(sa.select(Participant.id).where(are_they).order_by(Participant.id).with_for_update(key_share=True))


def study_types(session: Session, study_ids: Collection[int]) -> dict[int, StudyType]:
    """The types of those studies: no statement for those that the session has, one for all others."""
    known = {id_: session.identity_map.get(session.identity_key(Study, id_)) for id_ in study_ids}
    types = {id_: study.type for id_, study in known.items() if study is not None}
    missing = set(study_ids) - types.keys()
    if missing:
        found = session.execute(sa.select(Study.id, Study.type).where(Study.id.in_(missing)))
        types |= {row.id: row.type for row in found}
    return types


@dataclass(frozen=True, slots=True)
class Moved:
    """An enrolment that goes from where it stands to `to`; `was` is what it was last before that."""

    enrolment: Enrolment
    was: ParticipantStatus
    to: ParticipantStatus
    facts: Facts


@dataclass(frozen=True, slots=True)
class Signature:
    """Who moves enrolments, when (aware UTC), and the reason that they give."""

    name: str
    at: datetime
    reason: str | None


def write(session: Session, moved: Sequence[Moved], by: Signature) -> None:
    """Move locked enrolments by one statement; what the session has of them is as what is stored."""
    table: Any = Enrolment.__table__
    session.flush()
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("enrolment"))
        .values(
            status_before=sa.bindparam("was"),
            status=sa.bindparam("is"),
            took_part_at=sa.bindparam("took_part"),
            no_showed_at=sa.bindparam("missed"),
            status_changed_at=by.at,
            status_changed_by=by.name,
            status_reason=by.reason,
            version=table.c.version + 1,
        ),
        [
            {
                "enrolment": one.enrolment.id,
                "was": one.was,
                "is": one.to,
                "took_part": one.facts.took_part_at,
                "missed": one.facts.no_showed_at,
            }
            for one in moved
        ],
    )
    for one in moved:
        let_know(
            one.enrolment,
            status_before=one.was,
            status=one.to,
            took_part_at=one.facts.took_part_at,
            no_showed_at=one.facts.no_showed_at,
            status_changed_at=by.at,
            status_changed_by=by.name,
            status_reason=by.reason,
        )


def let_know(enrolment: Enrolment, **values: object) -> None:
    """Let the session know what was written to a locked enrolment, so that it need not be read again."""
    for column, value in {**values, "version": enrolment.version + 1}.items():
        set_committed_value(enrolment, column, value)


def remember(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Add to the history: one statement."""
    session.execute(sa.insert(StatusChange), list(rows))


def set_apart(session: Session, enrolment_ids: Collection[int]) -> None:
    """Note of the steps of enrolments that are given up whose they were: one statement."""
    session.execute(
        sa.update(StatusChange)
        .where(StatusChange.enrolment_id.in_(enrolment_ids), StatusChange.former_id.is_(None))
        .values(former_id=StatusChange.enrolment_id)
        .execution_options(synchronize_session=False)
    )


def note_invitations(session: Session, enrolments: Sequence[Enrolment], at: datetime) -> None:
    """Note that the owners of locked enrolments were invited then: two statements."""
    set_invited(session, enrolments, at)
    rows = [{"participant_id": one.participant_id, "enrolment_id": one.id, "at": at} for one in enrolments]
    session.execute(sa.insert(SentInvitation), rows)


def forget_invitations(session: Session, enrolments: Sequence[Enrolment]) -> None:
    """Take back the last invitations of the owners of locked enrolments; those before them hold: three statements."""
    is_last = sa.exists().where(Enrolment.id == SentInvitation.enrolment_id, Enrolment.invited_at == SentInvitation.at)
    ids = [one.id for one in enrolments]
    session.flush()
    session.execute(
        sa.delete(SentInvitation)
        .where(SentInvitation.enrolment_id.in_(ids), is_last)
        .execution_options(synchronize_session=False)
    )
    last = sa.func.max(SentInvitation.at)
    earlier = sa.select(last).where(SentInvitation.enrolment_id == Enrolment.id).scalar_subquery()
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(ids))
        .values(invited_at=earlier, version=Enrolment.version + 1)
        .execution_options(synchronize_session=False)
    )
    found = session.execute(
        sa.select(SentInvitation.enrolment_id, last.label("at"))
        .where(SentInvitation.enrolment_id.in_(ids))
        .group_by(SentInvitation.enrolment_id)
    )
    left = {row.enrolment_id: row.at for row in found}
    for one in enrolments:
        let_know(one, invited_at=left.get(one.id))


def set_invited(session: Session, enrolments: Sequence[Enrolment], at: datetime) -> None:
    session.flush()
    session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_([one.id for one in enrolments]))
        .values(invited_at=at, version=Enrolment.version + 1)
        .execution_options(synchronize_session=False)
    )
    for one in enrolments:
        let_know(one, invited_at=at)


def last_but(
    session: Session, enrolment_ids: Collection[int], but: Collection[ParticipantStatus]
) -> dict[int, ParticipantStatus]:
    """The status that each enrolment had last, others than `but`: one statement. Those without one are left out.

    What was so in another place, before the two were merged, is not looked at.
    """
    rank = sa.func.row_number().over(partition_by=StatusChange.enrolment_id, order_by=StatusChange.id.desc())
    ranked = (
        sa.select(StatusChange.enrolment_id, StatusChange.to, rank.label("rank"))
        .where(
            StatusChange.enrolment_id.in_(enrolment_ids),
            StatusChange.former_id.is_(None),
            StatusChange.to.not_in(but),
        )
        .subquery()
    )
    found = session.execute(sa.select(ranked.c.enrolment_id, ranked.c.to).where(ranked.c.rank == 1))
    return {row.enrolment_id: row.to for row in found}


def bounced(session: Session, participant_id: int) -> list[int]:
    """The enrolments of somebody that mail came back from."""
    is_there = sa.and_(Enrolment.participant_id == participant_id, Enrolment.status.in_(BOUNCED))
    return list(session.scalars(sa.select(Enrolment.id).where(is_there)))
