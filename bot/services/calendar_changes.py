"""What happened in a host's calendar, taken over: answers, moves, deletions, meeting links, busy times.

Only the calendar that holds an interview's event is believed about it. What Callsheet wrote itself comes back as a
change that differs in nothing, and does nothing. A change that is older than our own last write, and says another time,
is left: our write comes back too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import calendars as services
from bot.services import cancellations, moves, outgoing, outgoing_mails, record
from bot.services import interviews as interview_services
from bot.services.calendars import Meeting
from bot.services.record import By, Change
from domain.alert import AlertKind
from domain.attendance import TIMELINE_WORDS, Rsvp, attendance
from domain.calendar import Changes, EventAttendee, RemoteEvent
from domain.errors import RuleError
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.mail import MailKind
from domain.session_times import check_length
from domain.times import Span
from storage import busy_times, calendars, interviews, studies
from storage.busy_times import Stay
from storage.calendars import Held
from storage.models import Attendee, Interview, Member, Participant, Study

LOOK_BACK = timedelta(days=1)
"""How long after their end interviews are still followed, and from how long ago busy times are kept."""

LONGEST_COMMENT = 200

ALERTS = {Rsvp.DECLINED: AlertKind.DECLINED, Rsvp.TENTATIVE: AlertKind.MAYBE}


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a calendar: from which token on, when the reading began (aware UTC), and what it brought."""

    sync_token: str | None
    began_at: datetime
    changes: Changes


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendar it is, at which instant its changes are taken over."""

    member: Member
    now: datetime

    @property
    def by(self) -> By:
        return By(self.member.name, Door.CALENDAR, self.now)


def apply(session: Session, member_id: int, reading: Reading, now: datetime) -> bool:
    """Take over what was read. False when another process has read on meanwhile: then nothing is done."""
    feed = calendars.lock(session, member_id)
    if feed is None or feed.sync_token != reading.sync_token:
        return False
    owner = Owner(session.get_one(Member, member_id), now)
    held = calendars.held_by(session, member_id, now - LOOK_BACK)
    events = {event.event_id: event for event in reading.changes.events}
    keep_busy(session, owner, [event for id_, event in events.items() if id_ not in held], reading.changes)
    own = [
        one
        for one in held.values()
        if one.organizer_id == member_id
        and is_concerned(one, events.get(one.event_id), is_full=reading.changes.is_full)
    ]
    studies.lock_all(session, owner.member.workspace_id, {one.study_id for one in own})
    for one in sorted(own, key=lambda one: (one.study_id, one.interview_id)):
        event = events.get(one.event_id)
        is_newer = one.is_due or (one.written_at is not None and one.written_at >= reading.began_at)
        if event is not None:
            follow(session, owner, one, event, is_newer=is_newer)
        elif one.written_at is not None and not is_newer:
            delete(session, owner, one)
    flag_conflicts(session, owner)
    services.note_reading(session, feed, reading.changes.sync_token, reading.began_at, now)
    return True


def is_concerned(held: Held, event: RemoteEvent | None, *, is_full: bool) -> bool:
    """Whether the interview may change by a reading in which its event stands so, or does not stand."""
    if held.status is InterviewStatus.UPCOMING:
        return event is not None or is_full
    return held.status is not InterviewStatus.CANCELED and event is not None and event.is_deleted


def follow(session: Session, owner: Owner, held: Held, event: RemoteEvent, *, is_newer: bool) -> None:
    """Bring an interview in line with its event. `is_newer`: our own last write is newer than the reading."""
    if event.is_deleted:
        delete(session, owner, held)
        return
    span = Span(event.starts_at, event.ends_at) if event.starts_at and event.ends_at else held.span
    if span != held.span and is_newer:
        return
    if span != held.span:
        move(session, owner, held, span)
    if event.meet_link not in (None, held.link):
        interview = interviews.lock(session, held.workspace_id, held.interview_id)
        services.keep_link(session, interview, Meeting(event.meet_link, event.meeting_number), owner.now)
    invited = {attendee.email.lower(): attendee for attendee in event.attendees}
    for answer in held.answers:
        given = invited.get(answer.email)
        if given is not None and given.rsvp is not answer.rsvp:
            note_answer(session, held, answer.attendee_id, given, owner.now)


def note_answer(session: Session, held: Held, attendee_id: int, given: EventAttendee, now: datetime) -> None:
    """A participant has answered the invitation, or taken their answer back."""
    interview = interviews.lock(session, held.workspace_id, held.interview_id)
    seat = session.get_one(Attendee, attendee_id, populate_existing=True)
    if seat.rsvp is given.rsvp or seat.outcome is not InterviewStatus.UPCOMING:
        return
    before = attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at)
    seat.rsvp, seat.rsvp_at = given.rsvp, now
    after = attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at)
    by = By(record.alias_of(session.get_one(Participant, seat.participant_id)), Door.CALENDAR, now)
    change = Change(before.label, after.label)
    entry = record.entry(session, interview, by, TimelineKind.RSVP, answer_words(given), change)
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)
    if given.rsvp in ALERTS:
        outgoing.alert(session, interview, ALERTS[given.rsvp], now, once=str(entry.id), attendee_id=seat.id)


def answer_words(given: EventAttendee) -> str:
    """What the timeline says of an answer, with its comment. One that was taken back leaves its comment behind."""
    words, comment = TIMELINE_WORDS[given.rsvp], given.comment
    if comment is None or given.rsvp is Rsvp.NEEDS_ACTION:
        return words
    return f"{words}: “{comment if len(comment) <= LONGEST_COMMENT else comment[: LONGEST_COMMENT - 1] + '…'}”"


def take(session: Session, held: Held) -> tuple[Study, Interview] | None:
    """The interview and its study, locked in the order that everybody keeps; None when it is not ahead any more."""
    study = studies.lock(session, held.workspace_id, held.study_id)
    interview = interviews.lock(session, held.workspace_id, held.interview_id)
    return (study, interview) if interview.status is InterviewStatus.UPCOMING else None


def move(session: Session, owner: Owner, held: Held, span: Span) -> None:
    """The event was moved: the interview follows, even onto another one of the host's; that shows as a conflict.

    A length that no session may have is not followed; the calendar gets the old time back.
    """
    taken = take(session, held)
    if taken is None:
        return
    _, interview = taken
    old = interview.starts_at
    if (old, interview.ends_at) == (span.start, span.end):
        return
    try:
        check_length(span.start, span.end)
    except RuleError as error:
        put_back(session, owner, interview, error.message)
        return
    moves.move(session, interview, span, owner.by)
    outgoing.alert(
        session,
        interview,
        AlertKind.MOVED_IN_CALENDAR,
        owner.now,
        once=str(interview.sequence),
        moved=[old.isoformat(), span.start.isoformat()],
    )
    told = [(interview, seat) for seat in interview_services.seats_held(session, interview)]
    outgoing_mails.to_seats(session, told, MailKind.RESCHEDULED, owner.now)


def put_back(session: Session, owner: Owner, interview: Interview, why: str) -> None:
    """Undo a change of time in the calendar, and say why."""
    text = f"changed its time in the calendar, and Callsheet put it back: {why}"
    entry = record.entry(session, interview, owner.by, TimelineKind.NOTE, text)
    outgoing.thread(session, interview, entry, owner.now)
    outgoing.sync_calendar(session, interview, owner.now)


def delete(session: Session, owner: Owner, held: Held) -> None:
    """The event was deleted: the session is called off, and the participants are told. One whose outcome is known
    needs no event; should the outcome be undone, it gets a new one.
    """
    taken = take(session, held)
    if taken is not None:
        call_off_deleted(session, *taken, owner.by)
    elif held.status is not InterviewStatus.UPCOMING:
        interview = interviews.lock(session, held.workspace_id, held.interview_id)
        record.entry(session, interview, owner.by, TimelineKind.NOTE, "deleted the event in the calendar")
        interview.event_number += 1
        services.note_removed(session, held.workspace_id, held.interview_id)


def call_off_deleted(session: Session, study: Study, interview: Interview, by: By) -> None:
    """Call a locked interview off because its event is gone from the calendar."""
    record.entry(session, interview, by, TimelineKind.DELETED_IN_CALENDAR, "deleted the event in the calendar")
    cancellations.call_off(session, study, interview, by, "The event was deleted in the calendar")
    services.note_removed(session, interview.workspace_id, interview.id)
    outgoing.alert(session, interview, AlertKind.DELETED_IN_CALENDAR, by.at, once=str(interview.sequence))


def found_deleted(session: Session, workspace_id: int, interview_id: int, now: datetime) -> None:
    """A write found the event deleted: as if the reading of the calendar had."""
    interview = session.get_one(Interview, interview_id)
    study = studies.lock(session, workspace_id, interview.study_id)
    interview = interviews.lock(session, workspace_id, interview_id)
    if interview.status is InterviewStatus.UPCOMING and interview.organizer_id is not None:
        owner = Owner(session.get_one(Member, interview.organizer_id), now)
        call_off_deleted(session, study, interview, owner.by)


def keep_busy(session: Session, owner: Owner, events: Iterable[RemoteEvent], changes: Changes) -> None:
    """Take over when the events are that are no interviews. A full reading also says what is gone."""
    kept, gone = {}, set()
    for event in events:
        is_near = event.ends_at is not None and event.ends_at > owner.now - LOOK_BACK
        is_kept = is_near and not (event.is_deleted or event.is_declined)
        if is_kept and event.starts_at and event.ends_at and event.starts_at < event.ends_at:
            kept[event.event_id] = Stay(Span(event.starts_at, event.ends_at), event.is_busy)
        else:
            gone.add(event.event_id)
    if changes.is_full:
        gone |= busy_times.event_ids(session, owner.member.id) - kept.keys()
    busy_times.keep_events(session, owner.member.id, kept, gone)


def flag_conflicts(session: Session, owner: Owner) -> None:
    """Mark the interviews ahead in which the member hosts while having something else; their cards show it."""
    changed = []
    for place, has_conflict in calendars.conflicts(session, owner.member.id, owner.now):
        if place.has_conflict is not has_conflict:
            place.has_conflict = has_conflict
            changed.append(session.get_one(Interview, place.interview_id))
    outgoing.show_all(session, changed, owner.now)
