"""Times that are suggested for a session: nobody has anything else then, and no rule is bypassed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.scheduling import NOTICE, STEP, Span, today, working_hours

AHEAD = timedelta(days=14)
"""How far ahead times are suggested."""
MOST = 20
MOST_A_DAY = 3
APART = timedelta(hours=1)
"""How far apart the suggestions of a day lie at least."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A start (aware UTC), and the participants' zone, where it is known and the same for all of them."""

    starts_at: datetime
    participant_zone: str | None


def suggest(now: datetime, length: timedelta, zone_name: str, taken: Iterable[Span]) -> tuple[datetime, ...]:
    """Up to 20 starts (aware UTC) in the next 14 days at which a session of that length takes none of the taken time.

    They lie on quarters of an hour, within the working hours of the zone, at least four hours ahead, and are spread:
    at most three a day, an hour apart.
    """
    found: list[datetime] = []
    blocked, first_day = disjoint(taken), today(now, zone_name)
    for offset in range(AHEAD.days + 1):
        hours = working_hours(first_day + timedelta(days=offset), zone_name)
        if hours is not None:
            open_hours = Span(max(hours.start, now + NOTICE), min(hours.end, now + AHEAD))
            found += spread(free_starts(open_hours, length, blocked))
    return tuple(found[:MOST])


def disjoint(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that do not overlap, by their start."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


def free_starts(hours: Span, length: timedelta, blocked: Sequence[Span]) -> list[datetime]:
    """The starts within the hours at which a session fits in and meets none of the blocked spans (disjoint, by start).

    Steps are whole ones of the clock in UTC, as in every zone.
    """
    begins = [span.start for span in blocked]
    midnight = hours.start.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - (midnight - hours.start) // STEP * STEP
    found = []
    while start + length <= hours.end:
        before = bisect_left(begins, start + length)
        if not before or blocked[before - 1].end <= start:
            found.append(start)
        start += STEP
    return found


def spread(free: Sequence[datetime]) -> list[datetime]:
    """The first, one in the middle and the last of a day's free starts, as far as they lie apart."""
    if not free:
        return []
    chosen, middle = [free[0]], free[0] + (free[-1] - free[0]) / 2
    for start in (min(free, key=lambda each: abs(each - middle)), free[-1]):
        if start - chosen[-1] >= APART:
            chosen.append(start)
    return chosen[:MOST_A_DAY]
