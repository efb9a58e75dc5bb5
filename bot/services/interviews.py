"""What is done to an interview once it is booked: outcomes, moving it, calling it off.

Every function locks the interview's row, checks permission and status, changes rows, writes the timeline, and asks
for what is to be sent. None commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import booking, outgoing, record
from bot.services.outgoing import MailKind
from bot.services.record import By, Change
from domain import interview as rules
from domain.alert import AlertKind
from domain.attendance import Attendance, Rsvp, attendance
from domain.errors import NotFound, RuleError, Stale
from domain.interview import AttendeeKind, CancelReason, InterviewAction, InterviewStatus, TimelineKind
from domain.participant import INCENTIVE_OUT, ParticipantStatus
from domain.roles import Actor, Permission
from domain.scheduling import Span, check_ahead, check_length
from storage import calendars, interviews, participants, studies
from storage.models import Attendee, Enrolment, Interview, Participant, Study

COUNTED = frozenset({InterviewStatus.UPCOMING, InterviewStatus.COMPLETED})
"""Statuses whose seats count against the participation limit."""


def take(session: Session, actor: Actor, interview_id: int, action: InterviewAction) -> tuple[Interview, Study]:
    """The interview and its study, locked, if the actor may do this to it now.

    Raises NotFound (foreign or unseen), NotAllowed (role), Stale (the status no longer allows it).
    """
    line, is_own = interviews.by_id(session, actor, interview_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    study = studies.lock(session, actor.workspace_id, line.study_id)
    interview = interviews.lock(session, actor.workspace_id, interview_id)
    rules.check(action, interview.status, interview.reference)
    return interview, study


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

    Open to whoever sees the schedule: hosts, guests and observers know best.
    """
    interviews.by_id(session, actor, interview_id)
    interview = interviews.lock(session, actor.workspace_id, interview_id)
    if interview.status not in COUNTED:
        raise Stale(f"{interview.reference} {rules.UNFIT[interview.status]}: there is nothing to confirm.")
    if interview.is_verified:
        return interview
    interview.is_verified = True
    by = record.by(actor, now)
    entry = record.entry(session, interview, by, TimelineKind.START_CHECK, "said that it started")
    if interview.status is InterviewStatus.COMPLETED:
        move_enrolments(session, session.get_one(Study, interview.study_id), interview, by)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    return interview


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why an interview is called off: a reason of the list, and a note for the participant's mail."""

    reason: CancelReason
    note: str = ""

    @property
    def text(self) -> str:
        return f"{self.reason.value}: {self.note}" if self.note else self.reason.value


def cancel(session: Session, actor: Actor, interview_id: int, why: Cancellation, now: datetime) -> Interview:
    """Call the interview off: the participants are told, their seats are free again."""
    interview, study = take(session, actor, interview_id, InterviewAction.CANCEL)
    call_off(session, study, interview, record.by(actor, now), why.text)
    outgoing.sync_calendar(session, interview, now)
    outgoing.alert(session, interview, AlertKind.CANCELED, now, once="", by=actor.slack_user_id)
    return interview


def cancel_by_participant(session: Session, attendee: Attendee, by: By) -> Interview:
    """The participant cancels, from their page or their calendar. In a group only their seat goes.

    Nothing happens when somebody cancelled it a moment before.
    """
    interview = session.get_one(Interview, attendee.interview_id)
    study = studies.lock(session, interview.workspace_id, interview.study_id)
    interview = interviews.lock(session, interview.workspace_id, interview.id)
    session.refresh(attendee)
    if attendee.outcome is InterviewStatus.CANCELED:
        return interview
    rules.check(InterviewAction.CANCEL, interview.status, interview.reference)
    seats = participant_seats(session, interview)
    others = [s for s in seats if s.id != attendee.id and s.outcome is InterviewStatus.UPCOMING]
    if others:
        release_seat(session, study, attendee, by)
        entry = record.entry(session, interview, by, TimelineKind.CANCELED, "cancelled their seat")
        outgoing.show(session, interview, by.at)
        outgoing.thread(session, interview, entry, by.at)
    else:
        call_off(session, study, interview, by, CancelReason.PARTICIPANT_CANCELED.value)
    outgoing.sync_calendar(session, interview, by.at)
    outgoing.alert(
        session,
        interview,
        AlertKind.CANCELED_BY_PARTICIPANT,
        by.at,
        once=f"{attendee.id}:{interview.version}",
        attendee_id=attendee.id,
    )
    return interview


