"""The daily digests that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.jobs.apart import going_on
from bot.services import digests as services
from storage import digests
from storage.engine import Database

TEAMS = 200
"""Teams in one transaction."""


def sweep(database: Database, now: datetime) -> int:
    """Put the digests that are due into the outbox. How many messages."""

    def post(team_ids: Sequence[int]) -> int:
        with database.unit_of_work() as session:
            return services.post_due(session, team_ids, now)

    with database.reading() as session:
        due = digests.due(session, now)
    with going_on() as apart:
        return sum(apart.each("team", due[start : start + TEAMS], post) for start in range(0, len(due), TEAMS))
