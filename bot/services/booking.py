"""Booking interviews by hand, ahead of time. Those that have been held are logged in `history`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.outgoing import MailKind
from bot.services.record import By
from domain.attendance import Rsvp
from domain.errors import NotFound, RuleError
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.participant import CLOSED_TO_BOOKING, ContactStatus, ParticipantStatus, contact_status, email_address
from domain.roles import Actor, Permission
from domain.scheduling import Span, check_length, from_local, local
from domain.study import StudyStatus, StudyType
from storage import calendars, interviews, members, participants, studies
from storage.models import Attendee, Interview, Member, Participant, Study
from storage.studies import StudyChoice

LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `starts_at` is aware UTC; without hosts the study's default applies.

    `name` is used for a person who is new. The first host's calendar holds the event.
    """

    study_id: int
    email: str
    starts_at: datetime
    name: str = ""
    length: timedelta | None = None
    host_ids: tuple[int, ...] = ()
    title: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a booking would become, for confirmation, with a warning for each rule that it bypasses."""

    booking: Booking
    study_key: str
    study_name: str
    person_label: str
    person_is_new: bool
    host_slack_ids: tuple[str, ...]
    span: Span
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Booked:
    """The interview that a booking made, or took a seat in."""

    interview_id: int
    reference: str
    span: Span
    warnings: tuple[str, ...]


def default_host(session: Session, actor: Actor, study: Study) -> int:
    """Who hosts when nobody is named: the actor in an own study, else the study's owner."""
    return actor.member_id if studies.is_own(session, actor, study.id) else study.owner_id


def preview(session: Session, actor: Actor, booking: Booking, now: datetime) -> Preview:
    """What `book` would do, without doing it. Raises RuleError for what can't be booked at all, or by this person."""
    study = studies.lock(session, actor.workspace_id, booking.study_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=studies.is_own(session, actor, study.id))
    person, label = find_person(session, actor, booking)
    checked = check(session, actor, study, booking, person, now)
    hosts = [session.get_one(Member, host_id) for host_id in checked.host_ids]
    return Preview(
        booking=booking,
        study_key=study.key,
        study_name=study.name,
        person_label=label,
        person_is_new=person is None,
        host_slack_ids=tuple(host.slack_user_id for host in hosts),
        span=checked.span,
        warnings=checked.warnings,
    )


