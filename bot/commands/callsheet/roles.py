"""`/callsheet roles`: who may do what. An Admin gives roles in a modal; others see whom to ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.blocks import roles as blocks
from bot.blocks.ids import CallsheetId
from bot.blocks.roles import MemberLine
from bot.services import members
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, Reply, Update, say
from domain.errors import RuleError
from domain.roles import Actor, Permission, Role
from storage.models import Member

capability = Capability()


@capability.subcommand("/callsheet", "roles", summary="Who may do what; Admins change it", menu="Roles", reads=True)
def show(session: Session, actor: Actor, channel_id: str) -> Outcome:
    in_charge = members.in_charge(session, actor)
    if not actor.may(Permission.CHANGE_ROLES):
        return Reply(*blocks.told(actor.role, in_charge))
    return Open(blocks.modal(in_charge, Metadata(channel_id).dump()))


@capability.options(CallsheetId.ROLES_MEMBER)
def find(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.options([line_of(each) for each in members.with_roles(session, actor, typed)]))


@capability.action(CallsheetId.ROLES_MEMBER, reads=True)
def chosen(session: Session, actor: Actor, value: str, metadata: str) -> Outcome:
    """The modal shows the role that the member has."""
    member = members.one_with_role(session, actor, value)
    return Update(blocks.modal(members.in_charge(session, actor), metadata, line_of(member)))


@capability.submission(CallsheetId.ROLES_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Outcome:
    if not fields.get("member"):
        raise RuleError("Choose the member.", "member")
    if not fields.get("role"):
        raise RuleError("Choose the role.", "role")
    member = members.set_role(session, actor, fields["member"], Role(fields["role"]), now)
    return Close(say(f"{kit.user(member.slack_user_id)} is {member.role.label} now."))


def line_of(member: Member) -> MemberLine:
    return MemberLine(member.slack_user_id, member.name, member.role)
