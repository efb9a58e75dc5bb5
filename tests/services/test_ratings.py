"""Rating a session that took place, and what comes next for its incentive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from bot.services import outcomes, ratings, schedule
from bot.services.ratings import Settled
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.interview import Rating
from domain.roles import Actor, Role
from storage.models import Interview
from tests.builders import World
from tests.services.conftest import Desk


@pytest.fixture
def held(desk: Desk, world: World) -> int:
    """A session that somebody said took place."""
    id_ = world.book().id
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, id_, world.now))
    return id_


def rating(
    world: World, id_: int, score: int, note: str = "", actor: Actor | None = None
) -> Callable[[Session], Settled]:
    return lambda session: ratings.rate(session, actor or world.researcher, id_, score, note, world.now)


def shown(desk: Desk, world: World, id_: int) -> tuple[Rating, ...]:
    return desk.do(lambda s: schedule.details(s, world.researcher, id_)).ratings


def told(desk: Desk, id_: int) -> list[str]:
    return [text for _, text in desk.timeline(id_)[2:]]


def test_each_member_has_one_rating_which_the_next_one_replaces(desk: Desk, world: World, held: int) -> None:
    desk.do(rating(world, held, 2, "Too short"))
    desk.do(rating(world, held, 5, actor=world.admin))
    desk.do(rating(world, held, 4, "Clear"))
    assert set(shown(desk, world, held)) == {
        Rating(world.researcher.name, 4, "Clear"),
        Rating(world.admin.name, 5, ""),
    }
    assert told(desk, held) == ["rated it 2 of 5", "rated it 5 of 5", "changed their rating"]


def test_the_note_is_told_nowhere_but_in_the_details(desk: Desk, world: World, held: int) -> None:
    before = len(desk.outbox("slack_thread"))
    desk.do(rating(world, held, 4, "Mara was tired"))
    desk.do(rating(world, held, 4, "Mara was ill"))
    assert told(desk, held) == ["rated it 4 of 5", "changed the note on their rating"]
    assert "Mara" not in str([(row.subject, row.payload) for row in desk.outbox("slack_thread")])
    assert len(desk.outbox("slack_thread")) <= before + 1


def test_the_same_rating_again_is_no_news(desk: Desk, world: World, held: int) -> None:
    desk.do(rating(world, held, 4))
    desk.do(rating(world, held, 4))
    assert told(desk, held) == ["rated it 4 of 5"]


def test_two_submissions_at_once_are_one_rating(desk: Desk, world: World, held: int) -> None:
    results = desk.race(rating(world, held, 4), rating(world, held, 5))
    assert [type(each) for each in results] == [Settled, Settled]
    assert len(shown(desk, world, held)) == 1


@pytest.mark.parametrize(("score", "note", "field"), [(0, "", "score"), (6, "", "score"), (3, "x" * 1001, "note")])
def test_what_can_not_be_a_rating_is_refused(
    desk: Desk, world: World, held: int, score: int, note: str, field: str
) -> None:
    assert desk.refused(rating(world, held, score, note)).field == field


def test_only_a_completed_session_is_rated(desk: Desk, world: World) -> None:
    id_ = world.book().id
    refusal = desk.refused(rating(world, id_, 4), Stale)
    assert refusal.message.startswith("CHK-1 is still ahead: it can't be rated now.")


def test_who_does_not_manage_it_does_not_rate_it(desk: Desk, world: World, held: int, elsewhere: World) -> None:
    desk.refused(rating(world, held, 4, actor=world.observer), NotAllowed)
    desk.refused(rating(world, held, 4, actor=elsewhere.people[Role.ADMIN]), NotFound)
    assert shown(desk, world, held) == ()


def test_what_the_participants_are_promised_comes_with_it(desk: Desk, world: World) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=2550, incentive_currency="EUR").id
    interview = world.book(study_id=study_id)
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), interview.ends_at))
    settled = desk.do(rating(world, interview.id, 4))
    assert (settled.incentive, settled.line.is_verified) == ("25.50 EUR", False)
    desk.do(lambda s: outcomes.verify(s, world.observer, interview.id, interview.ends_at))
    settled = desk.do(rating(world, interview.id, 5))
    assert [seat.is_owed for seat in settled.line.seats] == [True]


def test_a_refused_rating_leaves_nothing(desk: Desk, world: World, held: int) -> None:
    with pytest.raises(RuleError):
        desk.do(rating(world, held, 9))
    assert told(desk, held) == []
