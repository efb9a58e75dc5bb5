"""Participants as they are found: by ranges of indexes, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from domain.roles import Role
from storage import people, schedule
from tests.builders import World, counted_statements

FOUND_BY = {
    "ix_participants_workspace_id_sort_name (workspace_id=? AND sort_name>? AND sort_name<?)",
    "ix_participants_workspace_id_sort_surname (workspace_id=? AND sort_surname>? AND sort_surname<?)",
    "sqlite_autoindex_participants_1 (workspace_id=? AND email>? AND email<?)",
    "sqlite_autoindex_participants_2 (workspace_id=? AND number=?)",
}


def find(session: Any, actor: Any) -> object:
    return schedule.find_people(session, actor, "p17", 10)


def first_page(session: Any, actor: Any) -> object:
    return people.page(session, actor, "p17", None, 10)


def next_page(session: Any, actor: Any) -> object:
    return people.page(session, actor, "p17", 1, 10)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESEARCHER])
@pytest.mark.parametrize("read", [find, first_page, next_page])
def test_people_are_looked_for_in_indexes_alone(world: World, role: Role, read: Callable[..., object]) -> None:
    """As SQLite plans it; PostgreSQL's plans depend on how many there are."""
    world.participant("mara@example.com", "Mara Lindqvist")
    with counted_statements(world.database) as statements, world.database.reading() as session:
        read(session, world.people[role])
    with world.database.engine.connect() as connection:
        explained = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {parameterless(statements[-1])}"))
        plan = [str(row[-1]) for row in explained]
    looked_up = {step.partition(" INDEX ")[2] for step in plan if step.startswith("SEARCH participants USING COVERING")}
    others = {step for step in plan if " participants" in step and "COVERING" not in step}
    assert looked_up == FOUND_BY
    assert others == {"SEARCH participants USING INTEGER PRIMARY KEY (rowid=?)"}


def parameterless(statement: str) -> str:
    """The statement with something in place of each parameter: a plan does not depend on what."""
    return statement.replace("?", "'1'")
