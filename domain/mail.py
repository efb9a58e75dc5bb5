"""Mails to participants about a session: which kinds may go out when, and what they may say (DOMAIN, "Mails")."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.interview import InterviewStatus, Seat
from domain.participant import ContactFacts, ContactStatus, contact_status
from domain.schedule import Seen
from domain.spelling import length_words, when
from domain.study import StudyStatus


class MailKind(StrEnum):
    CONFIRMATION = "confirmation"
    RESCHEDULED = "rescheduled"
    CANCELLATION = "cancellation"
    HOST_CHANGE = "host_change"
    REMINDER = "reminder"
    INCENTIVE = "incentive"
    CUSTOM = "custom"
    RESCHEDULE_REQUEST = "reschedule_request"

    @property
    def label(self) -> str:
        """What a person chooses who writes one."""
        return LABELS.get(self, self.value.replace("_", " ").capitalize())

    @property
    def noun(self) -> str:
        """What the mail is called within a sentence."""
        return NOUNS.get(self, self.label.lower())


LABELS = {MailKind.RESCHEDULE_REQUEST: "Request to reschedule"}
NOUNS = {MailKind.CUSTOM: "custom mail", MailKind.INCENTIVE: "incentive mail"}

BY_HAND: dict[MailKind, frozenset[InterviewStatus]] = {
    MailKind.REMINDER: frozenset({InterviewStatus.UPCOMING}),
    MailKind.INCENTIVE: frozenset({InterviewStatus.COMPLETED}),
    MailKind.CUSTOM: frozenset(InterviewStatus),
    MailKind.RESCHEDULE_REQUEST: frozenset(InterviewStatus),
}
"""The kinds that a person writes and sends, and what has become of a participant's seat when they may get one."""

ONLY_WHILE_ACTIVE = frozenset({MailKind.RESCHEDULE_REQUEST, MailKind.INCENTIVE})
"""Kinds that don't go out while the study is Paused or Closed."""

HELD = frozenset({StudyStatus.PAUSED, StudyStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides which mails may go out: what has become of the seats, how the study is, whether time has passed."""

    outcomes: frozenset[InterviewStatus]
    study_status: StudyStatus
    has_incentive: bool
    is_over: bool


def why_not(kind: MailKind, found: Situation) -> str | None:
    """Why no mail of that kind may go out, as the end of a sentence; None when it may."""
    if not found.outcomes & BY_HAND[kind]:
        return "the session is not ahead" if kind is MailKind.REMINDER else "the session is not completed"
    if kind is MailKind.REMINDER and found.is_over:
        return "the session is over"
    if kind is MailKind.INCENTIVE and not found.has_incentive:
        return "the study has no incentive"
    if kind in ONLY_WHILE_ACTIVE and found.study_status in HELD:
        return f"the study is {found.study_status.label}"
    return None


BARRED = {
    ContactStatus.IN_BLOCKLIST: "is on the blocklist",
    ContactStatus.OPTED_OUT: "has opted out",
    ContactStatus.DO_NOT_CONTACT: "is not to be contacted",
}


def why_barred(facts: ContactFacts, bounced_at: datetime | None, now: datetime) -> str | None:
    """Why a person gets no mail by hand, after their name; None when they may. A cooldown bars invitations only."""
    barred = BARRED.get(contact_status(facts, now))
    return barred or ("has an address that bounced" if bounced_at is not None else None)


@dataclass(frozen=True, slots=True)
class MailLinks:
    """The participant's own pages: to confirm, and to cancel. None where there is none."""

    confirm: str | None = None
    manage: str | None = None


@dataclass(frozen=True, slots=True)
class MailContext:
    """What a mail may say. Instants are aware; `time_zone` is the participant's.

    `study_name` is the study's external name, the only one that participants see. `location` is words (`Google Meet`),
    `link` the address to join at. `is_own_cancellation` says that it is the participant who can't come. `subject` and
    `message` are what a person wrote, with its tokens filled; "" where the template says everything.
    """

    participant_name: str
    participant_first_name: str
    study_name: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host_first_name: str
    team_name: str
    location: str | None = None
    link: str | None = None
    passcode: str | None = None
    links: MailLinks = MailLinks()
    incentive: str | None = None
    is_own_cancellation: bool = False
    reply_to: str | None = None
    subject: str = ""
    message: str = ""


OF_ONE_PERSON = ("participant.first_name", "participant.name", "interview.when", "links.confirm", "links.manage")
"""Tokens that stand for something else in every participant's mail."""


def token_values(context: MailContext) -> dict[str, str]:
    """What the tokens of a mail stand for, by name, each on one line. What there is not is no token."""
    values = {
        "participant.first_name": context.participant_first_name or "there",
        "participant.name": context.participant_name or "there",
        "study.external_name": context.study_name,
        "study.incentive": context.incentive,
        "interview.title": context.title,
        "interview.when": when(context.starts_at, context.ends_at, context.time_zone),
        "interview.length": length_words(context.ends_at - context.starts_at),
        "interview.location": context.location,
        "interview.link": context.link,
        "interview.passcode": context.passcode,
        "host.first_name": context.host_first_name,
        "team.name": context.team_name,
        "links.confirm": context.links.confirm,
        "links.manage": context.links.manage,
    }
    return {name: " ".join(value.split()) for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote, tokens and all; `by` is their name. Without a subject it is the template's."""

    text: str
    subject: str = ""
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that a person is about to send: to whom (ids of seats), what, tokens and all."""

    kind: MailKind
    seat_ids: tuple[int, ...]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """A participant who could get a mail. `barred` says, after their name, why they get none."""

    seat: Seat
    barred: str | None


@dataclass(frozen=True, slots=True)
class Composing:
    """What a person who writes a mail is shown. `refused` are the kinds that can't be sent, each with why."""

    seen: Seen
    kind: MailKind
    offered: tuple[MailKind, ...]
    refused: Mapping[MailKind, str]
    recipients: tuple[Recipient, ...]
    subject: str
    text: str
    tokens: tuple[str, ...]

    @property
    def free(self) -> tuple[Seat, ...]:
        """Those who may get it."""
        return tuple(one.seat for one in self.recipients if one.barred is None)


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as the first of its recipients gets it, and all recipients by what they are called to the reader.

    `answers_go_to` is the first name of the host who gets the answers, None where nobody does.
    """

    reference: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    answers_go_to: str | None


def offered_kinds(found: Situation) -> tuple[tuple[MailKind, ...], dict[MailKind, str]]:
    """The kinds that a person may send now, and the others with why not."""
    refused = {kind: why for kind in BY_HAND if (why := why_not(kind, found)) is not None}
    return tuple(kind for kind in BY_HAND if kind not in refused), refused


def seats_for(kind: MailKind, seats: Collection[Seat]) -> tuple[Seat, ...]:
    """The seats whose participants a mail of that kind is for."""
    return tuple(seat for seat in seats if seat.outcome in BY_HAND[kind])
