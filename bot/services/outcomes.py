"""How a session went: it started, it runs late, it took place, nobody came, it is simply over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.interviews import (
    COUNTED,
    how_settled,
    move_enrolments,
    seats_held,
    set_outcome,
    take,
)
from bot.services.record import Change
from domain.alert import ANSWERS, ASKED_AGAIN_AFTER, AlertKind, is_late
from domain.attendance import Attendance, attendance
from domain.errors import RuleError, Stale
from domain.interview import InterviewAction, InterviewStatus, TimelineKind
from domain.participant import INCENTIVE_OUT
from domain.roles import Actor
from domain.times import spelled_time
from storage import interviews, studies, timeline
from storage.models import Attendee, Enrolment, Interview, Study


def mark_completed(session: Session, actor: Actor, interview_id: int, now: datetime) -> Interview:
    """Somebody says that the session took place: also the correction of a no-show."""
    interview, study = take(session, actor, interview_id, InterviewAction.MARK_COMPLETED)
    by = record.by(actor, now)
    change = Change(interview.status.label, InterviewStatus.COMPLETED.label)
    set_outcome(session, study, interview, InterviewStatus.COMPLETED, by, is_verified=True)
    entry = record.entry(session, interview, by, TimelineKind.COMPLETED, "marked it as completed", change)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    return interview


def mark_no_show(session: Session, actor: Actor, interview_id: int, now: datetime) -> Interview:
    """Somebody says that the participant did not come. The channel is alerted, with next steps."""
    interview, study = take(session, actor, interview_id, InterviewAction.MARK_NO_SHOW)
    refuse_after_incentive(session, interview)
    by = record.by(actor, now)
    change = Change(interview.status.label, InterviewStatus.NO_SHOWED.label)
    set_outcome(session, study, interview, InterviewStatus.NO_SHOWED, by, is_verified=True)
    entry = record.entry(session, interview, by, TimelineKind.NO_SHOWED, "marked it as a no-show", change)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    outgoing.alert(session, interview, AlertKind.NO_SHOWED, now, once=str(interview.version), by=actor.slack_user_id)
    return interview


def verify(session: Session, actor: Actor, interview_id: int, now: datetime) -> Interview:
    """Somebody answers the start-time check with "Started", or confirms a completed session afterwards.

    Open to whoever sees the schedule: hosts, guests and observers know best. Raises Stale, with who said it, when it is
    known already, and RuleError before the session begins.
    """
    interview, study = take_to_answer(session, actor, interview_id)
    if interview.is_verified:
        said = last_word(session, actor, interview.id)
        raise Stale(f"{said}There is nothing left to confirm for {interview.reference}.")
    check_begun(interview, actor, now, "say so then")
    interview.is_verified = True
    by = record.by(actor, now)
    text = "said that it started" if interview.status is InterviewStatus.UPCOMING else "confirmed that it took place"
    entry = record.entry(session, interview, by, TimelineKind.START_CHECK, text)
    if interview.status is InterviewStatus.COMPLETED:
        move_enrolments(session, study, seats_held(session, interview), by)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    return interview


def say_late(session: Session, actor: Actor, interview_id: int, now: datetime) -> Interview:
    """Somebody answers the start-time check with "Running late": it is asked about again in a while.

    Open to whoever sees the schedule. Raises Stale, with who said so, when somebody has answered already.
    """
    interview, _ = take_to_answer(session, actor, interview_id)
    if interview.is_verified or interview.status is not InterviewStatus.UPCOMING:
        said = last_word(session, actor, interview.id)
        raise Stale(f"{said}{interview.reference} is not running late any more.")
    check_begun(interview, actor, now, "move it if it has to begin later")
    if now >= interview.ends_at:
        raise Stale(f"The time of {interview.reference} is over: say how it went, or move it.")
    before = timeline.latest(session, interview.id, ANSWERS)
    if before is not None and is_late(before, interview.starts_at, now):
        minutes = int(ASKED_AGAIN_AFTER.total_seconds() // 60)
        raise Stale(f"{last_word(session, actor, interview.id)}Callsheet asks again {minutes} minutes after that.")
    entry = record.entry(
        session, interview, record.by(actor, now), TimelineKind.RUNNING_LATE, "said that it is running late"
    )
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    return interview


def take_to_answer(session: Session, actor: Actor, interview_id: int) -> tuple[Interview, Study]:
    """The interview and its study, locked, if the actor sees it and it is upcoming or completed.

    Raises NotFound, and Stale with who settled it otherwise.
    """
    line, _ = interviews.by_id(session, actor, interview_id)
    study = studies.lock(session, actor.workspace_id, line.study_id)
    interview = interviews.lock(session, actor.workspace_id, interview_id)
    if interview.status not in COUNTED:
        raise Stale(f"{interview.reference} {how_settled(session, actor, interview)}: there is nothing to confirm.")
    return interview, study


def check_begun(interview: Interview, actor: Actor, now: datetime, instead: str) -> None:
    """Raise RuleError, with what to do `instead`, while the session is ahead."""
    if interview.status is InterviewStatus.UPCOMING and now < interview.starts_at:
        when = spelled_time(interview.starts_at, actor.time_zone)
        raise RuleError(f"{interview.reference} begins {when}: {instead}.")


def last_word(session: Session, actor: Actor, interview_id: int) -> str:
    """Who has said last how a session goes or went, and when on the actor's clock: a sentence, "" when nobody has."""
    said = timeline.latest(session, interview_id, ANSWERS)
    return f"{spelled_time(said.at, actor.time_zone)}: {said.actor} {said.text}. " if said is not None else ""


