"""More participants than there is room for, all at once: exactly as many get in as there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.services import self_booking
from bot.services.self_booking import Booked, CantBook, SlotTaken
from domain.scheduling import Assignment
from domain.slots import Hurdle
from domain.study import StudyType
from storage.engine import Database
from tests.builders import World
from tests.services.booking_desk import HOUR, Bookings
from tests.services.conftest import Desk

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
PEOPLE, SEATS = 60, 10


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With connections for a crowd: the others wait for one."""
    database = Database(database_url, pool_size=20)
    yield database
    database.dispose()


@pytest.fixture
def bookings(desk: Desk) -> Bookings:
    return Bookings(desk)


def booking(world: World, enrolment_id: int, at: datetime) -> Callable[[Session], Booked]:
    return lambda session: self_booking.book(session, enrolment_id, at, {}, world.now)


def crowd(bookings: Bookings, study_id: int, number: int = PEOPLE) -> list[int]:
    return [bookings.invite(f"p{each}@example.com", study_id) for each in range(number)]


def test_sixty_for_ten_seats_of_a_study(bookings: Bookings, desk: Desk, world: World) -> None:
    study = world.study("RSH", "Rush", participation_limit=SEATS)
    starts = [AT + day * timedelta(days=1) + hour * HOUR for day in range(3) for hour in range(7)]
    people = crowd(bookings, study.id)
    acts = [booking(world, one, starts[number % len(starts)]) for number, one in enumerate(people)]
    outcome = desk.race(*acts)
    assert sum(isinstance(one, Booked) for one in outcome) == SEATS
    lost = [one for one in outcome if not isinstance(one, Booked)]
    assert all(isinstance(one, SlotTaken) or is_full(one) for one in lost)
    assert desk.study(study.id).seats_taken == SEATS
    assert len(desk.outbox("slack_notice")) == 1, "the channel hears of it once"


def is_full(refusal: object) -> bool:
    return isinstance(refusal, CantBook) and refusal.hurdle is Hurdle.FULL


def test_sixty_for_ten_seats_of_two_group_sessions(bookings: Bookings, desk: Desk, world: World) -> None:
    study = world.study("RSH", "Rush", type=StudyType.GROUP_INTERVIEW, capacity=SEATS // 2)
    people = crowd(bookings, study.id)
    outcome = desk.race(*(booking(world, one, AT + number % 2 * HOUR) for number, one in enumerate(people)))
    booked = [one for one in outcome if isinstance(one, Booked)]
    assert len(booked) == SEATS
    assert {one.reference for one in booked} == {"RSH-1", "RSH-2"}
    assert sum(isinstance(one, SlotTaken) for one in outcome) == PEOPLE - SEATS
    assert desk.study(study.id).seats_taken == SEATS


def test_two_people_on_the_last_slot(bookings: Bookings, desk: Desk, world: World) -> None:
    bookings.arrange(last_day=AT.date(), notice=timedelta(hours=31, minutes=30))
    people = crowd(bookings, world.study_id, 2)
    (last,) = bookings.starts(people[0])
    outcome = desk.race(*(booking(world, one, last) for one in people))
    assert sorted(type(one).__name__ for one in outcome) == ["Booked", "SlotTaken"]


def test_two_studies_that_share_a_host_do_not_book_them_twice(bookings: Bookings, desk: Desk, world: World) -> None:
    other = world.study("NAV", "Navigation")
    for study_id in (world.study_id, other.id):
        bookings.arrange(study_id, assignment=Assignment.ROUND_ROBIN)
    person = world.participant("mara@example.com")
    both = [bookings.enrol(person.id), bookings.invite("ben@example.com", other.id)]
    outcome = desk.race(*(booking(world, one, AT) for one in both))
    assert sorted(type(one).__name__ for one in outcome) == ["Booked", "SlotTaken"]


def test_one_person_who_taps_twice_is_booked_once(bookings: Bookings, desk: Desk, world: World) -> None:
    mara = bookings.invite()
    outcome = desk.race(*[booking(world, mara, AT)] * 4)
    assert {one.reference for one in outcome if isinstance(one, Booked)} == {"CHK-1"}
    assert sum(isinstance(one, Booked) for one in outcome) == 4
    assert desk.study().seats_taken == 1
