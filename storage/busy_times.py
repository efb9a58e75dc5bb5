"""Busy times: when the events of members' calendars are, and whether they say busy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.times import Span
from storage.models import BusyTime
from storage.outbox import insert
from storage.stretches import Stretch, overlapping

CHUNK = 500
LONGEST = timedelta(days=32)
"""How far back a look-up reads for an event that has begun earlier: longer ones do not block."""


def is_busy(session: Session, member_id: int, span: Span) -> bool:
    """Whether the member's calendar has anything but interviews in the span that says busy."""
    statement = sa.select(BusyTime.id).where(
        BusyTime.member_id == member_id,
        BusyTime.is_busy,
        BusyTime.starts_at < span.end,
        BusyTime.starts_at > span.start - LONGEST,
        BusyTime.ends_at > span.start,
    )
    return session.scalar(statement.limit(1)) is not None


def within(session: Session, wanted: Iterable[Stretch]) -> dict[int, list[Span]]:
    """As `is_busy`, by member: what in their calendars says busy in stretches of their time."""
    table, overlaps = overlapping(session, wanted, BusyTime.member_id, (BusyTime.starts_at, BusyTime.ends_at), LONGEST)
    statement = sa.select(BusyTime.member_id, BusyTime.starts_at, BusyTime.ends_at).distinct()
    statement = statement.select_from(table).join(BusyTime, overlaps).where(BusyTime.is_busy)
    found: dict[int, list[Span]] = defaultdict(list)
    for member_id, starts_at, ends_at in session.execute(statement):
        found[member_id].append(Span(starts_at, ends_at))
    return found


def between(
    session: Session, member_ids: Collection[int], span: Span, *, any_event: bool = False
) -> dict[int, list[Span]]:
    """As `within`, for one stretch of several members' time; with `any_event` also what says free, or is tentative.

    It is read without the unit of work's overhead: a page of free times has thousands of them.
    """
    statement = sa.select(BusyTime.member_id, BusyTime.starts_at, BusyTime.ends_at).where(
        BusyTime.member_id.in_(member_ids),
        BusyTime.starts_at < span.end,
        BusyTime.starts_at > span.start - LONGEST,
        BusyTime.ends_at > span.start,
    )
    if not any_event:
        statement = statement.where(BusyTime.is_busy)
    found: dict[int, list[Span]] = defaultdict(list)
    for member_id, starts_at, ends_at in session.connection().execute(statement).all():
        found[member_id].append(Span(starts_at, ends_at))
    return found


@dataclass(frozen=True, slots=True)
class Stay:
    """When an event is, and whether it says busy (else free, or tentative)."""

    span: Span
    is_busy: bool = True


def event_ids(session: Session, member_id: int) -> set[str]:
    """The events that are known of the member's calendar."""
    return set(session.scalars(sa.select(BusyTime.event_id).where(BusyTime.member_id == member_id)))


def keep_events(session: Session, member_id: int, kept: Mapping[str, Stay], gone: Collection[str]) -> None:
    """Note when the member's events are, and which are there no longer."""
    rows = [
        {
            "member_id": member_id,
            "event_id": id_,
            "starts_at": stay.span.start,
            "ends_at": stay.span.end,
            "is_busy": stay.is_busy,
        }
        for id_, stay in kept.items()
    ]
    if rows:
        new = insert(session, BusyTime)
        values = {name: new.excluded[name] for name in ("starts_at", "ends_at", "is_busy")}
        session.execute(
            new.on_conflict_do_update(index_elements=[BusyTime.member_id, BusyTime.event_id], set_=values), rows
        )
    ids = list(gone)
    for at in range(0, len(ids), CHUNK):
        session.execute(
            sa.delete(BusyTime).where(BusyTime.member_id == member_id, BusyTime.event_id.in_(ids[at : at + CHUNK]))
        )


def forget_past(session: Session, before: datetime) -> None:
    """Delete the busy times that ended before then."""
    session.execute(sa.delete(BusyTime).where(BusyTime.ends_at < before))
