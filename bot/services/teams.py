"""Research teams: their channel, their members, and when they want their digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.services import leaving, masking
from bot.services import members as member_services
from domain.digest import DigestPlan, next_digest
from domain.errors import NotFound, RuleError
from domain.roles import Actor, Permission
from domain.times import zone
from storage import members
from storage.models import Team, TeamMember

LONGEST_NAME = 80
MOST_ZONES = 100
WORKING_DAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class TeamValues:
    """A team's settings. Hours are local to `time_zone`; days are 0 (Monday) to 6."""

    name: str
    time_zone: str
    digest_hour: int = 9
    working_days: frozenset[int] = WORKING_DAYS
    tomorrow_from_hour: int | None = None
    names_in_channel: bool = False
    member_slack_ids: tuple[str, ...] = ()


def create(session: Session, actor: Actor, channel_id: str, values: TeamValues, now: datetime) -> Team:
    """A new team whose home is the channel. Raises RuleError when the channel has a team already."""
    actor.require(Permission.CHANGE_SETTINGS)
    home = sa.select(Team.name).where(Team.workspace_id == actor.workspace_id, Team.channel_id == channel_id)
    found = session.scalar(home)
    if found is not None:
        raise RuleError(f"This is the channel of {found} already.")
    team = Team(workspace_id=actor.workspace_id, channel_id=channel_id)
    return write(session, actor, team, values, now)


def change(session: Session, actor: Actor, team_id: int, values: TeamValues, now: datetime) -> Team:
    """Change a team's settings; its next digest moves with them."""
    actor.require(Permission.CHANGE_SETTINGS)
    return write(session, actor, members.team(session, actor.workspace_id, team_id), values, now)


def ensure(session: Session, actor: Actor, channel_id: str, values: TeamValues, now: datetime) -> Team:
    """The team at home in the channel, with these settings: made, or changed where they differ."""
    found = session.scalar(
        sa.select(Team).where(Team.workspace_id == actor.workspace_id, Team.channel_id == channel_id)
    )
    if found is None:
        return create(session, actor, channel_id, values, now)
    return change(session, actor, found.id, values, now)


def write(session: Session, actor: Actor, team: Team, values: TeamValues, now: datetime) -> Team:
    check(values)
    is_switched = team.id is not None and team.names_in_channel != values.names_in_channel
    team.name = values.name.strip()
    team.time_zone = values.time_zone
    team.digest_hour = values.digest_hour
    team.working_days = members.days_to_bits(values.working_days)
    team.tomorrow_from_hour = values.tomorrow_from_hour
    team.names_in_channel = values.names_in_channel
    plan = DigestPlan(values.digest_hour, values.working_days, values.time_zone)
    team.next_digest_at = next_digest(plan, now)
    session.add(team)
    try:
        session.flush()
    except IntegrityError as error:
        raise RuleError(f"Another team is called {team.name} already.", "name") from error
    set_members(session, actor, team, values.member_slack_ids, now)
    if is_switched:
        masking.switched(session, actor, team, now)
    return team


def check(values: TeamValues) -> None:
    """Raise RuleError, naming the field, for what can't be a team's settings."""
    if not values.name.strip():
        raise RuleError("Give the team a name.", "name")
    if len(values.name.strip()) > LONGEST_NAME:
        raise RuleError(f"At most {LONGEST_NAME} characters, please.", "name")
    zone(values.time_zone)
    for field, hour in (("digest_hour", values.digest_hour), ("tomorrow_from_hour", values.tomorrow_from_hour)):
        if hour is not None and not 0 <= hour <= 23:
            raise RuleError("An hour is between 0 and 23.", field)
    if not values.working_days <= frozenset(range(7)):
        raise RuleError("A week has seven days.", "working_days")


def set_members(session: Session, actor: Actor, team: Team, slack_user_ids: tuple[str, ...], now: datetime) -> None:
    """Let exactly these members be the team."""
    wanted = {member.id for member in member_services.known(session, actor, slack_user_ids, now)}
    present = set(session.scalars(sa.select(TeamMember.member_id).where(TeamMember.team_id == team.id)))
    if gone := present - wanted:
        session.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.member_id.in_(gone)))
        leaving.left_team(session, team, gone, now)
    session.add_all(TeamMember(team_id=team.id, member_id=member_id) for member_id in sorted(wanted - present))
    session.flush()


def in_channel(session: Session, actor: Actor, channel_id: str) -> Team | None:
    """The team of the channel, home or through a study, None where there is none.

    Raises NotFound for a team that the actor does not see.
    """
    found = members.team_of_channel(session, actor.workspace_id, channel_id)
    if found is not None and all(team.id != found.id for team in members.teams_of(session, actor)):
        raise NotFound("There is no team here that you belong to.")
    return found


def to_settle(session: Session, actor: Actor, channel_id: str) -> tuple[int | None, TeamValues]:
    """The channel's team with its settings, or None and settings to begin with. Raises NotAllowed for other roles."""
    actor.require(Permission.CHANGE_SETTINGS)
    team = in_channel(session, actor, channel_id)
    if team is None:
        return None, TeamValues(name="", time_zone=actor.time_zone, member_slack_ids=(actor.slack_user_id,))
    return team.id, TeamValues(
        name=team.name,
        time_zone=team.time_zone,
        digest_hour=team.digest_hour,
        working_days=members.days_from_bits(team.working_days),
        tomorrow_from_hour=team.tomorrow_from_hour,
        names_in_channel=team.names_in_channel,
        member_slack_ids=members.slack_ids_in_team(session, team.id),
    )


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The zones that a menu offers: places, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def zones_called(typed: str) -> list[str]:
    """The zones whose name, or whose city's, begins with what was typed."""
    wanted = typed.strip().lower().replace(" ", "_")

    def begins(name: str) -> bool:
        return name.lower().startswith(wanted) or name.lower().rpartition("/")[2].startswith(wanted)

    return [name for name in zone_names() if begins(name)][:MOST_ZONES]
