"""When sessions may be held (DOMAIN, "Scheduling")."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import reduce

from domain import obstacles
from domain.availability import Availability
from domain.starts import EPOCH, MOMENT, Starts, beside, both, instant, seconds, steps
from domain.times import Span, ahead_of_utc, days_around, local, local_day, today, week_of

NOTICE = timedelta(hours=4)
"""How long before its start a session is to be booked or moved at the latest."""
REMINDERS = (timedelta(hours=24), timedelta(hours=1))
"""How long before a session its participants are reminded, where nobody has said otherwise."""
FARTHEST = 365
"""How many days ahead sessions are booked in a range without an end."""
BEGINNING = datetime.min.replace(tzinfo=UTC)


class Assignment(StrEnum):
    """Who hosts a session that a participant books."""

    ONE_TO_ONE = "one_to_one"
    COLLECTIVE = "collective"
    ROUND_ROBIN = "round_robin"
    GROUP = "group"

    @property
    def label(self) -> str:
        return ASSIGNMENT_LABELS[self]


ASSIGNMENT_LABELS = {
    Assignment.ONE_TO_ONE: "One host",
    Assignment.COLLECTIVE: "All hosts together",
    Assignment.ROUND_ROBIN: "Any one of the hosts, in turn",
    Assignment.GROUP: "Group session",
}


class SetupRole(StrEnum):
    """What a member does at a study's sessions: hosts gate its times, guests are always invited and never do."""

    HOST = "host"
    GUEST = "guest"


class Conflicts(StrEnum):
    """What in a host's calendar takes their time."""

    DEFAULT = "default"
    """Busy events do; free and tentative ones do not."""
    STRICT = "strict"
    """Any event does."""
    OFF = "off"
    """Nothing does but interviews."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How participants book the sessions of a study. `length` and `capacity` (seats a session) are the study's own.

    `time_zone` is whose days the range counts and whose days and weeks the caps count. The range is fixed (`first_day`
    to `last_day`, each may be open) or rolling (today and `rolling_days` more). `availability` is common to all hosts;
    None: each host's own hours. Sessions start on whole `increment`s of the hours' wall clock. `most_a_day` and
    `most_a_week` are sessions a host. Until `change_until` before its start participants may move or cancel a session,
    and move it at most `most_moves` times (None: as often as they like). `title` and `description` are the event's,
    with tokens; without a title it is the study's external name. `reminders` say how long before a session each goes
    out.
    """

    length: timedelta
    time_zone: str
    host_ids: tuple[int, ...]
    guest_ids: tuple[int, ...] = ()
    assignment: Assignment = Assignment.ONE_TO_ONE
    capacity: int = 1
    title: str = ""
    description: str = ""
    first_day: date | None = None
    last_day: date | None = None
    rolling_days: int | None = 14
    availability: Availability | None = None
    conflicts: Conflicts = Conflicts.DEFAULT
    notice: timedelta = NOTICE
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()
    increment: timedelta = timedelta(minutes=30)
    most_a_day: int | None = None
    most_a_week: int | None = None
    change_until: timedelta = timedelta()
    most_moves: int | None = None
    reminders: tuple[timedelta, ...] = REMINDERS


@dataclass(frozen=True, slots=True)
class HostTime:
    """What is known of a host's time. All spans are in UTC and may come in any order and overlap.

    `busy` is what in their calendar takes their time by the study's way to see conflicts, `sessions` the upcoming
    interviews that they host: these take it always, and count against the caps. `last_session_end` is when the last
    session ended that they hosted or will host, None when there was none. `problem` is a sentence while their calendar
    can't be read: then they are never free. `is_gone`: they host nothing any more, whatever counts as a conflict.
    """

    member_id: int
    name: str
    availability: Availability
    busy: Sequence[Span] = ()
    sessions: Sequence[Span] = ()
    last_session_end: datetime | None = None
    problem: str | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class GroupSlot:
    """An upcoming group session of the study, by its start. `seats_left` may be 0."""

    starts_at: datetime
    seats_left: int
    host_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """For whom slots are looked for: `away` is when the participant is in another session, of any study."""

    now: datetime
    away: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that a participant may book. `host_ids` are those who can host it, the one whose turn it is first.

    In collective and group studies all of them host. `seats_left` is of a group session, None for the other studies.
    """

    starts_at: datetime
    host_ids: tuple[int, ...]
    seats_left: int | None = None


class Rule(StrEnum):
    """The rules that make a time no slot."""

    PASSED = "passed"
    NOTICE = "notice"
    RANGE = "range"
    INCREMENT = "increment"
    HOURS = "hours"
    BUSY = "busy"
    SESSION = "session"
    BUFFER = "buffer"
    DAY_CAP = "day_cap"
    WEEK_CAP = "week_cap"
    CALENDAR = "calendar"
    AWAY = "away"
    FULL = "full"
    NO_HOST = "no_host"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a time is no slot: the rule in a sentence, and the host whom it is about (None: all)."""

    rule: Rule
    why: str
    host_id: int | None = None


