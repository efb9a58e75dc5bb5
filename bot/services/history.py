"""Sessions that were held, or called off, elsewhere: logged afterwards, so that they count. Nothing is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.booking import Booked, draft
from bot.services.record import By
from domain.booking import Booking, check_has_interviews, span_of
from domain.errors import NotFound, RuleError
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.participant import CLOSED_TO_BOOKING, INCENTIVE_OUT, ParticipantStatus, alias, email_address
from domain.roles import Actor, Permission
from domain.scheduling import Span
from domain.study import StudyType
from storage import calendars, members, participants, rows, studies
from storage.models import Attendee, Interview, Study
from storage.participants import Place, Profile

STATUS_AFTER = {
    InterviewStatus.COMPLETED: ParticipantStatus.INTERVIEW_COMPLETED,
    InterviewStatus.NO_SHOWED: ParticipantStatus.NO_SHOWED,
    InterviewStatus.CANCELED: ParticipantStatus.INTERVIEW_CANCELED,
}
"""Where a session's outcome puts the participant."""

SETTLED = CLOSED_TO_BOOKING | INCENTIVE_OUT
"""Statuses that a session of the past no longer changes."""

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
    """Log a session of the past. A completed one counts against the participation limit."""
    if booking.starts_at > now:
        raise RuleError("That time is still ahead: book it instead.", "when")
    return log_all(session, actor, [Held(booking, outcome)], record.by(actor, now, door))[0]


def log_all(session: Session, actor: Actor, held: Sequence[Held], by: By) -> list[Booked]:
    """Log many sessions by as many statements as one takes. Seats of one group session at one time share it.

    Raises RuleError, having written nothing, when one of them can't be logged.
    """
    locked = studies.lock_all(session, actor.workspace_id, {one.booking.study_id for one in held})
    own = studies.own_among(session, actor, locked.keys())
    for one in held:
        check(actor, locked.get(one.booking.study_id), one, is_own=one.booking.study_id in own)
    people = add_people(session, actor, held, by.at)
    hosts = [host_ids(actor, locked[one.booking.study_id], one.booking, own) for one in held]
    sessions = add_sessions(session, locked, held, hosts, by.at)
    seats = [people[email_address(one.booking.email)] for one in held]
    refuse_seated(session, zip(sessions, seats, strict=True))
    enrolled = move_enrolments(session, held, [id_ for id_, _ in seats], by)
    places = zip(held, sessions, seats, strict=True)
    rows.insert_all(session, [seat_of(one, found, id_, enrolled) for one, found, (id_, _) in places])
    rows.insert_all(
        session,
        [
            record.draft_entry(found, by, TimelineKind.BOOKED, f"logged the session with {alias(number)}")
            for found, (_, number) in zip(sessions, seats, strict=True)
        ],
    )
    for one in held:
        locked[one.booking.study_id].seats_taken += one.outcome is InterviewStatus.COMPLETED
    session.flush()
    outgoing.show_homes_of(session, actor.workspace_id, {id_ for ids in hosts for id_ in ids}, by.at)
    return [Booked(found.id, found.reference, Span(found.starts_at, found.ends_at), ()) for found in sessions]


