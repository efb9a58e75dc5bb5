"""Times in the words in which participants read them, on the wall clock of their zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.scheduling import local


def when(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)`, on the wall clock of the zone."""
    day = spelled_date(local(starts_at, time_zone))
    return f"{day}, {hours(starts_at, ends_at, time_zone)} ({zone_words(starts_at, time_zone)})"


def spelled_date(day: datetime) -> str:
    """`Tuesday, 24 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def hours(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """`14:00–15:00`; an end on another day is spelled out."""
    start, end = local(starts_at, time_zone), local(ends_at, time_zone)
    if start.date() == end.date():
        return f"{start:%H:%M}–{end:%H:%M}"
    return f"{start:%H:%M} – {spelled_date(end)}, {end:%H:%M}"


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
    area, _, place = time_zone.rpartition("/")
    shift = offset_words(local(instant, time_zone).utcoffset() or timedelta())
    return shift if area in ("", "Etc") else f"{place.replace('_', ' ')} time, {shift}"


def offset_words(offset: timedelta) -> str:
    """`UTC`, `UTC+1`, `UTC−3:30`."""
    minutes = int(offset.total_seconds()) // 60
    if minutes == 0:
        return "UTC"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{whole}" + (f":{rest:02}" if rest else "")
