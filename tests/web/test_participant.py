"""A participant's page: what it shows, what its buttons do, and whom it lets in."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx
import icalendar
import pytest
import sqlalchemy as sa

from bot.services import cancellations, links
from domain.attendance import Rsvp
from domain.interview import CancelReason, InterviewStatus
from domain.study import StudyStatus, StudyType
from storage.models import Attendee, Interview, OutboxRow, Participant, Study, TimelineEntry
from tests.builders import ONE_DATABASE, rows
from tests.web.conftest import MEET, Build, Site


def seen(response: httpx.Response) -> str:
    """The page's text as it is read."""
    body = re.sub(r"<style>.*?</style>", "", response.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_page_shows_the_session_in_the_participants_zone(site: Site) -> None:
    invited = site.invite(timedelta(days=1, hours=4))
    with site.world.database.unit_of_work() as session:
        person = session.get_one(Participant, session.get_one(Attendee, invited.attendee_id).participant_id)
        person.time_zone = "America/New_York"

    page = site.http.get(invited.path)

    assert page.status_code == 200
    text = seen(page)
    assert "You’re booked, Mara" in text
    assert "Tuesday, 24 November 2026 07:30–08:30 1 hour · New York time, UTC−5" in text
    assert "Checkout study" in text
    assert "482 913" in text
    assert f'href="{MEET}"' in page.text
    assert "Waiting for your answer" not in text

    site.clock.advance(timedelta(hours=5))
    text = seen(site.http.get(invited.path))
    assert "Will you be there, Mara?" in text
    assert "Waiting for your answer" in text


def test_looking_changes_nothing(site: Site) -> None:
    invited = site.invite()
    before = rows(site.world.database, sa.select(Attendee.confirmed_at, Attendee.outcome, Attendee.rsvp))
    entries = rows(site.world.database, sa.select(TimelineEntry.id))
    outbox = rows(site.world.database, sa.select(OutboxRow.id))

    for path in ("", "/confirm", "/cancel", "/session.ics"):
        for _ in range(2):
            assert site.http.get(invited.path + path, follow_redirects=True).status_code == 200
            assert site.http.head(invited.path + path, follow_redirects=True).status_code == 200

    assert rows(site.world.database, sa.select(Attendee.confirmed_at, Attendee.outcome, Attendee.rsvp)) == before
    assert rows(site.world.database, sa.select(TimelineEntry.id)) == entries
    assert rows(site.world.database, sa.select(OutboxRow.id)) == outbox


def test_confirming_twice_is_confirming_once(site: Site) -> None:
    invited = site.invite()

    for _ in range(2):
        answer = site.http.post(f"{invited.path}/confirm")
        assert (answer.status_code, answer.headers["location"]) == (303, invited.path)

    assert "See you tomorrow, Mara" in seen(site.http.get(invited.path))
    told = rows(site.world.database, sa.select(TimelineEntry.text).where(TimelineEntry.text.contains("confirmed")))
    assert told == [("confirmed that they will come",)]


def test_cancelling_takes_a_second_step_and_then_holds(site: Site) -> None:
    invited = site.invite()

    question = site.http.get(f"{invited.path}/cancel")
    assert "Cancel your session?" in seen(question)
    assert f'action="{invited.path}/cancel"' in question.text
    for _ in range(2):
        assert site.http.post(f"{invited.path}/cancel").status_code == 303

    page = site.http.get(invited.path)
    assert "This session is cancelled" in seen(page)
    assert "You let us know that you can’t make it: thank you." in seen(page)
    assert "surprise" not in seen(page)
    assert MEET not in page.text
    assert "I’ll be there" not in page.text
    assert "This session is cancelled" in seen(site.http.get(f"{invited.path}/cancel"))
    assert site.seat(invited).outcome is InterviewStatus.CANCELED
    assert site.world.get(invited.interview_id).status is InterviewStatus.CANCELED


def test_confirming_a_cancelled_session_says_that_it_is_cancelled(site: Site) -> None:
    invited = site.invite()
    site.http.post(f"{invited.path}/cancel")

    answer = site.http.post(f"{invited.path}/confirm")

    assert answer.status_code == 409
    assert "This session is not ahead any more. Cancelled" in seen(answer)


def test_a_session_cancelled_by_the_team_says_so(site: Site) -> None:
    invited = site.invite()
    with site.world.database.unit_of_work() as session:
        why = cancellations.Cancellation(CancelReason.HOST_UNAVAILABLE)
        cancellations.cancel(session, site.world.researcher, invited.interview_id, why, site.world.now)

    page = seen(site.http.get(invited.path))
    assert "This session is cancelled" in page
    assert "There is nothing that you need to do. If you would still like to take part, pick another time." in page


def test_in_a_group_each_reads_who_cancelled_their_own_seat(site: Site) -> None:
    group = site.world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    first = site.invite(study_id=group.id, email="first@example.com")
    second = site.invite(study_id=group.id, email="second@example.com")
    site.http.post(f"{first.path}/cancel")
    with site.world.database.unit_of_work() as session:
        why = cancellations.Cancellation(CancelReason.PARTICIPANT_CANCELED)
        cancellations.cancel(session, site.world.researcher, second.interview_id, why, site.world.now)

    assert "You let us know that you can’t make it" in seen(site.http.get(first.path))
    assert "There is nothing that you need to do." in seen(site.http.get(second.path))


def test_in_a_group_a_seat_alone_is_cancelled_without_the_session(site: Site) -> None:
    group = site.world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    first = site.invite(study_id=group.id, email="first@example.com")
    second = site.invite(study_id=group.id, email="second@example.com")
    with site.world.database.unit_of_work() as session:
        why, researcher = cancellations.Cancellation(CancelReason.NOT_A_FIT), site.world.researcher
        seat_id = first.attendee_id
        cancellations.cancel_seat(session, researcher, first.interview_id, seat_id, why, site.world.now)

    page = seen(site.http.get(first.path))
    assert "Your place in this session is cancelled" in page
    assert "Is that a surprise?" in page
    assert "Will you be there" in seen(site.http.get(second.path))


@ONE_DATABASE
def test_only_a_page_that_can_answer_asks_to_be_kept_secret(site: Site) -> None:
    invited = site.invite()
    secret = "whoever has it can answer for you"

    assert secret in seen(site.http.get(invited.path))
    site.http.post(f"{invited.path}/cancel")
    assert secret not in seen(site.http.get(invited.path))


@pytest.mark.parametrize(
    ("passed", "sentence"),
    [
        (timedelta(hours=23, minutes=50), "It’s time for your session"),
        (timedelta(hours=24, minutes=30), "It’s time for your session"),
        (timedelta(hours=25), "This session is over"),
    ],
)
@ONE_DATABASE
def test_page_follows_the_clock(site: Site, passed: timedelta, sentence: str) -> None:
    invited = site.invite()
    site.clock.advance(passed)

    page = site.http.get(invited.path)

    assert sentence in seen(page)


@ONE_DATABASE
def test_over_means_that_nothing_can_be_answered(site: Site) -> None:
    invited = site.invite()
    site.clock.advance(timedelta(days=2))

    page = site.http.get(invited.path)
    assert "<form" not in page.text
    assert MEET not in page.text
    for path in ("/confirm", "/cancel"):
        answer = site.http.post(invited.path + path)
        assert answer.status_code == 409
        assert "This session is not ahead any more." in seen(answer)


@pytest.mark.parametrize(
    ("rsvp", "sentence"),
    [
        (Rsvp.ACCEPTED, "You accepted the invitation"),
        (Rsvp.TENTATIVE, "You answered “Maybe”"),
        (Rsvp.DECLINED, "Can you make it after all?"),
    ],
)
@ONE_DATABASE
def test_page_knows_the_answer_given_in_the_calendar(site: Site, rsvp: Rsvp, sentence: str) -> None:
    invited = site.invite()
    with site.world.database.unit_of_work() as session:
        seat = session.get_one(Attendee, invited.attendee_id)
        seat.rsvp, seat.rsvp_at = rsvp, site.world.now

    page = site.http.get(invited.path)

    assert sentence in seen(page)
    assert f'action="{invited.path}/confirm"' in page.text


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (StudyStatus.PAUSED, "This study is paused at the moment. Your session takes place as planned."),
        (StudyStatus.CLOSED, "This study is closed. Your session takes place as planned."),
    ],
)
@ONE_DATABASE
def test_paused_or_closed_study_says_so_and_keeps_the_session(site: Site, status: StudyStatus, sentence: str) -> None:
    invited = site.invite()
    with site.world.database.unit_of_work() as session:
        session.get_one(Study, site.world.study_id).status = status

    assert sentence in seen(site.http.get(invited.path))
    assert site.http.post(f"{invited.path}/confirm").status_code == 303


