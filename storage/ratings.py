"""What members think of sessions: one rating a member and session, which the next one replaces."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from domain.interview import Rating
from storage.models import SessionRating
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
