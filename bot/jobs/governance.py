"""Who may be contacted follows by itself: something happened to people, a period ends, a rule changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from bot.jobs.apart import Apart, going_on
from bot.services import eligibility
from bot.services.eligibility import Turn
from storage import governance
from storage.engine import Database

BATCHES = 100
"""At most in one go; the next tick goes on."""


def sweep(database: Database, now: datetime) -> int:
    """Look at the people who are due, then at all people of the workspaces whose rules have changed. How many."""
    with going_on() as apart:
        return look_at_due(database, now, apart) + look_at_everybody(database, now)


def look_at_due(database: Database, now: datetime, apart: Apart) -> int:
    """Look at those to whom something happened, or for whom a period has ended. Who is left stays due."""
    number = 0
    for _ in range(BATCHES):
        with database.reading() as session:
            due = governance.due(session, now, eligibility.PEOPLE, without=apart.left)
        for workspace_id, ids in due.items():
            number += apart.each("participant", ids, partial(follow, database, workspace_id, now))
        if sum(map(len, due.values())) < eligibility.PEOPLE:
            break
    return number


def look_at_everybody(database: Database, now: datetime) -> int:
    """Look at all people of the workspaces whose rules have changed, from where it was left."""
    turns: dict[int, Turn] = {}

    def take(workspace_ids: Sequence[int]) -> int:
        return sum(take_turn(database, turns[workspace_id], now) for workspace_id in workspace_ids)

    number = 0
    with going_on() as apart:
        for _ in range(BATCHES):
            with database.reading() as session:
                turns = {
                    workspace_id: eligibility.next_turn(session, workspace_id, after)
                    for workspace_id, after in governance.looking_at_everybody(session)
                    if workspace_id not in apart.left
                }
            number += sum(apart.each("workspace", [workspace_id], take) for workspace_id in turns)
            if not turns:
                break
    return number


def take_turn(database: Database, turn: Turn, now: datetime) -> int:
    """Look at the people whose turn it is. Who is left becomes due, and the next have their turn. Raises Unswept."""
    with going_on() as apart:
        number = apart.each("participant", turn.participant_ids, partial(follow, database, turn.workspace_id, now))

        def finish(session: Session) -> None:
            governance.touch(session, apart.left, now)
            eligibility.finish_turn(session, turn)

        database.carry_out(finish)
    return number


def follow(database: Database, workspace_id: int, now: datetime, participant_ids: Sequence[int]) -> int:
    """Let those people stand where the rules say. How many they are."""
    database.carry_out(lambda session: eligibility.follow(session, workspace_id, participant_ids, now))
    return len(participant_ids)
