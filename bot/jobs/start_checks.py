"""Five minutes after its start, a session's hosts are asked whether it has begun."""

from __future__ import annotations

from datetime import datetime

from bot.services import alerts
from storage.engine import Database


def sweep(database: Database, now: datetime) -> int:
    """Ask about the sessions that should have begun, each once. How many."""
    with database.unit_of_work() as session:
        return alerts.ask_started(session, now)
