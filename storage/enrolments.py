"""The participants of one study: counted, paged and found, fast also where there are hundreds of thousands.

Three ways lead to a page. Where only the status decides, the indexes on the time of the last change give it. A search
or filter that leaves few is answered whole. One that leaves many is met soon enough by looking through the next
thousands in that order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.enrolment_list import MOST_COUNTED, Counts, Listed, Place, Trouble, Wanted
from domain.governance import ContactFacts, contact_status
from domain.participant import ParticipantStatus, stage
from domain.roles import Actor, Permission
from storage.among import is_among
from storage.models import Enrolment, Participant, ParticipantAddress
from storage.participants import begins_with, folded, number_of, others_addressed
from storage.people import contacts_are_visible, person_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done for one page. Up to `few` people are looked at one by one; for a page of those who are found by
    a text that finds more, `called` are looked through, and `filtered` for those whom a filter leaves.
    """

    few: int = 1_000
    called: int = 1_000
    filtered: int = 20_000


LIMITS = Limits()

COUNT = sa.select(
    *(
        sa.select(sa.func.count())
        .select_from(
            sa.select(Enrolment.id)
            .where(Enrolment.study_id == sa.bindparam("study_id"), Enrolment.status == status)
            .limit(MOST_COUNTED + 1)
            .subquery(f"of_{index}")
        )
        .scalar_subquery()
        .label(f"number_{index}")
        for index, status in enumerate(ParticipantStatus)
    )
)
"""How many stand in each status, as far as that is counted."""


