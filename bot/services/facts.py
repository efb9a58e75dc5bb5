"""What the rules of booking are held against: read, and locked until the commit, by as many statements as one takes.

Rows are locked in the order that everybody keeps: studies, their sessions, hosts, the workspace, participants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import record
from domain.booking import (
    Booking,
    Facts,
    GroupSession,
    HostCalendar,
    HostFacts,
    PersonFacts,
    Slot,
    StudyFacts,
    hosts_of,
)
from domain.errors import RuleError
from domain.governance import ContactStatus, contact_status
from domain.interview import AttendeeKind, InterviewStatus
from domain.person import email_address
from domain.roles import Actor
from domain.study import StudyType
from domain.times import Span, days_around
from storage import busy_times, calendars, engagements, interviews, members, participants, quotas, studies, suppressed
from storage.models import Attendee, Enrolment, Interview, Member, Participant, Study
from storage.participants import Place
from storage.stretches import Stretch

Seated = sa.Row[Attendee, int]
"""Somebody at an interview; a participant with their number."""


@dataclass(slots=True)
class Gathered:
    """The facts, and the rows behind them, all of one workspace: people by address, sessions by reference.

    `seats` are those that participants have, or had, in these sessions.
    """

    workspace_id: int
    facts: Facts
    studies: dict[int, Study]
    sessions: dict[str, Interview]
    seats: dict[tuple[int, int], Attendee]
    people: dict[str, Participant]
    enrolments: dict[Place, Enrolment]


def gather(session: Session, actor: Actor, bookings: Sequence[Booking], now: datetime) -> Gathered:
    """Everything that the rules ask of these bookings, which the actor makes."""
    rows = studies.lock_all(session, actor.workspace_id, {booking.study_id for booking in bookings})
    own = studies.own_among(session, actor, rows.keys())
    about = {id_: of_study(study, actor, is_own=id_ in own) for id_, study in rows.items()}
    return gather_rest(session, rows, about, bookings, Reading(actor.workspace_id, actor.time_zone, now))


@dataclass(frozen=True, slots=True)
class Reading:
    """In which workspace facts are read, on whose clock days are of those whose zone is not known, and when."""

    workspace_id: int
    time_zone: str
    now: datetime


def gather_rest(
    session: Session,
    rows: dict[int, Study],
    about: dict[int, StudyFacts],
    bookings: Sequence[Booking],
    reading: Reading,
) -> Gathered:
    """The facts around locked studies: sessions, hosts and people, locked in their turn."""
    workspace_id, now = reading.workspace_id, reading.now
    ahead = [booking for booking in bookings if booking.study_id in rows and booking.starts_at > now]
    stored, seats = group_sessions(session, about, ahead)
    slots = {slot: of_session(found, seats) for slot, found in stored.items()}
    spans = longest_spans(about, slots, ahead)
    hosts = lock_hosts(session, workspace_id, host_stretches(about, slots, spans, ahead))
    addresses = [(booking, address) for booking in ahead if (address := address_in(booking))]
    people, next_number = lock_people(session, workspace_id, {address for _, address in addresses})
    known = [(booking, people[address]) for booking, address in addresses if address in people]
    stretches = {(person.id, days_of(person, spans[booking.slot], reading.time_zone)) for booking, person in known}
    about_people = of_people(session, people.values(), stretches, now)
    enrolments = participants.enrolments(session, {(booking.study_id, person.id) for booking, person in known})
    for (study_id, participant_id), enrolment in enrolments.items():
        about_people[participant_id].statuses[study_id] = enrolment.status
    everybody = {address: about_people[person.id] for address, person in people.items()}
    everybody |= kept_away(session, workspace_id, {address for _, address in addresses} - people.keys(), next_number)
    for study_id, found in quotas.of_studies(session, rows.keys()).items():
        about[study_id].meters = quotas.measured(session, rows[study_id], found)
    return Gathered(
        workspace_id=workspace_id,
        facts=Facts(now, about, hosts, everybody, slots, next_number),
        studies=rows,
        sessions={found.reference: found for found in stored.values()},
        seats={(seat.interview_id, seat.participant_id): seat for seat, _ in seats if seat.participant_id is not None},
        people=people,
        enrolments=enrolments,
    )


def days_of(person: Participant, span: Span, time_zone: str) -> Span:
    """The participant's days around a session; on the clock of that zone, where theirs is not known."""
    return days_around(span, person.time_zone or time_zone)


def address_in(booking: Booking) -> str | None:
    """The participant's address; None for what is none, which the rules refuse."""
    try:
        return email_address(booking.email)
    except RuleError:
        return None


def of_study(study: Study, actor: Actor | None, *, is_own: bool) -> StudyFacts:
    """Who hosts when nobody is named: the actor in an own study, else the study's owner."""
    return StudyFacts(
        key=study.key,
        type=study.type,
        status=study.status,
        length=timedelta(minutes=study.duration_minutes),
        capacity=study.capacity,
        limit=study.participation_limit,
        seats_taken=study.seats_taken,
        default_host=actor.member_id if actor is not None and is_own else study.owner_id,
        is_own=is_own,
    )


