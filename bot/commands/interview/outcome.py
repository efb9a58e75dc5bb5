"""How a session goes or went: started, running late, completed, a no-show. As buttons and as subcommands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks.ids import InterviewId
from bot.blocks.interview import with_undo
from bot.blocks.outcomes import incentive_text
from bot.commands.interview.details import done
from bot.services import outcomes, ratings, schedule
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Reply, say
from domain.alert import ASKED_AGAIN_AFTER
from domain.interview import InterviewLine, InterviewStatus
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
    outcomes.mark_completed(session, actor, interview_id, now)
    return settled(session, actor, line, f"{line.reference} is marked as completed.", now, view)


@capability.subcommand("/interview", "no-show", summary="Say that nobody came", usage="KEY-7")
def no_show_typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return no_show(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.MARK_NO_SHOW)
def no_show_clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return no_show(session, actor, int(value), now, view)


def no_show(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    line = schedule.find(session, actor, interview_id).line
    outcomes.mark_no_show(session, actor, interview_id, now)
    return settled(session, actor, line, f"{line.reference} is marked as a no-show.", now, view)


def settled(
    session: Session, actor: Actor, line: InterviewLine, sentence: str, now: datetime, view: dict[str, Any] | None
) -> Outcome:
    """As `done`; a sentence comes with the button that takes it back."""
    shown = done(session, actor, line.id, sentence, now, view)
    return Reply(sentence, with_undo(sentence, line.id, line.reference)) if isinstance(shown, Reply) else shown


@capability.subcommand("/interview", "started", summary="Say that a session has started", usage="KEY-7")
def started_typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return start(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.STARTED)
def started_clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return start(session, actor, int(value), now, view)


def start(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    """Somebody saw it start, or confirms afterwards that it took place."""
    seen = outcomes.verify(session, actor, interview_id, now)
    if seen.status is not InterviewStatus.COMPLETED:
        return done(session, actor, interview_id, f"Noted: {seen.reference} has started.", now, view)
    after = ratings.settled(session, actor, interview_id)
    said = f"Noted: {seen.reference} took place. {incentive_text(after.line, after.incentive)}".strip()
    return done(session, actor, interview_id, said, now, view)


@capability.subcommand("/interview", "late", summary="Say that a session is running late", usage="KEY-7")
def late_typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return late(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.RUNNING_LATE)
def late_clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return late(session, actor, int(value), now)


def late(session: Session, actor: Actor, interview_id: int, now: datetime) -> Outcome:
    """It has not started, but will: Callsheet asks again in a while."""
    noted = outcomes.say_late(session, actor, interview_id, now)
    minutes = int(ASKED_AGAIN_AFTER.total_seconds() // 60)
    return say(f"Noted: {noted.reference} is running late. Callsheet asks again in {minutes} minutes.")