def counts(session: Session, study_id: int) -> Counts:
    """How many stand where in the study: what it costs does not grow any further with a large study."""
    row = session.execute(COUNT, {"study_id": study_id}).one()
    return Counts(dict(zip(ParticipantStatus, row, strict=True)))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of a study's participants as an actor asks for it at `now`. `is_own`: it is the actor's own study."""

    actor: Actor
    study_id: int
    has_incentive: bool
    is_own: bool
    wanted: Wanted
    now: datetime
    limits: Limits = LIMITS

    @property
    def with_names(self) -> bool:
        """Whether the actor may know everybody in the study by name."""
        return self.actor.may(Permission.SEE_CONTACT_DETAILS, own_study=self.is_own)

    @property
    def by_name(self) -> sa.ColumnElement[bool]:
        """Whether the actor may know a participant by name, to be used within a query."""
        return sa.true() if self.with_names else contacts_are_visible(self.actor)


Key = tuple[datetime, int]
"""Since when somebody stands so, and their enrolment: the order of the list, latest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page's enrolments in order, behind and before which other pages lie, and how many were found in which status.

    `looked_at`: only so many were looked through, and the next page looks on.
    """

    keys: tuple[Key, ...]
    previous: Key | None
    next: Key | None
    counts: Counts | None
    looked_at: int | None = None


def find(session: Session, listing: Listing, place: Place | None, size: int) -> Found:
    """A page of the list. At most four statements, however many there are."""
    everybody = counts(session, listing.study_id)
    if not listing.wanted.is_narrowed:
        keys: list[Key] = [(at, id_) for at, id_ in session.execute(in_order(listing, place, size + 1))]
        return cut(keys, place, size, everybody)
    participant_ids = None
    if everybody.number(tuple(ParticipantStatus)) > listing.limits.few:
        participant_ids = called_so(session, listing) if listing.wanted.text.strip() else None
        if participant_ids is None:
            return look_through(session, listing, place, size)
    every = one_by_one(session, listing, participant_ids)
    statuses = listing.wanted.statuses(listing.has_incentive)
    keys = sorted(((at, id_) for id_, status, at in every if status in statuses), reverse=True)
    return cut(behind(keys, place)[: size + 1], place, size, Counts(Counter(status for _, status, _ in every)))


def cut(keys: Sequence[Key], place: Place | None, size: int, numbers: Counts | None) -> Found:
    """A page of up to `size` of the keys, which were read from the place on, one more than that."""
    shown, more = tuple(keys[:size]), len(keys) > size
    if not shown:
        return Found((), None, None, numbers)
    if place is not None and place.is_back:
        return Found(shown[::-1], shown[-1] if more else None, shown[0], numbers)
    return Found(shown, shown[0] if place is not None else None, shown[-1] if more else None, numbers)


def behind(keys: Sequence[Key], place: Place | None) -> list[Key]:
    """Those of the keys, which are sorted, behind the place; or those before it, the nearest first."""
    if place is None:
        return list(keys)
    at = (place.changed_at, place.enrolment_id)
    return [key for key in keys if key > at][::-1] if place.is_back else [key for key in keys if key < at]


def in_order(listing: Listing, place: Place | None, limit: int) -> sa.Select[datetime, int]:
    """The keys of those who stand as is wanted, from the place on: merged from what the index has of each status."""
    statuses = listing.wanted.statuses(listing.has_incentive)
    conditions = [Enrolment.status == status for status in statuses]
    if len(statuses) == len(ParticipantStatus):
        conditions = [sa.true()]
    ranges = [sa.select(a_range(listing.study_id, each, place, limit).subquery()) for each in conditions]
    merged = sa.union_all(*ranges).subquery("merged")
    columns = (merged.c.status_changed_at, merged.c.id)
    return sa.select(*columns).order_by(*turned(columns, place)).limit(limit)


def a_range(
    study_id: int, condition: sa.ColumnElement[bool], place: Place | None, limit: int
) -> sa.Select[datetime, int]:
    key = (Enrolment.status_changed_at, Enrolment.id)
    found = sa.select(*key).where(Enrolment.study_id == study_id, condition)
    if place is not None:
        at = sa.tuple_(sa.literal(place.changed_at, Enrolment.status_changed_at.type), sa.literal(place.enrolment_id))
        found = found.where(sa.tuple_(*key) > at if place.is_back else sa.tuple_(*key) < at)
    return found.order_by(*turned(key, place)).limit(limit)


def turned(key: Sequence[Any], place: Place | None) -> list[sa.UnaryExpression[Any]]:
    """The order in which a page is read from a place on."""
    is_back = place is not None and place.is_back
    return [column.asc() if is_back else column.desc() for column in key]


def look_through(session: Session, listing: Listing, place: Place | None, size: int) -> Found:
    """A page of those among the next ones who are called as is wanted; if it is not filled, the next looks on there.

    The condition is a query for each of them: no statistics could talk a database into another way.
    """
    looked_at = listing.limits.called if listing.wanted.text.strip() else listing.limits.filtered
    batch = in_order(listing, place, looked_at).subquery("batch")
    is_wanted = (
        sa.select(sa.and_(*narrowing(listing)))
        .select_from(sa.join(Enrolment, Participant, Participant.id == Enrolment.participant_id))
        .where(Enrolment.id == batch.c.id)
        .correlate(batch)
        .scalar_subquery()
    )
    columns = (batch.c.status_changed_at, batch.c.id)
    found = sa.select(*columns).where(is_wanted).order_by(*turned(columns, place)).limit(size + 1)
    keys: list[Key] = [(at, id_) for at, id_ in session.execute(found)]
    page = cut(keys, place, size, None)
    if len(keys) > size:
        return page
    end = last_of(session, listing, place, looked_at)
    told = looked_at if end is not None else None
    here = None if place is None else (place.changed_at, place.enrolment_id)
    if place is not None and place.is_back:
        return replace(page, previous=end, next=page.next or here, looked_at=told)
    return replace(page, previous=page.previous or here, next=end, looked_at=told)


def last_of(session: Session, listing: Listing, place: Place | None, number: int) -> Key | None:
    """The last of so many keys from the place on, None when there are not as many."""
    row = session.execute(in_order(listing, place, number).offset(number - 1).limit(1)).first()
    return None if row is None else (row[0], row[1])


def called_so(session: Session, listing: Listing) -> list[int] | None:
    """The ids of the workspace's participants who are found by the text, None when they are more than a few."""
    few = listing.limits.few
    ids = sa.select(Participant.id).where(Participant.workspace_id == listing.actor.workspace_id)
    each = [sa.select(ids.where(match).limit(few + 1).subquery()) for match in matches(listing)]
    found = list(session.scalars(sa.union_all(*each).limit(few + 1)))
    return None if len(found) > few else sorted(set(found))


def one_by_one(
    session: Session, listing: Listing, participant_ids: Collection[int] | None
) -> list[tuple[int, ParticipantStatus, datetime]]:
    """Everybody in the study, in whatever status, who is called as is wanted. `participant_ids` are all whom the text
    finds, None where that was not looked for.
    """
    found = sa.select(Enrolment.id, Enrolment.status, Enrolment.status_changed_at).where(
        Enrolment.study_id == listing.study_id
    )
    conditions = narrowing(listing)
    if participant_ids is not None:
        found = found.where(is_among(session, Enrolment.participant_id, participant_ids))
        conditions = filtering(listing) if listing.with_names else conditions
    if conditions:
        found = found.join(Participant, Participant.id == Enrolment.participant_id).where(*conditions)
    return [(id_, status, at) for id_, status, at in session.execute(found)]


