"""Moving interviews to another time, and booking those that were held again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import booking, facts, outgoing, outgoing_mails, record
from bot.services.booking import Booking
from bot.services.interviews import seats_held, take
from bot.services.record import By, Change
from domain import booking as rules
from domain.attendance import Rsvp
from domain.booking import Bypassed
from domain.errors import NotFound, RuleError, Stale
from domain.interview import AttendeeKind, InterviewAction, InterviewStatus, TimelineKind
from domain.mail import MailKind
from domain.roles import Actor
from domain.session_times import check_ahead, check_length, check_step
from domain.times import Span, spelled_time, time_ago
from storage import busy_times, interviews, participants, timeline
from storage.models import Interview, Study


@dataclass(frozen=True, slots=True)
class Move:
    """Where an interview is to be moved by hand. `starts_at` is aware UTC; without a length it keeps its own.

    `seen` is the number of its latest move (0: none) that the person knew of, None when nobody looked.
    """

    interview_id: int
    starts_at: datetime
    length: timedelta | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A move that passed the rules, with its locked rows and what it bypasses."""

    interview: Interview
    study: Study
    span: Span
    bypassed: Bypassed


def reschedule(
    session: Session, actor: Actor, interview_id: int, starts_at: datetime, length: timedelta | None, now: datetime
) -> Interview:
    """Move an upcoming interview to a new time; of a completed or no-showed one make a new, linked interview."""
    return carry_out(session, actor, plan(session, actor, Move(interview_id, starts_at, length), now), now)


def plan_by_hand(session: Session, actor: Actor, move: Move, now: datetime) -> Planned:
    """As `plan`, for somebody who chose the time. Raises RuleError for a start between two quarters, too."""
    check_step(move.starts_at, actor.time_zone)
    return plan(session, actor, move, now)


def plan(session: Session, actor: Actor, move: Move, now: datetime) -> Planned:
    """Lock the interview and hold the move against the rules.

    Raises NotFound, NotAllowed, Stale (by its status, or because somebody else was faster), and RuleError about "when"
    for a time that has passed or is taken.
    """
    interview, study = take(session, actor, move.interview_id, InterviewAction.RESCHEDULE)
    refuse_if_moved(session, actor, interview, move.seen, now)
    end = move.starts_at + (move.length or interview.ends_at - interview.starts_at)
    check_length(move.starts_at, end)
    check_ahead(move.starts_at, now, actor.time_zone)
    span = Span(move.starts_at, end)
    if interview.status is not InterviewStatus.UPCOMING:
        foreseen = booking.foresee(session, actor, again(session, interview, span), now)
        return Planned(interview, study, span, foreseen)
    if (interview.starts_at, interview.ends_at) == (span.start, span.end):
        raise RuleError(f"{interview.reference} is at that time already.", "when")
    return Planned(interview, study, span, bypassed_by(session, actor, (interview, study), span, now))


def refuse_if_moved(session: Session, actor: Actor, interview: Interview, seen: int | None, now: datetime) -> None:
    """Raise Stale, with who was faster, when the locked interview was moved or booked again since somebody looked."""
    latest = timeline.latest_entry(session, interview.id, {TimelineKind.RESCHEDULED})
    if seen is None or latest is None or latest.id == seen:
        return
    to = f" to {spelled_time(datetime.fromisoformat(latest.after), actor.time_zone)}" if latest.after else ""
    raise Stale(f"{latest.actor} {latest.text}{to} {time_ago(latest.at, now)}. Look again.", "when")


def latest_move(session: Session, interview_id: int) -> int:
    """The number of the interview's latest move, 0 when there was none: it tells whether somebody else was faster."""
    latest = timeline.latest_entry(session, interview_id, {TimelineKind.RESCHEDULED})
    return latest.id if latest is not None else 0


