"""The times among which a participant picks one: some weeks as a calendar, and a day's times, on their own clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from domain.scheduling import Slot
from domain.slot_pages import LONGEST_STRETCH
from domain.spelling import place_words, shift_words, zone_words
from domain.times import is_repeated, local, spelled, week_of

MANY = 12
"""From so many times a day they are parted into morning, afternoon and evening."""
NEAREST = 4
"""How many other times are offered when one has gone."""
PARTS = ((12, "Morning"), (17, "Afternoon"), (24, "Evening"))
"""The parts of a day and the hours that they end before."""
INSTANT = "%Y-%m-%dT%H:%MZ"
"""How an address names a time, in UTC."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the pages behind one link, with the zone that was chosen there, if one was."""

    page: str
    chosen_zone: str | None = None

    def times(self, day: date | None = None) -> str:
        return self._at("/times", day=day.isoformat() if day else None)

    def book(self, starts_at: datetime) -> str:
        return self._at("/book", at=starts_at.strftime(INSTANT))

    def _at(self, path: str, **values: str | None) -> str:
        given = {name: value for name, value in {**values, "zone": self.chosen_zone}.items() if value}
        return f"{self.page}{path}?{urlencode(given)}" if given else f"{self.page}{path}"


@dataclass(frozen=True, slots=True)
class TimeCell:
    """A time to be picked: `label` is the clock's (`14:00`), `note` what is to be known besides.

    `day` is for those who hear the page: which day it is on, "" where the note says so.
    """

    label: str
    day: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class DayPart:
    """The times of a part of the day; without a label it is the whole day."""

    label: str
    times: tuple[TimeCell, ...]


@dataclass(frozen=True, slots=True)
class DayView:
    """The times of the day that is looked at. `zone` is `Berlin time, UTC+1`; `changes`: the clocks do on this day."""

    words: str
    zone: str
    changes: bool
    parts: tuple[DayPart, ...]


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the calendar. `month` is `Dec` on the first of one, else ""; without an address it has no free time."""

    number: int
    month: str
    spoken: str
    href: str | None
    is_shown: bool


@dataclass(frozen=True, slots=True)
class StretchView:
    """Some weeks, from Mondays on. `earlier` and `later` are the addresses of the next ones with free times."""

    words: str
    weeks: tuple[tuple[DayCell, ...], ...]
    earlier: str | None
    later: str | None


@dataclass(frozen=True, slots=True)
class TimesView:
    """All free times, as a day and the weeks around it; `nearest` are to be seen first when another one has gone."""

    stretch: StretchView
    day: DayView
    nearest: tuple[TimeCell, ...] = ()


def times_view(
    slots: Sequence[Slot],
    time_zone: str,
    addresses: Addresses,
    wanted: date | None = None,
    gone: datetime | None = None,
) -> TimesView | None:
    """The times on the wall clock of a zone, None when there are none.

    Shown is the day that is `wanted`, if it has free times, else the next that has, else the last. `gone` is a time
    that somebody else was faster to take.
    """
    days: dict[date, list[Slot]] = defaultdict(list)
    for slot in slots:
        days[local(slot.starts_at, time_zone).date()].append(slot)
    if not days:
        return None
    if wanted is None and gone is not None:
        wanted = local(gone, time_zone).date()
    ordered = sorted(days)
    shown = next((day for day in ordered if wanted is None or day >= wanted), ordered[-1])
    nearest = sorted(slots, key=lambda slot: abs(slot.starts_at - gone))[:NEAREST] if gone is not None else []
    return TimesView(
        stretch=stretch_view(days, shown, addresses),
        day=day_view(shown, days[shown], time_zone, addresses),
        nearest=tuple(
            time_cell(slot, time_zone, addresses, with_day=True)
            for slot in sorted(nearest, key=lambda slot: slot.starts_at)
        ),
    )


def stretch_view(days: Mapping[date, Sequence[Slot]], shown: date, addresses: Addresses) -> StretchView:
    """The weeks around the shown day, from the first with free times to the last.

    Stretches are counted from the very first such week, so that turning them back and forth shows the same ones.
    """
    ordered = sorted(days)
    origin = week_of(ordered[0])
    begin = origin + (shown - origin) // LONGEST_STRETCH * LONGEST_STRETCH
    end = begin + LONGEST_STRETCH
    inside = [day for day in ordered if begin <= day < end]
    before, after = [day for day in ordered if day < begin], [day for day in ordered if day >= end]
    previous = next((day for day in before if day >= begin - LONGEST_STRETCH), before[-1] if before else None)
    monday = week_of(inside[0])
    return StretchView(
        words=months_words(inside[0], inside[-1]),
        weeks=tuple(
            tuple(day_cell(monday + timedelta(days=week + number), days, shown, addresses) for number in range(7))
            for week in range(0, (inside[-1] - monday).days + 1, 7)
        ),
        earlier=addresses.times(previous) if previous else None,
        later=addresses.times(after[0]) if after else None,
    )


def months_words(first: date, last: date) -> str:
    """`November 2026`, `Nov – Dec 2026`."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{first:%b} – {last:%b %Y}" if first.year == last.year else f"{first:%b %Y} – {last:%b %Y}"


