"""What a channel is told of at once (DOMAIN, "Notifications in Slack")."""

from __future__ import annotations

from enum import StrEnum


class AlertKind(StrEnum):
    """The kinds of alerts, each with its headline."""

    DECLINED = "declined"
    MAYBE = "maybe"
    CANCELED_BY_PARTICIPANT = "canceled_by_participant"
    CANCELED = "canceled"
    RESCHEDULED_BY_PARTICIPANT = "rescheduled_by_participant"
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
    AlertKind.RESCHEDULED_BY_PARTICIPANT: "Moved by the participant",
    AlertKind.MOVED_IN_CALENDAR: "Moved in the calendar",
    AlertKind.DELETED_IN_CALENDAR: "Deleted in the calendar",
    AlertKind.NO_REPLY: "No reply yet, 24 hours before",
    AlertKind.START_CHECK: "Has it started?",
    AlertKind.SUSPECTED_NO_SHOW: "Did they show up?",
    AlertKind.NO_SHOWED: "No-show",
    AlertKind.MAIL_REFUSED: "Mail refused",
    AlertKind.CALENDAR_FAILED: "Not in the calendar",
}
