"""What is known of members' Google calendars: how far they were read, their push channels, their busy times."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class CalendarFeed(Base):
    """A member's calendar. `problem` is a sentence for people while it can't be read, None when all is well.

    `sync_token` is Google's; None asks for a full sync; `read_at` is when it was last read.
    Push notices carry `channel_id` and `channel_token`.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        sa.Index("ix_calendar_feeds_next_sync_at", "next_sync_at"),
        sa.Index("ix_calendar_feeds_channel_expires_at", "channel_expires_at"),
    )

    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    calendar_id: Mapped[str] = mapped_column(sa.String(254), index=True)
    sync_token: Mapped[str | None] = mapped_column(sa.Text)
    next_sync_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    channel_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    channel_token: Mapped[str | None] = mapped_column(sa.String(64))
    channel_resource_id: Mapped[str | None] = mapped_column(sa.Text)
    channel_expires_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(sa.Text)


class BusyTime(Base):
    """A stretch in which a member's calendar has something other than our interviews.

    Start, end, Google's event id, and whether it says busy (else free, or tentative); nothing else is kept.
    """

    __tablename__ = "busy_times"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "event_id"),
        sa.Index("ix_busy_times_member_id_starts_at", "member_id", "starts_at"),
    )

    id: Mapped[Key]
    member_id: Mapped[int] = foreign_key("members.id")
    event_id: Mapped[str] = mapped_column(sa.String(255))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_busy: Mapped[bool] = mapped_column(default=True)
