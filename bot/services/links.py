"""Participants' personal links. Each is of one person in one study and has one purpose; whoever holds it may do that.

The link to a page follows its person: it opens their session, and while they have none the times that they may book.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import called_off, cancellations, outgoing, record, standing
from bot.services.record import By
from domain.attendance import Attendance, attendance
from domain.calendar import event_id
from domain.errors import RuleError
from domain.interview import Door, InterviewStatus, TimelineKind, is_welcome_again
from domain.person import LinkPurpose
from domain.slots import CantBook, Hurdle, check_may_change
from domain.study import LocationKind, StudyStatus
from storage import interviews, studies
from storage.models import Attendee, Interview, Member, Participant, ParticipantLink, Study, Team

VALID_FOR = timedelta(days=90)
"""How long a link works that was made before there was a session."""
KEPT_AFTER = timedelta(days=14)
"""How long a link works after the end of its session."""
OPTS_OUT = (LinkPurpose.UNSUBSCRIBE, LinkPurpose.PAGE, LinkPurpose.SCREENER, LinkPurpose.TASK)
"""By links of which purpose their person may ask for no more mail: not by those that tools elsewhere are given."""
LONGEST_REASON = 300
"""Characters of what somebody says who cancels."""


class LinkExpired(RuleError):
    """The link does not work any more, or never did: nobody is told which."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask the person who invited you for a new one.")


class NoSession(RuleError):
    """The link works, but its person has no session yet."""

    def __init__(self) -> None:
        super().__init__("You have no session yet. Pick a time first.")


@dataclass(frozen=True, slots=True)
class SessionPage:
    """What a participant sees of their session. Instants are aware UTC; `host_name` is the host's first name.

    `is_own_cancellation` says of a cancelled one that it is the participant who can't come, `goes_on` that the others
    of the group meet all the same. `no_change` is why one that is ahead can't be moved or cancelled here any more,
    `no_move` why it can't be moved: "" while it can. `is_welcome_again`: whose session is off may take another time.
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
    no_change: str = ""
    no_move: str = ""
    is_welcome_again: bool = True


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
    assert seat.enrolment_id is not None
    until = max(seat.ends_at, now) + KEPT_AFTER
    return issue_for(session, seat.enrolment_id, LinkPurpose.PAGE, now, until=until, attendee_id=attendee_id)


def issue_for(
    session: Session,
    enrolment_id: int,
    purpose: LinkPurpose,
    now: datetime,
    *,
    until: datetime | None = None,
    attendee_id: int | None = None,
    offer_id: int | None = None,
) -> str:
    """A new link's secret for somebody in a study; only its hash is kept. Without `until` it is valid for 90 days."""
    token = secrets.token_urlsafe(32)
    session.add(
        ParticipantLink(
            token_hash=hashed(token),
            purpose=purpose,
            enrolment_id=enrolment_id,
            attendee_id=attendee_id,
            offer_id=offer_id,
            created_at=now,
            expires_at=until or now + VALID_FOR,
        )
    )
    return token


def issue_finish(session: Session, token: str, enrolment_id: int, now: datetime) -> str:
    """The secret that a survey or test elsewhere is given for somebody who comes there by the link of `token`.

    It follows from that one, so that whoever starts twice is the same to the tool, and nothing follows from it.
    """
    digest = hashlib.sha256(f"finish {token}".encode()).digest()
    secret = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    known = session.get(ParticipantLink, hashed(secret))
    if known is None:
        session.add(
            ParticipantLink(
                token_hash=hashed(secret),
                purpose=LinkPurpose.FINISH,
                enrolment_id=enrolment_id,
                created_at=now,
                expires_at=now + VALID_FOR,
            )
        )
    else:
        known.expires_at = now + VALID_FOR
    return secret


