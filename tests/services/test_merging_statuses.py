"""Where the one person stands who was two: what their history tells, and what of both is counted."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from bot.services import links, merging, outcomes, statuses, tasks
from bot.services.record import by_callsheet
from bot.services.statuses import Why
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage import participants
from storage.models import StatusChange
from tests.builders import rows
from tests.services.conftest import Desk

ONE, TWO = "mara@example.com", "mara.l@work.example"
S = ParticipantStatus


def enrolled(desk: Desk, email: str, study_id: int, *way: tuple[S, Cause]) -> int:
    """Somebody new in the study who has gone that way: their enrolment."""
    person, by = desk.world.participant(email), by_callsheet(desk.world.now)
    place = (study_id, person.id)
    id_ = desk.do(lambda s: statuses.enrol(s, {place: S.NOT_CONTACTED}, Why(Cause.ADDED, by)))[place]
    for to, cause in way:
        desk.do(lambda s, to=to, cause=cause: statuses.move(s, [(statuses.lock(s, [id_])[0], to)], Why(cause, by)))
    return id_


def merge(desk: Desk) -> None:
    desk.do(lambda s: merging.merge(s, desk.world.admin, "P1", "P2", (), desk.world.now))


def test_the_history_of_two_places_is_two_chains_with_a_note_where_they_meet(desk: Desk) -> None:
    kept = enrolled(desk, ONE, desk.world.study_id, (S.INTERVIEW_INVITED, Cause.SCHEDULER))
    gone = enrolled(desk, TWO, desk.world.study_id, (S.STUDY_INVITED, Cause.STUDY_INVITATION))
    merge(desk)
    told = sa.select(StatusChange.enrolment_id, StatusChange.former_id, StatusChange.was, StatusChange.to)
    assert [tuple(row) for row in rows(desk.database, told.order_by(StatusChange.id))] == [
        (kept, None, None, S.NOT_CONTACTED),
        (kept, None, S.NOT_CONTACTED, S.INTERVIEW_INVITED),
        (kept, gone, None, S.NOT_CONTACTED),
        (kept, gone, S.NOT_CONTACTED, S.STUDY_INVITED),
        (kept, None, S.INTERVIEW_INVITED, S.INTERVIEW_INVITED),
    ]


def test_a_new_address_leads_back_to_what_the_place_itself_was(desk: Desk) -> None:
    kept = enrolled(desk, ONE, desk.world.study_id, (S.STUDY_INVITED, Cause.STUDY_INVITATION))
    enrolled(desk, TWO, desk.world.study_id, (S.CANCELED, Cause.BY_HAND))
    merge(desk)
    by = by_callsheet(desk.world.now)
    desk.do(lambda s: statuses.move(s, [(statuses.lock(s, [kept])[0], S.HARD_BOUNCED)], Why(Cause.BOUNCED, by)))
    with desk.database.reading() as session:
        person = participants.by_email(session, desk.world.workspace_id, ONE)
        assert person is not None
        id_ = person.id
    desk.do(lambda s: statuses.address_corrected(s, id_, by))
    assert desk.status(ONE) == "Study Invited"


def test_a_session_ahead_that_comes_over_makes_them_scheduled(desk: Desk) -> None:
    study_id = desk.world.study("PAY", "Paid", incentive_amount_minor=5000, incentive_currency="EUR").id
    held = desk.world.book(email=ONE, study_id=study_id)
    desk.do(lambda s: outcomes.mark_completed(s, desk.world.researcher, held.id, desk.world.now))
    desk.world.book(timedelta(hours=4), email=TWO, study_id=study_id)
    assert desk.status(ONE, study_id) == "Incentive Not Sent"
    merge(desk)
    assert desk.status(ONE, study_id) == "Interview Scheduled"
    assert desk.study(study_id).seats_taken == 2


def test_a_test_that_one_person_did_twice_counts_once(desk: Desk) -> None:
    url = "https://tool.example/{{ token }}"
    study_id = desk.world.study("TST", "Test", type=StudyType.UNMODERATED_TEST, task_url=url).id
    for email in (ONE, TWO):
        id_ = enrolled(desk, email, study_id, (S.TEST_INVITED, Cause.TEST_INVITATION))
        token = desk.do(lambda s, id_=id_: links.issue_for(s, id_, LinkPurpose.TASK, desk.world.now))
        desk.do(lambda s, token=token: tasks.start(s, token, desk.world.now))
        finish = desk.do(lambda s, id_=id_, token=token: links.issue_finish(s, token, id_, desk.world.now))
        desk.do(lambda s, finish=finish: tasks.come_back(s, finish, desk.world.now))
    assert desk.study(study_id).seats_taken == 2
    merge(desk)
    assert desk.study(study_id).seats_taken == 1