@pytest.mark.parametrize("how", ["revoked", "expired", "never issued"])
def test_dead_link_says_to_ask_for_another(site: Site, how: str) -> None:
    invited = site.invite()
    if how == "revoked":
        with site.world.database.unit_of_work() as session:
            seat = session.get_one(Attendee, invited.attendee_id)
            links.revoke_all(session, seat.enrolment_id or 0, site.world.now)
    elif how == "expired":
        site.clock.advance(timedelta(days=16))
    else:
        invited.token = "x" * 43

    for method, path in (("GET", ""), ("GET", "/cancel"), ("GET", "/session.ics"), ("POST", "/confirm")):
        answer = site.http.request(method, invited.path + path)
        assert answer.status_code == 410
        assert "Ask the person who invited you for a new one." in seen(answer)
    assert site.seat(invited).confirmed_at is None


@ONE_DATABASE
def test_nothing_of_the_page_gets_around(site: Site) -> None:
    invited = site.invite()

    for path in (invited.path, f"{invited.path}/cancel", "/s/unknown", "/nowhere"):
        headers = site.http.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),
        ({"origin": "https://callsheet.example"}, 303),
        ({}, 303),
    ],
)
@ONE_DATABASE
def test_only_our_own_form_is_taken(build: Build, headers: dict[str, str], status: int) -> None:
    site = build(
        {
            "slack_bot_token": "xoxb-1",
            "slack_signing_secret": "0" * 32,
            "public_url": "https://callsheet.example",
        }
    )
    invited = site.invite()

    assert site.http.post(f"{invited.path}/confirm", headers=headers).status_code == status
    assert (site.seat(invited).confirmed_at is not None) == (status == 303)


