"""Push channels, through which Google says at once that a calendar has changed. Calendars are polled as well."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from bot.integrations.ports import Calendar, Refused, Unavailable
from bot.services import calendars
from bot.services.calendars import Channel, Watch
from storage import ledger
from storage.engine import Database

log = structlog.get_logger()

LEDGER = "calendar_watch"
LASTS = timedelta(days=7)
RENEWED = timedelta(days=1)
"""How long before its end a channel is replaced."""
CALENDARS = 50
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def may_be_pushed_to(address: str | None) -> bool:
    """Whether Google would post there: to https only, or (a sandbox) to this machine."""
    parts = urlsplit(address or "")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def sweep(database: Database, calendar: Calendar, address: str, now: datetime) -> int:
    """Open a channel to `address` for every readable calendar that has none, or whose channel ends soon. How many.

    Each calendar is tried by one process; one that Google refuses to watch again after an hour.
    """
    with database.unit_of_work() as session:
        unwatched = calendars.take_unwatched(session, now + RENEWED, CALENDARS)
        subjects = {f"{watch.member_id}:{now:%Y-%m-%dT%H}": watch for watch in unwatched}
        fresh = ledger.enter(session, LEDGER, subjects, now)
    opened = 0
    for subject in sorted(fresh):
        try:
            opened += renew(database, calendar, subjects[subject], address, now)
        except Unavailable as error:
            log.warning("calendar not watched yet", why=error.why)
            with database.unit_of_work() as session:
                ledger.take_back(session, LEDGER, subject)
    return opened


def renew(database: Database, calendar: Calendar, watch: Watch, address: str, now: datetime) -> bool:
    """Open the next channel, then stop the one before. False when Google refuses: polling goes on."""
    token = secrets.token_urlsafe(32)
    try:
        channel = calendar.watch(watch.calendar_id, secrets.token_hex(16), token, address, now + LASTS)
    except Refused as error:
        log.warning("calendar not watched", why=error.why)
        return False
    opened = Channel(channel.channel_id, channel.resource_id, token, channel.expires_at)
    with database.unit_of_work() as session:
        calendars.note_watched(session, watch.member_id, opened)
    if watch.old is not None:
        with suppress(Refused, Unavailable):
            calendar.stop_watching(*watch.old, watch.calendar_id)
    return True
