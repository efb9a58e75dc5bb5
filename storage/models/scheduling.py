"""How studies are scheduled, when members take sessions, and who waits for a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.scheduling import SetupRole
from domain.waiting import OfferState, Wish
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class SchedulingSetup(Base):
    """How participants book: of a study, or as a team's template, which has a name and no study.

    `document` holds what is only read as a whole (see `storage.scheduling`); a study without a setup has the standard.
    """

    __tablename__ = "scheduling_setups"
    __table_args__ = (sa.UniqueConstraint("team_id", "name"),)

    id: Mapped[Key]
    team_id: Mapped[int] = foreign_key("teams.id", index=True)
    study_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("studies.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str | None] = mapped_column(sa.String(80))
    document: Mapped[dict[str, Any]]
    updated_by: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime]


class SetupMember(Base):
    """A host or guest of a setup, in the order in which they were chosen."""

    __tablename__ = "scheduling_members"

    setup_id: Mapped[int] = foreign_key("scheduling_setups.id", primary_key=True)
    member_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[SetupRole]
    position: Mapped[int]


class StudyReminder(Base):
    """A reminder that goes out so many minutes before each session of a study."""

    __tablename__ = "study_reminders"
    __table_args__ = (sa.Index("ix_study_reminders_minutes_before", "minutes_before"),)

    study_id: Mapped[int] = foreign_key("studies.id", primary_key=True)
    minutes_before: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class SetupDraft(Base):
    """A setup that somebody is writing, step by step: what stands in its inputs. Forgotten when it is saved, or old."""

    __tablename__ = "scheduling_drafts"
    __table_args__ = (sa.Index("ix_scheduling_drafts_updated_at", "updated_at"),)

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id", index=True)
    member_id: Mapped[int] = foreign_key("members.id", index=True)
    document: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class MemberAvailability(Base):
    """When a member takes sessions (`domain.availability.Availability`). Who has said nothing has office hours."""

    __tablename__ = "member_availabilities"

    member_id: Mapped[int] = foreign_key("members.id", primary_key=True)
    document: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class WaitingEntry(Base):
    """A participant who waits for a time in a study: for any, or for one earlier than their session."""

    __tablename__ = "waiting_entries"
    __table_args__ = (sa.Index("ix_waiting_entries_study_id_id", "study_id", "id"),)

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    enrolment_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("enrolments.id", ondelete="CASCADE"), unique=True)
    wish: Mapped[Wish]
    asked_at: Mapped[datetime]


class SlotOffer(Base):
    """A time that was offered to somebody who waits. The first valid claim gets it; it holds no seat."""

    __tablename__ = "slot_offers"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "starts_at"),
        sa.Index("ix_slot_offers_study_id_state", "study_id", "state"),
        sa.Index("ix_slot_offers_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    enrolment_id: Mapped[int] = foreign_key("enrolments.id")
    starts_at: Mapped[datetime]
    state: Mapped[OfferState] = mapped_column(default=OfferState.OPEN)
    offered_by: Mapped[str] = mapped_column(sa.Text)
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
