"""Which sweeps are run, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.deliveries.tools import Tools
from bot.jobs import (
    calendars,
    completion,
    digests,
    governance,
    housekeeping,
    no_reply,
    reminders,
    retention,
    start_checks,
    waiting,
    watches,
)
from bot.jobs.scheduler import Tick
from bot.metrics import Metrics
from storage.engine import Database

PUSH_PATH = "/google/push"
HOURLY = 3600.0


def ticks_of(tools: Tools, metrics: Metrics) -> list[Tick]:
    """Every sweep with its seconds. Those that mail only where there is mail, that of calendars only where there are
    calendars, and pushes only where Google could post to us.
    """

    def timed(sweep: Callable[[Database, datetime], int]) -> Callable[[], object]:
        return lambda: sweep(tools.database, tools.clock.now())

    ticks = [
        Tick("digests", 20, timed(digests.sweep)),
        Tick("completion", 20, timed(completion.sweep)),
        Tick("start checks", 20, timed(start_checks.sweep)),
        Tick("no reply", 120, timed(no_reply.sweep)),
        Tick("governance", 15, timed(governance.sweep)),
        Tick("housekeeping", HOURLY, timed(housekeeping.sweep)),
        Tick("retention", HOURLY, timed(retention.sweep)),
    ]
    if tools.mailer is not None:
        ticks.append(Tick("reminders", 60, timed(reminders.sweep)))
    if tools.mailer is not None and tools.public_url is not None:
        ticks.append(Tick("waiting lists", 30, timed(waiting.sweep)))
    return [*ticks, *calendar_ticks(tools, metrics)]


def calendar_ticks(tools: Tools, metrics: Metrics) -> list[Tick]:
    calendar = tools.calendar
    if calendar is None:
        return []

    def failed(reason: str) -> None:
        metrics.calendar_sync_errors.labels(reason).inc()

    address = f"{tools.public_url}{PUSH_PATH}" if watches.may_be_pushed_to(tools.public_url) else None

    def follow() -> None:
        """Read what is due, and have the calendars that were read for the first time tell us of changes at once."""
        try:
            calendars.sweep(tools.database, calendar, tools.clock, failed)
        finally:
            if address is not None:
                watches.sweep(tools.database, calendar, address, tools.clock.now())

    return [Tick("calendars", 5, follow)]