def narrowing(listing: Listing) -> list[sa.ColumnElement[bool]]:
    """What must be true of a participant besides where they stand."""
    if not listing.wanted.text.strip():
        return filtering(listing)
    by_alias = Participant.number == number_of(listing.wanted.text)
    return [sa.or_(*matches(listing)), sa.or_(by_alias, listing.by_name), *filtering(listing)]


def filtering(listing: Listing) -> list[sa.ColumnElement[bool]]:
    """What must be true of a participant besides where they stand and how they are called."""
    wanted, found = listing.wanted, []
    if wanted.property_name:
        held = Participant.properties[wanted.property_name].as_string()
        is_it = sa.or_(held == wanted.property_value, sa.func.lower(held) == wanted.property_value.lower())
        found += [is_it, listing.by_name]
    if wanted.trouble is not None:
        found.append(has_trouble(wanted.trouble, listing.now))
    return found


def matches(listing: Listing) -> list[sa.ColumnElement[bool]]:
    """The ways in which a participant may be found by the text: each is a range of an index. Another address than their
    own is looked for once an @ is typed.
    """
    text = listing.wanted.text
    name, number, address = folded(text), number_of(text), text.strip().lower()
    others = others_addressed(listing.actor.workspace_id, begins_with(ParticipantAddress.email, address))
    return [
        *([begins_with(Participant.sort_name, name), begins_with(Participant.sort_surname, name)] if name else []),
        begins_with(Participant.email, address),
        *([Participant.id.in_(others)] if "@" in address else []),
        *([Participant.number == number] if number is not None else []),
    ]


def has_trouble(trouble: Trouble, now: datetime) -> sa.ColumnElement[bool]:
    """Whether that is wrong with a participant, to be used within a query."""
    kinds: dict[Trouble, sa.ColumnElement[bool]] = {
        Trouble.BOUNCED: sa.or_(Participant.bounced_at.is_not(None), Participant.soft_bounced_at.is_not(None)),
        Trouble.IN_BLOCKLIST: Participant.blocklisted_at.is_not(None),
        Trouble.OPTED_OUT: Participant.opted_out_at.is_not(None),
        Trouble.DO_NOT_CONTACT: Participant.do_not_contact_reason.is_not(None),
        Trouble.IN_COOLDOWN: Participant.cooldown_until > now,
    }
    return sa.or_(*kinds.values()) if trouble is Trouble.ANY else kinds[trouble]


def everybody(session: Session, listing: Listing, limit: int) -> list[int]:
    """The ids of all enrolments on the list, up to so many, in their order."""
    statuses = listing.wanted.statuses(listing.has_incentive)
    found = (
        sa.select(Enrolment.id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.study_id == listing.study_id, Enrolment.status.in_(statuses), *narrowing(listing))
        .order_by(Enrolment.status_changed_at.desc(), Enrolment.id.desc())
        .limit(limit)
    )
    return list(session.scalars(found))


def shown(session: Session, listing: Listing, enrolment_ids: Collection[int]) -> dict[int, Listed]:
    """Those of the enrolments that are in the study, as the list shows them, by id.

    They are asked for by their ids alone: SQLite would go through the whole study.
    """
    rows = session.execute(
        sa.select(Enrolment, Participant, listing.by_name.label("by_name"))
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.id.in_(enrolment_ids))
    )
    return {row[0].id: listed(listing, *row) for row in rows if row[0].study_id == listing.study_id}


def listed(listing: Listing, enrolment: Enrolment, person: Participant, by_name: Any) -> Listed:
    facts = ContactFacts(
        blocklisted_at=person.blocklisted_at,
        opted_out_at=person.opted_out_at,
        do_not_contact_reason=person.do_not_contact_reason,
        cooldown_until=person.cooldown_until,
    )
    return Listed(
        enrolment_id=enrolment.id,
        person=person_of(person, bool(by_name)),
        status=enrolment.status,
        stage=stage(enrolment.status, listing.has_incentive),
        since=enrolment.status_changed_at,
        contact=contact_status(facts, listing.now),
        cooldown_until=person.cooldown_until,
        bounced_at=person.bounced_at,
        soft_bounced_at=person.soft_bounced_at,
        is_erased=person.erased_at is not None,
    )