def bypassed_by(session: Session, actor: Actor, what: tuple[Interview, Study], span: Span, now: datetime) -> Bypassed:
    """What moving an upcoming interview (with its study, both locked) would bypass.

    Hosts and participants are locked in a fixed order. Raises RuleError when one of them has another interview then, or
    may not be contacted.
    """
    interview, study = what
    host_ids = interviews.host_ids(session, interview.id)
    hosts = facts.lock_hosts(session, actor.workspace_id, [(id_, span) for id_ in host_ids], interview.id)
    rules.check_hosts(hosts, host_ids, span, actor.time_zone)
    seated = [seat.participant_id for seat in seats_held(session, interview) if seat.participant_id is not None]
    rows = participants.lock_all(session, seated)
    wanted = [(person.id, facts.days_of(person, span, actor.time_zone)) for person in rows]
    people = list(facts.of_people(session, rows, wanted, now, interview.id).values())
    for person in people:
        rules.check_contact(person)
        rules.check_free_time(person, span)
    hosting = [hosts[id_] for id_ in host_ids]
    status = rules.status_warnings(facts.of_study(study, actor, is_own=False))
    return Bypassed(
        always=(*status, *rules.standing_warnings(hosting, people, actor.time_zone)),
        by_time=rules.time_warnings(hosting, people, span, now, actor.time_zone),
    )


def carry_out(session: Session, actor: Actor, planned: Planned, now: datetime) -> Interview:
    """Do what was planned in the same unit of work: the interview that is at the new time."""
    interview = planned.interview
    if interview.status is not InterviewStatus.UPCOMING:
        return book_again(session, actor, interview, planned.span, now)
    move(session, interview, planned.span, record.by(actor, now))
    outgoing.sync_calendar(session, interview, now)
    held = [(interview, seat) for seat in seats_held(session, interview)]
    outgoing_mails.to_seats(session, held, MailKind.RESCHEDULED, now)
    return interview


def move(session: Session, interview: Interview, span: Span, by: By, also: Collection[int] = ()) -> None:
    """Give a locked, upcoming interview a new time. Answers to the old time are no answers to the new one.

    The timeline holds both times as ISO 8601 in UTC: everybody reads them in their own zone. `also` are the ids of
    members whom it concerned until now.
    """
    change = Change(interview.starts_at.isoformat(), span.start.isoformat())
    interview.starts_at, interview.ends_at = span.start, span.end
    interview.sequence += 1
    interview.is_verified = False
    for attendee in interviews.attendees(session, interview.id):
        attendee.starts_at, attendee.ends_at = span.start, span.end
        if attendee.kind is AttendeeKind.PARTICIPANT:
            attendee.rsvp, attendee.rsvp_at, attendee.confirmed_at = Rsvp.NEEDS_ACTION, None, None
            attendee.seated_at = by.at
        elif attendee.member_id is not None:
            attendee.has_conflict = busy_times.is_busy(session, attendee.member_id, span)
    entry = record.entry(session, interview, by, TimelineKind.RESCHEDULED, "moved it", change)
    outgoing.show(session, interview, by.at, also)
    outgoing.thread(session, interview, entry, by.at)


def again(session: Session, old: Interview, span: Span) -> list[Booking]:
    """The bookings that bring everybody who had a seat in the old interview together then. Raises NotFound for none."""
    host_ids = interviews.host_ids(session, old.id)
    seated = [seat.participant_id for seat in seats_held(session, old) if seat.participant_id is not None]
    people = participants.by_ids(session, seated)
    if not people:
        raise NotFound(f"{old.reference} has no participant to book again.")
    return [
        Booking(
            study_id=old.study_id,
            email=person.email,
            starts_at=span.start,
            length=span.end - span.start,
            host_ids=host_ids,
            title=old.title,
            description=old.description,
            capacity=old.capacity,
            location=booking.held_at(old),
        )
        for person in (people[id_] for id_ in seated)
    ]


def book_again(session: Session, actor: Actor, old: Interview, span: Span, now: datetime) -> Interview:
    """A new interview for the same people, linked to the old one, which keeps its outcome."""
    results = booking.book_all(session, actor, again(session, old, span), now, follows=[old])
    for result in results:
        if isinstance(result, RuleError):
            raise result
        new = interviews.lock(session, actor.workspace_id, result.interview_id)
    new.rescheduled_from_id = new.rescheduled_from_id or old.id
    text = f"booked {new.reference} to follow it"
    entry = record.entry(session, old, record.by(actor, now), TimelineKind.RESCHEDULED, text)
    outgoing.thread(session, old, entry, now)
    return new
