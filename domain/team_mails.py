"""A team's own versions of what mails say, as those who may change them see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.drafts import Wording
from domain.mail import MailKind

LONGEST_SUBJECT = 150
LONGEST_TEXT = 2000

EDITABLE = (
    MailKind.SCHEDULER,
    MailKind.CONFIRMATION,
    MailKind.REMINDER,
    MailKind.RESCHEDULED,
    MailKind.CANCELLATION,
    MailKind.HOST_CHANGE,
    MailKind.RESCHEDULE_REQUEST,
    MailKind.SLOT_OFFER,
    MailKind.INCENTIVE,
    MailKind.CUSTOM,
)
"""The kinds of which a team can have its own version, in the order in which participants get them."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Who wrote an own version, and when (aware UTC)."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TeamMails:
    """Every kind of mail, with who wrote the team's own version; None where the wording is the standard."""

    team_id: int
    team_name: str
    kinds: tuple[tuple[MailKind, Changed | None], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A version as a sample participant would read it. `wrong` says, as a sentence, why nobody can."""

    subject: str = ""
    text: str = ""
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Editing:
    """A version that is being written. `changed` is the stored one, None where the wording is the standard."""

    team_id: int
    team_name: str
    kind: MailKind
    words: Wording
    changed: Changed | None
    shown: Shown
