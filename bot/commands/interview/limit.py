"""Changing how many may take part in a group session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import editing as blocks
from bot.blocks.ids import InterviewId
from bot.services import editing, schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.errors import RuleError
from domain.interview import InterviewAction
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Limiting(Metadata):
    """Which session gets another limit."""

    interview_id: int = 0


@capability.subcommand("/interview", "limit", summary="How many may take part in a group session", usage="KEY-7 [6]")
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """With a number it is done at once."""
    reference, _, number = arguments.partition(" ")
    interview_id = schedule.called(session, actor, reference)
    if not number.strip():
        return ask(session, actor, interview_id, channel_id)
    return say(change(session, actor, interview_id, number, now))


@capability.action(InterviewId.CHANGE_LIMIT, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask(session, actor, int(value), channel_id)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str) -> Outcome:
    """Open the modal with the present limit."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.CHANGE_LIMIT).line
    return Open(blocks.limit_modal(line, Limiting(channel_id, line.id).dump()))


@capability.submission(InterviewId.LIMIT_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    return Close(say(change(session, actor, Limiting.load(metadata).interview_id, fields.get("limit") or "", now)))


def change(session: Session, actor: Actor, interview_id: int, number: str, now: datetime) -> str:
    """Change the limit. What is to be said of it, in mrkdwn."""
    if not number.strip().isdecimal() or len(number) > 9:
        raise RuleError("How many may take part? Give a whole number, such as 6.", "limit")
    return blocks.edited_text(editing.change_limit(session, actor, interview_id, int(number), now))
