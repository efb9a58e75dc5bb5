"""`/study owner CHK @who` and `/study collaborators CHK @who …`: who works on a study."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.services import study_people
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()

MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
NOBODY = ("none", "nobody")


@capability.subcommand("/study", "owner", summary="Give a study another owner", usage="KEY @who")
def change_owner(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    key, _, named = arguments.partition(" ")
    mention = MENTION.fullmatch(named.strip())
    if not key or mention is None:
        raise RuleError("Which study, and to whom? Write for example /study owner CHK @somebody.")
    study, owner = study_people.change_owner(session, actor, key, mention[1], now)
    return say(f"{kit.user(owner.slack_user_id)} owns *{study.key}* now.")


@capability.subcommand(
    "/study", "collaborators", summary="Say who works on a study with its owner", usage="KEY @who …|nobody"
)
def change_collaborators(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    key, _, named = arguments.partition(" ")
    ids = tuple(MENTION.findall(named))
    if not key or not (ids or named.strip().lower() in NOBODY):
        raise RuleError("Which study, and who? Write for example /study collaborators CHK @one @two.")
    study, found = study_people.change_collaborators(session, actor, key, ids, now)
    if not found:
        return say(f"Nobody works on *{study.key}* but its owner.")
    return say(f"On *{study.key}* work its owner, {', '.join(kit.user(each.slack_user_id) for each in found)}.")
