"""Where the app is installed: each workspace's tokens as an encrypted document, and installations under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import Installation, OAuthState, Workspace

BOT = ""
"""The installing user of the row that holds the bot's token."""


def document(session: Session, slack_team_id: str) -> bytes | None:
    """The workspace's document as it was kept, None where the app is not installed."""
    return session.scalar(
        sa.select(Installation.document).where(
            Installation.slack_team_id == slack_team_id, Installation.slack_user_id == BOT
        )
    )


def workspaces(session: Session) -> Sequence[tuple[str, str, str]]:
    """Slack's id, the name and the bot's user of every workspace that the app is installed in."""
    rows = session.execute(
        sa.select(Workspace.slack_team_id, Workspace.name, Workspace.bot_user_id)
        .join(Installation, Installation.slack_team_id == Workspace.slack_team_id)
        .where(Installation.slack_user_id == BOT)
        .order_by(Workspace.id)
    )
    return [(row.slack_team_id, row.name, row.bot_user_id) for row in rows]


def keep(session: Session, slack_team_id: str, document: bytes, now: datetime) -> None:
    """Keep a workspace's document in place of the one before."""
    row = session.scalar(
        sa.select(Installation)
        .where(Installation.slack_team_id == slack_team_id, Installation.slack_user_id == BOT)
        .with_for_update()
    )
    if row is None:
        row = Installation(slack_team_id=slack_team_id, slack_user_id=BOT)
        session.add(row)
    row.document, row.installed_at = document, now
    session.flush()


def remove(session: Session, slack_team_id: str) -> None:
    """Forget the workspace's tokens. Nothing happens when there are none."""
    session.execute(sa.delete(Installation).where(Installation.slack_team_id == slack_team_id))


def add_state(session: Session, value_hash: str, expires_at: datetime, now: datetime) -> None:
    """Remember a state until it expires, and forget those that have."""
    session.execute(sa.delete(OAuthState).where(OAuthState.expires_at <= now))
    session.add(OAuthState(value_hash=value_hash, expires_at=expires_at))


def take_state(session: Session, value_hash: str, now: datetime) -> bool:
    """Use a state up: True once, and only before it expires."""
    taken = session.scalar(
        sa.delete(OAuthState)
        .where(OAuthState.value_hash == value_hash, OAuthState.expires_at > now)
        .returning(OAuthState.value_hash)
    )
    return taken is not None
