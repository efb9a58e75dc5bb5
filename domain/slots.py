"""Times that participants are offered and book for themselves (DOMAIN, "Scheduling", "Participant status")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import RuleError
from domain.governance import ContactStatus
from domain.interview import Host
from domain.participant import ParticipantStatus
from domain.scheduling import Obstacle, Setup, Slot
from domain.study import StudyLine, StudyStatus

S = ParticipantStatus

BOOKS_FROM = frozenset(
    {
        S.NOT_CONTACTED,
        S.SCREENER_QUALIFIED,
        S.INTERVIEW_INVITED,
        S.INTERVIEW_CANCELED,
        S.NO_SHOWED,
        S.INTERVIEW_COMPLETED,
    }
)
"""Statuses in which somebody who holds a personal link may book a session."""

BARRED_FROM_BOOKING = frozenset({ContactStatus.IN_BLOCKLIST, ContactStatus.OPTED_OUT, ContactStatus.DO_NOT_CONTACT})
"""Who may not book; a cooldown only keeps invitations back."""


class SlotTaken(RuleError):
    """The time is no slot any more: somebody was faster, or a host has something else now."""

    def __init__(self) -> None:
        super().__init__("This time is not free any more. Please choose another one.", "slot")


class TryAgain(RuleError):
    """Nobody can say just now whether the time is free: a host's calendar could not be read."""

    def __init__(self) -> None:
        super().__init__("We could not check the calendar just now. Please try again in a few minutes.", "slot")


class Hurdle(StrEnum):
    """Why a participant can't book or move a session now."""

    NOT_ACTIVE = "not_active"
    """The study takes no bookings: it is a draft, paused or closed."""
    FULL = "full"
    """Every seat of the study is used."""
    QUOTA_FULL = "quota_full"
    """A quota that they count against is full."""
    NO_TIMES = "no_times"
    """There is no free time in the range."""
    BARRED = "barred"
    """It is not for them to book in this study."""
    BOOKED = "booked"
    """They have a session already."""
    BEGUN = "begun"
    """Their session has begun, or is over."""
    TOO_LATE = "too_late"
    """Their session starts too soon for it to be changed."""
    MOVED_OFTEN = "moved_often"
    """They have moved a session as often as they may."""


SENTENCES = {
    Hurdle.NOT_ACTIVE: "This study takes no bookings at the moment.",
    Hurdle.FULL: "This study is fully booked.",
    Hurdle.QUOTA_FULL: "All places for people with your profile are taken.",
    Hurdle.NO_TIMES: "There are no free times at the moment.",
    Hurdle.BARRED: "You can't book a session in this study. Please ask the person who invited you.",
    Hurdle.BOOKED: "You are booked already.",
    Hurdle.BEGUN: "This session is not ahead any more.",
    Hurdle.TOO_LATE: (
        "Your session starts soon: it can't be changed here any more. Please ask the person who invited you."
    ),
    Hurdle.MOVED_OFTEN: "You have moved your session as often as you can here. Please ask the person who invited you.",
}


class CantBook(RuleError):
    """A participant can't do it now; `hurdle` says why."""

    def __init__(self, hurdle: Hurdle) -> None:
        super().__init__(SENTENCES[hurdle])
        self.hurdle = hurdle


@dataclass(frozen=True, slots=True)
class Present:
    """The upcoming session that a participant has. Instants are aware UTC."""

    attendee_id: int
    interview_id: int
    reference: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """What a participant may book in a study now, by time. Who has a session (`present`) may move it there.

    `hurdle` says why there are no slots, None when there are some. `length` is how long a session lasts; `time_zone` is
    the participant's, as far as it is known, else the team's; `moves_left` is None without a limit.
    """

    study_status: StudyStatus
    hurdle: Hurdle | None
    slots: tuple[Slot, ...]
    present: Present | None
    length: timedelta
    time_zone: str
    moves_left: int | None = None

    @property
    def why(self) -> str:
        """The hurdle as a sentence for the participant, "" without one."""
        return SENTENCES[self.hurdle] if self.hurdle else ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a time is a slot of a study, or why not: `slot` is None exactly when there are `obstacles`."""

    study: StudyLine
    setup: Setup
    hosts: tuple[Host, ...]
    starts_at: datetime
    slot: Slot | None
    obstacles: tuple[Obstacle, ...]
    standing: tuple[str, ...]


def check_may_change(starts_at: datetime, change_until: timedelta, now: datetime) -> None:
    """Raise CantBook unless participants may still move or cancel a session that starts then."""
    if starts_at <= now:
        raise CantBook(Hurdle.BEGUN)
    if now > starts_at - change_until:
        raise CantBook(Hurdle.TOO_LATE)


def check_may_move(moves: int, setup: Setup) -> None:
    """Raise CantBook when somebody has moved a session as often as they may."""
    if setup.most_moves is not None and moves >= setup.most_moves:
        raise CantBook(Hurdle.MOVED_OFTEN)


def check_contact(contact: ContactStatus) -> None:
    """Raise CantBook for somebody who may not be contacted in any study."""
    if contact in BARRED_FROM_BOOKING:
        raise CantBook(Hurdle.BARRED)


def check_stage(status: ParticipantStatus) -> None:
    """Raise CantBook when it is not for somebody with that status to book."""
    if status not in BOOKS_FROM:
        raise CantBook(Hurdle.BARRED)


def check_active(status: StudyStatus) -> None:
    """Raise CantBook for a study that takes no bookings."""
    if status is not StudyStatus.ACTIVE:
        raise CantBook(Hurdle.NOT_ACTIVE)


def check_free_seat(seats_taken: int, limit: int | None) -> None:
    """Raise CantBook for a study whose seats are all used."""
    if limit is not None and seats_taken >= limit:
        raise CantBook(Hurdle.FULL)
