"""Members' calendars as far as Callsheet knows them, and the interviews that they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.attendance import Rsvp
from domain.calendar import event_id
from domain.interview import AttendeeKind, InterviewStatus
from domain.scheduling import SetupRole
from domain.session_times import LONGEST
from domain.times import Span
from storage.models import (
    Attendee,
    BusyTime,
    CalendarFeed,
    Interview,
    Member,
    OutboxRow,
    OutboxState,
    Participant,
    Projection,
    SchedulingSetup,
    SetupMember,
    TeamMember,
)
from storage.outbox import insert

EVENT = "calendar_event"
"""The kind of projection that is an interview's calendar event."""

CHUNK = 500


def feed(session: Session, member_id: int) -> CalendarFeed | None:
    """The member's calendar, None when they have none."""
    return session.get(CalendarFeed, member_id)


def feeds(session: Session, member_ids: Collection[int]) -> dict[int, CalendarFeed]:
    """The calendars of those of the members who have one."""
    found = session.scalars(sa.select(CalendarFeed).where(CalendarFeed.member_id.in_(member_ids)))
    return {feed.member_id: feed for feed in found}


def connected_among(session: Session, member_ids: Collection[int]) -> set[int]:
    """Those of the members who have a calendar."""
    return set(session.scalars(sa.select(CalendarFeed.member_id).where(CalendarFeed.member_id.in_(member_ids))))


def with_problems(session: Session, workspace_id: int, now: datetime, limit: int = 20) -> list[tuple[str, str]]:
    """The calendars of a workspace that can't be read: whose (Slack's user id), and the sentence that says why.

    One that could never be read counts only while its owner is to host: not everybody has one.
    """
    hosts_one_ahead = sa.exists().where(
        Attendee.member_id == CalendarFeed.member_id,
        Attendee.kind == AttendeeKind.HOST,
        Attendee.starts_at > now - LONGEST,
        Attendee.ends_at > now,
        Interview.id == Attendee.interview_id,
        Interview.status == InterviewStatus.UPCOMING,
    )
    rows = session.execute(
        sa.select(Member.slack_user_id, CalendarFeed.problem)
        .join(Member, Member.id == CalendarFeed.member_id)
        .where(
            Member.workspace_id == workspace_id,
            CalendarFeed.problem.is_not(None),
            sa.or_(CalendarFeed.sync_token.is_not(None), hosts_one_ahead, is_to_host(CalendarFeed.member_id)),
        )
        .order_by(Member.name)
        .limit(limit)
    )
    return [(row.slack_user_id, row.problem or "") for row in rows]


def takes_events(found: CalendarFeed | None) -> bool:
    """Whether events are to be put there: into one that can't be read just now, but not where none was ever read."""
    return found is not None and (found.problem is None or found.sync_token is not None)


def connect(session: Session, member_id: int, calendar_id: str, now: datetime) -> CalendarFeed:
    """The member's calendar, made when it is new; it is read at the next tick."""
    connect_all(session, {member_id: calendar_id}, now)
    return session.get_one(CalendarFeed, member_id)


def connect_all(session: Session, calendar_ids: Mapping[int, str], now: datetime) -> None:
    """Make the calendars, by member, of those who have none yet."""
    rows = [{"member_id": id_, "calendar_id": address, "next_sync_at": now} for id_, address in calendar_ids.items()]
    if rows:
        session.execute(insert(session, CalendarFeed).on_conflict_do_nothing(), rows)


def unconnected_hosts(session: Session, limit: int) -> dict[int, str]:
    """Members of research teams, and hosts of studies, with an address but no calendar yet: the address of each."""
    rows = session.execute(
        sa.select(Member.id, Member.email)
        .where(
            Member.is_active,
            Member.email.is_not(None),
            sa.or_(sa.exists().where(TeamMember.member_id == Member.id), is_to_host(Member.id)),
            ~sa.exists().where(CalendarFeed.member_id == Member.id),
        )
        .order_by(Member.id)
        .limit(limit)
    )
    return {row.id: row.email for row in rows}


def is_to_host(member_id: Any) -> sa.ColumnElement[bool]:
    """Whether participants may book the member in any study, to be used within a query."""
    return sa.exists().where(
        SetupMember.member_id == member_id,
        SetupMember.role == SetupRole.HOST,
        SchedulingSetup.id == SetupMember.setup_id,
        SchedulingSetup.study_id.is_not(None),
    )


