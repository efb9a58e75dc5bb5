"""Participants' personal links: whoever holds one may see and answer for that one seat, and nothing else."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, outgoing, record
from bot.services.record import By
from domain.attendance import Attendance, attendance
from domain.calendar import event_id
from domain.errors import RuleError
from domain.interview import CancelReason, Door, InterviewStatus, TimelineKind
from domain.study import LocationKind, StudyStatus
from storage import interviews, studies
from storage.models import Attendee, Interview, Member, Participant, ParticipantLink, Study, Team

KEPT_AFTER = timedelta(days=14)
"""How long a link works after the end of its session."""


class LinkExpired(RuleError):
    """The link does not work any more, or never did: nobody is told which."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask the person who invited you for a new one.")


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What a participant sees of their session. Instants are aware UTC; `host_name` is the host's first name.

    `is_own_cancellation` says of a cancelled one that it is the participant who can't come, `goes_on` that the others
    of the group meet all the same.
    """

    title: str
    study_name: str
    team_name: str
    host_name: str
    participant_name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    location: LocationKind
    location_text: str | None
    link: str | None
    passcode: str | None
    status: InterviewStatus
    study_status: StudyStatus
    attendance: Attendance
    is_own_cancellation: bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A session as its participant puts it into a calendar of theirs. Instants are aware UTC; `link` is where it is.

    `event_id` is that of the event in the host's calendar, if it is in one; `sequence` counts changes of time.
    """

    event_id: str
    is_in_calendar: bool
    sequence: int
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    host_name: str
    host_email: str
    participant_name: str
    participant_email: str
    link: str | None


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue(session: Session, attendee_id: int, now: datetime) -> str:
    """A new link's secret (256 random bits) for a seat, valid until two weeks after it; only its hash is kept."""
    seat = session.get_one(Attendee, attendee_id)
    token = secrets.token_urlsafe(32)
    expires_at = max(seat.ends_at, now) + KEPT_AFTER
    session.add(
        ParticipantLink(token_hash=hashed(token), attendee_id=attendee_id, created_at=now, expires_at=expires_at)
    )
    return token


