"""Booking interviews by hand, ahead of time. Those that have been held are logged in `history`.

One booking and a whole file of them go the same way: facts are gathered, the rules decide, everything is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import facts, governance, outgoing, outgoing_mails, record, statuses
from bot.services.facts import Gathered
from bot.services.outgoing import Announcement
from bot.services.record import By
from bot.services.statuses import Why
from domain import booking as rules
from domain.booking import NOTHING, Booking, Bypassed, Decision, OpenSession
from domain.editing import Location
from domain.errors import RuleError
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.mail import MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person import alias, email_address
from domain.roles import Actor
from domain.session_times import check_step
from domain.study import LocationKind, StudyType
from domain.times import Span, days_around
from storage import interviews, participants, rows, suggestions
from storage.models import Attendee, Interview, Study, TimelineEntry
from storage.participants import Place, Profile
from storage.people import label_of

__all__ = [
    "Booked",
    "Booking",
    "Preview",
    "book",
    "book_all",
    "book_by_hand",
    "check_hosts",
    "check_people",
    "draft",
    "foresee",
    "held_at",
    "preview",
]

LONGEST_TITLE = 300
OFFERED = 8
"""How many group sessions with free seats are offered at most."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a booking would become, for confirmation, with a warning for each rule that it bypasses.

    `joins` is the group session that would take the participant in; else `instead` are those of that day with free
    seats.
    """

    booking: Booking
    study_key: str
    study_name: str
    person_label: str
    person_is_new: bool
    host_slack_ids: tuple[str, ...]
    span: Span
    warnings: tuple[str, ...]
    joins: OpenSession | None = None
    instead: tuple[OpenSession, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether somebody is to be asked before it is booked."""
        return bool(self.warnings or self.instead)


@dataclass(frozen=True, slots=True)
class Booked:
    """The interview that a booking made, or took a seat in."""

    interview_id: int
    reference: str
    span: Span
    bypassed: Bypassed = NOTHING

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.bypassed.warnings


def preview(session: Session, actor: Actor, booking: Booking, now: datetime) -> Preview:
    """What booking by hand would do, without doing it.

    Raises RuleError for what can't be booked at all, or by this person, and for a start between two quarters.
    """
    known = facts.gather(session, actor, [booking], now)
    return shown(session, actor, known, booking, rules.decide(known.facts, actor, booking))


def book_by_hand(session: Session, actor: Actor, booking: Booking, now: datetime) -> Booked | Preview:
    """Book a session, unless it bypasses a rule, or there are group sessions to join instead: then what to ask about.

    Raises RuleError as `preview` does.
    """
    known = facts.gather(session, actor, [booking], now)
    decision = rules.decide(known.facts, actor, booking)
    found = shown(session, actor, known, booking, decision)
    if found.asks:
        return found
    made = reserve(known, booking, decision)
    write(session, known, [made], record.by(actor, now))
    return made.booked()


def shown(session: Session, actor: Actor, known: Gathered, booking: Booking, decision: Decision) -> Preview:
    """The decision as it is shown back to whoever books by hand."""
    study, address = known.studies[booking.study_id], email_address(booking.email)
    person = known.people.get(address)
    joins: OpenSession | None = None
    instead: tuple[OpenSession, ...] = ()
    if decision.joins is not None:
        there = decision.joins
        joins = OpenSession(there.reference, there.span.start, len(there.seated), there.capacity)
    else:
        check_step(booking.starts_at, actor.time_zone)
        if study.type is StudyType.GROUP_INTERVIEW:
            day = days_around(decision.span, actor.time_zone)
            instead = suggestions.open_sessions(session, study.id, day, known.facts.now, OFFERED)
    against = (
        () if person is None else governance.rules_against(session, person, study.id, actor.time_zone, known.facts.now)
    )
    return Preview(
        booking=booking,
        study_key=study.key,
        study_name=study.name,
        person_label=(booking.name.strip() or address) if person is None else label_of(session, actor, person),
        person_is_new=person is None,
        host_slack_ids=tuple(known.facts.hosts[host_id].slack_user_id for host_id in decision.host_ids),
        span=decision.span,
        warnings=(*decision.warnings, *against),
        joins=joins,
        instead=instead,
    )


def foresee(session: Session, actor: Actor, bookings: Sequence[Booking], now: datetime) -> Bypassed:
    """What bookings that are made together would bypass. Raises RuleError when one of them can't be made."""
    known = facts.gather(session, actor, bookings, now)
    always: list[str] = []
    by_time: list[str] = []
    for booking in bookings:
        decision, study = rules.decide(known.facts, actor, booking), known.studies[booking.study_id]
        rules.note(known.facts, booking, decision, f"{study.key}-{study.next_interview_number}")
        always += decision.bypassed.always
        by_time += decision.bypassed.by_time
    return Bypassed(tuple(dict.fromkeys(always)), tuple(dict.fromkeys(by_time)))


