"""Waiting lists: offers that run out, and free times for those who wait."""

from __future__ import annotations

from datetime import datetime

from bot.services import waiting as services
from storage import waiting
from storage.engine import Database


def sweep(database: Database, now: datetime) -> int:
    """Let offers run out that are over, then offer what is free, a study at a time. How many offers go out."""
    with database.unit_of_work() as session:
        waiting.expire(session, now)
    with database.unit_of_work() as session:
        waiting.close(session)
    with database.reading() as session:
        due = waiting.due(session)
    made = 0
    for study in due:
        with database.unit_of_work() as session:
            made += services.offer_freed(session, study, now)
    return made
