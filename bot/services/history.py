"""Sessions that were held, or called off, elsewhere: logged afterwards, so that they count. Nothing is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import facts, outgoing, record, statuses
from bot.services.booking import Booked, Preview, announce_limits, draft, limit_notice
from bot.services.interviews import follow_sessions
from bot.services.record import By, Change
from bot.services.statuses import Why
from domain.booking import Booking, check_has_interviews, check_over, limit_warnings, span_of
from domain.errors import NotFound, RuleError
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.participant import SETTLED, Cause, ParticipantStatus
from domain.person import alias, email_address
from domain.roles import Actor, Permission
from domain.session_times import LONGEST, check_step
from domain.study import StudyType
from domain.times import Span
from storage import calendars, interviews, members, participants, rows, studies
from storage.models import Attendee, Interview, Member, Participant, Study
from storage.participants import Place, Profile
from storage.people import label_of

RANK = (InterviewStatus.CANCELED, InterviewStatus.NO_SHOWED, InterviewStatus.COMPLETED)
"""A group session is what the best of its seats is: No Showed, for one, only if all are."""


@dataclass(frozen=True, slots=True)
class Held:
    """A session to be logged."""

    booking: Booking
    outcome: InterviewStatus


def log_past(
    session: Session,
    actor: Actor,
    booking: Booking,
    outcome: InterviewStatus,
    now: datetime,
    door: Door = Door.SLACK,
) -> Booked:
    """Log a session of the past. A completed one counts against the participation limit; its card appears.

    Raises RuleError for a session that is not over, or too long ago.
    """
    study = studies.lock_all(session, actor.workspace_id, {booking.study_id}).get(booking.study_id)
    if study is not None:
        check_over(span_in(study, booking), now, actor.time_zone)
        known_hosts(session, actor, booking.host_ids)
    (logged,) = log_all(session, actor, [Held(booking, outcome)], record.by(actor, now, door))
    outgoing.show(session, session.get_one(Interview, logged.interview_id), now)
    return logged


def preview_past(session: Session, actor: Actor, booking: Booking, now: datetime) -> Preview:
    """What `log_past` would do, without doing it. Raises RuleError for what can't be logged, or by this person.

    That somebody was elsewhere then is a warning only: what has happened has happened.
    """
    own = studies.own_among(session, actor, {booking.study_id})
    locked = studies.lock_all(session, actor.workspace_id, {booking.study_id})
    study = check(actor, locked.get(booking.study_id), booking, is_own=booking.study_id in own)
    span, address = span_in(study, booking), email_address(booking.email)
    check_over(span, now, actor.time_zone)
    check_step(span.start, actor.time_zone)
    hosts = known_hosts(session, actor, host_ids(actor, study, booking, own))
    person = participants.by_email(session, actor.workspace_id, address)
    about = facts.of_study(study, actor, is_own=booking.study_id in own)
    return Preview(
        booking=booking,
        study_key=study.key,
        study_name=study.name,
        person_label=(booking.name.strip() or address) if person is None else label_of(session, actor, person),
        person_is_new=person is None,
        host_slack_ids=tuple(host.slack_user_id for host in hosts.values()),
        span=span,
        warnings=(*limit_warnings(about), *elsewhere(session, hosts, person, span)),
    )


def known_hosts(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Member]:
    """The members, by id in that order. Raises NotFound for one who is not of the workspace."""
    found = members.lock_all(session, actor.workspace_id, ids)
    if set(ids) != found.keys():
        raise NotFound("There is no such host in this workspace.", "host")
    return {id_: found[id_] for id_ in ids}


def elsewhere(session: Session, hosts: Mapping[int, Member], person: Participant | None, span: Span) -> list[str]:
    """Which of the people had another session then that was not called off: a sentence for each. One statement."""
    they = Attendee.participant_id == person.id if person is not None else sa.false()
    found = session.execute(
        sa.select(Attendee.member_id, Interview.reference)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            sa.or_(
                sa.and_(Attendee.member_id.in_(hosts), Attendee.kind == AttendeeKind.HOST),
                they,
            ),
            Attendee.starts_at > span.start - LONGEST,
            Attendee.starts_at < span.end,
            Attendee.ends_at > span.start,
            Attendee.outcome != InterviewStatus.CANCELED,
            Interview.status != InterviewStatus.CANCELED,
        )
        .order_by(Interview.id, Attendee.id)
    )
    names: dict[int | None, str] = {id_: host.name for id_, host in hosts.items()}
    if person is not None:
        names[None] = record.alias_of(person)
    return [f"{names[member_id]} was in {reference} at that time." for member_id, reference in found]


def log_all(session: Session, actor: Actor, held: Sequence[Held], by: By) -> list[Booked]:
    """Log many sessions by as many statements as one takes. Seats of one group session at one time share it.

    Each participant's latest session decides where they stand: an older one changes nothing.

    Raises RuleError, having written nothing, when one of them can't be logged.
    """
    locked = studies.lock_all(session, actor.workspace_id, {one.booking.study_id for one in held})
    own = studies.own_among(session, actor, locked.keys())
    for one in held:
        check(actor, locked.get(one.booking.study_id), one.booking, is_own=one.booking.study_id in own)
    at_the_time = lock_group_sessions(session, locked, held)
    people = add_people(session, actor, held, by.at)
    hosts = [host_ids(actor, locked[one.booking.study_id], one.booking, own) for one in held]
    sessions = add_sessions(session, locked, list(zip(held, hosts, strict=True)), at_the_time, by)
    seats = [people[email_address(one.booking.email)] for one in held]
    given_up = refuse_seated(session, zip(sessions, seats, strict=True))
    enrolled = enrol(session, {(one.booking.study_id, id_) for one, (id_, _) in zip(held, seats, strict=True)}, by)
    fresh = []
    for one, found, (id_, _) in zip(held, sessions, seats, strict=True):
        seat = given_up.get((found.id, id_))
        if seat is None:
            fresh.append(seat_of(one, found, id_, enrolled))
        else:
            seat.outcome = one.outcome
    rows.insert_all(session, fresh)
    rows.insert_all(
        session,
        [
            record.draft_entry(found, by, TimelineKind.BOOKED, f"logged the session with {alias(number)}")
            for found, (_, number) in zip(sessions, seats, strict=True)
        ],
    )
    full = count(locked, held)
    session.flush()
    follow_sessions(session, locked, set(enrolled.values()), Why(Cause.BOOKED_BY_HAND, by), SETTLED)
    announce_limits(session, full, by.at)
    outgoing.show_homes_of(session, actor.workspace_id, {id_ for ids in hosts for id_ in ids}, by.at)
    return [Booked(found.id, found.reference, Span(found.starts_at, found.ends_at)) for found in sessions]


def count(locked: Mapping[int, Study], held: Sequence[Held]) -> list[tuple[Study, str]]:
    """Count the completed sessions. The studies that reach their limits by them, with what their channels hear."""
    full = []
    for study in (locked[one.booking.study_id] for one in held if one.outcome is InterviewStatus.COMPLETED):
        study.seats_taken += 1
        notice = limit_notice(study)
        if notice is not None:
            full.append((study, notice))
    return full


def check(actor: Actor, study: Study | None, booking: Booking, *, is_own: bool) -> Study:
    """The study. Raises RuleError unless the actor may log such a session in it."""
    if study is None:
        raise NotFound("There is no such study.", "study")
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    check_has_interviews(study.key, study.type)
    span_in(study, booking)
    email_address(booking.email)
    return study


def span_in(study: Study, booking: Booking) -> Span:
    """When the session was. Raises RuleError for a length that no session has."""
    return span_of(booking, timedelta(minutes=study.duration_minutes))


def host_ids(actor: Actor, study: Study, booking: Booking, own: Iterable[int]) -> tuple[int, ...]:
    """Who hosted: those named, else the actor in an own study, else the study's owner."""
    return booking.host_ids or (actor.member_id if study.id in own else study.owner_id,)


