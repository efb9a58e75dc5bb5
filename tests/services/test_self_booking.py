"""Participants book and move their sessions themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.services import outcomes, self_booking, slots
from bot.services.self_booking import CantBook, SlotTaken, TryAgain
from domain.errors import RuleError
from domain.interview import AttendeeKind, Door, InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.scheduling import Assignment, Conflicts
from domain.slots import Hurdle
from domain.study import LocationKind, StudyStatus, StudyType
from domain.times import local
from storage.models import Attendee, Member, TimelineEntry
from tests.builders import World, counted_statements, rows
from tests.services.booking_desk import HOUR, Bookings, event
from tests.services.conftest import Desk

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Tomorrow at ten in Berlin."""


@pytest.fixture
def bookings(desk: Desk) -> Bookings:
    return Bookings(desk)


def refused(bookings: Bookings, enrolment_id: int, at: datetime = AT, **values: object) -> RuleError:
    looks, now = values.get("looks", {}), values.get("now", bookings.world.now)
    return bookings.desk.refused(lambda s: self_booking.book(s, enrolment_id, at, looks, now))


def hurdle(bookings: Bookings, enrolment_id: int, at: datetime = AT) -> Hurdle:
    refusal = refused(bookings, enrolment_id, at)
    assert isinstance(refusal, CantBook)
    assert bookings.offered(enrolment_id).hurdle is refusal.hurdle
    return refusal.hurdle


def test_a_booking_makes_the_interview_mails_the_participant_and_tells_the_channel(
    bookings: Bookings, desk: Desk, world: World
) -> None:
    guest = world.people[Role.COLLABORATOR]
    bookings.arrange(
        guest_ids=(guest.member_id,),
        title="{{ study.external_name }} with {{ host.first_name }}",
        description="It takes {{ interview.length }}.",
    )
    desk.change(desk.study(), location=LocationKind.ZOOM, location_text="https://z.us/1", location_passcode="42")
    mara = bookings.invite()
    booked = bookings.book(mara, AT)
    assert (booked.reference, booked.starts_at, booked.ends_at) == ("CHK-1", AT, AT + HOUR)
    assert (booked.title, booked.description) == ("Checkout study with Researcher", "It takes 1 hour.")
    assert (booked.link, booked.passcode) == ("https://z.us/1", "42")
    assert bookings.people(booked.id) == [world.researcher.member_id]
    assert bookings.people(booked.id, AttendeeKind.GUEST) == [guest.member_id]
    assert desk.mails(booked.id) == ["confirmation"]
    assert desk.timeline(booked.id) == [("P1", "booked it")]
    assert rows(desk.database, sa.select(TimelineEntry.door))[0].door is Door.PAGE
    assert [row.subject for row in desk.outbox("slack_card")] == [str(booked.id)]
    assert desk.status("mara@example.com") == "Interview Scheduled"
    assert desk.study().seats_taken == 1


def test_the_same_tap_twice_is_one_booking_and_another_time_is_refused(bookings: Bookings, desk: Desk) -> None:
    mara = bookings.invite()
    first, second = bookings.book(mara, AT), bookings.book(mara, AT)
    assert first.id == second.id
    assert desk.mails(first.id) == ["confirmation"]
    assert hurdle_of_second(bookings, mara) is Hurdle.BOOKED


def hurdle_of_second(bookings: Bookings, enrolment_id: int) -> Hurdle:
    refusal = refused(bookings, enrolment_id, AT + 2 * HOUR)
    assert isinstance(refusal, CantBook)
    return refusal.hurdle


@pytest.mark.parametrize(
    "status",
    ["Not Contacted", "Screener Qualified", "Interview Invited", "Interview Canceled", "No Showed"],
)
def test_who_may_book_by_their_status(bookings: Bookings, desk: Desk, status: str) -> None:
    bookings.book(bookings.invite(status=ParticipantStatus(status)), AT)
    assert desk.status("mara@example.com") == "Interview Scheduled"


