"""Answering a screener: begun, kept page by page, sent off once, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import links, screening
from bot.services.consents import ConsentNeeded
from bot.services.links import LinkExpired
from bot.services.screening import CantAnswer, Onward
from domain.errors import Stale
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.quota import Quota
from domain.screener import Verdict
from domain.screening import ScreeningState
from domain.study import StudyStatus, StudyType
from storage import quotas
from storage.models import Participant, ScreenerResponse
from tests.builders import counted_statements, rows
from tests.services.conftest import Desk
from tests.services.screening_desk import FIRST, FITS, MIDDLING, NOTE, ROLE, SCREENER, SHOPS, Screenings

S = ParticipantStatus
State = ScreeningState


@pytest.fixture
def screenings(desk: Desk) -> Screenings:
    return Screenings(desk)


def opened(screenings: Screenings, onward: Onward | None) -> int:
    """Whose page it is to which somebody is led on."""
    assert onward is not None
    with screenings.desk.database.reading() as session:
        return links.resolve(session, onward.secret, screenings.desk.world.now, onward.purpose).enrolment_id


def test_looking_begins_nothing_and_the_first_answer_does(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()

    page = screenings.page(token)

    assert (page.state, page.version, page.is_begun, page.introduction) == (
        State.QUESTIONS,
        1,
        False,
        "It takes two minutes.",
    )
    assert page.part is not None
    assert [each.question for each in page.part.asked] == [ROLE, SHOPS]
    assert screenings.status(enrolment_id) == "Study Invited"
    assert screenings.save(token, 1, {}).problems.keys() == {"role", "shops"}
    assert screenings.steps(enrolment_id) == [("Screener Started", "screener_opened")]


def test_what_was_answered_is_kept_and_found_again(screenings: Screenings) -> None:
    screenings.publish()
    _, token = screenings.invite()

    screenings.save(token, 1, {0: ("Buyer",), 1: ("maybe",)})

    page = screenings.page(token, None)
    assert page.answers == {"role": "Buyer"}
    assert page.is_begun
    assert page.part is not None
    assert page.part.number == 1


def test_a_skipped_question_is_neither_asked_nor_kept(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()
    screenings.answer(token)
    other_id, other = screenings.invite("ola@example.com")
    screenings.save(other, 1, FIRST)
    screenings.save(other, 2, FITS)
    screenings.save(other, 1, {0: ("Seller",), 1: ("no",)})

    page = screenings.page(other, 2)
    assert page.part is not None
    assert [each.question for each in page.part.asked] == [NOTE]
    assert screenings.save(other, 2, {2: ("4",), 3: ("Hello",)}, is_last=True).is_sent

    response = screenings.response(other_id)
    assert response is not None
    assert response.answers == {"role": "Seller", "shops": "no", "note": "Hello"}
    assert screenings.status(other_id) == "Screener Not Qualified"
    assert screenings.status(enrolment_id) == "Screener Qualified"


def test_who_qualifies_goes_straight_to_the_times(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()

    done = screenings.answer(token)

    assert done.is_sent
    assert done.onward is not None
    assert done.onward.purpose is LinkPurpose.PAGE
    assert opened(screenings, done.onward) == enrolment_id
    assert screenings.steps(enrolment_id) == [
        ("Screener Started", "screener_opened"),
        ("Screener Qualified", "screener_submitted"),
    ]
    response = screenings.response(enrolment_id)
    assert response is not None
    assert (response.verdict, response.submitted_at) == (Verdict.QUALIFIED, screenings.desk.world.now)


def test_sending_twice_is_sending_once_and_leads_to_the_same(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()
    screenings.answer(token)

    again = screenings.save(token, 2, MIDDLING, is_last=True)

    assert again.is_sent
    assert opened(screenings, again.onward) == enrolment_id
    assert len(screenings.steps(enrolment_id)) == 2
    response = screenings.response(enrolment_id)
    assert response is not None
    assert response.answers["often"] == "4"


def test_without_immediate_scheduling_who_qualifies_waits_for_a_mail(screenings: Screenings) -> None:
    screenings.publish()
    screenings.change_study(is_immediate=False)
    _, token = screenings.invite()

    done = screenings.answer(token)

    assert (done.is_sent, done.onward) == (True, None)
    page = screenings.page(token)
    assert (page.state, page.verdict, page.goes_on) == (State.SENT, Verdict.QUALIFIED, False)


def test_undecided_answers_are_put_to_the_channel(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()

    done = screenings.answer(token, MIDDLING)

    assert (done.is_sent, done.onward) == (True, None)
    assert screenings.status(enrolment_id) == "Screener Completed"
    assert [row.subject for row in screenings.desk.outbox("slack_review")] == [str(enrolment_id)]


def test_who_does_not_fit_gets_no_second_try(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()
    screenings.save(token, 1, {0: ("Buyer",), 1: ("no",)})
    screenings.save(token, 2, {}, is_last=True)

    for secret in (token, screenings.link(enrolment_id)):
        done = screenings.save(secret, 1, FIRST, is_last=True)
        assert (done.is_sent, done.onward) == (True, None)
        assert screenings.page(secret).verdict is Verdict.NOT_QUALIFIED
    assert screenings.status(enrolment_id) == "Screener Not Qualified"


def test_answers_fill_what_is_known_of_the_person(screenings: Screenings) -> None:
    screenings.publish()
    _, token = screenings.invite(properties={"Plan": "Pro", "Shops": "No"})

    screenings.answer(token)

    found = rows(screenings.desk.database, sa.select(Participant.properties))
    assert found == [({"Plan": "Pro", "Shops": "Yes", "Purchases": "4"},)]


def test_who_has_begun_goes_on_with_their_version(screenings: Screenings) -> None:
    screenings.publish()
    _, begun = screenings.invite()
    screenings.save(begun, 1, FIRST)
    new_id, new = screenings.invite("ola@example.com")
    screenings.publish(replace(SCREENER, questions=(replace(ROLE, text="And what do you do now?"),), rules=()))

    with pytest.raises(Stale):
        screenings.save(new, 1, FIRST)
    page = screenings.page(new)
    assert page.part is not None
    assert (page.version, [each.question.text for each in page.part.asked]) == (2, ["And what do you do now?"])
    assert screenings.status(new_id) == "Study Invited"
    assert screenings.save(begun, 2, FITS, is_last=True).onward is not None


def test_a_screener_that_was_ended_goes_on_for_who_has_begun(screenings: Screenings) -> None:
    screenings.publish()
    _, begun = screenings.invite()
    screenings.save(begun, 1, FIRST)
    _, new = screenings.invite("ola@example.com")
    screenings.publish(replace(SCREENER, questions=(), rules=()))

    assert screenings.page(begun).state is State.QUESTIONS
    assert screenings.page(new).state is State.BARRED


@pytest.mark.parametrize(
    ("study", "state"),
    [
        ({"status": StudyStatus.DRAFT}, State.NOT_ACTIVE),
        ({"status": StudyStatus.PAUSED}, State.NOT_ACTIVE),
        ({"status": StudyStatus.CLOSED}, State.NOT_ACTIVE),
        ({"participation_limit": 2, "seats_taken": 2}, State.FULL),
    ],
    ids=["draft", "paused", "closed", "full"],
)
def test_a_study_that_takes_nobody_takes_no_answers(
    screenings: Screenings, study: dict[str, object], state: State
) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()
    screenings.save(token, 1, FIRST)
    screenings.change_study(**study)

    assert screenings.page(token).state is state
    with pytest.raises(CantAnswer):
        screenings.save(token, 2, FITS, is_last=True)
    response = screenings.response(enrolment_id)
    assert response is not None
    assert response.answers == {"role": "Buyer", "shops": "yes"}


def test_a_full_quota_closes_for_those_whom_it_counts(screenings: Screenings) -> None:
    screenings.publish()
    screenings.desk.do(lambda s: quotas.store(s, screenings.desk.world.study_id, [Quota("Plan", "Pro", 0)]))
    _, pro = screenings.invite(properties={"Plan": "pro"})
    _, other = screenings.invite("ola@example.com")

    assert screenings.page(pro).state is State.FULL
    assert screenings.page(other).state is State.QUESTIONS


def test_who_opted_out_or_was_removed_is_asked_nothing(screenings: Screenings) -> None:
    now = screenings.desk.world.now
    screenings.publish()
    _, out = screenings.invite(opted_out_at=now)
    _, removed = screenings.invite("ola@example.com", S.CANCELED)

    for token in (out, removed):
        assert screenings.page(token).state is State.BARRED
        with pytest.raises(CantAnswer):
            screenings.save(token, 1, FIRST)
    assert rows(screenings.desk.database, sa.select(ScreenerResponse.id)) == []


def test_who_got_further_by_another_mail_is_led_to_their_page(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite(status=S.INTERVIEW_INVITED)

    assert screenings.page(token).state is State.ELSEWHERE
    onward = screenings.desk.do(lambda s: screening.go_on(s, token, screenings.desk.world.now))
    assert opened(screenings, onward) == enrolment_id
    assert screenings.status(enrolment_id) == "Interview Invited"


def test_in_a_survey_who_qualifies_goes_on_to_it(screenings: Screenings) -> None:
    survey = screenings.desk.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url="https://forms.example/1")
    screenings.publish(study_id=survey.id)
    _, token = screenings.invite(study_id=survey.id)

    done = screenings.answer(token)

    assert done.onward is not None
    assert done.onward.purpose is LinkPurpose.TASK


def test_consent_comes_before_the_first_answer(screenings: Screenings) -> None:
    screenings.publish()
    screenings.consent()
    enrolment_id, token = screenings.invite()

    assert screenings.page(token).needs_consent
    with pytest.raises(ConsentNeeded):
        screenings.save(token, 1, FIRST)
    assert screenings.status(enrolment_id) == "Study Invited"


def test_only_a_link_to_the_screener_opens_it(screenings: Screenings) -> None:
    screenings.publish()
    enrolment_id, token = screenings.invite()

    for purpose in set(LinkPurpose) - {LinkPurpose.SCREENER}:
        with pytest.raises(LinkExpired):
            screenings.page(screenings.link(enrolment_id, purpose))
    with pytest.raises(LinkExpired):
        screenings.page(token, now=screenings.desk.world.now + timedelta(days=91))


def test_opening_takes_as_many_statements_however_long_the_screener(screenings: Screenings) -> None:
    screenings.publish()
    _, token = screenings.invite()
    with counted_statements(screenings.desk.database) as few:
        screenings.page(token)
    screenings.save(token, 1, FIRST)
    long = tuple(replace(NOTE, id=f"n{number}") for number in range(25))
    screenings.publish(replace(SCREENER, questions=(*SCREENER.questions, *long)))
    _, other = screenings.invite("ola@example.com")
    with counted_statements(screenings.desk.database) as many:
        screenings.page(other)

    assert len(many) == len(few) <= 6