def check(actor: Actor, study: Study | None, held: Held, *, is_own: bool) -> None:
    """Raise RuleError unless the actor may log such a session in the study."""
    if study is None:
        raise NotFound("There is no such study.", "study")
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    check_has_interviews(study.key, study.type)
    span_in(study, held.booking)
    email_address(held.booking.email)


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
    session: Session, locked: dict[int, Study], held: Sequence[Held], hosts: Sequence[tuple[int, ...]], now: datetime
) -> list[Interview]:
    """The interview of each entry: a new one, or the group session that it has a seat in."""
    at_the_time = group_sessions(session, locked, held)
    connected = calendars.connected_among(session, {ids[0] for ids in hosts})
    found: list[Interview] = []
    fresh: list[tuple[Interview, tuple[int, ...]]] = []
    for one, host_ids in zip(held, hosts, strict=True):
        study = locked[one.booking.study_id]
        slot = (study.id, one.booking.starts_at)
        interview = at_the_time.get(slot)
        if interview is None:
            organizer = host_ids[0] if host_ids[0] in connected else None
            interview = draft(study, one.booking, span_in(study, one.booking), organizer, now)
            interview.status, interview.is_verified = one.outcome, True
            fresh.append((interview, host_ids))
            if study.type is StudyType.GROUP_INTERVIEW:
                at_the_time[slot] = interview
        elif interview.status in RANK and RANK.index(one.outcome) > RANK.index(interview.status):
            interview.status = one.outcome
        found.append(interview)
    rows.insert_with_ids(session, [interview for interview, _ in fresh], Interview.reference)
    rows.insert_all(session, [host_of(interview, id_) for interview, host_ids in fresh for id_ in host_ids])
    return found


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


def group_sessions(
    session: Session, locked: dict[int, Study], held: Sequence[Held]
) -> dict[tuple[int, datetime], Interview]:
    """The sessions of group studies that there are at those times already."""
    groups = {id_ for id_, study in locked.items() if study.type is StudyType.GROUP_INTERVIEW}
    times = {one.booking.starts_at for one in held if one.booking.study_id in groups}
    if not times:
        return {}
    statement = sa.select(Interview).where(Interview.study_id.in_(groups), Interview.starts_at.in_(times))
    return {(found.study_id, found.starts_at): found for found in session.scalars(statement.order_by(Interview.id))}


def refuse_seated(session: Session, seats: Iterable[tuple[Interview, tuple[int, int]]]) -> None:
    """Raise RuleError when somebody is to have a second seat in one group session."""
    wanted = list(seats)
    groups = {interview.id for interview, _ in wanted if interview.capacity > 1}
    if not groups:
        return
    statement = sa.select(Attendee.interview_id, Attendee.participant_id)
    taken = {(row[0], row[1]) for row in session.execute(statement.where(Attendee.interview_id.in_(groups)))}
    for interview, (participant_id, number) in wanted:
        if (interview.id, participant_id) in taken:
            raise RuleError(f"{alias(number)} is in {interview.reference} already.", "participant")
        taken.add((interview.id, participant_id))


def move_enrolments(session: Session, held: Sequence[Held], participant_ids: Sequence[int], by: By) -> dict[Place, int]:
    """Enrol everybody and let the latest session of each decide their status: an older one changes nothing."""
    latest: dict[Place, Held] = {}
    for one, participant_id in zip(held, participant_ids, strict=True):
        place = (one.booking.study_id, participant_id)
        if place not in latest or one.booking.starts_at >= latest[place].booking.starts_at:
            latest[place] = one
    taken = participants.enrolments(session, latest.keys())
    ids = {place: enrolment.id for place, enrolment in taken.items()}
    last = last_session(session, ids.values())
    participants.set_statuses(
        session,
        [
            (enrolment, STATUS_AFTER[latest[place].outcome])
            for place, enrolment in taken.items()
            if place in latest
            and enrolment.status not in SETTLED
            and (ids[place] not in last or last[ids[place]] <= latest[place].booking.starts_at)
        ],
        by.name,
        by.at,
    )
    free = {place: STATUS_AFTER[one.outcome] for place, one in latest.items() if place not in taken}
    return ids | participants.enrol_all(session, free, by.name, by.at)


def last_session(session: Session, enrolment_ids: Collection[int]) -> dict[int, datetime]:
    """When the latest session of each enrolment begins, for those that have any."""
    found = session.execute(
        sa.select(Attendee.enrolment_id, sa.func.max(Attendee.starts_at))
        .where(Attendee.enrolment_id.in_(enrolment_ids))
        .group_by(Attendee.enrolment_id)
    )
    return {row[0]: row[1] for row in found if row[0] is not None}