def call_off(session: Session, study: Study, interview: Interview, by: By, reason: str) -> None:
    """Set a locked interview to Canceled and mail those who had a seat."""
    seats = [s for s in participant_seats(session, interview) if s.outcome is InterviewStatus.UPCOMING]
    change = Change(interview.status.label, InterviewStatus.CANCELED.label)
    interview.cancel_reason = reason
    interview.sequence += 1
    set_outcome(session, study, interview, InterviewStatus.CANCELED, by, is_verified=False)
    entry = record.entry(session, interview, by, TimelineKind.CANCELED, f"cancelled it ({reason})", change)
    outgoing.show(session, interview, by.at)
    outgoing.thread(session, interview, entry, by.at)
    for seat in seats:
        outgoing.mail(session, interview, seat, MailKind.CANCELLATION, by.at)


def release_seat(session: Session, study: Study, attendee: Attendee, by: By) -> None:
    """Free one participant's seat in a session that stays."""
    attendee.outcome = InterviewStatus.CANCELED
    study.seats_taken -= 1
    move_enrolment(session, study, attendee, by)


def reschedule(
    session: Session, actor: Actor, interview_id: int, starts_at: datetime, length: timedelta | None, now: datetime
) -> Interview:
    """Move an upcoming interview to a new time; of a completed or no-showed one make a new, linked interview."""
    interview, _ = take(session, actor, interview_id, InterviewAction.RESCHEDULE)
    end = starts_at + (length or interview.ends_at - interview.starts_at)
    check_length(starts_at, end)
    check_ahead(starts_at, now, actor.time_zone)
    span = Span(starts_at, end)
    if interview.status is not InterviewStatus.UPCOMING:
        return book_again(session, actor, interview, span, now)
    if (interview.starts_at, interview.ends_at) == (span.start, span.end):
        raise RuleError(f"{interview.reference} is at that time already.", "when")
    booking.check_hosts(session, actor, interviews.host_ids(session, interview.id), span, but=interview.id)
    seats = seats_held(session, interview)
    people = [seat.participant_id for seat in seats if seat.participant_id is not None]
    booking.check_people(session, people, span, now, but=interview.id)
    move(session, interview, span, record.by(actor, now))
    outgoing.sync_calendar(session, interview, now)
    for seat in seats:
        outgoing.mail(session, interview, seat, MailKind.RESCHEDULED, now)
    return interview


def move(session: Session, interview: Interview, span: Span, by: By) -> None:
    """Give a locked, upcoming interview a new time. Answers to the old time are no answers to the new one.

    The timeline holds both times as ISO 8601 in UTC: everybody reads them in their own zone.
    """
    change = Change(interview.starts_at.isoformat(), span.start.isoformat())
    interview.starts_at, interview.ends_at = span.start, span.end
    interview.sequence += 1
    interview.is_verified = False
    for attendee in interviews.attendees(session, interview.id):
        attendee.starts_at, attendee.ends_at = span.start, span.end
        if attendee.kind is AttendeeKind.PARTICIPANT:
            attendee.rsvp, attendee.rsvp_at, attendee.confirmed_at = Rsvp.NEEDS_ACTION, None, None
        elif attendee.member_id is not None:
            attendee.has_conflict = calendars.is_busy(session, attendee.member_id, span)
    entry = record.entry(session, interview, by, TimelineKind.RESCHEDULED, "moved it", change)
    outgoing.show(session, interview, by.at)
    outgoing.thread(session, interview, entry, by.at)