def book(session: Session, actor: Actor, booking: Booking, now: datetime, door: Door = Door.SLACK) -> Booked:
    """Book a session ahead: invitations go out, the card appears, the enrolment becomes Interview Scheduled.

    The study's and the hosts' rows are locked, so that of two who want the same time one gets it and the other a
    RuleError. In a group study a session at the same time with free seats takes the participant in.
    """
    (result,) = book_all(session, actor, [booking], now, door)
    if isinstance(result, RuleError):
        raise result
    return result


def book_all(
    session: Session,
    actor: Actor,
    bookings: Sequence[Booking],
    now: datetime,
    door: Door = Door.SLACK,
    follows: Sequence[Interview] = (),
) -> list[Booked | RuleError]:
    """As `book`, for many, each held against those before it: what each became, or why it can't be booked.

    Those that they follow are shown anew with them. Statements do not grow with the number of bookings.
    """
    known = facts.gather(session, actor, bookings, now)
    results: list[Reserved | RuleError] = []
    for booking in bookings:
        try:
            results.append(reserve(known, booking, rules.decide(known.facts, actor, booking)))
        except RuleError as refusal:
            results.append(refusal)
    made = [each for each in results if isinstance(each, Reserved)]
    write(session, known, made, record.by(actor, now, door), Telling(follows))
    return [each if isinstance(each, RuleError) else each.booked() for each in results]


@dataclass(frozen=True, slots=True)
class Reserved:
    """A booking that is to be written. `notice` is for the channel when the study is fully booked by it."""

    booking: Booking
    decision: Decision
    interview: Interview
    notice: str | None

    @property
    def address(self) -> str:
        return email_address(self.booking.email)

    def booked(self) -> Booked:
        """What it has become, once it is written."""
        return Booked(self.interview.id, self.interview.reference, self.decision.span, self.decision.bypassed)


def reserve(known: Gathered, booking: Booking, decision: Decision) -> Reserved:
    """Take the time, the seat and the study's next reference, so that the next booking finds them taken."""
    study = known.studies[booking.study_id]
    if decision.joins is None:
        calendar = known.facts.hosts[decision.host_ids[0]].calendar
        organizer_id = decision.host_ids[0] if calendar is not None and calendar.takes_events else None
        interview = draft(study, booking, decision.span, organizer_id, known.facts.now)
        known.sessions[interview.reference] = interview
    else:
        interview = known.sessions[decision.joins.reference]
        interview.import_key = interview.import_key or booking.import_key
    rules.note(known.facts, booking, decision, interview.reference)
    study.seats_taken = known.facts.studies[study.id].seats_taken
    return Reserved(booking, decision, interview, limit_notice(study))


def limit_notice(study: Study) -> str | None:
    """What the channel hears, once, when a locked study has reached its limit."""
    limit = study.participation_limit
    if limit is None or study.seats_taken < limit or study.limit_announced:
        return None
    study.limit_announced = True
    return f"*{study.key}* is fully booked: {study.seats_taken} of {limit} seats used."


def draft(study: Study, booking: Booking, span: Span, organizer_id: int | None, now: datetime) -> Interview:
    """The interview's row, not yet added. The study's row must be locked: the number comes from it.

    `organizer_id` is the host whose calendar holds the event, None when it is in no calendar.
    """
    number = study.next_interview_number
    study.next_interview_number += 1
    place = booking.location or Location(study.location, study.location_text, study.location_passcode)
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
        location=place.kind,
        link=place.link,
        link_is_own=place.link is not None,
        passcode=place.passcode,
        capacity=booking.capacity or study.capacity,
        sequence=0,
        organizer_id=organizer_id,
        import_key=booking.import_key,
        created_at=now,
    )


def held_at(interview: Interview) -> Location:
    """Where an interview is held. A meeting link that the calendar made is the calendar's: another gets its own."""
    is_made_by_calendar = interview.location is LocationKind.GOOGLE_MEET and not interview.link_is_own
    return Location(interview.location, None if is_made_by_calendar else interview.link, interview.passcode)


@dataclass(frozen=True, slots=True)
class Telling:
    """How bookings are told: `text` in their timelines (None: whom was booked), `mail` to the participants.

    The interviews that they follow are shown anew with them.
    """

    follows: Sequence[Interview] = ()
    text: str | None = None
    mail: MailKind = MailKind.CONFIRMATION


AS_USUAL = Telling()


def write(
    session: Session, known: Gathered, made: Sequence[Reserved], by: By, telling: Telling = AS_USUAL
) -> list[Attendee]:
    """Store what was reserved, and ask for everything that is to be sent: the participants' seats, in that order."""
    if not made:
        return []
    people = add_people(session, known, made, by.at)
    fresh = [each for each in made if each.decision.joins is None]
    rows.insert_with_ids(session, [each.interview for each in fresh], Interview.reference)
    rows.insert_all(session, [member for each in fresh for member in members_of(known, each)])
    seats = take_seats(session, known, made, people, by)
    entries = [
        record.draft_entry(
            each.interview, by, TimelineKind.BOOKED, telling.text or f"booked {alias(people[each.address][1])}"
        )
        for each in made
    ]
    rows.insert_with_ids(session, entries, TimelineEntry.interview_id, TimelineEntry.text)
    session.flush()
    touched = [each.interview for each in made]
    outgoing.show_all(session, [*touched, *telling.follows], by.at)
    outgoing.sync_calendars(session, touched, by.at)
    outgoing.threads(session, list(zip(touched, entries, strict=True)), by.at)
    outgoing_mails.to_seats(session, list(zip(touched, seats, strict=True)), telling.mail, by.at)
    full = [(known.studies[each.booking.study_id], each.notice) for each in made if each.notice is not None]
    announce_limits(session, full, by.at)
    return seats


