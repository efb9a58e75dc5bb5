"""The table of DOMAIN, cell by cell: every permission, role and ground, through every door in Slack."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from domain.roles import ANYWHERE, IN_OWN_STUDIES, SUMMARIES, Actor, Permission, Role
from tests.permissions.doors import DOORS, OPEN, Door
from tests.permissions.ground import LISTENERS, Came, Ground, Tried
from tests.permissions.site import SECRET, Site
from tests.permissions.table import ABOUT_A_STUDY, EVERY_TEAM, PROMISED, Where, promised

PRIVATE = r'"private_metadata": "(?:[^"\\]|\\.)*"'
"""What a modal remembers: nobody reads it, and here it holds what it was given."""


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
    """But for the one that no door is about: what is read in all of them is held against it."""
    tried = {permission for door in DOORS.values() for permission in door.needs}
    assert set(Permission) - tried == {Permission.SEE_CONTACT_DETAILS}


def test_no_door_is_missing_and_none_is_left_over() -> None:
    known = set(DOORS) | set(OPEN)
    assert sorted(set(LISTENERS) - known) == [], "say in tests/permissions/doors.py what it needs"
    assert sorted(known - set(LISTENERS)) == []
    assert not set(DOORS) & set(OPEN)


def cells(door: Door) -> Iterator[tuple[Role, Where]]:
    """Who tries the door, and where: in a study of their own only, if it is about no study.

    Those who see every team and may it in all of them are tried in others' studies: what is their own adds nothing.
    """
    is_about_a_study = any(permission in ABOUT_A_STUDY for permission in door.needs)
    for role in Role:
        for where in Where if is_about_a_study else [Where.OWN]:
            if not (is_about_a_study and where is Where.OWN and role in EVERY_TEAM):
                yield role, where


def is_wrong(tried: Tried, role: Role, where: Where) -> bool:
    """Whether it was open to who may not, or closed to who may; or closed for another reason than the permission."""
    if all(promised(permission, role, where) for permission in DOORS[tried.name].needs):
        return tried.came not in (Came.OPEN, Came.RULE)
    is_hidden = where is Where.ELSEWHERE and role not in EVERY_TEAM
    return tried.came is not Came.REFUSED and not (tried.came is Came.UNKNOWN and is_hidden)


def reads_a_name(said: str, site: Site) -> bool:
    read = re.sub(PRIVATE, "", said)
    return site.email in read or re.search(rf"{SECRET} [A-Z][a-z]+{site.key}\b", read) is not None


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if not door.after])
def test_a_door_and_those_behind_it_are_open_to_those_alone_whom_the_table_names(ground: Ground, name: str) -> None:
    """Each lets somebody do what it is for, and names are read by those alone who may see them."""
    wrong, opened, shown, seen = [], set(), set(), set()
    for role, where in cells(DOORS[name]):
        knows = promised(Permission.SEE_CONTACT_DETAILS, role, where)
        for tried in ground.tried(name, role, where):
            seen.add(tried.name)
            cell = f"{tried.name}: {role.label} in {where.value}"
            if is_wrong(tried, role, Where.OWN if DOORS[tried.name].in_any else where):
                wrong.append(f"{cell}: {tried.came.name}: {tried.said[:150]}")
            if reads_a_name(tried.said, ground.sites[role, where]):
                shown.add(tried.name)
                if not knows:
                    wrong.append(f"{cell} reads a name")
            if tried.came is Came.OPEN:
                opened.add(tried.name)
    assert wrong == []
    assert opened == seen
    assert {each for each in seen if DOORS[each].reveals} <= shown