def lock(session: Session, member_id: int) -> CalendarFeed | None:
    """The member's calendar, locked until the commit."""
    return session.scalar(
        sa.select(CalendarFeed)
        .where(CalendarFeed.member_id == member_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def due(session: Session, now: datetime, limit: int) -> Sequence[CalendarFeed]:
    """The calendars that are to be read now, longest due first; each is taken by one process only."""
    return session.scalars(
        sa.select(CalendarFeed)
        .where(CalendarFeed.next_sync_at <= now)
        .order_by(CalendarFeed.next_sync_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def by_channel(session: Session, channel_id: str) -> CalendarFeed | None:
    """The calendar whose push notices come through that channel."""
    return session.scalar(sa.select(CalendarFeed).where(CalendarFeed.channel_id == channel_id))


def to_watch(session: Session, expiring_before: datetime, limit: int) -> Sequence[CalendarFeed]:
    """Calendars that have been read and have no push channel, or one that ends before then."""
    return session.scalars(
        sa.select(CalendarFeed)
        .where(
            CalendarFeed.problem.is_(None),
            CalendarFeed.sync_token.is_not(None),
            sa.or_(CalendarFeed.channel_expires_at.is_(None), CalendarFeed.channel_expires_at < expiring_before),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


@dataclass(frozen=True, slots=True)
class Answer:
    """A participant's answer to the invitation, as it is stored. `email` is lower case."""

    attendee_id: int
    email: str
    rsvp: Rsvp


@dataclass(frozen=True, slots=True)
class Held:
    """An interview whose event is in a calendar, as it is stored.

    `written_at` is when Callsheet last wrote the event, None before it has; `is_due`: it is to be written (again).
    """

    interview_id: int
    workspace_id: int
    study_id: int
    organizer_id: int | None
    status: InterviewStatus
    span: Span
    link: str | None
    event_id: str
    written_at: datetime | None
    is_due: bool
    answers: tuple[Answer, ...]


def held_by(session: Session, member_id: int, since: datetime) -> dict[str, Held]:
    """The interviews, by event id, that the member attends or organises and that end after `since`. Two statements."""
    is_due = sa.exists().where(
        OutboxRow.dedupe_key == key_of_event(),
        OutboxRow.state.in_((OutboxState.PENDING, OutboxState.CLAIMED)),
    )
    rows = session.execute(
        sa.select(
            Interview.id,
            Interview.workspace_id,
            Interview.study_id,
            Interview.organizer_id,
            Interview.status,
            Interview.starts_at,
            Interview.ends_at,
            Interview.link,
            Interview.created_at,
            Interview.event_number,
            Projection.updated_at.label("written_at"),
            is_due.label("is_due"),
        )
        .outerjoin(
            Projection,
            sa.and_(
                Projection.workspace_id == Interview.workspace_id,
                Projection.kind == EVENT,
                Projection.subject == sa.cast(Interview.id, sa.String),
            ),
        )
        .where(Interview.id.in_(in_calendar_of(member_id, since)))
    ).all()
    answers = answers_to(session, [row.id for row in rows])
    return {
        (its_id := event_id(row.workspace_id, row.id, row.created_at, row.event_number)): Held(
            interview_id=row.id,
            workspace_id=row.workspace_id,
            study_id=row.study_id,
            organizer_id=row.organizer_id,
            status=row.status,
            span=Span(row.starts_at, row.ends_at),
            link=row.link,
            event_id=its_id,
            written_at=row.written_at,
            is_due=row.is_due,
            answers=answers.get(row.id, ()),
        )
        for row in rows
    }


def in_calendar_of(member_id: int, since: datetime) -> sa.CompoundSelect[int]:
    """The ids of the interviews that `held_by` finds: a former host stays the organiser of the event."""
    return sa.union(
        sa.select(Attendee.interview_id).where(
            Attendee.member_id == member_id,
            Attendee.starts_at > since - LONGEST,
            Attendee.ends_at > since,
        ),
        sa.select(Interview.id).where(
            Interview.organizer_id == member_id,
            Interview.starts_at > since - LONGEST,
            Interview.ends_at > since,
        ),
    )


def key_of_event() -> sa.ColumnElement[str]:
    """The key of the outbox row that writes an interview's event."""
    workspace_id, interview_id = sa.cast(Interview.workspace_id, sa.String), sa.cast(Interview.id, sa.String)
    return sa.literal(f"{EVENT}:") + workspace_id + ":" + interview_id


def answers_to(session: Session, interview_ids: Sequence[int]) -> dict[int, tuple[Answer, ...]]:
    """What the participants with a seat in each interview have answered."""
    found: dict[int, list[Answer]] = defaultdict(list)
    for at in range(0, len(interview_ids), CHUNK):
        rows = session.execute(
            sa.select(Attendee.interview_id, Attendee.id, Participant.email, Attendee.rsvp)
            .join(Participant, Participant.id == Attendee.participant_id)
            .where(
                Attendee.interview_id.in_(interview_ids[at : at + CHUNK]),
                Attendee.outcome == InterviewStatus.UPCOMING,
            )
        )
        for row in rows:
            found[row.interview_id].append(Answer(row.id, row.email, row.rsvp))
    return {id_: tuple(answers) for id_, answers in found.items()}


def conflicts(session: Session, member_id: int, now: datetime) -> list[tuple[Attendee, bool]]:
    """The member's places as host in interviews ahead, each with whether they have something else at that time."""
    other, its = aliased(Attendee), aliased(Interview)
    is_busy = sa.exists().where(
        BusyTime.member_id == Attendee.member_id,
        BusyTime.is_busy,
        BusyTime.starts_at < Attendee.ends_at,
        BusyTime.ends_at > Attendee.starts_at,
    )
    is_taken = sa.exists().where(
        other.member_id == Attendee.member_id,
        other.kind == AttendeeKind.HOST,
        other.interview_id != Attendee.interview_id,
        other.starts_at < Attendee.ends_at,
        other.ends_at > Attendee.starts_at,
        its.id == other.interview_id,
        its.status == InterviewStatus.UPCOMING,
    )
    rows = session.execute(
        sa.select(Attendee, sa.or_(is_busy, is_taken))
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            Attendee.member_id == member_id,
            Attendee.kind == AttendeeKind.HOST,
            Attendee.starts_at > now - LONGEST,
            Attendee.ends_at > now,
            Interview.status == InterviewStatus.UPCOMING,
        )
    )
    return [(attendee, bool(has_conflict)) for attendee, has_conflict in rows]


def failed_events(session: Session, member_id: int, now: datetime) -> Sequence[Interview]:
    """Interviews ahead that could not be written into the member's calendar."""
    return session.scalars(
        sa.select(Interview).where(
            Interview.status == InterviewStatus.UPCOMING,
            Interview.ends_at > now,
            Interview.organizer_id == member_id,
            Interview.calendar_failed,
        )
    ).all()
