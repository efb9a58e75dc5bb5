"""Cancelling an interview, or one seat of a group: a modal asks why, and shows what the participants are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import cancellations as blocks
from bot.blocks.cancellations import EVERYBODY, Asked
from bot.blocks.ids import InterviewId
from bot.services import cancellations, mails, schedule
from bot.services.cancellations import Cancellation
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply, Update, say
from domain.errors import RuleError
from domain.interview import CancelReason, InterviewAction, InterviewStatus
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
    asked = asked_about(session, actor, interview_id, has_mail=has_mail, is_own=False)
    return Open(blocks.cancel_modal(asked, Cancelling(channel_id, interview_id).dump()))


@capability.action(InterviewId.CANCEL_REASON, reads=True)
def choose_reason(session: Session, actor: Actor, value: str, metadata: str, has_mail: bool) -> Outcome:
    """A participant who can't come reads something else than one whose session was called off."""
    is_own = value == CancelReason.PARTICIPANT_CANCELED.name
    interview_id = Cancelling.load(metadata).interview_id
    asked = asked_about(session, actor, interview_id, has_mail=has_mail, is_own=is_own)
    return Update(blocks.cancel_modal(asked, metadata))


def asked_about(session: Session, actor: Actor, interview_id: int, *, has_mail: bool, is_own: bool) -> Asked:
    """What the modal asks. Raises Stale when there is nothing left to cancel."""
    seen = schedule.to_manage(session, actor, interview_id, InterviewAction.CANCEL)
    message = mails.cancellation(session, blocks.upcoming_seats(seen), is_own=is_own)
    return Asked(seen, message, is_own=is_own, has_mail=has_mail)


@capability.submission(InterviewId.CANCEL_MODAL)
def cancel(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    if fields.get("reason") not in CancelReason.__members__:
        raise RuleError("Say why it is cancelled.", "reason")
    note, message = ((fields.get(name) or "").strip() for name in ("note", "message"))
    why = Cancellation(CancelReason[fields["reason"]], note, message)
    interview_id, who = Cancelling.load(metadata).interview_id, fields.get("who") or EVERYBODY
    if who == EVERYBODY:
        cancelled = cancellations.cancel(session, actor, interview_id, why, now)
    else:
        cancelled = cancellations.cancel_seat(session, actor, interview_id, int(who), why, now)
    if cancelled.status is not InterviewStatus.CANCELED:
        return Close(say(blocks.seat_cancelled_text(cancelled.reference, has_mail=has_mail)))
    return Close(Reply(*blocks.cancelled_answer(cancelled.id, cancelled.reference, has_mail=has_mail)))
