"""Cancelling an interview: a modal asks why, and the participant is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import interview_details as blocks
from bot.blocks.ids import InterviewId
from bot.services import interviews, schedule
from bot.services.interviews import Cancellation
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.errors import RuleError
from domain.interview import CancelReason, InterviewAction
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Cancelling(Metadata):
    """Which interview the modal cancels."""

    interview_id: int = 0


@capability.subcommand("/interview", "cancel", summary="Cancel an interview", usage="KEY-7", reads=True)
def ask_typed(session: Session, actor: Actor, arguments: str, channel_id: str, has_mail: bool) -> Outcome:
    return ask(session, actor, schedule.called(session, actor, arguments), channel_id, has_mail=has_mail)


@capability.action(InterviewId.CANCEL, reads=True)
def ask_clicked(session: Session, actor: Actor, value: str, channel_id: str, has_mail: bool) -> Outcome:
    return ask(session, actor, int(value), channel_id, has_mail=has_mail)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str, *, has_mail: bool) -> Outcome:
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.CANCEL).line
    return Open(blocks.cancel_modal(line, Cancelling(channel_id, line.id).dump(), has_mail=has_mail))


@capability.submission(InterviewId.CANCEL_MODAL)
def cancel(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    if fields.get("reason") not in CancelReason.__members__:
        raise RuleError("Say why it is cancelled.", "reason")
    why = Cancellation(CancelReason[fields["reason"]], (fields.get("note") or "").strip())
    cancelled = interviews.cancel(session, actor, Cancelling.load(metadata).interview_id, why, now)
    return Close(say(blocks.cancelled_text(cancelled.reference, has_mail=has_mail)))
