"""What happened to interviews: pages of a timeline, and which entries a post in a card's thread tells together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import TimelineKind, TimelineLine
from storage.models import TimelineEntry


def page(
    session: Session, interview_id: int, older_than: int | None, size: int
) -> tuple[tuple[TimelineLine, ...], int | None]:
    """A page of the timeline, newest first, and the id before which it goes on (None at its end)."""
    statement = (
        sa.select(TimelineEntry)
        .where(TimelineEntry.interview_id == interview_id)
        .order_by(TimelineEntry.id.desc())
        .limit(size + 1)
    )
    if older_than is not None:
        statement = statement.where(TimelineEntry.id < older_than)
    entries = session.scalars(statement).all()
    return tuple(line_of(entry) for entry in entries[:size]), entries[size - 1].id if len(entries) > size else None


def line_of(entry: TimelineEntry) -> TimelineLine:
    """The entry as it is shown."""
    return TimelineLine(
        entry.at, entry.kind, entry.door, entry.actor, entry.text, entry.before, entry.after, entry.link
    )


def latest(session: Session, interview_id: int, kinds: Collection[TimelineKind]) -> TimelineLine | None:
    """The last thing of those kinds that happened to the interview, None when nothing did."""
    entry = latest_entry(session, interview_id, kinds)
    return line_of(entry) if entry else None


def latest_entry(session: Session, interview_id: int, kinds: Collection[TimelineKind]) -> TimelineEntry | None:
    """As `latest`, as it is stored."""
    return session.scalar(
        sa.select(TimelineEntry)
        .where(TimelineEntry.interview_id == interview_id, TimelineEntry.kind.in_(kinds))
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    )


def open_posts(session: Session, interview_ids: Collection[int], since: datetime) -> dict[int, int]:
    """The post of each interview that began after then, if there is one: it takes in what happens next."""
    found = session.execute(
        sa.select(TimelineEntry.interview_id, sa.func.max(TimelineEntry.id))
        .where(
            TimelineEntry.interview_id.in_(interview_ids),
            TimelineEntry.post_id == TimelineEntry.id,
            TimelineEntry.at > since,
        )
        .group_by(TimelineEntry.interview_id)
    )
    return {row[0]: row[1] for row in found}


def tell_in(session: Session, posts: Mapping[int, int]) -> None:
    """Note in which post each entry is told. One statement."""
    rows = [{"id": entry_id, "post_id": post_id} for entry_id, post_id in posts.items()]
    session.execute(sa.update(TimelineEntry), rows)


def told_in(session: Session, post_id: int) -> tuple[int | None, list[TimelineLine]]:
    """The interview that a post is about, and the entries that it tells, in their order; None when it is gone."""
    entries = session.scalars(
        sa.select(TimelineEntry).where(TimelineEntry.post_id == post_id).order_by(TimelineEntry.id)
    ).all()
    return (entries[0].interview_id if entries else None), [line_of(entry) for entry in entries]
