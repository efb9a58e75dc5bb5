"""Rows of interviews: read and checked; those ahead are booked as by hand, those of the past are logged."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, history, participants, record
from bot.services.history import Held
from bot.services.imports import values
from bot.services.imports.columns import Field, Table
from bot.services.imports.people import (
    check_width,
    email_of,
    is_sound,
    name_of,
    properties_of,
    refused,
    remarks,
    study_of,
)
from bot.services.imports.report import Report, RowOutcome, RowResult, quoted, report
from bot.services.imports.sheet import Row
from bot.services.participants import NewParticipant
from domain.booking import Booking, check_has_interviews
from domain.errors import NotFound, RuleError
from domain.interview import Door, InterviewStatus
from domain.roles import Actor, Permission
from domain.session_times import check_length
from domain.study import StudyType
from domain.times import local
from storage import members, studies
from storage import participants as participants_stored
from storage.models import Attendee, Interview, Participant
from storage.participants import Profile, lock_by_emails
from storage.studies import StudyChoice

HOST_SEPARATOR = re.compile(r"\s*[;,]\s*")
LONGEST_TITLE = 300
LONGEST_DESCRIPTION = 10_000
MOST_WARNINGS = 5

Seat = tuple[int, str | datetime | None, str | None]
"""A participant's place in a session: the study, the session's import key or start, and the address."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rows are read against."""

    actor: Actor
    table: Table
    choices: dict[str, StudyChoice]
    hosts: dict[str, int]
    now: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row asks for. `status` is Upcoming for a session that is to be booked.

    `person` holds what the row's other columns say of the participant.
    """

    workspace_id: int
    row: Row
    study: StudyChoice
    booking: Booking
    status: InterviewStatus
    person: Profile


def write_interviews(session: Session, actor: Actor, table: Table, now: datetime) -> Report:
    """Book or log the sessions of the table's rows. Sessions that came before are left as they are by now.

    Statements do not grow with the rows.
    """
    around = surroundings(session, actor, table, now)
    plans: list[Planned] = []
    results: list[RowResult] = []
    for row in table.rows:
        try:
            plans.append(planned(around, row))
        except RuleError as error:
            results.append(refused(table, row, error))
    lock(session, actor, plans)
    new, unchanged = sort_out(session, actor, plans)
    ahead = [plan for plan in new if plan.status is InterviewStatus.UPCOMING]
    past = [plan for plan in new if plan.status is not InterviewStatus.UPCOMING]
    booked, warnings = book_all(session, around, ahead)
    written = [*booked, *log_all(session, around, past)]
    kept = keep_properties(session, around, new, written)
    return report(table.kind, [*results, *unchanged, *written], [*kept, *warnings])


def lock(session: Session, actor: Actor, plans: list[Planned]) -> None:
    """Lock what the rows will change, in the order in which a single booking does: studies, hosts, the workspace, and
    the participants of whom the rows say more.

    So two imports, or an import and a booking, wait for each other but never both at once.
    """
    locked = studies.lock_all(session, actor.workspace_id, {plan.study.id for plan in plans})
    hosts: set[int] = set()
    for plan in plans:
        if plan.status is InterviewStatus.UPCOMING:
            default = actor.member_id if plan.study.is_own else locked[plan.study.id].owner_id
            hosts.update(plan.booking.host_ids or (default,))
    members.lock_all(session, actor.workspace_id, hosts)
    members.lock_workspace(session, actor.workspace_id)
    described = {plan.person.email for plan in plans if plan.person.properties}
    if described:
        lock_by_emails(session, actor.workspace_id, described)


def surroundings(session: Session, actor: Actor, table: Table, now: datetime) -> Surroundings:
    """The studies and hosts that the rows name: two statements."""
    sound = [row for row in table.rows if is_sound(row, table)]
    called = {table.cell(row, Field.STUDY) for row in sound} - {""}
    hosts = {name for row in sound for name in HOST_SEPARATOR.split(table.cell(row, Field.HOST)) if name}
    return Surroundings(
        actor=actor,
        table=table,
        choices=studies.choices(session, actor, called) if called else {},
        hosts=members.members_called(session, actor.workspace_id, hosts) if hosts else {},
        now=now,
    )


def planned(around: Surroundings, row: Row) -> Planned:
    """What a row asks for. Raises RuleError with what is wrong in it."""
    table = around.table
    check_width(table, row)
    study = study_of(table, row, around.choices)
    if study is None:
        raise RuleError("The study is missing.", Field.STUDY)
    around.actor.require(Permission.MANAGE_INTERVIEWS, own_study=study.is_own)
    check_has_interviews(study.key, study.type)
    person = participants.checked(Profile(email_of(table, row), properties=properties_of(table, row)))
    start = start_of(around.actor, table, row)
    length = length_of(around, row, start)
    check_length(start, start + (length or timedelta(minutes=study.duration_minutes)))
    return Planned(
        workspace_id=around.actor.workspace_id,
        row=row,
        study=study,
        booking=Booking(
            study_id=study.id,
            email=person.email,
            starts_at=start,
            name=fitting(name_of(table, row), 200, Field.NAME),
            length=length,
            host_ids=hosts_of(around, row),
            title=fitting(table.cell(row, Field.TITLE), LONGEST_TITLE, Field.TITLE) or None,
            description=fitting(table.cell(row, Field.DESCRIPTION), LONGEST_DESCRIPTION, Field.DESCRIPTION),
            import_key=import_key(around.actor.workspace_id, study, person.email, start),
        ),
        status=status_of(around, row, start),
        person=person,
    )


def import_key(workspace_id: int, study: StudyChoice, email: str, start: datetime) -> str:
    """What makes a session single among those that files bring. A group session is one for all who have a seat."""
    who = "" if study.type is StudyType.GROUP_INTERVIEW else email
    return hashlib.sha256(f"{workspace_id}|{study.id}|{who}|{start.isoformat()}".encode()).hexdigest()


def start_of(actor: Actor, table: Table, row: Row) -> datetime:
    """When the session begins (aware UTC): in the row's zone, else in the actor's."""
    where = table.cell(row, Field.TIME_ZONE) or actor.time_zone
    if Field.START in table.places:
        cell = table.cell(row, Field.START)
        if not cell:
            raise RuleError("The start is missing.", Field.START)
        return values.instant(cell, where, table.day_first)
    day, clock = table.cell(row, Field.DATE), table.cell(row, Field.TIME)
    if not day:
        raise RuleError("The date is missing.", Field.DATE)
    return values.instant_of_parts(day, clock, where, table.day_first)


def length_of(around: Surroundings, row: Row, start: datetime) -> timedelta | None:
    """How long the session is: by its length, else by its end, else (None) as its study says."""
    table = around.table
    given = values.length(table.cell(row, Field.LENGTH))
    end = table.cell(row, Field.END)
    if given is not None or not end:
        return given
    where = table.cell(row, Field.TIME_ZONE) or around.actor.time_zone
    if values.date_in(end, table.day_first) is not None:
        finish = values.instant(end, where, table.day_first)
    else:
        finish = values.instant_of_parts(f"{local(start, where):%Y-%m-%d}", end, where, None)
    if finish <= start:
        raise RuleError("The end is not after the start.", Field.LENGTH)
    return finish - start


def hosts_of(around: Surroundings, row: Row) -> tuple[int, ...]:
    """The members that the row names by address, name or Slack's id; none: the study's default."""
    found: list[int] = []
    for name in HOST_SEPARATOR.split(around.table.cell(row, Field.HOST)):
        if not name:
            continue
        member_id = around.hosts.get(name.casefold())
        if member_id is None:
            raise NotFound(f"Nobody in this workspace is called “{quoted(name)}”.", Field.HOST)
        found.append(member_id)
    return tuple(dict.fromkeys(found))


def status_of(around: Surroundings, row: Row, start: datetime) -> InterviewStatus:
    """The status that the row gives the session; without one a session ahead is Upcoming, one of the past Completed."""
    given = values.status(around.table.cell(row, Field.STATUS))
    is_ahead = start > around.now
    if given is None:
        return InterviewStatus.UPCOMING if is_ahead else InterviewStatus.COMPLETED
    shown = local(start, around.actor.time_zone)
    if is_ahead and given in (InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED):
        raise RuleError(
            f"{shown:%d %B %Y, %H:%M} is still ahead ({around.actor.time_zone}): it can't be {given.label}.",
            Field.STATUS,
        )
    if not is_ahead and given is InterviewStatus.UPCOMING:
        raise RuleError(
            f"{shown:%d %B %Y, %H:%M} has passed ({around.actor.time_zone}): say completed, no-show or canceled.",
            Field.STATUS,
        )
    return given


def fitting(cell: str, longest: int, field: Field) -> str:
    """The cell. Raises RuleError for one that is too long."""
    if len(cell) > longest:
        raise RuleError(f"That is longer than {longest:,} characters.", field)
    return cell


@dataclass(frozen=True, slots=True)
class Known:
    """The sessions that there are already: references by import key, and by study, start and who has a seat.

    `called` are all addresses of a person, their own first, by any of them: a row may name another than an earlier one.
    """

    keys: dict[str, str]
    seats: dict[Seat, str]
    called: Mapping[str, Sequence[str]]

    def own(self, email: str) -> str:
        """The own address of the person who has that address."""
        return self.called.get(email, (email,))[0]

    def reference(self, plan: Planned) -> str | None:
        """The session in which the plan's seat is taken already. It may have been moved since it was imported."""
        if plan.study.type is not StudyType.GROUP_INTERVIEW:
            return next((self.keys[key] for key in possible_keys(plan, self.called) if key in self.keys), None)
        own = self.own(plan.booking.email)
        by_slot = self.seats.get((plan.study.id, plan.booking.starts_at, own))
        return by_slot or self.seats.get((plan.study.id, plan.booking.import_key, own))


