"""What is to leave the bot, what has, and what was received: outbox, projections, ledger, triggers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key, foreign_key
from storage.types import Id, enum_column


class OutboxState(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"


class OutboxRow(Base):
    """Something to be sent. The unique `dedupe_key` makes it single.

    `lane` is what must go out in order (a channel, a calendar). `request` counts how often a projection was asked
    for: work done for an older request is not the end of it. `attempted_at` is when the first try of the present
    request began, so that a try whose outcome is unknown can be looked for. `lease` tells claims apart.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_state_due_at", "state", "due_at"),
        sa.Index("ix_outbox_lane_state_due_at", "lane", "state", "due_at"),
        sa.Index("ix_outbox_kind_subject", "kind", "subject"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("workspaces.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(120))
    dedupe_key: Mapped[str] = mapped_column(sa.String(255), unique=True)
    lane: Mapped[str] = mapped_column(sa.String(120))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState), default=OutboxState.PENDING)
    request: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    attempted_at: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Projection(Base):
    """The one remote thing that shows a subject: a Slack message (channel + ts), a calendar event (id + etag)."""

    __tablename__ = "projections"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "kind", "subject"),
        sa.Index("ix_projections_container_remote_id", "container", "remote_id"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    kind: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(120))
    container: Mapped[str] = mapped_column(sa.String(254))
    remote_id: Mapped[str] = mapped_column(sa.String(255))
    etag: Mapped[str | None] = mapped_column(sa.Text)
    fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    updated_at: Mapped[datetime]


class LedgerEntry(Base):
    """What a sweep has done for a subject already."""

    __tablename__ = "ledger"

    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class ReceivedTrigger(Base):
    """A command, click, submission or event that was taken in: the key makes a second delivery do nothing."""

    __tablename__ = "received_triggers"

    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