def add_people(session: Session, actor: Actor, held: Sequence[Held], now: datetime) -> dict[str, tuple[int, int]]:
    """Id and number of everybody who was there, by address; those who are new are added."""
    names: dict[str, str] = {}
    for one in held:
        names.setdefault(email_address(one.booking.email), one.booking.name)
    members.lock_workspace(session, actor.workspace_id)
    known = participants.by_emails(session, actor.workspace_id, names.keys())
    new = [Profile(email, name) for email, name in names.items() if email not in known]
    added = participants.add_all(session, actor.workspace_id, new, now)
    return {email: (person.id, person.number) for email, person in known.items()} | added


def add_sessions(
    session: Session,
    locked: Mapping[int, Study],
    held: Sequence[tuple[Held, tuple[int, ...]]],
    stored: Mapping[Slot, Interview],
    by: By,
) -> list[Interview]:
    """The interview of each entry, given with its hosts: a new one, or the group session that it has a seat in."""
    connected = calendars.connected_among(session, {host_ids[0] for _, host_ids in held})
    found: list[Interview] = []
    fresh: list[tuple[Interview, tuple[int, ...]]] = []
    at_the_time = dict(stored)
    for one, host_ids in held:
        study = locked[one.booking.study_id]
        slot = (study.id, one.booking.starts_at)
        interview = at_the_time.get(slot)
        if interview is None:
            organizer = host_ids[0] if host_ids[0] in connected else None
            interview = draft(study, one.booking, span_in(study, one.booking), organizer, by.at)
            interview.status, interview.is_verified = one.outcome, True
            fresh.append((interview, host_ids))
            if study.type is StudyType.GROUP_INTERVIEW:
                at_the_time[slot] = interview
        elif slot in stored:
            join(session, interview, one, by)
        elif ranks_above(one, interview):
            interview.status = one.outcome
        found.append(interview)
    rows.insert_with_ids(session, [interview for interview, _ in fresh], Interview.reference)
    rows.insert_all(session, [host_of(interview, id_) for interview, host_ids in fresh for id_ in host_ids])
    return found


