"""A week of a study's times as a picture, and why there may be nothing to see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.scheduling import Assignment, Conflicts, HostTime, Setup, range_span
from domain.study import StudyLine
from domain.times import Span, local, today

DAYS = 7
HALF_HOUR, HOUR = 30, 60
MOST_ROWS = 26
"""Of half hours: where there are more, a row is an hour."""


class Mark(StrEnum):
    """What becomes of a part of a day."""

    FREE = "free"
    """A participant may book a session that starts in it."""
    BOOKED = "booked"
    """There is a session of the study."""
    TAKEN = "taken"
    """It is open, and something takes the hosts' time."""
    SHUT = "shut"
    """No session may start in it, whatever the hosts do."""


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: how many starts are free, and how many sessions of the study begin."""

    day: date
    free: int
    booked: int


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the seven days, from so many minutes after midnight on the wall clock."""

    minutes: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The seven days from `first` on, in a zone. `rows` are only those of the hours that matter."""

    first: date
    time_zone: str
    days: tuple[Day, ...]
    rows: tuple[Row, ...]

    @property
    def free(self) -> int:
        return sum(day.free for day in self.days)


@dataclass(frozen=True, slots=True)
class Times:
    """What a picture is made of, all aware UTC: free starts, those that would be free if nothing took the hosts' time,
    and the sessions of the study.
    """

    free: tuple[datetime, ...]
    possible: tuple[datetime, ...]
    booked: tuple[Span, ...]
    increment: timedelta


@dataclass(frozen=True, slots=True)
class SlotsWeek:
    """A study's week as a member sees it. `standing` says why participants can book none of it now.

    `next_host` is Slack's id of whose turn it is in a round robin for the first free time, None elsewhere.
    `why_empty` says why there is no free time in the whole range, "" when there is. `next_free` is the first one after
    the week when the week itself has none. `may_edit`: whether the reader may change how it is scheduled.
    """

    study: StudyLine
    picture: Picture
    standing: tuple[str, ...]
    next_host: str | None
    next_free: datetime | None
    why_empty: str
    may_edit: bool


def picture(first: date, time_zone: str, times: Times) -> Picture:
    """The seven days from `first` on. Where several marks meet, free comes first, then booked, then taken."""
    step = HOUR if times.increment >= timedelta(minutes=HOUR) else HALF_HOUR
    rows = rows_of(first, time_zone, times, step)
    if len(rows) > MOST_ROWS:
        rows = rows_of(first, time_zone, times, HOUR)
    free, booked = (
        Counter(local(each, time_zone).date() for each in starts)
        for starts in (times.free, [span.start for span in times.booked])
    )
    days = [first + timedelta(days=offset) for offset in range(DAYS)]
    return Picture(first, time_zone, tuple(Day(day, free[day], booked[day]) for day in days), rows)


def rows_of(first: date, time_zone: str, times: Times, step: int) -> tuple[Row, ...]:
    """The rows from the first to the last in which anything is open or booked."""
    marks: dict[tuple[int, int], Mark] = {}
    for mark, instants in (
        (Mark.TAKEN, times.possible),
        (Mark.BOOKED, covered(times.booked, step)),
        (Mark.FREE, times.free),
    ):
        for instant in instants:
            there = local(instant, time_zone)
            column = (there.date() - first).days
            if 0 <= column < DAYS:
                marks[column, (there.hour * 60 + there.minute) // step] = mark
    numbers = [row for _, row in marks]
    if not numbers:
        return ()
    return tuple(
        Row(row * step, tuple(marks.get((column, row), Mark.SHUT) for column in range(DAYS)))
        for row in range(min(numbers), max(numbers) + 1)
    )


def covered(spans: Iterable[Span], step: int) -> Iterable[datetime]:
    """Instants of which one lies in each part of a day that a span touches."""
    for span in spans:
        instant = span.start
        while instant < span.end:
            yield instant
            past = timedelta(minutes=instant.minute % step, seconds=instant.second)
            instant += timedelta(minutes=step) - past


def why_empty(setup: Setup, hosts: Sequence[HostTime], now: datetime) -> str:
    """Why a setup has no slot at all, in a sentence for whoever sets it up."""
    span = range_span(setup, now)
    if span is None or span.start >= span.end:
        return "The range of days is over, or shorter than the minimum notice. Choose a later last day."
    if not hosts:
        return "Nobody hosts the sessions. Choose a host."
    unread = [host.name for host in hosts if host.problem is not None and setup.conflicts is not Conflicts.OFF]
    together = setup.assignment in (Assignment.COLLECTIVE, Assignment.GROUP)
    if unread and (together or len(unread) == len(hosts)):
        return f"Nobody knows when {listed(unread)} can host: the calendar can’t be read. Nothing is offered meanwhile."
    open_spans = {host.member_id: open_within(host, span, setup) for host in hosts}
    without = [host.name for host in hosts if not open_spans[host.member_id]]
    if len(without) == len(hosts) or (together and without):
        return f"{listed(without)} has no hours in the range of days. Change the hours, or choose more days."
    longest = max(each.end - each.start for spans in open_spans.values() for each in spans)
    if longest < setup.length:
        return "No stretch of hours is as long as a session. Make the session shorter or the hours longer."
    if together and len(hosts) > 1:
        return "All hosts are never free together in the range. Choose fewer hosts, more days, or another assignment."
    return "Every open time in the range is taken: by events in calendars, sessions, or the most a day and week."


def open_within(host: HostTime, span: Span, setup: Setup) -> list[Span]:
    """The host's hours in the range."""
    first, last = (today(instant, setup.time_zone) for instant in (span.start, span.end))
    found = host.availability.open_spans(first - timedelta(days=1), last + timedelta(days=1))
    cut = (Span(max(each.start, span.start), min(each.end, span.end + setup.length)) for each in found)
    return [each for each in cut if each.start < each.end]


def listed(names: Sequence[str]) -> str:
    """`Ada, Ben and Cleo`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