def range_span(setup: Setup, now: datetime) -> Span | None:
    """From the end of the notice to the end of the range: when sessions may start. None when the range is over."""
    first, last = _days(setup, now)
    start = max(now + setup.notice, local_day(first, setup.time_zone).start)
    end = local_day(last, setup.time_zone).end
    return Span(start, end) if start < end else None


def _days(setup: Setup, now: datetime) -> tuple[date, date]:
    """The first and the last local day of the range, in the setup's zone."""
    present = today(now, setup.time_zone)
    last = setup.last_day or present + timedelta(days=FARTHEST)
    if setup.rolling_days is not None:
        last = min(last, present + timedelta(days=setup.rolling_days))
    return max(present, setup.first_day or present), last


def slots(
    setup: Setup, hosts: Sequence[HostTime], demand: Demand, span: Span, sessions: Sequence[GroupSlot] = ()
) -> list[Slot]:
    """All slots that start within the span, by time. `hosts` are in the order of the setup's.

    `sessions` are the study's upcoming group sessions: those with a seat left are slots as well, whatever their hosts
    do, and no other session starts together with one of them.
    """
    bookable = range_span(setup, demand.now)
    if bookable is None or not bookable.overlaps(span):
        return []
    within = (max(bookable.start, span.start), min(bookable.end, span.end) - MOMENT)
    common = beside([within], demand.away, setup.length, timedelta())
    if setup.assignment is Assignment.ROUND_ROBIN:
        return _in_turn(setup, hosts, common)
    together = hosts[:1] if setup.assignment is Assignment.ONE_TO_ONE else hosts
    host_ids = tuple(host.member_id for host in together)
    starts = _all_free(setup, together, common)
    if setup.assignment is not Assignment.GROUP:
        return [Slot(instant(each), host_ids) for each in starts]
    found = {each: Slot(each, host_ids, setup.capacity) for each in map(instant, starts)}
    for session in sorted(sessions, key=lambda each: each.seats_left > 0):
        found.pop(session.starts_at, None)
        if session.seats_left > 0 and any(first <= session.starts_at <= last for first, last in common):
            found[session.starts_at] = Slot(session.starts_at, session.host_ids, session.seats_left)
    return sorted(found.values(), key=lambda each: each.starts_at)


def slot_at(
    setup: Setup,
    hosts: Sequence[HostTime],
    demand: Demand,
    starts_at: datetime,
    sessions: Sequence[GroupSlot] = (),
) -> Slot | None:
    """The slot that starts at an instant, if there is one."""
    return next(iter(slots(setup, hosts, demand, Span(starts_at, starts_at + MOMENT), sessions)), None)


def why_not(
    setup: Setup,
    hosts: Sequence[HostTime],
    demand: Demand,
    starts_at: datetime,
    sessions: Sequence[GroupSlot] = (),
) -> tuple[Obstacle, ...]:
    """Every reason why no slot starts at an instant, those that hold for all hosts first; none if one does.

    Rule by rule, as they are meant: `slots` must come to the same.
    """
    found = _for_everybody(setup, demand, starts_at)
    held = [each for each in sessions if each.starts_at == starts_at and setup.assignment is Assignment.GROUP]
    if held:
        is_full = all(each.seats_left <= 0 for each in held)
        return (*found, *([Obstacle(Rule.FULL, obstacles.full(starts_at, setup.time_zone))] if is_full else []))
    asked = hosts[:1] if setup.assignment is Assignment.ONE_TO_ONE else hosts
    if not asked:
        return (*found, Obstacle(Rule.NO_HOST, obstacles.NO_HOST))
    of_hosts = [[*_off_step(setup, asked, host, starts_at), *_of_host(setup, host, starts_at)] for host in asked]
    if setup.assignment is Assignment.ROUND_ROBIN and not all(of_hosts):
        return tuple(found)
    return tuple(dict.fromkeys([*found, *(each for of_host in of_hosts for each in of_host)]))


