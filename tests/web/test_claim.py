"""A time that was offered to somebody who waits: shown by its link, and taken by whoever is first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from domain.interview import InterviewStatus
from domain.person import LinkPurpose
from domain.study import StudyStatus
from domain.waiting import OfferState, Wish
from storage.models import Attendee, SlotOffer, Study, WaitingEntry
from tests.builders import ONE_DATABASE, rows
from tests.web.conftest import Guest, Site
from tests.web.test_participant import seen

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def offer(site: Site, guest: Guest, starts_at: datetime = AT) -> str:
    """Let the guest wait, and offer them a time until noon: the path of their claim link."""
    now = site.world.now
    with site.world.database.unit_of_work() as session:
        wanted = {"study_id": site.world.study_id, "enrolment_id": guest.enrolment_id}
        session.add(WaitingEntry(wish=Wish.ANY, asked_at=now, **wanted))
        new = SlotOffer(
            starts_at=starts_at, offered_by="Lena", offered_at=now, expires_at=now + timedelta(hours=3), **wanted
        )
        session.add(new)
        session.flush()
        offer_id = new.id
    return f"/c/{site.link(guest.enrolment_id, LinkPurpose.CLAIM, offer_id=offer_id)}"


def test_the_first_claim_gets_the_time_and_the_other_is_told(site: Site) -> None:
    mira, ola = site.welcome(), site.welcome("Ola Nord")
    first, second = offer(site, mira), offer(site, ola)
    page = site.http.get(first)
    assert "Offered to you until today at 12:30 This time is free, Mira" in seen(page)
    assert "Tuesday, 24 November 2026 10:00–11:00" in seen(page)
    for path in (first, second):
        site.http.head(path)
    assert rows(site.world.database, sa.select(Attendee.id)) == []

    answer = site.http.post(first)
    assert answer.status_code == 303
    own_page = answer.headers["location"].removesuffix("/booked")
    assert "See you tomorrow, Mira" in seen(site.http.get(f"{own_page}/booked"))
    assert "You’re booked, Mira" in seen(site.http.get(own_page))
    again = site.http.post(first)
    assert (again.status_code, again.headers["location"]) == (303, first), "a mail that is passed on opens no page"
    assert "It’s yours, Mira" in seen(site.http.get(first))
    assert "/s/" not in site.http.get(first).text

    assert site.http.post(second).status_code == 409
    lost = site.http.get(second)
    assert "This time has gone" in seen(lost)
    assert "<form" not in lost.text
    booked = sa.select(Attendee.enrolment_id, Attendee.outcome).where(Attendee.enrolment_id.is_not(None))
    assert rows(site.world.database, booked) == [(mira.enrolment_id, InterviewStatus.UPCOMING)]
    states = rows(site.world.database, sa.select(SlotOffer.state).order_by(SlotOffer.id))
    assert states == [(OfferState.CLAIMED,), (OfferState.LOST,)]


@ONE_DATABASE
def test_an_offer_that_has_run_out_says_so(site: Site) -> None:
    path = offer(site, site.welcome())
    site.clock.advance(timedelta(hours=4))
    assert "This offer has run out" in seen(site.http.get(path))
    assert site.http.post(path).status_code == 409
    assert rows(site.world.database, sa.select(Attendee.id)) == []


@ONE_DATABASE
def test_a_paused_study_books_no_claim(site: Site) -> None:
    path = offer(site, site.welcome())
    with site.world.database.unit_of_work() as session:
        session.get_one(Study, site.world.study_id).status = StudyStatus.PAUSED
    assert "No sessions are being booked" in seen(site.http.get(path))
    assert site.http.post(path).status_code == 409


@ONE_DATABASE
def test_a_claim_is_neither_taken_from_another_site_nor_by_another_link(site: Site) -> None:
    guest = site.welcome()
    path = offer(site, guest)
    assert site.http.post(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert site.http.post(f"/c/{guest.token}").status_code == 410
    assert rows(site.world.database, sa.select(Attendee.id)) == []