def day_cell(day: date, days: Mapping[date, Sequence[Slot]], shown: date, addresses: Addresses) -> DayCell:
    count = len(days.get(day, ()))
    free = "no free times" if not count else "1 free time" if count == 1 else f"{count} free times"
    return DayCell(
        number=day.day,
        month=f"{day:%b}" if day.day == 1 else "",
        spoken=f"{spelled(day)}, {free}",
        href=addresses.times(day) if count else None,
        is_shown=day == shown,
    )


def day_view(day: date, slots: Sequence[Slot], time_zone: str, addresses: Addresses) -> DayView:
    shifts = {shift_words(slot.starts_at, time_zone) for slot in slots}
    changes = len(shifts) > 1
    place = place_words(time_zone)
    return DayView(
        words=spelled(day),
        zone=f"{place} time" if changes and place else zone_words(slots[0].starts_at, time_zone),
        changes=changes,
        parts=parts_of(slots, time_zone, addresses, changes=changes),
    )


def parts_of(slots: Sequence[Slot], time_zone: str, addresses: Addresses, *, changes: bool) -> tuple[DayPart, ...]:
    cells: dict[str, list[TimeCell]] = defaultdict(list)
    is_parted = len(slots) >= MANY
    for slot in sorted(slots, key=lambda slot: slot.starts_at):
        hour = local(slot.starts_at, time_zone).hour
        part = next(label for ends, label in PARTS if hour < ends) if is_parted else ""
        cells[part].append(time_cell(slot, time_zone, addresses, with_shift=changes))
    return tuple(DayPart(label, tuple(times)) for label, times in cells.items())


def time_cell(
    slot: Slot, time_zone: str, addresses: Addresses, *, with_day: bool = False, with_shift: bool = False
) -> TimeCell:
    """A time as a button. In the hour that is repeated when the clocks go back it says which of the two it is."""
    starts = local(slot.starts_at, time_zone)
    is_twofold = with_shift or is_repeated(starts.replace(tzinfo=None), time_zone)
    notes = [
        *([f"{starts:%a} {starts.day} {starts:%b}"] if with_day else []),
        *([shift_words(slot.starts_at, time_zone)] if is_twofold else []),
        *([seats_words(slot.seats_left)] if slot.seats_left is not None else []),
    ]
    return TimeCell(
        label=f"{starts:%H:%M}",
        day="" if with_day else spelled(starts),
        note=", ".join(notes),
        href=addresses.book(slot.starts_at),
    )


def seats_words(seats: int) -> str:
    """`3 places left`."""
    return "1 place left" if seats == 1 else f"{seats} places left"