def group_sessions(
    session: Session, about: Mapping[int, StudyFacts], bookings: Iterable[Booking]
) -> tuple[dict[Slot, Interview], Sequence[Seated]]:
    """The upcoming sessions of group studies at those times, and everybody at them."""
    slots = {booking.slot for booking in bookings if about[booking.study_id].type is StudyType.GROUP_INTERVIEW}
    if not slots:
        return {}, []
    found: dict[Slot, Interview] = {}
    for one in interviews.lock_upcoming(session, {id_ for id_, _ in slots}, {start for _, start in slots}):
        found.setdefault((one.study_id, one.starts_at), one)
    return found, interviews.attendees_of(session, [one.id for one in found.values()])


def of_session(interview: Interview, everybody: Iterable[Seated]) -> GroupSession:
    """What a stored session says: its hosts, first host first, and who has a seat now."""
    there = [(attendee, number) for attendee, number in everybody if attendee.interview_id == interview.id]
    return GroupSession(
        reference=interview.reference,
        span=Span(interview.starts_at, interview.ends_at),
        capacity=interview.capacity,
        host_ids=tuple(a.member_id for a, _ in there if a.kind is AttendeeKind.HOST and a.member_id is not None),
        seated={number for a, number in there if a.outcome is InterviewStatus.UPCOMING and number is not None},
    )


def longest_spans(
    about: Mapping[int, StudyFacts], sessions: Mapping[Slot, GroupSession], bookings: Iterable[Booking]
) -> dict[Slot, Span]:
    """The longest stretch that a booking in each slot may come to take: whoever joins a session stays to its end."""
    ends = {slot: found.span.end for slot, found in sessions.items()}
    for booking in bookings:
        end = booking.starts_at + (booking.length or about[booking.study_id].length)
        ends[booking.slot] = max(end, ends.get(booking.slot, end))
    return {slot: Span(slot[1], end) for slot, end in ends.items()}


def host_stretches(
    about: Mapping[int, StudyFacts],
    sessions: Mapping[Slot, GroupSession],
    spans: Mapping[Slot, Span],
    bookings: Iterable[Booking],
) -> set[Stretch]:
    """When the hosts of the bookings, and those of the sessions that may be joined, are wanted."""
    named = {
        (host_id, spans[booking.slot])
        for booking in bookings
        for host_id in hosts_of(booking, about[booking.study_id].default_host)
    }
    return named | {(host_id, found.span) for found in sessions.values() for host_id in found.host_ids}


def lock_hosts(
    session: Session, workspace_id: int, wanted: Collection[Stretch], but: int | None = None
) -> dict[int, HostFacts]:
    """As `of_hosts`, for members of the workspace, whose rows are locked."""
    return of_hosts(session, members.lock_all(session, workspace_id, {id_ for id_, _ in wanted}), wanted, but)


def of_hosts(
    session: Session, hosts: Mapping[int, Member], wanted: Collection[Stretch], but: int | None = None
) -> dict[int, HostFacts]:
    """What is known of members in stretches of their time, the interview `but` aside."""
    feeds = calendars.feeds(session, hosts.keys())
    taken = engagements.taken_by_members(session, wanted, but)
    busy = busy_times.within(session, wanted)
    return {
        id_: HostFacts(
            name=host.name,
            slack_user_id=host.slack_user_id,
            time_zone=host.time_zone,
            is_active=host.is_active,
            calendar=HostCalendar(feeds[id_].problem, calendars.takes_events(feeds[id_])) if id_ in feeds else None,
            taken=taken.get(id_, []),
            busy=busy.get(id_, []),
        )
        for id_, host in hosts.items()
    }


def lock_people(session: Session, workspace_id: int, addresses: Collection[str]) -> tuple[dict[str, Participant], int]:
    """The participants with those addresses, and the number for the first who is new.

    With a new one the workspace comes first: somebody else may be adding them at this moment. Who was merged into
    somebody else while their row was waited for is looked for once more, as that one.
    """
    known = participants.known_emails(session, workspace_id, addresses)
    next_number = participants.lock_numbers(session, workspace_id) if len(known) < len(addresses) else 0
    found = participants.lock_by_emails(session, workspace_id, addresses)
    if len(found) < len(known):
        found = participants.lock_by_emails(session, workspace_id, addresses)
    return found, next_number


def kept_away(
    session: Session, workspace_id: int, addresses: Collection[str], next_number: int
) -> dict[str, PersonFacts]:
    """Those who are not known any more, because they were erased, and are not to be contacted nevertheless."""
    found = suppressed.among(session, workspace_id, addresses) if addresses else {}
    status = {True: ContactStatus.IN_BLOCKLIST, False: ContactStatus.OPTED_OUT}
    return {address: PersonFacts(next_number, contact=status[each.is_blocked]) for address, each in found.items()}


def of_people(
    session: Session,
    people: Iterable[Participant],
    wanted: Collection[Stretch],
    now: datetime,
    but: int | None = None,
) -> dict[int, PersonFacts]:
    """What is known of participants, by id, in stretches of their time, the interview `but` aside; no statuses."""
    taken = engagements.taken_by_participants(session, wanted, but)
    return {
        person.id: PersonFacts(
            number=person.number,
            contact=contact_status(record.contact_facts(person), now),
            do_not_contact_reason=person.do_not_contact_reason,
            cooldown_until=person.cooldown_until,
            has_bounced=person.bounced_at is not None,
            time_zone=person.time_zone,
            properties=person.properties,
            taken=taken.get(person.id, []),
        )
        for person in people
    }
