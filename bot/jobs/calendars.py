"""Reading the hosts' calendars: what changed in them since they were read last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime

from bot.clock import Clock
from bot.integrations.ports import Calendar, Refused, Unavailable
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
    with database.unit_of_work() as session:
        calendars.connect_hosts(session, clock.now())
    number = 0
    while True:
        with database.unit_of_work() as session:
            feeds = calendars.take_due(session, clock.now(), CALENDARS)
        with ThreadPoolExecutor(READERS, thread_name_prefix="calendars") as readers:
            readings = {readers.submit(read, calendar, feed, clock.now()): feed for feed in feeds}
            for reading in as_completed(readings):
                take_over(database, readings[reading], reading.result(), clock.now())
                if not isinstance(reading.result(), Reading):
                    on_error(type(reading.result()).__name__.lower())
        number += len(feeds)
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
