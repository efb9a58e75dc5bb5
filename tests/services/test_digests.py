"""Which digests are due, and what they hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs import digests as job
from bot.services import booking, digests, history
from domain.errors import NotFound
from domain.interview import InterviewStatus
from domain.roles import Role
from storage.engine import Database
from storage.models import Interview, OutboxRow, Team
from tests.builders import World, counted_statements, rows


def due_at(world: World, at: datetime | None, **values: Any) -> None:
    """Set when the team's digest is due."""
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Team).where(Team.id == world.team_id).values(next_digest_at=at, **values))


def digest_rows(database: Database) -> list[Any]:
    return rows(
        database,
        sa.select(OutboxRow.dedupe_key, OutboxRow.payload, OutboxRow.lane)
        .where(OutboxRow.kind == "slack_digest")
        .order_by(OutboxRow.id),
    )


def next_digest_of(world: World) -> datetime | None:
    return rows(world.database, sa.select(Team.next_digest_at).where(Team.id == world.team_id))[0][0]


def test_due_digest_goes_out_once_and_the_next_is_noted(world: World, now: datetime) -> None:
    world.book()
    due_at(world, now - timedelta(minutes=30))

    assert job.sweep(world.database, now) == 1
    assert job.sweep(world.database, now) == 0
    (row,) = digest_rows(world.database)
    assert row.dedupe_key == f"{world.workspace_id}:digest:{world.team_id}:2026-11-23:1"
    assert row.lane == "slack:C0CORE"
    assert next_digest_of(world) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_nothing_to_say_posts_nothing(world: World, now: datetime) -> None:
    due_at(world, now)

    assert job.sweep(world.database, now) == 0
    assert digest_rows(world.database) == []
    assert next_digest_of(world) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_digest_missed_in_the_morning_comes_later_that_day(world: World, now: datetime) -> None:
    world.book(timedelta(hours=10))
    due_at(world, now - timedelta(minutes=30))

    assert job.sweep(world.database, now + timedelta(hours=9)) == 1


def test_digest_missed_for_days_is_never_yesterdays(world: World, now: datetime) -> None:
    world.book()
    due_at(world, now - timedelta(minutes=30))
    early_next_day = datetime(2026, 11, 24, 5, tzinfo=UTC)

    assert job.sweep(world.database, early_next_day) == 0
    assert next_digest_of(world) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_after_days_of_downtime_todays_digest_is_posted(world: World, now: datetime) -> None:
    world.book(timedelta(days=2))
    due_at(world, now - timedelta(minutes=30))

    assert job.sweep(world.database, now + timedelta(days=2)) == 1
    assert digest_rows(world.database)[0].dedupe_key == f"{world.workspace_id}:digest:{world.team_id}:2026-11-25:1"


def test_weekend_has_no_digest(world: World, now: datetime) -> None:
    saturday = datetime(2026, 11, 28, 10, tzinfo=UTC)
    world.book(saturday + timedelta(hours=2) - now)
    due_at(world, now)

    assert job.sweep(world.database, saturday) == 0
    assert next_digest_of(world) == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_monday_asks_for_outcomes_since_friday(world: World, now: datetime) -> None:
    with world.database.unit_of_work() as session:
        booked = history.log_past(
            session,
            world.researcher,
            booking.Booking(world.study_id, "late@example.com", now - timedelta(days=3)),
            InterviewStatus.COMPLETED,
            now,
        )
        session.get_one(Interview, booked.interview_id).is_verified = False
    due_at(world, now)

    assert job.sweep(world.database, now) == 1
    assert digest_rows(world.database)[0].payload["entries"] == [["unverified", booked.interview_id]]


def test_session_that_ended_while_nothing_ran_is_asked_for_before_it_is_completed(world: World, now: datetime) -> None:
    booked = world.book(timedelta(hours=2))
    later = now + timedelta(days=1)
    due_at(world, later)

    assert job.sweep(world.database, later) == 1
    assert digest_rows(world.database)[0].payload["entries"] == [["unverified", booked.id]]


def test_what_a_missed_digest_would_have_asked_for_is_asked_for_in_the_next(world: World, now: datetime) -> None:
    booked = world.book(timedelta(hours=2))
    due_at(world, now)
    assert job.sweep(world.database, now) == 1
    after_a_missed_day = now + timedelta(days=2)

    assert job.sweep(world.database, after_a_missed_day) == 1
    assert digest_rows(world.database)[-1].payload["entries"] == [["unverified", booked.id]]


