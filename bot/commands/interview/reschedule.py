"""Moving an interview: in a modal, or in plain words that are shown back first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import booking as booking_blocks
from bot.blocks import interview_details as blocks
from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.commands.interview.words import minutes_of, take_length
from bot.services import interviews, schedule
from bot.services.schedule import Move
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Replace, Reply, say
from domain.errors import RuleError
from domain.interview import InterviewAction
from domain.roles import Actor
from domain.scheduling import Span

capability = Capability()


@dataclass(frozen=True, slots=True)
class Moving(Metadata):
    """Which interview moves, and where to: UNIX seconds, and minutes (0: as long as it is)."""

    interview_id: int = 0
    starts_at: int = 0
    minutes: int = 0


@capability.subcommand(
    "/interview", "reschedule", summary="Move an interview", usage="KEY-7 [next tue 2pm] [for 45 min]", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """With a time in plain words it is shown back; without, the modal opens."""
    reference, _, words = arguments.partition(" ")
    interview_id = schedule.called(session, actor, reference)
    if not words.strip():
        return ask(session, actor, interview_id, channel_id, has_mail=has_mail)
    length, words = take_length(words)
    understood = plain_words.moment(words, now, actor.time_zone)
    shown = schedule.propose_move(session, actor, Move(interview_id, understood.at, length), understood.notes, now)
    value = Moving(channel_id, interview_id, int(understood.at.timestamp()), minutes_of(length)).dump()
    return Reply(*booking_blocks.proposal(shown, value))


@capability.action(InterviewId.RESCHEDULE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, has_mail: bool) -> Outcome:
    return ask(session, actor, int(value), channel_id, has_mail=has_mail)


@capability.action(InterviewId.RESCHEDULE_CHANGE, reads=True)
def change(session: Session, actor: Actor, value: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """The modal, filled with what was understood."""
    moving = Moving.load(value)
    return ask(session, actor, moving.interview_id, channel_id, wanted(moving, now), has_mail=has_mail)


def ask(
    session: Session, actor: Actor, interview_id: int, channel_id: str, to: Move | None = None, *, has_mail: bool
) -> Outcome:
    """Open the modal, filled with `to` or with the present time."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.RESCHEDULE).line
    starts_at, length = (to.starts_at, to.length or line.length) if to else (line.starts_at, line.length)
    metadata = Moving(channel_id, line.id).dump()
    return Open(blocks.reschedule_modal(line, metadata, starts_at, length, has_mail=has_mail))


@capability.action(InterviewId.RESCHEDULE_PARSED, once=True)
def move_understood(session: Session, actor: Actor, value: str, now: datetime, has_mail: bool) -> Outcome:
    """Somebody said yes to what was understood: the message with the question becomes the answer."""
    text = move(session, actor, wanted(Moving.load(value), now), now, has_mail=has_mail)
    return Replace(text, [kit.section(text)])


@capability.submission(InterviewId.RESCHEDULE_MODAL)
def move_submitted(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    if not fields.get("when"):
        raise RuleError("Pick a day and a time.", "when")
    moving = Moving.load(metadata)
    to = Moving(moving.channel_id, moving.interview_id, int(fields["when"]), int(fields.get("duration") or 0))
    return Close(say(move(session, actor, wanted(to, now), now, has_mail=has_mail)))


def move(session: Session, actor: Actor, to: Move, now: datetime, *, has_mail: bool) -> str:
    """Move the interview. What is to be said of it, in mrkdwn."""
    before = schedule.find(session, actor, to.interview_id).line
    moved = interviews.reschedule(session, actor, to.interview_id, to.starts_at, to.length, now)
    session.flush()
    after = schedule.find(session, actor, moved.id).line
    warnings = schedule.move_warnings(session, after)
    span = Span(after.starts_at, after.ends_at)
    return booking_blocks.moved_text(before.reference, after.reference, span, warnings, has_mail=has_mail)


def wanted(moving: Moving, now: datetime) -> Move:
    """Where the interview is to go. Instants are aware UTC."""
    length = timedelta(minutes=moving.minutes) if moving.minutes else None
    return Move(moving.interview_id, datetime.fromtimestamp(moving.starts_at, now.tzinfo), length)
