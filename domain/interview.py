"""Interviews: statuses, the actions each allows, what is shown of one (DOMAIN, "Interview status and actions")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.attendance import Attendance
from domain.errors import Stale
from domain.study import LocationKind, StudyType


class InterviewStatus(StrEnum):
    UPCOMING = "upcoming"
    COMPLETED = "completed"
    NO_SHOWED = "no_showed"
    CANCELED = "canceled"

    @property
    def label(self) -> str:
        return {"no_showed": "No Showed"}.get(self.value, self.value.capitalize())


class InterviewAction(StrEnum):
    """What a person may do to an interview, in the order in which it is offered."""

    JOIN = "join"
    DETAILS = "details"
    MARK_COMPLETED = "mark_completed"
    MARK_NO_SHOW = "mark_no_show"
    RESCHEDULE = "reschedule"
    BOOK_AGAIN = "book_again"
    EDIT = "edit"
    COMPOSE = "compose"
    RATE = "rate"
    COPY_LINK = "copy_link"
    CHANGE_HOST = "change_host"
    CHANGE_LIMIT = "change_limit"
    ATTENDANCE = "attendance"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").replace("no show", "no-show").capitalize()


A, ST = InterviewAction, InterviewStatus

ALLOWED: dict[InterviewAction, frozenset[InterviewStatus]] = {
    A.JOIN: frozenset({ST.UPCOMING}),
    A.DETAILS: frozenset(ST),
    A.MARK_COMPLETED: frozenset({ST.UPCOMING, ST.NO_SHOWED}),
    A.MARK_NO_SHOW: frozenset({ST.UPCOMING, ST.COMPLETED}),
    A.RESCHEDULE: frozenset({ST.UPCOMING, ST.COMPLETED, ST.NO_SHOWED}),
    A.BOOK_AGAIN: frozenset({ST.CANCELED}),
    A.EDIT: frozenset({ST.UPCOMING}),
    A.COMPOSE: frozenset(ST),
    A.RATE: frozenset({ST.COMPLETED}),
    A.COPY_LINK: frozenset(ST),
    A.CHANGE_HOST: frozenset({ST.UPCOMING}),
    A.CHANGE_LIMIT: frozenset({ST.UPCOMING}),
    A.ATTENDANCE: frozenset({ST.UPCOMING, ST.COMPLETED, ST.NO_SHOWED}),
    A.CANCEL: frozenset({ST.UPCOMING}),
}
"""The table of actions by status."""

GROUP_ONLY = frozenset({A.CHANGE_LIMIT})
"""Actions of group interviews alone."""

READ_ONLY = frozenset({A.JOIN, A.DETAILS})
"""Actions open to everybody who sees the schedule; the others manage the interview."""

DONE_TO_IT: dict[InterviewAction, str] = {
    A.JOIN: "joined",
    A.DETAILS: "shown",
    A.MARK_COMPLETED: "marked as completed",
    A.MARK_NO_SHOW: "marked as a no-show",
    A.RESCHEDULE: "rescheduled",
    A.BOOK_AGAIN: "booked again",
    A.EDIT: "edited",
    A.COMPOSE: "written about",
    A.RATE: "rated",
    A.COPY_LINK: "linked to",
    A.CHANGE_HOST: "given another host",
    A.CHANGE_LIMIT: "given another limit",
    A.ATTENDANCE: "given an attendance",
    A.CANCEL: "cancelled",
}
"""The action as the passive that completes "it can't be …"."""

UNFIT: dict[InterviewStatus, str] = {
    ST.UPCOMING: "is still ahead",
    ST.COMPLETED: "is completed",
    ST.NO_SHOWED: "is marked as a no-show",
    ST.CANCELED: "is cancelled",
}

UNDO_FOR = timedelta(minutes=10)
"""For how long an outcome that a person gave, or their cancellation, can be undone."""


def actions(status: InterviewStatus, study_type: StudyType) -> tuple[InterviewAction, ...]:
    """The actions that status and study type allow, in the order in which they are offered."""
    is_group = study_type is StudyType.GROUP_INTERVIEW
    return tuple(a for a in InterviewAction if status in ALLOWED[a] and (is_group or a not in GROUP_ONLY))


def check(action: InterviewAction, status: InterviewStatus, study_type: StudyType, reference: str) -> None:
    """Raise Stale, with the reason, unless status and study type allow the action."""
    if not allows(action, status, study_type):
        raise refusal(action, status, study_type, reference)


def allows(action: InterviewAction, status: InterviewStatus, study_type: StudyType) -> bool:
    return action in actions(status, study_type)


def refusal(
    action: InterviewAction, status: InterviewStatus, study_type: StudyType, reference: str, how: str = ""
) -> Stale:
    """Why status and study type do not allow the action. `how` the status came about is said where it is known."""
    possible = ", ".join(a.label.lower() for a in actions(status, study_type))
    is_of_another_type = status in ALLOWED[action]
    why = "is no group session" if is_of_another_type else how or UNFIT[status]
    when = "" if is_of_another_type else " now"
    return Stale(f"{reference} {why}: it can't be {DONE_TO_IT[action]}{when}. Possible: {possible}.")


class Door(StrEnum):
    """Through which door something was done."""

    SLACK = "slack"
    PAGE = "page"
    CALENDAR = "calendar"
    MAIL = "mail"
    IMPORT = "import"
    SYSTEM = "system"


class TimelineKind(StrEnum):
    """The kinds of things that the timeline of an interview records."""

    BOOKED = "booked"
    RSVP = "rsvp"
    CONFIRMED = "confirmed"
    DETAILS_CHANGED = "details_changed"
    LOCATION_CHANGED = "location_changed"
    HOST_CHANGED = "host_changed"
    LIMIT_CHANGED = "limit_changed"
    RESCHEDULED = "rescheduled"
    CANCELED = "canceled"
    DELETED_IN_CALENDAR = "deleted_in_calendar"
    COMPLETED = "completed"
    NO_SHOWED = "no_showed"
    START_CHECK = "start_check"
    RUNNING_LATE = "running_late"
    HOST_NO_SHOW = "host_no_show"
    UNDONE = "undone"
    RATED = "rated"
    MAIL_SENT = "mail_sent"
    BOUNCED = "bounced"
    NOTE = "note"


SETTLED_BY: dict[InterviewStatus, tuple[TimelineKind, str]] = {
    ST.COMPLETED: (TimelineKind.COMPLETED, "was completed"),
    ST.NO_SHOWED: (TimelineKind.NO_SHOWED, "was marked as a no-show"),
    ST.CANCELED: (TimelineKind.CANCELED, "was cancelled"),
}
"""What the timeline records when an interview comes to a status, and the passive that tells it."""


class AttendeeKind(StrEnum):
    HOST = "host"
    GUEST = "guest"
    PARTICIPANT = "participant"
    OBSERVER = "observer"


class CancelReason(StrEnum):
    """Why an interview was cancelled; asked of whoever cancels."""

    PARTICIPANT_CANCELED = "The participant can't make it"
    HOST_UNAVAILABLE = "The host can't make it"
    NOT_A_FIT = "Not a fit for the study"
    STUDY_CHANGED = "The study has changed"
    OTHER = "Other"


class WhyNot(StrEnum):
    """Why a participant can't come, as they tell it on their page. It is theirs to say or not."""

    TIME = "The time doesn’t suit me any more"
    ILL = "I’m not well"
    NO_INTEREST = "I don’t want to take part any more"
    OTHER = "Something else"


