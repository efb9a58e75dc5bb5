"""What is done to a session costs as many statements however many have a seat in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import attendance, undo
from bot.services.attendance import Came
from domain.interview import InterviewStatus
from domain.roles import Actor
from domain.study import StudyType
from tests.builders import World, counted_statements
from tests.services.conftest import Desk
from tests.services.test_interviews import Act, Acting, cancelling, completing, moving, no_showing, seats

HOUR = timedelta(hours=1)


def noting(world: World, id_: int, actor: Actor) -> Act:
    """Every second participant came, and the others did not; the next time it is the other way round."""
    held, interview = seats(world, id_), world.get(id_)
    first_came = held[0].outcome is not InterviewStatus.COMPLETED
    came = {seat.id: (n % 2 == 0) is first_came for n, seat in enumerate(held)}
    said = Came(came, True, interview.settled_at)
    return lambda session: attendance.note(session, actor, id_, said, interview.ends_at)


def undoing(world: World, id_: int, actor: Actor) -> Act:
    return lambda session: undo.undo(session, actor, id_, world.now)


@pytest.mark.parametrize(
    "acts",
    [[completing, no_showing], [noting, noting], [moving], [cancelling, undoing]],
    ids=["outcome", "attendance", "move", "undo"],
)
def test_an_action_takes_as_many_statements_for_four_as_for_thirty(
    desk: Desk, world: World, acts: list[Acting]
) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=40).id

    def cost(people: int) -> list[int]:
        first, *_ = [world.book(study_id=study_id) for _ in range(people)]
        found = []
        for act in acts:
            done = act(world, first.id, world.researcher)
            with counted_statements(world.database) as statements:
                desk.do(done)
            found.append(len(statements))
        return found

    before = cost(4)
    world.now += 5 * HOUR
    assert cost(30) == before
