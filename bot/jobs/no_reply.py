"""A day before a session, the team hears of participants who have not answered the invitation."""

from __future__ import annotations

from datetime import datetime

from bot.services import alerts
from storage.engine import Database


def sweep(database: Database, now: datetime) -> int:
    """Tell of the participants who have not answered, each once for each time of their session. How many."""
    with database.unit_of_work() as session:
        return alerts.tell_no_reply(session, now)
