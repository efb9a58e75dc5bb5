"""The table as it is promised, written out by hand: what the code says is held against it, never read from it."""

from __future__ import annotations

from enum import Enum

from domain.roles import Permission, Role

A, O, R, C, V = Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER  # noqa: E741


class Where(Enum):
    """Whose study it is that the actor acts upon."""

    OWN = "a study that they own"
    TEAM = "another's study of their team"
    ELSEWHERE = "a study of a team that is not theirs"


PROMISED: dict[Permission, tuple[set[Role], set[Role]]] = {
    Permission.CHANGE_ROLES: ({A}, set()),
    Permission.CHANGE_SETTINGS: ({A, O}, set()),
    Permission.CHANGE_RULES: ({A, O}, set()),
    Permission.DECIDE_BLOCKLIST: ({A, O}, set()),
    Permission.MERGE_PEOPLE: ({A, O}, set()),
    Permission.EXPORT_PEOPLE: ({A, O}, set()),
    Permission.ERASE_PEOPLE: ({A, O}, set()),
    Permission.SEE_AUDIT: ({A, O}, set()),
    Permission.CREATE_STUDY: ({A, O, R}, set()),
    Permission.CHANGE_MAILS: ({A, O, R}, set()),
    Permission.OVERRIDE_RULES: ({A, O, R}, set()),
    Permission.EDIT_STUDY: ({A, O}, {R}),
    Permission.MANAGE_INTERVIEWS: ({A, O}, {R, C}),
    Permission.SEE_CONTACT_DETAILS: ({A, O}, {R, C}),
    Permission.SEE_SCHEDULE: ({A, O, R, C, V}, set()),
}
"""Who may it everywhere, and who besides in studies that they own or collaborate on."""

EVERY_TEAM = {A, O}
"""Who sees every team; others see their own teams' studies, and their own."""

ABOUT_A_STUDY = {
    Permission.EDIT_STUDY,
    Permission.MANAGE_INTERVIEWS,
    Permission.SEE_CONTACT_DETAILS,
    Permission.SEE_SCHEDULE,
}
"""Permissions that are about one study, which must be seen at all."""


def promised(permission: Permission, role: Role, where: Where) -> bool:
    """Whether the table lets the role do it there."""
    anywhere, own = PROMISED[permission]
    if permission in ABOUT_A_STUDY and where is Where.ELSEWHERE and role not in EVERY_TEAM:
        return False
    return role in anywhere or (where is Where.OWN and role in own)
