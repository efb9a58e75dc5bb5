"""Times in the words in which participants read them, on the wall clock of their zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.times import local


def when(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)`, on the wall clock of the zone."""
    day = spelled_date(local(starts_at, time_zone))
    return f"{day}, {hours(starts_at, ends_at, time_zone)} ({zone_words(starts_at, time_zone)})"


def spelled_date(day: datetime) -> str:
    """`Tuesday, 24 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def hours(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`14:00–15:00`; an end on another day is spelled out.

    Where the clocks change in between, each time says which it is: `02:30 UTC+2 – 02:30 UTC+1`.
    """
    start, end = local(starts_at, time_zone), local(ends_at, time_zone)
    changes = start.utcoffset() != end.utcoffset()
    begins, finishes = (
        f"{clock:%H:%M} {shift_words(clock, time_zone)}" if changes else f"{clock:%H:%M}" for clock in (start, end)
    )
    if start.date() != end.date():
        return f"{begins} – {spelled_date(end)}, {finishes}"
    return f"{begins} – {finishes}" if changes else f"{begins}–{finishes}"


def length_words(length: timedelta) -> str:
    """`45 minutes`, `1 hour`, `1 h 30 min`."""
    whole, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not whole:
        return f"{minutes} minutes"
    if not minutes:
        return "1 hour" if whole == 1 else f"{whole} hours"
    return f"{whole} h {minutes} min"


def zone_words(instant: datetime, time_zone: str) -> str:
    """`Berlin time, UTC+1`: the zone in words that people know, and what it means at that instant."""
    shift, place = shift_words(instant, time_zone), place_words(time_zone)
    return f"{place} time, {shift}" if place else shift


def place_words(time_zone: str) -> str:
    """`New York`: the place that a zone is named after, "" for one that is named after none."""
    area, _, place = time_zone.rpartition("/")
    return "" if area in ("", "Etc") else place.replace("_", " ")


def shift_words(instant: datetime, time_zone: str) -> str:
    """`UTC+1`: how far the zone's clocks are from UTC at that instant."""
    return offset_words(local(instant, time_zone).utcoffset() or timedelta())


def offset_words(offset: timedelta) -> str:
    """`UTC`, `UTC+1`, `UTC−3:30`."""
    minutes = int(offset.total_seconds()) // 60
    if minutes == 0:
        return "UTC"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{whole}" + (f":{rest:02}" if rest else "")
