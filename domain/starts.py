"""When sessions may start: stretches of starts, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from domain.times import Span, steady

Starts = list[tuple[datetime, datetime]]
"""Stretches of starts by time; both ends are starts as well."""

MOMENT, SECOND = timedelta.resolution, timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
NONE = (NEVER, NEVER)
"""After all starts."""


def beside(starts: Starts, taken: Iterable[Span], before: timedelta, after: timedelta) -> Starts:
    """Those of the starts that lie at least `before` the start of each taken span, or at least `after` its end."""
    if not starts:
        return []
    free: Starts = []
    reach, far, need = starts[0][0] - after, starts[-1][1] + before, before + after
    for span in sorted(taken, key=attrgetter("start")):
        start, end = span.start, span.end
        if start > reach:
            if start >= far:
                break
            if start - reach >= need:
                free.append((reach + after, start - before))
            reach = end
        elif end > reach:
            reach = end
    free.append((reach + after, NEVER))
    return both(starts, free)


def both(some: Starts, others: Starts) -> Starts:
    """The starts that are in the two of them."""
    found: Starts = []
    rest = iter(others)
    begins, ends = next(rest, NONE)
    for first, last in some:
        while ends < first:
            begins, ends = next(rest, NONE)
        while begins <= last:
            found.append((begins if begins > first else first, ends if ends < last else last))
            if ends > last:
                break
            begins, ends = next(rest, NONE)
    return found


def steps(starts: Starts, increment: timedelta, zone_name: str) -> list[int]:
    """Those of the starts that lie on whole increments of the zone's wall clock, in seconds of UTC since 1970."""
    if not starts:
        return []
    step = increment // SECOND
    found: list[int] = []
    pieces = steady(Span(starts[0][0], starts[-1][1] + MOMENT), zone_name)
    for piece, ahead in pieces:
        shift = ahead // SECOND
        for first, last in starts if len(pieces) == 1 else both(starts, [(piece.start, piece.end - MOMENT)]):
            begins = seconds(first) + (first.microsecond > 0) + shift
            found += range(begins + -begins % step - shift, seconds(last) + 1, step)
    return found


def seconds(instant: datetime) -> int:
    """Whole seconds of UTC since 1970, rounded down."""
    passed = instant - EPOCH
    return passed.days * 86_400 + passed.seconds


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