@pytest.mark.parametrize(
    "status",
    ["Screener Not Qualified", "Study Invited", "Canceled", "Opted Out", "Hard Bounced", "Incentive Sent"],
)
def test_who_may_not(bookings: Bookings, status: str) -> None:
    assert hurdle(bookings, bookings.invite(status=ParticipantStatus(status))) is Hurdle.BARRED


def test_who_may_not_be_contacted_does_not_book_but_a_cooldown_keeps_nobody(bookings: Bookings, world: World) -> None:
    now = world.now
    barred: list[dict[str, object]] = [
        {"blocklisted_at": now},
        {"opted_out_at": now},
        {"do_not_contact_reason": "asked"},
    ]
    for number, facts in enumerate(barred):
        enrolment = bookings.invite(f"p{number}@example.com", person=facts)
        assert hurdle(bookings, enrolment) is Hurdle.BARRED
    resting = bookings.invite(person={"cooldown_until": now + timedelta(days=9)})
    assert bookings.book(resting, AT).reference == "CHK-1"


@pytest.mark.parametrize("status", [StudyStatus.DRAFT, StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_a_study_that_is_not_active_takes_no_bookings(bookings: Bookings, desk: Desk, status: StudyStatus) -> None:
    mara = bookings.invite()
    desk.change(desk.study(), status=status)
    assert hurdle(bookings, mara) is Hurdle.NOT_ACTIVE
    assert bookings.offered(mara).slots == ()


def test_the_limit_is_told_once_and_nobody_else_books(bookings: Bookings, desk: Desk) -> None:
    desk.change(desk.study(), participation_limit=1)
    mara, ben = bookings.invite(), bookings.invite("ben@example.com")
    bookings.book(mara, AT)
    assert hurdle(bookings, ben, AT + 2 * HOUR) is Hurdle.FULL
    bookings.move(mara, AT + 3 * HOUR)
    (told,) = desk.outbox("slack_notice")
    assert "*CHK* is fully booked: 1 of 1 seats used." in told.payload["text"]


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 11, 23, 11, tzinfo=UTC), id="within the notice"),
        pytest.param(AT - 3 * HOUR, id="before the hours"),
        pytest.param(AT + timedelta(minutes=15), id="between the steps"),
        pytest.param(AT + timedelta(days=4), id="on a Saturday"),
        pytest.param(AT + timedelta(days=21), id="beyond the range"),
        pytest.param(AT - timedelta(days=7), id="in the past"),
    ],
)
def test_what_is_no_slot_is_refused(bookings: Bookings, at: datetime) -> None:
    assert isinstance(refused(bookings, bookings.invite(), at), SlotTaken)


def test_the_last_slot_goes_to_the_first(bookings: Bookings) -> None:
    mara, ben = bookings.invite(), bookings.invite("ben@example.com")
    bookings.book(mara, AT)
    assert isinstance(refused(bookings, ben), SlotTaken)
    assert isinstance(refused(bookings, ben, AT - HOUR / 2), SlotTaken)
    bookings.book(ben, AT + HOUR)


def test_a_participant_is_in_one_place_at_a_time(bookings: Bookings, world: World) -> None:
    helper = world.people[Role.COLLABORATOR]
    nav = world.study("NAV", "Navigation", owner_id=helper.member_id)
    person = world.participant("mara@example.com")
    first, second = bookings.enrol(person.id), bookings.enrol(person.id, nav.id)
    at = datetime(2026, 11, 24, 15, tzinfo=UTC)
    bookings.book(first, at)
    assert at not in bookings.starts(second)
    assert isinstance(refused(bookings, second, at), SlotTaken)


def test_what_became_busy_while_the_page_was_open_is_refused(bookings: Bookings, world: World) -> None:
    mara, host = bookings.invite(), world.researcher
    address = bookings.connect(host)
    wanted = bookings.desk.do(lambda s: self_booking.to_look_at(s, mara, AT, world.now))
    assert (wanted.calendars, wanted.span.start) == ({host.member_id: address}, AT)
    assert isinstance(refused(bookings, mara, looks={host.member_id: [event(AT + HOUR / 2)]}), SlotTaken)
    assert bookings.book(mara, AT, {host.member_id: [event(AT + HOUR)]}).starts_at == AT


