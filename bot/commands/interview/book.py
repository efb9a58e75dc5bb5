"""Booking an interview by hand: in a modal, or in plain words that are shown back first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot import plain_words
from bot.blocks import booking as blocks
from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.commands.interview.words import minutes_of, typed_booking
from bot.services import booking, schedule
from bot.services.booking import Booking
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, Replace, Reply, say
from domain.errors import RuleError
from domain.roles import Actor, Permission
from domain.schedule import Draft

capability = Capability()


@dataclass(frozen=True, slots=True)
class Wanted(Metadata):
    """A booking that was understood, as its buttons carry it: ids, an address, UNIX seconds, minutes (0: as usual)."""

    study_id: int = 0
    email: str = ""
    starts_at: int = 0
    minutes: int = 0
    host_ids: tuple[int, ...] = ()


@capability.subcommand(
    "/interview",
    "book",
    summary="Book an interview, in a modal or in plain words",
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
    value = Wanted(
        channel_id,
        wanted.study_id,
        wanted.email,
        int(understood.at.timestamp()),
        minutes_of(words.length),
        wanted.host_ids,
    )
    return Reply(*blocks.proposal(shown, value.dump()))


@capability.shortcut("book_interview", reads=True)
@capability.action(InterviewId.BOOK, reads=True)
def open_modal(actor: Actor, channel_id: str) -> Outcome:
    """The empty modal, for those who may book in some study at least."""
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=True)
    return Open(blocks.modal(Draft(), Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_CHANGE, reads=True)
def change(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    """The modal, filled with what was understood."""
    draft = schedule.draft(session, actor, booking_of(Wanted.load(value), now))
    return Open(blocks.modal(draft, Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_AGAIN, reads=True)
def again(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    """The modal, filled with the study, people and length of an interview that was cancelled."""
    draft = schedule.draft_like(session, actor, int(value))
    return Open(blocks.modal(draft, Metadata(channel_id).dump()))


@capability.action(InterviewId.BOOK_PARSED, once=True)
def book_understood(session: Session, actor: Actor, value: str, now: datetime, has_mail: bool) -> Outcome:
    """Somebody said yes to what was understood: the message with the question becomes the answer."""
    text = book(session, actor, booking_of(Wanted.load(value), now), now, has_mail=has_mail)
    return Replace(text, [kit.section(text)])


@capability.submission(InterviewId.BOOK_MODAL)
def book_submitted(session: Session, actor: Actor, fields: dict[str, Any], now: datetime, has_mail: bool) -> Outcome:
    if not fields.get("study"):
        raise RuleError("Choose a study.", "study")
    if not fields.get("when"):
        raise RuleError("Pick a day and a time.", "when")
    minutes = int(fields.get("duration") or 0)
    wanted = Booking(
        study_id=int(fields["study"]),
        email=schedule.address_chosen(session, actor, fields.get("participant"), fields.get("email")),
        name=fields.get("name") or "",
        starts_at=datetime.fromtimestamp(int(fields["when"]), now.tzinfo),
        length=timedelta(minutes=minutes) if minutes else None,
        host_ids=schedule.host_ids(session, actor, fields.get("host") or []),
        title=(fields.get("title") or "").strip() or None,
        description=fields.get("note") or "",
    )
    return Close(say(book(session, actor, wanted, now, has_mail=has_mail)))


def book(session: Session, actor: Actor, wanted: Booking, now: datetime, *, has_mail: bool) -> str:
    """Book it. What is to be said of it, in mrkdwn."""
    booked = booking.book(session, actor, wanted, now)
    return blocks.booked_text(booked.reference, booked.span, booked.warnings, has_mail=has_mail)


def booking_of(wanted: Wanted, now: datetime) -> Booking:
    """The booking that a button carries. Instants are aware UTC."""
    return Booking(
        study_id=wanted.study_id,
        email=wanted.email,
        starts_at=datetime.fromtimestamp(wanted.starts_at, now.tzinfo),
        length=timedelta(minutes=wanted.minutes) if wanted.minutes else None,
        host_ids=tuple(wanted.host_ids),
    )


@capability.options(InterviewId.STUDY_MENU)
def find_studies(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.study_options(schedule.bookable_studies(session, actor, typed)))


@capability.options(InterviewId.PARTICIPANT_MENU)
def find_participants(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.person_options(schedule.people(session, actor, typed)))
