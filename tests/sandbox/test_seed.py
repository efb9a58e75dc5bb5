"""What a fresh sandbox holds, whenever it is opened."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from domain.interview import InterviewStatus
from domain.roles import Actor, Role
from domain.study import StudyStatus
from domain.times import local, local_day, today
from sandbox.seed import seed
from sandbox.world import WORLD
from storage import members, schedule
from storage.engine import Database
from storage.models import Attendee, Interview, Member, OutboxRow, Participant, Study, Team, TimelineEntry
from tests.builders import rows

TEAM = "T0NORTHWND"
MOMENTS = [
    datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    datetime(2026, 3, 28, 22, 45, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 17, 0, tzinfo=UTC),
]
"""A Monday morning, the nights in which Europe's clocks change, and the end of a year."""


def fill(database: Database, now: datetime) -> Actor:
    """Seed the database. Lena, the Admin."""
    with database.unit_of_work() as session:
        members.add_workspace(session, TEAM, "Northwind Research", "U0BOT", now)
    seed(database, now, WORLD)
    with database.reading() as session:
        lena = members.find_actor(session, TEAM, "U0LENAVOGT")
    assert lena is not None
    return lena


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_there_is_something_to_see_whenever_it_is_opened(database: Database, moment: datetime) -> None:
    lena = fill(database, moment)
    day = local_day(today(moment, lena.time_zone), lena.time_zone)
    tomorrow = local_day(today(moment, lena.time_zone) + timedelta(days=1), lena.time_zone)
    with database.reading() as session:
        core = {team.id for team in members.teams_in(session, lena.workspace_id) if team.name == "Core research"}
        on_the_day = [seen.line for seen in schedule.between(session, lena, day, 50, mine=False)]
        assert len({host.name for line in on_the_day if line.team_id in core for host in line.hosts}) >= 3
        assert len(schedule.between(session, lena, tomorrow, 50, mine=False)) >= 3
    statuses = Counter(status for (status,) in rows(database, sa.select(Interview.status)))
    assert set(statuses) == set(InterviewStatus)
    open_now = sa.select(Interview.id).where(
        Interview.status == InterviewStatus.UPCOMING, Interview.starts_at <= moment
    )
    assert rows(database, open_now) == []


def test_studies_are_in_every_state_and_one_is_full(database: Database) -> None:
    fill(database, MOMENTS[0])
    found = rows(database, sa.select(Study.status, Study.seats_taken, Study.participation_limit))
    assert Counter(status for status, _, _ in found) == {
        StudyStatus.ACTIVE: 3,
        StudyStatus.DRAFT: 1,
        StudyStatus.PAUSED: 1,
        StudyStatus.CLOSED: 1,
    }
    assert any(taken == limit for _, taken, limit in found)


def test_there_are_three_teams_in_three_zones_with_people_of_every_role(database: Database) -> None:
    fill(database, MOMENTS[0])
    teams = rows(database, sa.select(Team.time_zone, Team.names_in_channel, Team.next_digest_at))
    assert len({zone for zone, _, _ in teams}) == 3
    assert sum(names for _, names, _ in teams) == 1
    assert all(due is not None and due > MOMENTS[0] for _, _, due in teams)
    assert {role for (role,) in rows(database, sa.select(Member.role))} == set(Role)
    assert len(rows(database, sa.select(Participant.id))) == 60


def test_hosts_work_in_their_own_day_and_are_in_one_place_at_a_time(database: Database) -> None:
    fill(database, MOMENTS[0])
    found = rows(
        database,
        sa.select(Attendee.member_id, Member.time_zone, Attendee.starts_at, Attendee.ends_at)
        .join(Member, Member.id == Attendee.member_id)
        .order_by(Attendee.member_id, Attendee.starts_at),
    )
    for _, zone, starts_at, ends_at in found:
        assert local(starts_at, zone).hour >= 9
        assert local(ends_at, zone).hour < 18
    for (first, _, _, ends_at), (second, _, starts_at, _) in pairwise(found):
        assert first != second or ends_at <= starts_at


def test_everything_came_through_the_importer_and_the_services(database: Database) -> None:
    fill(database, MOMENTS[0])
    assert rows(database, sa.select(Interview.id).where(Interview.import_key.is_(None))) == []
    told = {id_ for (id_,) in rows(database, sa.select(TimelineEntry.interview_id))}
    assert told == {id_ for (id_,) in rows(database, sa.select(Interview.id))}
    kinds = Counter(kind for (kind,) in rows(database, sa.select(OutboxRow.kind)))
    upcoming = rows(database, sa.select(Interview.id).where(Interview.status == InterviewStatus.UPCOMING))
    assert kinds["slack_card"] == kinds["calendar_event"] == len(upcoming)
    p17 = sa.select(Attendee.id).join(Participant, Participant.id == Attendee.participant_id)
    assert rows(database, p17.where(Participant.email == "p17@example.com")) == []
