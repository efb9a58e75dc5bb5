"""Taking back, within ten minutes, the outcome that somebody gave an interview, or its cancellation."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, outgoing, outgoing_mails, record
from bot.services.interviews import COUNTED, counting, lock_to_manage, move_enrolments, participant_seats
from bot.services.outcomes import paid
from bot.services.record import Change
from domain.attendance import Rsvp
from domain.errors import RuleError
from domain.interview import UNDO_FOR, InterviewStatus, TimelineKind
from domain.mail import MailKind
from domain.participant import Cause
from domain.person import alias
from domain.roles import Actor
from domain.times import Span
from storage import interviews
from storage.models import Attendee, Interview, Participant, Study, TimelineEntry


def undo(session: Session, actor: Actor, interview_id: int, now: datetime) -> Interview:
    """Let the interview be what it was before somebody in Slack settled it. Each outcome is undone once.

    A session that was cancelled takes place after all: it gets a new calendar event, and the participants a new
    confirmation. One that is ahead again stands in the calendar again, too, if its event was deleted meanwhile.

    Raises RuleError when it is too late, when an incentive has been sent since, when somebody has opted out, or has
    another interview by now at the time that would be taken again, or in the study, or the study's seats are taken.
    """
    interview, study = lock_to_manage(session, actor, interview_id)
    before = interview.status_before
    if before is None or interview.settled_at is None or now - interview.settled_at > UNDO_FOR:
        minutes = int(UNDO_FOR.total_seconds() // 60)
        raise RuleError(f"There is nothing to undo in {interview.reference}: it can be done for {minutes} minutes.")
    was_canceled = interview.status is InterviewStatus.CANCELED
    seats = [seat for seat in participant_seats(session, interview) if seat.outcome_before is not None]
    if paid(session, seats):
        raise RuleError(f"The incentive for {interview.reference} has been sent since: its outcome stays.")
    if before is InterviewStatus.UPCOMING:
        check_still_there(session, interview, seats, now)
        check_still_free(session, actor, interview, seats, now)
        check_seats(session, study, interview, seats)
    change = Change(interview.status.label, before.label)
    put_back(study, interview, seats, before)
    by = record.by(actor, now)
    move_enrolments(session, study, seats, by, Cause.UNDONE)
    entry = record.entry(session, interview, by, TimelineKind.UNDONE, "undid it", change)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    if before is InterviewStatus.UPCOMING:
        outgoing.sync_calendar(session, interview, now)
    if was_canceled:
        invite_again(session, interview, seats, now)
    return interview


def check_still_there(session: Session, interview: Interview, seats: list[Attendee], now: datetime) -> None:
    """Raise RuleError when a session that is ahead would take place again with somebody who has opted out since."""
    people = [seat.participant_id for seat in seats if seat.participant_id is not None]
    out = sa.select(Participant.number).where(Participant.id.in_(people), Participant.opted_out_at.is_not(None))
    number = session.scalar(out.order_by(Participant.number).limit(1)) if interview.starts_at > now else None
    if number is not None:
        raise RuleError(f"{alias(number)} has opted out since: {interview.reference} can't take place with them.")


def check_still_free(
    session: Session, actor: Actor, interview: Interview, seats: list[Attendee], now: datetime
) -> None:
    """Raise RuleError when a host or a participant has another interview by now."""
    span = Span(interview.starts_at, interview.ends_at)
    booking.check_hosts(session, actor, interviews.host_ids(session, interview.id), span, but=interview.id)
    people = [seat.participant_id for seat in seats if seat.participant_id is not None]
    booking.check_people(session, people, span, now, but=interview.id)


def check_seats(session: Session, study: Study, interview: Interview, seats: list[Attendee]) -> None:
    """Raise RuleError when somebody else was given the seats since, or a participant was booked in the study since.

    A study that was overbooked before is as overbooked again.
    """
    limit, again = study.participation_limit, sum(seat.outcome not in COUNTED for seat in seats)
    is_over = again > 0 and limit is not None and study.seats_taken + again > limit
    if is_over and was_booked_since(session, interview):
        raise RuleError(
            f"{study.key} has {study.seats_taken} of {limit} seats used by now: {interview.reference} does not fit in "
            "any more. Book it again if it is to take place anyway."
        )
    since = session.execute(
        sa.select(Participant.number, Interview.reference)
        .join(Attendee, Attendee.participant_id == Participant.id)
        .join(Interview, Interview.id == Attendee.interview_id)
        .join(TimelineEntry, TimelineEntry.interview_id == Interview.id)
        .where(
            Attendee.enrolment_id.in_([seat.enrolment_id for seat in seats]),
            Attendee.outcome == InterviewStatus.UPCOMING,
            Attendee.interview_id != interview.id,
            TimelineEntry.kind == TimelineKind.BOOKED,
            TimelineEntry.at >= interview.settled_at,
        )
        .order_by(Interview.starts_at, Participant.number)
        .limit(1)
    ).first()
    if since is not None:
        raise RuleError(f"{alias(since.number)} has {since.reference} instead by now. Cancel that first, then undo.")


def was_booked_since(session: Session, interview: Interview) -> bool:
    """Whether anything else was booked in the study after the interview was settled."""
    booked = (
        sa.select(TimelineEntry.id)
        .join(Interview, Interview.id == TimelineEntry.interview_id)
        .where(
            Interview.study_id == interview.study_id,
            Interview.id != interview.id,
            TimelineEntry.kind == TimelineKind.BOOKED,
            TimelineEntry.at > interview.settled_at,
        )
        .limit(1)
    )
    return session.scalar(booked) is not None


def put_back(study: Study, interview: Interview, seats: list[Attendee], before: InterviewStatus) -> None:
    """Give a locked interview and its seats what they had, and keep the seats counted."""
    interview.status, interview.is_verified = before, bool(interview.was_verified)
    interview.host_no_show = bool(interview.host_no_show_before)
    interview.settled_at = interview.status_before = interview.was_verified = interview.host_no_show_before = None
    with counting(study, seats):
        for seat in seats:
            seat.outcome, seat.outcome_before = seat.outcome_before or seat.outcome, None


def invite_again(session: Session, interview: Interview, seats: list[Attendee], now: datetime) -> None:
    """Everybody was told that it is off: now they are invited anew, with no answer given yet."""
    interview.cancel_reason = None
    interview.event_number += 1
    interview.sequence += 1
    for seat in seats:
        seat.rsvp, seat.rsvp_at, seat.confirmed_at, seat.seated_at = Rsvp.NEEDS_ACTION, None, None, now
    outgoing_mails.to_seats(session, [(interview, seat) for seat in seats], MailKind.CONFIRMATION, now)
