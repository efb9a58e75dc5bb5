"""Who may be contacted follows by itself: something happened to people, a period ends, a rule changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.services import eligibility
from storage import governance
from storage.engine import Database

BATCHES = 100
"""At most in one go; the next tick goes on."""


def sweep(database: Database, now: datetime) -> int:
    """Look at the people who are due, then at all people of the workspaces whose rules have changed. How many."""
    return look_at_due(database, now) + look_at_everybody(database, now)


def look_at_due(database: Database, now: datetime) -> int:
    """Look at those to whom something happened, or for whom a period has ended."""
    number = 0
    for _ in range(BATCHES):
        with database.reading() as session:
            due = governance.due(session, now, eligibility.PEOPLE)
        for workspace_id, ids in due.items():
            follow(database, workspace_id, ids, now)
        found = sum(map(len, due.values()))
        number += found
        if found < eligibility.PEOPLE:
            break
    return number


def look_at_everybody(database: Database, now: datetime) -> int:
    """Look at all people of the workspaces whose rules have changed, from where it was left."""
    number = 0
    for _ in range(BATCHES):
        with database.reading() as session:
            turns = [eligibility.next_turn(session, *each) for each in governance.looking_at_everybody(session)]
        for turn in turns:
            follow(database, turn.workspace_id, turn.participant_ids, now)
            with database.unit_of_work() as session:
                eligibility.finish_turn(session, turn)
            number += len(turn.participant_ids)
        if not turns:
            break
    return number


def follow(database: Database, workspace_id: int, participant_ids: Sequence[int], now: datetime) -> None:
    database.carry_out(lambda session: eligibility.follow(session, workspace_id, participant_ids, now))
