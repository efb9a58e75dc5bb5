"""Mails to participants: which kinds may go out when, and who writes them (DOMAIN, "Mails to participants")."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.governance import ContactFacts, ContactStatus, contact_status
from domain.interview import InterviewStatus, Seat
from domain.schedule import Seen
from domain.study import StudyStatus


class MailKind(StrEnum):
    """The kinds of mails that participants get."""

    SCREENER_INVITATION = "screener_invitation"
    SCHEDULER = "scheduler"
    """The invitation to schedule."""
    SURVEY_INVITATION = "survey_invitation"
    TEST_INVITATION = "test_invitation"
    SLOT_OFFER = "slot_offer"
    """A time for somebody on the waiting list."""
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


class MailFate(StrEnum):
    """What became of a mail that was handed over."""

    SENT = "sent"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"


LABELS = {
    MailKind.RESCHEDULE_REQUEST: "Request to reschedule",
    MailKind.SCHEDULER: "Invitation to schedule",
    MailKind.SLOT_OFFER: "Offer of a free time",
    MailKind.RESCHEDULED: "New time",
}
NOUNS = {MailKind.CUSTOM: "custom mail", MailKind.INCENTIVE: "incentive mail"}

BY_HAND: dict[MailKind, frozenset[InterviewStatus]] = {
    MailKind.REMINDER: frozenset({InterviewStatus.UPCOMING}),
    MailKind.INCENTIVE: frozenset({InterviewStatus.COMPLETED}),
    MailKind.CUSTOM: frozenset(InterviewStatus),
    MailKind.RESCHEDULE_REQUEST: frozenset(InterviewStatus),
}
"""The kinds that a person writes and sends, and what has become of a participant's seat when they may get one."""

ABOUT_ENROLMENTS = frozenset(
    {
        MailKind.SCREENER_INVITATION,
        MailKind.SCHEDULER,
        MailKind.SURVEY_INVITATION,
        MailKind.TEST_INVITATION,
        MailKind.SLOT_OFFER,
    }
)
"""Kinds that are about a study in which somebody may take part, not about a session of theirs."""

BY_ONE_CLICK = ABOUT_ENROLMENTS | {MailKind.CUSTOM, MailKind.RESCHEDULE_REQUEST}
"""Kinds that mail programs offer to end by one click. About a session of theirs a participant is asked first: a slip
would call it off.
"""

WHAT: dict[MailKind, str] = {
    MailKind.SCREENER_INVITATION: "the invitation to the screener",
    MailKind.SCHEDULER: "the invitation to schedule",
    MailKind.SURVEY_INVITATION: "the invitation to the survey",
    MailKind.TEST_INVITATION: "the invitation to the test",
    MailKind.SLOT_OFFER: "the offer of a free time",
    MailKind.CONFIRMATION: "the confirmation",
    MailKind.RESCHEDULED: "the new time",
    MailKind.CANCELLATION: "the cancellation",
    MailKind.HOST_CHANGE: "the host change",
    MailKind.REMINDER: "the reminder",
    MailKind.INCENTIVE: "the incentive mail",
    MailKind.CUSTOM: "a custom mail",
    MailKind.RESCHEDULE_REQUEST: "the request to reschedule",
}
"""What a mail is called in a sentence that tells what became of it."""

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


def why_unreachable(facts: ContactFacts, bounced_at: datetime | None, now: datetime) -> str | None:
    """Why a person gets no mail at all, not even about a session of theirs, after their name; None when they do.

    Who is not to be contacted, or was blocked since, still hears of what was booked for them.
    """
    is_final = facts.opted_out_at is not None or bounced_at is not None
    return why_barred(facts, bounced_at, now) if is_final else None


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
    kind: MailKind
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


@dataclass(frozen=True, slots=True)
class LostMail:
    """A mail that came back before the address was corrected. `is_invitable`: an invitation can take its place."""

    enrolment_id: int
    study_key: str
    kind: MailKind
    is_invitable: bool
