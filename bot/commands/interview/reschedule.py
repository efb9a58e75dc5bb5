"""Moving an interview: to a suggested time or any other in a modal, or in plain words that are shown back first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import booking as booking_blocks
from bot.blocks import kit
from bot.blocks import rescheduling as blocks
from bot.blocks.ids import InterviewId
from bot.blocks.kit import View
from bot.blocks.rescheduling import Choice
from bot.commands.interview.words import minutes_of, take_length
from bot.services import moves, schedule, suggestions
from bot.services.moves import Move, Planned
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Replace, Reply, Update, say
from domain.errors import RuleError
from domain.interview import InterviewAction, InterviewStatus
from domain.roles import Actor
from domain.times import Span

capability = Capability()


@dataclass(frozen=True, slots=True)
class Moving(Metadata):
    """Which interview moves, and where to: UNIX seconds (0: not chosen), and minutes (0: as long as it is).

    In the modal these are what its inputs began with. `seen` is the interview's latest move when somebody looked.
    """

    interview_id: int = 0
    starts_at: int = 0
    minutes: int = 0
    seen: int | None = None


@capability.subcommand(
    "/interview", "reschedule", summary="Move an interview", usage="KEY-7 [next tue 2pm] [for 45 min]", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """With a time in plain words it is shown back; without, the modal opens."""
    reference, _, words = arguments.partition(" ")
    interview_id = schedule.called(session, actor, reference)
    if not words.strip():
        return ask(session, actor, interview_id, channel_id, now, has_mail=has_mail)
    length, words = take_length(words)
    understood = plain_words.moment(words, now, actor.time_zone)
    shown = schedule.propose_move(session, actor, Move(interview_id, understood.at, length), understood.notes, now)
    seen = moves.latest_move(session, interview_id)
    value = Moving(channel_id, interview_id, int(understood.at.timestamp()), minutes_of(length), seen).dump()
    return Reply(*booking_blocks.proposal(shown, value))


@capability.action(InterviewId.RESCHEDULE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    return ask(session, actor, int(value), channel_id, now, has_mail=has_mail)


def ask(
    session: Session, actor: Actor, interview_id: int, channel_id: str, now: datetime, *, has_mail: bool
) -> Outcome:
    """Open the modal. That of an interview that is ahead begins with the present time."""
    return Open(modal(session, actor, Moving(channel_id, interview_id), now, has_mail=has_mail))


@capability.action(InterviewId.RESCHEDULE_CHANGE, reads=True)
def change(session: Session, actor: Actor, value: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """The modal, filled with what was understood."""
    return Open(modal(session, actor, replace(Moving.load(value), channel_id=channel_id), now, has_mail=has_mail))


@capability.action(InterviewId.RESCHEDULE_BACK, reads=True)
def back(session: Session, actor: Actor, metadata: str, now: datetime, has_mail: bool) -> Outcome:
    """From the question that is asked before, back to what was chosen."""
    return Update(modal(session, actor, Moving.load(metadata), now, has_mail=has_mail))


def modal(session: Session, actor: Actor, moving: Moving, now: datetime, *, has_mail: bool) -> View:
    """The modal, filled with where the interview is to move, as far as that is known."""
    line = schedule.to_manage(session, actor, moving.interview_id, InterviewAction.RESCHEDULE).line
    to = wanted(moving, now)
    present = line.starts_at if line.status is InterviewStatus.UPCOMING else None
    starts_at = to.starts_at if moving.starts_at else present
    length = to.length or line.length
    metadata = Moving(
        channel_id=moving.channel_id,
        interview_id=line.id,
        starts_at=int(starts_at.timestamp()) if starts_at else 0,
        minutes=minutes_of(length),
        seen=moves.latest_move(session, line.id) if moving.seen is None else moving.seen,
    )
    found = suggestions.suggest(session, actor, line, length, now)
    choice = Choice(starts_at, length, found, actor.time_zone)
    return blocks.modal(line, choice, metadata.dump(), has_mail=has_mail)


@capability.action(InterviewId.RESCHEDULE_PARSED, once=True)
def move_understood(session: Session, actor: Actor, value: str, now: datetime, has_mail: bool) -> Outcome:
    """Somebody said yes to what was understood: the message with the question becomes the answer."""
    planned = moves.plan_by_hand(session, actor, wanted(Moving.load(value), now), now)
    text = carry_out(session, actor, planned, now, has_mail=has_mail)
    return Replace(text, [kit.section(text)])


@capability.submission(InterviewId.RESCHEDULE_MODAL)
def move_submitted(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    """Move it; a time by hand that bypasses rules is asked about first. Of a suggested one only the time is."""
    began, suggested = Moving.load(metadata), int(fields.get("suggested") or 0)
    to = replace(
        began,
        starts_at=chosen(suggested, int(fields.get("when") or 0), began),
        minutes=int(fields.get("duration") or 0) or began.minutes,
    )
    planned = moves.plan_by_hand(session, actor, wanted(to, now), now)
    bypassed = planned.bypassed
    if bypassed.by_time or (bypassed.always and not suggested):
        return Update(blocks.confirm_modal(schedule.proposal_of_move(session, actor, planned), to.dump()))
    return Close(say(carry_out(session, actor, planned, now, has_mail=has_mail)))


def chosen(suggested: int, by_hand: int, began: Moving) -> int:
    """The time that was chosen, in UNIX seconds. A picker that nobody touched gives way to a suggested time.

    Raises RuleError for none, or for two.
    """
    if suggested and by_hand and by_hand not in (began.starts_at, suggested):
        raise RuleError("Choose one: a suggested time, or any time by hand.", "when")
    if not suggested and not by_hand:
        raise RuleError("Choose a suggested time, or pick a day and a time.", "when")
    return suggested or by_hand


@capability.submission(InterviewId.RESCHEDULE_ANYWAY_MODAL)
def move_anyway(session: Session, actor: Actor, metadata: str, now: datetime, has_mail: bool) -> Outcome:
    """Somebody read what is bypassed, and moves it anyway."""
    planned = moves.plan_by_hand(session, actor, wanted(Moving.load(metadata), now), now)
    return Close(say(carry_out(session, actor, planned, now, has_mail=has_mail)))


def carry_out(session: Session, actor: Actor, planned: Planned, now: datetime, *, has_mail: bool) -> str:
    """Move the interview. What is to be said of it, in mrkdwn."""
    moved = moves.carry_out(session, actor, planned, now)
    span, warnings = Span(moved.starts_at, moved.ends_at), planned.bypassed.warnings
    return blocks.moved_text(planned.interview.reference, moved.reference, span, warnings, has_mail=has_mail)


def wanted(moving: Moving, now: datetime) -> Move:
    """Where the interview is to go. Instants are aware UTC."""
    length = timedelta(minutes=moving.minutes) if moving.minutes else None
    return Move(moving.interview_id, datetime.fromtimestamp(moving.starts_at, now.tzinfo), length, moving.seen)
