"""Participants book and move their sessions themselves: what is a warning to a member is a refusal here.

First the hosts' calendars are looked at, outside of any transaction (`to_look_at`). Then everything is locked, and the
time is found again in the facts as they are now, with what the looks have brought: of two who want the last slot one
gets it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import (
    booking,
    cancellations,
    consents,
    facts,
    hosts,
    moves,
    outgoing,
    outgoing_mails,
    record,
    standing,
)
from bot.services.booking import Booked, Reserved, Telling
from bot.services.facts import Gathered, Reading
from bot.services.hosts import HostChange
from bot.services.live_times import Look, LookUp, chosen, to_look_at
from bot.services.record import By, Change
from bot.services.standing import Standing
from bot.services.standing import check_may_change_seat as check_may_change
from domain import editing, tokens
from domain.alert import AlertKind
from domain.booking import NOTHING, Booking, Decision, engagement
from domain.errors import NotFound, RuleError
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.mail import MailKind
from domain.scheduling import Assignment, Slot
from domain.slots import CantBook, Hurdle, SlotTaken, TryAgain
from domain.spelling import length_words
from domain.times import Span
from storage import interviews, participants, studies
from storage.models import Attendee, Enrolment, Interview, Study

__all__ = [
    "Booked",
    "CantBook",
    "Look",
    "LookUp",
    "SlotTaken",
    "TryAgain",
    "book",
    "check_may_change",
    "move",
    "to_look_at",
]


def book(session: Session, enrolment_id: int, starts_at: datetime, looks: Mapping[int, Look], now: datetime) -> Booked:
    """Book a session for the participant, as they ask themselves. Who is booked at that time already stays so.

    Raises SlotTaken, TryAgain, ConsentNeeded, or CantBook, which says why they can book no time at all.
    """
    here = locked(session, enrolment_id, starts_at, now)
    if here.interview is not None:
        if here.interview.starts_at != starts_at:
            raise CantBook(Hurdle.BOOKED)
        return Booked(here.interview.id, here.interview.reference, Span(starts_at, here.interview.ends_at))
    standing.check(here, now)
    consents.require(session, here.study, enrolment_id)
    known, made = reserve(session, here, starts_at, looks, now)
    booking.write(session, known, [made], by(here, now), Telling(text="booked it"))
    return made.booked()


def move(
    session: Session,
    enrolment_id: int,
    starts_at: datetime,
    looks: Mapping[int, Look],
    now: datetime,
    seat_id: int | None = None,
) -> Interview:
    """Move the participant's session to another time, as they ask themselves: the interview that is at that time.

    Of several sessions it is the one of `seat_id`, else the next. In a group only their seat goes to another session.
    Raises as `book` does.
    """
    here = locked(session, enrolment_id, starts_at, now, seat_id)
    if here.interview is None or here.seat is None:
        raise CantBook(Hurdle.BEGUN)
    if here.interview.starts_at == starts_at:
        return here.interview
    standing.check(here, now)
    before = here.interview.starts_at
    if here.is_group:
        interview, seat = change_seat(session, here, (here.interview, here.seat), (starts_at, looks), now)
    else:
        interview, seat = change_time(session, here, here.interview, (starts_at, looks), now), here.seat
    here.enrolment.moves += 1
    outgoing.alert(
        session,
        interview,
        AlertKind.MOVED_BY_PARTICIPANT,
        now,
        once=f"{seat.id}:{here.enrolment.moves}",
        attendee_id=seat.id,
        moved=[before.isoformat(), starts_at.isoformat()],
    )
    return interview


def by(here: Standing, now: datetime) -> By:
    """The participant, through their page."""
    return By(record.alias_of(here.person), Door.PAGE, now)


def locked(
    session: Session, enrolment_id: int, starts_at: datetime, now: datetime, seat_id: int | None = None
) -> Standing:
    """Where the participant stands; their study, their session and those at that time are locked. Raises NotFound."""
    place = session.execute(
        sa.select(Study.id, Study.workspace_id)
        .join(Enrolment, Enrolment.study_id == Study.id)
        .where(Enrolment.id == enrolment_id)
    ).first()
    if place is None:
        raise NotFound("There is no such participant in the study.", "participant")
    studies.lock(session, place.workspace_id, place.id)
    here = standing.of(session, enrolment_id, now, seat_id)
    if here.interview is not None:
        then = sa.select(Interview.id).where(Interview.study_id == place.id, Interview.starts_at == starts_at)
        interviews.lock_all(session, place.workspace_id, {here.interview.id, *session.scalars(then)})
    return here


def reserve(
    session: Session, here: Standing, starts_at: datetime, looks: Mapping[int, Look], now: datetime
) -> tuple[Gathered, Reserved]:
    """Take a seat for the participant, in a session of their own or a group's. Raises SlotTaken, TryAgain, CantBook."""
    wanted = Booking(
        here.study.id, here.person.email, starts_at, length=here.setup.length, host_ids=here.setup.host_ids
    )
    about = {here.study.id: facts.of_study(here.study, None, is_own=False)}
    reading = Reading(here.study.workspace_id, here.setup.time_zone, now)
    known = facts.gather_rest(session, {here.study.id: here.study}, about, [wanted], reading)
    standing.check(here, now)
    decision = decide(known, here, wanted, chosen(session, here, starts_at, looks, now))
    if here.seat is not None:
        about[here.study.id].seats_taken -= 1
    return known, booking.reserve(known, worded(known, here, wanted, decision), decision)


