"""When people take sessions: hours of the week on the wall clock of a zone, and other hours on single dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.errors import RuleError
from domain.times import Span, steady

Hours = tuple[int, int]
"""From and to, in minutes after the wall clock's midnight; 1440 is the end of the day."""

END_OF_DAY = 24 * 60
MINUTES = tuple(timedelta(minutes=each) for each in range(END_OF_DAY + 1))
DAY = timedelta(days=1)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OFFICE_HOURS: Hours = (9 * 60, 18 * 60)
CLOSED = frozenset({"", "-", "–", "off", "closed", "none", "unavailable"})
STRETCH = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|–|—|to|until)\s*(\d{1,2})(?:[:.](\d{2}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Availability:
    """Weekly hours, Monday first, on the wall clock of `time_zone`; `overrides` has other hours for single dates.

    No hours: nothing that day. The hours of a day lie one after the other and do not touch.
    """

    time_zone: str
    week: tuple[tuple[Hours, ...], ...]
    overrides: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)

    def hours_on(self, day: date) -> tuple[Hours, ...]:
        """The hours of a local day."""
        return self.overrides.get(day, self.week[day.weekday()])

    def open_spans(self, first: date, last: date) -> list[Span]:
        """When it is open on the local days from `first` to `last`, by time, in UTC.

        It is open whenever the wall clock shows a time within the day's hours: times that the clocks skip are left
        out, and times that they repeat are open twice. Days that touch at midnight are joined.
        """
        found: list[Span] = []
        around = Span(_midnight(first) - DAY, _midnight(last) + 2 * DAY)
        for piece, ahead in steady(around, self.time_zone):
            day = max(first, (piece.start + ahead).date())
            base = _midnight(day) - ahead
            while day <= last and base < piece.end:
                for begins, ends in self.hours_on(day):
                    start, end = max(piece.start, base + MINUTES[begins]), min(piece.end, base + MINUTES[ends])
                    if found and found[-1].end == start < end:
                        start = found.pop().start
                    if start < end:
                        found.append(Span(start, end))
                day, base = day + DAY, base + DAY
        return found

    def document(self) -> dict[str, Any]:
        """As JSON: what `from_document` reads."""
        return {
            "time_zone": self.time_zone,
            "week": [[list(hours) for hours in day] for day in self.week],
            "overrides": {
                day.isoformat(): [list(each) for each in hours] for day, hours in sorted(self.overrides.items())
            },
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Availability:
        return cls(
            time_zone=document["time_zone"],
            week=tuple(_hours(day) for day in document["week"]),
            overrides={date.fromisoformat(day): _hours(hours) for day, hours in document["overrides"].items()},
        )


def standard(time_zone: str) -> Availability:
    """What holds for whoever has said nothing: from 09:00 to 18:00, not at the weekend."""
    return Availability(time_zone, ((OFFICE_HOURS,),) * 5 + ((),) * 2)


def parse_hours(text: str, field_name: str = "hours") -> tuple[Hours, ...]:
    """Read `9:00-12:30, 13-17`; `off` or nothing is no hours. Raises RuleError at the field for anything else."""
    if text.strip().lower() in CLOSED:
        return ()
    found: list[Hours] = []
    for piece in re.split(r"[,;/]|\band\b", text):
        match = STRETCH.fullmatch(piece.strip())
        if match is None:
            raise RuleError(
                f"“{piece.strip()[:40]}” is not a stretch of hours. "
                "Write for example 9:00-12:30, 13:30-17:00, or “off”.",
                field_name,
            )
        begins, ends = (_minutes(match[place], match[place + 1], field_name) for place in (1, 3))
        if begins >= ends:
            raise RuleError(f"“{piece.strip()}” ends before it begins.", field_name)
        found.append((begins, ends))
    return _joined(sorted(found))


def hours_text(hours: Sequence[Hours]) -> str:
    """`09:00–12:30, 13:30–17:00`, as `parse_hours` reads it; `off` for none."""
    return ", ".join(f"{_clock(begins)}–{_clock(ends)}" for begins, ends in hours) or "off"


def _minutes(hour: str, minute: str | None, field_name: str) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or minutes > END_OF_DAY:
        raise RuleError(f"{hour}:{minute or '00'} is no time of day.", field_name)
    return minutes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _joined(hours: Sequence[Hours]) -> tuple[Hours, ...]:
    """Stretches that touch or overlap become one."""
    found: list[Hours] = []
    for begins, ends in hours:
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((begins, ends))
    return tuple(found)


def _hours(stored: Sequence[Sequence[int]]) -> tuple[Hours, ...]:
    return tuple((begins, ends) for begins, ends in stored)


def _midnight(day: date) -> datetime:
    """Where UTC's clock shows the day's midnight."""
    return datetime.combine(day, time(), UTC)
