"""Who is who: workspaces, members, roles, teams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.errors import NotFound
from domain.roles import Actor, Role
from storage.models import Member, Study, StudyCollaborator, Team, TeamMember, Workspace
from storage.outbox import insert


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """A team as its channel's settings show it. `working_days` are 0 (Monday) to 6; hours are local to `time_zone`."""

    id: int
    workspace_id: int
    name: str
    channel_id: str
    time_zone: str
    digest_hour: int
    working_days: frozenset[int]
    tomorrow_from_hour: int | None
    names_in_channel: bool
    last_digest_at: datetime | None


def days_from_bits(bits: int) -> frozenset[int]:
    """The working days of a stored bit set (bit 0 = Monday)."""
    return frozenset(day for day in range(7) if bits >> day & 1)


def days_to_bits(days: frozenset[int]) -> int:
    """The bit set of working days."""
    return sum(1 << day for day in days)


def workspace_by_slack_id(session: Session, slack_team_id: str) -> Workspace | None:
    return session.scalar(sa.select(Workspace).where(Workspace.slack_team_id == slack_team_id))


def slack_team_id(session: Session, workspace_id: int) -> str:
    """Slack's id of a workspace."""
    return session.scalars(sa.select(Workspace.slack_team_id).where(Workspace.id == workspace_id)).one()


def add_workspace(session: Session, slack_team_id: str, name: str, bot_user_id: str, now: datetime) -> Workspace:
    """The workspace, made on its first sight and kept current after."""
    workspace = workspace_by_slack_id(session, slack_team_id)
    if workspace is None:
        workspace = Workspace(slack_team_id=slack_team_id, name=name, bot_user_id=bot_user_id, created_at=now)
        session.add(workspace)
    workspace.name, workspace.bot_user_id = name, bot_user_id
    session.flush()
    return workspace


FIND_ACTOR = (
    sa.select(Member.workspace_id, Member.id, Member.slack_user_id, Member.name, Member.role, Member.time_zone)
    .join(Workspace, Workspace.id == Member.workspace_id)
    .where(
        Workspace.slack_team_id == sa.bindparam("slack_team_id"),
        Member.slack_user_id == sa.bindparam("slack_user_id"),
        Member.is_active,
    )
)
"""Every listener begins with it: built once, because building it takes longer than running it."""


def find_actor(session: Session, slack_team_id: str, slack_user_id: str) -> Actor | None:
    """The active member that a Slack user is, None for one not seen before or gone."""
    row = session.execute(FIND_ACTOR, {"slack_team_id": slack_team_id, "slack_user_id": slack_user_id}).first()
    return Actor(*row) if row else None


def actor(session: Session, member_id: int) -> Actor:
    """A member as one who acts."""
    member = session.get_one(Member, member_id)
    return Actor(member.workspace_id, member.id, member.slack_user_id, member.name, member.role, member.time_zone)


def with_slack_team(session: Session, member_id: int) -> tuple[Member, str] | None:
    """A member and Slack's id of their workspace; None when there is no such member."""
    row = session.execute(
        sa.select(Member, Workspace.slack_team_id)
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.id == member_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def member_by_slack_id(session: Session, workspace_id: int, slack_user_id: str) -> Member | None:
    return session.scalar(
        sa.select(Member).where(Member.workspace_id == workspace_id, Member.slack_user_id == slack_user_id)
    )


def member_by_email(session: Session, workspace_id: int, email: str) -> Member | None:
    """The active member with that address."""
    return session.scalar(
        sa.select(Member).where(Member.workspace_id == workspace_id, Member.email == email.lower(), Member.is_active)
    )


def members_called(session: Session, workspace_id: int, names: Collection[str]) -> dict[str, int]:
    """The active members with those addresses, names or Slack ids, by what they are called (folded).

    A name that several have is nobody's.
    """
    wanted = {name.casefold() for name in names}
    rows = session.execute(
        sa.select(Member.id, Member.slack_user_id, Member.email, Member.name).where(
            Member.workspace_id == workspace_id,
            Member.is_active,
            sa.or_(
                Member.email.in_(wanted),
                Member.slack_user_id.in_({name.upper() for name in names}),
                Member.name.in_(names),
                sa.func.lower(Member.name).in_({name.lower() for name in names}),
            ),
        )
    ).all()
    homonyms = Counter(row.name.casefold() for row in rows)
    found = {row.name.casefold(): row.id for row in rows if homonyms[row.name.casefold()] == 1}
    for row in rows:
        found[row.slack_user_id.casefold()] = row.id
        if row.email:
            found[row.email.casefold()] = row.id
    return found


def members_by_slack_ids(session: Session, workspace_id: int, slack_user_ids: Collection[str]) -> dict[str, Member]:
    """The members that Slack users are, by Slack's id, as far as they are known."""
    found = session.scalars(
        sa.select(Member).where(Member.workspace_id == workspace_id, Member.slack_user_id.in_(slack_user_ids))
    )
    return {member.slack_user_id: member for member in found}


def lock_workspace(session: Session, workspace_id: int) -> None:
    """Wait for whoever else decides something about the workspace as a whole, until the commit."""
    session.execute(sa.select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))


def add_observer(session: Session, workspace_id: int, slack_user_id: str, name: str, now: datetime) -> None:
    """A new member, as an Observer; one who is known, or whom somebody else is just adding, is left as they are."""
    new = insert(session, Member).values(
        workspace_id=workspace_id,
        slack_user_id=slack_user_id,
        name=name,
        time_zone="UTC",
        role=Role.OBSERVER,
        is_active=True,
        synced_at=now,
    )
    session.execute(new.on_conflict_do_nothing(index_elements=[Member.workspace_id, Member.slack_user_id]))


