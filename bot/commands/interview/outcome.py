"""How a session went: completed, a no-show, or that it has started. As buttons and as subcommands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks.ids import InterviewId
from bot.commands.interview.details import done
from bot.services import interviews, schedule
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome
from domain.interview import InterviewStatus
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/interview", "complete", summary="Say that a session took place", usage="KEY-7")
def complete_typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return complete(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.MARK_COMPLETED)
def complete_clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return complete(session, actor, int(value), now, view)


def complete(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    """Mark it as completed; one that Callsheet completed by itself is confirmed."""
    line = schedule.find(session, actor, interview_id).line
    if line.status is InterviewStatus.COMPLETED and not line.is_verified:
        return start(session, actor, interview_id, now, view)
    interviews.mark_completed(session, actor, interview_id, now)
    return done(session, actor, interview_id, f"{line.reference} is marked as completed.", now, view)


@capability.subcommand("/interview", "no-show", summary="Say that nobody came", usage="KEY-7")
def no_show_typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return no_show(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.MARK_NO_SHOW)
def no_show_clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return no_show(session, actor, int(value), now, view)


def no_show(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    marked = interviews.mark_no_show(session, actor, interview_id, now)
    return done(session, actor, interview_id, f"{marked.reference} is marked as a no-show.", now, view)


@capability.action(InterviewId.STARTED)
def started_clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return start(session, actor, int(value), now, view)


def start(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    """Somebody saw it start, or confirms afterwards that it took place."""
    seen = interviews.verify(session, actor, interview_id, now)
    said = "took place" if seen.status is InterviewStatus.COMPLETED else "has started"
    return done(session, actor, interview_id, f"Noted: {seen.reference} {said}.", now, view)
