"""Participants and enrolments as they are found, read and added."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.errors import NotFound
from domain.participant import ParticipantStatus
from storage.models import Enrolment, Participant, Workspace

UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
"""Letters that are typed plainly, too, though Unicode does not take them for a letter with an accent."""


def folded(name: str) -> str:
    """A name as it is searched for: case, accents and needless spaces do not matter."""
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join("".join(letters).casefold().translate(UNDECOMPOSED).split())[:200]


def surname_first(name: str) -> str:
    """A name as it is searched for by its last word: `Chloé Bernard` is `bernard chloe`."""
    first, _, last = folded(name).rpartition(" ")
    return f"{last} {first}".rstrip()


def number_of(text: str) -> int | None:
    """The number in an alias such as `P17`, None when the text is none."""
    found = re.fullmatch(r"[Pp]([0-9]{1,9})", text.strip())
    return int(found[1]) if found else None


def is_found(workspace_id: int, text: str = "") -> sa.ColumnElement[bool]:
    """Whether a participant is of the workspace and, with a text, is found by it, to be used within a query.

    Their name, last name or address begins with it, or they are called so, as `P17`. Each is a range of an index; one
    condition with "or" would be looked for among everybody in the workspace.
    """
    if not text.strip():
        return Participant.workspace_id == workspace_id
    name, number = folded(text), number_of(text)
    matches = [
        begins_with(Participant.sort_name, name),
        begins_with(Participant.sort_surname, name),
        begins_with(Participant.email, text.strip().lower()),
        *([Participant.number == number] if number is not None else []),
    ]
    ids = sa.select(Participant.id).where(Participant.workspace_id == workspace_id)
    return Participant.id.in_(sa.union(*(ids.where(match) for match in matches)))


def begins_with(column: InstrumentedAttribute[str], prefix: str) -> sa.ColumnElement[bool]:
    """Whether the column begins with the prefix: a range of its index."""
    return sa.and_(column >= prefix, column < prefix + "\U0010ffff")


def by_email(session: Session, workspace_id: int, email: str) -> Participant | None:
    """The participant with that address (lower case)."""
    return session.scalar(
        sa.select(Participant).where(Participant.workspace_id == workspace_id, Participant.email == email)
    )


def participant(session: Session, workspace_id: int, participant_id: int) -> Participant:
    """The participant. Raises NotFound for one of another workspace."""
    found = session.scalar(
        sa.select(Participant).where(Participant.id == participant_id, Participant.workspace_id == workspace_id)
    )
    if found is None:
        raise NotFound("There is no such participant.", "participant")
    return found


def by_ids(session: Session, participant_ids: Collection[int]) -> dict[int, Participant]:
    """Those participants, by id."""
    found = session.scalars(sa.select(Participant).where(Participant.id.in_(participant_ids)))
    return {person.id: person for person in found}


def lock_all(session: Session, participant_ids: Collection[int]) -> Sequence[Participant]:
    """Those participants' rows, locked in a fixed order until the commit: whoever books a person waits here for the
    one before.
    """
    return session.scalars(
        sa.select(Participant)
        .where(Participant.id.in_(participant_ids))
        .order_by(Participant.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def by_emails(session: Session, workspace_id: int, emails: Collection[str]) -> dict[str, Participant]:
    """The participants with those addresses (lower case), by address: one statement for a few hundred of them."""
    return {person.email: person for person in session.scalars(called(workspace_id, emails))}


def lock_by_emails(session: Session, workspace_id: int, emails: Collection[str]) -> dict[str, Participant]:
    """As `by_emails`, their rows locked in a fixed order until the commit."""
    statement = called(workspace_id, emails).order_by(Participant.id).with_for_update(key_share=True)
    return {person.email: person for person in session.scalars(statement)}


def called(workspace_id: int, emails: Collection[str]) -> sa.Select[Participant]:
    return (
        sa.select(Participant)
        .where(Participant.workspace_id == workspace_id, Participant.email.in_(emails))
        .execution_options(populate_existing=True)
    )


def known_emails(session: Session, workspace_id: int, emails: Collection[str]) -> set[str]:
    """Those of the addresses (lower case) that participants have."""
    return set(
        session.scalars(
            sa.select(Participant.email).where(Participant.workspace_id == workspace_id, Participant.email.in_(emails))
        )
    )


def lock_numbers(session: Session, workspace_id: int) -> int:
    """The number that the next new participant gets; the workspace's row is locked until the commit."""
    return session.scalars(
        sa.select(Workspace.next_participant_number).where(Workspace.id == workspace_id).with_for_update(key_share=True)
    ).one()


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person who may take part. `email` is lower case, `time_zone` an IANA name."""

    email: str
    name: str = ""
    phone: str | None = None
    time_zone: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


def add(session: Session, workspace_id: int, email: str, name: str, now: datetime) -> Participant:
    """A new participant, with the workspace's next number. The workspace's row is locked until the commit."""
    id_, _ = add_all(session, workspace_id, [Profile(email, name)], now)[email]
    return session.get_one(Participant, id_)


def add_all(
    session: Session, workspace_id: int, profiles: Sequence[Profile], now: datetime
) -> dict[str, tuple[int, int]]:
    """New participants, numbered in order: id and number of each by address. Two statements for any number of them."""
    if not profiles:
        return {}
    after = session.execute(
        sa.update(Workspace)
        .where(Workspace.id == workspace_id)
        .values(next_participant_number=Workspace.next_participant_number + len(profiles))
        .returning(Workspace.next_participant_number)
    ).scalar_one()
    rows = [
        {
            "workspace_id": workspace_id,
            "number": number,
            "email": profile.email,
            "name": profile.name.strip()[:200],
            "sort_name": folded(profile.name),
            "sort_surname": surname_first(profile.name),
            "phone": profile.phone,
            "time_zone": profile.time_zone,
            "properties": dict(profile.properties),
            "created_at": now,
        }
        for number, profile in enumerate(profiles, after - len(profiles))
    ]
    statement = sa.insert(Participant).returning(Participant.email, Participant.id, Participant.number)
    return {email: (id_, number) for email, id_, number in session.connection().execute(statement, rows)}


def change_all(session: Session, profiles: Mapping[int, Profile]) -> None:
    """Write the profiles of known participants, by id: one statement for all of them."""
    if not profiles:
        return
    session.execute(
        sa.update(Participant),
        [
            {
                "id": id_,
                "name": profile.name,
                "sort_name": folded(profile.name),
                "sort_surname": surname_first(profile.name),
                "phone": profile.phone,
                "time_zone": profile.time_zone,
                "properties": dict(profile.properties),
            }
            for id_, profile in profiles.items()
        ],
    )


def set_status(enrolment: Enrolment, to: ParticipantStatus, by: str, now: datetime, reason: str | None = None) -> None:
    """Move the enrolment on, keeping what it was, who did it and why."""
    if enrolment.status is to:
        return
    enrolment.status_before = enrolment.status
    enrolment.status = to
    enrolment.status_changed_at = now
    enrolment.status_changed_by = by
    enrolment.status_reason = reason


Place = tuple[int, int]
"""A place in a study: the study's id and the participant's."""


def enrolments(session: Session, places: Collection[Place]) -> dict[Place, Enrolment]:
    """Those of the places that are taken: one statement."""
    if not places:
        return {}
    found = session.scalars(
        sa.select(Enrolment)
        .where(
            Enrolment.study_id.in_({study_id for study_id, _ in places}),
            Enrolment.participant_id.in_({participant_id for _, participant_id in places}),
        )
        .execution_options(populate_existing=True)
    )
    return {(enrolment.study_id, enrolment.participant_id): enrolment for enrolment in found}


def lock_enrolments(session: Session, enrolment_ids: Collection[int]) -> Sequence[Enrolment]:
    """Those enrolments, locked in a fixed order until the commit: one statement."""
    return session.scalars(
        sa.select(Enrolment)
        .where(Enrolment.id.in_(enrolment_ids))
        .order_by(Enrolment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def enrol_all(
    session: Session, statuses: Mapping[Place, ParticipantStatus], by: str, now: datetime
) -> dict[Place, int]:
    """Take places that are free, each with its first status: the enrolments' ids, by one statement."""
    if not statuses:
        return {}
    rows = [
        {
            "study_id": study_id,
            "participant_id": participant_id,
            "status": status,
            "status_changed_at": now,
            "status_changed_by": by,
            "version": 1,
        }
        for (study_id, participant_id), status in statuses.items()
    ]
    statement = sa.insert(Enrolment).returning(Enrolment.study_id, Enrolment.participant_id, Enrolment.id)
    found = session.connection().execute(statement, rows)
    return {(study_id, participant_id): id_ for study_id, participant_id, id_ in found}


def set_statuses(
    session: Session, changes: Iterable[tuple[Enrolment, ParticipantStatus]], by: str, now: datetime
) -> None:
    """As `set_status`, for many enrolments by one statement."""
    table: Any = Enrolment.__table__
    moved = [(found, to) for found, to in changes if found.status is not to]
    if not moved:
        return
    session.flush()
    session.connection().execute(
        sa.update(table)
        .where(table.c.id == sa.bindparam("enrolment"))
        .values(
            status_before=sa.bindparam("was"),
            status=sa.bindparam("is"),
            status_changed_at=now,
            status_changed_by=by,
            status_reason=None,
            version=table.c.version + 1,
        ),
        [{"enrolment": found.id, "was": found.status, "is": to} for found, to in moved],
    )
    for found, _ in moved:
        session.expire(found)
