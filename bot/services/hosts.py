"""Giving an interview another host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import facts, outgoing, outgoing_mails, record, schedule
from bot.services.interviews import last_changed, seats_held, take
from bot.services.record import By, Change
from domain import hosting as rules
from domain.attendance import Rsvp
from domain.booking import HostFacts
from domain.errors import NotFound, RuleError, Stale
from domain.hosting import Candidate, Candidates, HostChanged
from domain.interview import AttendeeKind, InterviewAction, InterviewLine, TimelineKind
from domain.mail import MailKind
from domain.roles import Actor
from domain.study import LocationKind
from domain.times import Span, spelled_time
from storage import calendars, interviews, members
from storage.models import Attendee, Interview, Member, TimelineEntry


@dataclass(frozen=True, slots=True)
class HostChange:
    """Who is to host (a member's id), and instead of whom; None: of the first host."""

    host_id: int
    instead_of: int | None = None


def candidates(session: Session, actor: Actor, interview_id: int) -> Candidates:
    """Everybody in the study's team, with why they can't host the interview. Raises NotFound, NotAllowed or Stale."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.CHANGE_HOST).line
    team = members.of_team(session, line.team_id)
    span = Span(line.starts_at, line.ends_at)
    known = facts.of_hosts(session, team, [(id_, span) for id_ in team], line.id)
    return Candidates(line, tuple(candidate(line, id_, known[id_], is_in_team=True) for id_ in team))


def candidate_called(session: Session, actor: Actor, interview_id: int, slack_user_id: str) -> Candidate:
    """The member that a Slack user is, who may host the interview. Raises RuleError that says why another can't."""
    line = schedule.to_manage(session, actor, interview_id, InterviewAction.CHANGE_HOST).line
    member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
    if member is None:
        raise NotFound("Callsheet does not know that host yet. Ask them to type /callsheet once.", "host")
    known = facts.of_hosts(session, {member.id: member}, [(member.id, Span(line.starts_at, line.ends_at))], line.id)
    is_in_team = members.is_in_team(session, line.team_id, member.id)
    found = candidate(line, member.id, known[member.id], is_in_team=is_in_team)
    refuse(found.name, line.reference, found.why_not)
    return found


def candidate(line: InterviewLine, member_id: int, host: HostFacts, *, is_in_team: bool) -> Candidate:
    """What is known of a member, held against the interview."""
    span = Span(line.starts_at, line.ends_at)
    is_host = member_id in {each.member_id for each in line.hosts}
    why_not = rules.obstacle(host, span, is_host=is_host, is_in_team=is_in_team)
    return Candidate(member_id, host.slack_user_id, host.name, why_not, host.is_busy(span))


def change_host(session: Session, actor: Actor, interview_id: int, wanted: HostChange, now: datetime) -> HostChanged:
    """Let somebody else host an upcoming interview. Enrolments stay as they are, and so does the event's organiser.

    Whether they can is decided here, under the lock: their calendar may be gone since they were on offer.
    """
    interview, _ = take(session, actor, interview_id, InterviewAction.CHANGE_HOST)
    places = interviews.attendees(session, interview.id)
    place = place_of(places, wanted)
    if place is None and wanted.instead_of is not None:
        who = last_changed(session, actor, interview.id, TimelineKind.HOST_CHANGED)
        raise Stale(f"The host of {interview.reference} was changed by {who}. Close this and open it again.")
    host = lock_host(session, interview, places, wanted.host_id)
    is_busy = host.is_busy(Span(interview.starts_at, interview.ends_at))
    done = hand_over(session, interview, wanted, record.by(actor, now), is_busy=is_busy)
    announce(session, interview, done.entry, done.old)
    if host.slack_user_id != actor.slack_user_id:
        tell(session, interview, done.entry, wanted.host_id)
    return HostChanged(
        reference=interview.reference,
        host_slack_id=host.slack_user_id,
        old_slack_id=done.old.slack_user_id if done.old else None,
        makes_link=done.makes_link,
        keeps_link=interview.location.needs_link and interview.link is not None,
        is_busy=is_busy,
    )


@dataclass(frozen=True, slots=True)
class Handover:
    """What a change of host wrote: its entry in the timeline, who hosted before, whether a new link is being made."""

    entry: TimelineEntry
    old: Member | None
    makes_link: bool


def hand_over(session: Session, interview: Interview, wanted: HostChange, by: By, *, is_busy: bool) -> Handover:
    """Put a member, whose row is locked, in a host's place of a locked interview. `is_busy`: they have something else.

    Nobody is told yet.
    """
    places = interviews.attendees(session, interview.id)
    place = place_of(places, wanted)
    old = session.get_one(Member, place.member_id) if place is not None else None
    free_place(session, places, wanted.host_id)
    if place is None:
        place = add_place(session, interview)
    seat_host(place, wanted.host_id, has_conflict=is_busy)
    makes_link = renew_link(session, interview, wanted.host_id)
    change = Change(old.name if old else None, session.get_one(Member, wanted.host_id).name)
    entry = record.entry(session, interview, by, TimelineKind.HOST_CHANGED, "changed the host", change)
    session.flush()
    return Handover(entry, old, makes_link)


def place_of(places: Sequence[Attendee], wanted: HostChange) -> Attendee | None:
    """The place of the host who is to go; None when they host no longer, or nobody does."""
    hosts = [place for place in places if place.kind is AttendeeKind.HOST]
    return next((place for place in hosts if wanted.instead_of in (None, place.member_id)), None)


def lock_host(session: Session, interview: Interview, places: Sequence[Attendee], member_id: int) -> HostFacts:
    """What is known of the new host, whose row is locked. Raises RuleError that says why they can't host."""
    span = Span(interview.starts_at, interview.ends_at)
    host = facts.lock_hosts(session, interview.workspace_id, [(member_id, span)], interview.id).get(member_id)
    if host is None:
        raise NotFound("There is no such host in this workspace.", "host")
    is_host = any(place.member_id == member_id and place.kind is AttendeeKind.HOST for place in places)
    is_in_team = members.is_in_team(session, interview.team_id, member_id)
    refuse(host.name, interview.reference, rules.obstacle(host, span, is_host=is_host, is_in_team=is_in_team))
    return host


def refuse(name: str, reference: str, why_not: str | None) -> None:
    """Raise RuleError when there is a reason why they can't host."""
    if why_not is not None:
        raise RuleError(f"{name} can't host {reference}: {why_not}. Choose somebody else.", "host")


def free_place(session: Session, places: Sequence[Attendee], member_id: int) -> None:
    """Take a member out of the place that they have as a guest or observer."""
    for place in places:
        if place.member_id == member_id:
            session.delete(place)
            session.flush()


def add_place(session: Session, interview: Interview) -> Attendee:
    """A host's place in an interview that has none, for somebody to be put into."""
    place = Attendee(
        interview_id=interview.id,
        kind=AttendeeKind.HOST,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
    )
    session.add(place)
    return place


def seat_host(place: Attendee, member_id: int, *, has_conflict: bool) -> None:
    """Put a member into a host's place; they get its rank among the hosts."""
    place.member_id, place.has_conflict = member_id, has_conflict
    place.rsvp, place.rsvp_at = Rsvp.NEEDS_ACTION, None


def renew_link(session: Session, interview: Interview, host_id: int) -> bool:
    """Ask for a new meeting link where the calendar makes it. Whether one is being made.

    An interview that was in no calendar comes into the new host's. Where the calendar that holds it takes no events any
    more, the link stays: nobody could make another.
    """
    interview.organizer_id = interview.organizer_id or host_id
    is_made_by_calendar = interview.location is LocationKind.GOOGLE_MEET and not interview.link_is_own
    if not is_made_by_calendar or not calendars.takes_events(calendars.feed(session, interview.organizer_id)):
        return False
    interview.meeting_number += 1
    interview.link = None
    return True


def announce(session: Session, interview: Interview, entry: TimelineEntry, old: Member | None) -> None:
    """Ask for everything that shows the new host, and for the mails to the participants."""
    outgoing.show(session, interview, entry.at, also=[old.id] if old is not None else [])
    outgoing.thread(session, interview, entry, entry.at)
    outgoing.sync_calendar(session, interview, entry.at)
    seats = [(interview, seat) for seat in seats_held(session, interview)]
    outgoing_mails.to_seats(session, seats, MailKind.HOST_CHANGE, entry.at)


def tell(session: Session, interview: Interview, entry: TimelineEntry, host_id: int) -> None:
    """Tell the new host, in their own zone, what they are to host."""
    host = session.get_one(Member, host_id)
    text = (
        f"You host *{interview.reference}* now: {spelled_time(interview.starts_at, host.time_zone)}, your time. "
        f"`/interview {interview.reference}` shows everything about it."
    )
    key = f"host:{entry.id}"
    outgoing.notice(session, interview.workspace_id, host.slack_user_id, text, entry.at, once=key)
