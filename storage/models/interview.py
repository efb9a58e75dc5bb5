"""Interviews, their attendees and their timelines."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.attendance import Rsvp
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.person import LinkPurpose
from domain.study import LocationKind
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class Interview(Base):
    """One session. `reference` is what people call it, e.g. `CHK-7`; `team_id` repeats its study's for the index.

    `link` is the meeting's; for Google Meet the calendar gives it. `sequence` counts changes of time, for invitations.
    `organizer_id` is the host whose calendar holds the event: once given it never changes, whoever hosts.
    `event_number` counts the events that there have been, `meeting_number` the meeting links asked for. `link_is_own`:
    somebody gave the link, or for a custom location the place; the calendar makes none.

    `settled_at` is when a person gave it the outcome that it has; `status_before`, `was_verified` and
    `host_no_show_before` are what undoing goes back to, with each seat's `outcome_before`.
    """

    __tablename__ = "interviews"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "reference"),
        sa.Index("ix_interviews_team_id_starts_at", "team_id", "starts_at"),
        sa.Index("ix_interviews_workspace_id_starts_at", "workspace_id", "starts_at"),
        sa.Index("ix_interviews_study_id_starts_at", "study_id", "starts_at"),
        sa.Index("ix_interviews_organizer_id_starts_at", "organizer_id", "starts_at"),
        sa.Index("ix_interviews_status_ends_at", "status", "ends_at"),
        sa.Index("ix_interviews_status_starts_at", "status", "starts_at"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    team_id: Mapped[int] = foreign_key("teams.id")
    study_id: Mapped[int] = foreign_key("studies.id")
    reference: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[InterviewStatus] = mapped_column(default=InterviewStatus.UPCOMING)
    is_verified: Mapped[bool] = mapped_column(default=False)
    host_no_show: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None]
    status_before: Mapped[InterviewStatus | None]
    was_verified: Mapped[bool | None]
    host_no_show_before: Mapped[bool | None]
    title: Mapped[str] = mapped_column(sa.String(300))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    location: Mapped[LocationKind]
    link: Mapped[str | None] = mapped_column(sa.Text)
    link_is_own: Mapped[bool] = mapped_column(default=False)
    passcode: Mapped[str | None] = mapped_column(sa.String(100))
    capacity: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int] = mapped_column(default=0)
    cancel_reason: Mapped[str | None] = mapped_column(sa.Text)
    organizer_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="SET NULL"))
    rescheduled_from_id: Mapped[int | None] = mapped_column(
        Id, sa.ForeignKey("interviews.id", ondelete="SET NULL"), index=True
    )
    event_number: Mapped[int] = mapped_column(default=0)
    meeting_number: Mapped[int] = mapped_column(default=0)
    calendar_failed: Mapped[bool] = mapped_column(default=False)
    import_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class Attendee(Base):
    """Somebody at an interview: a member (host, guest, observer) or a participant.

    `starts_at` and `ends_at` repeat the interview's, so that somebody's sessions are one index range. `seated_at` is
    since when they have this place at this time, so that nobody is reminded of what they have just been told.
    """

    __tablename__ = "attendees"
    __table_args__ = (
        sa.UniqueConstraint("interview_id", "member_id"),
        sa.UniqueConstraint("interview_id", "participant_id"),
        sa.CheckConstraint("(member_id IS NULL) <> (participant_id IS NULL)", name="member_or_participant"),
        sa.Index("ix_attendees_member_id_starts_at", "member_id", "starts_at"),
        sa.Index("ix_attendees_participant_id_starts_at", "participant_id", "starts_at"),
    )

    id: Mapped[Key]
    interview_id: Mapped[int] = foreign_key("interviews.id")
    kind: Mapped[AttendeeKind]
    member_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="CASCADE"))
    participant_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("participants.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seated_at: Mapped[datetime | None]
    rsvp: Mapped[Rsvp] = mapped_column(default=Rsvp.NEEDS_ACTION)
    rsvp_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    outcome: Mapped[InterviewStatus] = mapped_column(default=InterviewStatus.UPCOMING)
    outcome_before: Mapped[InterviewStatus | None]
    has_conflict: Mapped[bool] = mapped_column(default=False)


class TimelineEntry(Base):
    """Something that happened to an interview. `actor` is a name as it was then; `at` is aware UTC.

    `post_id` is the first of the entries that one post in the card's thread tells together, None for one that it leaves
    out. `link` leads to what a note is about.
    """

    __tablename__ = "timeline_entries"
    __table_args__ = (sa.Index("ix_timeline_entries_interview_id_id", "interview_id", "id"),)

    id: Mapped[Key]
    interview_id: Mapped[int] = foreign_key("interviews.id")
    at: Mapped[datetime]
    kind: Mapped[TimelineKind]
    door: Mapped[Door]
    actor: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    before: Mapped[str | None] = mapped_column(sa.Text)
    after: Mapped[str | None] = mapped_column(sa.Text)
    post_id: Mapped[int | None] = mapped_column(Id, index=True)
    link: Mapped[str | None] = mapped_column(sa.Text)


class SessionRating(Base):
    """What a member thought of a session: 1 (poor) to 5."""

    __tablename__ = "session_ratings"

    interview_id: Mapped[int] = foreign_key("interviews.id", primary_key=True)
    member_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime]


class ParticipantLink(Base):
    """A link of one person in one study: only the hash of its secret is kept.

    `attendee_id` is the seat that it was made for, None before there was one; `offer_id` the time that it claims.
    """

    __tablename__ = "participant_links"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(default=LinkPurpose.PAGE)
    enrolment_id: Mapped[int] = foreign_key("enrolments.id", index=True)
    attendee_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("attendees.id", ondelete="CASCADE"), index=True)
    offer_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("slot_offers.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
