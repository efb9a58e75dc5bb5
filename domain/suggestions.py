"""Times that are suggested for a session: nobody has anything else then, and no rule is bypassed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.scheduling import NOTICE
from domain.session_times import STEP, working_hours
from domain.starts import beside, instant, steps
from domain.times import Span, today

AHEAD = timedelta(days=14)
"""How far ahead times are suggested."""
MOST = 20
MOST_A_DAY = 3
APART = timedelta(hours=1)
"""How far apart the suggestions of a day lie at least."""
IN_ANY_ZONE = "UTC"
"""Quarters of an hour are the same instants in every zone."""


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
    first_day = today(now, zone_name)
    blocked = sorted(taken, key=lambda each: each.start)
    for offset in range(AHEAD.days + 1):
        hours = working_hours(first_day + timedelta(days=offset), zone_name)
        if hours is None:
            continue
        first, last = max(hours.start, now + NOTICE), min(hours.end, now + AHEAD) - length
        if first <= last:
            free = steps(beside([(first, last)], blocked, length, timedelta()), STEP, IN_ANY_ZONE)
            found += spread([instant(each) for each in free])
    return tuple(found[:MOST])


def spread(free: Sequence[datetime]) -> list[datetime]:
    """The first, one in the middle and the last of a day's free starts, as far as they lie apart."""
    if not free:
        return []
    chosen, middle = [free[0]], free[0] + (free[-1] - free[0]) / 2
    for start in (min(free, key=lambda each: abs(each - middle)), free[-1]):
        if start - chosen[-1] >= APART:
            chosen.append(start)
    return chosen[:MOST_A_DAY]
