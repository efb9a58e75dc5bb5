"""Participants and their enrolments in studies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.participant import ParticipantStatus
from storage.models.base import Base, Key, foreign_key
from storage.types import prefix_searched


class Participant(Base):
    """A person who may take part. `number` names them where their name may not be shown; `email` is lower case.

    `sort_name` is the name folded for prefix search, `sort_surname` the same with its last word first. The contact
    status is derived from the facts below them.
    """

    __tablename__ = "participants"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "email"),
        sa.UniqueConstraint("workspace_id", "number"),
        sa.Index("ix_participants_workspace_id_sort_name", "workspace_id", "sort_name"),
        sa.Index("ix_participants_workspace_id_sort_surname", "workspace_id", "sort_surname"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    number: Mapped[int]
    email: Mapped[str] = mapped_column(prefix_searched(254))
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    sort_name: Mapped[str] = mapped_column(prefix_searched(200), default="")
    sort_surname: Mapped[str] = mapped_column(prefix_searched(200), default="")
    phone: Mapped[str | None] = mapped_column(sa.String(40))
    time_zone: Mapped[str | None] = mapped_column(sa.String(64))
    properties: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blocklisted_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    do_not_contact_reason: Mapped[str | None] = mapped_column(sa.Text)
    cooldown_until: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    soft_bounced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Enrolment(Base):
    """A participant in one study. `invited_at` is when they were last invited to it, `moves` how often they moved a
    session of theirs.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "participant_id"),
        sa.Index("ix_enrolments_study_id_status", "study_id", "status"),
    )

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    participant_id: Mapped[int] = foreign_key("participants.id", index=True)
    status: Mapped[ParticipantStatus] = mapped_column(default=ParticipantStatus.NOT_CONTACTED)
    status_before: Mapped[ParticipantStatus | None]
    status_reason: Mapped[str | None] = mapped_column(sa.Text)
    status_changed_at: Mapped[datetime]
    status_changed_by: Mapped[str] = mapped_column(sa.Text, default="Callsheet")
    invited_at: Mapped[datetime | None]
    moves: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
