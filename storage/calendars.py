"""Members' calendars as far as Callsheet knows them: feeds and busy times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from domain.attendance import Rsvp
from domain.calendar import event_id
from domain.interview import AttendeeKind, InterviewStatus
from domain.scheduling import LONGEST, Span
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
    TeamMember,
)
from storage.outbox import insert
from storage.stretches import Stretch, overlapping

EVENT = "calendar_event"
"""The kind of projection that is an interview's calendar event."""

CHUNK = 500
LONGEST_BUSY_TIME = timedelta(days=32)
"""How far back a look-up reads for an event that has begun earlier: longer ones do not block."""


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
    is_to_host = sa.exists().where(
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
            sa.or_(CalendarFeed.sync_token.is_not(None), is_to_host),
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
    """Members of research teams with an address but no calendar yet: the address of each."""
    rows = session.execute(
        sa.select(Member.id, Member.email)
        .where(
            Member.is_active,
            Member.email.is_not(None),
            sa.exists().where(TeamMember.member_id == Member.id),
            ~sa.exists().where(CalendarFeed.member_id == Member.id),
        )
        .order_by(Member.id)
        .limit(limit)
    )
    return {row.id: row.email for row in rows}


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


def is_busy(session: Session, member_id: int, span: Span) -> bool:
    """Whether the member's calendar has anything but interviews in the span that says busy."""
    statement = sa.select(BusyTime.id).where(
        BusyTime.member_id == member_id,
        BusyTime.starts_at < span.end,
        BusyTime.starts_at > span.start - LONGEST_BUSY_TIME,
        BusyTime.ends_at > span.start,
    )
    return session.scalar(statement.limit(1)) is not None


def busy_times(session: Session, wanted: Iterable[Stretch]) -> dict[int, list[Span]]:
    """As `is_busy`, by member: what in their calendars says busy in stretches of their time."""
    table, overlaps = overlapping(
        session, wanted, BusyTime.member_id, (BusyTime.starts_at, BusyTime.ends_at), LONGEST_BUSY_TIME
    )
    statement = sa.select(BusyTime.member_id, BusyTime.starts_at, BusyTime.ends_at).distinct()
    found: dict[int, list[Span]] = defaultdict(list)
    for member_id, starts_at, ends_at in session.execute(statement.select_from(table).join(BusyTime, overlaps)):
        found[member_id].append(Span(starts_at, ends_at))
    return found


def set_busy(session: Session, member_id: int, event_id: str, span: Span | None) -> None:
    """Note that an event blocks the member's time, or (None) that it does no longer."""
    if span is None:
        session.execute(sa.delete(BusyTime).where(BusyTime.member_id == member_id, BusyTime.event_id == event_id))
        return
    values = {"starts_at": span.start, "ends_at": span.end}
    new = insert(session, BusyTime).values(member_id=member_id, event_id=event_id, **values)
    session.execute(new.on_conflict_do_update(index_elements=[BusyTime.member_id, BusyTime.event_id], set_=values))


def event_ids(session: Session, member_id: int) -> set[str]:
    """The events that are known to block the member's time."""
    return set(session.scalars(sa.select(BusyTime.event_id).where(BusyTime.member_id == member_id)))


def keep_busy(session: Session, member_id: int, blocked: Mapping[str, Span], free: Collection[str]) -> None:
    """As `set_busy`, for many events: those that block the member's time, and those that do not (any longer)."""
    rows = [
        {"member_id": member_id, "event_id": id_, "starts_at": span.start, "ends_at": span.end}
        for id_, span in blocked.items()
    ]
    if rows:
        new = insert(session, BusyTime)
        values = {"starts_at": new.excluded.starts_at, "ends_at": new.excluded.ends_at}
        session.execute(
            new.on_conflict_do_update(index_elements=[BusyTime.member_id, BusyTime.event_id], set_=values), rows
        )
    ids = list(free)
    for at in range(0, len(ids), CHUNK):
        session.execute(
            sa.delete(BusyTime).where(BusyTime.member_id == member_id, BusyTime.event_id.in_(ids[at : at + CHUNK]))
        )


def forget_past(session: Session, before: datetime) -> None:
    """Delete the busy times that ended before then."""
    session.execute(sa.delete(BusyTime).where(BusyTime.ends_at < before))


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
