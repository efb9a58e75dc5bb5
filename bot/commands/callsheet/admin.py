"""`/callsheet admin`: while there is no Admin, an admin of the Slack workspace may become the first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks.ids import CallsheetId
from bot.services import members
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/callsheet", "admin", summary="Become the first Admin, as an admin of the Slack workspace")
@capability.action(CallsheetId.BECOME_ADMIN)
def become_admin(session: Session, actor: Actor, now: datetime) -> Outcome:
    members.become_admin(session, actor, now)
    return say("You are Admin of Callsheet now. Give others their roles: `/callsheet role @somebody researcher`")
