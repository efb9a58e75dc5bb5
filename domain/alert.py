"""What a channel is told of at once (DOMAIN, "Notifications in Slack")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.attendance import Attendance
from domain.interview import InterviewAction, InterviewLine, InterviewStatus, Seat, TimelineKind, TimelineLine


class AlertKind(StrEnum):
    """The kinds of alerts, each with its headline."""

    DECLINED = "declined"
    MAYBE = "maybe"
    CANCELED_BY_PARTICIPANT = "canceled_by_participant"
    MOVED_BY_PARTICIPANT = "moved_by_participant"
    CANCELED = "canceled"
    MOVED_IN_CALENDAR = "moved_in_calendar"
    DELETED_IN_CALENDAR = "deleted_in_calendar"
    NO_REPLY = "no_reply"
    START_CHECK = "start_check"
    SUSPECTED_NO_SHOW = "suspected_no_show"
    NO_SHOWED = "no_showed"
    HOST_NO_SHOW = "host_no_show"
    MAIL_REFUSED = "mail_refused"
    MAIL_RETURNED = "mail_returned"
    OPTED_OUT = "opted_out"
    ERASED = "erased"
    CALENDAR_FAILED = "calendar_failed"

    @property
    def headline(self) -> str:
        return HEADLINES[self]


ASKED_AGAIN_AFTER = timedelta(minutes=10)
"""How long after somebody said that a session is running late it is asked about once more."""

HEADLINES = {
    AlertKind.DECLINED: "Declined",
    AlertKind.MAYBE: "Answered “Maybe”",
    AlertKind.CANCELED_BY_PARTICIPANT: "Cancelled by the participant",
    AlertKind.MOVED_BY_PARTICIPANT: "Moved by the participant",
    AlertKind.CANCELED: "Cancelled",
    AlertKind.MOVED_IN_CALENDAR: "Moved in the calendar",
    AlertKind.DELETED_IN_CALENDAR: "Deleted in the calendar",
    AlertKind.NO_REPLY: "No reply yet, 24 hours before",
    AlertKind.START_CHECK: "Has it started?",
    AlertKind.SUSPECTED_NO_SHOW: "Did they show up?",
    AlertKind.NO_SHOWED: "No-show",
    AlertKind.HOST_NO_SHOW: "The host did not come",
    AlertKind.MAIL_REFUSED: "Mail refused",
    AlertKind.MAIL_RETURNED: "Mail came back",
    AlertKind.OPTED_OUT: "Opted out",
    AlertKind.ERASED: "Erased",
    AlertKind.CALENDAR_FAILED: "Not in the calendar",
}


def is_late(said: TimelineLine, starts_at: datetime, now: datetime) -> bool:
    """Whether what somebody said of a session is that it is running late, and it is not time to ask again."""
    return said.kind is TimelineKind.RUNNING_LATE and said.at >= starts_at and now - said.at < ASKED_AGAIN_AFTER


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert shows: the interview, and what happened to it. Instants are aware UTC.

    `seat` is the participant's whom it is about, `by` the Slack user who did it, `moved` the start before and after,
    `why` a sentence about what failed, `answer` what somebody answered to the start-time check, or did instead.
    """

    kind: AlertKind
    line: InterviewLine
    seat: Seat | None = None
    by: str | None = None
    moved: tuple[datetime, datetime] | None = None
    why: str | None = None
    answer: TimelineLine | None = None
    waiting: int = 0
    """How many wait for a time in the study."""

    @property
    def freed_at(self) -> datetime | None:
        """The time that became free by what happened, None when none did."""
        if self.kind is AlertKind.MOVED_BY_PARTICIPANT and self.moved is not None:
            return self.moved[0]
        return self.line.starts_at if self.kind in FREES_A_TIME else None

    def is_asking(self, now: datetime) -> bool:
        """Whether the start-time check still waits for somebody to say that it started, or what came instead."""
        return self.line.status is InterviewStatus.UPCOMING and not self.line.is_verified and self.line.starts_at <= now

    def is_late(self, now: datetime) -> bool:
        """Whether somebody has said that it is running late, so short a time ago that nobody need say more."""
        return self.answer is not None and is_late(self.answer, self.line.starts_at, now)

    @property
    def still_holds(self) -> bool:
        """Whether it is worth saying now: an answer may have changed while the alert was on its way."""
        if self.kind in EXPECTED:
            return self.line.status is InterviewStatus.UPCOMING and (
                self.seat is not None and self.seat.attendance is EXPECTED[self.kind]
            )
        if self.kind in HOLDS_WHILE:
            return self.line.status is HOLDS_WHILE[self.kind]
        if self.kind in (AlertKind.CANCELED_BY_PARTICIPANT, AlertKind.OPTED_OUT, AlertKind.ERASED):
            return self.seat is not None and self.seat.outcome is InterviewStatus.CANCELED
        if self.kind is AlertKind.START_CHECK:
            return self.line.status is InterviewStatus.UPCOMING and not self.line.is_verified
        if self.kind is AlertKind.SUSPECTED_NO_SHOW:
            return self.line.status is InterviewStatus.COMPLETED and not self.line.is_verified
        if self.kind is AlertKind.HOST_NO_SHOW:
            return self.line.host_no_show
        if self.kind is AlertKind.CALENDAR_FAILED:
            return self.line.calendar_failed
        return True


EXPECTED = {
    AlertKind.DECLINED: Attendance.DECLINED,
    AlertKind.MAYBE: Attendance.UNKNOWN,
    AlertKind.NO_REPLY: Attendance.NO_REPLY,
}
"""Alerts about an answer, and the attendance that makes them true."""

FREES_A_TIME = frozenset({AlertKind.CANCELED_BY_PARTICIPANT, AlertKind.OPTED_OUT, AlertKind.ERASED})
"""Alerts of a seat that is free again at the session's own time."""

HOLDS_WHILE = {
    AlertKind.CANCELED: InterviewStatus.CANCELED,
    AlertKind.DELETED_IN_CALENDAR: InterviewStatus.CANCELED,
    AlertKind.NO_SHOWED: InterviewStatus.NO_SHOWED,
}
"""Alerts about what has become of the session, and the status that makes them true."""

ANSWERS = frozenset(
    {
        TimelineKind.START_CHECK,
        TimelineKind.RUNNING_LATE,
        TimelineKind.COMPLETED,
        TimelineKind.NO_SHOWED,
        TimelineKind.HOST_NO_SHOW,
        TimelineKind.RESCHEDULED,
        TimelineKind.CANCELED,
        TimelineKind.UNDONE,
    }
)
"""What answers the question whether a session has started."""

NEXT_STEPS: dict[AlertKind, tuple[InterviewAction, ...]] = {
    AlertKind.DECLINED: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.MAYBE: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.NO_REPLY: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.CANCELED_BY_PARTICIPANT: (InterviewAction.BOOK_AGAIN, InterviewAction.DETAILS),
    AlertKind.MOVED_BY_PARTICIPANT: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.MOVED_IN_CALENDAR: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.SUSPECTED_NO_SHOW: (InterviewAction.MARK_NO_SHOW, InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.NO_SHOWED: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.HOST_NO_SHOW: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
}
"""What an alert offers in one tap; the others offer the details."""
