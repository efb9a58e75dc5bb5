"""Moving by hand: what it bypasses, what it refuses, and what the second of two who move at once reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, moves, outcomes
from bot.services.booking import Booking
from bot.services.moves import Move, Planned
from domain.errors import NotAllowed, RuleError, Stale
from domain.interview import InterviewStatus
from domain.roles import Role
from domain.study import LocationKind, StudyStatus, StudyType
from domain.times import Span
from storage import interviews as stored
from storage.models import Interview, TimelineEntry
from tests.builders import World, keep_busy, rows
from tests.services.conftest import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZOOM = "https://zoom.us/j/1"


def planning(world: World, move: Move) -> Callable[[Session], Planned]:
    return lambda session: moves.plan_by_hand(session, world.researcher, move, world.now)


def moving(world: World, move: Move, now: datetime | None = None) -> Callable[[Session], Interview]:
    def act(session: Session) -> Interview:
        at = now or world.now
        planned = moves.plan_by_hand(session, world.researcher, move, at)
        return moves.carry_out(session, world.researcher, planned, at)

    return act


def at_two(world: World) -> datetime:
    """Tuesday 14:00 in Berlin."""
    return world.now.replace(hour=13, minute=0) + DAY


def test_a_time_that_bypasses_nothing(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    interview = world.book()
    assert desk.do(planning(world, Move(interview.id, at_two(world)))).bypassed.warnings == ()
    assert world.get(interview.id).starts_at == interview.starts_at, "planning changes nothing"


def test_every_rule_that_a_move_bypasses_is_named(desk: Desk, world: World) -> None:
    tom = world.member(Role.RESEARCHER, "America/New_York", name="Tom")
    lena = world.researcher.member_id
    world.calendar(world.researcher)
    start = world.now + 3 * HOUR
    desk.do(lambda s: keep_busy(s, lena, "event", Span(start, start + HOUR)))
    world.participant("mara@example.com", do_not_contact_reason="asked us not to")
    interview = world.book(3 * DAY, email="mara@example.com", host_ids=(lena, tom.member_id))
    other = world.study("NAV", "Navigation").id
    world.book(5 * HOUR, study_id=other, email="mara@example.com", host_ids=(world.admin.member_id,))
    desk.change(desk.study(), status=StudyStatus.PAUSED, participation_limit=1)
    bypassed = desk.do(planning(world, Move(interview.id, start))).bypassed
    assert bypassed.always == (
        "CHK is paused.",
        "Tom has no connected calendar: no calendar invitation goes out.",
        "P1 is marked Do Not Contact: asked us not to.",
    ), "it keeps the seat that it has: the limit is not bypassed"
    assert bypassed.by_time == (
        "It starts in less than 4 hours.",
        f"{world.researcher.name}'s calendar is busy then.",
        "It is 06:30–07:30 for Tom (America/New York): outside working hours.",
        "P1 has NAV-1 the same day, at 14:30.",
    )


def test_its_own_day_is_not_another_session(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    interview = world.book(5 * HOUR)
    assert desk.do(planning(world, Move(interview.id, world.now + 6 * HOUR))).bypassed.warnings == ()


def test_a_start_between_two_quarters_is_refused(desk: Desk, world: World) -> None:
    interview = world.book()
    refusal = desk.refused(planning(world, Move(interview.id, at_two(world) + timedelta(minutes=5))))
    assert refusal.message == "Sessions start on a quarter of an hour. Pick 14:00 or 14:15."


def test_of_two_who_saw_the_same_time_the_second_reads_who_moved_it(desk: Desk, world: World) -> None:
    interview = world.book()
    first, second = Move(interview.id, at_two(world), seen=0), Move(interview.id, at_two(world) + DAY, seen=0)
    desk.do(moving(world, first))
    refusal = desk.refused(moving(world, second, world.now + timedelta(seconds=70)), Stale)
    assert refusal.message == (
        f"{world.researcher.name} moved it to Tuesday 24 November, 14:00 a minute ago. Look again."
    )
    assert refusal.field == "when"
    assert world.get(interview.id).starts_at == at_two(world)
    seen = desk.do(lambda s: moves.latest_move(s, interview.id))
    desk.do(moving(world, Move(interview.id, at_two(world) + DAY, seen=seen)))


def test_of_two_who_move_within_the_same_second_one_wins(desk: Desk, world: World) -> None:
    interview = world.book()
    results = desk.race(*(moving(world, Move(interview.id, at_two(world) + n * HOUR, seen=0)) for n in range(4)))
    moved = [each for each in results if isinstance(each, Interview)]
    refused = [each for each in results if isinstance(each, Stale)]
    assert (len(moved), len(refused)) == (1, 3)
    assert all("Look again." in each.message for each in refused)
    assert world.get(interview.id).starts_at == moved[0].starts_at


def test_of_two_who_book_a_held_one_again_the_second_reads_of_the_first(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now + 2 * HOUR))
    desk.do(moving(world, Move(interview.id, at_two(world), seen=0)))
    refusal = desk.refused(moving(world, Move(interview.id, at_two(world) + DAY, seen=0)), Stale)
    assert refusal.message == f"{world.researcher.name} booked CHK-2 to follow it just now. Look again."


def group(world: World, *emails: str, capacity: int = 3) -> int:
    """The study of a group session in an hour with those people in it."""
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=capacity).id
    for email in emails:
        world.book(study_id=study_id, email=email)
    return study_id


def held(desk: Desk, reference: str = "GRP-1") -> int:
    """Let the session be completed. Its id."""
    world = desk.world
    ((id_,),) = rows(world.database, sa.select(Interview.id).where(Interview.reference == reference))
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, id_, world.now + 2 * HOUR))
    return int(id_)


def test_a_held_group_is_booked_again_with_everybody_and_its_own_limit(desk: Desk, world: World) -> None:
    study_id = group(world, "a@example.com", "b@example.com", "c@example.com")
    desk.change(desk.study(study_id), capacity=2)
    old = held(desk)
    new = desk.do(moving(world, Move(old, at_two(world))))
    with world.database.reading() as session:
        line = stored.line(session, world.workspace_id, new.id)
        assert stored.details(session, world.admin, old, None, 5).rescheduled_to == "GRP-2"
        assert stored.details(session, world.admin, new.id, None, 5).rescheduled_from == "GRP-1"
    assert [seat.email for seat in line.seats] == ["a@example.com", "b@example.com", "c@example.com"]
    assert line.capacity == 3
    assert world.get(old).status is InterviewStatus.COMPLETED


def test_a_held_group_does_not_fit_into_a_session_that_is_full_and_nothing_is_done(desk: Desk, world: World) -> None:
    study_id = group(world, "a@example.com", "b@example.com", capacity=2)
    old = held(desk)
    there = Booking(study_id, "x@example.com", at_two(world))
    desk.do(lambda s: booking.book(s, world.researcher, there, world.now))
    before = rows(world.database, sa.select(sa.func.count(TimelineEntry.id)))
    refusal = desk.refused(moving(world, Move(old, at_two(world))))
    assert (refusal.message, refusal.field) == ("GRP-2 is full (2 of 2 seats). Pick another time.", "when")
    assert rows(world.database, sa.select(sa.func.count(TimelineEntry.id))) == before
    assert desk.study(study_id).seats_taken == 3


def test_a_session_that_is_joined_goes_on_following_the_one_that_it_followed(desk: Desk, world: World) -> None:
    study_id = group(world, "a@example.com", capacity=4)
    first = held(desk)
    new = desk.do(moving(world, Move(first, at_two(world))))
    other = Booking(study_id, "b@example.com", world.now + 3 * HOUR)
    desk.do(lambda s: booking.book(s, world.researcher, other, world.now))
    second = held(desk, "GRP-3")
    joined = desk.do(moving(world, Move(second, at_two(world))))
    assert (joined.id, joined.rescheduled_from_id) == (new.id, first)


def test_planning_is_for_those_who_manage_the_study(desk: Desk, world: World) -> None:
    interview = world.book()
    move = Move(interview.id, at_two(world))
    desk.refused(lambda s: moves.plan_by_hand(s, world.observer, move, world.now), NotAllowed)


def test_the_limit_is_named_where_a_seat_more_is_taken(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    interview = world.book()
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, interview.id, world.now + 2 * HOUR))
    desk.change(desk.study(), participation_limit=1)
    planned = desk.do(planning(world, Move(interview.id, at_two(world))))
    assert planned.bypassed.warnings == ("CHK is fully booked: 1 of 1 seats used.",)


def test_a_taken_time_is_refused_before_anything_is_written(desk: Desk, world: World) -> None:
    first, second = world.book(5 * HOUR), world.book(3 * DAY)
    refusal = desk.refused(moving(world, Move(second.id, first.starts_at)), RuleError)
    assert refusal.field == "when"
    assert world.get(second.id).version == second.version


def test_an_edited_place_is_that_of_the_session_that_follows(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.change(interview, location=LocationKind.ZOOM, link=ZOOM, link_is_own=True, passcode="4711")
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now + 2 * HOUR))
    new = world.get(desk.do(moving(world, Move(interview.id, at_two(world)))).id)
    assert (new.location, new.link, new.link_is_own, new.passcode) == (LocationKind.ZOOM, ZOOM, True, "4711")


def test_a_link_that_the_calendar_made_is_made_anew_for_the_session_that_follows(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.change(interview, link="https://meet.google.com/old", link_is_own=False)
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now + 2 * HOUR))
    new = world.get(desk.do(moving(world, Move(interview.id, at_two(world)))).id)
    assert (new.location, new.link, new.link_is_own) == (LocationKind.GOOGLE_MEET, None, False)


def test_booking_again_locks_the_app_homes_in_one_turn(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview = world.book()
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now + 2 * HOUR))
    opened = desk.opened_homes(world.researcher)
    turns = desk.home_turns(monkeypatch)
    desk.do(moving(world, Move(interview.id, at_two(world))))
    assert turns == [opened]
    (card,) = desk.outbox("slack_card", interview.id)
    assert card.request == 3, "booked, missed, and followed: its card is drawn each time"
