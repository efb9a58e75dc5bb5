"""Some time before each session its participants are reminded of it by mail."""

from __future__ import annotations

from datetime import datetime

from bot.services import reminders
from storage.engine import Database


def sweep(database: Database, now: datetime) -> int:
    """Remind of the sessions that are close, each once for each time that they have. How many seats were looked at."""
    number = 0
    while True:
        with database.unit_of_work() as session:
            looked_at = reminders.remind(session, now)
        number += looked_at
        if looked_at < reminders.MOST:
            return number