def book_again(session: Session, actor: Actor, old: Interview, span: Span, now: datetime) -> Interview:
    """A new interview for the same people, linked to the old one, which keeps its outcome."""
    hosts = interviews.host_ids(session, old.id)
    new: Interview | None = None
    for seat in seats_held(session, old):
        person = session.get_one(Participant, seat.participant_id)
        wanted = booking.Booking(
            study_id=old.study_id,
            email=person.email,
            starts_at=span.start,
            length=span.end - span.start,
            host_ids=hosts,
            title=old.title,
            description=old.description,
        )
        booked = booking.book(session, actor, wanted, now)
        new = interviews.lock(session, actor.workspace_id, booked.interview_id)
    if new is None:
        raise NotFound(f"{old.reference} has no participant to book again.")
    new.rescheduled_from_id = old.id
    record.entry(session, old, record.by(actor, now), TimelineKind.RESCHEDULED, f"booked {new.reference} to follow it")
    outgoing.show(session, old, now)
    return new


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


def set_outcome(
    session: Session, study: Study, interview: Interview, to: InterviewStatus, by: By, *, is_verified: bool
) -> None:
    """Set the status of a locked interview and of its seats, move the enrolments, and keep the seats counted."""
    seats = seats_held(session, interview)
    counted_before = sum(seat.outcome in COUNTED for seat in seats)
    interview.status, interview.is_verified = to, is_verified
    for seat in seats:
        seat.outcome = to
    study.seats_taken += sum(seat.outcome in COUNTED for seat in seats) - counted_before
    move_enrolments(session, study, interview, by)


def move_enrolments(session: Session, study: Study, interview: Interview, by: By) -> None:
    """Let the enrolments of everybody who has or had a seat follow the interview."""
    for seat in participant_seats(session, interview):
        move_enrolment(session, study, seat, by)


STATUS_AFTER = {
    InterviewStatus.UPCOMING: ParticipantStatus.INTERVIEW_SCHEDULED,
    InterviewStatus.COMPLETED: ParticipantStatus.INTERVIEW_COMPLETED,
    InterviewStatus.NO_SHOWED: ParticipantStatus.NO_SHOWED,
}


def move_enrolment(session: Session, study: Study, seat: Attendee, by: By) -> None:
    """Let a participant's enrolment follow their sessions in the study: one that is ahead, else the latest held.

    Interview Canceled when all were called off. An incentive is owed only once the outcome is verified; one that has
    been sent is not taken back.
    """
    enrolment = session.get_one(Enrolment, seat.enrolment_id)
    if enrolment.status in INCENTIVE_OUT:
        return
    decisive = interviews.decisive_seat(session, enrolment.id)
    to = ParticipantStatus.INTERVIEW_CANCELED
    if decisive is not None:
        outcome, is_verified = decisive
        to = STATUS_AFTER[outcome]
        if to is ParticipantStatus.INTERVIEW_COMPLETED and is_verified and study.incentive_amount_minor is not None:
            to = ParticipantStatus.INCENTIVE_NOT_SENT
    participants.set_status(enrolment, to, by.name, by.at)


def participant_seats(session: Session, interview: Interview) -> list[Attendee]:
    """The participants' places in the interview."""
    return [a for a in interviews.attendees(session, interview.id) if a.kind is AttendeeKind.PARTICIPANT]


def seats_held(session: Session, interview: Interview) -> list[Attendee]:
    """The places of those participants who have not cancelled."""
    return [s for s in participant_seats(session, interview) if s.outcome is not InterviewStatus.CANCELED]


def refuse_after_incentive(session: Session, interview: Interview) -> None:
    """Raise RuleError when an incentive has been sent: there is no no-show after that."""
    for seat in participant_seats(session, interview):
        if session.get_one(Enrolment, seat.enrolment_id).status in INCENTIVE_OUT:
            raise RuleError(f"The incentive for {interview.reference} has been sent: it can't become a no-show.")