@pytest.mark.parametrize(
    ("seen", "conflicts", "is_taken"),
    [
        ({"is_busy": False}, Conflicts.DEFAULT, False),
        ({"is_busy": False}, Conflicts.STRICT, True),
        ({"is_busy": False, "is_declined": True}, Conflicts.STRICT, False),
        ({"reference": "CHK-9"}, Conflicts.STRICT, False),
        ({}, Conflicts.OFF, False),
    ],
)
def test_what_a_look_brings_counts_as_the_study_sees_conflicts(
    bookings: Bookings, world: World, seen: dict[str, object], conflicts: Conflicts, is_taken: bool
) -> None:
    mara, host = bookings.invite(), world.researcher
    bookings.connect(host)
    bookings.arrange(conflicts=conflicts)
    looks = {host.member_id: [event(AT, **seen)]}
    if is_taken:
        assert isinstance(refused(bookings, mara, looks=looks), SlotTaken)
    else:
        bookings.book(mara, AT, looks)


def test_a_failed_look_is_made_up_for_by_a_fresh_copy_alone(bookings: Bookings, world: World) -> None:
    host = world.researcher
    mara = bookings.invite()
    bookings.connect(host, timedelta(minutes=10))
    refusal = refused(bookings, mara, looks={host.member_id: None})
    assert isinstance(refusal, TryAgain)
    assert "try again" in refusal.message
    bookings.connect(host, timedelta(minutes=9))
    bookings.keep(host, AT)
    assert isinstance(refused(bookings, mara, looks={host.member_id: None}), SlotTaken)
    bookings.book(mara, AT + HOUR, {host.member_id: None})


@pytest.mark.parametrize(
    ("age", "problem"),
    [(None, None), (timedelta(hours=1), None), (timedelta(minutes=1), "It is not shared.")],
    ids=["never read", "not read for an hour", "refused"],
)
def test_an_unreadable_host_is_never_offered(
    bookings: Bookings, world: World, age: timedelta | None, problem: str | None
) -> None:
    mara = bookings.invite()
    bookings.connect(world.researcher, age, problem)
    assert bookings.offered(mara).hurdle is Hurdle.NO_TIMES
    assert isinstance(refused(bookings, mara, looks={world.researcher.member_id: []}), SlotTaken)
    looked = bookings.desk.do(lambda s: self_booking.to_look_at(s, mara, AT, world.now))
    assert looked.calendars == {}