def has_members(session: Session, workspace_id: int) -> bool:
    return session.scalar(sa.select(sa.exists().where(Member.workspace_id == workspace_id))) or False


def by_ids(session: Session, member_ids: Collection[int]) -> dict[int, Member]:
    """Those members, by id."""
    return {member.id: member for member in session.scalars(sa.select(Member).where(Member.id.in_(member_ids)))}


def lock_all(session: Session, workspace_id: int, member_ids: Collection[int]) -> dict[int, Member]:
    """Those of the members who are in the workspace, by id, locked in a fixed order until the commit: whoever books a
    host waits here for the one before.
    """
    found = session.scalars(
        sa.select(Member)
        .where(Member.id.in_(member_ids), Member.workspace_id == workspace_id)
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {member.id: member for member in found}


def members_of_role(session: Session, workspace_id: int, role: Role, *, lock: bool = False) -> Sequence[Member]:
    """The active members with the role; with `lock` they keep it until the commit."""
    statement = sa.select(Member).where(Member.workspace_id == workspace_id, Member.role == role, Member.is_active)
    return session.scalars(statement.with_for_update(key_share=True) if lock else statement).all()


def named(session: Session, workspace_id: int, typed: str, limit: int) -> Sequence[Member]:
    """The active members whose name has a word that begins with what was typed, by name."""
    name, prefix = sa.func.lower(Member.name), typed.strip().lower()
    matches = sa.or_(name.startswith(prefix, autoescape=True), name.contains(f" {prefix}", autoescape=True))
    return session.scalars(
        sa.select(Member)
        .where(Member.workspace_id == workspace_id, Member.is_active, matches)
        .order_by(Member.name, Member.id)
        .limit(limit)
    ).all()


def in_charge(session: Session, workspace_id: int) -> Sequence[Member]:
    """The active Admins and Ops Managers."""
    return session.scalars(
        sa.select(Member)
        .where(Member.workspace_id == workspace_id, Member.is_active, Member.role.in_((Role.ADMIN, Role.OPS_MANAGER)))
        .order_by(Member.id)
    ).all()


def team_of_channel(session: Session, workspace_id: int, channel_id: str) -> Team | None:
    """The team whose home channel, or one of whose studies' channels, this is."""
    home = sa.select(Team).where(Team.workspace_id == workspace_id, Team.channel_id == channel_id)
    found = session.scalars(home.order_by(Team.id)).first()
    if found is not None:
        return found
    through_study = (
        sa.select(Team)
        .join(Study, Study.team_id == Team.id)
        .where(Study.workspace_id == workspace_id, Study.channel_id == channel_id)
    )
    return session.scalars(through_study.order_by(Team.id)).first()


def teams_of(session: Session, actor: Actor) -> Sequence[Team]:
    """The teams that the actor sees, by name."""
    statement = sa.select(Team).where(Team.workspace_id == actor.workspace_id).order_by(Team.name)
    if not actor.sees_every_team:
        statement = statement.where(Team.id.in_(own_teams(actor)))
    return session.scalars(statement).all()


def slack_ids_in_team(session: Session, team_id: int) -> tuple[str, ...]:
    """Slack's ids of a team's active members, by name."""
    return tuple(
        session.scalars(
            sa.select(Member.slack_user_id)
            .join(TeamMember, TeamMember.member_id == Member.id)
            .where(TeamMember.team_id == team_id, Member.is_active)
            .order_by(Member.name)
        )
    )


def of_team(session: Session, team_id: int) -> dict[int, Member]:
    """A team's active members by id, in the order of their names."""
    found = session.scalars(
        sa.select(Member)
        .join(TeamMember, TeamMember.member_id == Member.id)
        .where(TeamMember.team_id == team_id, Member.is_active)
        .order_by(Member.name, Member.id)
    )
    return {member.id: member for member in found}


def is_in_team(session: Session, team_id: int, member_id: int) -> bool:
    return session.get(TeamMember, (team_id, member_id)) is not None


def own_teams(actor: Actor) -> sa.Select[int]:
    """The ids of the actor's teams, to be used within a query."""
    return sa.select(TeamMember.team_id).where(TeamMember.member_id == actor.member_id)


def teams_in(session: Session, workspace_id: int) -> Sequence[Team]:
    """Every team of the workspace, by name."""
    return session.scalars(sa.select(Team).where(Team.workspace_id == workspace_id).order_by(Team.name)).all()


def team(session: Session, workspace_id: int, team_id: int) -> Team:
    """The team. Raises NotFound for one of another workspace."""
    found = session.scalar(sa.select(Team).where(Team.id == team_id, Team.workspace_id == workspace_id))
    if found is None:
        raise NotFound("There is no such team.")
    return found


def team_settings(team: Team) -> TeamSettings:
    """The team's settings as a value."""
    return TeamSettings(
        id=team.id,
        workspace_id=team.workspace_id,
        name=team.name,
        channel_id=team.channel_id,
        time_zone=team.time_zone,
        digest_hour=team.digest_hour,
        working_days=days_from_bits(team.working_days),
        tomorrow_from_hour=team.tomorrow_from_hour,
        names_in_channel=team.names_in_channel,
        last_digest_at=team.last_digest_at,
    )


def is_own_study(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor owns the study or collaborates on it, to be used within a query on studies."""
    collaborates = sa.exists().where(
        StudyCollaborator.study_id == Study.id, StudyCollaborator.member_id == actor.member_id
    )
    return sa.or_(Study.owner_id == actor.member_id, collaborates)


def is_visible_study(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor sees the study: everybody's for Admin and Ops, else their teams' and their own."""
    if actor.sees_every_team:
        return sa.true()
    return sa.or_(Study.team_id.in_(own_teams(actor)), is_own_study(actor))