def revoke_all(session: Session, enrolment_id: int, now: datetime) -> None:
    """End every link of somebody in a study: to their pages and to what is on offer to them, and those
    that tools elsewhere were given. Opting out goes on working.
    """
    session.execute(
        sa.update(ParticipantLink)
        .where(
            ParticipantLink.enrolment_id == enrolment_id,
            ParticipantLink.purpose != LinkPurpose.UNSUBSCRIBE,
            ParticipantLink.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def resolve(session: Session, token: str, now: datetime, *purposes: LinkPurpose) -> ParticipantLink:
    """The link of that secret, if it is for one of these purposes and still works.

    That of a page works until two weeks after its person's last session in the study, also when that was moved beyond
    what the link was made for; one to unsubscribe never ends. Raises LinkExpired.
    """
    link = session.get(ParticipantLink, hashed(token))
    if link is None or link.revoked_at is not None or link.purpose not in purposes:
        raise LinkExpired
    if link.expires_at > now or link.purpose is LinkPurpose.UNSUBSCRIBE:
        return link
    still = sa.select(sa.func.max(Attendee.ends_at)).where(Attendee.enrolment_id == link.enrolment_id)
    last = session.scalar(still) if link.purpose is LinkPurpose.PAGE else None
    if last is None or last <= now - KEPT_AFTER:
        raise LinkExpired
    return link


def opened(session: Session, token: str, now: datetime) -> tuple[ParticipantLink, Attendee | None]:
    """The link to a page, and the seat that the page is about.

    It is the seat that the link was made for, if that is still ahead; else the next one that is; else the one that it
    was made for, or the latest; None when there never was one. Raises LinkExpired.
    """
    link = resolve(session, token, now, LinkPurpose.PAGE)
    is_own = Attendee.id == link.attendee_id if link.attendee_id is not None else sa.false()
    is_ahead = sa.and_(Attendee.outcome == InterviewStatus.UPCOMING, Attendee.ends_at > now)
    seat = session.scalar(
        sa.select(Attendee)
        .where(Attendee.enrolment_id == link.enrolment_id)
        .order_by(
            sa.case((sa.and_(is_own, is_ahead), 0), (is_ahead, 1), (is_own, 2), else_=3),
            sa.case((is_ahead, Attendee.starts_at)),
            Attendee.starts_at.desc(),
            Attendee.id.desc(),
        )
        .limit(1)
    )
    return link, seat


def seat_of(session: Session, token: str, now: datetime) -> Attendee:
    """The seat that the page is about. Raises LinkExpired, and NoSession when there is none."""
    _link, seat = opened(session, token, now)
    if seat is None:
        raise NoSession
    return seat


def page(session: Session, token: str, now: datetime) -> SessionPage:
    """What the link's holder sees. Raises LinkExpired, and NoSession when there is none."""
    return page_of(session, seat_of(session, token, now), now)


def page_of(session: Session, seat: Attendee, now: datetime) -> SessionPage:
    """A seat as its participant sees it."""
    interview, person = session.get_one(Interview, seat.interview_id), session.get_one(Participant, seat.participant_id)
    study, team = session.get_one(Study, interview.study_id), session.get_one(Team, interview.team_id)
    (hosts, _guests, _seats) = interviews.fetch_people(session, [interview.id])[interview.id]
    host = session.get(Member, hosts[0].member_id) if hosts else None
    is_upcoming = interview.status is InterviewStatus.UPCOMING and seat.outcome is InterviewStatus.UPCOMING
    no_change, no_move = hurdles(session, seat, now) if is_ahead(seat, now) else ("", "")
    why = called_off.reason(session, interview, person) if seat.outcome is InterviewStatus.CANCELED else ""
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
        is_own_cancellation=called_off.is_participants(why),
        goes_on=seat.outcome is InterviewStatus.CANCELED is not interview.status,
        no_change=no_change,
        no_move=no_move,
        is_welcome_again=person.opted_out_at is None and is_welcome_again(why),
    )


def hurdles(session: Session, seat: Attendee, now: datetime) -> tuple[str, str]:
    """Why a session that is ahead can't be changed at all, and why it can't be moved; "" where it can."""
    assert seat.enrolment_id is not None
    here = standing.of(session, seat.enrolment_id, now, seat.id)
    try:
        check_may_change(seat.starts_at, here.setup.change_until, now)
    except CantBook as refusal:
        is_begun = refusal.hurdle is Hurdle.BEGUN
        return "It has begun: it can’t be changed here any more." if is_begun else refusal.message, ""
    try:
        standing.check(here, now)
    except CantBook as refusal:
        return "", refusal.message
    return "", ""


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
    if not is_ahead(seat, now):
        raise RuleError("This session is not ahead any more.")


def is_ahead(seat: Attendee, now: datetime) -> bool:
    """Whether the seat is the participant's, in a session that is not over."""
    return seat.outcome is InterviewStatus.UPCOMING and seat.ends_at > now


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


def cancel(session: Session, token: str, now: datetime, why: str = "") -> None:
    """The participant can't come, and may have said why: their seat is free again, and the team hears it."""
    seat = seat_of(session, token, now)
    if seat.outcome is InterviewStatus.CANCELED:
        return
    refuse_unless_ahead(seat, now)
    standing.check_may_change_seat(session, seat, now)
    by = by_participant(session.get_one(Participant, seat.participant_id), now)
    cancellations.cancel_by_participant(session, seat, by, " ".join(why.split())[:LONGEST_REASON])
