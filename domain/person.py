"""Participants as people: how they are called, masked and shown to whoever may know them or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.governance import ContactStatus
from domain.participant import ParticipantStatus, Stage, changes_by_hand
from domain.study import StudyType


class LinkPurpose(StrEnum):
    """What a participant's personal link is for. Each link has one purpose."""

    PAGE = "page"
    """Their page in a study: to book, confirm, move and cancel."""
    UNSUBSCRIBE = "unsubscribe"
    CLAIM = "claim"
    """To take a time that was offered to them."""
    SCREENER = "screener"
    """To answer a study's screener."""
    TASK = "task"
    """To do a survey or an unmoderated test."""
    FINISH = "finish"
    """To come back to from a survey or a test that is done elsewhere: nobody gets it by mail."""


EMAIL_PATTERN = re.compile(
    r"[^@\s\x00-\x1f\x7f<>\"',;:\\]{1,64}@[^@\s\x00-\x1f\x7f<>\"',;:\\.]+(\.[^@\s\x00-\x1f\x7f<>\"',;:\\.]+)+"
)


def email_address(text: str) -> str:
    """The address in its canonical form (lower case). Raises RuleError when it is none."""
    address = text.strip().lower()
    if len(address) > 254 or not EMAIL_PATTERN.fullmatch(address):
        raise RuleError(f"“{text.strip()[:80]}” is not an e-mail address.", "email")
    return address


def masked_email(address: str) -> str:
    """`m•••@example.com`: enough for its owner to know it again, and for nobody else to write to it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


def masked_name(name: str) -> str:
    """`Mira K.`: the first name, and of the last one only how it begins. Empty when there is none."""
    first, *others = name.split() or [""]
    return f"{first} {others[-1][:1]}." if others else first


def alias(number: int) -> str:
    """How a participant is called where names may not be shown, e.g. `P17`."""
    return f"P{number}"


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as they may be shown: `name` and `email` are None to readers who may not see them."""

    id: int
    number: int
    name: str | None
    email: str | None

    @property
    def alias(self) -> str:
        return alias(self.number)

    @property
    def label(self) -> str:
        return self.name or self.email or self.alias


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """A participant's place in one study. `before` is the status that they had last, None for none.

    `is_booked`: they have a seat there in a session that is not settled.
    """

    enrolment_id: int
    study_key: str
    study_name: str
    study_type: StudyType
    status: ParticipantStatus
    stage: Stage
    status_changed_at: datetime
    may_manage: bool
    before: ParticipantStatus | None = None
    is_booked: bool = False

    @property
    def changes(self) -> tuple[ParticipantStatus, ...]:
        """The statuses that may be set by hand from here."""
        return changes_by_hand(self.status, self.study_type, self.before, is_booked=self.is_booked)


@dataclass(frozen=True, slots=True)
class ParticipantDetails:
    """A participant as their own page shows them.

    `bounced_at` is since when no mail reaches them, `soft_bounced_at` since when none did for now,
    `erased_at` since when nothing personal is known of them any more (aware UTC).
    """

    person: Person
    time_zone: str | None
    phone: str | None
    contact_status: ContactStatus
    properties: tuple[tuple[str, str], ...]
    enrolments: tuple[EnrolmentLine, ...]
    interview_references: tuple[str, ...]
    bounced_at: datetime | None = None
    soft_bounced_at: datetime | None = None
    erased_at: datetime | None = None