def test_a_round_robin_is_balanced_and_passes_over_who_cannot_be_looked_at(bookings: Bookings, world: World) -> None:
    hosts = [world.researcher, world.people[Role.ADMIN], world.people[Role.OPS_MANAGER]]
    bookings.arrange(assignment=Assignment.ROUND_ROBIN, host_ids=tuple(host.member_id for host in hosts))
    at, counts = datetime(2026, 11, 24, 12, tzinfo=UTC), dict.fromkeys((h.member_id for h in hosts), 0)
    for number in range(6):
        mara = bookings.invite(f"p{number}@example.com")
        booked = bookings.book(mara, at + (number // 3) * HOUR)
        (host_id,) = bookings.people(booked.id)
        counts[host_id] += 1
    assert set(counts.values()) == {2}
    bookings.connect(hosts[0], timedelta(minutes=30))
    late = at + timedelta(days=7)
    passed = bookings.book(bookings.invite("last@example.com"), late, {hosts[0].member_id: None})
    assert bookings.people(passed.id) == [hosts[1].member_id]


def test_collective_sessions_need_every_host(bookings: Bookings, world: World) -> None:
    hosts = (world.researcher.member_id, world.people[Role.ADMIN].member_id)
    bookings.arrange(assignment=Assignment.COLLECTIVE, host_ids=hosts)
    bookings.keep(world.people[Role.ADMIN], AT)
    mara = bookings.invite()
    assert isinstance(refused(bookings, mara), SlotTaken)
    assert bookings.people(bookings.book(mara, AT + HOUR).id) == list(hosts)


def test_group_seats_fill_a_session_and_then_it_is_full(bookings: Bookings, desk: Desk, world: World) -> None:
    grp = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=2)
    people = [bookings.invite(f"p{number}@example.com", grp.id) for number in range(3)]
    first, second = (bookings.book(one, AT) for one in people[:2])
    assert first.id == second.id
    seats = {slot.starts_at: slot.seats_left for slot in bookings.offered(people[2]).slots}
    assert AT not in seats
    assert set(seats.values()) == {2}
    assert isinstance(refused(bookings, people[2]), SlotTaken)
    assert desk.study(grp.id).seats_taken == 2


def test_clocks_that_change_between_booking_and_session_change_no_hour(bookings: Bookings, world: World) -> None:
    """Berlin's clocks go forward on 28 March 2027: nine o'clock is 08:00 UTC before, and 07:00 after."""
    bookings.arrange(availability=None, rolling_days=None, last_day=date(2027, 4, 30))
    mara = bookings.invite(person={"time_zone": "America/New_York"})
    before, after = datetime(2027, 3, 26, 8, tzinfo=UTC), datetime(2027, 3, 29, 7, tzinfo=UTC)
    starts = set(bookings.starts(mara))
    assert {before, after} <= starts
    assert before - HOUR not in starts
    booked = bookings.book(mara, after)
    assert local(booked.starts_at, "Europe/Berlin").time() == time(9)
    assert bookings.offered(mara).time_zone == "America/New_York"


def test_a_move_keeps_key_event_and_link_and_tells_everybody(bookings: Bookings, desk: Desk, world: World) -> None:
    mara = bookings.invite()
    booked = bookings.book(mara, AT)
    moved = bookings.move(mara, AT + HOUR / 2)
    assert (moved.id, moved.reference, moved.starts_at) == (booked.id, "CHK-1", AT + HOUR / 2)
    assert (moved.sequence, moved.meeting_number) == (1, 0)
    assert desk.mails(moved.id) == ["confirmation", "rescheduled"]
    (alert,) = desk.outbox("slack_alert", moved.id)
    assert (alert.payload["alert"], alert.payload["moved"]) == (
        "moved_by_participant",
        [AT.isoformat(), (AT + HOUR / 2).isoformat()],
    )
    assert desk.timeline(moved.id) == [("P1", "booked it"), ("P1", "moved it")]
    assert desk.study().seats_taken == 1
    assert bookings.move(mara, AT + HOUR / 2).sequence == 1, "to where it is it is not moved"
    assert bookings.offered(mara, world.now).present is not None


def test_a_session_is_moved_as_often_and_as_late_as_the_study_allows(bookings: Bookings, world: World) -> None:
    bookings.arrange(most_moves=1, change_until=timedelta(hours=12))
    mara = bookings.invite()
    bookings.book(mara, AT)
    assert bookings.offered(mara).moves_left == 1
    bookings.move(mara, AT + HOUR)
    assert hurdle_of_move(bookings, mara, world.now) is Hurdle.MOVED_OFTEN
    ben = bookings.invite("ben@example.com")
    booked = bookings.book(ben, AT + 3 * HOUR)
    late = booked.starts_at - 12 * HOUR + timedelta(seconds=1)
    assert hurdle_of_move(bookings, ben, late) is Hurdle.TOO_LATE
    seat = rows(world.database, sa.select(Attendee).where(Attendee.enrolment_id == ben))[0][0]
    refusal = bookings.desk.refused(lambda s: self_booking.check_may_change(s, seat, late))
    assert "can't be changed here any more" in refusal.message
    bookings.desk.do(lambda s: self_booking.check_may_change(s, seat, late - timedelta(seconds=1)))


def hurdle_of_move(bookings: Bookings, enrolment_id: int, now: datetime) -> Hurdle:
    at = AT + timedelta(days=2)
    refusal = bookings.desk.refused(lambda s: self_booking.move(s, enrolment_id, at, {}, now), CantBook)
    assert isinstance(refusal, CantBook)
    assert bookings.offered(enrolment_id, now).hurdle is refusal.hurdle
    return refusal.hurdle


def test_a_paused_study_moves_nothing_and_keeps_what_is_booked(bookings: Bookings, desk: Desk, world: World) -> None:
    mara = bookings.invite()
    booked = bookings.book(mara, AT)
    desk.change(desk.study(), status=StudyStatus.PAUSED)
    assert hurdle_of_move(bookings, mara, world.now) is Hurdle.NOT_ACTIVE
    assert world.get(booked.id).starts_at == AT


def test_a_move_of_a_round_robin_keeps_its_host_or_another_takes_over(
    bookings: Bookings, desk: Desk, world: World
) -> None:
    hosts = (world.researcher, world.people[Role.ADMIN])
    for host in hosts:
        bookings.connect(host)
    bookings.arrange(assignment=Assignment.ROUND_ROBIN, host_ids=tuple(host.member_id for host in hosts))
    mara = bookings.invite()
    looks = {host.member_id: [] for host in hosts}
    booked = bookings.book(mara, AT, looks)
    assert bookings.people(bookings.move(mara, AT + HOUR, looks).id) == [hosts[0].member_id]
    later = AT + timedelta(hours=3)
    moved = bookings.move(mara, later, {**looks, hosts[0].member_id: [event(later)]})
    assert (moved.id, bookings.people(moved.id)) == (booked.id, [hosts[1].member_id])
    assert (moved.organizer_id, moved.meeting_number) == (hosts[0].member_id, 1), "another link, the same event"
    assert [text for _, text in desk.timeline(moved.id)][-2:] == ["changed the host", "moved it"]
    assert desk.mails(moved.id) == ["confirmation", "rescheduled", "rescheduled"]
    (told,) = desk.outbox("slack_notice")
    assert told.payload["channel"] == hosts[1].slack_user_id


def test_a_session_that_another_host_took_over_moves_with_that_host(bookings: Bookings, world: World) -> None:
    mara, helper = bookings.invite(), world.people[Role.ADMIN]
    booked = bookings.book(mara, AT)
    place = rows(world.database, sa.select(Attendee).where(Attendee.member_id == world.researcher.member_id))[0][0]
    bookings.desk.change(place, member_id=helper.member_id)
    bookings.keep(helper, AT + 2 * HOUR)
    starts = bookings.starts(mara)
    assert AT + 2 * HOUR not in starts
    assert AT not in starts, "where it is is no other time"
    assert bookings.people(bookings.move(mara, AT + HOUR).id) == [helper.member_id]
    assert booked.reference == "CHK-1"


def test_in_a_group_only_the_seat_moves_and_an_empty_session_is_called_off(
    bookings: Bookings, desk: Desk, world: World
) -> None:
    grp = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3, participation_limit=2)
    mara, ben = bookings.invite("mara@example.com", grp.id), bookings.invite("ben@example.com", grp.id)
    old = bookings.book(mara, AT)
    bookings.book(ben, AT)
    new = bookings.move(mara, AT + 2 * HOUR)
    assert (new.reference, world.get(old.id).status) == ("GRP-2", InterviewStatus.UPCOMING)
    assert (desk.status("mara@example.com", grp.id), desk.study(grp.id).seats_taken) == ("Interview Scheduled", 2)
    assert (desk.mails(old.id), desk.mails(new.id)) == (["confirmation", "confirmation"], ["rescheduled"])
    assert desk.timeline(old.id)[-1] == ("P1", "moved their seat to GRP-2")
    assert desk.timeline(new.id) == [("P1", "moved here from GRP-1")]
    assert (desk.alerts(old.id), desk.alerts(new.id)) == ([], ["moved_by_participant"])
    bookings.move(ben, AT + 2 * HOUR)
    assert world.get(old.id).status is InterviewStatus.CANCELED
    assert desk.timeline(old.id)[-1] == ("Callsheet", "cancelled it (nobody is left in it: P2 moved to GRP-2)")
    assert desk.mails(old.id) == ["confirmation", "confirmation"], "nobody is told of what does not concern them"
    assert desk.study(grp.id).seats_taken == 2
    assert len(desk.outbox("slack_notice")) == 1, "a move makes nothing fuller"
    back = bookings.move(mara, AT + 3 * HOUR)
    assert back.reference == "GRP-3"


