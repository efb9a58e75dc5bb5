"""What is done to an interview once it is booked, by whom, in which words refused, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, cancellations, interviews, moves, outcomes, record
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from domain.attendance import Rsvp
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.interview import CancelReason, InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyType
from domain.times import Span
from storage import interviews as stored
from storage.models import Attendee, Enrolment, Interview, StudyCollaborator
from tests.builders import World, counted_statements, keep_busy, rows
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
Act = Callable[[Session], Interview]
Acting = Callable[[World, int, Actor], Act]


def completing(world: World, id_: int, actor: Actor) -> Act:
    return lambda session: outcomes.mark_completed(session, actor, id_, world.now)


def no_showing(world: World, id_: int, actor: Actor) -> Act:
    return lambda session: outcomes.mark_no_show(session, actor, id_, world.now)


def cancelling(world: World, id_: int, actor: Actor) -> Act:
    why = Cancellation(CancelReason.HOST_UNAVAILABLE)
    return lambda session: cancellations.cancel(session, actor, id_, why, world.now)


def moving(world: World, id_: int, actor: Actor, by: timedelta = 24 * HOUR) -> Act:
    return lambda session: moves.reschedule(session, actor, id_, world.now + by, None, world.now)


def verifying(world: World, id_: int, actor: Actor) -> Act:
    return lambda session: outcomes.verify(session, actor, id_, world.now)


MANAGING = [completing, no_showing, cancelling, moving]


def seats(world: World, interview_id: int) -> list[Attendee]:
    with world.database.reading() as session:
        return interviews.participant_seats(session, session.get_one(Interview, interview_id))


def group(desk: Desk, world: World, *emails: str, **values: Any) -> Interview:
    """A group session with those participants."""
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4, **values).id
    first, *_ = [world.book(study_id=study_id, email=email) for email in emails]
    return first


def release(desk: Desk, world: World, interview_id: int, email: str) -> None:
    """The participant gives up their seat."""

    def give_up(session: Session) -> None:
        interview = session.get_one(Interview, interview_id)
        line = stored.line(session, world.workspace_id, interview.id)
        (seat,) = (each for each in line.seats if each.email == email)
        by = record.by_callsheet(world.now)
        cancellations.cancel_by_participant(session, session.get_one(Attendee, seat.attendee_id), by)

    desk.do(give_up)


# Outcomes


def test_completed_is_verified_when_a_person_says_so(desk: Desk, world: World) -> None:
    id_ = world.book(email="mara@example.com").id
    desk.do(completing(world, id_, world.researcher))
    assert (world.get(id_).status, world.get(id_).is_verified) == (InterviewStatus.COMPLETED, True)
    assert desk.status("mara@example.com") == "Interview Completed"
    assert desk.study().seats_taken == 1
    assert desk.timeline(id_)[-1] == (world.researcher.name, "marked it as completed")


def test_a_no_show_frees_the_seat_and_alerts_the_team(desk: Desk, world: World) -> None:
    id_ = world.book(email="mara@example.com").id
    desk.do(no_showing(world, id_, world.researcher))
    assert desk.status("mara@example.com") == "No Showed"
    assert desk.study().seats_taken == 0
    assert desk.alerts(id_) == ["no_showed"]


@pytest.mark.parametrize(
    "status", [ParticipantStatus.OPTED_OUT, ParticipantStatus.HARD_BOUNCED, ParticipantStatus.CANCELED]
)
@pytest.mark.parametrize("act", [completing, no_showing, cancelling])
def test_who_is_out_of_the_study_stays_out_of_it(
    desk: Desk, world: World, act: Acting, status: ParticipantStatus
) -> None:
    id_ = world.book(email="mara@example.com").id
    desk.do(lambda s: s.execute(sa.update(Enrolment).values(status=status)))
    desk.do(act(world, id_, world.researcher))
    assert desk.status("mara@example.com") == status.value


def test_the_incentive_of_who_gave_up_their_seat_bars_no_no_show(desk: Desk, world: World) -> None:
    id_ = group(desk, world, "ana@example.com", "ben@example.com").id
    release(desk, world, id_, "ben@example.com")
    (ana, ben) = seats(world, id_)
    sent = sa.update(Enrolment).values(status=ParticipantStatus.INCENTIVE_SENT)
    desk.do(lambda s: s.execute(sent.where(Enrolment.id == ben.enrolment_id)))
    desk.do(no_showing(world, id_, world.researcher))
    assert world.get(id_).status is InterviewStatus.NO_SHOWED
    desk.do(completing(world, id_, world.researcher))
    desk.do(lambda s: s.execute(sent.where(Enrolment.id == ana.enrolment_id)))
    assert "has been sent" in desk.refused(no_showing(world, id_, world.researcher)).message


def test_completed_and_no_show_correct_each_other(desk: Desk, world: World) -> None:
    id_ = world.book(email="mara@example.com").id
    desk.do(completing(world, id_, world.researcher))
    desk.do(no_showing(world, id_, world.researcher))
    assert (desk.study().seats_taken, desk.status("mara@example.com")) == (0, "No Showed")
    desk.do(completing(world, id_, world.researcher))
    assert (desk.study().seats_taken, desk.status("mara@example.com")) == (1, "Interview Completed")
    desk.do(no_showing(world, id_, world.researcher))
    assert desk.alerts(id_) == ["no_showed", "no_showed"], "the second time is news again"


def test_an_incentive_is_owed_once_the_outcome_is_verified(desk: Desk, world: World) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    interview = world.book(email="mara@example.com", study_id=study_id)
    later = interview.ends_at
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), later))
    assert desk.status("mara@example.com", study_id) == "Interview Completed"
    desk.do(verifying(world, interview.id, world.observer))
    assert desk.status("mara@example.com", study_id) == "Incentive Not Sent"


@pytest.mark.parametrize("status", [ParticipantStatus.INCENTIVE_SENT, ParticipantStatus.INCENTIVE_CLAIMED])
def test_no_no_show_once_the_incentive_is_out(desk: Desk, world: World, status: ParticipantStatus) -> None:
    id_ = world.book().id
    desk.do(completing(world, id_, world.researcher))
    desk.do(lambda s: s.execute(sa.update(Enrolment).values(status=status)))
    refusal = desk.refused(no_showing(world, id_, world.researcher))
    assert refusal.message == "The incentive for CHK-1 has been sent: it can't become a no-show."


def test_a_session_that_ended_completes_itself_unverified_and_once(desk: Desk, world: World) -> None:
    interview = world.book(email="mara@example.com")

    def sweep(session: Session) -> None:
        outcomes.complete_ended(session, session.get_one(Interview, interview.id), interview.ends_at)

    desk.do(sweep)
    desk.do(sweep)
    assert (world.get(interview.id).status, world.get(interview.id).is_verified) == (InterviewStatus.COMPLETED, False)
    assert desk.timeline(interview.id)[1:] == [("Callsheet", "completed it at its end, unverified")]
    assert desk.status("mara@example.com") == "Interview Completed"


def test_a_session_that_goes_on_is_not_completed(desk: Desk, world: World) -> None:
    interview = world.book()
    before = interview.ends_at - timedelta(seconds=1)
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), before))
    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_a_session_that_somebody_saw_start_completes_verified(desk: Desk, world: World) -> None:
    interview = world.book()
    world.now = interview.starts_at
    desk.do(verifying(world, interview.id, world.observer))
    refusal = desk.refused(verifying(world, interview.id, world.researcher), Stale)
    said = f"Monday 23 November, 10:30: {world.observer.name} said that it started."
    assert refusal.message == f"{said} There is nothing left to confirm for CHK-1."
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, interview.id), interview.ends_at))
    assert world.get(interview.id).is_verified
    assert [text for _, text in desk.timeline(interview.id)][1:] == ["said that it started", "completed it at its end"]


@pytest.mark.parametrize(("act", "state"), [(cancelling, "cancelled"), (no_showing, "marked as a no-show")])
def test_a_session_that_did_not_take_place_cannot_be_confirmed(
    desk: Desk, world: World, act: Acting, state: str
) -> None:
    id_ = world.book().id
    desk.do(act(world, id_, world.researcher))
    refusal = desk.refused(verifying(world, id_, world.observer), Stale)
    said = f"was {state} by {world.researcher.name} on Monday 23 November, 17:30"
    assert refusal.message == f"CHK-1 {said}: there is nothing to confirm."


# Cancelling


def test_cancelling_tells_participant_team_and_calendar(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    id_ = world.book(email="mara@example.com").id
    before = desk.outbox("calendar_event", id_)[0].request
    desk.do(cancelling(world, id_, world.researcher))
    assert desk.mails(id_) == ["confirmation", "cancellation"]
    assert desk.alerts(id_) == ["canceled"]
    assert desk.outbox("calendar_event", id_)[0].request == before + 1
    assert (desk.study().seats_taken, desk.status("mara@example.com")) == (0, "Interview Canceled")
    assert world.get(id_).cancel_reason == "The host can't make it"
    assert desk.timeline(id_)[-1] == (world.researcher.name, "cancelled it (The host can't make it)")


def test_a_second_cancel_says_that_it_is_cancelled(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(cancelling(world, id_, world.researcher))
    refusal = desk.refused(cancelling(world, id_, world.researcher), Stale)
    assert (
        refusal.message
        == "CHK-1 was cancelled by Researcher 3 on Monday 23 November, 09:30: it can't be cancelled now. "
        "Possible: details, book again, compose, copy link."
    )
    assert desk.mails(id_) == ["confirmation", "cancellation"]


def test_of_two_cancels_at_once_one_is_told_that_it_is_cancelled(desk: Desk, world: World) -> None:
    id_ = world.book().id
    results = desk.race(*[cancelling(world, id_, actor) for actor in (world.researcher, world.admin)])
    assert sorted(type(each).__name__ for each in results) == ["Interview", "Stale"]
    assert desk.study().seats_taken == 0
    assert desk.mails(id_) == ["confirmation", "cancellation"]


def test_of_a_cancel_and_an_outcome_at_once_one_wins(desk: Desk, world: World) -> None:
    id_ = world.book().id
    results = desk.race(cancelling(world, id_, world.researcher), completing(world, id_, world.admin))
    assert sorted(type(each).__name__ for each in results) == ["Interview", "Stale"]
    completed = world.get(id_).status is InterviewStatus.COMPLETED
    assert desk.study().seats_taken == int(completed)


def test_the_sweep_and_a_click_at_once_do_not_wait_for_each_other(desk: Desk, world: World) -> None:
    interview = world.book()

    def sweep(session: Session) -> None:
        outcomes.complete_ended(session, session.get_one(Interview, interview.id), interview.ends_at)

    results = desk.race(sweep, no_showing(world, interview.id, world.researcher))
    assert not [each for each in results if isinstance(each, Exception) and not isinstance(each, RuleError)]
    assert desk.study().seats_taken == 0


def test_a_cancelled_group_tells_only_those_who_still_had_a_seat(desk: Desk, world: World) -> None:
    interview = group(desk, world, "ana@example.com", "ben@example.com")
    release(desk, world, interview.id, "ana@example.com")
    desk.do(cancelling(world, interview.id, world.researcher))
    assert desk.mails(interview.id).count("cancellation") == 1
    assert desk.study(interview.study_id).seats_taken == 0


def test_in_a_group_only_the_seat_goes_until_it_is_the_last(desk: Desk, world: World) -> None:
    interview = group(desk, world, "ana@example.com", "ben@example.com")
    release(desk, world, interview.id, "ana@example.com")
    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    assert desk.status("ana@example.com", interview.study_id) == "Interview Canceled"
    assert desk.status("ben@example.com", interview.study_id) == "Interview Scheduled"
    release(desk, world, interview.id, "ben@example.com")
    assert world.get(interview.id).status is InterviewStatus.CANCELED
    assert desk.alerts(interview.id) == ["canceled_by_participant", "canceled_by_participant"]


# Moving


def test_moving_keeps_the_interview_and_asks_everybody_anew(desk: Desk, world: World) -> None:
    interview = world.book()
    (seat,) = seats(world, interview.id)
    desk.change(seat, rsvp=Rsvp.ACCEPTED, rsvp_at=world.now, confirmed_at=world.now)
    desk.do(moving(world, interview.id, world.researcher))
    moved = world.get(interview.id)
    assert (moved.reference, moved.starts_at, moved.ends_at) == (
        "CHK-1",
        world.now + 24 * HOUR,
        world.now + 25 * HOUR,
    )
    (seat,) = seats(world, interview.id)
    assert (seat.rsvp, seat.rsvp_at, seat.confirmed_at) == (Rsvp.NEEDS_ACTION, None, None)
    assert rows(world.database, sa.select(Attendee.starts_at).distinct()) == [(moved.starts_at,)]
    assert desk.mails(interview.id) == ["confirmation", "rescheduled"]
    with world.database.reading() as session:
        entry = stored.details(session, world.admin, "CHK-1", None, 5).timeline[0]
    assert (entry.before, entry.after) == ("2026-11-23T09:30:00+00:00", "2026-11-24T08:30:00+00:00")


def test_moving_it_twice_mails_twice(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(moving(world, id_, world.researcher))
    desk.do(moving(world, id_, world.researcher, 48 * HOUR))
    assert desk.mails(id_) == ["confirmation", "rescheduled", "rescheduled"]


def test_moving_notes_who_is_busy_at_the_new_time(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    id_ = world.book().id
    busy = Span(world.now + 24 * HOUR, world.now + 25 * HOUR)
    desk.do(lambda s: keep_busy(s, world.researcher.member_id, "event", busy))
    desk.do(moving(world, id_, world.researcher))
    with world.database.reading() as session:
        assert stored.line(session, world.workspace_id, id_).hosts[0].has_conflict


def test_moving_into_the_past_onto_itself_or_onto_another_is_refused(desk: Desk, world: World) -> None:
    first, second = world.book().id, world.book(timedelta(hours=5)).id
    refusal = desk.refused(moving(world, first, world.researcher, -HOUR))
    assert refusal.message == "Monday 23 November, 08:30 has passed (Europe/Berlin). Pick a time ahead."
    assert desk.refused(moving(world, first, world.researcher, HOUR)).message == "CHK-1 is at that time already."
    refusal = desk.refused(moving(world, second, world.researcher, 1.5 * HOUR))
    assert refusal.message == (
        f"{world.researcher.name} is already booked at 11:00 for CHK-1. Pick another time or another host."
    )


def test_moving_by_a_little_does_not_collide_with_itself(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(moving(world, id_, world.researcher, 1.5 * HOUR))
    assert world.get(id_).starts_at == world.now + 1.5 * HOUR


def test_who_gave_up_their_seat_neither_hinders_a_move_nor_hears_of_it(desk: Desk, world: World) -> None:
    interview = group(desk, world, "ana@example.com", "ben@example.com")
    release(desk, world, interview.id, "ana@example.com")
    other_study = world.study("NAV", "Navigation").id
    world.book(24 * HOUR, study_id=other_study, email="ana@example.com", host_ids=(world.admin.member_id,))
    desk.do(moving(world, interview.id, world.researcher))
    assert desk.mails(interview.id).count("rescheduled") == 1


@pytest.mark.parametrize("act", [completing, no_showing])
def test_rescheduling_what_was_held_makes_a_new_linked_interview(desk: Desk, world: World, act: Acting) -> None:
    world.calendar(world.researcher)
    old = world.book(email="mara@example.com", title="First talk")
    desk.do(act(world, old.id, world.researcher))
    new = desk.do(moving(world, old.id, world.researcher))
    assert (new.reference, new.title, new.status) == ("CHK-2", "First talk", InterviewStatus.UPCOMING)
    assert new.rescheduled_from_id == old.id
    assert world.get(old.id).status is not InterviewStatus.UPCOMING, "the old one keeps its outcome"
    assert desk.status("mara@example.com") == "Interview Scheduled"
    assert desk.timeline(old.id)[-1] == (world.researcher.name, "booked CHK-2 to follow it")
    assert desk.mails(new.id) == ["confirmation"]


def test_the_details_name_the_latest_that_follows(desk: Desk, world: World) -> None:
    old = world.book(email="mara@example.com").id
    desk.do(completing(world, old, world.researcher))
    for n in range(9):
        desk.do(moving(world, old, world.researcher, (24 + n) * HOUR))
    with world.database.reading() as session:
        assert stored.details(session, world.admin, "CHK-1", None, 5).rescheduled_to == "CHK-10"
        assert stored.details(session, world.admin, "CHK-10", None, 5).rescheduled_from == "CHK-1"


def test_a_group_that_was_held_is_booked_again_without_those_who_had_cancelled(desk: Desk, world: World) -> None:
    interview = group(desk, world, "ana@example.com", "ben@example.com", "cem@example.com")
    release(desk, world, interview.id, "ana@example.com")
    desk.do(completing(world, interview.id, world.researcher))
    new = desk.do(moving(world, interview.id, world.researcher))
    with world.database.reading() as session:
        line = stored.line(session, world.workspace_id, new.id)
    assert [seat.email for seat in line.seats] == ["ben@example.com", "cem@example.com"]
    assert desk.study(interview.study_id).seats_taken == 4


def test_a_cancelled_interview_is_not_rescheduled(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(cancelling(world, id_, world.researcher))
    refusal = desk.refused(moving(world, id_, world.researcher), Stale)
    assert (
        refusal.message
        == "CHK-1 was cancelled by Researcher 3 on Monday 23 November, 09:30: it can't be rescheduled now. "
        "Possible: details, book again, compose, copy link."
    )


# Enrolments with several sessions


def test_cancelling_one_of_two_leaves_the_participant_scheduled(desk: Desk, world: World) -> None:
    world.book(email="mara@example.com")
    second = world.book(24 * HOUR, email="mara@example.com").id
    desk.do(cancelling(world, second, world.researcher))
    assert desk.status("mara@example.com") == "Interview Scheduled"


def test_correcting_an_old_outcome_does_not_unschedule_the_participant(desk: Desk, world: World) -> None:
    old = world.book(email="mara@example.com").id
    desk.do(completing(world, old, world.researcher))
    desk.do(moving(world, old, world.researcher))
    desk.do(no_showing(world, old, world.researcher))
    assert desk.status("mara@example.com") == "Interview Scheduled"


def test_calling_off_the_follow_up_leaves_an_owed_incentive_owed(desk: Desk, world: World) -> None:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    old = world.book(email="mara@example.com", study_id=study_id).id
    desk.do(completing(world, old, world.researcher))
    new = desk.do(moving(world, old, world.researcher))
    desk.do(cancelling(world, new.id, world.researcher))
    assert desk.status("mara@example.com", study_id) == "Incentive Not Sent"


# Who may


@pytest.mark.parametrize("act", MANAGING)
@pytest.mark.parametrize("role", Role)
def test_managing_is_for_admins_ops_and_those_of_the_study(desk: Desk, world: World, act: Acting, role: Role) -> None:
    id_ = world.book().id
    actor = world.people[role]
    if role in (Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER):
        desk.do(act(world, id_, actor))
    else:
        desk.refused(act(world, id_, actor), NotAllowed)
        assert world.get(id_).version == 1


@pytest.mark.parametrize("act", MANAGING)
def test_a_collaborator_manages_the_studies_they_work_on(desk: Desk, world: World, act: Acting) -> None:
    id_, collaborator = world.book().id, world.people[Role.COLLABORATOR]
    desk.do(lambda s: s.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id)))
    desk.do(act(world, id_, collaborator))


@pytest.mark.parametrize("act", [*MANAGING, verifying])
def test_ids_of_another_workspace_are_not_found(desk: Desk, world: World, elsewhere: World, act: Acting) -> None:
    foreign = elsewhere.book().id
    refusal = desk.refused(act(world, foreign, world.admin), NotFound)
    assert refusal.message == "There is no such interview that you can see."
    assert elsewhere.get(foreign).version == 1


@pytest.mark.parametrize("act", [*MANAGING, verifying])
def test_another_teams_interview_is_not_found_by_who_is_not_in_it(desk: Desk, world: World, act: Acting) -> None:
    team = world.team("Growth", "C0GROWTH", world.admin)
    study_id = world.study("GRO", "Growth", team_id=team.id, owner_id=world.admin.member_id).id
    wanted = Booking(study_id, "x@example.com", world.now + HOUR)
    id_ = desk.do(lambda s: booking.book(s, world.admin, wanted, world.now)).interview_id
    desk.refused(act(world, id_, world.people[Role.COLLABORATOR]), NotFound)


@pytest.mark.parametrize("act", MANAGING)
def test_an_action_takes_as_many_statements_however_much_is_stored(desk: Desk, world: World, act: Acting) -> None:
    def cost(id_: int) -> int:
        with counted_statements(world.database) as statements:
            desk.do(act(world, id_, world.researcher))
        return len(statements)

    first, *_ = ids = [world.book(n * HOUR).id for n in range(1, 9)]
    before = cost(first)
    for id_ in ids[1:4]:
        desk.do(cancelling(world, id_, world.researcher))
    last = world.book(100 * HOUR).id
    world.now += timedelta(days=3)
    assert cost(last) == before <= 40