def decide(known: Gathered, here: Standing, wanted: Booking, slot: Slot) -> Decision:
    """The session that the slot becomes, or the group's that it is. Raises SlotTaken when they are elsewhere then."""
    joins = known.facts.sessions.get(wanted.slot)
    if joins is None:
        host_ids = slot.host_ids[:1] if here.setup.assignment is Assignment.ROUND_ROBIN else slot.host_ids
        return Decision(Span(slot.starts_at, slot.starts_at + here.setup.length), host_ids, None, NOTHING)
    own = here.interview.reference if here.interview is not None else None
    taken = [each for each in known.facts.people[here.person.email].taken if each[1] != own]
    if engagement(taken, joins.span) is not None:
        raise SlotTaken
    return Decision(joins.span, joins.host_ids, joins, NOTHING)


def worded(known: Gathered, here: Standing, wanted: Booking, decision: Decision) -> Booking:
    """The booking with its hosts and guests, and what the study's setup says about its event."""
    host = known.facts.hosts.get(decision.host_ids[0]) if decision.host_ids else None
    first_name = next(iter(host.name.split()), "") if host is not None else ""
    words = (here.study.external_name, length_words(decision.span.end - decision.span.start), first_name)
    values = dict(zip(editing.TOKENS, words, strict=True))
    return Booking(
        study_id=wanted.study_id,
        email=wanted.email,
        starts_at=wanted.starts_at,
        length=wanted.length,
        host_ids=decision.host_ids,
        guest_ids=here.setup.guest_ids,
        title=" ".join(rendered(here.setup.title, values).split()) or None,
        description=rendered(here.setup.description, values),
    )


def rendered(text: str, values: Mapping[str, str]) -> str:
    """The text with its tokens filled in; "" for one with a wrong token: that is not the participant's to put right."""
    try:
        return tokens.render(text, values).strip()
    except RuleError:
        return ""


Chosen = tuple[datetime, Mapping[int, Look]]
"""The time that a participant has chosen, and what the last look at the calendars brought."""


def change_time(session: Session, here: Standing, interview: Interview, to: Chosen, now: datetime) -> Interview:
    """Give the participant's own session another time. In a round robin its host stays if they can."""
    starts_at, looks = to
    span = Span(starts_at, starts_at + here.setup.length)
    wanted = [(id_, span) for id_ in here.setup.host_ids]
    able = facts.lock_hosts(session, here.study.workspace_id, wanted, interview.id)
    participants.lock_all(session, [here.person.id])
    standing.check(here, now)
    slot, who = chosen(session, here, starts_at, looks, now), by(here, now)
    present = set(interviews.host_ids(session, interview.id))
    gone: Collection[int] = ()
    change = None
    if not present.intersection(slot.host_ids):
        gone, new = present, slot.host_ids[0]
        change = hosts.hand_over(session, interview, HostChange(new), who, is_busy=able[new].is_busy(span))
    moves.move(session, interview, span, who, gone)
    if change is not None:
        outgoing.thread(session, interview, change.entry, now)
        hosts.tell(session, interview, change.entry, slot.host_ids[0])
    outgoing.sync_calendar(session, interview, now)
    outgoing_mails.to_seats(session, [(interview, here.seat)] if here.seat else [], MailKind.RESCHEDULED, now)
    return interview


def change_seat(
    session: Session, here: Standing, of: tuple[Interview, Attendee], to: Chosen, now: datetime
) -> tuple[Interview, Attendee]:
    """Let the participant's seat in a group be one in another session: that session, and the seat.

    The old session goes on without them; with nobody left in it it is called off, and nobody need be told.
    """
    old, seat = of
    who = by(here, now)
    known, made = reserve(session, here, *to, now)
    telling = Telling(follows=[old], text=f"moved here from {old.reference}", mail=MailKind.RESCHEDULED)
    (taken,) = booking.write(session, known, [made], who, telling)
    seat.outcome = InterviewStatus.CANCELED
    change = Change(old.starts_at.isoformat(), made.interview.starts_at.isoformat())
    text = f"moved their seat to {made.interview.reference}"
    entry = record.entry(session, old, who, TimelineKind.RESCHEDULED, text, change)
    session.flush()
    outgoing.thread(session, old, entry, now)
    if here.is_alone:
        reason = f"nobody is left in it: {who.name} moved to {made.interview.reference}"
        cancellations.call_off(session, here.study, old, record.by_callsheet(now), reason)
    outgoing.sync_calendar(session, old, now)
    return made.interview, taken
