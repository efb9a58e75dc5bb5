"""What mails to participants are written from: whom, what about, and the tokens that stand for it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.mail import MailKind
from domain.spelling import length_words, spelled_date, when, zone_words
from domain.times import local


@dataclass(frozen=True, slots=True)
class MailLinks:
    """The participant's own pages, each by what they do there. None where there is none, or nothing to do.

    `schedule` is where they choose a time, `reschedule` where they choose another one, `claim` where they take one that
    was offered, `start` where they begin something else than a session. `unsubscribe` ends all mails.
    """

    confirm: str | None = None
    manage: str | None = None
    reschedule: str | None = None
    schedule: str | None = None
    claim: str | None = None
    start: str | None = None
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A session as its participant reads of it. Instants are aware.

    `location` is words (`Google Meet`), `link` the address to join at, `is_ahead` whether they still have a seat in it.
    """

    title: str
    starts_at: datetime
    ends_at: datetime
    location: str | None = None
    link: str | None = None
    passcode: str | None = None
    is_ahead: bool = True
    is_own_cancellation: bool = False
    """It is the participant who can't come."""


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """A time for somebody on the waiting list, who may take it before `expires_at`. Instants are aware."""

    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MailContext:
    """What a mail may say. `time_zone` is the participant's, in which all its times are.

    `study_name` is the study's external name, the only one that participants see. A mail about an enrolment has no
    `session`; one that offers a time has an `offer`. `length` is how long a session takes, None where there is none.
    `subject` and `message` are its words with their tokens filled. `has_own_subject`: it is not the standard subject.
    `has_file`: the session is attached for their calendar.
    """

    participant_name: str
    participant_first_name: str
    time_zone: str
    study_name: str
    team_name: str
    host_first_name: str
    session: Appointment | None = None
    offer: OfferedTime | None = None
    length: timedelta | None = None
    links: MailLinks = MailLinks()
    incentive: str | None = None
    sender_name: str | None = None
    reply_to: str | None = None
    subject: str = ""
    message: str = ""
    has_own_subject: bool = False
    has_file: bool = True


ALWAYS = (
    "participant.first_name",
    "participant.name",
    "study.external_name",
    "study.incentive",
    "host.first_name",
    "team.name",
)
ABOUT_SESSION = ("interview.title", "interview.when", "interview.date", "interview.time", "interview.length")
TO_JOIN = ("interview.location", "interview.link", "interview.passcode")
ANSWERS = ("links.confirm", "links.reschedule", "links.manage")
OFFERED = ("offer.when", "offer.date", "offer.time", "offer.until", "interview.length", "links.claim")
TO_START = (*ALWAYS, "links.start")
OF_A_SEAT = (*ALWAYS, *ABOUT_SESSION, *TO_JOIN, *ANSWERS)

TOKENS: dict[MailKind, tuple[str, ...]] = {
    **dict.fromkeys(MailKind, OF_A_SEAT),
    MailKind.CANCELLATION: (*ALWAYS, *ABOUT_SESSION),
    MailKind.SCHEDULER: (*ALWAYS, "interview.length", "links.schedule"),
    MailKind.SLOT_OFFER: (*ALWAYS, *OFFERED),
    MailKind.SCREENER_INVITATION: TO_START,
    MailKind.SURVEY_INVITATION: TO_START,
    MailKind.TEST_INVITATION: TO_START,
}
"""The tokens of each kind of mail, whether or not each stands for something in every one of them."""

OF_ONE_PERSON = frozenset(
    {"participant.first_name", "participant.name", "interview.when", "interview.date", "interview.time", *ANSWERS}
)
"""Tokens that stand for something else in every participant's mail about the same session."""


def token_values(context: MailContext) -> dict[str, str]:
    """What the tokens of a mail stand for, by name, each on one line. What there is not is no token."""
    values = {
        "participant.first_name": context.participant_first_name or "there",
        "participant.name": context.participant_name or "there",
        "study.external_name": context.study_name,
        "study.incentive": context.incentive,
        "host.first_name": context.host_first_name,
        "team.name": context.team_name,
        **session_values(context),
        **offer_values(context),
        "links.confirm": context.links.confirm,
        "links.reschedule": context.links.reschedule,
        "links.manage": context.links.manage,
        "links.schedule": context.links.schedule,
        "links.claim": context.links.claim,
        "links.start": context.links.start,
    }
    return {name: isolated(" ".join(value.split())) for name, value in values.items() if value}


def session_values(context: MailContext) -> dict[str, str | None]:
    """The tokens of the session that the mail is about, and how long one takes."""
    session, zone = context.session, context.time_zone
    if session is None:
        return {"interview.length": length_words(context.length) if context.length else None}
    return {
        "interview.title": session.title,
        "interview.when": when(session.starts_at, session.ends_at, zone),
        "interview.date": spelled_date(local(session.starts_at, zone)),
        "interview.time": f"{local(session.starts_at, zone):%H:%M}",
        "interview.length": length_words(session.ends_at - session.starts_at),
        "interview.location": session.location,
        "interview.link": session.link,
        "interview.passcode": session.passcode,
    }


def offer_values(context: MailContext) -> dict[str, str]:
    """The tokens of the time that the mail offers."""
    offer, zone = context.offer, context.time_zone
    if offer is None:
        return {}
    return {
        "offer.when": when(offer.starts_at, offer.ends_at, zone),
        "offer.date": spelled_date(local(offer.starts_at, zone)),
        "offer.time": f"{local(offer.starts_at, zone):%H:%M}",
        "offer.until": until(offer.expires_at, zone),
    }


def until(instant: datetime, time_zone: str) -> str:
    """`Tuesday, 24 November 2026, 14:00 (Berlin time, UTC+1)`."""
    clock = local(instant, time_zone)
    return f"{spelled_date(clock)}, {clock:%H:%M} ({zone_words(instant, time_zone)})"


FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """The text so that its letters from right to left leave the order of what stands around it alone."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"
    return text
