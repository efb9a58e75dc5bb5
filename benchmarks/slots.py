"""Finding the slots of a study with many hosts, against one pass over their merged busy times."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from benchmarks.figures import Figure, interleaved, milliseconds, p50, spread
from domain.availability import standard
from domain.scheduling import Assignment, Demand, HostTime, Setup, Slot, slots
from domain.times import Span

MOST_RATIO = 2.0
HOSTS, DAYS, INTERVALS = 10, 60, 5_000
LENGTH, STEP = timedelta(minutes=30), timedelta(minutes=15)
ZONE = "Europe/Berlin"
LENGTHS = tuple(timedelta(minutes=each) for each in (15, 30, 30, 45, 60))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """The hosts of a study, and what of each one's time is closed, busy or outside of their hours, merged by time."""

    now: datetime
    span: Span
    hosts: tuple[HostTime, ...]
    closed: tuple[tuple[Span, ...], ...]


def measure(now: datetime, rounds: int) -> list[Figure]:
    """Round robin and collective: the same hosts, the same calendars."""
    ground = laid(now)
    return [
        figure
        for assignment, fewest in ((Assignment.ROUND_ROBIN, 1), (Assignment.COLLECTIVE, HOSTS))
        for figure in compared(ground, assignment, fewest, rounds)
    ]


def compared(ground: Ground, assignment: Assignment, fewest: int, rounds: int) -> list[Figure]:
    """How long the engine takes, and how many times as long as the loop that finds the same starts."""
    found = engine(ground, assignment)
    if [slot.starts_at for slot in found] != one_pass(ground, fewest):
        raise RuntimeError(f"{assignment.label}: the engine and the loop do not find the same")
    times, passes = interleaved(
        lambda: milliseconds(lambda: engine(ground, assignment)),
        lambda: milliseconds(lambda: one_pass(ground, fewest)),
        rounds,
        warm_up=3,
    )
    name = f"Slots, {assignment.label.lower()}"
    ratio = p50(times) / p50(passes)
    return [
        Figure(f"{name}, p50", p50(times), "ms", None, f"{spread(times)}, {len(found):,} slots"),
        Figure(f"{name} ÷ one pass", ratio, "", MOST_RATIO, f"one pass over merged times: {spread(passes)}"),
    ]


def engine(ground: Ground, assignment: Assignment) -> list[Slot]:
    setup = Setup(
        length=LENGTH,
        time_zone=ZONE,
        host_ids=tuple(host.member_id for host in ground.hosts),
        assignment=assignment,
        rolling_days=DAYS,
        notice=timedelta(),
        increment=STEP,
    )
    return slots(setup, ground.hosts, Demand(ground.now), ground.span)


def one_pass(ground: Ground, fewest: int) -> list[datetime]:
    """The loop: through each host's closed times once, then the starts at which so many hosts are free."""
    free: dict[datetime, list[int]] = {}
    for number, closed in enumerate(ground.closed):
        for before, after in pairwise(closed):
            start = on_step(before.end)
            while start + LENGTH <= after.start:
                free.setdefault(start, []).append(number)
                start += STEP
    return sorted(start for start, hosts in free.items() if len(hosts) >= fewest)


def on_step(instant: datetime) -> datetime:
    """The first step from an instant on: in Berlin quarters of an hour are the same as in UTC."""
    return instant + (EPOCH - instant) % STEP


def laid(now: datetime) -> Ground:
    """Ten people with some eight appointments on every working day of two months, most of them side by side."""
    chance = random.Random(4)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    span = Span(midnight, midnight + timedelta(days=DAYS))
    hours = standard(ZONE)
    opened = hours.open_spans(span.start.date(), span.end.date() - timedelta(days=1))
    hosts, closed = [], []
    for number in range(HOSTS):
        busy = sorted((appointment(chance, opened) for _ in range(INTERVALS // HOSTS)), key=lambda each: each.start)
        hosts.append(HostTime(number, f"Host {number}", hours, busy))
        closed.append(merged([*busy, *complement(opened, span)]))
    return Ground(midnight, span, tuple(hosts), tuple(closed))


def appointment(chance: random.Random, opened: Sequence[Span]) -> Span:
    start = chance.choice(opened).start + chance.randrange(28) * STEP
    return Span(start, start + chance.choice(LENGTHS))


def complement(opened: Sequence[Span], span: Span) -> list[Span]:
    """What of the span lies between the opened stretches."""
    edges = [span.start, *(edge for each in opened for edge in (each.start, each.end)), span.end]
    far = timedelta(days=2)
    edges[0], edges[-1] = edges[0] - far, edges[-1] + far
    return [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same time in spans that neither overlap nor touch, by time."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)
