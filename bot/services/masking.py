"""Whether a team's channels show participants' names or aliases: when that is switched, what stands in them follows."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.services import audit, outgoing, review_cards
from bot.services.audit import Audited
from bot.services.outgoing import Kind
from domain.audit import AuditAction
from domain.roles import Actor
from storage.models import Enrolment, Interview, Projection, Study, Team
from storage.outbox import Projected, project_all

LOOKED_BACK = timedelta(days=30)
CARDS_DRAWN = 300
DIGESTS_DRAWN = 100
"""Digests drawn again at most: those of the last month are still known."""


def switched(session: Session, actor: Actor, team: Team, now: datetime) -> None:
    """Keep for good that the team's channels show names from now on, or no longer, and draw again what they show: the
    cards of sessions ahead and of the last month, the latest first, digests, and cards with answers. In this
    order, which erasing keeps too, so that two never wait for each other.
    """
    way = "aliases → names" if team.names_in_channel else "names → aliases"
    text = f"changed how participants are called in the channels of {team.name}: {way}"
    audit.note(session, actor, Audited(AuditAction.CHANGED_SETTINGS, text), now)
    session.flush()
    show_sessions_again(session, team, now)
    draw_digests(session, team.workspace_id, now, Team.id == team.id)
    show_answers_again(session, team, now)


def show_sessions_again(session: Session, team: Team, now: datetime) -> None:
    lately = session.scalars(
        sa.select(Interview)
        .join(Projection, is_shown(team, Kind.CARD, Interview.id))
        .where(Interview.team_id == team.id, Interview.starts_at > now - LOOKED_BACK)
        .order_by(Interview.starts_at.desc())
        .limit(CARDS_DRAWN)
    )
    outgoing.show_all(session, lately.all(), now)


def show_answers_again(session: Session, team: Team, now: datetime) -> None:
    answered = session.execute(
        sa.select(Enrolment.id, Enrolment.study_id)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Projection, is_shown(team, Kind.REVIEW, Enrolment.id))
        .where(Study.team_id == team.id)
        .order_by(Projection.id.desc())
        .limit(CARDS_DRAWN)
    )
    review_cards.show_all_again(session, team.workspace_id, {row.id: row.study_id for row in answered}, now)


def is_shown(team: Team, kind: Kind, subject_id: InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    """Whether a message of that kind shows the subject in the team's workspace."""
    return sa.and_(
        Projection.workspace_id == team.workspace_id,
        Projection.kind == kind,
        Projection.subject == sa.cast(subject_id, sa.String),
    )


def draw_digests(session: Session, workspace_id: int, now: datetime, *which: sa.ColumnElement[bool]) -> None:
    """Draw the digests again of those teams of the workspace for which `which` holds."""
    digests = session.execute(
        sa.select(Projection.subject, Projection.container)
        .join(Team, Team.channel_id == Projection.container)
        .where(Projection.workspace_id == workspace_id, Projection.kind == Kind.DIGEST_UPDATE, *which)
        .order_by(Projection.id.desc())
        .limit(DIGESTS_DRAWN)
    )
    drawn = [Projected(Kind.DIGEST_UPDATE, row.subject, outgoing.channel_lane(row.container)) for row in digests]
    project_all(session, workspace_id, drawn, now)
