"""Members' calendars as far as Callsheet knows them: feeds and busy times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.scheduling import Span
from storage.models import BusyTime, CalendarFeed, Member
from storage.outbox import insert

LONGEST_BUSY_TIME = timedelta(days=32)
"""How far back a look-up reads for an event that has begun earlier: longer ones do not block."""


def feed(session: Session, member_id: int) -> CalendarFeed | None:
    """The member's calendar, None when they have none."""
    return session.get(CalendarFeed, member_id)


def connected_among(session: Session, member_ids: Collection[int]) -> set[int]:
    """Those of the members who have a calendar."""
    return set(session.scalars(sa.select(CalendarFeed.member_id).where(CalendarFeed.member_id.in_(member_ids))))


def with_problems(session: Session, workspace_id: int, limit: int = 20) -> list[tuple[str, str]]:
    """The calendars of a workspace that can't be read: whose (Slack's user id), and the sentence that says why."""
    rows = session.execute(
        sa.select(Member.slack_user_id, CalendarFeed.problem)
        .join(Member, Member.id == CalendarFeed.member_id)
        .where(Member.workspace_id == workspace_id, CalendarFeed.problem.is_not(None))
        .order_by(Member.name)
        .limit(limit)
    )
    return [(row.slack_user_id, row.problem or "") for row in rows]


def connect(session: Session, member_id: int, calendar_id: str, now: datetime) -> CalendarFeed:
    """The member's calendar, made when it is new; it is read at the next tick."""
    found = session.get(CalendarFeed, member_id)
    if found is None:
        found = CalendarFeed(member_id=member_id, calendar_id=calendar_id, next_sync_at=now)
        session.add(found)
        session.flush()
    return found


def due(session: Session, now: datetime, limit: int) -> Sequence[CalendarFeed]:
    """The calendars that are to be read now, longest due first; each is taken by one process only."""
    return session.scalars(
        sa.select(CalendarFeed)
        .where(CalendarFeed.next_sync_at <= now)
        .order_by(CalendarFeed.next_sync_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def by_channel(session: Session, channel_id: str) -> CalendarFeed | None:
    """The calendar whose push notices come through that channel."""
    return session.scalar(sa.select(CalendarFeed).where(CalendarFeed.channel_id == channel_id))


def to_watch(session: Session, expiring_before: datetime, limit: int) -> Sequence[CalendarFeed]:
    """Readable calendars without a push channel, or whose channel ends before then."""
    return session.scalars(
        sa.select(CalendarFeed)
        .where(
            CalendarFeed.problem.is_(None),
            sa.or_(CalendarFeed.channel_expires_at.is_(None), CalendarFeed.channel_expires_at < expiring_before),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def is_busy(session: Session, member_id: int, span: Span) -> bool:
    """Whether the member's calendar has anything but interviews in the span that says busy."""
    statement = sa.select(BusyTime.id).where(
        BusyTime.member_id == member_id,
        BusyTime.starts_at < span.end,
        BusyTime.starts_at > span.start - LONGEST_BUSY_TIME,
        BusyTime.ends_at > span.start,
    )
    return session.scalar(statement.limit(1)) is not None


def set_busy(session: Session, member_id: int, event_id: str, span: Span | None) -> None:
    """Note that an event blocks the member's time, or (None) that it does no longer."""
    if span is None:
        session.execute(sa.delete(BusyTime).where(BusyTime.member_id == member_id, BusyTime.event_id == event_id))
        return
    values = {"starts_at": span.start, "ends_at": span.end}
    new = insert(session, BusyTime).values(member_id=member_id, event_id=event_id, **values)
    session.execute(new.on_conflict_do_update(index_elements=[BusyTime.member_id, BusyTime.event_id], set_=values))


def event_ids(session: Session, member_id: int) -> set[str]:
    """The events that are known to block the member's time."""
    return set(session.scalars(sa.select(BusyTime.event_id).where(BusyTime.member_id == member_id)))
