"""`/callsheet role @somebody researcher`: what a member may do."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.services import members
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.errors import RuleError
from domain.roles import Actor, Role

capability = Capability()

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
OTHER_WORDS = {"ops": Role.OPS_MANAGER, "manager": Role.OPS_MANAGER, "owner": Role.ADMIN}


@capability.subcommand(
    "/callsheet",
    "role",
    summary="Give somebody a role",
    usage="@somebody admin|ops manager|researcher|collaborator|observer",
)
def give(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    mention = MENTION.match(arguments)
    if mention is None:
        raise RuleError("To whom? Write for example /callsheet role @somebody researcher.")
    role = role_called(arguments[mention.end() :])
    member = members.set_role(session, actor, mention[1], role, now)
    return say(f"{kit.user(member.slack_user_id)} is {role.label} now.")


def role_called(text: str) -> Role:
    """The role of that name. Raises RuleError for none."""
    plain = re.sub(r"[\W_]+", "_", text.strip().lower())
    found = next((role for role in Role if role.value == plain), OTHER_WORDS.get(plain))
    if found is None:
        raise RuleError(f"The roles are: {', '.join(role.label for role in Role)}.")
    return found