def test_tomorrow_is_shown_from_the_hour_set(world: World, now: datetime) -> None:
    tomorrow = world.book(timedelta(days=1))
    due_at(world, now, tomorrow_from_hour=10)
    assert job.sweep(world.database, now) == 0

    due_at(world, now, tomorrow_from_hour=9)
    assert job.sweep(world.database, now) == 1
    assert digest_rows(world.database)[0].payload["entries"] == [["tomorrow", tomorrow.id]]


def test_cancelled_sessions_are_left_out(world: World, now: datetime) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        session.get_one(Interview, interview.id).status = InterviewStatus.CANCELED
    due_at(world, now)

    assert job.sweep(world.database, now) == 0


def test_sixty_sessions_are_split_and_none_is_dropped(world: World, now: datetime) -> None:
    ids = {world.book(timedelta(minutes=30 + 10 * n), length=timedelta(minutes=10)).id for n in range(60)}
    due_at(world, now)

    assert job.sweep(world.database, now) == 5
    payloads = [row.payload for row in digest_rows(world.database)]
    assert {id_ for payload in payloads for _, id_ in payload["entries"]} == ids
    assert [(payload["part"], payload["of"]) for payload in payloads] == [(n, 5) for n in range(1, 6)]


def test_two_teams_in_one_channel_both_get_theirs(world: World, now: datetime) -> None:
    world.book()
    other = world.team("Growth", "C0CORE", next_digest_at=now)
    study = world.study("GRO", "Growth study", team_id=other.id)
    world.book(timedelta(hours=3), study_id=study.id)
    due_at(world, now)

    assert job.sweep(world.database, now) == 2


def test_statements_grow_neither_with_teams_nor_with_sessions(world: World, now: datetime) -> None:
    def counted(teams: int, sessions: int) -> int:
        for _ in range(teams):
            number = next(world.numbers)
            team = world.team(f"Team {number}", f"C{number}", next_digest_at=now)
            study = world.study(f"T{number}", "A study", team_id=team.id)
            for n in range(sessions):
                world.book(
                    timedelta(minutes=30 + 10 * n),
                    length=timedelta(minutes=10),
                    study_id=study.id,
                    host_ids=(world.member(Role.RESEARCHER).member_id,),
                )
        with counted_statements(world.database) as statements:
            assert job.sweep(world.database, now) == teams
        return len(statements)

    assert counted(1, 1) == counted(4, 3) <= 6


def test_two_sweeps_at_once_post_each_digest_once(world: World, now: datetime) -> None:
    from concurrent.futures import ThreadPoolExecutor

    world.book()
    due_at(world, now)
    with ThreadPoolExecutor(4) as pool:
        posted = list(pool.map(lambda _: job.sweep(world.database, now), range(4)))

    assert sum(posted) == 1
    assert len(digest_rows(world.database)) == 1


def test_digest_on_demand_is_single_within_a_minute(world: World, now: datetime) -> None:
    world.book()
    for moment in (now, now + timedelta(seconds=20), now + timedelta(minutes=2)):
        with world.database.unit_of_work() as session:
            assert digests.post_now(session, world.researcher, world.team_id, moment) == 1

    assert len(digest_rows(world.database)) == 2


def test_digest_on_demand_of_an_unseen_team_is_refused(world: World, now: datetime) -> None:
    other = world.team("Growth", "C0GROWTH")
    with world.database.unit_of_work() as session, pytest.raises(NotFound):
        digests.post_now(session, world.researcher, other.id, now)
    with world.database.unit_of_work() as session:
        assert digests.post_now(session, world.admin, other.id, now) == 0


@pytest.mark.parametrize(
    ("zone", "day", "due"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)),
    ],
)
def test_digest_in_a_changing_hour_comes_once(world: World, zone: str, day: datetime, due: datetime) -> None:
    """02:00 does not exist on the one day and comes twice on the other."""
    from domain.digest import DigestPlan, is_due

    plan = DigestPlan(2, frozenset(range(7)), zone)
    assert not is_due(plan, due - timedelta(minutes=1))
    assert is_due(plan, due)
