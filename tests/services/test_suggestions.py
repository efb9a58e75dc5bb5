"""Suggested times for an interview: when its hosts and participants are free, by a constant number of statements."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.services import suggestions
from domain.interview import InterviewStatus
from domain.roles import Role
from domain.study import StudyType
from domain.suggestions import Suggestion
from domain.times import Span, local
from storage import interviews as stored
from tests.builders import World, counted_statements, keep_busy
from tests.services.conftest import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN = "Europe/Berlin"


def suggested(desk: Desk, interview_id: int, length: timedelta = HOUR) -> list[Suggestion]:
    world = desk.world
    with world.database.reading() as session:
        line = stored.line(session, world.workspace_id, interview_id)
        return list(suggestions.suggest(session, world.researcher, line, length, world.now))


def times(desk: Desk, interview_id: int, length: timedelta = HOUR) -> list[datetime]:
    return [each.starts_at for each in suggested(desk, interview_id, length)]


def busy(desk: Desk, member_id: int, start: datetime, length: timedelta) -> None:
    desk.do(lambda s: keep_busy(s, member_id, f"event{start}", Span(start, start + length)))


def test_every_host_is_free_in_calendar_and_interviews(desk: Desk, world: World) -> None:
    tom = world.member(Role.RESEARCHER)
    interview = world.book(3 * DAY, host_ids=(world.researcher.member_id, tom.member_id))
    tomorrow = world.now.replace(hour=0, minute=0) + DAY
    world.calendar(tom)
    world.calendar(world.researcher)
    busy(desk, tom.member_id, tomorrow, timedelta(hours=12))
    busy(desk, world.researcher.member_id, tomorrow + timedelta(hours=13), timedelta(hours=12))
    assert [each for each in times(desk, interview.id) if each.date() == tomorrow.date()] == [
        tomorrow + timedelta(hours=12)
    ]
    assert not [each for each in times(desk, interview.id, 2 * HOUR) if each.date() == tomorrow.date()]
    world.book(tomorrow + timedelta(hours=12) - world.now, host_ids=(tom.member_id,))
    assert not [each for each in times(desk, interview.id) if each.date() == tomorrow.date()]


def test_a_day_on_which_the_participant_has_another_session_is_left_out(desk: Desk, world: World) -> None:
    interview = world.book(3 * DAY, email="mara@example.com")
    other = world.study("NAV", "Navigation").id
    world.book(DAY, study_id=other, email="mara@example.com", host_ids=(world.admin.member_id,))
    days = {local(each, BERLIN).day for each in times(desk, interview.id)}
    assert 24 not in days
    assert {25, 26, 27} <= days, "its own time does not count"


def test_the_first_hosts_clock_decides(desk: Desk, world: World) -> None:
    collaborator = world.people[Role.COLLABORATOR]
    interview = world.book(3 * DAY, host_ids=(collaborator.member_id, world.researcher.member_id))
    assert {local(each, "America/New_York").hour for each in times(desk, interview.id)} <= set(range(9, 18))
    assert {local(each, BERLIN).hour for each in times(desk, interview.id)} - set(range(9, 18))


def test_its_present_time_is_not_suggested(desk: Desk, world: World) -> None:
    interview = world.book(DAY - HOUR / 2)
    assert interview.starts_at not in times(desk, interview.id)
    assert times(desk, interview.id)


def test_the_participants_zone_goes_with_it_where_it_is_the_same_for_all(desk: Desk, world: World) -> None:
    ana = world.participant("ana@example.com", time_zone="America/New_York")
    ben = world.participant("ben@example.com", time_zone="America/New_York")
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    interview = world.book(3 * DAY, study_id=study_id, email=ana.email)
    world.book(3 * DAY, study_id=study_id, email=ben.email)
    assert {each.participant_zone for each in suggested(desk, interview.id)} == {"America/New_York"}
    world.book(3 * DAY, study_id=study_id, email="new@example.com")
    assert {each.participant_zone for each in suggested(desk, interview.id)} == {None}


def test_who_gave_up_their_seat_is_not_asked_to_be_free(desk: Desk, world: World) -> None:
    ana = world.participant("ana@example.com", time_zone="America/New_York")
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    interview = world.book(3 * DAY, study_id=study_id, email=ana.email)
    world.book(3 * DAY, study_id=study_id, email="new@example.com")
    world.book(DAY, email="new@example.com", host_ids=(world.admin.member_id,))
    assert 24 not in {local(each, BERLIN).day for each in times(desk, interview.id)}
    *_, seat = desk.do(lambda s: stored.attendees(s, interview.id))
    desk.change(seat, outcome=InterviewStatus.CANCELED)
    found = suggested(desk, interview.id)
    assert 24 in {local(each.starts_at, BERLIN).day for each in found}
    assert {each.participant_zone for each in found} == {"America/New_York"}


def test_suggesting_takes_as_many_statements_however_full_the_schedules_are(desk: Desk, world: World) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=9).id
    interview = world.book(5 * DAY, study_id=study_id)

    def cost() -> int:
        with counted_statements(world.database) as statements:
            suggested(desk, interview.id)
        return len(statements)

    before = cost()
    for n in range(6):
        world.book(5 * DAY, study_id=study_id)
        world.book(DAY + n * HOUR)
        busy(desk, world.researcher.member_id, world.now + n * DAY, HOUR)
    assert cost() == before <= 7
