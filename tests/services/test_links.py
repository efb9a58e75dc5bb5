"""Participants' links: what the holder sees and may do, and when a link stops working."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, interviews, links, moves, outcomes, visits
from bot.services.cancellations import Cancellation
from bot.services.links import LinkExpired, NoSession
from domain.attendance import Attendance, Rsvp
from domain.errors import RuleError
from domain.interview import CancelReason, Door, InterviewStatus
from domain.person import LinkPurpose
from domain.slots import CantBook
from domain.study import StudyType
from storage import calendars
from storage.models import Attendee, Interview, ParticipantLink, TimelineEntry
from tests.builders import World, rows
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
OVER = "This session is not ahead any more."


def seat_id(world: World, interview: Interview, number: int = 0) -> int:
    with world.database.reading() as session:
        return interviews.participant_seats(session, interview)[number].id


def link(desk: Desk, world: World, interview: Interview, number: int = 0) -> str:
    id_ = seat_id(world, interview, number)
    return desk.do(lambda s: links.issue(s, id_, world.now))


def confirm(desk: Desk, world: World, token: str, after: timedelta = timedelta()) -> None:
    desk.do(lambda s: links.confirm(s, token, world.now + after))


def cancel(desk: Desk, world: World, token: str, after: timedelta = timedelta()) -> None:
    desk.do(lambda s: links.cancel(s, token, world.now + after))


def page(desk: Desk, token: str, now: object) -> links.SessionPage:
    return desk.do(lambda s: links.page(s, token, now))  # type: ignore[arg-type]


def test_only_the_hash_of_a_link_is_kept(desk: Desk, world: World) -> None:
    token = link(desk, world, world.book())
    assert len(token) >= 43
    ((stored,),) = rows(world.database, sa.select(ParticipantLink.token_hash))
    assert token not in stored
    assert link(desk, world, world.book(5 * HOUR)) != token


def test_the_page_shows_the_session_in_the_participants_zone(desk: Desk, world: World) -> None:
    interview = world.book(email="mara@example.com")
    token = link(desk, world, interview)
    seen = page(desk, token, world.now)
    assert (seen.participant_name, seen.study_name, seen.team_name) == ("Mara Lindqvist", "Checkout study", "Core")
    assert (seen.host_name, seen.time_zone) == ("Researcher", "Europe/Berlin")
    assert seen.attendance is Attendance.NO_REPLY
    with world.database.reading() as session:
        person = session.get_one(Attendee, seat_id(world, interview)).participant_id
    desk.do(lambda s: s.execute(sa.text(f"UPDATE participants SET time_zone = 'Asia/Tokyo' WHERE id = {person}")))
    assert page(desk, token, world.now).time_zone == "Asia/Tokyo"


def test_the_meetings_link_is_shown_only_while_the_session_is_on(desk: Desk, world: World) -> None:
    interview = world.book()
    desk.change(interview, link="https://meet.example/x", passcode="1234")
    token = link(desk, world, interview)
    seen = page(desk, token, world.now)
    assert (seen.link, seen.passcode) == ("https://meet.example/x", "1234")
    cancel(desk, world, token)
    seen = page(desk, token, world.now)
    assert (seen.status, seen.link, seen.passcode) == (InterviewStatus.CANCELED, None, None)


def test_a_host_without_a_name_does_not_break_the_page(desk: Desk, world: World) -> None:
    token = link(desk, world, world.book())
    desk.do(lambda s: s.execute(sa.text("UPDATE members SET name = '  '")))
    assert page(desk, token, world.now).host_name == ""


def test_confirming_is_noted_once(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    confirm(desk, world, token)
    confirm(desk, world, token, HOUR / 2)
    assert page(desk, token, world.now).attendance is Attendance.CONFIRMED
    assert desk.timeline(interview.id)[1:] == [("P1", "confirmed that they will come")]
    assert rows(world.database, sa.select(TimelineEntry.door).order_by(TimelineEntry.id.desc()).limit(1)) == [
        (Door.PAGE,)
    ]


def test_a_no_in_the_calendar_can_be_taken_back_by_confirming_again(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    confirm(desk, world, token)
    with world.database.reading() as session:
        (seat,) = interviews.participant_seats(session, interview)
    desk.change(seat, rsvp=Rsvp.DECLINED, rsvp_at=world.now + timedelta(minutes=1))
    assert page(desk, token, world.now).attendance is Attendance.DECLINED
    confirm(desk, world, token, timedelta(minutes=2))
    assert page(desk, token, world.now).attendance is Attendance.CONFIRMED


def test_confirming_twice_at_once_is_noted_once(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    results = desk.race(*[lambda s: links.confirm(s, token, world.now)] * 2)
    assert results == [None, None]
    assert len(desk.timeline(interview.id)) == 2


def test_cancelling_calls_the_interview_off_and_tells_the_team(desk: Desk, world: World) -> None:
    interview = world.book(email="mara@example.com")
    token = link(desk, world, interview)
    cancel(desk, world, token)
    assert world.get(interview.id).status is InterviewStatus.CANCELED
    assert (desk.study().seats_taken, desk.status("mara@example.com")) == (0, "Interview Canceled")
    assert desk.alerts(interview.id) == ["canceled_by_participant"]
    assert desk.mails(interview.id) == ["confirmation", "cancellation"]
    assert desk.timeline(interview.id)[-1] == ("P1", "cancelled it (The participant can't make it)")


def test_cancelling_twice_changes_nothing_more(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    cancel(desk, world, token)
    cancel(desk, world, token)
    assert len(desk.timeline(interview.id)) == 2


@pytest.mark.parametrize("people", [1, 3])
def test_cancelling_twice_at_once_frees_one_seat(desk: Desk, world: World, people: int) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    interviews_ = [world.book(study_id=study_id) for _ in range(people)]
    token = link(desk, world, interviews_[0])
    assert desk.race(*[lambda s: links.cancel(s, token, world.now)] * 3) == [None, None, None]
    assert desk.study(study_id).seats_taken == people - 1
    assert len(desk.alerts(interviews_[0].id)) == 1


def test_of_participant_and_host_who_cancel_at_once_neither_is_counted_twice(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)

    def by_host(session: Session) -> None:
        cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)

    results = desk.race(lambda s: links.cancel(s, token, world.now), by_host)
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, RuleError)]
    assert desk.study().seats_taken == 0
    assert desk.mails(interview.id) == ["confirmation", "cancellation"]


@pytest.mark.parametrize("act", [confirm, cancel])
def test_a_session_that_is_over_is_neither_confirmed_nor_cancelled(desk: Desk, world: World, act: object) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    with pytest.raises(RuleError, match=OVER):
        act(desk, world, token, 2 * HOUR)  # type: ignore[operator]
    desk.do(lambda s: outcomes.mark_no_show(s, world.researcher, interview.id, world.now))
    with pytest.raises(RuleError, match=OVER):
        act(desk, world, token)  # type: ignore[operator]


def test_a_cancelled_session_is_not_confirmed(desk: Desk, world: World) -> None:
    token = link(desk, world, world.book())
    cancel(desk, world, token)
    with pytest.raises(RuleError, match=OVER):
        confirm(desk, world, token)


def test_a_revoked_link_and_a_guessed_one_are_told_the_same(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    enrolment_id = desk.do(lambda s: s.get_one(Attendee, seat_id(world, interview)).enrolment_id or 0)
    desk.do(lambda s: links.revoke_all(s, enrolment_id, world.now))
    revoked = desk.refused(lambda s: links.page(s, token, world.now), LinkExpired)
    guessed = desk.refused(lambda s: links.page(s, "x" * 43, world.now), LinkExpired)
    assert revoked.message == guessed.message
    desk.refused(lambda s: links.confirm(s, token, world.now), LinkExpired)
    desk.refused(lambda s: links.cancel(s, token, world.now), LinkExpired)
    assert len(desk.timeline(interview.id)) == 1


def test_a_link_works_until_two_weeks_after_its_session(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    last = interview.ends_at + timedelta(days=14) - timedelta(seconds=1)
    page(desk, token, last)
    desk.refused(lambda s: links.page(s, token, last + timedelta(seconds=1)), LinkExpired)


def test_a_link_goes_on_working_when_the_session_moves_beyond_that(desk: Desk, world: World) -> None:
    interview = world.book()
    token = link(desk, world, interview)
    ahead = world.now + timedelta(days=40)
    desk.do(lambda s: moves.reschedule(s, world.researcher, interview.id, ahead, None, world.now))
    assert page(desk, token, ahead).starts_at == ahead
    confirm(desk, world, token, timedelta(days=39))


def test_a_link_opens_its_own_seat_only(desk: Desk, world: World) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    interview = world.book(study_id=study_id, name="Ana")
    world.book(study_id=study_id, name="Ben")
    anas, bens = link(desk, world, interview, 0), link(desk, world, interview, 1)
    cancel(desk, world, anas)
    assert page(desk, anas, world.now).status is InterviewStatus.CANCELED
    seen = page(desk, bens, world.now)
    assert (seen.participant_name, seen.status) == ("Ben", InterviewStatus.UPCOMING)


def test_cancelling_brings_the_calendar_up_to_date(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    interview = world.book()
    before = desk.outbox("calendar_event", interview.id)[0].request
    cancel(desk, world, link(desk, world, interview))
    assert desk.outbox("calendar_event", interview.id)[0].request == before + 1
    with world.database.reading() as session:
        assert calendars.feed(session, world.researcher.member_id) is not None


def invited_link(desk: Desk, world: World, **values: object) -> tuple[int, str]:
    """Somebody who was invited, and their link from before there was a session."""
    enrolment_id = Bookings(desk).invite()
    return enrolment_id, desk.do(lambda s: links.issue_for(s, enrolment_id, LinkPurpose.PAGE, world.now, **values))  # type: ignore[arg-type]


def test_an_invitations_link_has_no_session_until_one_is_booked_and_then_follows_it(desk: Desk, world: World) -> None:
    enrolment_id, token = invited_link(desk, world)
    desk.refused(lambda s: links.page(s, token, world.now), NoSession)
    assert desk.do(lambda s: visits.visit(s, token, world.now)).enrolment_id == enrolment_id

    first = Bookings(desk).book(enrolment_id, AT)
    assert page(desk, token, world.now).starts_at == AT
    cancel(desk, world, token)
    assert page(desk, token, world.now).status is InterviewStatus.CANCELED

    old = link(desk, world, first)
    Bookings(desk).book(enrolment_id, AT + 24 * HOUR)
    for each in (token, old):
        seen = page(desk, each, world.now)
        assert (seen.starts_at, seen.status) == (AT + 24 * HOUR, InterviewStatus.UPCOMING)
    cancel(desk, world, old)
    assert page(desk, old, world.now).starts_at == AT
    assert page(desk, token, world.now).starts_at == AT + 24 * HOUR


def test_a_link_opens_only_what_it_is_for(desk: Desk, world: World) -> None:
    enrolment_id, token = invited_link(desk, world)
    leave = desk.do(lambda s: links.issue_for(s, enrolment_id, LinkPurpose.UNSUBSCRIBE, world.now))
    desk.refused(lambda s: visits.visit(s, leave, world.now), LinkExpired)
    desk.refused(lambda s: links.resolve(s, token, world.now, LinkPurpose.CLAIM), LinkExpired)
    for each in (leave, token):
        assert desk.do(lambda s, each=each: visits.leaver(s, each, world.now)).email == "m•••@example.com"  # type: ignore[misc]


def test_an_invitations_link_ends_but_not_before_a_session_and_one_to_unsubscribe_never_does(
    desk: Desk, world: World
) -> None:
    enrolment_id, token = invited_link(desk, world, until=world.now + HOUR)
    leave = desk.do(lambda s: links.issue_for(s, enrolment_id, LinkPurpose.UNSUBSCRIBE, world.now))
    much_later = world.now + timedelta(days=400)
    desk.refused(lambda s: visits.visit(s, token, world.now + HOUR), LinkExpired)
    assert not desk.do(lambda s: visits.leaver(s, leave, much_later)).is_out

    Bookings(desk).book(enrolment_id, AT)
    assert desk.do(lambda s: visits.visit(s, token, world.now + HOUR)).enrolment_id == enrolment_id


def test_what_the_participant_said_is_in_the_timeline_and_nothing_goes_when_it_is_too_late(
    desk: Desk, world: World
) -> None:
    interview = world.book(26 * HOUR)
    token = link(desk, world, interview)
    Bookings(desk).arrange(change_until=timedelta(days=2))
    refusal = desk.refused(lambda s: links.cancel(s, token, world.now, "Flu"), CantBook)
    assert refusal.message == page(desk, token, world.now).no_change
    Bookings(desk).arrange(change_until=timedelta())
    desk.do(lambda s: links.cancel(s, token, world.now, " Flu\n since   Monday "))
    assert desk.timeline(interview.id)[-1] == (
        "P1",
        "cancelled it (The participant can't make it: Flu since Monday)",
    )