def book(session: Session, actor: Actor, booking: Booking, now: datetime, door: Door = Door.SLACK) -> Booked:
    """Book a session ahead: invitations go out, the card appears, the enrolment becomes Interview Scheduled.

    The study's and the hosts' rows are locked, so that of two who want the same time one gets it and the other a
    RuleError. In a group study a session at the same time with free seats takes the participant in.
    """
    study = studies.lock(session, actor.workspace_id, booking.study_id)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=studies.is_own(session, actor, study.id))
    person, _ = find_person(session, actor, booking)
    checked = check(session, actor, study, booking, person, now)
    if person is None:
        person = add_person(session, actor, booking, now)
    interview = checked.session or create(session, study, booking, checked, now)
    by = record.by(actor, now, door)
    seat = take_seat(session, study, interview, person, ParticipantStatus.INTERVIEW_SCHEDULED, by)
    entry = record.entry(session, interview, by, TimelineKind.BOOKED, f"booked {record.alias_of(person)}")
    outgoing.show(session, interview, now)
    outgoing.sync_calendar(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    outgoing.mail(session, interview, seat, MailKind.CONFIRMATION, now)
    announce_limit(session, study, interview, now)
    return Booked(interview.id, interview.reference, checked.span, checked.warnings)


@dataclass(frozen=True, slots=True)
class Checked:
    """A booking that passed the rules: its time, its hosts, the group session that it joins, if any."""

    span: Span
    host_ids: tuple[int, ...]
    session: Interview | None
    warnings: tuple[str, ...]


def span_of(study: Study, booking: Booking) -> Span:
    end = booking.starts_at + (booking.length or timedelta(minutes=study.duration_minutes))
    check_length(booking.starts_at, end)
    return Span(booking.starts_at, end)


def find_person(session: Session, actor: Actor, booking: Booking) -> tuple[Participant | None, str]:
    """The participant of the booking, None for a new one, and what to call them to the actor."""
    address = email_address(booking.email)
    person = participants.by_email(session, actor.workspace_id, address)
    if person is None:
        return None, booking.name.strip() or address
    return person, person.name or person.email


def add_person(session: Session, actor: Actor, booking: Booking, now: datetime) -> Participant:
    """The new participant of the booking, whom somebody else may have added a moment ago."""
    members.lock_workspace(session, actor.workspace_id)
    address = email_address(booking.email)
    known = participants.by_email(session, actor.workspace_id, address)
    return known or participants.add(session, actor.workspace_id, address, booking.name, now)


def check(
    session: Session, actor: Actor, study: Study, booking: Booking, person: Participant | None, now: datetime
) -> Checked:
    """Apply the rules of booking by hand: RuleError for what is impossible, a warning for what is bypassed."""
    check_type(study)
    if study.status is StudyStatus.CLOSED:
        raise RuleError(f"{study.key} is closed. Resume it first: /study resume {study.key}.", "study")
    span = span_of(study, booking)
    if span.start <= now:
        shown = local(span.start, actor.time_zone)
        raise RuleError(f"{shown:%A %d %B, %H:%M} has passed ({actor.time_zone}). Pick a time ahead.", "when")
    hosts = tuple(dict.fromkeys(booking.host_ids)) or (default_host(session, actor, study),)
    joined = group_session(session, study, span) if study.type is StudyType.GROUP_INTERVIEW else None
    if joined is None:
        check_hosts(session, actor, hosts, span)
    else:
        check_free_seat(session, joined, person)
        span, hosts = Span(joined.starts_at, joined.ends_at), interviews.host_ids(session, joined.id)
    warnings = [*study_warnings(study), *host_warnings(session, hosts, span)]
    if person is not None:
        check_person(session, person, study, span, now)
        warnings += person_warnings(person, now)
    return Checked(span, hosts, joined, tuple(warnings))


def check_type(study: Study | StudyChoice) -> None:
    """Raise RuleError for a study that has no interviews."""
    if not study.type.has_interviews:
        raise RuleError(f"{study.key} is a {study.type.label.lower()}: it has no interviews.", "study")


def check_hosts(session: Session, actor: Actor, host_ids: tuple[int, ...], span: Span, but: int | None = None) -> None:
    """Lock the hosts in a fixed order and raise RuleError when one has another interview then."""
    for host_id in sorted(host_ids):
        host = members.lock_member(session, host_id)
        if host is None or host.workspace_id != actor.workspace_id or not host.is_active:
            raise NotFound("There is no such host in this workspace.", "host")
        taken = interviews.taken_by_member(session, host_id, span, but)
        if taken is not None:
            at = local(span.start, actor.time_zone)
            raise RuleError(
                f"{host.name} is already booked at {at:%H:%M} for {taken}. Pick another time or another host.", "when"
            )


def check_person(
    session: Session, person: Participant, study: Study, span: Span, now: datetime, but: int | None = None
) -> None:
    """Lock the person and raise RuleError when they can't be booked, or are at another interview then."""
    person = participants.lock(session, person.id)
    status = contact_status(record.contact_facts(person), now)
    if status in (ContactStatus.IN_BLOCKLIST, ContactStatus.OPTED_OUT):
        raise RuleError(f"{record.alias_of(person)} can't be booked: {status.value}.", "participant")
    enrolled = participants.enrolment(session, study.id, person.id)
    if enrolled is not None and enrolled.status in CLOSED_TO_BOOKING and but is None:
        raise RuleError(
            f"{record.alias_of(person)} can't be booked: their status in {study.key} is {enrolled.status.value}.",
            "participant",
        )
    taken = interviews.taken_by_participant(session, person.id, span, but)
    if taken is not None:
        raise RuleError(f"{record.alias_of(person)} has {taken} at that time already. Pick another time.", "when")


def group_session(session: Session, study: Study, span: Span) -> Interview | None:
    """The upcoming session of a group study at exactly that time."""
    return session.scalar(
        sa.select(Interview)
        .where(
            Interview.study_id == study.id,
            Interview.starts_at == span.start,
            Interview.status == InterviewStatus.UPCOMING,
        )
        .with_for_update(key_share=True)
    )


def check_free_seat(session: Session, interview: Interview, person: Participant | None) -> None:
    """Raise RuleError when the session is full or the person is in it."""
    taken = [
        a.participant_id
        for a in interviews.attendees(session, interview.id)
        if a.kind is AttendeeKind.PARTICIPANT and a.outcome is InterviewStatus.UPCOMING
    ]
    if person is not None and person.id in taken:
        raise RuleError(f"{record.alias_of(person)} is in {interview.reference} already.", "participant")
    if len(taken) >= interview.capacity:
        raise RuleError(
            f"{interview.reference} is full ({len(taken)} of {interview.capacity} seats). Pick another time.", "when"
        )


def study_warnings(study: Study) -> list[str]:
    """What booking by hand bypasses in the study."""
    warnings = []
    if study.status is not StudyStatus.ACTIVE:
        warnings.append(f"{study.key} is {study.status.label.lower()}.")
    if study.participation_limit is not None and study.seats_taken >= study.participation_limit:
        warnings.append(f"{study.key} is fully booked: {study.seats_taken} of {study.participation_limit} seats used.")
    return warnings


def person_warnings(person: Participant, now: datetime) -> list[str]:
    """What booking by hand bypasses in what is known of the person."""
    status = contact_status(record.contact_facts(person), now)
    if status in (ContactStatus.DO_NOT_CONTACT, ContactStatus.IN_COOLDOWN):
        return [f"{record.alias_of(person)} is marked {status.value}."]
    return []


def host_warnings(session: Session, host_ids: tuple[int, ...], span: Span) -> list[str]:
    """What booking by hand bypasses in the hosts' calendars."""
    warnings = []
    for host_id in host_ids:
        host = session.get_one(Member, host_id)
        feed = calendars.feed(session, host_id)
        if feed is None:
            warnings.append(f"{host.name} has no connected calendar: no calendar invitation goes out.")
        elif feed.problem:
            warnings.append(f"{host.name}'s calendar can't be read: {feed.problem}")
        elif calendars.is_busy(session, host_id, span):
            warnings.append(f"{host.name}'s calendar is busy then.")
    return warnings


def draft(study: Study, booking: Booking, span: Span, organizer_id: int | None, now: datetime) -> Interview:
    """The interview's row, not yet added. The study's row must be locked: the number comes from it.

    `organizer_id` is the host whose calendar holds the event, None when it is in no calendar.
    """
    number = study.next_interview_number
    study.next_interview_number += 1
    return Interview(
        workspace_id=study.workspace_id,
        team_id=study.team_id,
        study_id=study.id,
        reference=f"{study.key}-{number}",
        status=InterviewStatus.UPCOMING,
        title=(booking.title or study.external_name)[:LONGEST_TITLE],
        description=booking.description,
        starts_at=span.start,
        ends_at=span.end,
        location=study.location,
        link=study.location_text if study.location.needs_link else None,
        capacity=study.capacity,
        organizer_id=organizer_id,
        created_at=now,
    )


def create(session: Session, study: Study, booking: Booking, checked: Checked, now: datetime) -> Interview:
    """The interview's row with its hosts."""
    organizer = checked.host_ids[0]
    has_calendar = calendars.takes_events(calendars.feed(session, organizer))
    interview = draft(study, booking, checked.span, organizer if has_calendar else None, now)
    session.add(interview)
    session.flush()
    for host_id in checked.host_ids:
        session.add(
            Attendee(
                interview_id=interview.id,
                kind=AttendeeKind.HOST,
                member_id=host_id,
                starts_at=interview.starts_at,
                ends_at=interview.ends_at,
                has_conflict=calendars.is_busy(session, host_id, checked.span),
            )
        )
    session.flush()
    return interview


def take_seat(
    session: Session,
    study: Study,
    interview: Interview,
    person: Participant,
    status: ParticipantStatus,
    by: By,
) -> Attendee:
    """Enrol the person, seat them, and count the seat unless it is a no-show or a cancellation.

    Who had given up a seat in the session gets it back, with no answer given yet.
    """
    enrolment = participants.enrol(session, study.id, person.id, by.name, by.at)
    participants.set_status(enrolment, status, by.name, by.at)
    seat = interviews.seat_of(session, interview.id, person.id)
    if seat is None:
        seat = Attendee(
            interview_id=interview.id,
            kind=AttendeeKind.PARTICIPANT,
            participant_id=person.id,
            enrolment_id=enrolment.id,
            starts_at=interview.starts_at,
            ends_at=interview.ends_at,
        )
        session.add(seat)
    seat.outcome = interview.status
    seat.rsvp, seat.rsvp_at, seat.confirmed_at = Rsvp.NEEDS_ACTION, None, None
    if interview.status in (InterviewStatus.UPCOMING, InterviewStatus.COMPLETED):
        study.seats_taken += 1
    session.flush()
    return seat


def announce_limit(session: Session, study: Study, interview: Interview, now: datetime) -> None:
    """Tell the channel, once, that the study has reached its limit."""
    limit = study.participation_limit
    if limit is None or study.seats_taken < limit or study.limit_announced:
        return
    study.limit_announced = True
    outgoing.announce(
        session,
        study.workspace_id,
        outgoing.channel_of(session, interview),
        f"*{study.key}* is fully booked: {study.seats_taken} of {limit} seats used.",
        now,
        once=f"limit:{study.id}:{limit}",
    )


def local_start(wall: datetime, actor: Actor) -> datetime:
    """The instant that the actor means by a wall-clock time. Raises RuleError for one that does not exist."""
    return from_local(wall, actor.time_zone)
