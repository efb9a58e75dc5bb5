"""Who may do what (DOMAIN, "Workspace, people, roles")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import NotAllowed


class Role(StrEnum):
    """A member's role in the workspace, from most to least powerful."""

    ADMIN = "admin"
    OPS_MANAGER = "ops_manager"
    RESEARCHER = "researcher"
    COLLABORATOR = "collaborator"
    OBSERVER = "observer"

    @property
    def label(self) -> str:
        return {"ops_manager": "Ops Manager"}.get(self.value, self.value.capitalize())


class Permission(StrEnum):
    """One line of the roles table. The value completes the sentence "You may not …"."""

    CHANGE_ROLES = "change roles"
    CHANGE_SETTINGS = "change a team's settings"
    CHANGE_MAILS = "change what a team's mails say"
    CREATE_STUDY = "create studies"
    EDIT_STUDY = "edit this study"
    MANAGE_INTERVIEWS = "manage this study's interviews and participants"
    SEE_CONTACT_DETAILS = "see participants' contact details"
    SEE_SCHEDULE = "see the schedule"
    CHANGE_RULES = "change the rules of contact"
    OVERRIDE_RULES = "override the rules of contact"
    DECIDE_BLOCKLIST = "decide about the blocklist"
    MERGE_PEOPLE = "merge participants"
    EXPORT_PEOPLE = "export everything about a participant"
    ERASE_PEOPLE = "erase participants"
    SEE_AUDIT = "see the audit log"


ANYWHERE: dict[Permission, frozenset[Role]] = {
    Permission.CHANGE_ROLES: frozenset({Role.ADMIN}),
    Permission.CHANGE_SETTINGS: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.CHANGE_MAILS: frozenset({Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER}),
    Permission.CREATE_STUDY: frozenset({Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER}),
    Permission.EDIT_STUDY: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.MANAGE_INTERVIEWS: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.SEE_CONTACT_DETAILS: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.SEE_SCHEDULE: frozenset(Role),
    Permission.CHANGE_RULES: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.OVERRIDE_RULES: frozenset({Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER}),
    Permission.DECIDE_BLOCKLIST: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.MERGE_PEOPLE: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.EXPORT_PEOPLE: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.ERASE_PEOPLE: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
    Permission.SEE_AUDIT: frozenset({Role.ADMIN, Role.OPS_MANAGER}),
}
"""Roles that have the permission in every team and study."""

IN_OWN_STUDIES: dict[Permission, frozenset[Role]] = {
    Permission.EDIT_STUDY: frozenset({Role.RESEARCHER}),
    Permission.MANAGE_INTERVIEWS: frozenset({Role.RESEARCHER, Role.COLLABORATOR}),
    Permission.SEE_CONTACT_DETAILS: frozenset({Role.RESEARCHER, Role.COLLABORATOR}),
}
"""Roles that have the permission in the studies that they own or collaborate on."""

SUMMARIES: dict[Role, str] = {
    Role.ADMIN: "everything, in every team; gives the roles",
    Role.OPS_MANAGER: "as an Admin, but gives no roles",
    Role.RESEARCHER: "creates studies; edits and runs their own, and sees who takes part in them; overrides rules of "
    "contact with a reason",
    Role.COLLABORATOR: "runs the studies that they collaborate on, and sees who takes part in them",
    Role.OBSERVER: "sees their teams' schedule and joins sessions; people by their aliases only",
}
"""What a role may do, in a line."""

SEES_EVERY_TEAM = frozenset({Role.ADMIN, Role.OPS_MANAGER})


@dataclass(frozen=True, slots=True)
class Actor:
    """The member who asks: who they are, in which workspace, and in which zone they read times."""

    workspace_id: int
    member_id: int
    slack_user_id: str
    name: str
    role: Role
    time_zone: str

    @property
    def sees_every_team(self) -> bool:
        return self.role in SEES_EVERY_TEAM

    def may(self, permission: Permission, *, own_study: bool = False) -> bool:
        """Whether the role allows it; `own_study` says that the actor owns or collaborates on the study in question."""
        if self.role in ANYWHERE.get(permission, ()):
            return True
        return own_study and self.role in IN_OWN_STUDIES.get(permission, ())

    def require(self, permission: Permission, *, own_study: bool = False) -> None:
        """Raise NotAllowed unless the role allows it."""
        if self.may(permission, own_study=own_study):
            return
        if self.role in IN_OWN_STUDIES.get(permission, ()):
            raise NotAllowed(
                f"You may not {permission.value}: you are neither its owner nor a collaborator. "
                "Ask its owner to add you."
            )
        raise NotAllowed(
            f"You may not {permission.value}: your role is {self.role.label}. "
            "Ask an Admin of Callsheet for another role: /callsheet status says who they are."
        )
