"""Hosts' calendars: whose are read and how that goes, what an interview's event is to look like, what became of it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing, record
from bot.services.outgoing import Kind
from bot.services.record import By, Change
from domain.alert import AlertKind
from domain.calendar import EventAttendee, EventDraft, event_id
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.study import LocationKind
from storage import calendars, interviews, projections
from storage.models import Attendee, CalendarFeed, Interview, Member, Participant
from storage.projections import Remote
from storage.scheduling import UNREAD_FOR

POLL = timedelta(seconds=30)
RETRY = timedelta(minutes=10)
"""How long until a calendar that may not be read is tried again."""
BACKOFF = timedelta(minutes=2)
"""How long until a calendar that could not be reached is tried again, unless Google says otherwise."""
OUT_OF_REACH = "Google Calendar could not be reached for an hour."


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that is to be read, and from where on: None for everything."""

    member_id: int
    calendar_id: str
    sync_token: str | None


def connect_hosts(session: Session, now: datetime, limit: int = 200) -> int:
    """Take up the calendars of research teams' members and of studies' hosts by their addresses. How many are new.

    Whether there is such a calendar shows when it is read for the first time.
    """
    found = calendars.unconnected_hosts(session, limit)
    calendars.connect_all(session, found, now)
    return len(found)


def take_due(session: Session, now: datetime, limit: int) -> list[Feed]:
    """The calendars to be read now. Their next turn is noted at once, so that nobody else takes them meanwhile."""
    feeds = calendars.due(session, now, limit)
    for feed in feeds:
        feed.next_sync_at = now + POLL
    return [Feed(feed.member_id, feed.calendar_id, feed.sync_token) for feed in feeds]


def notice(session: Session, channel_id: str, token: str, now: datetime) -> bool:
    """Google says that a calendar has changed: it is read at the next tick. False for a notice that is not genuine."""
    feed = calendars.by_channel(session, channel_id)
    if feed is None or not hmac.compare_digest((feed.channel_token or "").encode(), token.encode()):
        return False
    feed.next_sync_at = min(feed.next_sync_at, now)
    return True


def note_refusal(session: Session, member_id: int, why: str, now: datetime) -> None:
    """The calendar may not be read. Its owner is told, once, if it ever could, or if participants are to book them."""
    feed = calendars.lock(session, member_id)
    if feed is not None:
        feed.next_sync_at = now + RETRY
        note_problem(session, feed, why, now)


def note_outage(session: Session, member_id: int, retry_after: float | None, now: datetime) -> None:
    """The calendar could not be reached: it is tried again a little later. Its owner hears of an outage that lasts."""
    feed = calendars.lock(session, member_id)
    if feed is None:
        return
    feed.next_sync_at = now + (timedelta(seconds=retry_after) if retry_after is not None else BACKOFF)
    if feed.problem is None and feed.read_at is not None and feed.read_at <= now - UNREAD_FOR:
        note_problem(session, feed, OUT_OF_REACH, now)


def note_problem(session: Session, feed: CalendarFeed, why: str, now: datetime) -> None:
    """The calendar can't be read for the present. Its owner is told once until it can."""
    was_read_before, is_news = feed.sync_token is not None, feed.problem is None
    feed.problem = why
    if is_news and (was_read_before or session.scalar(sa.select(calendars.is_to_host(feed.member_id)))):
        member = session.get_one(Member, feed.member_id)
        text = (
            f"Callsheet can't read your calendar{' any more' if was_read_before else ''}: {why} Until it can, "
            "participants can't book you, answers and moves in the calendar stay unnoticed, and new sessions are not "
            "written into it."
        )
        key = f"calendar:{feed.member_id}:{now.isoformat()}"
        outgoing.notice(session, member.workspace_id, member.slack_user_id, text, now, once=key)


