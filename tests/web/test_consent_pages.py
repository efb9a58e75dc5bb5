"""The page on which somebody agrees before anything else: with links of every kind."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.models import Attendee, Consent
from tests.builders import rows
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings
from tests.web.conftest import Site
from tests.web.test_claim import offer
from tests.web.test_participant import seen

NAMED = "2026-11-24T09:00Z"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEXT = "We record the session.\nNobody else sees it.\n\nMore: https://example.com/terms <b>now</b>"


@pytest.fixture
def screenings(site: Site) -> Screenings:
    return Screenings(Desk(site.world))


def agree(site: Site, path: str, version: int = 1) -> str:
    answer = site.http.post(f"{path}/consent", data={"version": str(version), "agree": "yes"})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_nobody_gets_round_it_to_a_time(site: Site, screenings: Screenings) -> None:
    screenings.consent(TEXT)
    guest = site.welcome()

    for path in ("/times", f"/book?at={NAMED}"):
        answer = site.http.get(guest.path + path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{guest.path}/consent")
    posted = site.http.post(f"{guest.path}/book", data={"at": NAMED})
    assert (posted.status_code, posted.headers["location"]) == (303, f"{guest.path}/consent")
    assert rows(site.world.database, sa.select(Attendee.id)) == []

    page = site.http.get(guest.path, follow_redirects=True)
    assert "Before we start Please read what you agree to by taking part in Checkout study" in seen(page)
    assert "We record the session.<br>Nobody else sees it.</p>" in page.text
    assert '<a href="https://example.com/terms" rel="noreferrer">https://example.com/terms</a>' in page.text
    assert "&lt;b&gt;now&lt;/b&gt;" in page.text
    assert agree(site, guest.path) == f"{guest.path}/times"
    assert "Pick a time, Mira" in seen(site.http.get(f"{guest.path}/times"))
    assert site.http.post(f"{guest.path}/book", data={"at": NAMED}).headers["location"] == f"{guest.path}/booked"


def test_who_is_booked_is_not_asked_when_they_move(site: Site, screenings: Screenings) -> None:
    guest = site.welcome()
    Bookings(screenings.desk).book(guest.enrolment_id, AT)
    screenings.consent()

    assert "Pick another time" in seen(site.http.get(f"{guest.path}/times"))
    moved = site.http.post(f"{guest.path}/book", data={"at": "2026-11-24T11:00Z", "from": NAMED})
    assert moved.headers["location"] == f"{guest.path}/booked"


def test_without_a_tick_nothing_is_agreed_to(site: Site, screenings: Screenings) -> None:
    screenings.consent()
    guest = site.welcome()

    answer = site.http.post(f"{guest.path}/consent", data={"version": "1"})

    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="wrong-agree" autofocus' in answer.text
    assert "Please tick the box if you agree." in seen(answer)
    assert rows(site.world.database, sa.select(Consent.version)) == []


def test_a_text_that_changed_meanwhile_is_read_once_more(site: Site, screenings: Screenings) -> None:
    screenings.consent()
    guest = site.welcome()
    screenings.consent("We keep it for ten years.")

    answer = site.http.post(f"{guest.path}/consent", data={"version": "1", "agree": "yes"})

    assert answer.status_code == 409
    assert "The text has just changed. Please read it once more." in seen(answer)
    assert "We keep it for ten years." in seen(answer)
    assert re.search(r'name="version" value="2"', answer.text)
    assert rows(site.world.database, sa.select(Consent.version)) == []


def test_before_a_screener_a_survey_and_an_offered_time(site: Site, screenings: Screenings) -> None:
    screenings.publish()
    screenings.consent()
    _, screener = screenings.invite()
    answer = site.http.get(f"/q/{screener}")
    assert answer.headers["location"] == f"/q/{screener}/consent"
    assert agree(site, f"/q/{screener}") == f"/q/{screener}"
    assert "A few questions, Mara" in seen(site.http.get(f"/q/{screener}"))

    guest = site.welcome()
    claim = offer(site, guest)
    assert site.http.post(claim).headers["location"] == f"{claim}/consent"
    assert agree(site, claim) == claim
    assert site.http.post(claim).headers["location"].endswith("/booked")

    survey = site.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url="https://forms.example/1")
    enrolment_id, token = screenings.invite(
        "ola@example.com", ParticipantStatus.STUDY_INVITED, LinkPurpose.TASK, survey.id
    )
    assert site.http.get(f"/t/{token}").status_code == 200
    assert site.http.get(f"/t/{token}/consent").headers["location"] == f"/t/{token}"
    assert enrolment_id


def test_others_forms_and_wrong_links_are_refused(site: Site, screenings: Screenings) -> None:
    screenings.consent()
    guest = site.welcome()
    data = {"version": "1", "agree": "yes"}

    foreign = site.http.post(f"{guest.path}/consent", data=data, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    for path in (f"/q/{guest.token}", "/s/nothing", f"/t/{guest.token}"):
        assert site.http.get(f"{path}/consent").status_code == 410
        assert site.http.post(f"{path}/consent", data=data).status_code == 410
    assert rows(site.world.database, sa.select(Consent.version)) == []
