"""Pages that lead out to a survey or a test, and the one to which its tool sends people back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyStatus, StudyType
from storage.models import Enrolment, ParticipantLink
from tests.builders import rows
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings
from tests.web.conftest import Site
from tests.web.test_participant import seen

BACK = "https://forms.example/s?t={{ token }}"
S = ParticipantStatus


@pytest.fixture
def screenings(site: Site) -> Screenings:
    return Screenings(Desk(site.world))


def invite(screenings: Screenings, kind: StudyType = StudyType.SURVEY, **study: object) -> tuple[int, str]:
    given = {"task_url": BACK, **study}
    made = screenings.desk.world.study("TSK", "Money habits", type=kind, **given)
    return screenings.invite(purpose=LinkPurpose.TASK, study_id=made.id)


def test_out_to_the_survey_and_back_by_its_redirect(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = invite(screenings, incentive_amount_minor=2500, incentive_currency="EUR")
    page = site.http.get(f"/t/{token}")
    assert "It’s time for the survey, Mara" in seen(page)
    assert "You get 25.00 EUR" in seen(page)
    assert "At its end the survey brings you back here by itself." in seen(page)
    assert "form-action 'self' https:;" in page.headers["content-security-policy"]

    out = site.http.post(f"/t/{token}/start")

    assert out.status_code == 303
    assert out.headers["referrer-policy"] == "no-referrer"
    (secret,) = parse_qs(urlsplit(out.headers["location"]).query)["t"]
    assert secret not in page.text
    assert token not in out.headers["location"]
    begun = site.http.get(f"/t/{token}")
    assert "Started You’ve started, Mara" in seen(begun)
    assert "I have finished" not in seen(begun)
    for _ in range(2):
        thanks = site.http.get(f"/f/{secret}")
        assert thanks.status_code == 200
        assert "Finished Thank you, Mara You have finished the survey: that’s all. You get 25.00 EUR" in seen(thanks)
    assert screenings.status(enrolment_id) == "Incentive Not Sent"
    assert "Thank you, Mara" in seen(site.http.get(f"/t/{token}"))


def test_looking_ahead_is_not_coming_back(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = invite(screenings)
    out = site.http.post(f"/t/{token}/start").headers["location"]
    (secret,) = parse_qs(urlsplit(out).query)["t"]

    site.http.head(f"/f/{secret}")
    site.http.get(f"/f/{secret}", headers={"sec-purpose": "prefetch;prerender"})

    assert screenings.status(enrolment_id) == "Survey Started"


def test_a_test_is_finished_by_a_button_where_its_tool_does_not_send_back(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = invite(screenings, StudyType.UNMODERATED_TEST, task_url="https://test.example/1")
    assert "come back to this page, and say so here" in seen(site.http.get(f"/t/{token}"))
    assert site.http.post(f"/t/{token}/start").headers["location"] == "https://test.example/1"
    assert "I have finished" in seen(site.http.get(f"/t/{token}"))

    for _ in range(2):
        assert site.http.post(f"/t/{token}/done").headers["location"] == f"/t/{token}"

    assert screenings.status(enrolment_id) == "Test Completed"
    assert "You have finished the test: that’s all." in seen(site.http.get(f"/t/{token}"))


def test_looking_changes_nothing(site: Site, screenings: Screenings) -> None:
    _, token = invite(screenings)

    for path in ("", "/start", "/done", "/consent"):
        for method in ("GET", "HEAD"):
            assert site.http.request(method, f"/t/{token}{path}", follow_redirects=True).status_code == 200

    assert rows(site.world.database, sa.select(Enrolment.status)) == [(S.STUDY_INVITED,)]
    purposes = rows(site.world.database, sa.select(ParticipantLink.purpose))
    assert purposes == [(LinkPurpose.TASK,)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": StudyStatus.PAUSED}, "This study is paused at the moment"),
        ({"status": StudyStatus.CLOSED}, "This study is closed"),
        ({"participation_limit": 3, "seats_taken": 3}, "All places are taken"),
        ({"task_url": None}, "There is nothing for you here at the moment"),
    ],
    ids=["paused", "closed", "full", "no-link"],
)
def test_when_nobody_can_begin_it_is_said(
    site: Site, screenings: Screenings, values: dict[str, object], said: str
) -> None:
    _, token = invite(screenings, **values)

    assert said in seen(site.http.get(f"/t/{token}"))
    assert site.http.post(f"/t/{token}/start").headers["location"] == f"/t/{token}"


def test_others_forms_and_wrong_links_are_refused(site: Site, screenings: Screenings) -> None:
    enrolment_id, token = invite(screenings)
    for path in ("start", "done"):
        answer = site.http.post(f"/t/{token}/{path}", headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
    finish = site.link(enrolment_id, LinkPurpose.FINISH)
    for path in ("/t/nothing", f"/t/{finish}", f"/f/{token}", "/f/nothing", f"/u/{finish}", f"/s/{token}"):
        assert site.http.get(path).status_code == 410
    assert screenings.status(enrolment_id) == "Study Invited"
