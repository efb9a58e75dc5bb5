"""Mail that comes back: what a mail server's status means for the address (RFC 3463; DOMAIN, "Mails")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.mail import MailFate, MailKind
from domain.participant import COMPLETED, INCENTIVE_OUT, ParticipantStatus

STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_USUAL = {450: "4.2.0", 452: "4.2.2", 550: "5.1.1", 551: "5.1.6", 552: "5.2.2", 553: "5.1.3"}
"""What a reply without an enhanced status stands for."""
_MAILBOX_FULL = "5.2.2"
_OF_THE_SERVER = ("4.3.", "4.4.")
"""The mail system, or the way to it: nothing is said about the address."""

WORDS = {
    "1.1": "there is no such address",
    "1.2": "its domain takes no mail",
    "1.3": "it is no address",
    "1.6": "the mailbox has moved",
    "1.10": "its domain takes no mail",
    "2.1": "the mailbox is disabled",
    "2.2": "the mailbox is full",
    "2.3": "the mail is too long for it",
    "3.4": "the mail is too long for it",
    "4.1": "its mail server does not answer",
    "4.4": "its mail server can't be found",
    "4.7": "its mail server took too long",
    "7.1": "its mail server does not want the mail",
}
"""What a status says after its class, for people."""


S = ParticipantStatus

STAYS = (
    COMPLETED
    | INCENTIVE_OUT
    | {S.INCENTIVE_NOT_SENT, S.INTERVIEW_SCHEDULED, S.OPTED_OUT, S.HARD_BOUNCED, S.CANCELED, S.NOT_ELIGIBLE}
)
"""Where a bounce leaves an enrolment: something is booked or done, or nobody would write to them."""

BOUNCED = {MailFate.HARD_BOUNCED: S.HARD_BOUNCED, MailFate.SOFT_BOUNCED: S.SOFT_BOUNCED}

INVITED = {
    MailKind.SCREENER_INVITATION: S.STUDY_INVITED,
    MailKind.SURVEY_INVITATION: S.STUDY_INVITED,
    MailKind.SCHEDULER: S.INTERVIEW_INVITED,
    MailKind.RESCHEDULE_REQUEST: S.INTERVIEW_INVITED,
    MailKind.SLOT_OFFER: S.INTERVIEW_INVITED,
    MailKind.TEST_INVITATION: S.TEST_INVITED,
}
"""What a mail sets that arrives."""


def status_after(current: ParticipantStatus, found: MailFate) -> ParticipantStatus | None:
    """Where a bounce puts an enrolment without a booking, None when it leaves it."""
    return None if current in STAYS or BOUNCED[found] is current else BOUNCED[found]


def status_restored(kind: MailKind, before: ParticipantStatus | None) -> ParticipantStatus:
    """Where a mail that arrived puts somebody who was Soft Bounced. `before` is what they were before that."""
    return INVITED.get(kind) or before or S.NOT_CONTACTED


class Action(StrEnum):
    """What a report says has become of a mail (RFC 3464)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server reports of a mail: by its Message-ID, with the enhanced status and the server's own words."""

    message_id: str
    action: Action
    code: str
    said: str = ""


def enhanced(reply: int, said: str) -> str:
    """The enhanced status of a server's reply: the one in its words, else what the reply usually stands for."""
    found = STATUS.search(said)
    if found is not None and int(found[1]) == reply // 100:
        return found[0]
    return _USUAL.get(reply, f"{reply // 100}.0.0")


def fate(code: str) -> MailFate:
    """What a mail's fate is that came back with the status: a full mailbox may be emptied, whatever its class."""
    return MailFate.HARD_BOUNCED if code.startswith("5.") and code != _MAILBOX_FULL else MailFate.SOFT_BOUNCED


def is_about_address(code: str) -> bool:
    """Whether a refusal for now says something about the address, and not about the server or the way to it."""
    return code.startswith(("4.", "5.")) and not code.startswith(_OF_THE_SERVER)


def words(code: str) -> str:
    """What the status says about the address, for people: `there is no such address (5.1.1)`."""
    said = WORDS.get(code.partition(".")[2])
    if said is None:
        said = "the address takes no mail" if fate(code) is MailFate.HARD_BOUNCED else "it takes no mail for now"
    return f"{said} ({code})"
