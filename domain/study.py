"""Studies: types, statuses, and what a list or a page shows of one (DOMAIN, "Study")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import RuleError
from domain.quota import Meter


class StudyType(StrEnum):
    INTERVIEW = "interview"
    GROUP_INTERVIEW = "group_interview"
    SURVEY = "survey"
    UNMODERATED_TEST = "unmoderated_test"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").title()

    @property
    def has_interviews(self) -> bool:
        return self in (StudyType.INTERVIEW, StudyType.GROUP_INTERVIEW)


class StudyStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class StudyAction(StrEnum):
    """What may be done to a study's status. `start` takes a draft live, `resume` a paused or closed one."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


TRANSITIONS: dict[StudyAction, tuple[frozenset[StudyStatus], StudyStatus]] = {
    StudyAction.START: (frozenset({StudyStatus.DRAFT}), StudyStatus.ACTIVE),
    StudyAction.PAUSE: (frozenset({StudyStatus.ACTIVE}), StudyStatus.PAUSED),
    StudyAction.RESUME: (frozenset({StudyStatus.PAUSED, StudyStatus.CLOSED}), StudyStatus.ACTIVE),
    StudyAction.CLOSE: (frozenset({StudyStatus.ACTIVE, StudyStatus.PAUSED}), StudyStatus.CLOSED),
}
"""Draft → Active ⇄ Paused → Closed; a study that was not recruited from an external panel may reopen."""


class LocationKind(StrEnum):
    """Where the sessions are held."""

    GOOGLE_MEET = "google_meet"
    ZOOM = "zoom"
    TEAMS = "teams"
    CUSTOM = "custom"
    NONE = "none"

    @property
    def label(self) -> str:
        return LOCATION_LABELS[self]

    @property
    def needs_link(self) -> bool:
        return self in (LocationKind.GOOGLE_MEET, LocationKind.ZOOM, LocationKind.TEAMS)


LOCATION_LABELS = {
    LocationKind.GOOGLE_MEET: "Google Meet",
    LocationKind.ZOOM: "Zoom",
    LocationKind.TEAMS: "Microsoft Teams",
    LocationKind.CUSTOM: "Custom",
    LocationKind.NONE: "None",
}

KEY_PATTERN = re.compile(r"[A-Z][A-Z0-9]{1,7}")


def study_key(text: str) -> str:
    """The key in its canonical form, such as `CHK`. Raises RuleError when it is not 2–8 letters and digits."""
    key = text.strip().upper()
    if not KEY_PATTERN.fullmatch(key):
        raise RuleError("A study key is 2 to 8 letters or digits and begins with a letter, such as CHK.", "key")
    return key


def next_status(status: StudyStatus, action: StudyAction) -> StudyStatus:
    """The status that the action leads to. Raises RuleError when the action does not fit the status."""
    allowed_from, to = TRANSITIONS[action]
    if status not in allowed_from:
        possible = ", ".join(a.value for a in allowed_actions(status)) or "nothing"
        raise RuleError(f"A study that is {status.label} can't be {PAST[action]}. Possible now: {possible}.")
    return to


PAST = {
    StudyAction.START: "started",
    StudyAction.PAUSE: "paused",
    StudyAction.RESUME: "resumed",
    StudyAction.CLOSE: "closed",
}


def allowed_actions(status: StudyStatus) -> tuple[StudyAction, ...]:
    """The actions that fit the status, in the order in which they are offered."""
    return tuple(action for action, (allowed_from, _) in TRANSITIONS.items() if status in allowed_from)


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study as a list shows it. `seats_taken` counts upcoming booked and completed seats."""

    id: int
    key: str
    name: str
    type: StudyType
    status: StudyStatus
    team_name: str
    owner_slack_id: str
    seats_taken: int
    participation_limit: int | None
    is_own: bool

    @property
    def seats(self) -> str:
        if self.participation_limit is None:
            return f"{self.seats_taken} booked or done"
        return f"{self.seats_taken} of {self.participation_limit} seats used"


@dataclass(frozen=True, slots=True)
class StudyDetails:
    """A study as its own page shows it. Money is in minor units of `incentive_currency`."""

    line: StudyLine
    external_name: str
    description: str
    channel_id: str | None
    collaborator_slack_ids: tuple[str, ...]
    duration_minutes: int
    capacity: int
    location: LocationKind
    incentive_amount_minor: int | None
    incentive_currency: str | None
    status_counts: tuple[tuple[str, int], ...]
    """Enrolments by participant status, in the order of the stages."""
    may_edit: bool
    may_manage: bool
    counts: StudyCounts | None = None
    screener: ScreenerFacts | None = None


@dataclass(frozen=True, slots=True)
class ScreenerFacts:
    """The version of a study's screener that was published last; without questions it has ended."""

    version: int
    questions: int

    @property
    def text(self) -> str:
        """`6 questions, version 2`."""
        if not self.questions:
            return "ended"
        return f"{self.questions} question{'' if self.questions == 1 else 's'}, version {self.version}"


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """How far a study is: people invited, seats booked (upcoming and completed), its limit, people who wait; and of
    those who answered its screener how many qualified, and how many are to be reviewed.
    """

    invited: int
    booked: int
    limit: int | None
    waiting: int
    qualified: int = 0
    to_review: int = 0

    @property
    def left(self) -> int | None:
        """How many places are left, None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.booked)

    @property
    def text(self) -> str:
        """`Invited 24 · Booked 9 · 3 places left (limit 12)`."""
        parts = [f"Invited {self.invited:,}"]
        if self.qualified or self.to_review:
            parts += [f"Qualified {self.qualified:,}", f"To review {self.to_review:,}"]
        parts.append(f"Booked {self.booked:,}")
        if self.limit is not None:
            places = "place" if self.left == 1 else "places"
            parts.append(f"{self.left:,} {places} left (limit {self.limit:,})")
        if self.waiting:
            parts.append(f"Waiting {self.waiting:,}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class InvitedBy:
    """Who invited people, how many, and when (aware UTC)."""

    slack_user_id: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study as its channel sees it, for everybody there. `invited_by` is the latest first."""

    id: int
    key: str
    name: str
    type: StudyType
    status: StudyStatus
    counts: StudyCounts
    invited_by: tuple[InvitedBy, ...]
    meters: tuple[Meter, ...] = ()