def possible_keys(plan: Planned, called: Mapping[str, Sequence[str]]) -> list[str]:
    """The keys under which the plan's session may have come, by any address of its participant: its own key first."""
    key = plan.booking.import_key or ""
    if plan.study.type is StudyType.GROUP_INTERVIEW:
        return [key]
    others = (each for each in called.get(plan.booking.email, ()) if each != plan.booking.email)
    return [key, *(import_key(plan.workspace_id, plan.study, each, plan.booking.starts_at) for each in others)]


def known_sessions(session: Session, actor: Actor, plans: list[Planned]) -> Known:
    """The sessions that the plans may mean: two statements."""
    called = participants_stored.all_addresses(session, actor.workspace_id, {plan.booking.email for plan in plans})
    groups = [plan for plan in plans if plan.study.type is StudyType.GROUP_INTERVIEW]
    statement = (
        sa.select(Interview.import_key, Interview.reference, Interview.study_id, Interview.starts_at, Participant.email)
        .outerjoin(Attendee, sa.and_(Attendee.interview_id == Interview.id, Attendee.participant_id.is_not(None)))
        .outerjoin(Participant, Participant.id == Attendee.participant_id)
        .where(
            Interview.workspace_id == actor.workspace_id,
            sa.or_(
                Interview.import_key.in_({key for plan in plans for key in possible_keys(plan, called)}),
                sa.and_(
                    Interview.study_id.in_({plan.study.id for plan in groups}),
                    Interview.starts_at.in_({plan.booking.starts_at for plan in groups}),
                ),
            ),
        )
    )
    keys: dict[str, str] = {}
    seats: dict[Seat, str] = {}
    for key, reference, study_id, starts_at, email in session.execute(statement):
        if key is not None:
            keys[key] = reference
            seats[study_id, key, email] = reference
        seats[study_id, starts_at, email] = reference
    return Known(keys, seats, called)


