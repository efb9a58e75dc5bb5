"""A workspace with very many participants and enrolments, written by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.data import CHANNEL, member, study, workspace, zone_at_dawn
from domain.contact_rules import RuleKind
from domain.participant import ParticipantStatus
from domain.roles import Role
from storage import migrate
from storage.engine import Database
from storage.models import (
    Enrolment,
    GovernanceRule,
    Participant,
    SentInvitation,
    Team,
    TeamMember,
    Workspace,
)

STUDIES_EACH = 5
"""Studies that everybody is in, of `STUDIES`."""
STUDIES = 25
FIRST_NAMES, LAST_NAMES = 1_009, 9_973
"""Prime, so that names are spread over people evenly."""
S = ParticipantStatus
STATUSES = (
    S.NOT_CONTACTED,
    S.NOT_CONTACTED,
    S.NOT_CONTACTED,
    S.INTERVIEW_INVITED,
    S.INTERVIEW_INVITED,
    S.SCREENER_COMPLETED,
    S.INTERVIEW_SCHEDULED,
    S.INTERVIEW_COMPLETED,
    S.INTERVIEW_COMPLETED,
    S.NO_SHOWED,
)
"""Where enrolments stand, by turns."""
HUNDRED_DAYS = 100 * 86_400
TABLES: tuple[Any, ...] = tuple(model.__table__ for model in (Participant, Enrolment, SentInvitation))


@dataclass(frozen=True, slots=True)
class Population:
    """What was stored: how many people, the first study, and who asks (an Ops Manager, and the studies' owner)."""

    people: int
    workspace_id: int
    study_id: int
    ops_id: int
    owner_id: int


def populate(database: Database, now: datetime, people: int) -> Population:
    """So many participants, each in five of 25 studies, invited and having taken part in the last hundred days.

    PostgreSQL gathers statistics by itself, in a while: here at once. SQLite does not, and has none.
    """
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace_id = workspace(session, now)
        owner, ops = (member(workspace_id, number, zone_at_dawn(now), now) for number in range(2))
        ops.role = Role.OPS_MANAGER
        team = Team(workspace_id=workspace_id, name="Core", channel_id=CHANNEL, time_zone=zone_at_dawn(now))
        session.add_all([owner, ops, team])
        session.flush()
        session.add_all(TeamMember(team_id=team.id, member_id=each.id) for each in (owner, ops))
        studies = [study(team, owner, f"B{number}", 0, now) for number in range(STUDIES)]
        session.add_all(studies)
        session.add_all(rules(workspace_id, now))
        session.flush()
        with bare_tables(session):
            add_people(session, workspace_id, people, now)
            add_enrolments(session, studies[0].id, people, now)
        session.execute(
            sa.update(Workspace).where(Workspace.id == workspace_id).values(next_participant_number=people + 1)
        )
        found = Population(people, workspace_id, studies[0].id, ops.id, owner.id)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
    return found


@contextmanager
def bare_tables(session: Session) -> Iterator[None]:
    """Without indexes, which are faster made afterwards, and on PostgreSQL without looking after each reference."""
    connection = session.connection()
    indexes = [index for table in TABLES for index in table.indexes]
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def rules(workspace_id: int, now: datetime) -> list[GovernanceRule]:
    """A rule of each kind that looks back."""
    given: dict[RuleKind, dict[str, Any]] = {
        RuleKind.MOST_INVITATIONS: {"period_days": 90, "most": 3},
        RuleKind.MOST_PARTICIPATIONS: {"period_days": 90, "most": 2},
        RuleKind.COOLDOWN_AFTER_INVITATION: {"period_days": 14},
        RuleKind.COOLDOWN_AFTER_TAKING_PART: {"period_days": 30},
        RuleKind.INCENTIVE_CAP: {"period_days": 365, "most": 60_000, "currency": "EUR"},
        RuleKind.SUGGEST_BLOCKLIST: {"period_days": 365, "most": 3},
    }
    return [
        GovernanceRule(workspace_id=workspace_id, kind=kind, updated_by="Bench", updated_at=now, **values)
        for kind, values in given.items()
    ]


def series(session: Session, most: int) -> sa.FromClause:
    """The numbers 1, 2, … as the column `n` of a table."""
    if session.get_bind().dialect.name == "postgresql":
        return (
            sa.func.generate_series(1, most).table_valued(sa.column("n", sa.Integer), name="numbers").render_derived()
        )
    first = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    return first.union_all(sa.select(first.c.n + 1).where(first.c.n < most))


def before(session: Session, now: datetime, seconds: sa.ColumnElement[int]) -> sa.ColumnElement[Any]:
    """The instant so many seconds ago."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.func.to_timestamp(int(now.timestamp()) - seconds)
    return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", int(now.timestamp()) - seconds, "unixepoch")


def add_people(session: Session, workspace_id: int, people: int, now: datetime) -> None:
    n = (numbers := series(session, people)).c.n

    def words(*parts: Any) -> sa.ColumnElement[str]:
        text = [sa.literal(part) if isinstance(part, str) else sa.cast(part, sa.String) for part in parts]
        return reduce(add, text)

    first, last = words("ana", n % FIRST_NAMES), words("berg", n % LAST_NAMES)
    columns: dict[str, Any] = {
        "id": n,
        "workspace_id": sa.literal(workspace_id),
        "number": n,
        "email": words("p", n, "@example.com"),
        "name": words(first, " ", last),
        "sort_name": words(first, " ", last),
        "sort_surname": words(last, " ", first),
        "properties": sa.literal({"Plan": "Pro"}, Participant.properties.type),
        "created_at": before(session, now, n % HUNDRED_DAYS),
    }
    copy(session, Participant, columns, numbers)


def add_enrolments(session: Session, first_study_id: int, people: int, now: datetime) -> None:
    """The k-th enrolment is of person k modulo `people`, in the next of their studies."""
    n = (numbers := series(session, people * STUDIES_EACH)).c.n
    person = (n - 1) % people + 1
    turn = (n - 1) // people
    kind = (n + 3 * turn) % len(STATUSES)
    status = sa.case(*((kind == index, sa.literal(each, Enrolment.status.type)) for index, each in enumerate(STATUSES)))
    at = before(session, now, n % HUNDRED_DAYS)
    has_taken_part = sa.case((kind.in_((7, 8)), at))
    columns: dict[str, Any] = {
        "id": n,
        "study_id": first_study_id + person % STUDIES_EACH + STUDIES_EACH * turn,
        "participant_id": person,
        "status": status,
        "status_changed_at": at,
        "status_changed_by": sa.literal("Bench"),
        "took_part_at": has_taken_part,
        "no_showed_at": sa.case((kind == 9, at)),
        "invited_at": sa.case((kind >= 3, at)),
        "moves": sa.literal(0),
        "version": sa.literal(1),
    }
    copy(session, Enrolment, columns, numbers)
    invited = sa.select(Enrolment.participant_id, Enrolment.id, Enrolment.invited_at).where(
        Enrolment.invited_at.is_not(None)
    )
    session.execute(sa.insert(SentInvitation).from_select(["participant_id", "enrolment_id", "at"], invited))


def copy(session: Session, into: type[Any], columns: dict[str, Any], numbers: sa.FromClause) -> None:
    """Insert a row for each of the numbers, and let ids that come later begin behind them."""
    rows = sa.select(*(column.label(name) for name, column in columns.items())).select_from(numbers)
    session.execute(sa.insert(into).from_select(list(columns), rows, include_defaults=False))
    if session.get_bind().dialect.name == "postgresql":
        table = into.__tablename__
        session.execute(sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
