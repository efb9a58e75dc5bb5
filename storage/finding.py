"""Participants found by how somebody calls them, a page at a time, however many there are.

Each way to be found is a range of an index, read in its order and no further than the page goes: first who has that
alias, then by name, by last name, by address, by another address. Who comes one way does not come again by the next.
For whoever sees only the people of some studies each one is probed, or where few are in them, these are looked through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import Enrolment, Participant, ParticipantAddress
from storage.participants import begins_with, folded, merged_from, number_of, others_addressed

FEW = 3_000
"""Places in studies up to which all their people are looked through; of more, one in a few is soon found."""

Studies = sa.Select[int]
"""The ids of studies."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is looked for in a workspace: by `text`, or without one everybody by name.

    Only people in one of the `seen` studies are found, and otherwise than by their alias only those in one of the
    `known`; None: everybody.
    """

    workspace_id: int
    text: str = ""
    seen: Studies | None = None
    known: Studies | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way to be found: those of whom `is_so` is true, in the order of the column `key`, "": as they were added.

    `prefix` is what the key of each of them begins with. By their alias those are found who are in a `seen` study.
    """

    is_so: sa.ColumnElement[bool]
    key: str = ""
    prefix: str = ""
    is_by_number: bool = False
    seen: Studies | None = None

    def takes(self, person: Participant) -> bool:
        """Whether the person comes this way."""
        return bool(self.key) and str(getattr(person, self.key)).startswith(self.prefix)


def ways(wanted: Wanted) -> list[Way]:
    """The ways to be found by the text, in the order in which their people come."""
    text = wanted.text.strip()
    here = wanted.workspace_id
    is_here = sa.and_(Participant.workspace_id == here, Participant.erased_at.is_(None))
    if not text:
        return [Way(is_here, "sort_name")]
    name, email, number = folded(text), text.lower(), number_of(text)
    found = []
    if number is not None:
        is_it = (sa.and_(is_here, Participant.number == number), Participant.id.in_(merged_from(here, number)))
        found += [Way(each, is_by_number=True, seen=wanted.seen) for each in is_it]
    for key, prefix in (("sort_name", name), ("sort_surname", name), ("email", email)):
        if prefix:
            found.append(Way(sa.and_(is_here, begins_with(getattr(Participant, key), prefix)), key, prefix))
    others = others_addressed(here, begins_with(ParticipantAddress.email, email))
    return [*found, Way(Participant.id.in_(others))]


def find(session: Session, wanted: Wanted, after_id: int | None, size: int) -> list[int]:
    """The ids of at most `size` participants after that one, in order.

    At most a statement for each way, and three more, however many are found: who came before, which studies it is
    about, and whether few people are in them.
    """
    last = None if after_id is None else session.get(Participant, after_id)
    if last is not None and last.workspace_id != wanted.workspace_id:
        last = None
    found = ways(wanted)
    begin = 0 if last is None else place_of(found, last)
    among = among_whom(session, wanted)
    ids: list[int] = []
    for place in range(begin, len(found)):
        if len(ids) < size:
            beyond = last if place == begin else None
            ids += session.scalars(page_of(found, place, among, beyond).limit(size - len(ids)))
    return ids


def place_of(found: list[Way], last: Participant) -> int:
    """Which way the person came: by another address, at the end, who came none of those that can be told."""
    return next((place for place, way in enumerate(found) if way.takes(last)), len(found) - 1)


def among_whom(session: Session, wanted: Wanted) -> sa.ColumnElement[bool]:
    """Whether a participant may be found otherwise than by their alias. Two statements, or none where anybody may."""
    among = wanted.known if wanted.text.strip() else wanted.seen
    if among is None:
        return sa.true()
    studies = session.scalars(among).all()
    places = sa.select(Enrolment.participant_id).where(Enrolment.study_id.in_(studies)).limit(FEW + 1)
    ids = session.scalars(places).all()
    return is_in(studies) if len(ids) > FEW else Participant.id.in_(sorted(set(ids)))


def is_in(studies: Sequence[int] | Studies) -> sa.ColumnElement[bool]:
    """Whether the participant is in one of the studies.

    Said so that one person after the other is asked: a planner takes an "exists" for something that it had better find
    out about everybody at once.
    """
    place = sa.select(Enrolment.study_id).where(
        Enrolment.participant_id == Participant.id, Enrolment.study_id.in_(studies)
    )
    return place.limit(1).correlate(Participant).scalar_subquery().is_not(None)


def page_of(found: list[Way], place: int, among: sa.ColumnElement[bool], last: Participant | None) -> sa.Select[int]:
    """Those who come one way after the last one, in order, and come none of the ways before it."""
    way = found[place]
    statement = sa.select(Participant.id).where(way.is_so, *(sa.not_(earlier.is_so) for earlier in found[:place]))
    if not way.is_by_number:
        statement = statement.where(among)
    elif way.seen is not None:
        statement = statement.where(is_in(way.seen))
    if last is not None:
        statement = statement.where(*after(way, last))
    return statement.order_by(*([getattr(Participant, way.key)] if way.key else []), Participant.id)


def after(way: Way, last: Participant) -> list[sa.ColumnElement[bool]]:
    """What is true of those who come after the last one, the same way."""
    if not way.key:
        return [Participant.id > last.id]
    key, there = getattr(Participant, way.key), getattr(last, way.key)
    return [key >= there, sa.or_(key > there, Participant.id > last.id)]
