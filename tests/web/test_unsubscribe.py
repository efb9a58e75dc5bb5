"""Opting out by the link in a mail: by its page, and by the one click of a mail program."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from domain.interview import InterviewStatus
from domain.person import LinkPurpose
from storage.models import Attendee, Participant
from tests.builders import ONE_DATABASE, rows
from tests.web.conftest import Build, Site
from tests.web.test_participant import seen

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
FOREIGN = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}


def is_out(site: Site) -> list[bool]:
    found = rows(site.world.database, sa.select(Participant.opted_out_at).order_by(Participant.id))
    return [at is not None for (at,) in found]


def test_the_page_says_what_it_means_and_its_button_opts_out(site: Site) -> None:
    guest = site.welcome(purpose=LinkPurpose.UNSUBSCRIBE)
    page = site.http.get(f"/u/{guest.token}")
    assert "No more mail from Core?" in seen(page)
    assert "m•••@example.com" in seen(page)
    assert is_out(site) == [False]

    for _ in range(2):
        answer = site.http.post(f"/u/{guest.token}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/u/{guest.token}")
    assert is_out(site) == [True]
    done = site.http.get(f"/u/{guest.token}")
    assert "You’ll get no more mail from us" in seen(done)
    assert "<form" not in done.text


@pytest.mark.parametrize("as_multipart", [False, True])
def test_one_click_is_done_at_once_from_anywhere(site: Site, as_multipart: bool) -> None:
    guest, other = site.welcome(purpose=LinkPurpose.UNSUBSCRIBE), site.welcome()
    files = {name: (None, value) for name, value in ONE_CLICK.items()}
    body = {"files": files} if as_multipart else {"data": ONE_CLICK}

    answer = site.http.post(f"/u/{guest.token}", headers=FOREIGN, **body)  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert is_out(site) == [True, False]
    assert site.http.get(f"/s/{other.token}/times").status_code == 200


@ONE_DATABASE
def test_a_form_of_another_site_is_no_one_click(site: Site) -> None:
    guest = site.welcome(purpose=LinkPurpose.UNSUBSCRIBE)
    for body in ({}, {"List-Unsubscribe": "Maybe"}, {**ONE_CLICK, "more": "1"}):
        assert site.http.post(f"/u/{guest.token}", data=body, headers=FOREIGN).status_code == 403
    assert is_out(site) == [False]


@ONE_DATABASE
def test_mail_programs_are_not_slowed_down_by_each_other(site: Site) -> None:
    statuses = {site.http.post(f"/u/unknown{number}", data=ONE_CLICK).status_code for number in range(130)}
    assert statuses == {410}


@ONE_DATABASE
def test_from_their_page_somebody_opts_out_and_their_session_goes(site: Site) -> None:
    invited = site.invite()
    leave = f"/u/{invited.token}"
    assert f'href="{leave}"' in site.http.get(invited.path).text

    site.http.post(leave)

    assert rows(site.world.database, sa.select(Attendee.outcome).where(Attendee.id == invited.attendee_id)) == [
        (InterviewStatus.CANCELED,)
    ]
    assert "There is nothing to book for you here" in seen(site.http.get(f"{invited.path}/times"))
    assert "/times" not in site.http.get(invited.path).text


@ONE_DATABASE
def test_a_link_to_unsubscribe_opens_no_page(build: Build) -> None:
    site = build()
    guest = site.welcome(purpose=LinkPurpose.UNSUBSCRIBE)
    for path in ("", "/times", "/book?at=2026-11-24T09:00Z", "/booked", "/cancel", "/session.ics"):
        assert site.http.get(guest.path + path).status_code == 410
    assert site.http.get(f"/c/{guest.token}").status_code == 410
    assert site.http.get("/u/unknown").status_code == 410


@ONE_DATABASE
def test_what_is_too_long_for_a_click_is_a_form(site: Site) -> None:
    path = f"/u/{site.welcome(purpose=LinkPurpose.UNSUBSCRIBE).token}"
    body = b'name="List-Unsubscribe"' * 600 + b"\r\n\r\nOne-Click\r\n"
    assert site.http.post(path, content=body, headers={"origin": "https://evil.example"}).status_code == 403
    assert is_out(site) == [False]
