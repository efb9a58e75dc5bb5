"""A screener's pages: what they ask, keep and say, and where they lead."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa

from bot.web.visits import LARGEST_ANSWERS
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from domain.study import StudyStatus, StudyType
from storage.models import OutboxRow, Participant, ScreenerResponse
from tests.builders import counted_statements, rows
from tests.services.conftest import Desk
from tests.services.screening_desk import NOTE, SCREENER, Screenings
from tests.web.conftest import MAIL, Build, Site
from tests.web.test_participant import seen

EVIL = "<script>alert(1)</script>&amp;\"'"


@pytest.fixture
def screenings(site: Site) -> Screenings:
    found = Screenings(Desk(site.world))
    found.publish()
    return found


def fields(page: httpx.Response) -> dict[str, str]:
    """What the form sends back unseen."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))


def post(site: Site, path: str, page: httpx.Response, **given: str | list[str]) -> httpx.Response:
    return site.http.post(path, data={**fields(page), **given})


def follow(site: Site, answer: httpx.Response) -> httpx.Response:
    assert answer.status_code == 303
    return site.http.get(answer.headers["location"])


def test_from_the_mail_through_skip_logic_to_the_times(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = screenings.invite()
    path = f"/q/{token}"
    first = site.http.get(path)
    assert "Questions 1–2 of at most 4 A few questions, Mara It takes two minutes." in seen(first)
    assert "How often a month?" not in first.text
    assert re.search(r'<progress max="4" value="0" aria-labelledby="steps">', first.text)

    second = follow(site, post(site, path, first, q0="Buyer", q1="yes", go="next"))
    assert "Questions 3–4 of 4" in seen(second)
    assert "How often a month?" in seen(second)
    assert "Send my answers" in seen(second)
    back = follow(site, post(site, path, second, q2="4", go="back"))
    assert re.search(r'name="q0" value="Buyer" checked', back.text)

    skipping = follow(site, post(site, path, back, q0="Buyer", q1="no", go="next"))
    assert "Question 3 of 3" in seen(skipping)
    again = follow(site, post(site, path, back, q0="Buyer", q1="yes", go="next"))
    assert re.search(r'id="q2"[^>]* value="4"', again.text)

    sent = post(site, path, again, q2="4", q3="I like it", go="send")
    assert sent.status_code == 303
    assert re.fullmatch(r"/s/[\w-]{43}/times", sent.headers["location"])
    assert "Pick a time, Mara" in seen(site.http.get(sent.headers["location"]))
    assert screenings.status(enrolment_id) == "Screener Qualified"
    thanks = site.http.get(path)
    assert "Thank you, Mara You fit this study. Next you pick a time that suits you." in seen(thanks)
    assert "Pick a time, Mara" in seen(site.http.post(f"{path}/on", follow_redirects=True))


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    path = f"/q/{token}"
    first = site.http.get(path)

    wrong = post(site, path, first, q0="Buyer", go="next")

    assert wrong.status_code == 422
    assert "<title>Something is missing · Checkout study</title>" in wrong.text
    assert 'id="q1-wrong">Please choose yes or no.</p>' in wrong.text
    assert 'aria-describedby="q1-wrong" aria-invalid="true" autofocus' in wrong.text
    assert re.search(r'name="q0" value="Buyer" checked', wrong.text)
    second = follow(site, post(site, path, first, q0="Buyer", q1="yes", go="next"))
    typed = post(site, path, second, q2="a few", q3="x" * 5001, go="send")
    assert typed.status_code == 422
    assert re.search(
        r'id="q2"[^>]* value="a few"[^>]* aria-describedby="q2-hint q2-wrong" aria-invalid="true"', typed.text
    )
    assert "A number, please, such as 42 or 4.5." in seen(typed)
    assert "At most 5,000 characters, please: these are 5,001." in seen(typed)
    assert "x" * 5001 in typed.text


def test_saving_for_later_says_so_and_the_link_comes_back_to_it(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    path = f"/q/{token}"
    first = site.http.get(path)
    second = follow(site, post(site, path, first, q0="Buyer", q1="yes", go="next"))

    kept = follow(site, post(site, path, second, q3="Half a thou", go="later"))

    assert "Your answers are kept To go on, open the same link again" in seen(kept)
    again = site.http.get(path)
    assert "Questions 3–4 of 4" in seen(again)
    assert "Half a thou</textarea>" in again.text


def test_looking_changes_nothing(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = screenings.invite()

    for path in ("", "?page=2", "?page=x", "/kept", "/on", "/consent"):
        for method in ("GET", "HEAD"):
            assert site.http.request(method, f"/q/{token}{path}", follow_redirects=True).status_code == 200

    assert screenings.status(enrolment_id) == "Study Invited"
    assert rows(site.world.database, sa.select(ScreenerResponse.id)) == []
    assert rows(site.world.database, sa.select(OutboxRow.id)) == []


def test_what_strangers_wrote_is_text_and_nothing_else(site: Site, screenings: Screenings) -> None:
    choice = Question("c", QuestionKind.SINGLE_CHOICE, EVIL, hint=EVIL, options=(EVIL, "b"))
    screenings.publish(Screener((choice, NOTE), introduction=f"{EVIL}\n\nSee https://example.com/a?b=1&c=2."))
    _, token = screenings.invite()
    page = site.http.get(f"/q/{token}")
    assert "<script>" not in page.text
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="noreferrer">' in page.text
    assert seen(page).count(EVIL) >= 3

    wrong = post(site, f"/q/{token}", page, q0="other", q1=f"</textarea>{EVIL}", go="next")
    assert "<script>" not in wrong.text
    assert wrong.text.count("</textarea>") == 1
    done = post(site, f"/q/{token}", page, q0=html.unescape(html.escape(EVIL)), q1="", go="send")
    assert done.status_code == 303


def test_without_a_rule_it_is_said_that_somebody_reads_it(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    screenings.save(token, 1, {0: ("Buyer",), 1: ("yes",)})
    second = site.http.get(f"/q/{token}")

    thanks = follow(site, post(site, f"/q/{token}", second, q2="1", go="send"))

    assert "Your answers are sent Thank you, Mara Somebody reads them now. We’ll write to you if" in seen(thanks)
    assert "<form" not in thanks.text


def test_who_does_not_fit_is_thanked_and_not_told_why(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    first = site.http.get(f"/q/{token}")
    last = follow(site, post(site, f"/q/{token}", first, q0="Buyer", q1="no", go="next"))

    thanks = follow(site, post(site, f"/q/{token}", last, go="send"))

    assert "Thank you, Mara This study isn’t the right one for you this time." in seen(thanks)
    assert "shop" not in seen(thanks).lower()
    again = follow(site, post(site, f"/q/{token}", first, q0="Buyer", q1="yes", go="next"))
    assert "This study isn’t the right one for you this time." in seen(again)


def test_where_it_turns_out_late_that_nothing_follows_it_is_sent_from_a_page_of_its_own(
    site: Site, screenings: Screenings
) -> None:
    screenings.publish(replace(SCREENER, questions=SCREENER.questions[:3]))
    enrolment_id, token = screenings.invite()
    first = site.http.get(f"/q/{token}")

    closing = follow(site, post(site, f"/q/{token}", first, q0="Buyer", q1="no", go="next"))

    assert "That was the last question" in seen(closing)
    assert screenings.status(enrolment_id) == "Screener Started"
    assert "Do you shop online?" in seen(follow(site, post(site, f"/q/{token}", closing, go="back")))
    post(site, f"/q/{token}", closing, go="send")
    assert screenings.status(enrolment_id) == "Screener Not Qualified"


def test_a_screener_that_was_edited_meanwhile_is_shown_anew(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    first = site.http.get(f"/q/{token}")
    screenings.publish(replace(SCREENER, questions=(replace(NOTE, text="And now?"),), rules=()))

    changed = post(site, f"/q/{token}", first, q0="Buyer", q1="yes", go="next")

    assert changed.status_code == 409
    assert "The questions have just changed. Please look at them once more." in seen(changed)
    assert "And now?" in seen(changed)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": StudyStatus.PAUSED}, "This study is paused at the moment"),
        ({"status": StudyStatus.CLOSED}, "This study is closed"),
        ({"status": StudyStatus.DRAFT}, "It’s not time yet"),
        ({"participation_limit": 1, "seats_taken": 1}, "All places are taken"),
    ],
    ids=["paused", "closed", "draft", "full"],
)
def test_a_study_that_takes_nobody_says_so(
    site: Site, screenings: Screenings, values: dict[str, object], said: str
) -> None:
    _, token = screenings.invite()
    first = site.http.get(f"/q/{token}")
    screenings.change_study(**values)

    assert said in seen(site.http.get(f"/q/{token}"))
    assert said in seen(follow(site, post(site, f"/q/{token}", first, q0="Buyer", q1="yes", go="next")))


def test_who_opted_out_is_told_kindly_and_may_opt_out_from_here(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    page = site.http.get(f"/q/{token}")
    assert f'href="/u/{token}"' in page.text

    assert site.http.post(f"/u/{token}").status_code == 303

    assert rows(site.world.database, sa.select(Participant.opted_out_at)) == [(site.world.now,)]
    assert "There is nothing for you here at the moment" in seen(site.http.get(f"/q/{token}"))


def test_who_got_further_by_another_mail_is_led_to_their_page(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite(status=ParticipantStatus.INTERVIEW_INVITED)

    assert "You are one step further already" in seen(site.http.get(f"/q/{token}"))
    assert "Pick a time, Mara" in seen(site.http.post(f"/q/{token}/on", follow_redirects=True))


def test_a_survey_follows_its_screener(site: Site, screenings: Screenings) -> None:
    survey = site.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url="https://forms.example/1")
    qualifies = OutcomeRule(Verdict.QUALIFIED, Condition("note", Comparison.IS_ANSWERED))
    screenings.publish(Screener((NOTE,), (qualifies,)), survey.id)
    _, token = screenings.invite(study_id=survey.id)

    answer = post(site, f"/q/{token}", site.http.get(f"/q/{token}"), q0="Hello", go="send")

    assert answer.headers["location"].startswith("/t/")
    assert "It’s time for the survey, Mara" in seen(follow(site, answer))


def test_without_mail_nobody_is_promised_one(build: Build) -> None:
    settings = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "secret"}
    site = build({key: value for key, value in settings.items() if key not in MAIL})
    screenings = Screenings(Desk(site.world))
    screenings.publish()
    _, token = screenings.invite()
    screenings.save(token, 1, {0: ("Buyer",), 1: ("yes",)})
    screenings.save(token, 2, {2: ("1",)}, is_last=True)

    assert "The person who invited you will tell you whether this study is right for you." in seen(
        site.http.get(f"/q/{token}")
    )


def test_others_forms_large_forms_and_wrong_links_are_refused(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = screenings.invite()
    path = f"/q/{token}"
    data = {"version": "1", "part": "1", "q0": "Buyer", "q1": "yes", "go": "next"}

    for place in (path, f"{path}/on", f"{path}/consent"):
        assert site.http.post(place, data=data, headers={"origin": "https://evil.example"}).status_code == 403
        assert site.http.post(place, data=data, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert site.http.post(path, data={**data, "q3": "x" * LARGEST_ANSWERS}).status_code == 413
    assert site.http.post(path, data={**data, "q0": ["Buyer"] * 600}).status_code == 400
    page = site.link(enrolment_id, LinkPurpose.PAGE)
    for secret in ("nothing", page, site.link(enrolment_id, LinkPurpose.TASK)):
        assert site.http.get(f"/q/{secret}").status_code == 410
        assert site.http.post(f"/q/{secret}", data=data).status_code == 410
    assert site.http.get(f"/s/{token}").status_code == 410
    assert rows(site.world.database, sa.select(ScreenerResponse.id)) == []


def test_nonsense_in_a_form_keeps_nothing_and_breaks_nothing(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    for data in (
        {},
        {"version": "x"},
        {"version": "1", "part": "99", "go": "next", "q999": "y"},
        {"version": "1", "part": "1", "go": "send", "qx": "y", "q0": "\x00"},
    ):
        assert site.http.post(f"/q/{token}", data=data).status_code in (303, 409, 422)
    found = rows(site.world.database, sa.select(ScreenerResponse.answers, ScreenerResponse.submitted_at))
    assert found == [({}, None)]


def test_long_answers_in_any_letters_are_taken(site: Site, screenings: Screenings) -> None:
    long = [replace(NOTE, id=f"n{number}") for number in range(5)]
    screenings.publish(Screener(tuple(long)))
    enrolment_id, token = screenings.invite()
    page = site.http.get(f"/q/{token}")

    answer = post(site, f"/q/{token}", page, **{f"q{number}": "王" * 5000 for number in range(5)}, go="send")

    assert answer.status_code == 303
    response = screenings.response(enrolment_id)
    assert response is not None
    assert response.answers["n4"] == "王" * 5000


def test_an_answer_need_not_be_given_and_can_be_taken_back(site: Site, screenings: Screenings) -> None:
    role = Question("r", QuestionKind.SINGLE_CHOICE, "Role?", options=("A", "B"), is_required=False)
    several = Question("s", QuestionKind.MULTIPLE_CHOICE, "Which?", options=("X", "Y", "Z"))
    day = Question("d", QuestionKind.DATE, "When?")
    screenings.publish(Screener((role, several, day)))
    enrolment_id, token = screenings.invite()
    page = site.http.get(f"/q/{token}")
    assert "(optional)" in seen(page)
    assert "No answer" in seen(page)

    post(site, f"/q/{token}", page, q0="A", q1=["X", "Z"], q2="2026-12-01", go="later")
    post(site, f"/q/{token}", page, q0="", q1=["Z", "X"], q2="2026-12-01", go="send")

    response = screenings.response(enrolment_id)
    assert response is not None
    assert response.answers == {"s": ["X", "Z"], "d": "2026-12-01"}


def test_the_page_takes_few_statements(site: Site, screenings: Screenings) -> None:
    _, token = screenings.invite()
    with counted_statements(site.world.database) as statements:
        site.http.get(f"/q/{token}")
    assert len(statements) <= 6
