"""A participant's page: what it shows of them to a reader, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.attendance import Attendance
from domain.interview import Door, InterviewStatus
from domain.mail import MailFate, MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person import ParticipantDetails, alias
from domain.review import Review


class Part(StrEnum):
    """The parts of the page, of which one is shown at a time."""

    OVERVIEW = "overview"
    HISTORY = "history"
    SCREENER = "screener"
    MAILS = "mails"
    INTERVIEWS = "interviews"
    INCENTIVES = "incentives"
    NOTES = "notes"
    PROPERTIES = "properties"

    @property
    def label(self) -> str:
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class Step:
    """A step from a status to another in one study; `was` is None at the first. `reason` is for who manages it."""

    at: datetime
    study_key: str
    was: ParticipantStatus | None
    to: ParticipantStatus
    cause: Cause
    door: Door
    actor: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail that went out: about which study, when, and what became of it. `code` is the status of a bounce."""

    at: datetime
    study_key: str
    kind: MailKind
    fate: MailFate
    code: str | None


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session of theirs: what became of their seat, and whether they said that they come."""

    interview_id: int
    reference: str
    study_key: str
    starts_at: datetime
    outcome: InterviewStatus
    attendance: Attendance


@dataclass(frozen=True, slots=True)
class IncentiveLine:
    """What a study pays them: `amount` as people read it, and where that stands."""

    study_key: str
    amount: str
    state: str


@dataclass(frozen=True, slots=True)
class NoteLine:
    at: datetime
    author: str
    text: str


Line = Step | MailLine | SessionLine | IncentiveLine | NoteLine | Review


INCENTIVE_STATES = {
    ParticipantStatus.INCENTIVE_NOT_SENT: "Owed",
    ParticipantStatus.INCENTIVE_SENT: "Sent",
    ParticipantStatus.INCENTIVE_CLAIMED: "Claimed",
}


def incentive_state(status: ParticipantStatus, before: ParticipantStatus | None, *, took_part: bool) -> str | None:
    """Where an incentive stands, None for who has earned none: opting out does not end what is owed."""
    standing = before if status is ParticipantStatus.OPTED_OUT else status
    if standing in INCENTIVE_STATES:
        return INCENTIVE_STATES[standing]
    return "Not decided yet" if took_part else None


@dataclass(frozen=True, slots=True)
class Powers:
    """What the reader may do about the participant. Each is decided once more when it is done."""

    manage: bool = False
    correct: bool = False
    merge: bool = False
    block: bool = False
    erase: bool = False


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A participant as a reader may see them, with one part of the page.

    `reasons` are all reasons of the contact status, as they follow the name. `asked` is the number by which they were
    called, which may be that of somebody merged into them. `older_than` is the id before which the part goes on.
    """

    about: ParticipantDetails
    part: Part
    lines: tuple[Line, ...]
    powers: Powers
    reasons: tuple[str, ...] = ()
    is_overridden: bool = False
    other_addresses: tuple[str, ...] = ()
    older_than: int | None = None
    begins: bool = True
    asked: int | None = None

    @property
    def merged_from(self) -> str | None:
        """The alias by which they were called, if it was that of somebody merged into them."""
        return alias(self.asked) if self.asked not in (None, self.about.person.number) else None
