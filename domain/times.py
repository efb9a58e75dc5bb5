"""Times: zones, local days, daylight-saving changes, overlaps, and the words for them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import RuleError


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


def steady(span: Span, zone_name: str) -> list[tuple[Span, timedelta]]:
    """The span cut where the zone's clocks change, each piece with what they are ahead of UTC."""
    years = range(span.start.year, span.end.year + 1)
    cuts = [change for year in years for change in _changes(zone_name, year) if span.start < change < span.end]
    edges = [span.start, *cuts, span.end]
    return [(Span(start, end), ahead_of_utc(start, zone_name)) for start, end in pairwise(edges)]


@lru_cache(maxsize=4096)
def _changes(zone_name: str, year: int) -> tuple[datetime, ...]:
    """When the zone's clocks change in a year of UTC: the first second of the new time. At most one change a day."""
    found = []
    before = datetime(year, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    while before.year <= year:
        after = before + timedelta(days=1)
        if ahead_of_utc(before, zone_name) != ahead_of_utc(after, zone_name):
            found.append(_first_of_new(before, zone_name))
        before = after
    return tuple(found)


def _first_of_new(before: datetime, zone_name: str) -> datetime:
    """The first second of the new time, where the clocks change within a day after `before`."""
    old = ahead_of_utc(before, zone_name)

    def is_new(seconds: int) -> bool:
        return ahead_of_utc(before + timedelta(seconds=seconds), zone_name) != old

    return before + timedelta(seconds=bisect_left(range(24 * 3600), True, key=is_new))


def ahead_of_utc(instant: datetime, zone_name: str) -> timedelta:
    """What the zone's clocks show more than UTC's at an instant."""
    return local(instant, zone_name).utcoffset() or timedelta()


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
