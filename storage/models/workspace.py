"""Workspaces, their installations, members and research teams."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from domain.roles import Role
from storage.models.base import Base, Key, foreign_key
from storage.types import Id


class Workspace(Base):
    """A Slack team that Callsheet works in. `next_participant_number` is what the next participant is called by.

    `recheck_after_id`: the rules of governance changed, and the people after this one are still to be looked at again;
    None: all have been. `retention_days` after the last that happened to somebody they are erased, None: never.
    `address_key` is what erased people's addresses are hashed with, None before there was one to be kept (see
    `storage.suppressed`).
    """

    __tablename__ = "workspaces"

    id: Mapped[Key]
    slack_team_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.Text)
    bot_user_id: Mapped[str] = mapped_column(sa.String(32))
    next_participant_number: Mapped[int] = mapped_column(default=1)
    recheck_after_id: Mapped[int | None] = mapped_column(Id)
    retention_days: Mapped[int | None]
    address_key: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]


class Installation(Base):
    """A workspace's Slack tokens as one encrypted document: a row per workspace and installing user ("" = the bot)."""

    __tablename__ = "installations"
    __table_args__ = (sa.UniqueConstraint("slack_team_id", "slack_user_id"),)

    id: Mapped[Key]
    slack_team_id: Mapped[str] = mapped_column(sa.String(32))
    slack_user_id: Mapped[str] = mapped_column(sa.String(32), default="")
    document: Mapped[bytes]
    installed_at: Mapped[datetime]


class OAuthState(Base):
    """A one-time value that ties the answer of Slack's consent page to the person who asked for it."""

    __tablename__ = "oauth_states"

    value_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    expires_at: Mapped[datetime]


class Member(Base):
    """A Slack user known to Callsheet. `time_zone` is an IANA name from Slack; `role` is theirs in Callsheet, while
    `is_slack_admin` is what Slack says.
    """

    __tablename__ = "members"
    __table_args__ = (sa.UniqueConstraint("workspace_id", "slack_user_id"),)

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    slack_user_id: Mapped[str] = mapped_column(sa.String(32))
    name: Mapped[str] = mapped_column(sa.Text)
    email: Mapped[str | None] = mapped_column(sa.String(254))
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    role: Mapped[Role] = mapped_column(default=Role.OBSERVER)
    is_active: Mapped[bool] = mapped_column(default=True)
    is_slack_admin: Mapped[bool] = mapped_column(default=False)
    synced_at: Mapped[datetime]


class Team(Base):
    """A research team. `working_days` has one bit a day (bit 0 = Monday); `next_digest_at` is when its digest is due,
    `last_digest_at` when one was due and seen to, posted or with nothing to say.

    From `tomorrow_from_hour` on (local) the digest also shows tomorrow; None: never.
    """

    __tablename__ = "teams"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "name"),
        sa.Index("ix_teams_next_digest_at", "next_digest_at"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = foreign_key("workspaces.id")
    name: Mapped[str] = mapped_column(sa.String(80))
    channel_id: Mapped[str] = mapped_column(sa.String(32))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    digest_hour: Mapped[int] = mapped_column(default=9)
    working_days: Mapped[int] = mapped_column(default=0b0011111)
    tomorrow_from_hour: Mapped[int | None]
    names_in_channel: Mapped[bool] = mapped_column(default=False)
    next_digest_at: Mapped[datetime | None]
    last_digest_at: Mapped[datetime | None]


class TeamMember(Base):
    __tablename__ = "team_members"

    team_id: Mapped[int] = foreign_key("teams.id", primary_key=True)
    member_id: Mapped[int] = mapped_column(
        Id, sa.ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
