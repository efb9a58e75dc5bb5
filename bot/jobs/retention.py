"""People whom a workspace keeps no longer: nothing has happened to them for as long as it set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.jobs.apart import going_on
from bot.services import erasing
from storage import ledger, retention
from storage.engine import Database

LEDGER = "retention"
WINDOW = 5_000
"""How many people are looked at by one statement."""
BATCH = 25
"""How many are erased in one transaction: others wait for it."""


def sweep(database: Database, now: datetime) -> int:
    """Erase, once a day, the people of each workspace that it keeps no longer. How many."""
    with database.reading() as session:
        kept = {each.workspace_id: timedelta(days=each.days) for each in retention.keeping(session)}

    def swept(workspace_ids: Sequence[int]) -> int:
        return sum(sweep_workspace(database, id_, kept[id_], now) for id_ in workspace_ids)

    with going_on() as apart:
        return sum(apart.each("workspace", [workspace_id], swept) for workspace_id in kept)


def sweep_workspace(database: Database, workspace_id: int, period: timedelta, now: datetime) -> int:
    """As `sweep`, for one workspace; nothing when that was done today. A sweep that dies midway is begun anew by the
    next tick, which finds those who are left; two at once erase nobody twice. Raises Unswept as `erase_unused`.
    """
    today = f"{workspace_id}:{now:%Y-%m-%d}"
    with database.reading() as session:
        if ledger.is_done(session, LEDGER, today):
            return 0
    erased = erase_unused(database, workspace_id, now - period, now)
    with database.unit_of_work() as session:
        ledger.enter(session, LEDGER, [today], now)
    return erased


def erase_unused(database: Database, workspace_id: int, before: datetime, now: datetime) -> int:
    """Erase those people of the workspace to whom nothing has happened since `before`. How many. Raises Unswept when
    that failed for somebody.
    """
    with database.reading() as session:
        span = retention.span_of_ids(session, workspace_id, before)
    if span is None:
        return 0
    first, last = span

    def erase(batch: Sequence[int]) -> int:
        with database.unit_of_work() as session:
            return erasing.erase_unused(session, workspace_id, batch, before, now)

    erased = 0
    with going_on() as apart:
        for after_id in range(first - 1, last, WINDOW):
            with database.reading() as session:
                found = retention.unused(session, workspace_id, before, after_id, WINDOW)
            for start in range(0, len(found), BATCH):
                erased += apart.each("participant", found[start : start + BATCH], erase)
    return erased
