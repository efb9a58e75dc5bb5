"""Small builders: a workspace with people in it, and more of everything on demand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.services import booking
from domain.roles import Actor, Role
from domain.study import LocationKind, StudyStatus, StudyType
from domain.times import Span
from storage import busy_times, calendars, members, participants
from storage.engine import Database
from storage.models import Interview, Member, Participant, Study, Team, TeamMember, Workspace

SLACK_TEAM = "T0CALL"

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the kind of database has no part in."""


@dataclass
class World:
    """A workspace: one Admin, Ops Manager, Researcher (owner of `study`), Collaborator and Observer in one team."""

    database: Database
    now: datetime
    workspace_id: int = 0
    team_id: int = 0
    study_id: int = 0
    people: dict[Role, Actor] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def build(cls, database: Database, now: datetime, slack_team: str = SLACK_TEAM) -> World:
        """In one unit of work, and without asking for what is known: nearly every test begins with it."""
        world = cls(database, now)
        zones = ["Europe/Berlin", "Europe/London", "Europe/Berlin", "America/New_York", "Asia/Tokyo"]
        with database.unit_of_work() as session:
            world.workspace_id = members.add_workspace(session, slack_team, "Northwind Research", "U0BOT", now).id
            rows = [world.member_row(role, zone) for role, zone in zip(Role, zones, strict=True)]
            team = Team(workspace_id=world.workspace_id, name="Core", channel_id="C0CORE", time_zone="Europe/Berlin")
            session.add_all([*rows, team])
            session.flush()
            session.add_all(TeamMember(team_id=team.id, member_id=row.id) for row in rows)
            world.team_id, world.people = team.id, {row.role: actor_of(row) for row in rows}
            study = world.study_row("CHK", "Checkout study")
            session.add(study)
            session.flush()
            world.study_id = study.id
        return world

    @property
    def researcher(self) -> Actor:
        return self.people[Role.RESEARCHER]

    @property
    def observer(self) -> Actor:
        return self.people[Role.OBSERVER]

    @property
    def admin(self) -> Actor:
        return self.people[Role.ADMIN]

    def member(self, role: Role, zone: str = "Europe/Berlin", name: str | None = None) -> Actor:
        """A new member, in no team yet."""
        with self.database.unit_of_work() as session:
            member = self.member_row(role, zone, name)
            session.add(member)
            session.flush()
            return actor_of(member)

    def member_row(self, role: Role, zone: str, name: str | None = None) -> Member:
        number = next(self.numbers)
        return Member(
            workspace_id=self.workspace_id,
            slack_user_id=f"U0{number:04}",
            name=name or f"{role.label} {number}",
            email=f"member{number}@northwind.example",
            time_zone=zone,
            role=role,
            synced_at=self.now,
        )

    def team(self, name: str, channel_id: str, *people: Actor, **values: Any) -> Team:
        with self.database.unit_of_work() as session:
            team = Team(
                workspace_id=self.workspace_id,
                name=name,
                channel_id=channel_id,
                **{"time_zone": "Europe/Berlin", **values},
            )
            session.add(team)
            session.flush()
            session.add_all(TeamMember(team_id=team.id, member_id=person.member_id) for person in people)
            return team

    def study(self, key: str, name: str, **values: Any) -> Study:
        """An active interview study of the first team, owned by the Researcher."""
        with self.database.unit_of_work() as session:
            study = self.study_row(key, name, **values)
            session.add(study)
            return study

    def study_row(self, key: str, name: str, **values: Any) -> Study:
        given: dict[str, Any] = {
            "team_id": self.team_id,
            "owner_id": self.researcher.member_id,
            "external_name": name,
            "type": StudyType.INTERVIEW,
            "status": StudyStatus.ACTIVE,
            "location": LocationKind.GOOGLE_MEET,
            "created_at": self.now,
            **values,
        }
        return Study(workspace_id=self.workspace_id, key=key, name=name, **given)

    def participant(self, email: str, name: str = "", **values: Any) -> Participant:
        with self.database.unit_of_work() as session:
            person = participants.add(session, self.workspace_id, email, name, self.now)
            for column, value in values.items():
                setattr(person, column, value)
            return person

    def calendar(self, actor: Actor) -> str:
        """Connect a member's calendar. Its address."""
        address = f"{actor.slack_user_id.lower()}@northwind.example"
        with self.database.unit_of_work() as session:
            calendars.connect(session, actor.member_id, address, self.now)
        return address

    def book(self, starts_in: timedelta = timedelta(hours=1), **values: Any) -> Interview:
        """An upcoming interview of `study` with a new participant, booked by the Researcher as a user would."""
        given: dict[str, Any] = {
            "study_id": self.study_id,
            "email": f"p{next(self.numbers)}@example.com",
            "name": "Mara Lindqvist",
            "starts_at": self.now + starts_in,
            **values,
        }
        with self.database.unit_of_work() as session:
            booked = booking.book(session, self.researcher, booking.Booking(**given), self.now)
            return session.get_one(Interview, booked.interview_id)

    def get(self, interview_id: int) -> Interview:
        """The interview as it is stored now."""
        with self.database.reading() as session:
            return session.get_one(Interview, interview_id)

    def workspace(self) -> Workspace:
        with self.database.reading() as session:
            return session.get_one(Workspace, self.workspace_id)


def actor_of(member: Member) -> Actor:
    """The member as one who acts."""
    return Actor(member.workspace_id, member.id, member.slack_user_id, member.name, member.role, member.time_zone)


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """The SQL statements that are run inside the block, but for BEGIN and the like."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def keep_busy(session: Session, member_id: int, event_id: str, span: Span) -> None:
    """An event in a member's calendar that says busy."""
    busy_times.keep_events(session, member_id, {event_id: busy_times.Stay(span)}, ())


def rows(database: Database, statement: sa.Select[*tuple[Any, ...]]) -> list[Any]:
    """The rows of a query, in a unit of their own."""
    with database.reading() as session:
        return list(session.execute(statement).all())
