"""What members think of sessions: one rating a member and session, which the next one replaces."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.interview import Rating
from storage.models import Member, SessionRating
from storage.outbox import insert


def of_member(session: Session, interview_id: int, member_id: int) -> SessionRating | None:
    """What the member thinks of the session, None when they have not said."""
    return session.get(SessionRating, (interview_id, member_id), populate_existing=True)


def put(session: Session, interview_id: int, member_id: int, rating: Rating, now: datetime) -> None:
    """Let this be what the member thinks of the session."""
    values = {"score": rating.score, "note": rating.note, "at": now}
    new = insert(session, SessionRating).values(interview_id=interview_id, member_id=member_id, **values)
    session.execute(
        new.on_conflict_do_update(index_elements=[SessionRating.interview_id, SessionRating.member_id], set_=values)
    )


def of_session(session: Session, interview_id: int) -> tuple[Rating, ...]:
    """What members thought of the session, in the order in which they said so."""
    rows = session.execute(
        sa.select(Member.name, SessionRating.score, SessionRating.note)
        .join(Member, Member.id == SessionRating.member_id)
        .where(SessionRating.interview_id == interview_id)
        .order_by(SessionRating.at)
    )
    return tuple(Rating(*row) for row in rows)
