"""The daily digests that are due."""

from __future__ import annotations

from datetime import datetime

from bot.services import digests
from storage.engine import Database

TEAMS = 200
"""Teams in one transaction."""


def sweep(database: Database, now: datetime) -> int:
    """Put the digests that are due into the outbox. How many messages."""
    messages = 0
    while True:
        with database.unit_of_work() as session:
            batch = digests.post_due(session, now, TEAMS)
        messages += batch.messages
        if batch.teams < TEAMS:
            return messages