def test_who_has_been_interviewed_may_book_again(bookings: Bookings, desk: Desk, world: World) -> None:
    mara = bookings.invite()
    booked = bookings.book(mara, AT)
    after = booked.ends_at + HOUR
    desk.do(lambda s: outcomes.mark_completed(s, world.researcher, booked.id, after))
    again = bookings.book(mara, AT + timedelta(days=1), now=after)
    assert (again.reference, desk.study().seats_taken) == ("CHK-2", 2)


def test_a_session_that_has_begun_is_not_moved_and_blocks_another(bookings: Bookings) -> None:
    mara = bookings.invite()
    bookings.book(mara, AT)
    during = AT + HOUR / 2
    assert bookings.offered(mara, during).hurdle is Hurdle.BEGUN
    refusal = refused(bookings, mara, AT + timedelta(days=1), now=during)
    assert isinstance(refusal, CantBook)
    assert refusal.hurdle is Hurdle.BOOKED


def test_statements_do_not_grow_with_hosts_or_bookings(bookings: Bookings, world: World) -> None:
    def cost(email: str, at: datetime) -> tuple[int, int]:
        enrolment = bookings.invite(email)
        with counted_statements(world.database) as seen:
            bookings.offered(enrolment)
        with counted_statements(world.database) as booking:
            bookings.desk.do(lambda s: self_booking.book(s, enrolment, at, {}, world.now))
        return len(seen), len(booking)

    bookings.arrange(assignment=Assignment.ROUND_ROBIN, host_ids=(world.researcher.member_id,))
    few = cost("a@example.com", AT)
    hosts = [world.member(Role.RESEARCHER).member_id for _ in range(5)]
    bookings.arrange(assignment=Assignment.ROUND_ROBIN, host_ids=(world.researcher.member_id, *hosts))
    for number in range(8):
        bookings.book(bookings.invite(f"b{number}@example.com"), AT + (number % 4) * HOUR)
    assert cost("c@example.com", AT + 4 * HOUR) == few
    assert few < (20, 50)