NOT_AGAIN = (CancelReason.NOT_A_FIT.value, CancelReason.STUDY_CHANGED.value)
"""What a reason begins with after which nobody is asked to book again."""


def is_welcome_again(why: str) -> bool:
    """Whether somebody whose session was cancelled for that reason is asked to book again."""
    return not why.startswith(NOT_AGAIN)


REPLY_EXPECTED = timedelta(hours=24)
"""How long before its start an invitation without an answer becomes a problem."""


class Problem(StrEnum):
    """What is wrong with an interview, in the words of the digest."""

    DECLINED = "declined"
    UNKNOWN = "Attendance Unknown"
    NO_REPLY = "no reply"
    NO_LINK = "no meeting link"
    HOST_CONFLICT = "host conflict"
    OUTCOME_MISSING = "outcome missing"
    CALENDAR_FAILED = "not in the calendar"
    INCENTIVE_OWED = "incentive owed"


@dataclass(frozen=True, slots=True)
class Host:
    """A host or guest: a member of the workspace. `has_conflict`: another event lies in their calendar at that time."""

    member_id: int
    slack_user_id: str
    name: str
    has_conflict: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A participant's place in an interview. `name` and `email` are personal data: show them only where allowed.

    Both are empty once they were erased. `is_unreachable`: mail to them came back.
    """

    attendee_id: int
    participant_id: int
    number: int
    name: str
    email: str
    attendance: Attendance
    outcome: InterviewStatus
    is_owed_incentive: bool = False
    is_unreachable: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether an incentive is due for this session and has not been sent."""
        return self.is_owed_incentive and self.outcome is ST.COMPLETED

    def shown_as(self, *, with_name: bool) -> str:
        """The name where it may be shown, else the alias such as `P17`."""
        return (with_name and (self.name or self.email)) or f"P{self.number}"


