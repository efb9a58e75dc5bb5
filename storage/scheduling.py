"""How studies are scheduled: setups and templates, members' availability, and what is known of hosts' time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain import availability as hours
from domain.availability import Availability
from domain.errors import NotFound, RuleError
from domain.interview import AttendeeKind, InterviewStatus
from domain.scheduling import (
    REMINDERS,
    Assignment,
    Conflicts,
    GroupSlot,
    HostTime,
    Setup,
    SetupRole,
)
from domain.session_times import LONGEST
from domain.study import StudyType
from domain.times import Span, local_day, today, week_of
from storage import busy_times, calendars, members
from storage.models import (
    Attendee,
    CalendarFeed,
    Interview,
    Member,
    MemberAvailability,
    SchedulingSetup,
    SetupMember,
    Study,
    StudyReminder,
    Team,
)
from storage.outbox import insert

UNREAD_FOR = timedelta(hours=1)
"""How long a calendar may go unread before its owner is not offered any more."""
IDLE_SINCE = timedelta(days=365)
"""How far back is looked for a host's last session."""

GONE = "They are not in the workspace any more."
NEVER_READ = "Their calendar has not been read yet."
UNREAD = "Their calendar has not been read for an hour."

HELD = (InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED)
"""Statuses of sessions that have taken a host's time."""


def setup_of(session: Session, study: Study) -> Setup:
    """How participants book the study's sessions: as stored, else the standard."""
    stored = session.scalar(sa.select(SchedulingSetup).where(SchedulingSetup.study_id == study.id))
    if stored is None:
        return standard(session, study)
    setup = fitted(setup_from(stored.document, *members_of(session, stored.id)), study)
    return setup if setup.host_ids else replace(setup, host_ids=(study.owner_id,))


def standard(session: Session, study: Study) -> Setup:
    """What holds for a study without a setup: its owner hosts, in their own hours; days are of the team's zone."""
    time_zone = session.scalars(sa.select(Team.time_zone).where(Team.id == study.team_id)).one()
    return fitted(Setup(timedelta(), time_zone, (study.owner_id,)), study)


def fitted(setup: Setup, study: Study) -> Setup:
    """The setup with what is the study's own: length and seats, and that group sessions are for group studies only."""
    assignment = setup.assignment
    if study.type is StudyType.GROUP_INTERVIEW:
        assignment = Assignment.GROUP
    elif assignment is Assignment.GROUP:
        assignment = Assignment.COLLECTIVE
    length = timedelta(minutes=study.duration_minutes)
    return replace(setup, length=length, capacity=study.capacity, assignment=assignment)