def test_nobody_is_told_of_tokens_that_are_wrong(bookings: Bookings) -> None:
    bookings.arrange(title="{{ nonsense }}", description="Hello")
    booked = bookings.book(bookings.invite(), AT)
    assert (booked.title, booked.description) == ("Checkout study", "Hello")


def test_another_studys_enrolment_is_none(bookings: Bookings) -> None:
    assert "no such participant" in refused(bookings, 999).message


def test_of_two_sessions_the_one_that_is_shown_is_moved(bookings: Bookings, desk: Desk, world: World) -> None:
    mara = bookings.invite()
    first = bookings.book(mara, AT)
    second = world.book(AT + 6 * HOUR - world.now, email="mara@example.com")
    with desk.database.reading() as session:
        seat = session.scalars(
            sa.select(Attendee).where(Attendee.interview_id == second.id, Attendee.enrolment_id == mara)
        ).one()
    shown = desk.do(lambda s: slots.offered(s, mara, world.now, seat_id=seat.id))
    assert shown.present is not None
    assert shown.present.reference == second.reference
    desk.do(lambda s: self_booking.move(s, mara, AT + 2 * HOUR, {}, world.now, seat.id))
    assert world.get(first.id).starts_at == AT
    assert world.get(second.id).starts_at == AT + 2 * HOUR
    assert bookings.move(mara, AT + 4 * HOUR).id == first.id, "the next one, unless somebody says"


def test_who_has_left_the_workspace_hosts_nothing_whatever_counts_as_a_conflict(
    bookings: Bookings, desk: Desk, world: World
) -> None:
    bookings.arrange(conflicts=Conflicts.OFF)
    with desk.database.unit_of_work() as session:
        session.get_one(Member, world.researcher.member_id).is_active = False
    assert bookings.starts(bookings.invite()) == []
    seen = desk.do(lambda s: slots.explain(s, world.admin, "CHK", AT, world.now))
    assert [each.why for each in seen.obstacles] == ["They are not in the workspace any more."]
