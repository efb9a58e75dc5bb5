"""Participants and enrolments as they are found, read and added."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.errors import NotFound
from domain.participant import ParticipantStatus
from storage import suppressed
from storage.models import Enrolment, MergedParticipant, Participant, ParticipantAddress, Workspace

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


def is_found(workspace_id: int, text: str = "", *, erased: bool = False) -> sa.ColumnElement[bool]:
    """Whether a participant is of the workspace and, with a text, is found by it, to be used within a query.

    Their name, last name or one of their addresses begins with it, or they are called so, as `P17`. Each is a range of
    an index; one condition with "or" would be looked for among everybody in the workspace. Who was erased is found with
    `erased` only.
    """
    is_here = Participant.workspace_id == workspace_id
    if not erased:
        is_here = sa.and_(is_here, Participant.erased_at.is_(None))
    if not text.strip():
        return is_here
    name, number = folded(text), number_of(text)
    matches = [
        begins_with(Participant.sort_name, name),
        begins_with(Participant.sort_surname, name),
        begins_with(Participant.email, text.strip().lower()),
        Participant.id.in_(others_addressed(workspace_id, begins_with(ParticipantAddress.email, text.strip().lower()))),
        *([is_numbered(workspace_id, number)] if number is not None else []),
    ]
    ids = sa.select(Participant.id).where(is_here)
    return Participant.id.in_(sa.union(*(ids.where(match) for match in matches)))


def begins_with(column: InstrumentedAttribute[str], prefix: str) -> sa.ColumnElement[bool]:
    """Whether the column begins with the prefix: a range of its index."""
    return sa.and_(column >= prefix, column < prefix + "\U0010ffff")


def others_addressed(workspace_id: int, *which: sa.ColumnElement[bool]) -> sa.Select[int]:
    """The ids of participants of whose other addresses that is true."""
    return sa.select(ParticipantAddress.participant_id).where(ParticipantAddress.workspace_id == workspace_id, *which)


def is_addressed(workspace_id: int, email: str) -> sa.ColumnElement[bool]:
    """Whether the address (lower case) is the participant's own, or another of theirs; within a query."""
    own = sa.select(Participant.id).where(Participant.workspace_id == workspace_id, Participant.email == email)
    return Participant.id.in_(sa.union(own, others_addressed(workspace_id, ParticipantAddress.email == email)))


def is_numbered(workspace_id: int, number: int) -> sa.ColumnElement[bool]:
    """Whether the number is the participant's, or was that of somebody merged into them; within a query."""
    own = sa.select(Participant.id).where(Participant.workspace_id == workspace_id, Participant.number == number)
    return Participant.id.in_(sa.union(own, merged_from(workspace_id, number)))


def merged_from(workspace_id: int, number: int) -> sa.Select[int]:
    """The id of the participant into whom somebody with that number was merged."""
    return sa.select(MergedParticipant.participant_id).where(
        MergedParticipant.workspace_id == workspace_id, MergedParticipant.number == number
    )


def by_email(session: Session, workspace_id: int, email: str) -> Participant | None:
    """The participant with that address (lower case), their own or another of theirs."""
    return session.scalar(
        sa.select(Participant).where(
            Participant.workspace_id == workspace_id,
            is_addressed(workspace_id, email),
        )
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
    """The participants with those addresses (lower case), by address: one statement for a few hundred of them.

    Whoever is called by several of their addresses is there under each.
    """
    return {email: person for person, email in session.execute(addressed(workspace_id, emails))}


def lock_by_emails(session: Session, workspace_id: int, emails: Collection[str]) -> dict[str, Participant]:
    """As `by_emails`, their rows locked in a fixed order until the commit."""
    statement = addressed(workspace_id, emails).order_by(Participant.id)
    locked = statement.with_for_update(key_share=True, of=Participant)
    return {email: person for person, email in session.execute(locked)}


def addressed(workspace_id: int, emails: Collection[str]) -> sa.Select[Participant, str]:
    """The participants with those addresses, each with the address that leads to them."""
    leading = leading_to(workspace_id, emails).subquery()
    return (
        sa.select(Participant, leading.c.email)
        .join(leading, leading.c.participant_id == Participant.id)
        .execution_options(populate_existing=True)
    )


def leading_to(workspace_id: int, emails: Collection[str]) -> sa.CompoundSelect[str, int]:
    """Those of the addresses that participants have, with whose they are."""
    own = sa.select(Participant.email, Participant.id.label("participant_id")).where(
        Participant.workspace_id == workspace_id, Participant.email.in_(emails)
    )
    others = sa.select(ParticipantAddress.email, ParticipantAddress.participant_id).where(
        ParticipantAddress.workspace_id == workspace_id, ParticipantAddress.email.in_(emails)
    )
    return sa.union_all(own, others)


def all_addresses(session: Session, workspace_id: int, emails: Collection[str]) -> dict[str, list[str]]:
    """All addresses of the participants who have one of those (lower case), their own first, by each of these."""
    leading = leading_to(workspace_id, emails).subquery()
    rows = session.execute(
        sa.select(leading.c.email, Participant.email, ParticipantAddress.email)
        .join(Participant, Participant.id == leading.c.participant_id)
        .outerjoin(ParticipantAddress, ParticipantAddress.participant_id == Participant.id)
        .order_by(ParticipantAddress.email)
    )
    found: dict[str, list[str]] = {}
    for email, own, other in rows:
        found.setdefault(email, [own]).extend([other] if other is not None else [])
    return found


def known_emails(session: Session, workspace_id: int, emails: Collection[str]) -> set[str]:
    """Those of the addresses (lower case) that participants have."""
    return {row.email for row in session.execute(leading_to(workspace_id, emails))}


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
    """New participants, numbered in order: id and number of each by address. Two statements for any number of them.

    Who had opted out or was blocklisted, and was erased since, is so again (see `storage.suppressed`): one more.
    """
    if not profiles:
        return {}
    numbered = session.execute(
        sa.update(Workspace)
        .where(Workspace.id == workspace_id)
        .values(next_participant_number=Workspace.next_participant_number + len(profiles))
        .returning(Workspace.next_participant_number, Workspace.address_key)
    ).one()
    after = numbered.next_participant_number
    kept = suppressed.with_key(session, workspace_id, numbered.address_key, [profile.email for profile in profiles])
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
            **as_kept(kept.get(profile.email)),
        }
        for number, profile in enumerate(profiles, after - len(profiles))
    ]
    statement = sa.insert(Participant).returning(Participant.email, Participant.id, Participant.number)
    return {email: (id_, number) for email, id_, number in session.connection().execute(statement, rows)}


def as_kept(found: suppressed.Suppressed | None) -> dict[str, Any]:
    """The facts of contact that somebody comes with, who was erased before or (None) was not."""
    is_blocked = found is not None and found.is_blocked
    return {
        "opted_out_at": found.at if found is not None and not is_blocked else None,
        "blocklisted_at": found.at if found is not None and is_blocked else None,
        "blocklist_reason": "Was on the blocklist before, and erased since." if is_blocked else None,
    }


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
    """Take places that are free, each with its first status: the enrolments' ids, by one statement.

    Only `bot.services.statuses` writes through this.
    """
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
