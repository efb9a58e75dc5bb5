"""Tables that are taken out: participants, interviews and their timelines, read a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.attendance import attendance
from domain.governance import ContactFacts, contact_status
from domain.interview import AttendeeKind
from domain.participant import stage
from domain.person import alias
from domain.times import local
from storage import interviews
from storage.models import Attendee, Enrolment, Interview, Participant, Study, TimelineEntry

PIECE = 1_000
"""Rows that are read at once."""
MOST_PROPERTIES = 80
"""Properties that have a column of their own, by their names; a file has only so many columns."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is taken out: everything of a workspace, or of one study. Times are shown on the clock of `time_zone`."""

    workspace_id: int
    study_id: int | None
    time_zone: str
    now: datetime


Line = tuple[object, ...]
PARTICIPANTS = ("Alias", "E-mail", "Name", "Phone", "Time zone", "Contact status", "Added at")
IN_STUDY = ("Study", "Study status", "Stage", "Status since", "Status reason")
INTERVIEWS = (
    "Reference",
    "Study",
    "Status",
    "Start",
    "End",
    "Time zone",
    "Host",
    "Alias",
    "E-mail",
    "Name",
    "Outcome",
    "Attendance",
    "Is verified",
    "Title",
    "Location",
    "Cancel reason",
)
TIMELINE = ("Reference", "Study", "At (UTC)", "Kind", "Door", "Who", "What", "From", "To")


def property_names(session: Session, scope: Scope) -> list[str]:
    """The names of what is known of the participants, as far as there are columns for them."""
    if session.get_bind().dialect.name == "postgresql":
        each = sa.func.jsonb_object_keys(Participant.properties).table_valued("key", name="each").render_derived()
    else:
        each = sa.func.json_each(Participant.properties).table_valued("key")
    statement = (
        sa.select(each.c.key)
        .select_from(sa.join(Participant, each, sa.true()))
        .where(of_scope(scope))
        .distinct()
        .order_by(each.c.key)
        .limit(MOST_PROPERTIES)
    )
    return list(session.scalars(statement))


def of_scope(scope: Scope) -> sa.ColumnElement[bool]:
    """Whether a participant belongs to what is taken out. Those who were erased do not."""
    is_there = sa.and_(Participant.workspace_id == scope.workspace_id, Participant.erased_at.is_(None))
    if scope.study_id is None:
        return is_there
    is_in = sa.exists().where(Enrolment.participant_id == Participant.id, Enrolment.study_id == scope.study_id)
    return sa.and_(is_there, is_in)


def participants(session: Session, scope: Scope) -> tuple[tuple[str, ...], Iterator[Line]]:
    """Header and lines of the participants, by number; of a study with where each stands in it."""
    names = property_names(session, scope)
    if scope.study_id is None:
        everybody = sa.select(Participant).where(of_scope(scope)).order_by(Participant.number)
        found = session.execute(everybody.execution_options(yield_per=PIECE))
        return (*PARTICIPANTS, *names), ((*person(row[0], scope), *known(row[0], names)) for row in found)
    statement = (
        sa.select(Participant, Enrolment, Study)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Study, Study.id == Enrolment.study_id)
        .where(Enrolment.study_id == scope.study_id, Participant.erased_at.is_(None))
        .order_by(Participant.number)
    )
    rows = session.execute(statement.execution_options(yield_per=PIECE))
    lines = ((*person(one, scope), *standing(place, study, scope), *known(one, names)) for one, place, study in rows)
    return (*PARTICIPANTS, *IN_STUDY, *names), lines


def person(one: Participant, scope: Scope) -> Line:
    facts = ContactFacts(one.blocklisted_at, one.opted_out_at, one.do_not_contact_reason, one.cooldown_until)
    status = contact_status(facts, scope.now)
    return (
        alias(one.number),
        one.email,
        one.name,
        one.phone,
        one.time_zone,
        status.value,
        clock(one.created_at, scope),
    )


def standing(place: Enrolment, study: Study, scope: Scope) -> Line:
    at = stage(place.status, study.incentive_amount_minor is not None)
    return (study.key, place.status.value, at.value, clock(place.status_changed_at, scope), place.status_reason)


def known(one: Participant, names: list[str]) -> Line:
    return tuple(one.properties.get(name) for name in names)


def clock(instant: datetime, scope: Scope) -> str:
    """An instant as a spreadsheet takes it: `2026-05-21 14:00`."""
    return f"{local(instant, scope.time_zone):%Y-%m-%d %H:%M}"


def interview_lines(session: Session, scope: Scope) -> tuple[tuple[str, ...], Iterator[Line]]:
    """Header and lines of the interviews, oldest first: one line a participant."""
    seat, guest = aliased(Attendee), aliased(Participant)
    statement = (
        sa.select(Interview, Study.key, seat, guest)
        .join(Study, Study.id == Interview.study_id)
        .join(seat, sa.and_(seat.interview_id == Interview.id, seat.kind == AttendeeKind.PARTICIPANT))
        .join(guest, guest.id == seat.participant_id)
        .where(*interviews_of(scope))
        .order_by(Interview.starts_at, Interview.id, seat.id)
        .execution_options(yield_per=PIECE)
    )

    def lines() -> Iterator[Line]:
        for piece in session.execute(statement).partitions():
            people = interviews.fetch_people(session, sorted({row[0].id for row in piece}))
            for interview, key, place, somebody in piece:
                hosts = "; ".join(host.name for host in people[interview.id][0])
                yield interview_line(interview, key, hosts, scope) + seat_line(place, somebody) + about(interview)

    return INTERVIEWS, lines()


def interviews_of(scope: Scope) -> list[sa.ColumnElement[bool]]:
    wanted: list[sa.ColumnElement[bool]] = [Interview.workspace_id == scope.workspace_id]
    return [*wanted, Interview.study_id == scope.study_id] if scope.study_id is not None else wanted


def interview_line(interview: Interview, key: str, hosts: str, scope: Scope) -> Line:
    starts, ends = clock(interview.starts_at, scope), clock(interview.ends_at, scope)
    return (interview.reference, key, interview.status.label, starts, ends, scope.time_zone, hosts)


def seat_line(place: Attendee, somebody: Participant) -> Line:
    expected = attendance(place.rsvp, place.rsvp_at, place.confirmed_at)
    return (alias(somebody.number), somebody.email, somebody.name, place.outcome.label, expected.label)


def about(interview: Interview) -> Line:
    return (interview.is_verified, interview.title, interview.link, interview.cancel_reason)


def timeline(session: Session, scope: Scope) -> tuple[tuple[str, ...], Iterator[Line]]:
    """Header and lines of all that happened to interviews, as it was written down: participants by their aliases."""
    statement = (
        sa.select(Interview.reference, Study.key, TimelineEntry)
        .join(TimelineEntry, TimelineEntry.interview_id == Interview.id)
        .join(Study, Study.id == Interview.study_id)
        .where(*interviews_of(scope))
        .order_by(TimelineEntry.id)
        .execution_options(yield_per=PIECE)
    )

    def line(reference: str, key: str, entry: TimelineEntry) -> Line:
        done: tuple[Any, ...] = (entry.kind.value, entry.door.value, entry.actor, entry.text, entry.before, entry.after)
        return (reference, key, f"{entry.at:%Y-%m-%d %H:%M:%S}", *done)

    return TIMELINE, (line(*row) for row in session.execute(statement))
