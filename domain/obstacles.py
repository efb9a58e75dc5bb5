"""The sentences that say why a time is no slot. Times are on the wall clock of the study's scheduling."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.spelling import length_words, place_words
from domain.times import Span, local, spelled, spelled_time

PASSED = "This time has passed."
NO_HOST = "The study has no host."


def notice(length: timedelta) -> str:
    return f"It starts in less than {length_words(length)}."


def out_of_range(first: date | None, last: date | None, ahead: int | None) -> str:
    """The range has a first and a last day, each may be open, and reaches so many days ahead (None: any number)."""
    if first and last:
        words = f"Sessions are held from {spelled(first)} to {spelled(last)}"
    elif first:
        words = f"Sessions are held from {spelled(first)} on"
    elif last:
        words = f"Sessions are held until {spelled(last)}"
    else:
        return f"Sessions are booked at most {counted(ahead or 0, 'day')} ahead."
    return f"{words}." if ahead is None else f"{words}, and booked at most {counted(ahead, 'day')} ahead."


def outside_hours(name: str | None, hours: Sequence[Span], wanted: Span, zone_name: str) -> str:
    """`hours` are those of the day on which the wanted session starts, of a host or (without a name) of the study."""
    day = local(wanted.start, zone_name).date()
    if not hours:
        return f"{name} does not work on {spelled(day)}." if name else f"No sessions are held on {spelled(day)}."
    where = place_words(zone_name) or zone_name
    stretches = ", ".join(stretch(each, day, zone_name) for each in hours)
    sentence = f"{name + ' works' if name else 'Sessions are held'} {stretches} that {day:%A} ({where})"
    if any(each.start <= wanted.start < each.end for each in hours):
        return f"{sentence}, and the session would last until {local(wanted.end, zone_name):%H:%M}."
    return f"{sentence}."


def off_step(name: str | None, increment: timedelta, around: tuple[datetime, datetime], zone_name: str) -> str:
    """`around` are the steps before and after."""
    before, after = (f"{local(each, zone_name):%H:%M}" for each in around)
    whose = f"{name}'s sessions" if name else "Sessions"
    return f"{whose} start every {length_words(increment).removeprefix('1 ')}, here at {before} or {after}."


def taken(what: str, span: Span, wanted: Span, buffer: timedelta, zone_name: str) -> str:
    """`what` takes the span (`Lena hosts a session`), which meets the wanted session or the buffer on that side."""
    sentence = f"{what} {stretch(span, local(wanted.start, zone_name).date(), zone_name)}"
    if span.overlaps(wanted):
        return f"{sentence}."
    side = "before" if span.end <= wanted.start else "after"
    stay = "stays" if buffer == timedelta(hours=1) else "stay"
    return f"{sentence}, and {length_words(buffer)} {side} a session {stay} free."


def capped(name: str, number: int, most: int, period: str) -> str:
    return f"{name} has {counted(number, 'session')} that {period}, and {most} is the most."


def full(starts_at: datetime, zone_name: str) -> str:
    return f"Every seat of the session on {spelled_time(starts_at, zone_name)} is taken."


def stretch(span: Span, day: date, zone_name: str) -> str:
    """`13:00–14:00`, with its days unless it lies within the one that is spoken of."""
    start, end = local(span.start, zone_name), local(span.end, zone_name)
    if start.date() == end.date() == day:
        return f"{start:%H:%M}–{end:%H:%M}"
    if start.date() == day and end.date() == day + timedelta(days=1) and f"{end:%H:%M}" == "00:00":
        return f"{start:%H:%M}–24:00"
    return f"from {spelled_time(span.start, zone_name)} to {spelled_time(span.end, zone_name)}"


def counted(number: int, noun: str) -> str:
    """`1 session`, `3 sessions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
