"""The participants of a study as a list: by stage, searched, narrowed and paged (DOMAIN, "Participant status")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.governance import ContactStatus
from domain.participant import ParticipantStatus, Stage, stage
from domain.person import Person
from domain.study import StudyLine

PAGE = 10
"""People on a page."""
MOST_COUNTED = 2_000
"""Of more who stand the same it is not said how many there are: "2,000+"."""
LONGEST_TEXT = 200


class Trouble(StrEnum):
    """What may be wrong with somebody's being contacted, as a fact. The value names it in a menu. Whom rules bar is
    Not Eligible.
    """

    ANY = "Anything wrong"
    BOUNCED = "Mail does not arrive"
    IN_BLOCKLIST = "In Blocklist"
    OPTED_OUT = "Opted Out"
    DO_NOT_CONTACT = "Do Not Contact (by hand)"
    IN_COOLDOWN = "In Cooldown (by hand)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which participants of a study: all of it is to be true of them.

    `stage` is a tab, None for all of them. With `text` their name, last name or address begins so, or they are called
    so (`P17`). A property has a name as it is stored, and a value whatever its case. `size` are shown on a page.
    """

    stage: Stage | None = None
    status: ParticipantStatus | None = None
    text: str = ""
    property_name: str = ""
    property_value: str = ""
    trouble: Trouble | None = None
    size: int = PAGE

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the status decides."""
        return bool(self.text.strip() or self.property_name or self.trouble)

    def statuses(self, has_incentive: bool) -> tuple[ParticipantStatus, ...]:
        """The statuses of those who are wanted, in a study with or without an incentive."""
        return tuple(status for status in in_stage(self.stage, has_incentive) if self.status in (None, status))


def in_stage(wanted: Stage | None, has_incentive: bool) -> tuple[ParticipantStatus, ...]:
    """The statuses of a stage, or (None) of all."""
    return tuple(status for status in ParticipantStatus if wanted in (None, stage(status, has_incentive)))


def property_of(text: str) -> tuple[str, str]:
    """Name and value of `Plan = Pro`; both empty for an empty text. Raises RuleError for something else."""
    if not text.strip():
        return "", ""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value or '"' in name:
        raise RuleError("Write a property with its value, such as Plan = Pro.", "property")
    return name, value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind this enrolment, which has stood so since then (aware UTC), or, `is_back`, before."""

    changed_at: datetime
    enrolment_id: int
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A participant of the study. `since` is when they came to stand so; all instants are aware UTC."""

    enrolment_id: int
    person: Person
    status: ParticipantStatus
    stage: Stage
    since: datetime
    contact: ContactStatus = ContactStatus.FREE_TO_CONTACT
    cooldown_until: datetime | None = None
    bounced_at: datetime | None = None
    soft_bounced_at: datetime | None = None
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stand where; of more than `MOST_COUNTED` in one status the number is not known."""

    numbers: Mapping[ParticipantStatus, int]

    def shown(self, statuses: tuple[ParticipantStatus, ...]) -> str:
        """How many stand in any of these: `1,204`, or `2,000+`."""
        found = [self.numbers.get(status, 0) for status in statuses]
        if any(number > MOST_COUNTED for number in found):
            return f"{sum(min(number, MOST_COUNTED) for number in found):,}+"
        return f"{sum(found):,}"

    def number(self, statuses: tuple[ParticipantStatus, ...]) -> int:
        """At least so many stand in any of these."""
        return sum(self.numbers.get(status, 0) for status in statuses)


@dataclass(frozen=True, slots=True)
class EnrolmentPage:
    """A page of a study's participants, latest change first.

    `counts` are of those who are found by the search and the filters, None where these are too many to be counted.
    `previous` and `next` say where the other pages begin, None at either end. `looked_at`: only so many were looked
    through for this page, and the next looks on. `with_names` says whether the reader may know everybody in the study
    by name.
    """

    line: StudyLine
    wanted: Wanted
    has_incentive: bool
    counts: Counts | None
    people: tuple[Listed, ...]
    previous: Place | None
    next: Place | None
    may_manage: bool
    with_names: bool
    looked_at: int | None = None
