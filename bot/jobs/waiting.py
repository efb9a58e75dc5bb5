"""Waiting lists: offers that run out, and free times for those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.jobs.apart import going_on
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
        due = {each.study_id: each for each in waiting.due(session)}

    def offer(study_ids: Sequence[int]) -> int:
        with database.unit_of_work() as session:
            return sum(services.offer_freed(session, due[study_id], now) for study_id in study_ids)

    with going_on() as apart:
        return sum(apart.each("study", [study_id], offer) for study_id in due)
