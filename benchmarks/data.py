"""Databases of a known size, filled in bulk: a workspace that looks the same today, whatever lies behind it.

They are left without statistics for the planner, as SQLite leaves them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.attendance import Rsvp
from domain.interview import AttendeeKind, Door, InterviewStatus, TimelineKind
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import LocationKind, StudyStatus, StudyType
from storage import members, migrate
from storage.engine import Database
from storage.models import Attendee, Enrolment, Interview, Member, Participant, Study, Team, TeamMember, TimelineEntry

SLACK_TEAM = "T0BENCHES0"
CHANNEL = "C0BENCHES0"
ASKER = "U0BENCH000"
"""The researcher who asks: owner of every study, and host like the others."""
OLD = "S1-7"
"""A session that every database has, long past."""
STUDIES = 6
HOSTS = 12
PEOPLE = 1_000
TODAY = 12
"""Sessions today, in a small database as in a large one."""
CHUNK = 5_000
DAWN = 7


def zone_at_dawn(now: datetime) -> str:
    """A zone where it is between seven and eight in the morning: what is today lies ahead, whenever this runs."""
    east = (DAWN - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}"


def world(time_zone: str) -> dict[str, Any]:
    """The sandbox's workspace (see `sandbox.world`), with the same people as the databases."""
    users = [
        {
            "id": slack_user_id(number),
            "name": f"host{number}",
            "real_name": f"Host {number}",
            "display_name": f"Host {number}",
            "email": address(number),
            "tz": time_zone,
        }
        for number in range(HOSTS)
    ]
    channel = {"id": CHANNEL, "name": "research", "members": [user["id"] for user in users], "app": True}
    bench = {"id": SLACK_TEAM, "name": "Bench", "domain": "bench", "users": users, "channels": [channel]}
    return {"workspaces": [bench], "calendars": []}


def fill(database: Database, now: datetime, interviews: int) -> None:
    """One team with `interviews` sessions, `TODAY` of them today and ahead, the others before: a hundred a day."""
    time_zone = zone_at_dawn(now)
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace_id = workspace(session, now)
        hosts = [member(workspace_id, number, time_zone, now) for number in range(HOSTS)]
        team = Team(workspace_id=workspace_id, name="Core", channel_id=CHANNEL, time_zone=time_zone)
        session.add_all([*hosts, team])
        session.flush()
        session.add_all(TeamMember(team_id=team.id, member_id=host.id) for host in hosts)
        studies = [study(team, hosts[0], f"S{number}", interviews, now) for number in range(STUDIES)]
        session.add_all(studies)
        session.flush()
        session.execute(sa.insert(Participant), [participant(workspace_id, number, now) for number in range(PEOPLE)])
        session.execute(sa.insert(Enrolment), [enrolment(s.id, n, now) for s in studies for n in range(PEOPLE)])
        host_ids = [host.id for host in hosts]
        for start in range(1, interviews + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, interviews + 1))
            rows = [
                interview(number, studies[number % STUDIES], begins(number, interviews, now), now) for number in numbers
            ]
            session.execute(sa.insert(Interview), rows)
            session.execute(sa.insert(Attendee), [a for row in rows for a in attendees(row, host_ids, enrolled=True)])
            session.execute(sa.insert(TimelineEntry), [booked(row) for row in rows])


def fill_teams(database: Database, now: datetime, teams: int, sessions: int) -> None:
    """So many team channels whose digest is due now, each with so many sessions today."""
    time_zone = zone_at_dawn(now)
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace_id = workspace(session, now)
        host = member(workspace_id, 0, time_zone, now)
        due = [due_team(workspace_id, number, time_zone, now) for number in range(teams)]
        session.add_all([host, *due])
        session.flush()
        session.execute(sa.insert(Participant), [participant(workspace_id, number, now) for number in range(PEOPLE)])
        studies = [study(team, host, f"T{number}", sessions, now) for number, team in enumerate(due)]
        session.add_all(studies)
        session.flush()
        rows = [
            interview(at * sessions + n + 1, studies[at], now + timedelta(minutes=30 + 5 * n), now)
            for at in range(teams)
            for n in range(sessions)
        ]
        session.execute(sa.insert(Interview), rows)
        session.execute(sa.insert(Attendee), [a for row in rows for a in attendees(row, [host.id], enrolled=False)])