def store_setup(session: Session, study: Study, setup: Setup, by_name: str, now: datetime) -> None:
    """Keep how the study is scheduled: its length, its seats and its reminders go with it."""
    study.duration_minutes = int(setup.length.total_seconds() // 60)
    study.capacity = setup.capacity if study.type is StudyType.GROUP_INTERVIEW else 1
    stored = session.scalar(sa.select(SchedulingSetup).where(SchedulingSetup.study_id == study.id))
    if stored is None:
        stored = SchedulingSetup(team_id=study.team_id, study_id=study.id)
        session.add(stored)
    write_setup(session, stored, setup, by_name, now)
    store_reminders(session, study.id, setup.reminders)


def store_reminders(session: Session, study_id: int, reminders: Collection[timedelta] = REMINDERS) -> None:
    """When the study's participants are reminded: the rows by which the sweep finds whom."""
    session.execute(sa.delete(StudyReminder).where(StudyReminder.study_id == study_id))
    minutes = sorted({int(before.total_seconds() // 60) for before in reminders})
    if minutes:
        session.execute(
            sa.insert(StudyReminder), [{"study_id": study_id, "minutes_before": before} for before in minutes]
        )


def write_setup(session: Session, stored: SchedulingSetup, setup: Setup, by_name: str, now: datetime) -> None:
    """Write a setup into its row, with its hosts and guests in their order."""
    stored.document, stored.updated_by, stored.updated_at = document_of(setup), by_name, now
    session.flush()
    session.execute(sa.delete(SetupMember).where(SetupMember.setup_id == stored.id))
    roles = [(id_, SetupRole.HOST) for id_ in dict.fromkeys(setup.host_ids)]
    roles += [(id_, SetupRole.GUEST) for id_ in dict.fromkeys(setup.guest_ids) if id_ not in setup.host_ids]
    if roles:
        session.execute(
            sa.insert(SetupMember),
            [
                {"setup_id": stored.id, "member_id": id_, "role": role, "position": position}
                for position, (id_, role) in enumerate(roles)
            ],
        )


def members_of(session: Session, setup_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hosts and the guests of a stored setup, in their order."""
    found = session.execute(
        sa.select(SetupMember.member_id, SetupMember.role)
        .where(SetupMember.setup_id == setup_id)
        .order_by(SetupMember.position)
    ).all()
    hosts, guests = (tuple(row.member_id for row in found if row.role is role) for role in SetupRole)
    return hosts, guests


def templates(session: Session, team_id: int) -> list[tuple[int, str]]:
    """The team's templates, id and name, by name."""
    found = session.execute(
        sa.select(SchedulingSetup.id, SchedulingSetup.name)
        .where(SchedulingSetup.team_id == team_id, SchedulingSetup.study_id.is_(None))
        .order_by(SchedulingSetup.name)
    )
    return [(row.id, row.name or "") for row in found]


def template(session: Session, team_id: int, template_id: int) -> Setup:
    """A template of the team. Raises NotFound."""
    stored = template_row(session, team_id, template_id)
    return setup_from(stored.document, *members_of(session, stored.id))


def template_row(session: Session, team_id: int, template_id: int) -> SchedulingSetup:
    stored = session.scalar(
        sa.select(SchedulingSetup).where(
            SchedulingSetup.id == template_id, SchedulingSetup.team_id == team_id, SchedulingSetup.study_id.is_(None)
        )
    )
    if stored is None:
        raise NotFound("There is no such template any more.", "template")
    return stored


def store_template(session: Session, team_id: int, name: str, setup: Setup, by_name: str, now: datetime) -> int:
    """Keep a setup under a name in the team, in place of one that is called so already. Its id."""
    if not name.strip() or len(name.strip()) > 80:
        raise RuleError("Give the template a name of at most 80 characters.", "name")
    stored = session.scalar(
        sa.select(SchedulingSetup).where(
            SchedulingSetup.team_id == team_id,
            SchedulingSetup.study_id.is_(None),
            SchedulingSetup.name == name.strip(),
        )
    )
    if stored is None:
        stored = SchedulingSetup(team_id=team_id, name=name.strip())
        session.add(stored)
    write_setup(session, stored, setup, by_name, now)
    return stored.id


def delete_template(session: Session, team_id: int, template_id: int) -> None:
    """Forget a template of the team. Raises NotFound."""
    session.delete(template_row(session, team_id, template_id))
    session.flush()


MINUTES = ("length", "notice", "buffer_before", "buffer_after", "increment", "change_until")
PLAIN = ("time_zone", "capacity", "title", "description", "rolling_days", "most_a_day", "most_a_week", "most_moves")
DAYS = ("first_day", "last_day")


def document_of(setup: Setup) -> dict[str, Any]:
    """The setup as JSON, but for its hosts and guests; lengths are in minutes."""
    return {
        **{name: getattr(setup, name) for name in PLAIN},
        **{name: int(getattr(setup, name).total_seconds() // 60) for name in MINUTES},
        **{name: day.isoformat() if (day := getattr(setup, name)) else None for name in DAYS},
        "assignment": setup.assignment.value,
        "conflicts": setup.conflicts.value,
        "availability": setup.availability.document() if setup.availability else None,
        "reminders": [int(before.total_seconds() // 60) for before in setup.reminders],
    }


def setup_from(document: Mapping[str, Any], host_ids: tuple[int, ...], guest_ids: tuple[int, ...]) -> Setup:
    """The setup of a document. What an older version did not know yet has its default."""
    found: dict[str, Any] = {name: document[name] for name in PLAIN if name in document}
    found |= {name: timedelta(minutes=document[name]) for name in MINUTES if name in document}
    found |= {name: date.fromisoformat(document[name]) for name in DAYS if document.get(name)}
    if document.get("availability"):
        found["availability"] = Availability.from_document(document["availability"])
    if "reminders" in document:
        found["reminders"] = tuple(timedelta(minutes=minutes) for minutes in document["reminders"])
    return Setup(
        **found,
        host_ids=host_ids,
        guest_ids=guest_ids,
        assignment=Assignment(document.get("assignment", Assignment.ONE_TO_ONE)),
        conflicts=Conflicts(document.get("conflicts", Conflicts.DEFAULT)),
    )


def stored_availabilities(session: Session, member_ids: Collection[int]) -> dict[int, Availability]:
    """What those members who said something about it have said."""
    found = session.execute(
        sa.select(MemberAvailability.member_id, MemberAvailability.document).where(
            MemberAvailability.member_id.in_(member_ids)
        )
    )
    return {row.member_id: Availability.from_document(row.document) for row in found}


def store_availability(session: Session, member_id: int, availability: Availability, now: datetime) -> None:
    """Keep when a member takes sessions."""
    values = {"document": availability.document(), "updated_at": now}
    new = insert(session, MemberAvailability).values(member_id=member_id, **values)
    session.execute(new.on_conflict_do_update(index_elements=[MemberAvailability.member_id], set_=values))


def host_times(session: Session, setup: Setup, span: Span, now: datetime, *, but: int | None = None) -> list[HostTime]:
    """What is known of the time of the setup's hosts, in their order, for sessions that start within the span.

    The interview `but` aside. As many statements for many hosts as for one.
    """
    found = members.by_ids(session, setup.host_ids)
    people = [found[id_] for id_ in setup.host_ids if id_ in found]
    ids = [person.id for person in people]
    own = stored_availabilities(session, ids) if setup.availability is None else {}
    feeds = calendars.feeds(session, ids)
    near = Span(span.start - setup.buffer_before, span.end + setup.length + setup.buffer_after)
    if setup.conflicts is Conflicts.OFF:
        busy: Mapping[int, list[Span]] = {}
    else:
        busy = busy_times.between(session, ids, near, any_event=setup.conflicts is Conflicts.STRICT)
    hosted = hosted_by(session, ids, weeks_around(near, setup.time_zone), now, but)
    ends = last_ends(session, ids, now, but) if setup.assignment is Assignment.ROUND_ROBIN else {}
    return [
        HostTime(
            member_id=person.id,
            name=person.name,
            availability=setup.availability or own.get(person.id) or hours.standard(person.time_zone),
            busy=busy.get(person.id, ()),
            sessions=hosted.get(person.id, ()),
            last_session_end=ends.get(person.id),
            problem=problem_of(person, feeds.get(person.id), now),
            is_gone=not person.is_active,
        )
        for person in people
    ]


def problem_of(person: Member, feed: CalendarFeed | None, now: datetime) -> str | None:
    """Why nobody knows the time of a host. Who has no calendar has only their hours."""
    if not person.is_active:
        return GONE
    if feed is None:
        return None
    if feed.problem is not None:
        return feed.problem
    if feed.read_at is None:
        return NEVER_READ
    return UNREAD if feed.read_at <= now - UNREAD_FOR else None


def weeks_around(span: Span, time_zone: str) -> Span:
    """The whole weeks, on the days of the zone, that the span touches: caps and turns count by them."""
    first, last = (week_of(today(instant, time_zone)) for instant in (span.start, span.end))
    return local_day(first, time_zone, (last - first).days + 7)


def hosted_by(
    session: Session, member_ids: Collection[int], span: Span, now: datetime, but: int | None
) -> dict[int, list[Span]]:
    """The sessions that members host in the span: those ahead, and those held."""
    is_on = sa.or_(
        Interview.status == InterviewStatus.UPCOMING,
        sa.and_(Interview.status.in_(HELD), Interview.starts_at <= now),
    )
    statement = (
        sa.select(Attendee.member_id, Attendee.starts_at, Attendee.ends_at)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            Attendee.member_id.in_(member_ids),
            Attendee.kind == AttendeeKind.HOST,
            Attendee.starts_at > span.start - LONGEST,
            Attendee.starts_at < span.end,
            Attendee.ends_at > span.start,
            is_on,
        )
    )
    if but is not None:
        statement = statement.where(Interview.id != but)
    found: dict[int, list[Span]] = {}
    for member_id, starts_at, ends_at in session.connection().execute(statement).all():
        if member_id is not None:
            found.setdefault(member_id, []).append(Span(starts_at, ends_at))
    return found


def last_ends(session: Session, member_ids: Collection[int], now: datetime, but: int | None) -> dict[int, datetime]:
    """When the last session ended, or will end, that each of the members hosts."""
    statement = (
        sa.select(Attendee.member_id, sa.func.max(Attendee.ends_at))
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            Attendee.member_id.in_(member_ids),
            Attendee.kind == AttendeeKind.HOST,
            Attendee.starts_at > now - IDLE_SINCE,
            Interview.status != InterviewStatus.CANCELED,
        )
        .group_by(Attendee.member_id)
    )
    if but is not None:
        statement = statement.where(Interview.id != but)
    return {row[0]: row[1] for row in session.execute(statement) if row[0] is not None}


def group_slots(session: Session, study: Study, span: Span, now: datetime) -> list[GroupSlot]:
    """The study's upcoming sessions that start within the span and are ahead of `now`, by time. Two statements.

    Of several at one time the oldest counts: it is the one that is joined.
    """
    found = session.execute(
        sa.select(Interview.id, Interview.starts_at, Interview.capacity)
        .where(
            Interview.study_id == study.id,
            Interview.status == InterviewStatus.UPCOMING,
            Interview.starts_at >= max(span.start, now),
            Interview.starts_at < span.end,
        )
        .order_by(Interview.starts_at, Interview.id)
    ).all()
    oldest: dict[datetime, Any] = {}
    for row in found:
        oldest.setdefault(row.starts_at, row)
    hosts, taken = people_at(session, [row.id for row in oldest.values()])
    return [
        GroupSlot(row.starts_at, max(0, row.capacity - taken.get(row.id, 0)), tuple(hosts.get(row.id, ())))
        for row in oldest.values()
    ]


def people_at(session: Session, interview_ids: Sequence[int]) -> tuple[dict[int, list[int]], dict[int, int]]:
    """The hosts of interviews, and how many seats are taken in each."""
    hosts: dict[int, list[int]] = {}
    taken: dict[int, int] = {}
    for attendee in attending(session, interview_ids):
        if attendee.kind is AttendeeKind.HOST and attendee.member_id is not None:
            hosts.setdefault(attendee.interview_id, []).append(attendee.member_id)
        elif attendee.kind is AttendeeKind.PARTICIPANT and attendee.outcome is InterviewStatus.UPCOMING:
            taken[attendee.interview_id] = taken.get(attendee.interview_id, 0) + 1
    return hosts, taken


def attending(session: Session, interview_ids: Sequence[int]) -> Iterable[Any]:
    if not interview_ids:
        return ()
    return session.execute(
        sa.select(Attendee.interview_id, Attendee.kind, Attendee.member_id, Attendee.outcome)
        .where(Attendee.interview_id.in_(interview_ids))
        .order_by(Attendee.id)
    )
