"""The daily digest: when it is due, which days it tells of, and what one message of it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from domain.interview import InterviewLine
from domain.times import Span, local, local_day, today, zone

MESSAGE_SESSIONS = 12
"""Sessions in one message: with all their people and problems they stay within what Slack takes (50 blocks, 10,000
characters), however they change after it was posted."""

LONGEST_BACK_DAYS = 14


class DigestSection(StrEnum):
    """Where in the digest a session stands, in this order."""

    TODAY = "today"
    UNVERIFIED = "unverified"
    TOMORROW = "tomorrow"


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """When a team wants its digest: a local hour on its working days (0 = Monday)."""

    hour: int
    working_days: frozenset[int]
    time_zone: str


def next_digest(plan: DigestPlan, after: datetime) -> datetime | None:
    """The first instant (aware UTC) after `after` at which the digest is due; None when no day is a working day."""
    if not plan.working_days:
        return None
    where = zone(plan.time_zone)
    day = local(after, plan.time_zone).date()
    for offset in range(9):
        candidate = day + timedelta(days=offset)
        due = datetime.combine(candidate, time(plan.hour), where).astimezone(UTC)
        if candidate.weekday() in plan.working_days and due > after:
            return due
    return None


@dataclass(frozen=True, slots=True)
class DigestDays:
    """The stretches of time that a team's digest tells of. `earlier` is where outcomes may still be missing."""

    day: date
    today: Span
    earlier: Span
    tomorrow: Span | None


@dataclass(frozen=True, slots=True)
class Digest:
    """One message of a team's digest. The counts are of all its messages: today's sessions, those of them with
    something wrong, and earlier ones of which nobody has said how they went.
    """

    day: date
    part: int
    of: int
    sessions: int
    need_attention: int
    outcomes_missing: int
    sections: Mapping[DigestSection, tuple[InterviewLine, ...]]


def is_due(plan: DigestPlan, now: datetime) -> bool:
    """Whether today's digest is due: today is a working day and its hour has come.

    A digest that was missed is still posted on its own local day, and never on another.
    """
    day = local_day(today(now, plan.time_zone), plan.time_zone)
    due = next_digest(plan, day.start - timedelta(microseconds=1))
    return due is not None and due <= now


def days_of(
    plan: DigestPlan, now: datetime, tomorrow_from_hour: int | None, last_digest_at: datetime | None
) -> DigestDays:
    """The days that the digest of `now` tells of: today, tomorrow from the local hour set, and back to the last digest.

    Back means from the start of the last working day on, or of the day of the last digest where one was missed: what
    is to be said of the sessions after it may still be missing. After a long silence it is two weeks.
    """
    day = today(now, plan.time_zone)
    back = next((n for n in range(1, 8) if (day - timedelta(days=n)).weekday() in plan.working_days), 1)
    if last_digest_at is not None:
        back = min(max(back, (day - today(last_digest_at, plan.time_zone)).days), LONGEST_BACK_DAYS)
    shows_tomorrow = tomorrow_from_hour is not None and local(now, plan.time_zone).hour >= tomorrow_from_hour
    return DigestDays(
        day=day,
        today=local_day(day, plan.time_zone),
        earlier=local_day(day - timedelta(days=back), plan.time_zone, days=back),
        tomorrow=local_day(day + timedelta(days=1), plan.time_zone) if shows_tomorrow else None,
    )


Entries = Sequence[tuple[DigestSection, int]]
"""Sessions by id, each with the section that it stands in."""


def split(entries: Entries) -> list[Entries]:
    """The entries of each message, in order; no message without entries, and none with too many."""
    return [entries[at : at + MESSAGE_SESSIONS] for at in range(0, len(entries), MESSAGE_SESSIONS)]
