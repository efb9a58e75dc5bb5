"""Times: zones, local days, daylight-saving changes, overlaps (DOMAIN, "Scheduling")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import RuleError

LONGEST = timedelta(hours=8)
SHORTEST = timedelta(minutes=5)
STEP = timedelta(minutes=15)
"""Sessions that are booked by hand start on whole steps: in every zone these are the same instants."""
NOTICE = timedelta(hours=4)
"""How long before its start a session is to be booked or moved at the latest."""
WORK_BEGINS, WORK_ENDS = time(9), time(18)
WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, counted from Monday as 0."""


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises RuleError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RuleError(f"“{name[:60]}” is not a time zone. Use a name such as Europe/Berlin.", "time_zone") from error


def local(instant: datetime, zone_name: str) -> datetime:
    """The instant on the wall clock of a zone."""
    return instant.astimezone(zone(zone_name))


def from_local(wall: datetime, zone_name: str) -> datetime:
    """The instant (aware UTC) of a wall-clock time given without a zone.

    In the hour that is repeated when the clocks go back the first of the two is meant. A time that is skipped when
    they go forward does not exist: RuleError.
    """
    aware = wall.replace(tzinfo=zone(zone_name), fold=0)
    instant = aware.astimezone(UTC)
    if instant.astimezone(aware.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None, fold=0):
        raise RuleError(
            f"{wall:%H:%M} does not exist on {wall:%d %B %Y} in {zone_name}: the clocks go forward then. "
            "Pick another time.",
            "when",
        )
    return instant


def is_repeated(wall: datetime, zone_name: str) -> bool:
    """Whether the wall-clock time happens twice that day, because the clocks go back."""
    where = zone(zone_name)
    first, second = (wall.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of time, both ends aware UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        """Whether the two share any moment; meeting end to end is no overlap."""
        return self.start < other.end and other.start < self.end


def local_day(day: date, zone_name: str, days: int = 1) -> Span:
    """The stretch of `days` local days from `day` on: 23 or 25 hours long where the clocks change."""
    where = zone(zone_name)
    start = datetime.combine(day, time(), where)
    end = datetime.combine(day + timedelta(days=days), time(), where)
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def days_around(span: Span, zone_name: str) -> Span:
    """The whole local days that the span touches; ending at midnight touches no day after it."""
    last_moment = max(span.start, span.end - timedelta.resolution)
    first, last = local(span.start, zone_name).date(), local(last_moment, zone_name).date()
    return local_day(first, zone_name, (last - first).days + 1)


def working_hours(day: date, zone_name: str) -> Span | None:
    """When people in the zone work that day, None at the weekend."""
    if day.weekday() in WEEKEND:
        return None
    begins, ends = (datetime.combine(day, at, zone(zone_name)) for at in (WORK_BEGINS, WORK_ENDS))
    return Span(begins.astimezone(UTC), ends.astimezone(UTC))


def today(now: datetime, zone_name: str) -> date:
    """The local date of `now`."""
    return local(now, zone_name).date()


def spelled(day: date) -> str:
    """`Tuesday 8 December`."""
    return f"{day:%A} {day.day} {day:%B}"


def spelled_time(instant: datetime, zone_name: str) -> str:
    """`Tuesday 8 December, 14:00`, on the wall clock of a zone."""
    there = local(instant, zone_name)
    return f"{spelled(there)}, {there:%H:%M}"


def week_of(day: date) -> date:
    """The Monday of the week that `day` lies in."""
    return day - timedelta(days=day.weekday())


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


def check_length(start: datetime, end: datetime) -> None:
    """Raise RuleError unless the session is between five minutes and eight hours long."""
    if not SHORTEST <= end - start <= LONGEST:
        raise RuleError("A session lasts between 5 minutes and 8 hours.", "duration")


def check_ahead(start: datetime, now: datetime, time_zone: str) -> None:
    """Raise RuleError for a start that has passed. `time_zone` is the reader's."""
    if start <= now:
        raise RuleError(f"{spelled_time(start, time_zone)} has passed ({time_zone}). Pick a time ahead.", "when")


def check_step(start: datetime, time_zone: str) -> None:
    """Raise RuleError, with the two nearest times, for a start between two steps. `time_zone` is the reader's."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    before = epoch + (start - epoch) // STEP * STEP
    if start != before:
        nearest = " or ".join(f"{local(instant, time_zone):%H:%M}" for instant in (before, before + STEP))
        raise RuleError(f"Sessions start on a quarter of an hour. Pick {nearest}.", "when")


def time_ago(instant: datetime, now: datetime) -> str:
    """How long ago an instant was, in words: `5 minutes ago`."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        number = int((now - instant).total_seconds() // length)
        if number > 1:
            return f"{number} {unit}s ago"
        if number == 1:
            return f"{'an' if unit == 'hour' else 'a'} {unit} ago"
    return "just now"


def first_overlap(wanted: Span, taken: Iterable[tuple[Span, str]]) -> str | None:
    """The label of the first taken stretch that the wanted one overlaps, if any."""
    return next((label for span, label in taken if wanted.overlaps(span)), None)
