"""Reading the hosts' calendars: what changed in them since they were read last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from bot.clock import Clock
from bot.integrations.ports import Calendar, Refused, Unavailable
from bot.jobs.apart import going_on
from bot.services import calendar_changes, calendars
from bot.services.calendar_changes import Reading
from bot.services.calendars import Feed
from storage.engine import Database

CALENDARS = 40
"""Calendars that are taken in one go."""
READERS = 8


def sweep(
    database: Database, calendar: Calendar, clock: Clock, on_error: Callable[[str], None] = lambda _reason: None
) -> int:
    """Read the calendars that are due and take over what changed. How many were read.

    Several are read at a time, with no transaction open; what they brought is taken over one by one. `on_error` counts
    those that could not be read, `refused` or `unavailable`.
    """
    feeds: dict[int, Feed] = {}
    readings: dict[int, Future[Reading | Refused | Unavailable]] = {}

    def take(member_ids: Sequence[int]) -> int:
        for member_id in member_ids:
            reading = readings[member_id].result()
            take_over(database, feeds[member_id], reading, clock.now())
            if not isinstance(reading, Reading):
                on_error(type(reading).__name__.lower())
        return len(member_ids)

    with database.unit_of_work() as session:
        calendars.connect_hosts(session, clock.now())
    number = 0
    with going_on() as apart:
        while True:
            with database.unit_of_work() as session:
                feeds = {feed.member_id: feed for feed in calendars.take_due(session, clock.now(), CALENDARS)}
            with ThreadPoolExecutor(READERS, thread_name_prefix="calendars") as readers:
                readings = {id_: readers.submit(read, calendar, feed, clock.now()) for id_, feed in feeds.items()}
                number += sum(apart.each("calendar of member", [id_], take) for id_ in readings)
            if len(feeds) < CALENDARS:
                return number


def read(calendar: Calendar, feed: Feed, now: datetime) -> Reading | Refused | Unavailable:
    """What changed in the calendar, or why it can't be read."""
    try:
        changes = calendar.changes(feed.calendar_id, feed.sync_token, now - calendar_changes.LOOK_BACK)
    except (Refused, Unavailable) as error:
        return error
    return Reading(feed.sync_token, now, changes)


def take_over(database: Database, feed: Feed, read: Reading | Refused | Unavailable, now: datetime) -> None:
    """Take over what was read, or note that it could not be."""
    with database.unit_of_work() as session:
        match read:
            case Reading():
                calendar_changes.apply(session, feed.member_id, read, now)
            case Refused():
                calendars.note_refusal(session, feed.member_id, read.why, now)
            case Unavailable():
                calendars.note_outage(session, feed.member_id, read.retry_after, now)
