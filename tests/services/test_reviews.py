"""Reviewing answers: who may, until when, what follows; and who reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import cancellations, links, record, responses, reviews, self_booking, statuses, tasks
from bot.services.cancellations import Cancellation
from bot.services.statuses import Why
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.interview import CancelReason
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.review import Review
from domain.roles import Actor, Role
from domain.screener import Verdict
from domain.slots import CantBook
from domain.study import StudyStatus, StudyType
from storage.models import Attendee
from tests import screened
from tests.builders import World, counted_statements
from tests.services.conftest import Desk

URL = "https://callsheet.example"
S, V = ParticipantStatus, Verdict


def decide(desk: Desk, enrolment_id: int, verdict: Verdict, reason: str = "", actor: Actor | None = None) -> Review:
    world = desk.world
    who = actor or world.researcher
    return desk.do(lambda s: reviews.decide(s, who, enrolment_id, verdict, reason, world.now))


def refused(
    desk: Desk, enrolment_id: int, actor: Actor, kind: type[RuleError], verdict: Verdict = V.QUALIFIED, why: str = ""
) -> str:
    return desk.refused(lambda s: reviews.decide(s, actor, enrolment_id, verdict, why, desk.world.now), kind).message


def invite(desk: Desk, enrolment_id: int, *, url: str | None = URL, has_mail: bool = True) -> str | None:
    world = desk.world
    return desk.do(lambda s: reviews.invite(s, world.researcher, enrolment_id, url, world.now, has_mail=has_mail))


def test_who_does_not_manage_the_study_decides_and_reads_nothing(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))
    for role in (Role.OBSERVER, Role.COLLABORATOR):
        refused(desk, enrolment_id, world.people[role], NotAllowed)
        error = desk.refused(lambda s, r=role: responses.page(s, world.people[r], "CHK"), NotAllowed)
        assert "only those who manage CHK read it" in error.message
    refused(desk, enrolment_id, elsewhere.admin, NotFound)
    desk.refused(lambda s: reviews.discuss(s, elsewhere.admin, enrolment_id, "Hi", world.now), NotFound)
    desk.refused(lambda s: reviews.discuss(s, world.observer, enrolment_id, "Hi", world.now), NotAllowed)
    assert screened.status_of(world, enrolment_id) is S.SCREENER_COMPLETED


def test_what_was_not_sent_yet_is_not_there_to_be_decided(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.enrolled(world, "half@example.com", status=S.SCREENER_STARTED)
    screened.answer(world, enrolment_id, screened.publish(world), submitted_at=None)
    refused(desk, enrolment_id, world.researcher, NotFound)


@pytest.mark.parametrize("status", [S.INTERVIEW_INVITED, S.INTERVIEW_SCHEDULED, S.INTERVIEW_COMPLETED, S.OPTED_OUT])
def test_once_somebody_has_gone_on_nothing_is_decided_any_more(desk: Desk, status: ParticipantStatus) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world), status=status)
    told = refused(desk, enrolment_id, world.researcher, Stale, V.NOT_QUALIFIED, "changed my mind")
    assert status.value in told
    assert screened.status_of(world, enrolment_id) is status


def test_the_same_decision_twice_and_a_change_without_a_reason_are_told_so(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))
    decide(desk, enrolment_id, V.NOT_QUALIFIED)
    assert f"was not qualified by {world.researcher.name}" in refused(
        desk, enrolment_id, world.admin, Stale, V.NOT_QUALIFIED, "same"
    )
    assert "give a reason" in refused(desk, enrolment_id, world.admin, Stale, V.QUALIFIED, "  ")
    assert decide(desk, enrolment_id, V.QUALIFIED, "they fit after all").stands is V.QUALIFIED


def test_what_the_rules_decided_is_changed_with_a_reason(desk: Desk) -> None:
    world, version_id = desk.world, screened.publish(desk.world)
    enrolment_id = screened.answered(
        world, version_id, answers={"phone": "None"}, status=S.SCREENER_NOT_QUALIFIED, verdict=V.NOT_QUALIFIED
    )
    with desk.database.reading() as session:
        found = reviews.find(session, world.researcher, enrolment_id)
    assert found.rules == ("Not qualified: “Which phone do you use?” is ‘None’",)
    assert "the screener's rules" in refused(desk, enrolment_id, world.researcher, Stale)
    assert decide(desk, enrolment_id, V.QUALIFIED, "has one at work").rules == ()


@pytest.mark.parametrize(
    ("study_type", "mail", "status"),
    [
        (StudyType.INTERVIEW, "scheduler", S.INTERVIEW_INVITED),
        (StudyType.SURVEY, "survey_invitation", S.SCREENER_QUALIFIED),
        (StudyType.UNMODERATED_TEST, "test_invitation", S.TEST_INVITED),
    ],
)
def test_who_qualified_is_invited_to_what_comes_next(
    desk: Desk, study_type: StudyType, mail: str, status: ParticipantStatus
) -> None:
    world = desk.world
    study_id = world.study("NXT", "Next", type=study_type, task_url="https://task.example/x").id
    enrolment_id = screened.answered(world, screened.publish(world, study_id), study_id=study_id)
    decide(desk, enrolment_id, V.QUALIFIED)
    assert invite(desk, enrolment_id) is None
    assert [row.payload["mail"] for row in desk.outbox("mail_enrolment")] == [mail]
    assert screened.status_of(world, enrolment_id) is status
    desk.refused(lambda s: reviews.invite(s, world.researcher, enrolment_id, URL, world.now, has_mail=True), Stale)
    assert len(desk.outbox("mail_enrolment")) == 1


@pytest.mark.parametrize("study_type", [StudyType.INTERVIEW, StudyType.UNMODERATED_TEST])
def test_who_was_invited_may_still_be_found_not_to_fit_until_they_have_booked(
    desk: Desk, study_type: StudyType
) -> None:
    world = desk.world
    study_id = world.study("NXT", "Next", type=study_type, task_url="https://task.example/x").id
    enrolment_id = screened.answered(world, screened.publish(world, study_id), study_id=study_id)
    decide(desk, enrolment_id, V.QUALIFIED)
    assert invite(desk, enrolment_id) is None
    told = refused(desk, enrolment_id, world.admin, Stale, V.NOT_QUALIFIED)
    assert told.endswith("To change that, give a reason: “Change…” on the card.")
    found = decide(desk, enrolment_id, V.NOT_QUALIFIED, "works for a competitor")
    assert (found.status, found.stands) == (S.SCREENER_NOT_QUALIFIED, V.NOT_QUALIFIED)
    if study_type is StudyType.INTERVIEW:
        at = world.now.replace(hour=9) + timedelta(days=1)
        desk.refused(lambda s: self_booking.book(s, enrolment_id, at, {}, world.now), CantBook)
    else:
        token = desk.do(lambda s: links.issue_for(s, enrolment_id, LinkPurpose.TASK, world.now))
        desk.refused(lambda s: tasks.start(s, token, world.now), tasks.CantStart)
    assert decide(desk, enrolment_id, V.QUALIFIED, "left them long ago").status is S.SCREENER_QUALIFIED


def test_who_has_booked_since_is_not_found_otherwise_even_when_that_was_called_off(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world), "mara@example.com")
    decide(desk, enrolment_id, V.QUALIFIED)
    assert invite(desk, enrolment_id) is None
    interview = world.book(email="mara@example.com")
    refused(desk, enrolment_id, world.researcher, Stale, V.NOT_QUALIFIED, "changed my mind")
    off = Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, interview.id, off, world.now))
    again = Why(Cause.SCHEDULER, record.by(world.researcher, world.now))
    assert desk.do(lambda s: statuses.invited(s, [enrolment_id], again)) == {enrolment_id}
    assert screened.status_of(world, enrolment_id) is S.INTERVIEW_INVITED
    refused(desk, enrolment_id, world.researcher, Stale, V.NOT_QUALIFIED, "changed my mind")


def test_not_qualified_sends_nothing_and_invites_nobody(desk: Desk) -> None:
    enrolment_id = screened.answered(desk.world, screened.publish(desk.world))
    decide(desk, enrolment_id, V.NOT_QUALIFIED)
    desk.refused(
        lambda s: reviews.invite(s, desk.world.researcher, enrolment_id, URL, desk.world.now, has_mail=True), Stale
    )
    assert desk.outbox("mail_enrolment") == []


def test_what_is_against_inviting_is_said_and_they_stay_qualified(desk: Desk) -> None:
    world, version_id = desk.world, screened.publish(desk.world)
    enrolment_id = screened.answered(world, version_id, cooldown_until=world.now + timedelta(days=3))
    decide(desk, enrolment_id, V.QUALIFIED)
    assert "No mail is set up" in (invite(desk, enrolment_id, has_mail=False) or "")
    assert "CALLSHEET_PUBLIC_URL" in (invite(desk, enrolment_id, url=None) or "")
    assert "cooldown" in (invite(desk, enrolment_id) or "")
    desk.change(desk.study(), status=StudyStatus.PAUSED)
    assert "paused" in (invite(desk, enrolment_id) or "")
    desk.change(desk.study(), status=StudyStatus.ACTIVE, participation_limit=2, seats_taken=2)
    assert "fully booked (2 of 2)" in (invite(desk, enrolment_id) or "")
    assert screened.status_of(world, enrolment_id) is S.SCREENER_QUALIFIED
    assert desk.outbox("mail_enrolment") == []


def test_a_note_goes_into_the_cards_thread_in_the_members_name(desk: Desk) -> None:
    world = desk.world
    enrolment_id = screened.answered(world, screened.publish(world))
    desk.do(lambda s: reviews.discuss(s, world.researcher, enrolment_id, " Looks good ", world.now))
    (row,) = desk.outbox("slack_review_note")
    assert row.payload == {"by": world.researcher.slack_user_id, "text": "Looks good"}
    assert desk.refused(lambda s: reviews.discuss(s, world.researcher, enrolment_id, " ", world.now)).field == "note"


def test_responses_are_paged_by_how_they_stand_those_to_review_longest_first(desk: Desk) -> None:
    world, version_id = desk.world, screened.publish(desk.world)
    waiting = [screened.answered(world, version_id, f"w{n}@example.com") for n in range(responses.PAGE + 2)]
    screened.answered(world, version_id, "q@example.com", status=S.SCREENER_QUALIFIED)
    screened.answered(world, version_id, "n@example.com", verdict=V.NOT_QUALIFIED, status=S.SCREENER_NOT_QUALIFIED)
    screened.answered(world, version_id, "gone@example.com", status=S.OPTED_OUT)
    with desk.database.reading() as session:
        first = responses.page(session, world.researcher, "chk")
        rest = responses.page(session, world.researcher, "CHK", V.UNDECIDED, first.after)
        qualified = responses.page(session, world.researcher, "CHK", V.QUALIFIED)
    assert first.counts == {V.UNDECIDED: responses.PAGE + 2, V.QUALIFIED: 1, V.NOT_QUALIFIED: 1}
    assert [one.enrolment_id for one in (*first.responses, *rest.responses)] == waiting
    assert rest.after is None
    assert [one.status for one in qualified.responses] == [S.SCREENER_QUALIFIED], "set by hand, it stands so"


def test_many_responses_take_as_many_statements_as_one(desk: Desk) -> None:
    world, version_id = desk.world, screened.publish(desk.world)
    numbers = []
    for name in ("a", "b", "c"):
        screened.answered(world, version_id, f"{name}@example.com")
        with counted_statements(desk.database) as statements, desk.database.reading() as session:
            responses.page(session, world.researcher, "CHK")
        numbers.append(len(statements))
    assert len(set(numbers)) == 1


def test_a_study_that_never_asked_anybody_says_how_to_ask(desk: Desk) -> None:
    assert "/study screener CHK" in desk.refused(lambda s: responses.page(s, desk.world.researcher, "CHK")).message


def test_an_interviews_answers_are_those_of_its_participants_whatever_became_of_it(desk: Desk) -> None:
    world = desk.world
    interview = world.book()
    assert (
        "has no screener" in desk.refused(lambda s: responses.of_interview(s, world.researcher, interview.id)).message
    )
    version_id = screened.publish(world)
    assert (
        "Nobody in CHK-1 has answered"
        in desk.refused(lambda s: responses.of_interview(s, world.researcher, interview.id)).message
    )
    with desk.database.reading() as session:
        enrolment_id = session.query(Attendee.enrolment_id).filter(Attendee.enrolment_id.is_not(None)).scalar()
    screened.answer(world, enrolment_id, version_id)
    with desk.database.reading() as session:
        line, (found,) = responses.of_interview(session, world.researcher, "CHK-1")
    assert (line.reference, found.replies[0].answer) == ("CHK-1", "Android")
    desk.refused(lambda s: responses.of_interview(s, world.observer, interview.id), NotAllowed)


def test_of_a_person_only_the_answers_in_managed_studies_are_shown(desk: Desk, elsewhere: World) -> None:
    world, version_id = desk.world, screened.publish(desk.world)
    enrolment_id = screened.answered(world, version_id)
    with desk.database.reading() as session:
        person_id = reviews.find(session, world.admin, enrolment_id).participant_id
        shown = {role: len(responses.of_person(session, actor, person_id)) for role, actor in world.people.items()}
        assert responses.of_person(session, elsewhere.admin, person_id) == ()
    assert shown == {
        Role.ADMIN: 1,
        Role.OPS_MANAGER: 1,
        Role.RESEARCHER: 1,
        Role.COLLABORATOR: 0,
        Role.OBSERVER: 0,
    }