def revoke_all(session: Session, attendee_id: int, now: datetime) -> None:
    """End every link to the seat."""
    session.execute(
        sa.update(ParticipantLink)
        .where(ParticipantLink.attendee_id == attendee_id, ParticipantLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def seat_of(session: Session, token: str, now: datetime) -> Attendee:
    """The seat that the link opens: also after the session was moved beyond what the link was made for.

    Raises LinkExpired.
    """
    seat = session.scalar(
        sa.select(Attendee)
        .join(ParticipantLink, ParticipantLink.attendee_id == Attendee.id)
        .where(
            ParticipantLink.token_hash == hashed(token),
            ParticipantLink.revoked_at.is_(None),
            sa.or_(ParticipantLink.expires_at > now, Attendee.ends_at > now - KEPT_AFTER),
        )
    )
    if seat is None:
        raise LinkExpired
    return seat


def page(session: Session, token: str, now: datetime) -> SessionPage:
    """What the link's holder sees. Raises LinkExpired."""
    seat = seat_of(session, token, now)
    interview, person = session.get_one(Interview, seat.interview_id), session.get_one(Participant, seat.participant_id)
    study, team = session.get_one(Study, interview.study_id), session.get_one(Team, interview.team_id)
    (hosts, _guests, _seats) = interviews.fetch_people(session, [interview.id])[interview.id]
    host = session.get(Member, hosts[0].member_id) if hosts else None
    is_upcoming = interview.status is InterviewStatus.UPCOMING and seat.outcome is InterviewStatus.UPCOMING
    return SessionPage(
        title=interview.title,
        study_name=study.external_name,
        team_name=team.name,
        host_name=next(iter(host.name.split()), "") if host else "",
        participant_name=person.name,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        time_zone=person.time_zone or team.time_zone,
        location=interview.location,
        location_text=interview.link if interview.location is LocationKind.CUSTOM else None,
        link=interview.link if is_upcoming and interview.location.needs_link else None,
        passcode=interview.passcode if is_upcoming else None,
        status=seat.outcome,
        study_status=study.status,
        attendance=attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at),
        is_own_cancellation=is_own_cancellation(session, interview, person),
        goes_on=seat.outcome is InterviewStatus.CANCELED is not interview.status,
    )


def is_own_cancellation(session: Session, interview: Interview, person: Participant) -> bool:
    """Whether it is the participant who can't come to a cancelled session: they cancelled, or the team noted it.

    In a group the team's note on the session may be about another one: there only the participant's own seat counts.
    """
    if interview.capacity == 1:
        return (interview.cancel_reason or "").startswith(CancelReason.PARTICIPANT_CANCELED)
    alias = record.alias_of(person)
    entry = cancellations.seat_entry(session, interview.id, alias)
    noted = f"{cancellations.SEAT_OF} {alias} ({CancelReason.PARTICIPANT_CANCELED.value}"
    return entry is not None and (entry.actor == alias or entry.text.startswith(noted))


def calendar_entry(session: Session, token: str, now: datetime) -> CalendarEntry:
    """The session for the holder's own calendar. Raises LinkExpired, or RuleError when it is not ahead any more."""
    seat = seat_of(session, token, now)
    interview, person = session.get_one(Interview, seat.interview_id), session.get_one(Participant, seat.participant_id)
    refuse_unless_ahead(seat, now)
    (hosts, _guests, _seats) = interviews.fetch_people(session, [interview.id])[interview.id]
    host = session.get(Member, hosts[0].member_id) if hosts else None
    return CalendarEntry(
        event_id=event_id(interview.workspace_id, interview.id, interview.created_at, interview.event_number),
        is_in_calendar=interview.organizer_id is not None,
        sequence=interview.sequence,
        title=interview.title,
        description=interview.description,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        host_name=host.name if host else "",
        host_email=(host.email if host else None) or person.email,
        participant_name=person.name,
        participant_email=person.email,
        link=interview.link,
    )


def refuse_unless_ahead(seat: Attendee, now: datetime) -> None:
    """Raise RuleError when the seat's session is over, or is not the participant's any more."""
    if seat.outcome is not InterviewStatus.UPCOMING or seat.ends_at <= now:
        raise RuleError("This session is not ahead any more.")


def by_participant(person: Participant, now: datetime) -> By:
    """The participant, through their page."""
    return By(record.alias_of(person), Door.PAGE, now)


def locked(session: Session, token: str, now: datetime) -> tuple[Attendee, Interview]:
    """The seat that the link opens and its interview, locked, after its study, until the commit. Raises LinkExpired."""
    seat = seat_of(session, token, now)
    interview = session.get_one(Interview, seat.interview_id)
    studies.lock(session, interview.workspace_id, interview.study_id)
    interview = interviews.lock(session, interview.workspace_id, interview.id)
    session.refresh(seat)
    return seat, interview


def confirm(session: Session, token: str, now: datetime) -> None:
    """The participant says that they will come. Saying it twice changes nothing."""
    seat, interview = locked(session, token, now)
    refuse_unless_ahead(seat, now)
    if attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at) is Attendance.CONFIRMED:
        return
    seat.confirmed_at = now
    by = by_participant(session.get_one(Participant, seat.participant_id), now)
    entry = record.entry(session, interview, by, TimelineKind.CONFIRMED, "confirmed that they will come")
    outgoing.show(session, interview, now)
    outgoing.thread(session, interview, entry, now)


def cancel(session: Session, token: str, now: datetime) -> None:
    """The participant can't come: their seat is free again, and the team hears it."""
    seat = seat_of(session, token, now)
    if seat.outcome is InterviewStatus.CANCELED:
        return
    refuse_unless_ahead(seat, now)
    cancellations.cancel_by_participant(
        session, seat, by_participant(session.get_one(Participant, seat.participant_id), now)
    )
