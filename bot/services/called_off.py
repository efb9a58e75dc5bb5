"""How a participant's session came to be cancelled: with the whole session or by itself, by whom, and why."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import record
from domain.interview import CancelReason, InterviewStatus, TimelineKind
from storage.models import Interview, Participant, TimelineEntry

SEAT_OF = "cancelled the seat of"
"""How the timeline tells of one seat that a member cancelled; the participant's alias follows."""


def seat_entry(session: Session, interview_id: int, alias: str) -> TimelineEntry | None:
    """The last entry that tells how this participant's own seat was cancelled, by them or for them."""
    by_them, for_them = TimelineEntry.actor == alias, TimelineEntry.text.startswith(f"{SEAT_OF} {alias} (")
    return session.scalar(
        sa.select(TimelineEntry)
        .where(
            TimelineEntry.interview_id == interview_id,
            TimelineEntry.kind == TimelineKind.CANCELED,
            sa.or_(by_them, for_them),
        )
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    )


def reason(session: Session, interview: Interview, person: Participant) -> str:
    """Why the participant's session was cancelled: one of the reasons there are, with a note; "" if nobody said.

    In a group the reason of the session may be about another one: there their own seat's counts first.
    """
    if interview.capacity > 1:
        alias = record.alias_of(person)
        entry = seat_entry(session, interview.id, alias)
        if entry is not None and entry.actor == alias:
            return CancelReason.PARTICIPANT_CANCELED.value
        if entry is not None:
            return entry.text.removeprefix(f"{SEAT_OF} {alias} (").removesuffix(")")
        if interview.status is not InterviewStatus.CANCELED or is_participants(interview.cancel_reason or ""):
            return ""
    return interview.cancel_reason or ""


def is_participants(why: str) -> bool:
    """Whether that reason says that it is the participant who can't come: they cancelled, or the team noted it."""
    return why.startswith(CancelReason.PARTICIPANT_CANCELED)
