"""Quotas: how full they are, whom they keep from booking, and who may change them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.services import booking as booking_by_hand
from bot.services import cancellations, quotas, self_booking, waiting
from bot.services.cancellations import Cancellation
from domain.booking import Booking
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import CancelReason
from domain.quota import Meter, Quota
from domain.roles import Role
from domain.slots import CantBook, Hurdle
from domain.study import StudyType
from domain.waiting import Wish
from storage import quotas as stored
from tests.builders import World
from tests.services.booking_desk import HOUR, Bookings
from tests.services.conftest import Desk

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANDROID = Quota("Device", "Android", 1)


@pytest.fixture
def bookings(desk: Desk) -> Bookings:
    return Bookings(desk)


def meters(desk: Desk) -> tuple[Meter, ...]:
    return desk.do(lambda s: quotas.of_study(s, desk.world.researcher, desk.world.study_id)[1])


def add(desk: Desk, quota: Quota) -> None:
    desk.do(lambda s: quotas.add(s, desk.world.researcher, desk.world.study_id, quota, desk.world.now))


def with_device(device: str) -> dict[str, object]:
    return {"properties": {"Device": device, "Plan": "Pro"}}


def test_a_full_quota_closes_for_those_who_match_and_for_nobody_else(bookings: Bookings, desk: Desk) -> None:
    add(desk, ANDROID)
    first = bookings.invite("a@example.com", person=with_device("Android"))
    second = bookings.invite("b@example.com", person=with_device(" ANDROID"))
    third = bookings.invite("c@example.com", person=with_device("iOS"))
    bookings.book(first, AT)
    assert [meter.text for meter in meters(desk)] == ["Device: Android 1 of 1 (full)"]
    refusal = desk.refused(lambda s: self_booking.book(s, second, AT + HOUR, {}, desk.world.now))
    assert isinstance(refusal, CantBook)
    assert refusal.hurdle is bookings.offered(second).hurdle is Hurdle.QUOTA_FULL
    assert bookings.book(third, AT + HOUR).reference == "CHK-2"
    bookings.move(first, AT + 3 * HOUR)
    assert [meter.used for meter in meters(desk)] == [1]


def test_a_seat_that_is_given_back_is_free_for_the_next(bookings: Bookings, desk: Desk) -> None:
    add(desk, ANDROID)
    first = bookings.invite("a@example.com", person=with_device("Android"))
    second = bookings.invite("b@example.com", person=with_device("Android"))
    held = bookings.book(first, AT)
    desk.do(lambda s: waiting.ask(s, second, Wish.ANY, desk.world.now))
    (waits,) = desk.do(lambda s: waiting.listing(s, desk.world.researcher, "CHK", desk.world.now)).people
    assert waits.barred == "counts against a quota that is full"
    call_off(desk, held.id)
    assert bookings.book(second, AT).reference == "CHK-2"


def call_off(desk: Desk, interview_id: int) -> None:
    reason = Cancellation(CancelReason.OTHER, "")
    desk.do(lambda s: cancellations.cancel(s, desk.world.researcher, interview_id, reason, desk.world.now))


def test_two_at_once_for_the_last_place_of_a_quota(bookings: Bookings, desk: Desk) -> None:
    add(desk, ANDROID)
    two = [bookings.invite(f"{name}@example.com", person=with_device("Android")) for name in "ab"]
    results = desk.race(
        *(
            lambda s, e=enrolment_id, at=AT + number * HOUR: self_booking.book(s, e, at, {}, desk.world.now)
            for number, enrolment_id in enumerate(two)
        )
    )
    assert sorted(isinstance(result, CantBook) for result in results) == [False, True]
    assert [meter.used for meter in meters(desk)] == [1]


def test_booking_by_hand_is_warned_and_counts(bookings: Bookings, desk: Desk) -> None:
    add(desk, ANDROID)
    bookings.book(bookings.invite("a@example.com", person=with_device("Android")), AT)
    bookings.invite("b@example.com", person=with_device("Android"))
    wanted = Booking(desk.world.study_id, "b@example.com", AT + HOUR)
    booked = desk.do(lambda s: booking_by_hand.book(s, desk.world.researcher, wanted, desk.world.now))
    assert "A quota of CHK is full: Device: Android 1 of 1 (full)." in booked.warnings
    assert [meter.used for meter in meters(desk)] == [2]


def test_who_has_taken_part_in_a_survey_counts(desk: Desk, world: World, bookings: Bookings) -> None:
    survey = world.study("SUR", "Survey", type=StudyType.SURVEY)
    desk.do(lambda s: stored.store(s, survey.id, [Quota("Plan", "Pro", 5)]))
    for name, took_part_at in (("a", world.now), ("b", None)):
        bookings.invite(f"{name}@example.com", survey.id, person=with_device("iOS"), took_part_at=took_part_at)
    assert [meter.used for meter in desk.do(lambda s: stored.meters(s, survey))] == [1]


def test_six_at_most_and_the_same_value_again_changes_its_seats(desk: Desk) -> None:
    for number in range(6):
        add(desk, Quota("Team", f"{number}", 2))
    seventh = Quota("Team", "7", 1)
    refusal = desk.refused(lambda s: quotas.add(s, desk.world.researcher, desk.world.study_id, seventh, desk.world.now))
    assert refusal.field == "property_name"
    add(desk, Quota("Team", " 3 ", 9))
    assert [meter.quota.seats for meter in meters(desk)] == [2, 2, 2, 9, 2, 2]


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.OBSERVER])
def test_who_may_not_edit_the_study_may_not_change_them(desk: Desk, role: Role) -> None:
    actor = desk.world.people[role]
    desk.refused(lambda s: quotas.add(s, actor, desk.world.study_id, ANDROID, desk.world.now), NotAllowed)


def test_a_study_of_another_workspace_is_not_there(desk: Desk, elsewhere: World) -> None:
    desk.refused(lambda s: quotas.add(s, desk.world.admin, elsewhere.study_id, ANDROID, desk.world.now), NotFound)


@pytest.mark.parametrize(
    ("quota", "field"),
    [
        (Quota(" ", "x", 1), "property_name"),
        (Quota("Device", " ", 1), "property_value"),
        (Quota("Device", "x", 0), "seats"),
    ],
)
def test_what_is_missing_is_told_at_its_field(desk: Desk, quota: Quota, field: str) -> None:
    refusal = desk.refused(
        lambda s: quotas.add(s, desk.world.researcher, desk.world.study_id, quota, desk.world.now), RuleError
    )
    assert refusal.field == field