def join(session: Session, interview: Interview, held: Held, by: By) -> None:
    """Let a stored session have one more seat, with what that makes of it. What was before can't be undone then."""
    interview.settled_at = interview.status_before = None
    interview.was_verified = interview.host_no_show_before = None
    if ranks_above(held, interview):
        change = Change(interview.status.label, held.outcome.label)
        interview.status = held.outcome
        record.entry(session, interview, by, TimelineKind.COMPLETED, "completed it: somebody came after all", change)


def ranks_above(held: Held, interview: Interview) -> bool:
    return interview.status in RANK and RANK.index(held.outcome) > RANK.index(interview.status)


def host_of(interview: Interview, member_id: int) -> Attendee:
    return Attendee(
        interview_id=interview.id,
        kind=AttendeeKind.HOST,
        member_id=member_id,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
    )


def seat_of(held: Held, interview: Interview, participant_id: int, enrolled: Mapping[Place, int]) -> Attendee:
    return Attendee(
        interview_id=interview.id,
        kind=AttendeeKind.PARTICIPANT,
        participant_id=participant_id,
        enrolment_id=enrolled[held.booking.study_id, participant_id],
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        outcome=held.outcome,
    )


Slot = tuple[int, datetime]
"""A study's id, and when a session of it begins (aware UTC)."""


def lock_group_sessions(session: Session, locked: Mapping[int, Study], held: Sequence[Held]) -> dict[Slot, Interview]:
    """The sessions of group studies that there are at those times already, locked. One that was called off stays so."""
    groups = {id_ for id_, study in locked.items() if study.type is StudyType.GROUP_INTERVIEW}
    times = {one.booking.starts_at for one in held if one.booking.study_id in groups}
    if not times:
        return {}
    statement = (
        sa.select(Interview)
        .where(
            Interview.study_id.in_(groups),
            Interview.starts_at.in_(times),
            Interview.status != InterviewStatus.CANCELED,
        )
        .order_by(Interview.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {(found.study_id, found.starts_at): found for found in session.scalars(statement)}


def refuse_seated(
    session: Session, seats: Iterable[tuple[Interview, tuple[int, int]]]
) -> dict[tuple[int, int], Attendee]:
    """Raise RuleError when somebody is to have a second seat in one group session.

    The seats there that somebody has given up, by interview and participant: who was there after all has theirs again.
    """
    wanted = list(seats)
    groups = {interview.id for interview, _ in wanted if interview.capacity > 1}
    if not groups:
        return {}
    stored = {
        (seat.interview_id, seat.participant_id): seat
        for seat, _ in interviews.attendees_of(session, groups)
        if seat.participant_id is not None
    }
    given_up = {place: seat for place, seat in stored.items() if seat.outcome is InterviewStatus.CANCELED}
    taken = stored.keys() - given_up.keys()
    for interview, (participant_id, number) in wanted:
        if (interview.id, participant_id) in taken:
            raise RuleError(f"{alias(number)} is in {interview.reference} already.", "participant")
        taken.add((interview.id, participant_id))
    return given_up


def enrol(session: Session, places: Collection[Place], by: By) -> dict[Place, int]:
    """Enrol those who are not in those studies yet: the id of each enrolment."""
    ids = {place: enrolment.id for place, enrolment in participants.enrolments(session, places).items()}
    free = dict.fromkeys((place for place in places if place not in ids), ParticipantStatus.NOT_CONTACTED)
    return ids | statuses.enrol(session, free, Why(Cause.ADDED, by))
