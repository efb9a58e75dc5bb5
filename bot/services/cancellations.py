"""Calling interviews off: a whole session, or one seat of a group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import mails, outgoing, outgoing_mails, record
from bot.services.called_off import SEAT_OF, seat_entry
from bot.services.interviews import move_enrolments, participant_seats, set_outcome, take
from bot.services.record import By, Change
from domain import interview as rules
from domain.alert import AlertKind
from domain.errors import NotFound, Stale
from domain.interview import CancelReason, InterviewAction, InterviewStatus, TimelineKind
from domain.mail import MailKind, Written
from domain.roles import Actor
from domain.times import spelled_time
from storage import interviews, studies
from storage.models import Attendee, Interview, Participant, Study, TimelineEntry


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why an interview is called off: a reason of the list, and a note for the team.

    `message` is what the participants are told, tokens and all; without one the mail says it in its own words.
    """

    reason: CancelReason
    note: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        return f"{self.reason.value}: {self.note}" if self.note else self.reason.value

    @property
    def written(self) -> Written | None:
        return Written(self.message) if self.message else None


def cancel(session: Session, actor: Actor, interview_id: int, why: Cancellation, now: datetime) -> Interview:
    """Call the interview off: the participants are told, their seats are free again."""
    interview, study = take(session, actor, interview_id, InterviewAction.CANCEL)
    call_off(session, study, interview, record.by(actor, now), why.text, why.written)
    outgoing.sync_calendar(session, interview, now)
    outgoing.alert(session, interview, AlertKind.CANCELED, now, once=str(interview.version), by=actor.slack_user_id)
    return interview


def cancel_seat(
    session: Session, actor: Actor, interview_id: int, attendee_id: int, why: Cancellation, now: datetime
) -> Interview:
    """Call off one participant's part in a group's session; the others stay. With the last seat the session goes."""
    interview, study = take(session, actor, interview_id, InterviewAction.CANCEL)
    held = {seat.id: seat for seat in participant_seats(session, interview)}
    seat = held.get(attendee_id)
    if seat is None:
        raise NotFound(f"{interview.reference} has no such seat.")
    alias = record.alias_of(session.get_one(Participant, seat.participant_id))
    if seat.outcome is InterviewStatus.CANCELED:
        how = by_whom(session, actor, interview, alias)
        raise Stale(f"{alias}'s seat in {interview.reference} was cancelled{how}. There is nothing left to cancel.")
    if sum(one.outcome is InterviewStatus.UPCOMING for one in held.values()) == 1:
        return cancel(session, actor, interview_id, why, now)
    if why.message:
        mails.check_cancellation(session, seat, why.message)
    by = record.by(actor, now)
    release_seat(session, study, seat, by)
    entry = record.entry(session, interview, by, TimelineKind.CANCELED, f"{SEAT_OF} {alias} ({why.text})")
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    outgoing.sync_calendar(session, interview, now)
    outgoing_mails.to_seats(session, [(interview, seat)], MailKind.CANCELLATION, now, why.written)
    return interview


def by_whom(session: Session, actor: Actor, interview: Interview, alias: str) -> str:
    """Who cancelled a participant's seat, and when in the actor's zone; "" when it went with the whole session."""
    entry = seat_entry(session, interview.id, alias)
    return f" by {entry.actor} on {spelled_time(entry.at, actor.time_zone)}" if entry else ""


def cancel_by_participant(session: Session, attendee: Attendee, by: By, why: str = "") -> Interview:
    """The participant cancels, from their page or their calendar, and may have said why. In a group only their seat
    goes.

    Nothing happens when somebody cancelled it a moment before.
    """
    interview = session.get_one(Interview, attendee.interview_id)
    study = studies.lock(session, interview.workspace_id, interview.study_id)
    interview = interviews.lock(session, interview.workspace_id, interview.id)
    session.refresh(attendee)
    if attendee.outcome is InterviewStatus.CANCELED:
        return interview
    rules.check(InterviewAction.CANCEL, interview.status, study.type, interview.reference)
    seats = participant_seats(session, interview)
    others = [s for s in seats if s.id != attendee.id and s.outcome is InterviewStatus.UPCOMING]
    if others:
        release_seat(session, study, attendee, by)
        said = f"cancelled their seat ({why})" if why else "cancelled their seat"
        entry = record.entry(session, interview, by, TimelineKind.CANCELED, said)
        outgoing.show(session, interview, by.at)
        outgoing.thread(session, interview, entry, by.at)
    else:
        call_off(session, study, interview, by, Cancellation(CancelReason.PARTICIPANT_CANCELED, why).text)
    outgoing.sync_calendar(session, interview, by.at)
    outgoing.alert(
        session,
        interview,
        AlertKind.CANCELED_BY_PARTICIPANT,
        by.at,
        once=f"{attendee.id}:{interview.version}",
        attendee_id=attendee.id,
        why=why or None,
    )
    return interview


def call_off(
    session: Session, study: Study, interview: Interview, by: By, reason: str, written: Written | None = None
) -> None:
    """Set a locked interview to Canceled and mail those who had a seat: what was written, else in our words.

    Raises RuleError at the field `message` for a token that there is not.
    """
    seats = [s for s in participant_seats(session, interview) if s.outcome is InterviewStatus.UPCOMING]
    if seats and written is not None:
        mails.check_cancellation(session, seats[0], written.text)
    entry = set_off(session, study, interview, by, reason)
    outgoing.show(session, interview, by.at)
    outgoing.thread(session, interview, entry, by.at)
    outgoing_mails.to_seats(session, [(interview, seat) for seat in seats], MailKind.CANCELLATION, by.at, written)


def set_off(session: Session, study: Study, interview: Interview, by: By, reason: str) -> TimelineEntry:
    """Set a locked interview to Canceled, and tell nobody yet: what the timeline says of it."""
    change = Change(interview.status.label, InterviewStatus.CANCELED.label)
    interview.cancel_reason = reason
    interview.sequence += 1
    set_outcome(session, study, interview, InterviewStatus.CANCELED, by, is_verified=False)
    return record.entry(session, interview, by, TimelineKind.CANCELED, f"cancelled it ({reason})", change)


def release_seat(session: Session, study: Study, attendee: Attendee, by: By) -> None:
    """Free one participant's seat in a session that stays."""
    attendee.outcome = InterviewStatus.CANCELED
    study.seats_taken -= 1
    move_enrolments(session, study, [attendee], by)
