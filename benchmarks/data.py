"""Databases of a known size, filled in bulk: a workspace that looks the same today, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.attendance import Rsvp
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import LocationKind, StudyStatus, StudyType
from storage import members, migrate
from storage.engine import Database
from storage.models import (
    Attendee,
    Base,
    Enrolment,
    Interview,
    Member,
    Participant,
    Study,
    Team,
    TeamMember,
    TimelineEntry,
)

STUDIES = 6
HOSTS = 12
TODAY = 12
"""Sessions today, in a small database as in a large one."""
CHUNK = 5_000


def fill(database: Database, slack_team_id: str, bot_user_id: str, now: datetime, interviews: int) -> str:
    """A team with `interviews` sessions, `TODAY` of them today. The Slack id of the researcher who asks."""
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace = members.add_workspace(session, slack_team_id, "Bench", bot_user_id, now)
        hosts = [new_member(workspace.id, number, now) for number in range(HOSTS)]
        session.add_all(hosts)
        team = Team(workspace_id=workspace.id, name="Core", channel_id="C0CORETEAM", time_zone="UTC")
        session.add(team)
        session.flush()
        session.add_all(TeamMember(team_id=team.id, member_id=host.id) for host in hosts)
        studies = [new_study(team, hosts[0], number, interviews, now) for number in range(STUDIES)]
        session.add_all(studies)
        session.flush()
        people = [participant(workspace.id, number, now) for number in range(1, 1001)]
        session.execute(sa.insert(Participant), people)
        enrolments = [enrolment(study.id, number, now) for study in studies for number in range(1, 1001)]
        session.execute(sa.insert(Enrolment), enrolments)
        keys = [(study.id, study.key) for study in studies]
        host_ids = [host.id for host in hosts]
        for chunk in chunks(interviews):
            rows = [interview(number, interviews, team, keys, now) for number in chunk]
            session.execute(sa.insert(Interview), rows)
            session.execute(sa.insert(Attendee), [a for row in rows for a in attendees(row, host_ids)])
            session.execute(sa.insert(TimelineEntry), [e for row in rows for e in timeline(row)])
        asker = hosts[0].slack_user_id
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    return asker


def chunks(count: int) -> Iterator[range]:
    return (range(start, min(start + CHUNK, count + 1)) for start in range(1, count + 1, CHUNK))


def new_member(workspace_id: int, number: int, now: datetime) -> Member:
    return Member(
        workspace_id=workspace_id,
        slack_user_id="U0LENAVOGT" if number == 0 else f"U0BENCH{number:03}",
        name=f"Host {number}",
        email=f"host{number}@bench.example",
        time_zone="UTC",
        role=Role.RESEARCHER,
        synced_at=now,
    )


def new_study(team: Team, owner: Member, number: int, interviews: int, now: datetime) -> Study:
    return Study(
        workspace_id=team.workspace_id,
        team_id=team.id,
        owner_id=owner.id,
        key=f"S{number}",
        name=f"Study {number}",
        external_name=f"Study {number}",
        type=StudyType.INTERVIEW,
        status=StudyStatus.ACTIVE,
        location=LocationKind.GOOGLE_MEET,
        seats_taken=interviews // STUDIES,
        next_interview_number=interviews,
        created_at=now,
    )


def participant(workspace_id: int, number: int, now: datetime) -> dict[str, Any]:
    email = f"p{number}@example.com"
    return {
        "workspace_id": workspace_id,
        "number": number,
        "email": email,
        "name": f"Person {number}",
        "sort_name": f"person {number}",
        "properties": {},
        "created_at": now,
    }


def enrolment(study_id: int, participant_id: int, now: datetime) -> dict[str, Any]:
    return {
        "study_id": study_id,
        "participant_id": participant_id,
        "status": ParticipantStatus.INTERVIEW_COMPLETED,
        "status_changed_at": now,
        "status_changed_by": "Bench",
        "version": 1,
    }


def interview(number: int, count: int, team: Team, studies: list[tuple[int, str]], now: datetime) -> dict[str, Any]:
    """The newest `TODAY` are today, two hours ahead and on; the others lie before, a hundred a day."""
    study_id, key = studies[number % STUDIES]
    is_today = number > count - TODAY
    if is_today:
        starts_at = now + timedelta(minutes=30 + 5 * (count - number))
    else:
        starts_at = now - timedelta(days=2 + (count - number) // 100, minutes=(number % 100) * 5)
    return {
        "id": number,
        "workspace_id": team.workspace_id,
        "team_id": team.id,
        "study_id": study_id,
        "reference": f"{key}-{number}",
        "status": InterviewStatus.UPCOMING if is_today else InterviewStatus.COMPLETED,
        "is_verified": True,
        "title": f"Study {key}",
        "description": "",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "location": LocationKind.GOOGLE_MEET,
        "link": "https://meet.example.com/abc",
        "capacity": 1,
        "sequence": 0,
        "calendar_failed": False,
        "created_at": now,
        "version": 1,
    }


def attendees(row: dict[str, Any], host_ids: list[int]) -> Iterator[dict[str, Any]]:
    number = row["id"]
    participant_id = number % 1000 + 1
    common = {
        "interview_id": number,
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "rsvp": Rsvp.ACCEPTED,
        "outcome": row["status"],
        "has_conflict": False,
    }
    host = {"kind": AttendeeKind.HOST, "member_id": host_ids[number % HOSTS], "participant_id": None}
    person = {"kind": AttendeeKind.PARTICIPANT, "member_id": None, "participant_id": participant_id}
    study_index = row["study_id"] - 1
    yield {**common, **host, "enrolment_id": None}
    yield {**common, **person, "enrolment_id": study_index * 1000 + participant_id}


def timeline(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "interview_id": row["id"],
        "at": row["created_at"],
        "kind": TimelineKind.BOOKED,
        "door": Door.IMPORT,
        "actor": "Bench",
        "text": "booked it",
    }


def row_count(database: Database, table: type[Base]) -> int:
    """How many rows a table has."""
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
