"""Many people at the same button: one wins, and the others read who did it and when."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.services import cancellations, outcomes, schedule
from bot.services.cancellations import Cancellation
from domain.errors import Stale
from domain.interview import CancelReason, InterviewAction, InterviewStatus
from domain.roles import Actor, Role
from storage.engine import Database
from storage.models import Interview
from tests.builders import World, counted_statements
from tests.services.conftest import Desk

PEOPLE = 200

WHY = Cancellation(CancelReason.OTHER)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With connections for a crowd: the others wait for one."""
    database = Database(database_url, pool_size=20)
    yield database
    database.dispose()


def completing(world: World, id_: int, actor: Actor) -> Callable[[Session], Interview]:
    return lambda session: outcomes.mark_completed(session, actor, id_, world.now)


def cancelling(world: World, id_: int, actor: Actor) -> Callable[[Session], Interview]:
    return lambda session: cancellations.cancel(session, actor, id_, WHY, world.now)


def crowd(world: World, number: int) -> list[Actor]:
    """Admins, by name only: nothing that is done needs more of them."""
    return [replace(world.admin, name=f"Person {at}") for at in range(number)]


def test_two_within_the_same_second_one_wins_and_the_other_reads_who_and_when(desk: Desk, world: World) -> None:
    id_ = world.book().id
    ana, lena = (replace(world.admin, name=name) for name in ("Ana Reyes", "Lena Vogt"))
    outcome = desk.race(completing(world, id_, ana), cancelling(world, id_, lena))
    (refusal,) = (one for one in outcome if isinstance(one, Stale))
    (won,) = (one for one in outcome if isinstance(one, Interview))
    told = {
        InterviewStatus.COMPLETED: (
            "CHK-1 was completed by Ana Reyes on Monday 23 November, 09:30: it can't be cancelled now."
        ),
        InterviewStatus.CANCELED: (
            "CHK-1 was cancelled by Lena Vogt on Monday 23 November, 09:30: it can't be marked as completed now."
        ),
    }
    assert refusal.message.startswith(told[won.status])


@pytest.mark.parametrize("act", [completing, cancelling])
def test_two_hundred_at_one_button_make_one_transition(
    desk: Desk, world: World, act: Callable[[World, int, Actor], Callable[[Session], Interview]]
) -> None:
    id_ = world.book().id
    before = len(desk.timeline(id_))
    started = time.monotonic()
    outcome = desk.race(*(act(world, id_, actor) for actor in crowd(world, PEOPLE)))
    (winner,) = (at for at, one in enumerate(outcome) if isinstance(one, Interview))
    answers = {str(one) for one in outcome if isinstance(one, Stale)}
    assert sum(isinstance(one, Stale) for one in outcome) == PEOPLE - 1
    (answer,) = answers
    assert f" by Person {winner} on Monday 23 November, 09:30: it can't be " in answer
    assert len(desk.timeline(id_)) == before + 1
    assert time.monotonic() - started < 20


def test_a_card_weeks_old_says_who_did_what_and_when_in_the_readers_zone(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(cancelling(world, id_, replace(world.researcher, name="Lena Vogt")))
    weeks_later = world.now + timedelta(days=30)
    tokyo = replace(world.people[Role.OPS_MANAGER], time_zone="Asia/Tokyo")
    told = "CHK-1 was cancelled by Lena Vogt on Monday 23 November, 17:30"
    refusal = desk.refused(lambda s: outcomes.mark_no_show(s, tokyo, id_, weeks_later), Stale)
    assert (
        refusal.message
        == f"{told}: it can't be marked as a no-show now. Possible: details, book again, compose, copy link."
    )
    opening = desk.refused(lambda s: schedule.to_manage(s, tokyo, id_, InterviewAction.CANCEL), Stale)
    assert opening.message.startswith(f"{told}: it can't be cancelled now.")


def test_what_callsheet_completed_says_so(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), interview.ends_at))
    refusal = desk.refused(cancelling(world, interview.id, world.researcher), Stale)
    assert "CHK-1 was completed by Callsheet on Monday 23 November, 11:30" in refusal.message


def test_without_a_record_of_it_the_status_is_said(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.change(interview, status=InterviewStatus.CANCELED)
    refusal = desk.refused(completing(world, interview.id, world.researcher), Stale)
    assert refusal.message.startswith("CHK-1 is cancelled: it can't be marked as completed now.")


def test_a_refusal_costs_one_statement_more_than_the_check(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(cancelling(world, id_, world.researcher))
    with counted_statements(world.database) as statements:
        desk.refused(completing(world, id_, world.researcher), Stale)
    assert sum("timeline_entries" in statement for statement in statements) == 1
    assert len(statements) <= 5