def workspace(session: Session, now: datetime) -> int:
    """The id of the workspace. Its first `PEOPLE` participants' numbers are given out."""
    added = members.add_workspace(session, SLACK_TEAM, "Bench", "U0BENCHBOT", now)
    added.next_participant_number = PEOPLE + 1
    return added.id


def slack_user_id(number: int) -> str:
    return f"U0BENCH{number:03}"


def address(number: int) -> str:
    return f"host{number}@bench.example"


def member(workspace_id: int, number: int, time_zone: str, now: datetime) -> Member:
    return Member(
        workspace_id=workspace_id,
        slack_user_id=slack_user_id(number),
        name=f"Host {number}",
        email=address(number),
        time_zone=time_zone,
        role=Role.RESEARCHER,
        synced_at=now,
    )


def due_team(workspace_id: int, number: int, time_zone: str, now: datetime) -> Team:
    return Team(
        workspace_id=workspace_id,
        name=f"Team {number}",
        channel_id=f"C0BENCH{number:03}",
        time_zone=time_zone,
        digest_hour=DAWN,
        working_days=0b1111111,
        next_digest_at=now,
    )


def study(team: Team, owner: Member, key: str, interviews: int, now: datetime) -> Study:
    """A study whose sessions are numbered on from `interviews`."""
    return Study(
        workspace_id=team.workspace_id,
        team_id=team.id,
        owner_id=owner.id,
        key=key,
        name=f"Study {key}",
        external_name=f"Study {key}",
        type=StudyType.INTERVIEW,
        status=StudyStatus.ACTIVE,
        location=LocationKind.GOOGLE_MEET,
        seats_taken=interviews,
        next_interview_number=interviews + 1,
        created_at=now,
    )


def participant(workspace_id: int, number: int, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "number": number + 1,
        "email": f"p{number}@example.com",
        "name": f"Person {number}",
        "sort_name": f"person {number}",
        "sort_surname": f"{number} person",
        "properties": {},
        "created_at": now,
    }


def enrolment_id(study_id: int, number: int) -> int:
    """In a database of `fill`, where everybody is in every study."""
    return (study_id - 1) * PEOPLE + number + 1


def enrolment(study_id: int, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": enrolment_id(study_id, number),
        "study_id": study_id,
        "participant_id": number + 1,
        "status": ParticipantStatus.INTERVIEW_COMPLETED,
        "status_changed_at": now,
        "status_changed_by": "Bench",
        "version": 1,
    }


def begins(number: int, interviews: int, now: datetime) -> datetime:
    """When a session of `fill` begins: the newest are today's."""
    back = interviews - number
    if back < TODAY:
        return now + timedelta(minutes=30 + 5 * back)
    return now - timedelta(days=2 + back // 100, minutes=back % 100 * 5)


def interview(number: int, of: Study, starts_at: datetime, now: datetime) -> dict[str, Any]:
    """Called by its study's key and its number among all; one that is past was completed, and somebody said so."""
    return {
        "id": number,
        "workspace_id": of.workspace_id,
        "team_id": of.team_id,
        "study_id": of.id,
        "reference": f"{of.key}-{number}",
        "status": InterviewStatus.UPCOMING if starts_at > now else InterviewStatus.COMPLETED,
        "is_verified": True,
        "title": of.external_name,
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


def attendees(row: dict[str, Any], host_ids: list[int], *, enrolled: bool) -> Iterator[dict[str, Any]]:
    """A host and a participant."""
    number = row["id"]
    person = number % PEOPLE
    common = {
        "interview_id": number,
        "starts_at": row["starts_at"],
        "ends_at": row["ends_at"],
        "rsvp": Rsvp.ACCEPTED,
        "outcome": row["status"],
        "has_conflict": False,
    }
    host_id = host_ids[number % len(host_ids)]
    yield {
        **common,
        "kind": AttendeeKind.HOST,
        "member_id": host_id,
        "participant_id": None,
        "enrolment_id": None,
    }
    yield {
        **common,
        "kind": AttendeeKind.PARTICIPANT,
        "member_id": None,
        "participant_id": person + 1,
        "enrolment_id": enrolment_id(row["study_id"], person) if enrolled else None,
    }


def booked(row: dict[str, Any]) -> dict[str, Any]:
    """The first entry of a session's timeline."""
    return {
        "interview_id": row["id"],
        "at": row["created_at"],
        "kind": TimelineKind.BOOKED,
        "door": Door.IMPORT,
        "actor": "Bench",
        "text": "booked it",
    }
