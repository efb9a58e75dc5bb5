"""Mails that went out to participants, and the words in which a team writes them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.mail import MailFate, MailKind
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class MailTemplate(Base):
    """A team's own version of what a kind of mail says, tokens and all."""

    __tablename__ = "mail_templates"

    team_id: Mapped[int] = foreign_key("teams.id", primary_key=True)
    kind: Mapped[MailKind] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    updated_by: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime]


class SentMail(Base):
    """A mail that was handed over, by its Message-ID, and what became of it. A bounce comes back to this row.

    `code` is the enhanced status of a bounce, e.g. `5.1.1`.
    """

    __tablename__ = "sent_mails"
    __table_args__ = (sa.Index("ix_sent_mails_sent_at", "sent_at"),)

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    message_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    participant_id: Mapped[int] = foreign_key("participants.id", index=True)
    enrolment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("attendees.id", ondelete="SET NULL"), index=True)
    kind: Mapped[MailKind]
    fate: Mapped[MailFate] = mapped_column(default=MailFate.SENT)
    code: Mapped[str | None] = mapped_column(sa.String(20))
    sent_at: Mapped[datetime]
    bounced_at: Mapped[datetime | None]