def _for_everybody(setup: Setup, demand: Demand, starts_at: datetime) -> list[Obstacle]:
    """What keeps anybody from booking the time, whoever hosts."""
    if starts_at < demand.now:
        return [Obstacle(Rule.PASSED, obstacles.PASSED)]
    wanted, found = Span(starts_at, starts_at + setup.length), []
    if starts_at < demand.now + setup.notice:
        found.append(Obstacle(Rule.NOTICE, obstacles.notice(setup.notice)))
    first, last = _days(setup, demand.now)
    if not first <= local(starts_at, setup.time_zone).date() <= last:
        ahead = setup.rolling_days if setup.last_day or setup.rolling_days is not None else FARTHEST
        found.append(Obstacle(Rule.RANGE, obstacles.out_of_range(setup.first_day, setup.last_day, ahead)))
    found += [
        Obstacle(
            Rule.AWAY, obstacles.taken("The participant has a session", span, wanted, setup.length, setup.time_zone)
        )
        for span in sorted(demand.away, key=lambda each: each.start)
        if span.overlaps(wanted)
    ]
    return found


def _off_step(setup: Setup, asked: Sequence[HostTime], host: HostTime, starts_at: datetime) -> list[Obstacle]:
    """Whether the start lies between two steps of the host's clock, or of the first host's where they host together."""
    in_turn = setup.assignment is Assignment.ROUND_ROBIN
    clock = hours_of(setup, host if in_turn else asked[0]).time_zone
    late = (starts_at + ahead_of_utc(starts_at, clock) - EPOCH) % setup.increment
    if not late:
        return []
    is_own = in_turn and any(hours_of(setup, each).time_zone != clock for each in asked)
    around = (starts_at - late, starts_at - late + setup.increment)
    why = obstacles.off_step(host.name if is_own else None, setup.increment, around, setup.time_zone)
    return [Obstacle(Rule.INCREMENT, why, host.member_id if is_own else None)]


def _of_host(setup: Setup, host: HostTime, starts_at: datetime) -> list[Obstacle]:
    """What keeps one host from a session, but for its start between two steps."""
    found: list[tuple[Rule, str]] = []
    wanted = Span(starts_at, starts_at + setup.length)
    is_unknown = _is_unknown(setup, host)
    if is_unknown:
        found.append((Rule.CALENDAR, host.problem or ""))
    padded = Span(wanted.start - setup.buffer_before, wanted.end + setup.buffer_after)
    is_busy = "has an event" if setup.conflicts is Conflicts.STRICT else "is busy"
    for rule, spans, what in (
        (Rule.BUSY, () if is_unknown else host.busy, f"{host.name}'s calendar {is_busy}"),
        (Rule.SESSION, host.sessions, f"{host.name} hosts a session"),
    ):
        for span in sorted((each for each in spans if each.overlaps(padded)), key=lambda each: each.start):
            buffer = setup.buffer_before if span.end <= wanted.start else setup.buffer_after
            why = obstacles.taken(what, span, wanted, buffer, setup.time_zone)
            found.append((rule if span.overlaps(wanted) else Rule.BUFFER, why))
    day = local(starts_at, setup.time_zone).date()
    for rule, most, first, days in (
        (Rule.DAY_CAP, setup.most_a_day, day, 1),
        (Rule.WEEK_CAP, setup.most_a_week, week_of(day), 7),
    ):
        number = _number(host.sessions, local_day(first, setup.time_zone, days))
        if most is not None and number >= most:
            found.append((rule, obstacles.capped(host.name, number, most, "day" if days == 1 else "week")))
    of_host = [Obstacle(rule, why, host.member_id) for rule, why in found]
    return [*_outside_hours(setup, host, wanted), *of_host]


def _outside_hours(setup: Setup, host: HostTime, wanted: Span) -> list[Obstacle]:
    hours = hours_of(setup, host)
    day = days_around(Span(wanted.start, wanted.start + MOMENT), setup.time_zone)
    around = hours.open_spans(
        local(min(day.start, wanted.start), hours.time_zone).date(),
        local(max(day.end, wanted.end), hours.time_zone).date(),
    )
    if any(each.start <= wanted.start and wanted.end <= each.end for each in around):
        return []
    of_day = [Span(max(each.start, day.start), min(each.end, day.end)) for each in around if each.overlaps(day)]
    is_common = setup.availability is not None
    why = obstacles.outside_hours(None if is_common else host.name, of_day, wanted, setup.time_zone)
    return [Obstacle(Rule.HOURS, why, None if is_common else host.member_id)]


