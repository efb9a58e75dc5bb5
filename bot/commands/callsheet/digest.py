"""`/callsheet digest now`: the team's digest, without waiting for its hour."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import kit
from bot.services import digests, teams
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/callsheet", "digest", summary="Post this team's digest now", usage="now", menu="Digest now")
def post(session: Session, actor: Actor, channel_id: str, now: datetime) -> Outcome:
    team = teams.in_channel(session, actor, channel_id)
    if team is None:
        raise RuleError("No research team is at home in this channel. Type it in your team's channel.")
    number = digests.post_now(session, actor, team.id, now)
    if not number:
        return say(f"There is nothing to say: {kit.literal(team.name)} has no sessions today and nothing is open.")
    return say(f"The digest is on its way to {kit.channel(team.channel_id)}.")
