"""The times that a study's participants are offered, as they and the study's team see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.services import slots, weeks
from domain.errors import NotFound
from domain.roles import Role
from domain.scheduling import Assignment, Conflicts, Rule, Slot
from domain.slots import Hurdle
from domain.study import StudyStatus, StudyType
from storage import scheduling
from storage.models import Member, Study
from tests.builders import World
from tests.services.booking_desk import HOUR, Bookings
from tests.services.conftest import Desk

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Tomorrow at ten in Berlin."""


@pytest.fixture
def bookings(desk: Desk) -> Bookings:
    return Bookings(desk)


def test_without_a_setup_the_owner_is_offered_in_office_hours(bookings: Bookings, world: World) -> None:
    found = bookings.offered(bookings.invite())
    assert (found.hurdle, found.present, found.time_zone, found.length) == (None, None, "Europe/Berlin", HOUR)
    starts = [slot.starts_at for slot in found.slots]
    assert starts[0] == datetime(2026, 11, 23, 12, 30, tzinfo=UTC), "four hours from now"
    assert starts[-1] == datetime(2026, 12, 7, 16, tzinfo=UTC), "two weeks from now, until six"
    assert {slot.host_ids for slot in found.slots} == {(world.researcher.member_id,)}


def test_what_takes_a_hosts_time_is_not_offered(bookings: Bookings, world: World) -> None:
    host, mara = world.researcher, bookings.invite()
    bookings.connect(host)
    bookings.keep(host, AT)
    bookings.keep(host, AT + 3 * HOUR, is_busy=False, event_id="focus")
    world.book(timedelta(days=2))
    starts = bookings.starts(mara)
    assert AT not in starts
    assert AT + HOUR in starts
    assert AT + 3 * HOUR in starts
    assert world.now + timedelta(days=2) not in starts
    bookings.arrange(conflicts=Conflicts.STRICT)
    assert AT + 3 * HOUR not in bookings.starts(mara)
    bookings.arrange(conflicts=Conflicts.OFF, buffer_before=HOUR)
    assert AT in bookings.starts(mara)


def test_a_range_that_is_over_offers_nothing(bookings: Bookings) -> None:
    bookings.arrange(rolling_days=None, last_day=date(2026, 11, 20))
    found = bookings.offered(bookings.invite())
    assert (found.hurdle, found.slots) == (Hurdle.NO_TIMES, ())
    assert found.why == "There are no free times at the moment."


def test_a_preview_is_of_the_setup_that_is_not_stored_yet(bookings: Bookings, world: World, desk: Desk) -> None:
    def preview(session: Session) -> list[datetime]:
        study = session.get_one(Study, world.study_id)
        setup = replace(scheduling.setup_of(session, study), notice=timedelta(), increment=HOUR)
        return [slot.starts_at for slot in slots.preview(session, study, setup, world.now, 3)]

    assert desk.do(preview) == [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (9, 10, 11)]
    assert bookings.starts(bookings.invite())[0] == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def test_the_team_sees_the_coming_slots_and_what_stands_in_the_way(
    bookings: Bookings, desk: Desk, world: World
) -> None:
    found = desk.do(lambda s: weeks.week(s, world.observer, "chk", AT.date(), world.now))
    assert found.picture.free > 4
    assert found.standing == ()
    bookings.book(bookings.invite(), AT)
    desk.change(desk.study(), status=StudyStatus.PAUSED, participation_limit=1)
    found = desk.do(lambda s: weeks.week(s, world.observer, "CHK", None, world.now))
    assert found.standing == (
        "CHK is paused: participants can't book.",
        "CHK is fully booked: 1 of 1 seats used.",
    )
    stranger = world.member(Role.RESEARCHER)
    desk.refused(lambda s: weeks.week(s, stranger, "CHK", None, world.now), NotFound)
    desk.refused(lambda s: slots.explain(s, stranger, "CHK", AT, world.now), NotFound)


def test_why_a_time_is_no_slot_is_said_per_host_and_rule(bookings: Bookings, desk: Desk, world: World) -> None:
    other, unread = world.people[Role.ADMIN], world.people[Role.OPS_MANAGER]
    bookings.arrange(
        assignment=Assignment.ROUND_ROBIN,
        host_ids=(world.researcher.member_id, other.member_id, unread.member_id),
    )
    bookings.keep(other, AT)
    bookings.connect(unread, None)
    world.book(AT - world.now)
    found = desk.do(lambda s: slots.explain(s, world.researcher, "CHK", AT, world.now))
    assert found.slot is None
    rules = {(each.host_id, each.rule) for each in found.obstacles}
    assert {
        (world.researcher.member_id, Rule.SESSION),
        (other.member_id, Rule.BUSY),
        (unread.member_id, Rule.CALENDAR),
    } <= rules
    free = desk.do(lambda s: slots.explain(s, world.researcher, "CHK", AT + HOUR, world.now))
    assert (free.slot is not None, free.obstacles) == (True, ())


def test_a_group_shows_its_sessions_with_the_seats_that_are_left(bookings: Bookings, desk: Desk, world: World) -> None:
    grp = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    bookings.book(bookings.invite(study_id=grp.id), AT)

    def preview(session: Session) -> tuple[Slot, ...]:
        study = session.get_one(Study, grp.id)
        return slots.preview(session, study, scheduling.setup_of(session, study), world.now, 1000)

    seats = {slot.starts_at: slot.seats_left for slot in desk.do(preview)}
    assert seats[AT] == 2
    assert seats[AT + HOUR] == 3
    assert AT + HOUR / 2 not in seats


def test_who_has_left_the_workspace_hosts_nothing(bookings: Bookings, desk: Desk, world: World) -> None:
    gone = world.people[Role.ADMIN]
    for conflicts in Conflicts:
        bookings.arrange(assignment=Assignment.COLLECTIVE, host_ids=(gone.member_id,), conflicts=conflicts)
        assert desk.do(lambda s: slots.explain(s, world.researcher, "CHK", AT, world.now)).slot is not None
    with desk.database.unit_of_work() as session:
        session.get_one(Member, gone.member_id).is_active = False
    for conflicts in Conflicts:
        bookings.arrange(conflicts=conflicts)
        assert desk.do(lambda s: slots.explain(s, world.researcher, "CHK", AT, world.now)).slot is None
