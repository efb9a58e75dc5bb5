"""The table of DOMAIN, cell by cell: every permission, role and ground, through every door in Slack."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands import CAPABILITIES
from bot.slack.capability import Listener
from domain.roles import ANYWHERE, IN_OWN_STUDIES, SUMMARIES, Actor, Permission, Role
from storage.engine import Database
from tests.conftest import NOW
from tests.permissions.doors import DOORS, OPEN, Door
from tests.permissions.ground import SECRET, Ground
from tests.permissions.table import ABOUT_A_STUDY, PROMISED, Where, promised

PRIVATE = r'"private_metadata": "(?:[^"\\]|\\.)*"'
"""What a modal remembers: nobody reads it, and here it holds what it was given."""

LISTENERS: dict[str, Listener] = {
    f"{listener.trigger.value} {listener.name}": listener
    for capability in CAPABILITIES
    for listener in (*capability.listeners, *(subcommand.listener for subcommand in capability.subcommands))
}


@pytest.fixture(scope="module")
def ground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    path = tmp_path_factory.mktemp("permissions") / "callsheet.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield Ground.build(database, NOW)
    database.dispose()


def actor_of(role: Role) -> Actor:
    return Actor(1, 1, "U1", "Somebody", role, "UTC")


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_cell_of_the_table_is_as_promised(permission: Permission, role: Role) -> None:
    actor = actor_of(role)
    anywhere, own = PROMISED[permission]
    assert actor.may(permission) is (role in anywhere)
    assert actor.may(permission, own_study=True) is (role in anywhere | own)


def test_no_permission_and_no_role_is_missing() -> None:
    assert set(PROMISED) == set(Permission) == set(ANYWHERE)
    assert set(IN_OWN_STUDIES) == {permission for permission, (_, own) in PROMISED.items() if own}
    assert set(SUMMARIES) == set(Role)


def test_every_permission_has_a_door() -> None:
    """But for those whose doors are elsewhere: `MERGE_PEOPLE` and `CONTACTS` are seen to by tests of their own."""
    tried = {permission for door in DOORS.values() for permission in door.needs}
    assert set(Permission) - tried <= {Permission.MERGE_PEOPLE, Permission.SEE_CONTACT_DETAILS}


def test_no_door_is_missing_and_none_is_left_over() -> None:
    known = set(DOORS) | set(OPEN)
    assert sorted(set(LISTENERS) - known) == [], "say in tests/permissions/doors.py what it needs"
    assert sorted(known - set(LISTENERS)) == []
    assert not set(DOORS) & set(OPEN)


def cells(door: Door) -> Iterator[tuple[Role, Where, bool]]:
    """Role, ground, and whether the door is open there."""
    about_a_study = any(permission in ABOUT_A_STUDY for permission in door.needs)
    grounds = tuple(Where) if about_a_study and not door.in_any else (Where.OWN,)
    for role in Role:
        for where in grounds:
            yield role, where, all(promised(permission, role, where) for permission in door.needs)


@pytest.mark.parametrize("name", DOORS)
def test_a_door_is_open_to_those_alone_whom_the_table_names(ground: Ground, name: str) -> None:
    door, wrong = DOORS[name], []
    if name not in LISTENERS:
        pytest.skip("there is no such door (yet)")
    for role, where, is_open in cells(door):
        if is_open and door.denied_only:
            continue
        came, said = ground.try_door(LISTENERS[name], ground.world.people[role], ground.sites[role, where], door.row)
        if (came != "closed") is not is_open:
            wrong.append(f"{role.label} in {where.value}: {came}: {said[:150]}")
    assert wrong == []


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.reveals])
def test_names_are_shown_to_those_alone_who_may_see_them(ground: Ground, name: str) -> None:
    door, wrong = DOORS[name], []
    if name not in LISTENERS:
        pytest.skip("there is no such door (yet)")
    for role in Role:
        for where in Where:
            actor, site = ground.world.people[role], ground.sites[role, where]
            _, said = ground.try_door(LISTENERS[name], actor, site, door.row)
            said = re.sub(PRIVATE, "", said)
            knows = promised(Permission.SEE_CONTACT_DETAILS, role, where)
            if re.search(rf"{SECRET} (Idle|Ahead|Held|Together){site.key}\\b", said) and not knows:
                wrong.append(f"{role.label} in {where.value} reads a name")
            if site.email in said and not knows:
                wrong.append(f"{role.label} in {where.value} reads an address")
    assert wrong == []
