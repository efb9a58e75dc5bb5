"""Participants and their enrolments in studies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.interview import Door
from domain.participant import Cause, ParticipantStatus
from storage.models.base import Base, Key, foreign_key
from storage.types import Id, prefix_searched


class Participant(Base):
    """A person who may take part. `number` names them where their name may not be shown; `email` is lower case.

    `sort_name` is the name folded for prefix search, `sort_surname` the same with its last word first. The contact
    status is derived from the facts from `blocklisted_at` on. `recheck_at` is when the governance rules may say
    something else of them: at once after something happened, or when a period ends; None: nothing is due.

    `erased_at`: all that was personal is gone; what must be kept hangs on the row that is left.
    """

    __tablename__ = "participants"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "email"),
        sa.UniqueConstraint("workspace_id", "number"),
        sa.Index("ix_participants_workspace_id_sort_name", "workspace_id", "sort_name"),
        sa.Index("ix_participants_workspace_id_sort_surname", "workspace_id", "sort_surname"),
        sa.Index("ix_participants_recheck_at", "recheck_at"),
        sa.Index(
            "ix_participants_workspace_id_blocklisted_at",
            "workspace_id",
            "blocklisted_at",
            sqlite_where=sa.text("blocklisted_at IS NOT NULL"),
            postgresql_where=sa.text("blocklisted_at IS NOT NULL"),
        ),
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
    blocklist_reason: Mapped[str | None] = mapped_column(sa.Text)
    opted_out_at: Mapped[datetime | None]
    do_not_contact_reason: Mapped[str | None] = mapped_column(sa.Text)
    cooldown_until: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    soft_bounced_at: Mapped[datetime | None]
    recheck_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Enrolment(Base):
    """A participant in one study. `invited_at` is when they were last invited to it, `moves` how often they moved a
    session of theirs; `took_part_at` and `no_showed_at` are since when that is so, None while it is not.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        sa.UniqueConstraint("study_id", "participant_id"),
        sa.Index("ix_enrolments_study_id_status", "study_id", "status", "status_changed_at", "id"),
        sa.Index("ix_enrolments_study_id_status_changed_at", "study_id", "status_changed_at", "id"),
        sa.Index("ix_enrolments_participant_id_study_id", "participant_id", "study_id"),
        sa.Index(
            "ix_enrolments_participant_id_took_part_at",
            "participant_id",
            "took_part_at",
            sqlite_where=sa.text("took_part_at IS NOT NULL"),
            postgresql_where=sa.text("took_part_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_enrolments_participant_id_no_showed_at",
            "participant_id",
            "no_showed_at",
            sqlite_where=sa.text("no_showed_at IS NOT NULL"),
            postgresql_where=sa.text("no_showed_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    participant_id: Mapped[int] = foreign_key("participants.id")
    status: Mapped[ParticipantStatus] = mapped_column(default=ParticipantStatus.NOT_CONTACTED)
    status_before: Mapped[ParticipantStatus | None]
    status_reason: Mapped[str | None] = mapped_column(sa.Text)
    status_changed_at: Mapped[datetime]
    status_changed_by: Mapped[str] = mapped_column(sa.Text, default="Callsheet")
    invited_at: Mapped[datetime | None]
    took_part_at: Mapped[datetime | None]
    no_showed_at: Mapped[datetime | None]
    moves: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class ParticipantAddress(Base):
    """Another address of a participant: whoever comes by it is them. Mails go to the participant's own `email`."""

    __tablename__ = "participant_addresses"

    workspace_id: Mapped[int] = foreign_key("workspaces.id", primary_key=True)
    email: Mapped[str] = mapped_column(prefix_searched(254), primary_key=True)
    participant_id: Mapped[int] = foreign_key("participants.id", index=True)
    added_at: Mapped[datetime]


class MergedParticipant(Base):
    """The number of a participant who was merged into another: it leads to whoever stayed."""

    __tablename__ = "merged_participants"

    workspace_id: Mapped[int] = foreign_key("workspaces.id", primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = foreign_key("participants.id", index=True)
    merged_at: Mapped[datetime]


class ParticipantNote(Base):
    """What a member wrote about a participant. `author` is their name as it was then."""

    __tablename__ = "participant_notes"
    __table_args__ = (sa.Index("ix_participant_notes_participant_id_id", "participant_id", "id"),)

    id: Mapped[Key]
    participant_id: Mapped[int] = foreign_key("participants.id")
    author: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]


class BulkChange(Base):
    """A change of status that a member made by hand, of one enrolment or of thousands: it can be undone as a whole.

    `enrolment_ids` is what was chosen while it is under review, emptied when it is made; `seen_at` is when that review
    was shown.
    """

    __tablename__ = "bulk_changes"

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id", index=True)
    member_id: Mapped[int] = foreign_key("members.id", index=True)
    status: Mapped[ParticipantStatus | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    enrolment_ids: Mapped[list[Any]]
    seen_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class StatusChange(Base):
    """One step of an enrolment from a status to another. `actor` is a name as it was then, `was` None at the first.

    `cause` is a `domain.participant.Cause`; `bulk_id` the change by hand that it is part of. `former_id` is the
    enrolment of which it was a step when somebody had two in the study, before these were merged.
    """

    __tablename__ = "status_changes"
    __table_args__ = (sa.Index("ix_status_changes_enrolment_id_id", "enrolment_id", "id"),)

    id: Mapped[Key]
    enrolment_id: Mapped[int] = foreign_key("enrolments.id")
    at: Mapped[datetime]
    was: Mapped[ParticipantStatus | None]
    to: Mapped[ParticipantStatus]
    cause: Mapped[Cause]
    door: Mapped[Door]
    actor: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    bulk_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("bulk_changes.id", ondelete="SET NULL"), index=True)
    former_id: Mapped[int | None] = mapped_column(Id)


class SentInvitation(Base):
    """That somebody was invited to a study, by mail or by hand ("contacted elsewhere"): what governance counts."""

    __tablename__ = "sent_invitations"
    __table_args__ = (sa.Index("ix_sent_invitations_participant_id_at", "participant_id", "at"),)

    id: Mapped[Key]
    participant_id: Mapped[int] = foreign_key("participants.id")
    enrolment_id: Mapped[int] = foreign_key("enrolments.id", index=True)
    at: Mapped[datetime]