def note_reading(session: Session, feed: CalendarFeed, sync_token: str, began_at: datetime, now: datetime) -> None:
    """The calendar was read as it was at `began_at`. If it could not be before, what failed to be written is tried
    again.
    """
    feed.sync_token, feed.read_at = sync_token, began_at
    if feed.problem is not None:
        feed.problem = None
        for interview in calendars.failed_events(session, feed.member_id, now):
            outgoing.sync_calendar(session, interview, now)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The meeting link that an event has, None while it has none, and which of the links asked for it is."""

    link: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Event:
    """An interview's event in its organiser's calendar; `draft` is None when it should not be there."""

    calendar_id: str
    event_id: str
    draft: EventDraft | None


def event_of(session: Session, workspace_id: int, interview_id: int) -> Event | None:
    """What the calendar should hold for the interview. None when there is nothing to be written."""
    interview = session.get(Interview, interview_id)
    if interview is None or interview.workspace_id != workspace_id or interview.organizer_id is None:
        return None
    feed = calendars.feed(session, interview.organizer_id)
    if feed is None:
        return None
    is_over = interview.status not in (InterviewStatus.UPCOMING, InterviewStatus.CANCELED)
    if is_over and not is_to_forget(session, interview):
        return None
    draft = desired_event(session, interview) if interview.status is not InterviewStatus.CANCELED else None
    return Event(
        feed.calendar_id, event_id(workspace_id, interview_id, interview.created_at, interview.event_number), draft
    )


def is_to_forget(session: Session, interview: Interview) -> bool:
    """Whether an event that is in a calendar names somebody who was erased since."""
    held = projections.find(session, interview.workspace_id, Kind.CALENDAR, str(interview.id))
    erased = sa.exists().where(
        Attendee.interview_id == interview.id,
        Participant.id == Attendee.participant_id,
        Participant.erased_at.is_not(None),
    )
    return held is not None and bool(session.scalar(sa.select(erased)))


def desired_event(session: Session, interview: Interview) -> EventDraft:
    """The event of an interview that is on, or was: hosts, guests and participants who have a seat are invited."""
    organizer = session.get_one(Member, interview.organizer_id)
    wants_meet_link = interview.location is LocationKind.GOOGLE_MEET and not interview.link_is_own
    return EventDraft(
        event_id=event_id(interview.workspace_id, interview.id, interview.created_at, interview.event_number),
        reference=interview.reference,
        title=interview.title,
        description=description(interview),
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        time_zone=organizer.time_zone,
        attendees=invited(session, interview),
        wants_meet_link=wants_meet_link,
        location=None if wants_meet_link else interview.link,
        meeting_number=interview.meeting_number,
    )


def description(interview: Interview) -> str:
    """What the event says below its title: whoever is invited needs the passcode too."""
    passcode = f"Passcode: {interview.passcode}" if interview.passcode else ""
    return "\n\n".join(filter(None, (interview.description, passcode)))


def invited(session: Session, interview: Interview) -> tuple[EventAttendee, ...]:
    """Everybody who belongs in the event, by address."""
    rows = session.execute(
        sa.select(
            sa.func.coalesce(Member.email, Participant.email).label("email"),
            sa.func.coalesce(Member.name, Participant.name).label("name"),
        )
        .select_from(Attendee)
        .outerjoin(Member, Member.id == Attendee.member_id)
        .outerjoin(Participant, Participant.id == Attendee.participant_id)
        .where(
            Attendee.interview_id == interview.id,
            Attendee.outcome == InterviewStatus.UPCOMING
            if interview.status is InterviewStatus.UPCOMING
            else Attendee.outcome != InterviewStatus.CANCELED,
            Participant.erased_at.is_(None),
        )
        .order_by(Attendee.id)
    )
    return tuple(EventAttendee(row.email, row.name or None) for row in rows if row.email)


def note_written(
    session: Session, workspace_id: int, interview_id: int, held: Remote, meeting: Meeting, now: datetime
) -> None:
    """The calendar holds the event. A meeting link that came with it is taken over."""
    interview = interviews.lock(session, workspace_id, interview_id)
    projections.remember(session, workspace_id, Kind.CALENDAR, str(interview_id), held, now)
    if interview.calendar_failed:
        interview.calendar_failed = False
        outgoing.show(session, interview, now)
    keep_link(session, interview, meeting, now)


def note_removed(session: Session, workspace_id: int, interview_id: int) -> None:
    """The calendar holds the event no longer."""
    projections.forget(session, workspace_id, Kind.CALENDAR, str(interview_id))


def note_failure(session: Session, workspace_id: int, interview_id: int, why: str, now: datetime) -> None:
    """The calendar does not take the event: the team is told, once until it does.

    The calendar is read soon: if it is out of reach altogether, that shows then, and what failed is made up for later.
    It is locked before the interview, as by whoever takes over what was read.
    """
    organizer_id = session.scalar(
        sa.select(Interview.organizer_id).where(Interview.id == interview_id, Interview.workspace_id == workspace_id)
    )
    feed = calendars.lock(session, organizer_id) if organizer_id is not None else None
    interview = interviews.lock(session, workspace_id, interview_id)
    if interview.calendar_failed:
        return
    if feed is not None:
        feed.next_sync_at = min(feed.next_sync_at, now)
    interview.calendar_failed = True
    entry = record.entry(
        session, interview, record.by_callsheet(now), TimelineKind.NOTE, f"could not write it into the calendar: {why}"
    )
    session.flush()
    outgoing.show(session, interview, now)
    outgoing.alert(session, interview, AlertKind.CALENDAR_FAILED, now, once=str(entry.id), why=why)


def keep_link(session: Session, interview: Interview, meeting: Meeting, now: datetime) -> None:
    """Take over the meeting link that the calendar made for a locked interview; not one that is to be replaced."""
    is_made_by_calendar = interview.location is LocationKind.GOOGLE_MEET and not interview.link_is_own
    is_wanted = is_made_by_calendar and meeting.number == interview.meeting_number
    if meeting.link is None or meeting.link == interview.link or not is_wanted:
        return
    text = "changed the meeting link" if interview.link else "added the meeting link"
    change, interview.link = Change(interview.link, meeting.link), meeting.link
    record.entry(
        session, interview, By("Google Calendar", Door.CALENDAR, now), TimelineKind.LOCATION_CHANGED, text, change
    )
    outgoing.show(session, interview, now)


@dataclass(frozen=True, slots=True)
class Watch:
    """A calendar that needs a push channel. `old` is the one that ends, if any: our name for it and Google's."""

    member_id: int
    calendar_id: str
    old: tuple[str, str] | None


def take_unwatched(session: Session, ending_before: datetime, limit: int) -> list[Watch]:
    """Readable calendars without a push channel, or whose channel ends before then."""
    return [
        Watch(
            feed.member_id,
            feed.calendar_id,
            (feed.channel_id, feed.channel_resource_id) if feed.channel_id and feed.channel_resource_id else None,
        )
        for feed in calendars.to_watch(session, ending_before, limit)
    ]


@dataclass(frozen=True, slots=True)
class Channel:
    """An open push channel: our name for it and Google's, the secret of its notices, and its end (aware UTC)."""

    channel_id: str
    resource_id: str
    token: str
    expires_at: datetime


def note_watched(session: Session, member_id: int, channel: Channel) -> None:
    """Notices of the calendar's changes come through this channel from now on."""
    feed = calendars.lock(session, member_id)
    if feed is not None:
        feed.channel_id, feed.channel_resource_id = channel.channel_id, channel.resource_id
        feed.channel_token, feed.channel_expires_at = channel.token, channel.expires_at
