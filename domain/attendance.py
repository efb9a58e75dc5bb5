"""Whether a participant is expected to come (DOMAIN, "Attendance")."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Rsvp(StrEnum):
    """The answer to a calendar invitation, in Google's words."""

    NEEDS_ACTION = "needsAction"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Attendance(StrEnum):
    """What is known of a participant's coming."""

    NO_REPLY = "no_reply"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Attendance.NO_REPLY: "No reply",
    Attendance.UNKNOWN: "Attendance Unknown",
    Attendance.ACCEPTED: "Accepted",
    Attendance.CONFIRMED: "Confirmed",
    Attendance.DECLINED: "Declined",
}

FROM_RSVP = {
    Rsvp.NEEDS_ACTION: Attendance.NO_REPLY,
    Rsvp.TENTATIVE: Attendance.UNKNOWN,
    Rsvp.ACCEPTED: Attendance.ACCEPTED,
    Rsvp.DECLINED: Attendance.DECLINED,
}

TIMELINE_WORDS = {
    Rsvp.NEEDS_ACTION: "took back their answer to the invitation",
    Rsvp.TENTATIVE: "marked themselves as tentatively attending",
    Rsvp.ACCEPTED: "accepted the invitation",
    Rsvp.DECLINED: "declined the invitation",
}
"""What the timeline says of an answer, after the participant's name."""


def attendance(rsvp: Rsvp, rsvp_at: datetime | None, confirmed_at: datetime | None) -> Attendance:
    """The attendance that the evidence gives: the best evidence wins, and the latest decision overrides.

    A click on the confirm link outranks a calendar "Yes" before or after it; a "Maybe" or a "No" given after the
    click overrides it, one given before does not. Both instants are aware UTC, or None when it never happened.
    """
    if confirmed_at is None:
        return FROM_RSVP[rsvp]
    if rsvp in (Rsvp.TENTATIVE, Rsvp.DECLINED) and rsvp_at is not None and rsvp_at > confirmed_at:
        return FROM_RSVP[rsvp]
    return Attendance.CONFIRMED