def add_people(
    session: Session, known: Gathered, made: Sequence[Reserved], now: datetime
) -> dict[str, tuple[int, int]]:
    """Id and number of everybody, by address; those who are new are added in the order of their bookings."""
    names: dict[str, str] = {}
    for each in made:
        names.setdefault(each.address, each.booking.name)
    new = [Profile(address, name) for address, name in names.items() if address not in known.people]
    added = participants.add_all(session, known.workspace_id, new, now)
    return {address: (person.id, person.number) for address, person in known.people.items()} | added


def members_of(known: Gathered, made: Reserved) -> list[Attendee]:
    """The hosts and guests of a new interview, not yet added."""
    hosts = made.decision.host_ids
    roles = [(id_, AttendeeKind.HOST) for id_ in hosts]
    roles += [(id_, AttendeeKind.GUEST) for id_ in made.booking.guest_ids if id_ not in hosts]
    return [
        Attendee(
            interview_id=made.interview.id,
            kind=kind,
            member_id=id_,
            starts_at=made.interview.starts_at,
            ends_at=made.interview.ends_at,
            has_conflict=kind is AttendeeKind.HOST and known.facts.hosts[id_].is_busy(made.decision.span),
        )
        for id_, kind in roles
    ]


def take_seats(
    session: Session, known: Gathered, made: Sequence[Reserved], people: dict[str, tuple[int, int]], by: By
) -> list[Attendee]:
    """Enrol everybody and seat them. Who had given up a seat in the session gets it back, with no answer given yet."""
    places = [(each.booking.study_id, people[each.address][0]) for each in made]
    enrolled = schedule(session, known, places, by)
    seats, fresh, given_back = [], [], []
    for each, place in zip(made, places, strict=True):
        seat = known.seats.get((each.interview.id, place[1]))
        if seat is not None:
            given_back.append(seat.id)
        else:
            seat = Attendee(
                interview_id=each.interview.id,
                kind=AttendeeKind.PARTICIPANT,
                participant_id=place[1],
                enrolment_id=enrolled[place],
                starts_at=each.interview.starts_at,
                ends_at=each.interview.ends_at,
                seated_at=by.at,
            )
            fresh.append(seat)
        seats.append(seat)
    interviews.give_back(session, given_back, by.at)
    rows.insert_with_ids(session, fresh, Attendee.interview_id, Attendee.participant_id)
    return seats


def schedule(session: Session, known: Gathered, places: Collection[Place], by: By) -> dict[Place, int]:
    """Let every enrolment become Interview Scheduled, those that are new too: the id of each.

    Who moves a seat that they have, though a member has noted otherwise since, stays what was noted.
    """
    to, taken = ParticipantStatus.INTERVIEW_SCHEDULED, known.enrolments
    why = Why(Cause.BOOKED if by.door is Door.PAGE else Cause.BOOKED_BY_HAND, by)
    ids = {place: enrolment.id for place, enrolment in taken.items()}
    moved = [(enrolment, to) for place, enrolment in taken.items() if place in set(places)]
    statuses.move(session, statuses.possible(session, moved, why.cause), why)
    return ids | statuses.enrol(session, {place: to for place in places if place not in ids}, why)


def announce_limits(session: Session, full: Sequence[tuple[Study, str]], now: datetime) -> None:
    """Tell the channels which studies of one workspace are full now, each with its `limit_notice`."""
    if not full:
        return
    channels = outgoing.channels_of(session, {study.id for study, _ in full})
    announcements = [
        Announcement(channels[study.id], notice, f"limit:{study.id}:{study.participation_limit}")
        for study, notice in full
    ]
    outgoing.announce_all(session, full[0][0].workspace_id, announcements, now)


def check_hosts(session: Session, actor: Actor, host_ids: Sequence[int], span: Span, but: int) -> None:
    """Lock the hosts in a fixed order; raise RuleError when one has another interview than `but` then."""
    hosts = facts.lock_hosts(session, actor.workspace_id, [(id_, span) for id_ in host_ids], but)
    rules.check_hosts(hosts, host_ids, span, actor.time_zone)


def check_people(session: Session, participant_ids: Collection[int], span: Span, now: datetime, but: int) -> None:
    """Lock participants in a fixed order; raise RuleError when one may not be contacted, or has another interview than
    `but` then.
    """
    found = participants.lock_all(session, participant_ids)
    people = facts.of_people(session, found, [(person.id, span) for person in found], now, but)
    for person in people.values():
        rules.check_contact(person)
        rules.check_free_time(person, span)
