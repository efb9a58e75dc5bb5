"""What holds for the time of every session, and of those that are booked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from domain.errors import RuleError
from domain.times import Span, local, spelled_time, zone

LONGEST = timedelta(hours=8)
SHORTEST = timedelta(minutes=5)
STEP = timedelta(minutes=15)
"""Sessions that are booked by hand start on whole steps: in every zone these are the same instants."""
WORK_BEGINS, WORK_ENDS = time(9), time(18)
WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, counted from Monday as 0."""


def working_hours(day: date, zone_name: str) -> Span | None:
    """When people in the zone work that day, None at the weekend."""
    if day.weekday() in WEEKEND:
        return None
    begins, ends = (datetime.combine(day, at, zone(zone_name)) for at in (WORK_BEGINS, WORK_ENDS))
    return Span(begins.astimezone(UTC), ends.astimezone(UTC))


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
