"""Studies and who works on them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.study import LocationKind, StudyStatus, StudyType
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class Study(Base):
    """A study of one team. Locking its row decides numbers and seats.

    `seats_taken` counts upcoming booked and completed seats and moves in the transaction that moves them.
    `task_url` is where a survey or a test is done, with tokens; `share_token` the link by which anybody may come.
    `consent_version` is the text that is agreed to before anything else, None for none.
    `is_immediate`: who qualifies by the screener's rules goes straight to the times.
    `capacity` is the seats a session, more than one in group interviews only. Mails to its participants come from
    `sender_name` and are answered to `reply_to`, where these are given.
    """

    __tablename__ = "studies"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "key"),
        sa.Index("ix_studies_team_id_status", "team_id", "status"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    team_id: Mapped[int] = foreign_key("teams.id")
    owner_id: Mapped[int] = foreign_key("members.id", index=True)
    key: Mapped[str] = mapped_column(sa.String(8))
    name: Mapped[str] = mapped_column(sa.String(200))
    external_name: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    type: Mapped[StudyType]
    status: Mapped[StudyStatus] = mapped_column(default=StudyStatus.DRAFT)
    channel_id: Mapped[str | None] = mapped_column(sa.String(32))
    participation_limit: Mapped[int | None]
    limit_announced: Mapped[bool] = mapped_column(default=False)
    seats_taken: Mapped[int] = mapped_column(default=0)
    duration_minutes: Mapped[int] = mapped_column(default=60)
    capacity: Mapped[int] = mapped_column(default=1)
    location: Mapped[LocationKind] = mapped_column(default=LocationKind.GOOGLE_MEET)
    location_text: Mapped[str | None] = mapped_column(sa.Text)
    location_passcode: Mapped[str | None] = mapped_column(sa.String(100))
    sender_name: Mapped[str | None] = mapped_column(sa.String(100))
    reply_to: Mapped[str | None] = mapped_column(sa.String(254))
    incentive_amount_minor: Mapped[int | None]
    incentive_currency: Mapped[str | None] = mapped_column(sa.String(3))
    task_url: Mapped[str | None] = mapped_column(sa.Text)
    share_token: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    is_immediate: Mapped[bool] = mapped_column(default=True)
    consent_version: Mapped[int | None]
    next_interview_number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class StudyCollaborator(Base):
    __tablename__ = "study_collaborators"

    study_id: Mapped[int] = foreign_key("studies.id", primary_key=True)
    member_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ConsentText(Base):
    """A version of what participants of a study agree to. A version that was shown never changes."""

    __tablename__ = "consent_texts"

    study_id: Mapped[int] = foreign_key("studies.id", primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]


class Consent(Base):
    """That somebody agreed to a version of their study's text."""

    __tablename__ = "consents"

    enrolment_id: Mapped[int] = foreign_key("enrolments.id", primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class StudyQuota(Base):
    """At most so many who take part in a study have that value of a property. `position` is their order."""

    __tablename__ = "study_quotas"
    __table_args__ = (sa.UniqueConstraint("study_id", "property_name", "property_value"),)

    id: Mapped[Key]
    study_id: Mapped[int] = foreign_key("studies.id")
    position: Mapped[int]
    property_name: Mapped[str] = mapped_column(sa.String(80))
    property_value: Mapped[str] = mapped_column(sa.String(200))
    seats: Mapped[int]
