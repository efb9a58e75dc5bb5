"""The audit log, and the addresses that an import must not bring back."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.audit import AuditAction
from domain.interview import Door
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class AuditEntry(Base):
    """Who saw, took out, changed or overrode what. `text` completes the sentence that begins with the actor, and names
    participants by their aliases only.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        sa.Index("ix_audit_entries_workspace_id_id", "workspace_id", "id"),
        sa.Index("ix_audit_entries_participant_id_id", "participant_id", "id"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    at: Mapped[datetime]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="SET NULL"))
    actor: Mapped[str] = mapped_column(sa.Text)
    door: Mapped[Door]
    action: Mapped[AuditAction]
    text: Mapped[str] = mapped_column(sa.Text)
    participant_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("participants.id", ondelete="SET NULL"))
    study_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("studies.id", ondelete="SET NULL"))


class SuppressedAddress(Base):
    """The hash of an address whose owner was erased and had opted out or was on the blocklist: they stay so."""

    __tablename__ = "suppressed_addresses"

    workspace_id: Mapped[int] = foreign_key("workspaces.id", primary_key=True)
    email_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    is_blocked: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
