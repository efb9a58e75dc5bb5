"""Other hours on single dates, as people write them, and weekly hours in a few words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from domain.availability import DAYS, Availability, Hours, hours_text, parse_hours
from domain.errors import RuleError

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_STRETCHES = 40
LONGEST_STRETCH = 366
MOST_CHARACTERS = 2500
"""Of all stretches as they are written down: a modal keeps so many."""
EXAMPLE = "Write a line such as “24 Dec: off” or “28 Dec to 30 Dec: 10:00-14:00”."
ONE_DAY = r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.?\s+[A-Za-z]{3,9}\.?(?:,?\s+20\d\d\b)?"
LINE = re.compile(rf"({ONE_DAY})(?:\s*(?:-|–|—|\bto\b|\buntil\b)\s*({ONE_DAY}))?\s*:?\s+(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days one after the other that have the same hours; none: nothing on any of them."""

    first: date
    last: date
    hours: tuple[Hours, ...]

    @property
    def words(self) -> str:
        """`Thu 24 Dec 2026: off`, `Mon 28 Dec – Wed 30 Dec 2026: 10:00–14:00`."""
        if self.first == self.last:
            return f"{_day(self.first)} {self.first.year}: {hours_text(self.hours)}"
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{_day(self.first)}{year} – {_day(self.last)} {self.last.year}: {hours_text(self.hours)}"

    @property
    def line(self) -> str:
        """The stretch as `parse_dates` reads it: `24 Dec 2026: off`."""
        first, last = (f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in (self.first, self.last))
        days = first if self.first == self.last else f"{first} to {last}"
        return f"{days}: {hours_text(self.hours)}"


def stretches(overrides: Mapping[date, tuple[Hours, ...]]) -> tuple[Stretch, ...]:
    """The dates with other hours, by day, those together that follow each other with the same."""
    found: list[Stretch] = []
    for day, hours in sorted(overrides.items()):
        if found and found[-1].hours == hours and found[-1].last + timedelta(days=1) == day:
            found[-1] = Stretch(found[-1].first, day, hours)
        else:
            found.append(Stretch(day, day, hours))
    return tuple(found)


def dates_text(overrides: Mapping[date, tuple[Hours, ...]]) -> str:
    """The dates with other hours, a line a stretch, as `parse_dates` reads them."""
    return "\n".join(stretch.line for stretch in stretches(overrides))


def parse_dates(text: str, today: date, field: str = "dates") -> dict[date, tuple[Hours, ...]]:
    """Read `24 Dec: off`, one date or stretch a line; days gone by are left out. Raises RuleError at the field.

    A date without its year is the next one from `today`; the last of a stretch comes after its first.
    """
    found: dict[date, tuple[Hours, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = LINE.fullmatch(line)
        if match is None:
            raise RuleError(f"“{line[:60]}” is not a date with hours. {EXAMPLE}", field)
        first = parse_day(match[1], today, field)
        last = parse_day(match[2], first, field) if match[2] else first
        found |= between(first, last, parse_hours(match[3], field), field)
    return checked({day: hours for day, hours in found.items() if day >= today}, field)


def between(first: date, last: date, hours: tuple[Hours, ...], field: str = "dates") -> dict[date, tuple[Hours, ...]]:
    """The same hours for every day from first to last. Raises RuleError for a stretch backwards, or of over a year."""
    if last < first:
        raise RuleError(f"{_day(last)} {last.year} is before {_day(first)} {first.year}.", field)
    number = (last - first).days + 1
    if number > LONGEST_STRETCH:
        raise RuleError("That is more than a year. Change the weekly hours instead.", field)
    return {first + timedelta(days=offset): hours for offset in range(number)}


def checked(overrides: dict[date, tuple[Hours, ...]], field: str = "dates") -> dict[date, tuple[Hours, ...]]:
    """The dates, unless there are too many to be kept apart: RuleError."""
    if len(stretches(overrides)) > MOST_STRETCHES:
        raise RuleError(f"At most {MOST_STRETCHES} dates or stretches of dates can have hours of their own.", field)
    if len(dates_text(overrides)) > MOST_CHARACTERS:
        raise RuleError("Too many dates have hours of their own. Remove some.", field)
    return overrides


def parse_day(text: str, since: date, field: str = "dates") -> date:
    """Read `2026-12-24`, `24 Dec` or `24 December 2026`. Without a year: the next such day, `since` included."""
    words = text.replace(".", " ").replace(",", " ").split()
    try:
        if len(words) == 1:
            year, month, day = map(int, words[0].split("-"))
            return date(year, month, day)
        month = [name.lower() for name in MONTHS].index(words[1][:3].lower()) + 1
        if len(words) == 3:
            return date(int(words[2]), month, int(words[0]))
        return next_such_day(since, month, int(words[0]))
    except ValueError as error:
        raise RuleError(f"There is no day “{text.strip()}”. {EXAMPLE}", field) from error


def next_such_day(since: date, month: int, day: int) -> date:
    """The next day of that name; 29 February is looked for in leap years. Raises ValueError when there is none."""
    for year in range(since.year, since.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= since:
            return found
    raise ValueError(f"no day {day}/{month}")


def week_words(week: Sequence[tuple[Hours, ...]]) -> str:
    """`Mon–Fri 09:00–18:00, Sat 10:00–12:00`; days off are left out, and a week without hours is `never`."""
    words, begins = [], 0
    for hours, group in groupby(week):
        ends = begins + len(list(group))
        if hours:
            names = DAYS[begins][:3] if ends - begins == 1 else f"{DAYS[begins][:3]}–{DAYS[ends - 1][:3]}"
            words.append(f"{names} {hours_text(hours).replace(', ', ' and ')}")
        begins = ends
    return ", ".join(words) or "never"


def in_words(availability: Availability) -> str:
    """`Mon–Fri 09:00–18:00 (Berlin)`, and how many dates differ."""
    place = availability.time_zone.rpartition("/")[2].replace("_", " ")
    number = len(availability.overrides)
    others = f", other hours on {number} {'date' if number == 1 else 'dates'}" if number else ""
    return f"{week_words(availability.week)} ({place}){others}"


def _day(day: date) -> str:
    return f"{DAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1]}"
