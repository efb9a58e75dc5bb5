"""What a channel is told of at once (DOMAIN, "Notifications in Slack")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.attendance import Attendance
from domain.interview import InterviewAction, InterviewLine, InterviewStatus, Seat


class AlertKind(StrEnum):
    """The kinds of alerts, each with its headline."""

    DECLINED = "declined"
    MAYBE = "maybe"
    CANCELED_BY_PARTICIPANT = "canceled_by_participant"
    CANCELED = "canceled"
    MOVED_IN_CALENDAR = "moved_in_calendar"
    DELETED_IN_CALENDAR = "deleted_in_calendar"
    NO_REPLY = "no_reply"
    START_CHECK = "start_check"
    SUSPECTED_NO_SHOW = "suspected_no_show"
    NO_SHOWED = "no_showed"
    MAIL_REFUSED = "mail_refused"
    CALENDAR_FAILED = "calendar_failed"

    @property
    def headline(self) -> str:
        return HEADLINES[self]


HEADLINES = {
    AlertKind.DECLINED: "Declined",
    AlertKind.MAYBE: "Answered “Maybe”",
    AlertKind.CANCELED_BY_PARTICIPANT: "Cancelled by the participant",
    AlertKind.CANCELED: "Cancelled",
    AlertKind.MOVED_IN_CALENDAR: "Moved in the calendar",
    AlertKind.DELETED_IN_CALENDAR: "Deleted in the calendar",
    AlertKind.NO_REPLY: "No reply yet, 24 hours before",
    AlertKind.START_CHECK: "Has it started?",
    AlertKind.SUSPECTED_NO_SHOW: "Did they show up?",
    AlertKind.NO_SHOWED: "No-show",
    AlertKind.MAIL_REFUSED: "Mail refused",
    AlertKind.CALENDAR_FAILED: "Not in the calendar",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """What an alert shows: the interview, and what happened to it. Instants are aware UTC.

    `seat` is the participant's whom it is about, `by` the Slack user who did it, `moved` the start before and after,
    `why` a sentence about what failed.
    """

    kind: AlertKind
    line: InterviewLine
    seat: Seat | None = None
    by: str | None = None
    moved: tuple[datetime, datetime] | None = None
    why: str | None = None

    @property
    def still_holds(self) -> bool:
        """Whether it is worth saying now: an answer may have changed while the alert was on its way."""
        expected = EXPECTED.get(self.kind)
        if expected is not None:
            return self.line.status is InterviewStatus.UPCOMING and (
                self.seat is not None and self.seat.attendance is expected
            )
        if self.kind is AlertKind.START_CHECK:
            return self.line.status is InterviewStatus.UPCOMING and not self.line.is_verified
        if self.kind is AlertKind.SUSPECTED_NO_SHOW:
            return self.line.status is InterviewStatus.COMPLETED and not self.line.is_verified
        if self.kind is AlertKind.NO_SHOWED:
            return self.line.status is InterviewStatus.NO_SHOWED
        if self.kind is AlertKind.CALENDAR_FAILED:
            return self.line.calendar_failed
        return True


EXPECTED = {
    AlertKind.DECLINED: Attendance.DECLINED,
    AlertKind.MAYBE: Attendance.UNKNOWN,
    AlertKind.NO_REPLY: Attendance.NO_REPLY,
}
"""Alerts about an answer, and the attendance that makes them true."""

NEXT_STEPS: dict[AlertKind, tuple[InterviewAction, ...]] = {
    AlertKind.DECLINED: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.MAYBE: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.NO_REPLY: (InterviewAction.RESCHEDULE, InterviewAction.CANCEL, InterviewAction.DETAILS),
    AlertKind.MOVED_IN_CALENDAR: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.START_CHECK: (InterviewAction.MARK_NO_SHOW, InterviewAction.RESCHEDULE),
    AlertKind.SUSPECTED_NO_SHOW: (InterviewAction.MARK_NO_SHOW, InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
    AlertKind.NO_SHOWED: (InterviewAction.RESCHEDULE, InterviewAction.DETAILS),
}
"""What an alert offers in one tap; the others offer the details."""
