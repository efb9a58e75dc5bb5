"""Whom somebody is about to invite, or has invited, to a study."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key, foreign_key


class InvitationList(Base):
    """The people whom a member chose to invite to a study, by their ids: what was reviewed is what is sent.

    `named_twice` is how often somebody was chosen more than once, `reviewed_at` when the review was last shown. Once
    sent, `sent` is how many were invited; whose mail did not go out after all is not among them.
    """

    __tablename__ = "invitation_lists"
    __table_args__ = (sa.Index("ix_invitation_lists_study_id_sent_at", "study_id", "sent_at"),)

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    member_id: Mapped[int] = foreign_key("members.id", index=True)
    participant_ids: Mapped[list[Any]]
    named_twice: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    reviewed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(default=0)
