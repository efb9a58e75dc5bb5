"""What a fresh sandbox holds: a research team in the middle of its work, brought in as a user would bring it.

Everything goes through the services and the CSV importer: no row is written behind their back. Days are counted from
the sandbox's present day, so that there is something to see today, tomorrow and last week, whenever it is opened.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.importing import import_data
from bot.services import calendars as calendar_services
from bot.services import members as member_services
from bot.services import studies as study_services
from bot.services import teams as team_services
from bot.services.imports import ImportKind
from bot.services.members import Profile
from domain.roles import Actor, Role
from domain.study import StudyAction
from sandbox import story
from sandbox.google import GoogleSandbox
from storage import members, studies
from storage.engine import Database


def seed(database: Database, clock_now: datetime, world: dict[str, Any]) -> None:
    """Fill the world's first workspace: roles, teams, calendars, studies, participants, interviews.

    The workspace must be known. `clock_now` is the sandbox's present instant, aware UTC.
    """
    workspace = world["workspaces"][0]
    slack_team_id = workspace["id"]
    add_members(database, slack_team_id, workspace["users"], clock_now)
    admin = first_admin(database, slack_team_id, workspace["users"], clock_now)
    give_roles(database, admin, clock_now)
    add_teams(database, admin, clock_now)
    sessions = story.sessions(clock_now)
    add_studies(database, slack_team_id, sessions, clock_now)
    import_file(database, admin, story.participants_csv(), ImportKind.PARTICIPANTS, clock_now)
    for part in (story.held(sessions), story.ahead(sessions)):
        import_file(database, admin, story.interviews_csv(part), ImportKind.INTERVIEWS, clock_now)
    settle_studies(database, slack_team_id, clock_now)


def answer_invitations(google: GoogleSandbox, seconds: float = 15.0) -> None:
    """Let the participants answer their invitations as these reach them, for some seconds."""
    open_ones = {story.address(number): answer for answer, people in story.ANSWERS.items() for number in people}
    deadline = time.monotonic() + seconds
    while open_ones and time.monotonic() < deadline:
        for address, answer in list(open_ones.items()):
            if google.answer(address, answer):
                del open_ones[address]
        time.sleep(0.2)


def add_members(database: Database, slack_team_id: str, users: list[dict[str, Any]], now: datetime) -> None:
    """Keep the workspace's own people as Slack describes them."""
    with database.unit_of_work() as session:
        workspace = members.workspace_by_slack_id(session, slack_team_id)
        if workspace is None:
            raise LookupError(f"The bot is not in the workspace {slack_team_id} yet.")
        for user in users:
            if user["is_bot"] or user["is_stranger"]:
                continue
            profile = Profile(
                slack_user_id=user["id"],
                name=user["real_name"],
                email=user["email"],
                time_zone=user["tz"],
                is_active=True,
                is_slack_admin=user["is_admin"],
            )
            member_services.keep(session, workspace.id, profile, now)


def first_admin(database: Database, slack_team_id: str, users: list[dict[str, Any]], now: datetime) -> Actor:
    """The Admin who sets Callsheet up: the Slack admin, as `/callsheet admin` would make them one."""
    slack_user_id = next(user["id"] for user in users if user["is_admin"])
    with database.unit_of_work() as session:
        actor = acting(session, slack_team_id, slack_user_id)
        if actor.role is not Role.ADMIN:
            member_services.become_admin(session, actor, now)
        return acting(session, slack_team_id, slack_user_id)


def acting(session: Session, slack_team_id: str, slack_user_id: str) -> Actor:
    """The member as one who acts. Raises LookupError for somebody who is not in the world."""
    actor = members.find_actor(session, slack_team_id, slack_user_id)
    if actor is None:
        raise LookupError(f"{slack_user_id} is not a member of {slack_team_id}.")
    return actor


def give_roles(database: Database, admin: Actor, now: datetime) -> None:
    with database.unit_of_work() as session:
        for role, slack_user_ids in story.ROLES.items():
            for slack_user_id in slack_user_ids:
                member_services.set_role(session, admin, slack_user_id, role, now)


def add_teams(database: Database, admin: Actor, now: datetime) -> None:
    """Create the teams, and connect their members' calendars: the sessions ahead are to be held by these."""
    with database.unit_of_work() as session:
        for channel_id, values in story.TEAMS.items():
            team_services.ensure(session, admin, channel_id, values, now)
        calendar_services.connect_hosts(session, now)


def add_studies(database: Database, slack_team_id: str, sessions: list[story.Session], now: datetime) -> None:
    """Create the studies, each by its owner."""
    with database.unit_of_work() as session:
        for owner_id, team_channel, study in story.studies(sessions):
            owner = acting(session, slack_team_id, owner_id)
            team = members.team_of_channel(session, owner.workspace_id, team_channel)
            if team is None:
                raise LookupError(f"There is no team in {team_channel}.")
            study_services.create(session, owner, study(team.id), now)


def import_file(database: Database, admin: Actor, text: str, kind: ImportKind, now: datetime) -> None:
    """Bring in a file as the Admin. A row that is refused is a mistake in the story: ValueError says which."""
    report = import_data(database, admin, text.encode(), kind, now)
    if report.problems:
        raise ValueError("; ".join(problem.sentence for problem in report.problems[:5]))


def settle_studies(database: Database, slack_team_id: str, now: datetime) -> None:
    """Pause and close the studies that are over, each by its owner."""
    with database.unit_of_work() as session:
        for owner_id, key, action in story.ENDINGS:
            owner = acting(session, slack_team_id, owner_id)
            study = studies.by_key(session, owner, key)
            study_services.change_status(session, owner, study.id, StudyAction(action), now)