def sort_out(session: Session, actor: Actor, plans: list[Planned]) -> tuple[list[Planned], list[RowResult]]:
    """The plans that are new, and the results of those whose session there is already, stored or further up."""
    known = known_sessions(session, actor, plans) if plans else Known({}, {}, {})
    seen: set[Seat] = set()
    new: list[Planned] = []
    unchanged: list[RowResult] = []
    for plan in plans:
        reference = known.reference(plan)
        seat = (plan.study.id, plan.booking.starts_at, known.own(plan.booking.email))
        if reference is not None or seat in seen:
            unchanged.append(RowResult(plan.row.number, RowOutcome.UNCHANGED, reference or ""))
            continue
        seen.add(seat)
        is_used = plan.booking.import_key in known.keys
        new.append(replace(plan, booking=replace(plan.booking, import_key=None)) if is_used else plan)
    return new, unchanged


def book_all(session: Session, around: Surroundings, plans: list[Planned]) -> tuple[list[RowResult], list[str]]:
    """Book the sessions ahead, by the rules of booking by hand, and what they warn of."""
    if not plans:
        return [], []
    results: list[RowResult] = []
    warnings: list[str] = []
    wanted = [plan.booking for plan in plans]
    booked = booking.book_all(session, around.actor, wanted, around.now, Door.IMPORT)
    for plan, result in zip(plans, booked, strict=True):
        if isinstance(result, RuleError):
            results.append(refused(around.table, plan.row, result))
            continue
        results.append(RowResult(plan.row.number, RowOutcome.ADDED, result.reference))
        warnings += result.bypassed.always
    return results, list(dict.fromkeys(warnings))[:MOST_WARNINGS]


def log_all(session: Session, around: Surroundings, plans: list[Planned]) -> list[RowResult]:
    """Log the sessions of the past, and those ahead that were called off, all at once."""
    if not plans:
        return []
    held = [Held(plan.booking, plan.status) for plan in plans]
    booked = history.log_all(session, around.actor, held, record.by(around.actor, around.now, Door.IMPORT))
    return [
        RowResult(plan.row.number, RowOutcome.ADDED, one.reference) for plan, one in zip(plans, booked, strict=True)
    ]


def keep_properties(
    session: Session, around: Surroundings, plans: list[Planned], written: list[RowResult]
) -> list[str]:
    """Keep what the rows that went in say of their participants, the last of several rows for one person deciding.

    What is to be said of it.
    """
    added = {result.row for result in written if result.outcome is RowOutcome.ADDED}
    people = [plan.person for plan in plans if plan.row.number in added and plan.person.properties]
    if not people:
        return []
    participants.write_all(session, around.actor, [NewParticipant(person) for person in people], around.now)
    return remarks(around.table)
