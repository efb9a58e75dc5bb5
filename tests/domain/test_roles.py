"""Who may do what: the table of DOMAIN, cell by cell."""

from __future__ import annotations

import pytest

from domain.errors import NotAllowed
from domain.roles import Actor, Permission, Role

# One letter a role, in the order of `Role`: y everywhere, o in own studies only, n never.
TABLE = {
    Permission.CHANGE_ROLES: "ynnnn",
    Permission.CHANGE_SETTINGS: "yynnn",
    Permission.CHANGE_MAILS: "yyynn",
    Permission.CREATE_STUDY: "yyynn",
    Permission.EDIT_STUDY: "yyonn",
    Permission.MANAGE_INTERVIEWS: "yyoon",
    Permission.SEE_CONTACT_DETAILS: "yyoon",
    Permission.SEE_SCHEDULE: "yyyyy",
    Permission.CHANGE_RULES: "yynnn",
    Permission.OVERRIDE_RULES: "yyynn",
    Permission.DECIDE_BLOCKLIST: "yynnn",
    Permission.MERGE_PEOPLE: "yynnn",
    Permission.EXPORT_PEOPLE: "yynnn",
    Permission.ERASE_PEOPLE: "yynnn",
    Permission.SEE_AUDIT: "yynnn",
}
CELLS = [(permission, role, TABLE[permission][n]) for permission in Permission for n, role in enumerate(Role)]


def actor(role: Role) -> Actor:
    return Actor(1, 1, "U1", "Lena", role, "Europe/Berlin")


@pytest.mark.parametrize(("permission", "role", "cell"), CELLS)
def test_the_roles_table(permission: Permission, role: Role, cell: str) -> None:
    for own_study in (True, False):
        allowed = cell == "y" or (cell == "o" and own_study)
        assert actor(role).may(permission, own_study=own_study) == allowed
        if allowed:
            actor(role).require(permission, own_study=own_study)
        else:
            with pytest.raises(NotAllowed, match=f"^You may not {permission.value}: "):
                actor(role).require(permission, own_study=own_study)


def test_a_researcher_in_a_foreign_study_is_told_to_ask_its_owner() -> None:
    with pytest.raises(NotAllowed, match=r"neither its owner nor a collaborator\. Ask its owner to add you"):
        actor(Role.RESEARCHER).require(Permission.MANAGE_INTERVIEWS)


def test_an_observer_is_told_to_ask_for_another_role() -> None:
    with pytest.raises(NotAllowed, match=r"your role is Observer\. Ask an Admin of Callsheet for another role:"):
        actor(Role.OBSERVER).require(Permission.MANAGE_INTERVIEWS, own_study=True)


def test_only_admins_and_ops_see_every_team() -> None:
    assert [role for role in Role if actor(role).sees_every_team] == [Role.ADMIN, Role.OPS_MANAGER]
