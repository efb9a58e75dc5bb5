"""Undoing an outcome or a cancellation, while that is possible: a button beside the answer, or `/interview undo`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks.ids import InterviewId
from bot.commands.interview.details import done
from bot.services import schedule, undo
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/interview", "undo", summary="Take back an outcome or a cancellation", usage="KEY-7")
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return take_back(session, actor, schedule.called(session, actor, arguments), now)


@capability.action(InterviewId.UNDO)
def clicked(session: Session, actor: Actor, value: str, now: datetime, view: dict[str, Any]) -> Outcome:
    return take_back(session, actor, int(value), now, view)


def take_back(
    session: Session, actor: Actor, interview_id: int, now: datetime, view: dict[str, Any] | None = None
) -> Outcome:
    put_back = undo.undo(session, actor, interview_id, now)
    return done(
        session, actor, interview_id, f"{put_back.reference} is {put_back.status.label.lower()} again.", now, view
    )