def turn(hosts: Iterable[HostTime], week: Span) -> list[HostTime]:
    """The hosts of a round robin in the order in which it is their turn to host a session in that week.

    First is whoever has the fewest sessions in it, then who has had none for longest, then the first in the setup.
    """
    return sorted(hosts, key=lambda host: (_number(host.sessions, week), host.last_session_end or BEGINNING))


def _in_turn(setup: Setup, hosts: Sequence[HostTime], common: Starts) -> list[Slot]:
    """The slots at which any of the hosts is free."""
    if not common:
        return []
    free = {
        host.member_id: steps(starts, setup.increment, hours_of(setup, host).time_zone)
        for host, starts in zip(hosts, _free(setup, hosts, common), strict=True)
    }
    able: defaultdict[int, list[int]] = defaultdict(list)
    for week in _weeks(Span(common[0][0], common[-1][1]), setup.time_zone):
        begins, ends = seconds(week.start), seconds(week.end)
        for host in turn(hosts, week):
            starts = free[host.member_id]
            for start in starts[bisect_left(starts, begins) : bisect_left(starts, ends)]:
                able[start].append(host.member_id)
    return [Slot(instant(start), tuple(able[start])) for start in sorted(able)]


def _all_free(setup: Setup, hosts: Sequence[HostTime], common: Starts) -> list[int]:
    """The starts at which all of the hosts are free, on the steps of the first one's clock."""
    if not hosts:
        return []
    return steps(reduce(both, _free(setup, hosts, common)), setup.increment, hours_of(setup, hosts[0]).time_zone)


def hours_of(setup: Setup, host: HostTime) -> Availability:
    """The hours in which a host takes the study's sessions."""
    return setup.availability or host.availability


def _free(setup: Setup, hosts: Sequence[HostTime], common: Starts) -> Iterator[Starts]:
    """For each host the starts, of those in common, at which they are free: on any instant, between the steps too."""
    together = None if setup.availability is None else _fitting(setup, setup.availability, common)
    for host in hosts:
        if _is_unknown(setup, host):
            yield []
            continue
        fitting = _fitting(setup, host.availability, common) if together is None else together
        below_caps = beside(fitting, _full(setup, host.sessions), MOMENT, timedelta())
        yield beside(below_caps, [*host.busy, *host.sessions], setup.length + setup.buffer_after, setup.buffer_before)


def _is_unknown(setup: Setup, host: HostTime) -> bool:
    """Whether the host is never free: they are gone, or nobody can read their calendar."""
    return host.is_gone or (host.problem is not None and setup.conflicts is not Conflicts.OFF)


def _fitting(setup: Setup, hours: Availability, common: Starts) -> Starts:
    """The starts, of those in common, at which a session lies within the hours."""
    if not common:
        return []
    first, last = (local(each, hours.time_zone).date() for each in (common[0][0], common[-1][1] + setup.length))
    fitting = [
        (each.start, each.end - setup.length)
        for each in hours.open_spans(first, last)
        if each.end - each.start >= setup.length
    ]
    return both(common, fitting)


def _full(setup: Setup, sessions: Sequence[Span]) -> list[Span]:
    """The days and the weeks in which a host with these sessions may have no other."""
    if setup.most_a_day is None and setup.most_a_week is None:
        return []
    days = Counter(local(session.start, setup.time_zone).date() for session in sessions)
    weeks: Counter[date] = Counter()
    for day, number in days.items():
        weeks[week_of(day)] += number
    return [
        local_day(day, setup.time_zone, length)
        for counted, most, length in ((days, setup.most_a_day, 1), (weeks, setup.most_a_week, 7))
        for day, number in counted.items()
        if most is not None and number >= most
    ]


def _weeks(span: Span, zone_name: str) -> list[Span]:
    """The weeks, of local days from Monday, that the span touches."""
    monday = week_of(local(span.start, zone_name).date())
    found = [local_day(monday, zone_name, 7)]
    while found[-1].end <= span.end:
        monday += timedelta(days=7)
        found.append(local_day(monday, zone_name, 7))
    return found


def _number(sessions: Iterable[Span], within: Span) -> int:
    """How many of the sessions start within a span."""
    start, end = within.start, within.end
    return len([session for session in sessions if start <= session.start < end])