@ONE_DATABASE
def test_no_address_leads_a_key_out_into_the_open(site: Site) -> None:
    answer = site.http.get(f"{site.invite().path}/")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


@ONE_DATABASE
def test_paths_begin_where_the_public_address_says(build: Build) -> None:
    site = build(
        {
            "slack_bot_token": "xoxb-1",
            "slack_signing_secret": "0" * 32,
            "public_url": "https://example.com/research",
        }
    )
    invited = site.invite()

    assert f'action="/research{invited.path}/confirm"' in site.http.get(invited.path).text


@ONE_DATABASE
def test_link_asked_for_too_often_has_to_wait(site: Site) -> None:
    invited, other = site.invite(), site.invite(timedelta(days=2))

    answers = [site.http.get(invited.path) for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
    assert "Wait a little" in seen(answers[-1])
    assert site.http.get(other.path).status_code == 200


@ONE_DATABASE
def test_links_cant_be_guessed_at_full_speed(site: Site) -> None:
    statuses = [site.http.get(f"/s/guess{number}").status_code for number in range(130)]

    assert statuses[:120] == [410] * 120
    assert statuses[-1] == 429


@ONE_DATABASE
def test_calendar_file_is_the_session(site: Site) -> None:
    invited = site.invite(timedelta(days=1))

    answer = site.http.get(f"{invited.path}/session.ics")

    assert answer.headers["content-type"].startswith("text/calendar")
    assert "session.ics" in answer.headers["content-disposition"]
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["uid"].endswith("@callsheet")
    assert event["dtstart"].dt == site.world.now + timedelta(days=1)
    assert event["location"] == MEET


@ONE_DATABASE
def test_calendar_file_names_the_event_of_the_hosts_calendar(site: Site) -> None:
    site.world.calendar(site.world.researcher)
    invited = site.invite(timedelta(days=1))

    answer = site.http.get(f"{invited.path}/session.ics")

    assert b"@google.com" in answer.content


@ONE_DATABASE
def test_names_and_links_are_never_markup(site: Site) -> None:
    invited = site.invite(name="<script>alert(1)</script> & <b>")
    with site.world.database.unit_of_work() as session:
        interview = session.get_one(Interview, invited.interview_id)
        interview.link, interview.title = "javascript:alert(1)", "<img src=x>"

    page = site.http.get(invited.path)

    assert "<script" not in page.text
    assert "<img" not in page.text
    assert 'href="javascript' not in page.text


@ONE_DATABASE
def test_long_name_and_study_are_shown_whole(site: Site) -> None:
    invited = site.invite(name="N" * 200)
    with site.world.database.unit_of_work() as session:
        session.get_one(Study, site.world.study_id).external_name = "S" * 200

    text = seen(site.http.get(invited.path))

    assert "N" * 200 in text
    assert "S" * 200 in text
