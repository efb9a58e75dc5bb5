"""The live look at hosts' calendars before a participant's booking: several at a time, two seconds for all of them."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

from bot.integrations.ports import Calendar, Refused, Unavailable
from bot.services.live_times import Look, LookUp

LIMIT = 2.0
"""Seconds that the looks of one booking may take altogether."""
AT_ONCE = 8

log = structlog.get_logger(__name__)


def look(calendar: Calendar | None, wanted: LookUp, limit: float = LIMIT) -> dict[int, Look]:
    """What each calendar holds, by its owner's id; None for one that can't be read now, or not within the limit.

    Without a calendar to ask (`calendar` is None) nobody can say anything.
    """
    if calendar is None or not wanted.calendars:
        return dict.fromkeys(wanted.calendars)
    threads = ThreadPoolExecutor(min(AT_ONCE, len(wanted.calendars)), thread_name_prefix="calendar-look")
    looks: dict[int, Future[Look]] = {
        id_: threads.submit(calendar.look, address, wanted.span) for id_, address in wanted.calendars.items()
    }
    wait(looks.values(), timeout=limit)
    threads.shutdown(wait=False, cancel_futures=True)
    return {id_: brought(found) for id_, found in looks.items()}


def brought(found: Future[Look]) -> Look:
    """What a look has brought by now."""
    if not found.done() or found.cancelled():
        return None
    try:
        return found.result()
    except (Refused, Unavailable) as error:
        log.info("calendar.look_failed", why=error.why)
        return None
