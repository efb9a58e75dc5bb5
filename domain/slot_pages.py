"""Which of a study's slots a page needs that shows some weeks at a time: a range without an end holds thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.scheduling import Slot
from domain.times import Span, local, local_day, week_of

LONGEST_STRETCH = timedelta(weeks=5)
"""How much is looked at at a time."""
WEEK = timedelta(weeks=1)

FindSlots = Callable[[Span], Sequence[Slot]]
"""Finds the slots that start within a span, by time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The day that a page is to show, None for the first one with slots, on the wall clock of a zone."""

    time_zone: str
    day: date | None = None


def needed(find: FindSlots, span: Span, wanted: Wanted) -> list[Slot]:
    """The slots from which a page comes out as from all those within the span, by time.

    Stretches of weeks are counted from the first week with slots. Of that week, of the stretch with the wanted day, of
    the one before and of the next week with slots after it, all are there. A short range is found as a whole.
    """
    if span.end - span.start <= 2 * LONGEST_STRETCH:
        return list(find(span))
    clock, weeks = wanted.time_zone, weeks_of(span, wanted.time_zone)
    first = next(filter(None, map(find, weeks)), None)
    if first is None:
        return []
    origin = week_of(local(first[0].starts_at, clock).date())
    last = local(span.end, clock).date()
    day = min(max(wanted.day or origin, origin), last)
    begin = origin + (day - origin) // LONGEST_STRETCH * LONGEST_STRETCH
    start, end = local_day(begin, clock).start, local_day(begin + LONGEST_STRETCH, clock).start
    around = find(cut(Span(local_day(max(begin - LONGEST_STRETCH, origin), clock).start, end), span))
    has_day = any(slot.starts_at >= local_day(day, clock).start for slot in around)
    has_earlier = begin == origin or any(slot.starts_at < start for slot in around)
    if not has_day or not has_earlier:
        return list(find(span))
    after = next(filter(None, (find(week) for week in weeks if week.start >= end)), ())
    found = {slot.starts_at: slot for slot in (*first, *around, *after)}
    return [found[starts_at] for starts_at in sorted(found)]


def weeks_of(span: Span, time_zone: str) -> list[Span]:
    """The span, cut where weeks begin on the clock of the zone."""
    monday, found = week_of(local(span.start, time_zone).date()), []
    while (start := local_day(monday, time_zone).start) < span.end:
        monday += WEEK
        found.append(cut(Span(start, local_day(monday, time_zone).start), span))
    return found


def cut(part: Span, whole: Span) -> Span:
    """What of the part lies within the whole."""
    return Span(max(part.start, whole.start), min(part.end, whole.end))
