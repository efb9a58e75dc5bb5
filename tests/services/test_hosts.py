"""Another host: who may be one, what changes with them, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.jobs import calendars as job
from bot.services import hosts, outgoing
from bot.services.hosts import HostChange
from domain.attendance import Rsvp
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.hosting import HostChanged
from domain.interview import AttendeeKind, InterviewStatus
from domain.roles import Actor, Role
from domain.study import LocationKind
from domain.times import Span
from storage import projections
from storage.models import Attendee, BusyTime, CalendarFeed, Interview, Member, TeamMember
from tests.builders import World, counted_statements, keep_busy, rows
from tests.fakes import Outside
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
ZOOM = "https://zoom.us/j/1"


@pytest.fixture
def helper(world: World) -> Actor:
    """Somebody in the team with a calendar, who may host."""
    world.calendar(world.people[Role.COLLABORATOR])
    return world.people[Role.COLLABORATOR]


@pytest.fixture
def address(world: World) -> str:
    """The Researcher's calendar, which holds their interviews."""
    return world.calendar(world.researcher)


@pytest.fixture
def outside(world: World, address: str) -> Outside:
    return Outside.of(world.database, world.now)


def giving(
    world: World, interview: Interview, host: Actor, *, instead_of: int | None = None, by: Actor | None = None
) -> Callable[[Session], HostChanged]:
    wanted = HostChange(host.member_id, instead_of)
    return lambda session: hosts.change_host(session, by or world.researcher, interview.id, wanted, world.now)


def hosting(world: World, interview: Interview) -> list[tuple[int | None, bool]]:
    """Who hosts, in order, and whether something else is in their calendar."""
    statement = sa.select(Attendee.member_id, Attendee.has_conflict).where(
        Attendee.interview_id == interview.id, Attendee.kind == AttendeeKind.HOST
    )
    return [tuple(row) for row in rows(world.database, statement.order_by(Attendee.id))]


def busy(world: World, host: Actor, interview: Interview) -> None:
    span = Span(interview.starts_at, interview.ends_at)
    with world.database.unit_of_work() as session:
        keep_busy(session, host.member_id, "dentist", span)


def why_not(desk: Desk, world: World, interview: Interview) -> dict[str, str | None]:
    """What stands in everybody's way, by name."""
    found = desk.do(lambda session: hosts.candidates(session, world.researcher, interview.id))
    return {each.name: each.why_not for each in found.everybody}


def test_only_those_who_can_host_are_on_offer_and_the_others_are_told_why(
    world: World, desk: Desk, helper: Actor
) -> None:
    broken, engaged = world.people[Role.OPS_MANAGER], world.admin
    world.calendar(broken)
    world.calendar(engaged)
    desk.do(
        lambda session: session.execute(
            sa.update(CalendarFeed)
            .where(CalendarFeed.member_id == broken.member_id)
            .values(problem="Google says no.", sync_token="read")
        )
    )
    world.book(host_ids=(engaged.member_id,))
    interview = world.book()
    stranger = world.member(Role.RESEARCHER, name="Not In It")
    world.calendar(stranger)

    assert why_not(desk, world, interview) == {
        world.admin.name: "hosts CHK-1 at that time",
        broken.name: "calendar can't be read",
        world.researcher.name: "hosts it already",
        helper.name: None,
        world.observer.name: "no connected calendar",
    }
    refusal = desk.refused(giving(world, interview, stranger))
    assert refusal.message == "Not In It can't host CHK-2: not in the study's team. Choose somebody else."


