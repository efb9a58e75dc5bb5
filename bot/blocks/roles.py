"""Members' roles: the modal in which an Admin gives them, and what everybody else is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.blocks.kit import Block, Element, View
from domain.roles import SUMMARIES, Role

NAMED = 20


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member with their role, as a menu shows them."""

    slack_user_id: str
    name: str
    role: Role


def modal(in_charge: Mapping[Role, Sequence[str]], metadata: str, chosen: MemberLine | None = None) -> View:
    """Whose role is changed, and to what; with what each role may do."""
    initial = option_of(chosen) if chosen is not None else None
    menu = kit.typed_select(CallsheetId.ROLES_MEMBER, initial=initial, placeholder="Type a name")
    roles = [kit.option(role.label, role.value) for role in Role]
    role = kit.select("role", roles, initial=chosen.role.value if chosen is not None else None)
    field = kit.field("role", "Role", role, hint=f"{chosen.name} is {chosen.role.label} now." if chosen else None)
    if chosen is not None:
        field = kit.renamed(field, f"role:{chosen.slack_user_id}")
    blocks = [
        {**kit.field("member", "Member", menu), "dispatch_action": True},
        field,
        kit.section(f"*What each may do*\n{table()}"),
        kit.context(people(in_charge)),
    ]
    return kit.modal("Roles", blocks, callback_id=CallsheetId.ROLES_MODAL, submit="Save", metadata=metadata)


def option_of(member: MemberLine) -> Element:
    return kit.option(member.name, member.slack_user_id, member.role.label)


def options(members: Sequence[MemberLine]) -> list[Element]:
    return [option_of(member) for member in members]


def table() -> str:
    return "\n".join(f"• *{role.label}*: {text}" for role, text in SUMMARIES.items())


def people(in_charge: Mapping[Role, Sequence[str]]) -> str:
    """Who the Admins and Ops Managers are, in mrkdwn."""
    return " · ".join(
        f"{role.label}s: {' '.join(map(kit.user, ids[:NAMED])) or 'nobody'}" for role, ids in in_charge.items()
    )


def told(own: Role, in_charge: Mapping[Role, Sequence[str]]) -> tuple[str, list[Block]]:
    """What somebody is told who gives no roles: theirs, what each may do, and whom to ask."""
    text = f"Your role is *{own.label}*. An Admin can give you another."
    return text, [kit.section(text), kit.section(table()), kit.context(people(in_charge))]
