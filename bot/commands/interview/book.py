"""Booking an interview by hand, or logging one that was held: in a modal, or in plain words that are shown back first.

What bypasses rules is asked about before it is booked, and of a session of the past how it went.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import booking as blocks
from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.commands.interview.words import minutes_of, typed_booking
from bot.services import booking, history, schedule
from bot.services.booking import Booked, Booking
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, Replace, Reply, Update, say
from domain.errors import RuleError
from domain.interview import InterviewStatus
from domain.roles import Actor, Permission
from domain.schedule import Draft

capability = Capability()


@dataclass(frozen=True, slots=True)
class Wanted(Metadata):
    """A booking as buttons and questions carry it: ids, an address, UNIX seconds, minutes (0: as usual), texts."""

    study_id: int = 0
    email: str = ""
    starts_at: int = 0
    minutes: int = 0
    host_ids: tuple[int, ...] = ()
    name: str = ""
    title: str = ""
    note: str = ""


@capability.subcommand(
    "/interview",
    "book",
    summary="Book an interview, or log a past one, in a modal or in plain words",
    usage="[STUDY E-MAIL next tue 2pm] [with @host] [for 45 min]",
    menu="Book",
    reads=True,
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, now: datetime) -> Outcome:
    """Alone it opens the modal; words are shown back as they were understood."""
    if not arguments:
        return open_modal(actor, channel_id)
    words = typed_booking(arguments)
    understood = plain_words.moment(words.when, now, actor.time_zone)
    wanted = Booking(
        study_id=schedule.study(session, actor, words.study_key).id,
        email=schedule.address_of(session, actor, words.person),
        starts_at=understood.at,
        length=words.length,
        host_ids=schedule.host_ids(session, actor, words.host_slack_ids),
    )
    shown = schedule.propose(session, actor, wanted, understood.notes, now)
    return Reply(*blocks.proposal(shown, carried(wanted, channel_id)))


@capability.shortcut("book_interview", reads=True)
@capability.action(InterviewId.BOOK, reads=True)
def open_modal(actor: Actor, channel_id: str) -> Outcome:
    """The empty modal, for those who may book in some study at least."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
    return Open(blocks.modal(Draft(), Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_CHANGE, reads=True)
def change(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    """The modal, filled with what was understood."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
    draft = schedule.draft(session, actor, booking_of(Wanted.load(value), now))
    return Open(blocks.modal(draft, Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_BACK, reads=True)
def back(session: Session, actor: Actor, metadata: str, now: datetime) -> Outcome:
    """From the question that is asked before, back to what was entered."""
    wanted = Wanted.load(metadata)
    draft = schedule.draft(session, actor, booking_of(wanted, now))
    return Update(blocks.modal(draft, Metadata(wanted.channel_id).dump()))


@capability.subcommand("/interview", "again", summary="Book a cancelled interview again", usage="KEY-7", reads=True)
def again_typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    return ask_again(session, actor, schedule.called(session, actor, arguments), channel_id)


@capability.action(InterviewId.BOOK_AGAIN, reads=True)
def again(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask_again(session, actor, int(value), channel_id)


def ask_again(session: Session, actor: Actor, interview_id: int, channel_id: str) -> Outcome:
    """The modal, filled with the study, people and length of an interview that was cancelled."""
    draft = schedule.draft_like(session, actor, interview_id)
    return Open(blocks.modal(draft, Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_PARSED, once=True)
def book_understood(session: Session, actor: Actor, value: str, now: datetime, has_mail: bool) -> Outcome:
    """Somebody said yes to what was understood: the message with the question becomes the answer."""
    text = book(session, actor, booking_of(Wanted.load(value), now), now, has_mail=has_mail)
    return Replace(text, [kit.section(text)])


@capability.action(InterviewId.LOG_COMPLETED, once=True)
def log_completed(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    text = log(session, actor, booking_of(Wanted.load(value), now), InterviewStatus.COMPLETED, now)
    return Replace(text, [kit.section(text)])


@capability.action(InterviewId.LOG_NO_SHOW, once=True)
def log_no_show(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    text = log(session, actor, booking_of(Wanted.load(value), now), InterviewStatus.NO_SHOWED, now)
    return Replace(text, [kit.section(text)])


@capability.submission(InterviewId.BOOK_MODAL)
def book_submitted(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    """Book it; what bypasses rules, and what has been held, is asked about first."""
    wanted = entered(session, actor, fields, now)
    channel_id = Metadata.load(metadata).channel_id
    if wanted.starts_at <= now:
        shown = schedule.propose(session, actor, wanted, (), now)
        return Update(blocks.log_modal(shown, carried(wanted, channel_id)))
    result = booking.book_by_hand(session, actor, wanted, now)
    if isinstance(result, Booked):
        return Close(say(said_of(result, has_mail=has_mail)))
    return Update(blocks.confirm_modal(schedule.proposal_of(result, actor), carried(wanted, channel_id)))


def entered(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Booking:
    """The booking that was entered into the modal. Raises RuleError about the field that is missing or wrong."""
    if not fields.get("study"):
        raise RuleError("Choose a study.", "study")
    if not fields.get("when"):
        raise RuleError("Pick a day and a time.", "when")
    minutes = int(fields.get("duration") or 0)
    return Booking(
        study_id=int(fields["study"]),
        email=schedule.address_chosen(session, actor, fields.get("participant"), fields.get("email")),
        name=fields.get("name") or "",
        starts_at=datetime.fromtimestamp(int(fields["when"]), now.tzinfo),
        length=timedelta(minutes=minutes) if minutes else None,
        host_ids=schedule.host_ids(session, actor, fields.get("host") or []),
        title=(fields.get("title") or "").strip() or None,
        description=fields.get("note") or "",
    )


@capability.submission(InterviewId.BOOK_ANYWAY_MODAL)
def book_anyway(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    """Somebody read what is bypassed, and books it anyway, or takes a seat in a group session instead."""
    wanted = Wanted.load(metadata)
    chosen = replace(wanted, starts_at=int(fields.get("session") or wanted.starts_at))
    return Close(say(book(session, actor, booking_of(chosen, now), now, has_mail=has_mail)))


@capability.submission(InterviewId.LOG_MODAL)
def log_submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Somebody said how a session of the past went."""
    outcome = InterviewStatus(fields.get("outcome") or InterviewStatus.COMPLETED)
    return Close(say(log(session, actor, booking_of(Wanted.load(metadata), now), outcome, now)))


def book(session: Session, actor: Actor, wanted: Booking, now: datetime, *, has_mail: bool) -> str:
    """Book it. What is to be said of it, in mrkdwn."""
    return said_of(booking.book(session, actor, wanted, now), has_mail=has_mail)


def said_of(booked: Booked, *, has_mail: bool) -> str:
    return blocks.booked_text(booked.reference, booked.span, booked.warnings, has_mail=has_mail)


def log(session: Session, actor: Actor, wanted: Booking, outcome: InterviewStatus, now: datetime) -> str:
    """Log it as held, or called off, in the past. What is to be said of it, in mrkdwn."""
    logged = history.log_past(session, actor, wanted, outcome, now)
    return blocks.logged_text(logged.reference, logged.span, outcome)


def carried(wanted: Booking, channel_id: str) -> str:
    """The booking as buttons and questions carry it. Raises RuleError for a text that is too long for that."""
    value = Wanted(
        channel_id=channel_id,
        study_id=wanted.study_id,
        email=wanted.email,
        starts_at=int(wanted.starts_at.timestamp()),
        minutes=minutes_of(wanted.length),
        host_ids=wanted.host_ids,
        name=wanted.name,
        title=wanted.title or "",
        note=wanted.description,
    )
    try:
        return value.dump()
    except ValueError as error:
        raise RuleError("The description is too long. Shorten it: it can be completed afterwards.", "note") from error


def booking_of(wanted: Wanted, now: datetime) -> Booking:
    """The booking that a button or a question carries. Instants are aware UTC."""
    return Booking(
        study_id=wanted.study_id,
        email=wanted.email,
        starts_at=datetime.fromtimestamp(wanted.starts_at, now.tzinfo),
        length=timedelta(minutes=wanted.minutes) if wanted.minutes else None,
        host_ids=tuple(wanted.host_ids),
        name=wanted.name,
        title=wanted.title or None,
        description=wanted.note,
    )


@capability.options(InterviewId.STUDY_MENU)
def find_studies(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.study_options(schedule.bookable_studies(session, actor, typed)))


@capability.options(InterviewId.PARTICIPANT_MENU)
def find_participants(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.person_options(schedule.people(session, actor, typed)))
