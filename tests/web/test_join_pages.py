"""The page behind a study's public link: who may come, and what nobody learns by it."""

from __future__ import annotations

import re

import httpx
import pytest
import sqlalchemy as sa

from domain.study import StudyStatus
from storage.models import Enrolment, OutboxRow, Participant
from tests.builders import rows
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings
from tests.web.conftest import SIGNING_SECRET, Build, Site
from tests.web.test_participant import seen

PATH = "/j/shared"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def site(build: Build) -> Site:
    """A site from which no mail goes out."""
    return build({"slack_bot_token": "xoxb-1", "slack_signing_secret": SIGNING_SECRET})


def shared(site: Site, **study: object) -> Screenings:
    found = Screenings(Desk(site.world))
    found.publish()
    found.change_study(**{"share_token": "shared", **study})
    return found


def join(site: Site, email: str = "mira@example.com", **fields: str) -> httpx.Response:
    return site.http.post(PATH, data={"first": "Mira", "last": "Kaya", "email": email, **fields})


def test_somebody_new_goes_straight_on_to_the_questions(site: Site) -> None:
    shared(site, incentive_amount_minor=2500, incentive_currency="EUR")
    page = site.http.get(PATH)
    assert "Checkout study Take part in a conversation. First come a few questions" in seen(page)
    assert "It takes two minutes. You get 25.00 EUR for taking part" in seen(page)

    answer = join(site)

    assert re.fullmatch(r"/q/[\w-]{43}", answer.headers["location"])
    assert "A few questions, Mira" in seen(site.http.get(answer.headers["location"]))


def test_somebody_known_is_told_to_use_the_link_that_they_have(site: Site) -> None:
    shared(site)
    join(site)

    again = join(site)

    assert again.status_code == 200
    assert "Thank you Please use the link of your own that you were sent" in seen(again)
    assert "/q/" not in again.text


def test_with_mail_known_and_unknown_read_the_very_same(build: Build) -> None:
    settings = {"smtp_url": "smtp://127.0.0.1:2525", "mail_from": "hello@callsheet.example"}
    site = build({"slack_bot_token": "xoxb-1", "slack_signing_secret": SIGNING_SECRET, **settings})
    shared(site)
    site.world.participant("known@example.com", "Kim")
    site.world.participant("out@example.com", "Out", opted_out_at=site.world.now)
    assert "Send me my link" in seen(site.http.get(PATH))

    answers = [join(site, email) for email in ("new@example.com", "known@example.com", "out@example.com")]

    texts = {re.sub(r"\w+@example.com", "", answer.text) for answer in answers}
    assert len(texts) == 1
    said = "If this study is open to you, your personal link is on its way by mail. You typed new@example.com"
    assert said in seen(answers[0])
    assert len(rows(site.world.database, sa.select(OutboxRow.id).where(OutboxRow.kind == "mail_enrolment"))) == 2


def test_what_is_missing_stands_at_its_field_and_what_was_typed_stays(site: Site) -> None:
    shared(site).consent("We record it.\n\nSee https://example.com/terms.")

    wrong = join(site, "mira@", first=EVIL)

    assert wrong.status_code == 422
    assert 'id="wrong-first">Please write it with letters only.</p>' in wrong.text
    assert 'id="wrong-email">Please write your e-mail address, such as mira@example.com.</p>' in wrong.text
    assert 'value="mira@"' in wrong.text
    assert EVIL not in wrong.text
    unticked = join(site)
    assert 'id="wrong-agree">Please read it, and tick the box if you agree.</p>' in unticked.text
    assert '<a href="https://example.com/terms" rel="noreferrer">' in unticked.text
    assert join(site, agree="yes", version="1").status_code == 303


def test_a_program_that_fills_in_everything_is_thanked_and_forgotten(site: Site) -> None:
    shared(site)
    page = site.http.get(PATH)
    assert re.search(r'<div class="trap" aria-hidden="true">.*name="website"[^>]* tabindex="-1"', page.text)

    assert join(site, website="https://evil.example").status_code == 200

    assert rows(site.world.database, sa.select(Participant.id)) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"status": StudyStatus.DRAFT}, "It’s not time yet"),
        ({"status": StudyStatus.PAUSED}, "This study is paused at the moment"),
        ({"status": StudyStatus.CLOSED}, "This study is closed"),
        ({"participation_limit": 1, "seats_taken": 1}, "All places are taken"),
    ],
    ids=["draft", "paused", "closed", "full"],
)
def test_when_nobody_can_come_it_is_said(site: Site, values: dict[str, object], said: str) -> None:
    shared(site, **values)

    assert said in seen(site.http.get(PATH))
    assert said in seen(site.http.get(join(site).headers["location"]))
    assert rows(site.world.database, sa.select(Participant.id)) == []


def test_looking_changes_nothing_and_others_forms_are_refused(site: Site) -> None:
    shared(site)

    for method in ("GET", "HEAD"):
        assert site.http.request(method, PATH).status_code == 200
    data = {"first": "Mira", "email": "mira@example.com"}
    assert site.http.post(PATH, data=data, headers={"origin": "https://evil.example"}).status_code == 403
    assert site.http.get("/j/nothing").status_code == 410
    assert site.http.post("/j/nothing", data=data).status_code == 410
    assert rows(site.world.database, sa.select(Enrolment.id)) == []


def test_many_look_at_a_shared_link_but_one_address_joins_seldom(site: Site) -> None:
    shared(site)

    assert {site.http.get(PATH).status_code for _ in range(60)} == {200}
    codes = [join(site, f"p{number}@example.com").status_code for number in range(24)]

    assert codes[0] == 303
    assert codes[-1] == 429
