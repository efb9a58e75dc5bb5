"""What is answered to the start-time check: by whom, once, and what a second person reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.services import alerts, cancellations, moves, outcomes
from bot.services.cancellations import Cancellation
from domain.errors import NotFound, RuleError, Stale
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Actor
from storage.models import Interview
from tests.builders import World
from tests.services.conftest import Desk

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def running(world: World) -> int:
    """A session that has begun six minutes ago."""
    id_ = world.book().id
    world.now += HOUR + 6 * MINUTE
    return id_


def late(world: World, id_: int, actor: Actor | None = None) -> Callable[[Session], Interview]:
    return lambda session: outcomes.say_late(session, actor or world.observer, id_, world.now)


def started(world: World, id_: int, actor: Actor | None = None) -> Callable[[Session], Interview]:
    return lambda session: outcomes.verify(session, actor or world.observer, id_, world.now)


def asked(desk: Desk, world: World) -> int:
    """How many questions the sweep asks now."""
    return desk.do(lambda session: alerts.ask_started(session, world.now))


def test_running_late_is_noted_and_asked_about_ten_minutes_later(desk: Desk, world: World, running: int) -> None:
    assert asked(desk, world) == 1
    desk.do(late(world, running))
    assert desk.timeline(running)[-1] == (world.observer.name, "said that it is running late")
    world.now += 10 * MINUTE - timedelta(seconds=1)
    assert asked(desk, world) == 0
    world.now += timedelta(seconds=1)
    assert (asked(desk, world), asked(desk, world)) == (1, 0)


def test_it_is_asked_about_once_more_each_time_that_it_is_said(desk: Desk, world: World, running: int) -> None:
    asked(desk, world)
    for _ in range(2):
        desk.do(late(world, running))
        world.now += 10 * MINUTE
        assert (asked(desk, world), asked(desk, world)) == (1, 0)
    assert desk.alerts(running) == ["start_check"] * 3


def test_of_two_who_say_it_at_once_one_is_told_who_did(desk: Desk, world: World, running: int) -> None:
    results = desk.race(late(world, running), late(world, running, world.researcher))
    assert sorted(type(each).__name__ for each in results) == ["Interview", "Stale"]
    (stale,) = [each for each in results if isinstance(each, Stale)]
    assert stale.message.endswith("said that it is running late. Callsheet asks again 10 minutes after that.")
    assert len(desk.timeline(running)) == 2


@pytest.mark.parametrize("settle", ["started", "no_show", "cancelled", "moved", "over"])
def test_nothing_more_is_asked_once_it_is_known(desk: Desk, world: World, running: int, settle: str) -> None:
    asked(desk, world)
    desk.do(late(world, running))
    why, actor = Cancellation(CancelReason.OTHER), world.researcher
    acts: dict[str, Callable[[Session], object]] = {
        "started": started(world, running),
        "no_show": lambda s: outcomes.mark_no_show(s, actor, running, world.now),
        "cancelled": lambda s: cancellations.cancel(s, actor, running, why, world.now),
        "moved": lambda s: moves.reschedule(s, actor, running, world.now + 5 * HOUR, None, world.now),
        "over": lambda s: None,
    }
    desk.do(acts[settle])
    world.now += HOUR if settle == "over" else 10 * MINUTE
    assert asked(desk, world) == 0


def test_what_was_said_of_the_old_time_is_not_asked_about_at_the_new_one(
    desk: Desk, world: World, running: int
) -> None:
    desk.do(late(world, running))
    start = world.now + 2 * HOUR
    desk.do(lambda s: moves.reschedule(s, world.researcher, running, start, None, world.now))
    world.now = start + 6 * MINUTE
    assert (asked(desk, world), asked(desk, world)) == (1, 0)
    desk.do(late(world, running))


def test_started_after_running_late_settles_it(desk: Desk, world: World, running: int) -> None:
    desk.do(late(world, running))
    desk.do(started(world, running, world.researcher))
    refusal = desk.refused(late(world, running), Stale)
    said = f"Monday 23 November, 18:36: {world.researcher.name} said that it started."
    assert refusal.message == f"{said} CHK-1 is not running late any more."


def test_before_its_start_a_session_is_not_late_but_moved(desk: Desk, world: World) -> None:
    id_ = world.book().id
    refusal = desk.refused(late(world, id_, world.researcher))
    assert refusal.message == "CHK-1 begins Monday 23 November, 10:30: move it if it has to begin later."


def test_before_its_start_a_session_has_not_started(desk: Desk, world: World) -> None:
    id_ = world.book().id
    refusal = desk.refused(started(world, id_))
    assert refusal.message == "CHK-1 begins Monday 23 November, 18:30: say so then."
    assert not world.get(id_).is_verified
    world.now += HOUR
    desk.do(started(world, id_))
    assert world.get(id_).is_verified


def test_after_its_end_a_session_is_not_late_any_more(desk: Desk, world: World, running: int) -> None:
    world.now += HOUR
    assert "is over" in desk.refused(late(world, running), Stale).message


def test_who_does_not_see_the_schedule_answers_nothing(
    desk: Desk, world: World, running: int, elsewhere: World
) -> None:
    for answer in (late, started):
        desk.refused(answer(world, running, elsewhere.admin), NotFound)


def test_confirming_it_afterwards_says_so_and_only_once(desk: Desk, world: World, running: int) -> None:
    world.now += HOUR
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, running), world.now))
    desk.do(started(world, running))
    assert desk.timeline(running)[-1] == (world.observer.name, "confirmed that it took place")
    assert world.get(running).status is InterviewStatus.COMPLETED
    assert "confirmed that it took place." in desk.refused(started(world, running), RuleError).message
