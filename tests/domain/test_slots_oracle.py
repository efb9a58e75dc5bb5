"""The slot engine against brute force: every quarter of an hour, rule by rule, on the wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.availability import Availability, Hours
from domain.scheduling import (
    Assignment,
    Conflicts,
    Demand,
    GroupSlot,
    HostTime,
    Setup,
    Slot,
    slot_at,
    slots,
    why_not,
)
from domain.times import Span

QUARTER, TICK = timedelta(minutes=15), timedelta(minutes=5)
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
    ("Asia/Beirut", date(2026, 10, 25)),
)
"""Days on which clocks change: by an hour or half of one, at midnight too, and back into the day before."""
ZONES = tuple(sorted({zone for zone, _ in CHANGES} | {"Asia/Kolkata", "UTC"}))


@dataclass(frozen=True)
class Case:
    """All that the engine is asked with."""

    setup: Setup
    hosts: tuple[HostTime, ...]
    demand: Demand
    span: Span
    sessions: tuple[GroupSlot, ...]


def minutes(*choices: int) -> st.SearchStrategy[timedelta]:
    return st.sampled_from(choices).map(lambda each: timedelta(minutes=each))


@st.composite
def hours_of_day(draw: st.DrawFn) -> tuple[Hours, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((begins * 15, ends * 15) for begins, ends in pairs)


@st.composite
def availabilities(draw: st.DrawFn, zone: str, around: date) -> Availability:
    day = st.one_of(st.just(((0, 1440),)), st.just(((60, 1320),)), hours_of_day())
    overrides = draw(st.dictionaries(st.integers(-1, 3), hours_of_day(), max_size=1))
    return Availability(
        zone,
        (draw(day), draw(day), draw(day)) * 2 + (draw(day),),
        {around + timedelta(days=offset): hours for offset, hours in overrides.items()},
    )


def spans(base: datetime, most: int) -> st.SearchStrategy[tuple[Span, ...]]:
    """Stretches around three days, at odd seconds too, long ones and empty ones."""
    start = st.integers(-24 * 12, 84 * 12).map(lambda ticks: base + ticks * TICK)
    odd = st.sampled_from((timedelta(), timedelta(), timedelta(seconds=1), timedelta(microseconds=1)))
    length = minutes(0, 5, 30, 60, 60, 240, 2000)
    one = st.builds(lambda at, shift, lasts: Span(at + shift, at + shift + lasts), start, odd, length)
    return st.lists(one, max_size=most).map(tuple)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(st.sampled_from(CHANGES))
    base = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    zones = st.one_of(st.just(zone), st.sampled_from(ZONES))
    sessions = [draw(spans(base, 2)) for _ in range(3)]
    hosts = tuple(
        HostTime(
            member_id=number,
            name=f"Host {number}",
            availability=draw(availabilities(draw(zones), day)),
            busy=draw(spans(base, 3)),
            sessions=hosted,
            last_session_end=draw(st.sampled_from((None, base, base - timedelta(days=3)))),
            problem=draw(st.sampled_from((None,) * 12 + ("It can't be read.",))),
        )
        for number, hosted in zip((7, 3, 5), sessions, strict=True)
    )[: draw(st.sampled_from((3, 3, 2, 2, 1, 0)))]
    nearby = st.integers(-1, 3).map(lambda offset: day + timedelta(days=offset))
    setup = Setup(
        length=draw(minutes(15, 30, 60, 90)),
        time_zone=draw(zones),
        host_ids=tuple(host.member_id for host in hosts),
        assignment=draw(st.sampled_from(Assignment)),
        capacity=4,
        first_day=draw(st.none() | nearby),
        last_day=draw(st.none() | nearby),
        rolling_days=draw(st.sampled_from((None, 0, 1, 2, 14))),
        availability=draw(st.none() | availabilities(zone, day)),
        conflicts=draw(st.sampled_from(Conflicts)),
        notice=draw(minutes(0, 240, 1440)),
        buffer_before=draw(minutes(0, 0, 10, 45)),
        buffer_after=draw(minutes(0, 0, 15)),
        increment=draw(minutes(15, 30, 60)),
        most_a_day=draw(st.sampled_from((None, None, None, 1, 2))),
        most_a_week=draw(st.sampled_from((None, None, None, None, 1, 2, 3))),
    )
    now = base + draw(st.integers(-2 * 24 * 60, 30 * 60)) * timedelta(minutes=1)
    quarters = st.integers(0, 3 * 96).map(lambda number: base + number * QUARTER)
    held = st.builds(GroupSlot, quarters, st.integers(0, 2), st.just((3, 9)))
    return Case(
        setup,
        hosts,
        Demand(now, draw(spans(base, 2))),
        Span(base, base + timedelta(days=3)),
        tuple(draw(st.lists(held, max_size=3, unique_by=lambda each: each.starts_at))),
    )


def candidates(span: Span) -> list[datetime]:
    return [span.start + number * QUARTER for number in range((span.end - span.start) // QUARTER)]


def expected(case: Case, open_ticks: Sequence[set[datetime]], start: datetime) -> Slot | None:
    """The slot at a start, by the plain reading of every rule."""
    setup, hosts = case.setup, case.hosts
    if not is_offered(case, start):
        return None
    if setup.assignment is Assignment.GROUP:
        for session in case.sessions:
            if session.starts_at == start:
                return Slot(start, session.host_ids, session.seats_left) if session.seats_left else None
    together = setup.assignment is not Assignment.ROUND_ROBIN
    number = 1 if setup.assignment is Assignment.ONE_TO_ONE else len(hosts)
    clocks = [(setup.availability or host.availability).time_zone for host in hosts]
    able = [
        host
        for index, host in enumerate(hosts[:number])
        if is_on_step(setup, start, clocks[0 if together else index]) and is_free(setup, host, open_ticks[index], start)
    ]
    if not able or (together and len(able) < number):
        return None
    if not together:
        able = sorted(able, key=lambda host: place_in_turn(case, host, start))
    return Slot(
        start,
        tuple(host.member_id for host in able),
        setup.capacity if setup.assignment is Assignment.GROUP else None,
    )


def is_offered(case: Case, start: datetime) -> bool:
    setup, now = case.setup, case.demand.now
    day, today = (each.astimezone(ZoneInfo(setup.time_zone)).date() for each in (start, now))
    end = start + setup.length
    return (
        start >= now + setup.notice
        and (setup.first_day is None or day >= setup.first_day)
        and (setup.last_day is None or day <= setup.last_day)
        and (setup.rolling_days is None or (day - today).days <= setup.rolling_days)
        and not any(away.start < end and away.end > start for away in case.demand.away)
    )


def is_on_step(setup: Setup, start: datetime, clock: str) -> bool:
    wall = start.astimezone(ZoneInfo(clock))
    return (wall.hour * 60 + wall.minute) % (setup.increment // timedelta(minutes=1)) == 0


def is_free(setup: Setup, host: HostTime, open_ticks: set[datetime], start: datetime) -> bool:
    if host.problem and setup.conflicts is not Conflicts.OFF:
        return False
    if not all(start + number * TICK in open_ticks for number in range(setup.length // TICK)):
        return False
    first, last = start - setup.buffer_before, start + setup.length + setup.buffer_after
    if any(taken.start < last and taken.end > first for taken in (*host.busy, *host.sessions)):
        return False
    zone = ZoneInfo(setup.time_zone)
    day = start.astimezone(zone).date()
    held = [session.start.astimezone(zone).date() for session in host.sessions]
    in_week = sum(each.isocalendar()[:2] == day.isocalendar()[:2] for each in held)
    return (setup.most_a_day is None or held.count(day) < setup.most_a_day) and (
        setup.most_a_week is None or in_week < setup.most_a_week
    )


def place_in_turn(case: Case, host: HostTime, start: datetime) -> tuple[int, float, int]:
    zone = ZoneInfo(case.setup.time_zone)
    week = start.astimezone(zone).isocalendar()[:2]
    this_week = sum(each.start.astimezone(zone).isocalendar()[:2] == week for each in host.sessions)
    idle_since = host.last_session_end.timestamp() if host.last_session_end else float("-inf")
    return this_week, idle_since, case.hosts.index(host)


def ticks_open(availability: Availability, span: Span) -> set[datetime]:
    """The five-minute ticks whose wall clock lies within the hours of its day."""
    zone, found = ZoneInfo(availability.time_zone), set()
    for number in range((span.end - span.start + timedelta(hours=3)) // TICK):
        tick = span.start + number * TICK
        wall = tick.astimezone(zone)
        day = wall.date()
        hours = availability.overrides[day] if day in availability.overrides else availability.week[day.weekday()]
        if any(begins <= wall.hour * 60 + wall.minute < ends for begins, ends in hours):
            found.add(tick)
    return found


@given(cases(), st.integers(0, 3 * 24 * 60 - 1), st.sampled_from((0, 0, 1, 30)))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_engine_finds_what_brute_force_finds(case: Case, minute: int, second: int) -> None:
    """In every assignment; and a time is a slot exactly when nothing speaks against it, between two steps as well."""
    setup, hosts, demand, sessions = case.setup, case.hosts, case.demand, case.sessions
    common = setup.availability and ticks_open(setup.availability, case.span)
    open_ticks = [ticks_open(host.availability, case.span) if common is None else common for host in hosts]
    starts = candidates(case.span)
    brute = {start: expected(case, open_ticks, start) for start in starts}
    found = slots(setup, hosts, demand, case.span, sessions)

    assert found == [slot for slot in brute.values() if slot]
    some = case.span.start + timedelta(minutes=minute, seconds=second)
    for start in (*starts[::7], *(slot.starts_at for slot in found[:3]), some):
        slot, reasons = slot_at(setup, hosts, demand, start, sessions), why_not(setup, hosts, demand, start, sessions)
        assert slot == brute.get(start)
        assert (slot is None) is bool(reasons), start
        assert all(reason.why.endswith(".") for reason in reasons)


@given(cases(), st.integers(1, 3 * 24 * 60 - 1))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_slots_of_a_span_are_those_of_its_parts(case: Case, minute: int) -> None:
    """However much a page asks for at once, it is shown the same times."""
    middle = case.span.start + timedelta(minutes=minute)

    def found(span: Span) -> list[Slot]:
        return slots(case.setup, case.hosts, case.demand, span, case.sessions)

    assert found(case.span) == [
        *found(Span(case.span.start, middle)),
        *found(Span(middle, case.span.end)),
    ]
