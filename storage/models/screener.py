"""Screeners, their versions, and what people answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.screener import Verdict
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class ScreenerVersion(Base):
    """A study's screener as it was published the `number`th time; it never changes (see `storage.screeners`).

    The last one is what people get who begin now; who has begun goes on with theirs.
    """

    __tablename__ = "screener_versions"
    __table_args__ = (sa.UniqueConstraint("study_id", "number"),)

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    number: Mapped[int]
    document: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime]


class ScreenerDraft(Base):
    """A screener that a member is building, from the version `based_on` (0: from none)."""

    __tablename__ = "screener_drafts"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "member_id"),
        sa.Index("ix_screener_drafts_updated_at", "updated_at"),
    )

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    member_id: Mapped[int] = foreign_key("members.id", index=True)
    based_on: Mapped[int] = mapped_column(default=0)
    document: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class ScreenerResponse(Base):
    """What somebody has answered in a study so far. `answers` is by the questions' ids; one response an enrolment.

    `verdict` is the rules' until somebody decides; then `decided_by` is their name, with the reason if they gave one.
    """

    __tablename__ = "screener_responses"
    __table_args__ = (sa.Index("ix_screener_responses_version_id_submitted_at", "version_id", "submitted_at"),)

    id: Mapped[Key]
    enrolment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("enrolments.id", ondelete="CASCADE"), unique=True)
    version_id: Mapped[int] = foreign_key("screener_versions.id")
    answers: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    verdict: Mapped[Verdict] = mapped_column(default=Verdict.UNDECIDED)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decision_reason: Mapped[str | None] = mapped_column(sa.Text)
