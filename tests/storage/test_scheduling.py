"""How studies are scheduled, as it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.availability import Availability, parse_hours, standard
from domain.errors import NotFound, RuleError
from domain.roles import Role
from domain.scheduling import REMINDERS, Assignment, Conflicts, Setup
from domain.study import StudyType
from domain.times import Span
from storage import calendars, scheduling
from storage.models import CalendarFeed, Member, Study, StudyReminder
from tests.builders import World, counted_statements, rows

HOUR = timedelta(hours=1)
Result = TypeVar("Result")


def do(world: World, act: Callable[[Session, Study], Result]) -> Result:
    with world.database.unit_of_work() as session:
        return act(session, session.get_one(Study, world.study_id))


def setup_of(world: World) -> Setup:
    return do(world, scheduling.setup_of)


def everything(world: World) -> Setup:
    """A setup that has nothing of the standard."""
    zone = "America/New_York"
    week = tuple(parse_hours("9-12, 13:30-17") if day < 5 else () for day in range(7))
    return Setup(
        length=timedelta(minutes=45),
        time_zone=zone,
        host_ids=(world.people[Role.ADMIN].member_id, world.researcher.member_id),
        guest_ids=(world.observer.member_id,),
        assignment=Assignment.ROUND_ROBIN,
        title="{{ study.external_name }}",
        description="Über ✓",
        first_day=date(2026, 12, 1),
        last_day=date(2026, 12, 24),
        rolling_days=None,
        availability=Availability(zone, week, {date(2026, 12, 8): (), date(2026, 12, 12): ((600, 720),)}),
        conflicts=Conflicts.STRICT,
        notice=HOUR,
        buffer_before=HOUR / 4,
        buffer_after=HOUR / 2,
        increment=HOUR / 4,
        most_a_day=3,
        most_a_week=9,
        change_until=12 * HOUR,
        most_moves=2,
        reminders=(48 * HOUR,),
    )


def test_a_study_without_a_setup_has_the_standard(world: World) -> None:
    assert setup_of(world) == Setup(HOUR, "Europe/Berlin", (world.researcher.member_id,))


def test_a_setup_comes_back_as_it_was_stored(world: World) -> None:
    wanted = everything(world)
    for _ in range(2):
        do(world, lambda s, study: scheduling.store_setup(s, study, wanted, "Lena", world.now))
        assert setup_of(world) == wanted
    assert do(world, lambda _, study: (study.duration_minutes, study.capacity)) == (45, 1)
    assert reminders(world) == [48 * 60]


def reminders(world: World) -> list[int]:
    statement = sa.select(StudyReminder.minutes_before).where(StudyReminder.study_id == world.study_id)
    return [row[0] for row in rows(world.database, statement.order_by(StudyReminder.minutes_before))]


def test_without_anything_said_a_study_has_the_standard_reminders(world: World) -> None:
    do(world, lambda s, study: scheduling.store_reminders(s, study.id))
    assert reminders(world) == sorted(int(before.total_seconds() // 60) for before in REMINDERS)
    do(world, lambda s, study: scheduling.store_reminders(s, study.id, ()))
    assert reminders(world) == []


def test_templates_belong_to_a_team_and_fit_the_study_that_takes_them(world: World) -> None:
    wanted, other = everything(world), world.team("Other", "C0OTHER")
    names = ("Usual", "Evening")
    ids = [
        do(world, lambda s, _, name=name: scheduling.store_template(s, world.team_id, name, wanted, "Lena", world.now))
        for name in names
    ]
    assert do(world, lambda s, _: scheduling.templates(s, world.team_id)) == [(ids[1], "Evening"), (ids[0], "Usual")]
    assert do(world, lambda s, _: scheduling.template(s, world.team_id, ids[0])) == wanted
    again = do(world, lambda s, _: scheduling.store_template(s, world.team_id, "Usual ", wanted, "Lena", world.now))
    assert again == ids[0]
    with pytest.raises(NotFound):
        do(world, lambda s, _: scheduling.template(s, other.id, ids[0]))
    with pytest.raises(RuleError, match="name"):
        do(world, lambda s, _: scheduling.store_template(s, world.team_id, " ", wanted, "Lena", world.now))
    do(world, lambda s, _: scheduling.delete_template(s, world.team_id, ids[0]))
    assert do(world, lambda s, _: scheduling.templates(s, world.team_id)) == [(ids[1], "Evening")]
    assert setup_of(world).assignment is Assignment.ONE_TO_ONE
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=4)

    def take(session: Session, _: Study) -> Setup:
        study = session.get_one(Study, group.id)
        return scheduling.fitted(scheduling.template(session, world.team_id, ids[1]), study)

    fitting = do(world, take)
    assert (fitting.assignment, fitting.capacity, fitting.length) == (Assignment.GROUP, 4, HOUR)


def test_members_have_office_hours_until_they_say_otherwise(world: World) -> None:
    lena, tom = world.researcher, world.people[Role.COLLABORATOR]
    own = Availability("Europe/Berlin", (((600, 660),),) * 7)
    do(world, lambda s, _: scheduling.store_availability(s, lena.member_id, standard("Europe/Paris"), world.now))
    do(world, lambda s, _: scheduling.store_availability(s, lena.member_id, own, world.now))
    setup = replace(setup_of(world), host_ids=(lena.member_id, tom.member_id))
    hosts = do(world, lambda s, _: scheduling.host_times(s, setup, Span(world.now, world.now + HOUR), world.now))
    assert [host.availability for host in hosts] == [own, standard("America/New_York")]


def test_what_is_known_of_hosts_costs_the_same_for_one_and_for_many(world: World) -> None:
    setup = everything(world)

    def cost(hosts: tuple[int, ...]) -> int:
        wanted = Setup(setup.length, setup.time_zone, hosts, assignment=Assignment.ROUND_ROBIN)
        with counted_statements(world.database) as statements:
            do(world, lambda s, _: scheduling.host_times(s, wanted, Span(world.now, world.now + HOUR), world.now))
        return len(statements)

    assert cost((world.researcher.member_id,)) == cost(tuple(actor.member_id for actor in world.people.values()))


def test_sessions_of_the_whole_week_count_and_cancelled_ones_do_not(world: World) -> None:
    """Caps and turns are about weeks: what was held on Monday counts on Friday."""
    host = world.researcher.member_id
    setup = Setup(HOUR, "Europe/Berlin", (host,), assignment=Assignment.ROUND_ROBIN)
    soon = world.book(HOUR)
    later = world.book(timedelta(days=1))
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)

    def time_of(now: datetime, but: int | None = None) -> scheduling.HostTime:
        (found,) = do(world, lambda s, _: scheduling.host_times(s, setup, Span(friday, friday + HOUR), now, but=but))
        return found

    found = time_of(world.now)
    assert sorted(span.start for span in found.sessions) == [soon.starts_at, later.starts_at]
    assert found.last_session_end == later.ends_at
    without = time_of(world.now, later.id)
    assert ([span.start for span in without.sessions], without.last_session_end) == ([soon.starts_at], soon.ends_at)


def test_hosts_of_studies_get_their_calendars_connected(world: World) -> None:
    outsider, guest = world.member(Role.RESEARCHER), world.member(Role.RESEARCHER)
    setup = Setup(HOUR, "Europe/Berlin", (outsider.member_id,), guest_ids=(guest.member_id,))
    do(world, lambda s, study: scheduling.store_setup(s, study, setup, "Lena", world.now))
    found = do(world, lambda s, _: calendars.unconnected_hosts(s, 100))
    assert outsider.member_id in found
    assert guest.member_id not in found


@pytest.mark.parametrize(
    ("age", "problem", "is_known"),
    [(HOUR / 2, None, True), (HOUR, None, False), (None, None, False), (HOUR / 2, "It is not shared.", False)],
)
def test_a_calendar_is_known_while_it_is_read(
    world: World, age: timedelta | None, problem: str | None, is_known: bool
) -> None:
    host = world.researcher
    world.calendar(host)
    with world.database.unit_of_work() as session:
        feed = session.get_one(CalendarFeed, host.member_id)
        feed.read_at, feed.problem = (world.now - age if age else None), problem
    setup = Setup(HOUR, "Europe/Berlin", (host.member_id,))
    (found,) = do(world, lambda s, _: scheduling.host_times(s, setup, Span(world.now, world.now + HOUR), world.now))
    assert (found.problem is None) is is_known


def test_a_host_who_is_gone_leaves_the_study_to_its_owner(world: World) -> None:
    host = world.member(Role.RESEARCHER)
    setup = Setup(HOUR, "Europe/Berlin", (host.member_id,))
    do(world, lambda s, study: scheduling.store_setup(s, study, setup, "Lena", world.now))
    with world.database.unit_of_work() as session:
        session.delete(session.get_one(Member, host.member_id))
    assert setup_of(world).host_ids == (world.researcher.member_id,)
