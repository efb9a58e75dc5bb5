"""Digests: whose is due, which sessions they tell of, and what a posted one was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.digest import DigestDays, DigestSection, Entries
from domain.interview import InterviewStatus
from domain.times import Span
from storage.members import TeamSettings, team_settings
from storage.models import Interview, OutboxRow, Projection, Team

MAY_LACK_OUTCOME = (InterviewStatus.COMPLETED, InterviewStatus.UPCOMING)
"""Of an earlier day: an upcoming one is over too, and is completed at the same tick or the next."""


def due(session: Session, now: datetime) -> Sequence[int]:
    """The teams whose digest is due, longest due first."""
    wanted = sa.select(Team.id).where(Team.next_digest_at <= now)
    return session.scalars(wanted.order_by(Team.next_digest_at, Team.id)).all()


def due_teams(session: Session, team_ids: Collection[int], now: datetime) -> list[TeamSettings]:
    """Those of the teams whose digest is due, longest due first, locked; another process takes others."""
    teams = session.scalars(
        sa.select(Team)
        .where(Team.id.in_(team_ids), Team.next_digest_at <= now)
        .order_by(Team.next_digest_at, Team.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [team_settings(team) for team in teams]


@dataclass(frozen=True, slots=True)
class SeenTo:
    """A team whose digest was due: when it was last seen to on a day of its own, and when it is due next (None: never).

    Instants are aware UTC.
    """

    team_id: int
    last_at: datetime | None
    next_at: datetime | None


def note_seen_to(session: Session, teams: Sequence[SeenTo]) -> None:
    """Note when the teams' digests are due next. One statement."""
    if teams:
        rows = [{"id": each.team_id, "last_digest_at": each.last_at, "next_digest_at": each.next_at} for each in teams]
        session.execute(sa.update(Team), rows)


def entries(session: Session, days_of_team: Mapping[int, DigestDays]) -> dict[int, Entries]:
    """What the digests of many teams tell of, section by section and by time. One statement.

    Cancelled sessions are left out, except that nothing of them is left to say anyway.
    """
    if not days_of_team:
        return {}
    teams_of_days: dict[DigestDays, list[int]] = defaultdict(list)
    for team_id, days in days_of_team.items():
        teams_of_days[days].append(team_id)
    wanted = sa.or_(*(term for days, teams in teams_of_days.items() for term in _wanted(days, teams)))
    rows = session.execute(
        sa.select(Interview.id, Interview.team_id, Interview.starts_at)
        .where(wanted)
        .order_by(Interview.starts_at, Interview.id)
    )
    found: dict[int, list[tuple[DigestSection, int]]] = defaultdict(list)
    for row in rows:
        found[row.team_id].append((_section(days_of_team[row.team_id], row.starts_at), row.id))
    order = list(DigestSection)
    return {team_id: sorted(pairs, key=lambda pair: order.index(pair[0])) for team_id, pairs in found.items()}


def _wanted(days: DigestDays, team_ids: Sequence[int]) -> list[sa.ColumnElement[bool]]:
    """The conditions under which a session of these teams is told of: each a range of one index."""
    terms = [
        sa.and_(_starts_in(team_ids, span), Interview.status != InterviewStatus.CANCELED)
        for span in (days.today, days.tomorrow)
        if span is not None
    ]
    outcome_missing = sa.and_(Interview.status.in_(MAY_LACK_OUTCOME), ~Interview.is_verified)
    return [*terms, sa.and_(_starts_in(team_ids, days.earlier), outcome_missing)]


def _starts_in(team_ids: Sequence[int], span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(Interview.team_id.in_(team_ids), Interview.starts_at >= span.start, Interview.starts_at < span.end)


def _section(days: DigestDays, starts_at: datetime) -> DigestSection:
    if starts_at < days.today.start:
        return DigestSection.UNVERIFIED
    return DigestSection.TODAY if starts_at < days.today.end else DigestSection.TOMORROW


def payload(session: Session, key: str) -> dict[str, Any] | None:
    """What a digest's message was made of, by the key of its delivery; None when that is forgotten."""
    return session.scalar(sa.select(OutboxRow.payload).where(OutboxRow.dedupe_key == key))


def posted(session: Session, workspace_id: int, kind: str, channel_id: str, since: datetime) -> list[str]:
    """The keys of the digests that were posted in the channel since then, by the ts of their messages."""
    return list(
        session.scalars(
            sa.select(Projection.subject).where(
                Projection.container == channel_id,
                Projection.remote_id >= f"{since.timestamp():.6f}",
                Projection.workspace_id == workspace_id,
                Projection.kind == kind,
            )
        )
    )
