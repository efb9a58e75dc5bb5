"""Participants as they are found: by ranges of indexes, however many there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.roles import Role
from storage import finding, participants, people, schedule
from storage.models import Enrolment, ParticipantAddress
from tests.builders import World, counted_statements

FOUND_BY = {
    "ix_participants_workspace_id_sort_name (workspace_id=? AND sort_name>? AND sort_name<?)",
    "ix_participants_workspace_id_sort_surname (workspace_id=? AND sort_surname>? AND sort_surname<?)",
    "sqlite_autoindex_participants_1 (workspace_id=? AND email>? AND email<?)",
    "sqlite_autoindex_participants_2 (workspace_id=? AND number=?)",
}
"""Where everybody is looked for; and by another address, or by the number of somebody who was merged, by their ids."""


def find(session: Any, actor: Any) -> object:
    return schedule.find_people(session, actor, "p17", 10)


def first_page(session: Any, actor: Any) -> object:
    return people.page(session, actor, "p17", None, 10)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESEARCHER])
@pytest.mark.parametrize("read", [find, first_page])
def test_people_are_looked_for_in_indexes_alone(
    world: World, role: Role, read: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite plans it where many are in the studies; PostgreSQL's plans depend on how many there are."""
    monkeypatch.setattr(finding, "FEW", -1)
    world.participant("mara@example.com", "Mara Lindqvist")
    with counted_statements(world.database) as statements, world.database.reading() as session:
        read(session, world.people[role])
    looked_up, sorted_by = set(), []
    with world.database.engine.connect() as connection:
        for statement in statements:
            if "FROM participants" in statement:
                explained = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {parameterless(statement)}"))
                plan = [str(row[-1]) for row in explained]
                looked_up |= {step.partition(" INDEX ")[2] for step in plan if step.startswith("SEARCH participants")}
                sorted_by += [
                    step for step in plan if "TEMP B-TREE FOR ORDER BY" in step or "SCAN participants" in step
                ]
    assert looked_up - {"PRIMARY KEY (rowid=?)", "sqlite_autoindex_participants_1 (workspace_id=?)"} >= FOUND_BY
    assert sorted_by == []


@pytest.mark.parametrize("few", [-1, 3_000])
def test_the_ways_to_be_found_follow_each_other_and_nobody_comes_twice(
    world: World, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    with world.database.unit_of_work() as session:
        for email, name in (
            ("z1@example.com", "Mara Zett"),
            ("mara.a@example.com", "Mara Abel"),
            ("x@example.com", "Ina Marahn"),
            ("mara.b@example.com", "Bea Bohm"),
            ("y@example.com", "Yan Young"),
            ("n@example.com", "Nobody Else"),
        ):
            person = participants.add(session, world.workspace_id, email, name, world.now)
            session.add(Enrolment(study_id=world.study_id, participant_id=person.id, status_changed_at=world.now))
        yan = participants.by_email(session, world.workspace_id, "y@example.com")
        assert yan is not None
        for other in ("mara.c@example.com", "mara.d@example.com"):
            session.add(
                ParticipantAddress(
                    workspace_id=world.workspace_id, email=other, participant_id=yan.id, added_at=world.now
                )
            )
    for role in (Role.ADMIN, Role.RESEARCHER):
        found: list[str | None] = []
        after: int | None = None
        with world.database.reading() as session:
            while True:
                page = people.page(session, world.people[role], "mara", after, 2)
                found += [one.name for one in page.people]
                after = page.after_id
                if after is None:
                    break
        assert found == ["Mara Abel", "Mara Zett", "Ina Marahn", "Bea Bohm", "Yan Young"]


def test_people_are_found_in_one_study(world: World) -> None:
    world.study("ONB", "Onboarding")
    world.book(email="mara@example.com", name="Mara Lindqvist")
    world.participant("mara2@example.com", "Mara Other")
    with world.database.reading() as session:
        for text, expected in (("mara in CHK", 1), ("mara in onb", 0), ("in chk", 1), ("mara", 2), ("p1 in ONB", 0)):
            assert len(people.page(session, world.admin, text, None, 10).people) == expected, text


def test_the_statements_to_find_people_do_not_depend_on_how_many_there_are(world: World) -> None:
    def statements() -> int:
        with counted_statements(world.database) as counted, world.database.reading() as session:
            people.page(session, world.researcher, "p", None, 10)
        return len(counted)

    world.book(email="p0@example.com")
    one = statements()
    for number in range(1, 8):
        world.book(email=f"p{number}@example.com", starts_in=timedelta(hours=1 + number))
    assert statements() == one


def parameterless(statement: str) -> str:
    """The statement with something in place of each parameter: a plan does not depend on what."""
    return statement.replace("?", "'1'")
