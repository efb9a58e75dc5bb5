"""Cells as people write them: dates, times, lengths, statuses. A RuleError quotes the cell and says what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from bot.services.imports.report import quoted
from domain.errors import RuleError
from domain.interview import InterviewStatus
from domain.times import from_local

MONTHS = dict(
    zip(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), range(1, 13), strict=True)
)
ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
NUMERIC_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
DAY_MONTH = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})")
MONTH_DAY = re.compile(r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})")
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:[:.](\d{2}))?\s*([ap])?\.?m?\.?", re.IGNORECASE)
OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
MINUTES = re.compile(r"(\d{1,3})\s*(?:m|min|mins|minutes?)?", re.IGNORECASE)
HOURS = re.compile(
    r"(\d{1,2}(?:[.,]\d+)?)\s*(?:h|hrs?|hours?)(?:\s*(\d{1,2})\s*(?:m|min|mins|minutes?)?)?", re.IGNORECASE
)
HOURS_AND_MINUTES = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")

STATUSES = {
    InterviewStatus.UPCOMING: "upcoming scheduled booked planned confirmed",
    InterviewStatus.COMPLETED: "completed complete done held attended finished",
    InterviewStatus.NO_SHOWED: "noshow noshowed didnotshow didntshow missed absent",
    InterviewStatus.CANCELED: "canceled cancelled calledoff",
}
STATUS_WORDS = {word: status for status, words in STATUSES.items() for word in words.split()}


def day_comes_first(cells: Iterable[str]) -> bool | None:
    """How a column writes dates such as 03/04/2026: day first, month first, or (None) its cells do not tell."""
    seen = set()
    for cell in cells:
        found = NUMERIC_DATE.match(cell)
        if found is None:
            continue
        if found[2] != "/":
            continue
        if int(found[1]) > 12:
            seen.add(True)
        elif int(found[3]) > 12:
            seen.add(False)
    return seen.pop() if len(seen) == 1 else None


def instant(cell: str, zone_name: str, day_first: bool | None) -> datetime:
    """The instant (aware UTC) of a cell that holds a date and a time: ISO with an offset, or local to the zone."""
    text = " ".join(cell.split())
    if OFFSET.search(text) and len(text) > len("2026-01-01Z"):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError as error:
            raise unclear(cell) from error
    found = date_in(text, day_first)
    if found is None:
        raise unclear(cell)
    day, end = found
    rest = text[end:].lstrip("T ,").removeprefix("at ").strip()
    if not rest:
        raise RuleError(f"“{quoted(cell)}” has no time of day. Write it as 2026-05-21 14:00.", "when")
    return from_local(datetime.combine(day, clock_time(rest, cell)), zone_name)


def instant_of_parts(day: str, clock: str, zone_name: str, day_first: bool | None) -> datetime:
    """The instant of a date and a time in two cells."""
    text = " ".join(day.split())
    found = date_in(text, day_first)
    if found is None or text[found[1] :].strip("T ") not in ("", "00:00", "00:00:00"):
        raise RuleError(f"“{quoted(day)}” is not a date. Write it as 2026-05-21.", "date")
    if not clock:
        raise RuleError("There is no time of day. Write it as 14:00.", "time")
    return from_local(datetime.combine(found[0], clock_time(clock, clock)), zone_name)


def date_in(text: str, day_first: bool | None) -> tuple[date, int] | None:
    """The date with which the text begins, and where it ends; None when it begins with none."""
    if found := ISO_DATE.match(text):
        return made(int(found[1]), int(found[2]), int(found[3]), text), found.end()
    if found := NUMERIC_DATE.match(text):
        return numeric_date(found, text, day_first), found.end()
    if found := DAY_MONTH.match(text):
        return made(int(found[3]), MONTHS.get(found[2][:3].lower(), 0), int(found[1]), text), found.end()
    if found := MONTH_DAY.match(text):
        return made(int(found[3]), MONTHS.get(found[1][:3].lower(), 0), int(found[2]), text), found.end()
    return None


def numeric_date(found: re.Match[str], text: str, day_first: bool | None) -> date:
    """A date such as 21.05.2026 or 05/21/2026. Raises RuleError where nobody can tell the day from the month."""
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if found[2] == "/":
        if first <= 12 and second <= 12 and first != second and day_first is None:
            raise RuleError(
                f"“{quoted(text)}” could be the {first}. of month {second} or the {second}. of month {first}. "
                f"Write it as {year}-{first:02}-{second:02} or {year}-{second:02}-{first:02}.",
                "when",
            )
        if first <= 12 and (second > 12 or day_first is False):
            return made(year, first, second, text)
    return made(year, second, first, text)


def made(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise RuleError(f"“{quoted(text)}” is not a day of the calendar.", "when") from error


def clock_time(text: str, cell: str) -> time:
    """A time of day: 14:00, 14:00:30, 2pm, 2:30 p.m."""
    found = CLOCK.fullmatch(text.strip())
    if found is None or (found[2] is None and found[4] is None):
        raise unclear(cell)
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise unclear(cell)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(found[2] or 0))
    except ValueError as error:
        raise unclear(cell) from error


def unclear(cell: str) -> RuleError:
    return RuleError(
        f"“{quoted(cell)}” is not a time that I can read. Write it as 2026-05-21 14:00, or with an offset: "
        "2026-05-21T14:00+02:00.",
        "when",
    )


def length(cell: str) -> timedelta | None:
    """A session's length: 45, 45 min, 1 h, 1:30, 1.5 hours. None for an empty cell."""
    if not cell:
        return None
    if found := MINUTES.fullmatch(cell):
        return timedelta(minutes=int(found[1]))
    if found := HOURS_AND_MINUTES.fullmatch(cell):
        return timedelta(hours=int(found[1]), minutes=int(found[2]))
    if found := HOURS.fullmatch(cell):
        return timedelta(hours=float(found[1].replace(",", ".")), minutes=int(found[2] or 0))
    raise RuleError(f"“{quoted(cell)}” is not a length. Write the minutes, such as 45.", "duration")


def status(cell: str) -> InterviewStatus | None:
    """An interview's status in any of its usual words. None for an empty cell."""
    if not cell:
        return None
    found = STATUS_WORDS.get(re.sub(r"[\W_]", "", cell.casefold()))
    if found is None:
        raise RuleError(f"“{quoted(cell)}” is not a status: use upcoming, completed, no-show or canceled.", "status")
    return found
