"""`/callsheet settings`: the settings of the channel's team, or a new team in the channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import callsheet as blocks
from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.services import teams
from bot.services.teams import TeamValues
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Settling(Metadata):
    """The team whose settings the modal shows; 0: a new one in the channel."""

    team_id: int = 0


@capability.subcommand(
    "/callsheet",
    "settings",
    summary="This channel's team: members, time zone, digest",
    menu="Settings",
    reads=True,
)
def open_modal(session: Session, actor: Actor, channel_id: str) -> Outcome:
    if not channel_id.startswith(("C", "G")):
        raise RuleError("Type /callsheet settings in your team's channel: its digest is posted there.")
    team_id, values = teams.to_settle(session, actor, channel_id)
    form = blocks.TeamForm(
        name=values.name,
        time_zone=values.time_zone,
        digest_hour=values.digest_hour,
        working_days=values.working_days,
        tomorrow_from_hour=values.tomorrow_from_hour,
        names_in_channel=values.names_in_channel,
        member_slack_ids=values.member_slack_ids,
    )
    metadata = Settling(channel_id, team_id or 0).dump()
    return Open(blocks.settings_modal(form, metadata, is_new=team_id is None))


@capability.submission(CallsheetId.SETTINGS_MODAL)
def save(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    settling = Settling.load(metadata)
    values = values_of(fields)
    if settling.team_id:
        team = teams.change(session, actor, settling.team_id, values, now)
        done = "is changed"
    else:
        team = teams.create(session, actor, settling.channel_id, values, now)
        done = f"is at home in {kit.channel(team.channel_id)} now"
    digest = f"Next digest: {kit.at(team.next_digest_at)}." if team.next_digest_at else "It gets no digest."
    return Close(say(f"*{kit.literal(team.name)}* {done}. {digest}"))


def values_of(fields: dict[str, Any]) -> TeamValues:
    """The settings that the modal's inputs describe."""
    if not fields.get("time_zone"):
        raise RuleError("Choose the team's time zone.", "time_zone")
    tomorrow = fields.get("tomorrow_from_hour") or blocks.NEVER
    return TeamValues(
        name=fields.get("name") or "",
        time_zone=fields["time_zone"],
        digest_hour=int(fields.get("digest_hour") or 9),
        working_days=frozenset(int(day) for day in fields.get("working_days") or ()),
        tomorrow_from_hour=None if tomorrow == blocks.NEVER else int(tomorrow),
        names_in_channel=fields.get("names_in_channel") == "yes",
        member_slack_ids=tuple(fields.get("members") or ()),
    )


@capability.options(CallsheetId.ZONE_MENU)
def find_zones(typed: str) -> Outcome:
    return Options(blocks.zone_options(teams.zones_called(typed)))
