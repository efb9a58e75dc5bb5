"""Rules of contact of a workspace, what overrides them, and who is suggested for the blocklist."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.contact_rules import RuleKind
from domain.study import StudyType
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class GovernanceRule(Base):
    """A rule over `period_days`. `most` is a number of invitations, participations or no-shows, or for an incentive cap
    minor units of `currency`; None for a cooldown. `study_type` None: studies of any.
    """

    __tablename__ = "governance_rules"

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id", index=True)
    kind: Mapped[RuleKind]
    period_days: Mapped[int]
    most: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(sa.String(3))
    study_type: Mapped[StudyType | None]
    updated_by: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime]


class GovernanceOverride(Base):
    """That somebody may be contacted for a study although a cooldown or a do-not-contact says no, by whom and why."""

    __tablename__ = "governance_overrides"
    __table_args__ = (sa.Index("ix_governance_overrides_participant_id_study_id", "participant_id", "study_id"),)

    id: Mapped[Key]
    participant_id: Mapped[int] = foreign_key("participants.id")
    study_id: Mapped[int] = foreign_key("studies.id", index=True)
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class BlocklistSuggestion(Base):
    """That somebody should be on the blocklist: by a member, or (None) by Callsheet after no-shows.

    Somebody else decides. `is_approved` is None until then.
    """

    __tablename__ = "blocklist_suggestions"
    __table_args__ = (sa.Index("ix_blocklist_suggestions_workspace_id_is_approved", "workspace_id", "is_approved"),)

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    participant_id: Mapped[int] = foreign_key("participants.id", index=True)
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    is_approved: Mapped[bool | None]
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime | None]