def complete_ended(session: Session, interview: Interview, now: datetime) -> None:
    """A session is over and nobody said otherwise: Completed, verified only if somebody saw it start.

    The rows are locked here, in the order in which everybody locks them. Nothing happens when somebody was faster.
    """
    study = studies.lock(session, interview.workspace_id, interview.study_id)
    interview = interviews.lock(session, interview.workspace_id, interview.id)
    if interview.status is not InterviewStatus.UPCOMING or interview.ends_at > now:
        return
    by = record.by_callsheet(now)
    change = Change(interview.status.label, InterviewStatus.COMPLETED.label)
    text = "completed it at its end" if interview.is_verified else "completed it at its end, unverified"
    set_outcome(session, study, interview, InterviewStatus.COMPLETED, by, is_verified=interview.is_verified)
    record.entry(session, interview, by, TimelineKind.COMPLETED, text, change)
    outgoing.show(session, interview, now)
    if not interview.is_verified and not all(is_expected(seat) for seat in seats_held(session, interview)):
        outgoing.alert(session, interview, AlertKind.SUSPECTED_NO_SHOW, now, once=str(interview.sequence))


def is_expected(seat: Attendee) -> bool:
    """Whether the participant had said that they would come. Of one who had not, and whom nobody saw, a no-show is
    suspected; only a person confirms it.
    """
    return attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at) in (Attendance.ACCEPTED, Attendance.CONFIRMED)


def refuse_after_incentive(session: Session, interview: Interview) -> None:
    """Raise RuleError when the incentive of somebody with a seat has been sent: there is no no-show after that."""
    if paid(session, seats_held(session, interview)):
        raise RuleError(f"The incentive for {interview.reference} has been sent: it can't become a no-show.")


def paid(session: Session, seats: Sequence[Attendee]) -> list[Attendee]:
    """Those of the seats whose participants' incentives have been sent."""
    enrolments = sa.select(Enrolment.id).where(
        Enrolment.id.in_([seat.enrolment_id for seat in seats]), Enrolment.status.in_(INCENTIVE_OUT)
    )
    out = set(session.scalars(enrolments))
    return [seat for seat in seats if seat.enrolment_id in out]