def seat_field(attendee_id: int) -> str:
    """The name of the input in which somebody says whether that participant came."""
    return f"seat-{attendee_id}"


@dataclass(frozen=True, slots=True)
class InterviewLine:
    """An interview as cards, lists and digests show it. Instants are aware UTC.

    `names_in_channel` is the team's setting: whether participants' names may appear in channels. `settled_at` is when a
    person gave it the outcome that it has, None when nobody did.
    """

    id: int
    reference: str
    study_id: int
    study_key: str
    study_name: str
    study_type: StudyType
    team_id: int
    status: InterviewStatus
    is_verified: bool
    title: str
    starts_at: datetime
    ends_at: datetime
    location: LocationKind
    link: str | None
    capacity: int
    version: int
    calendar_failed: bool
    names_in_channel: bool
    hosts: tuple[Host, ...]
    guests: tuple[Host, ...]
    seats: tuple[Seat, ...]
    cancel_reason: str | None = None
    host_no_show: bool = False
    settled_at: datetime | None = None

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    @property
    def is_group(self) -> bool:
        return self.study_type is StudyType.GROUP_INTERVIEW

    def may_be_undone(self, now: datetime) -> bool:
        """Whether the outcome that a person gave it, or their cancellation, can still be taken back."""
        return self.settled_at is not None and now - self.settled_at <= UNDO_FOR

    def problems(self, now: datetime) -> tuple[Problem, ...]:
        """What is wrong with it at `now`, worst first; nothing for an interview that is settled."""
        if self.status is ST.COMPLETED and self.is_verified:
            return (Problem.INCENTIVE_OWED,) if any(seat.is_owed for seat in self.seats) else ()
        if self.status is ST.COMPLETED:
            return (Problem.OUTCOME_MISSING,)
        if self.status is not ST.UPCOMING:
            return ()
        if self.ends_at <= now:
            return (Problem.OUTCOME_MISSING,)
        attendances = {seat.attendance for seat in self.seats if seat.outcome is ST.UPCOMING}
        found = {
            Problem.DECLINED: Attendance.DECLINED in attendances,
            Problem.UNKNOWN: Attendance.UNKNOWN in attendances,
            Problem.NO_REPLY: Attendance.NO_REPLY in attendances and self.starts_at - now <= REPLY_EXPECTED,
            Problem.NO_LINK: self.location.needs_link and not self.link,
            Problem.HOST_CONFLICT: any(host.has_conflict for host in self.hosts),
            Problem.CALENDAR_FAILED: self.calendar_failed,
        }
        return tuple(problem for problem, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One entry of the timeline: who did what, through which door, when (aware UTC), and from → to.

    `link` leads to what a note is about.
    """

    at: datetime
    kind: TimelineKind
    door: Door
    actor: str
    text: str
    before: str | None
    after: str | None
    link: str | None = None


SCORES = {1: "Poor", 2: "Fair", 3: "Good", 4: "Very good", 5: "Excellent"}
"""What a session can be rated, in numbers and in words."""
LONGEST_RATING_NOTE = 1000
"""Characters of the note beside a rating."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody thought of a session: 1 (poor) to 5, with a note."""

    name: str
    score: int
    note: str


@dataclass(frozen=True, slots=True)
class InterviewDetails:
    """Everything that the details modal shows.

    `timeline` is newest first; it goes on before the entry with the id `older_than`, or is at its end (None).
    `has_responses`: somebody who takes part answered the study's screener, and the reader may read it.
    """

    line: InterviewLine
    description: str
    passcode: str | None
    rescheduled_from: str | None
    rescheduled_to: str | None
    participant_time_zone: str | None
    may_manage: bool
    may_see_contacts: bool
    timeline: tuple[TimelineLine, ...]
    older_than: int | None
    ratings: tuple[Rating, ...] = ()
    has_responses: bool = False