def test_calendar_that_google_never_had_is_none(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    desk.do(
        lambda session: session.execute(
            sa.update(CalendarFeed).where(CalendarFeed.member_id == helper.member_id).values(problem="Not found.")
        )
    )
    assert why_not(desk, world, interview)[helper.name] == "no connected calendar"


def test_interview_meanwhile_called_off_or_at_another_time_is_no_obstacle(
    world: World, desk: Desk, helper: Actor
) -> None:
    off = world.book(host_ids=(helper.member_id,))
    desk.change(off, status=InterviewStatus.CANCELED)
    world.book(timedelta(hours=2), host_ids=(helper.member_id,))
    assert why_not(desk, world, world.book())[helper.name] is None


def test_busy_calendar_is_a_warning_and_shows_as_a_conflict(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    busy(world, helper, interview)
    found = desk.do(lambda session: hosts.candidates(session, world.researcher, interview.id))
    assert [(each.name, each.is_busy) for each in found.eligible] == [(helper.name, True)]
    assert desk.do(giving(world, interview, helper)).is_busy
    assert hosting(world, interview) == [(helper.member_id, True)]


def test_conflict_of_the_old_host_does_not_pass_to_the_new_one(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    desk.do(lambda session: session.execute(sa.update(Attendee).values(has_conflict=True)))
    desk.do(giving(world, interview, helper))
    assert hosting(world, interview) == [(helper.member_id, False)]


def test_candidates_take_as_many_statements_in_a_team_of_any_size(world: World, helper: Actor) -> None:
    interview = world.book()

    def statements() -> int:
        with counted_statements(world.database) as found, world.database.reading() as session:
            hosts.candidates(session, world.researcher, interview.id)
        return len(found)

    few = statements()
    for number in range(30):
        colleague = world.member(Role.RESEARCHER, name=f"Colleague {number}")
        world.calendar(colleague)
        with world.database.unit_of_work() as session:
            session.add(TeamMember(team_id=world.team_id, member_id=colleague.member_id))
    assert statements() == few


def test_host_whose_calendar_went_while_the_modal_was_open_is_refused(
    world: World, desk: Desk, helper: Actor, outside: Outside
) -> None:
    interview = world.book()
    assert why_not(desk, world, interview)[helper.name] is None
    desk.do(lambda session: session.delete(session.get_one(CalendarFeed, helper.member_id)))
    refusal = desk.refused(giving(world, interview, helper))
    assert refusal.field == "host"
    assert refusal.message == f"{helper.name} can't host CHK-1: no connected calendar. Choose somebody else."
    assert hosting(world, interview) == [(world.researcher.member_id, False)]


def test_new_host_gets_the_session_a_new_link_and_a_message(
    world: World, desk: Desk, helper: Actor, outside: Outside, address: str
) -> None:
    interview = world.book()
    outside.deliver()
    first = world.get(interview.id).link
    done = desk.do(giving(world, interview, helper))

    assert (done.makes_link, done.keeps_link) == (True, False)
    assert world.get(interview.id).link is None
    outside.deliver()
    now, event = world.get(interview.id), outside.calendar.the_event(address)
    assert now.link == event.meet_link
    assert now.link not in (None, first)
    assert now.organizer_id == world.researcher.member_id
    assert [a.email for a in event.attendees] == ["member4@northwind.example", "p6@example.com"]
    assert list(outside.calendar.events) == [address]
    assert hosting(world, interview) == [(helper.member_id, False)]
    assert desk.mails(interview.id) == ["confirmation", "host_change"]
    (told,) = outside.slack.said_in(f"D{helper.slack_user_id[1:]}")
    assert told.startswith("You host *CHK-1* now: Monday 23 November, 04:30, your time.")
    assert ("Researcher 3", "changed the host") in desk.timeline(interview.id)
    assert desk.status("p6@example.com") == "Interview Scheduled"


def sync(outside: Outside) -> None:
    """Read every calendar that is due a minute later, and bring out what that causes."""
    outside.clock.move(timedelta(minutes=1))
    job.sweep(outside.database, outside.calendar, outside.clock)
    outside.deliver()


def test_calendar_of_the_old_host_is_followed_still(
    world: World, desk: Desk, helper: Actor, outside: Outside, address: str
) -> None:
    interview = world.book(5 * HOUR)
    outside.deliver()
    sync(outside)
    desk.do(giving(world, interview, helper))
    outside.deliver()
    outside.calendar.answer(address, "p6@example.com", Rsvp.ACCEPTED)
    sync(outside)
    assert ("P1", "accepted the invitation") in desk.timeline(interview.id)
    outside.calendar.move(address, world.now + 7 * HOUR)
    sync(outside)
    assert world.get(interview.id).starts_at == world.now + 7 * HOUR
    assert rows(world.database, sa.select(BusyTime.member_id)) == []


def test_old_link_that_is_read_from_the_calendar_meanwhile_does_not_come_back(
    world: World, desk: Desk, helper: Actor, outside: Outside, address: str
) -> None:
    interview = world.book(5 * HOUR)
    outside.deliver()
    desk.do(giving(world, interview, helper))
    outside.clock.move(timedelta(minutes=1))
    job.sweep(outside.database, outside.calendar, outside.clock)
    assert world.get(interview.id).link is None
    outside.deliver()
    assert world.get(interview.id).link == outside.calendar.the_event(address).meet_link


def test_who_makes_themselves_host_is_not_told_so(world: World, desk: Desk, address: str) -> None:
    interview = world.book(host_ids=(world.admin.member_id,))
    desk.do(giving(world, interview, world.researcher))
    assert desk.outbox("slack_notice") == []


def test_own_link_stays_and_the_answer_says_so(world: World, desk: Desk, helper: Actor) -> None:
    study = world.study("ZOO", "Zoom", location=LocationKind.ZOOM, location_text=ZOOM)
    interview = world.book(study_id=study.id)
    done = desk.do(giving(world, interview, helper))
    assert (done.makes_link, done.keeps_link) == (False, True)
    assert (world.get(interview.id).link, world.get(interview.id).meeting_number) == (ZOOM, 0)


def test_interview_in_no_calendar_comes_into_the_new_hosts(world: World, desk: Desk, helper: Actor) -> None:
    outside = Outside.of(world.database, world.now)
    interview = world.book()
    assert interview.organizer_id is None
    desk.do(giving(world, interview, helper))
    outside.deliver()
    event = outside.calendar.the_event(f"{helper.slack_user_id.lower()}@northwind.example")
    assert world.get(interview.id).link == event.meet_link


def test_of_several_hosts_the_chosen_one_goes_and_the_first_stays_first(
    world: World, desk: Desk, helper: Actor
) -> None:
    admin, researcher = world.admin, world.researcher
    interview = world.book(host_ids=(researcher.member_id, admin.member_id))
    desk.do(giving(world, interview, helper, instead_of=admin.member_id))
    assert [id_ for id_, _ in hosting(world, interview)] == [researcher.member_id, helper.member_id]
    world.calendar(admin)
    desk.do(giving(world, interview, admin))
    assert [id_ for id_, _ in hosting(world, interview)] == [admin.member_id, helper.member_id]


def test_second_of_two_who_change_the_host_at_once_is_told(world: World, desk: Desk, helper: Actor) -> None:
    interview, present = world.book(), world.researcher.member_id
    world.calendar(world.admin)
    results = desk.race(
        giving(world, interview, helper, instead_of=present), giving(world, interview, world.admin, instead_of=present)
    )
    assert sorted(isinstance(result, Stale) for result in results) == [False, True]
    assert "The host of CHK-1 was changed by Researcher 3 on Monday 23 November, 09:30." in str(results)
    assert len(hosting(world, interview)) == 1


def test_two_sessions_at_one_time_do_not_both_get_the_same_host(world: World, desk: Desk, helper: Actor) -> None:
    one, other = world.book(), world.book(host_ids=(world.admin.member_id,))
    results = desk.race(giving(world, one, helper), giving(world, other, helper))
    assert sorted(isinstance(result, RuleError) for result in results) == [False, True]


def test_guest_who_becomes_host_is_a_guest_no_longer(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    times = {"starts_at": interview.starts_at, "ends_at": interview.ends_at}
    guest = Attendee(interview_id=interview.id, kind=AttendeeKind.GUEST, member_id=helper.member_id, **times)
    desk.do(lambda session: session.add(guest))
    desk.do(giving(world, interview, helper))
    found = rows(world.database, sa.select(Attendee.kind).where(Attendee.member_id == helper.member_id))
    assert [row.kind for row in found] == [AttendeeKind.HOST]


def test_app_homes_of_old_and_new_host_follow(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book(host_ids=(world.admin.member_id,))
    with world.database.unit_of_work() as session:
        for actor in (world.admin, helper):
            remote = projections.Remote("home", "V1")
            projections.remember(
                session, world.workspace_id, outgoing.Kind.HOME, str(actor.member_id), remote, world.now
            )
    desk.do(giving(world, interview, helper))
    assert {row.subject for row in desk.outbox("slack_home")} == {str(world.admin.member_id), str(helper.member_id)}


def test_only_who_manages_it_changes_the_host_and_only_while_it_is_ahead(
    world: World, desk: Desk, helper: Actor, elsewhere: World
) -> None:
    interview = world.book()
    desk.refused(giving(world, interview, helper, by=world.observer), NotAllowed)
    desk.refused(giving(world, interview, helper, by=elsewhere.admin), NotFound)
    desk.refused(giving(world, interview, elsewhere.researcher), NotFound)
    desk.change(interview, status=InterviewStatus.COMPLETED)
    desk.refused(giving(world, interview, helper), Stale)


def test_host_who_left_slack_is_refused(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    desk.do(lambda session: setattr(session.get_one(Member, helper.member_id), "is_active", False))
    assert helper.name not in why_not(desk, world, interview)
    assert "no longer active in Slack" in desk.refused(giving(world, interview, helper)).message


@pytest.mark.parametrize("is_gone", [True, False])
def test_link_stays_where_no_calendar_could_make_another(
    world: World, desk: Desk, helper: Actor, outside: Outside, is_gone: bool
) -> None:
    """The organiser's calendar is disconnected, or Google never had it."""
    interview = world.book()
    outside.deliver()
    link = world.get(interview.id).link
    change = sa.delete(CalendarFeed) if is_gone else sa.update(CalendarFeed).values(problem="Not found.")
    desk.do(lambda session: session.execute(change.where(CalendarFeed.member_id == world.researcher.member_id)))
    done = desk.do(giving(world, interview, helper))
    assert (done.makes_link, done.keeps_link) == (False, True)
    assert (world.get(interview.id).link, world.get(interview.id).meeting_number) == (link, 0)
    assert link is not None


def test_guest_becomes_the_host_of_an_interview_that_has_none(world: World, desk: Desk, helper: Actor) -> None:
    interview = world.book()
    desk.do(
        lambda session: session.execute(
            sa.update(Attendee)
            .where(Attendee.kind == AttendeeKind.HOST)
            .values(kind=AttendeeKind.GUEST, member_id=helper.member_id)
        )
    )
    desk.do(giving(world, interview, helper))
    assert hosting(world, interview) == [(helper.member_id, False)]
    found = rows(world.database, sa.select(Attendee.kind).where(Attendee.member_id == helper.member_id))
    assert [row.kind for row in found] == [AttendeeKind.HOST]


def test_app_homes_are_locked_in_one_turn(
    world: World, desk: Desk, helper: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who swap hosts would else wait for each other."""
    interview = world.book(host_ids=(world.admin.member_id,))
    opened = desk.opened_homes(world.admin, helper)
    turns = desk.home_turns(monkeypatch)
    desk.do(giving(world, interview, helper))
    assert turns == [opened]
