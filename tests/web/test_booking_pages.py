"""The pages on which a participant books, moves, waits and cancels: what they show, and what their buttons do."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from domain.interview import Door, InterviewStatus, TimelineKind
from domain.person import LinkPurpose
from domain.scheduling import Assignment
from domain.study import LocationKind, StudyStatus, StudyType
from domain.waiting import Wish
from storage.models import Attendee, Interview, OutboxRow, Participant, Study, TimelineEntry, WaitingEntry
from tests.builders import ONE_DATABASE, counted_statements, rows
from tests.fakes import FakeCalendar
from tests.services.booking_desk import event
from tests.web.conftest import MAIL, Build, Guest, Site
from tests.web.test_participant import seen

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""Tomorrow at ten in Berlin, when the Researcher has office hours."""
LATER = AT + timedelta(hours=2)
NAMED = "2026-11-24T09:00Z"
HOUR = timedelta(hours=1)


def book(site: Site, guest: Guest, at: str = NAMED, **fields: str) -> httpx.Response:
    return site.http.post(f"{guest.path}/book", data={"at": at, **fields})


def times(page: httpx.Response) -> list[str]:
    """The times that can be picked, by their addresses."""
    return [html.unescape(href) for href in re.findall(r'class="time" href="([^"]+)"', page.text)]


def starts(href: str) -> str:
    """Which time an address books."""
    (at,) = parse_qs(urlsplit(href).query)["at"]
    return at


def seats(site: Site, guest: Guest) -> list[tuple[datetime, InterviewStatus]]:
    statement = sa.select(Attendee.starts_at, Attendee.outcome).order_by(Attendee.id)
    return [
        (starts_at, outcome)
        for starts_at, outcome in rows(
            site.world.database, statement.where(Attendee.enrolment_id == guest.enrolment_id)
        )
    ]


def change_study(site: Site, **values: object) -> None:
    with site.world.database.unit_of_work() as session:
        study = session.get_one(Study, site.world.study_id)
        for name, value in values.items():
            setattr(study, name, value)


def test_from_invitation_to_session_by_following_what_the_pages_offer(site: Site) -> None:
    guest = site.welcome()
    chosen = site.http.get(guest.path, follow_redirects=True)
    assert "Pick a time, Mira" in seen(chosen)
    assert "Checkout study · 1 hour" in seen(chosen)
    assert "Times are in Berlin time" in seen(chosen)

    tomorrow = site.http.get(f"{guest.path}/times?day=2026-11-24&zone=Asia/Tokyo")
    assert "Times are in Tokyo time" in seen(tomorrow)
    assert "18:00 , Tuesday 24 November" in seen(tomorrow)
    question = site.http.get(
        next(href for href in times(tomorrow) if NAMED[:15] in parse_qs(urlsplit(href).query)["at"][0])
    )
    text = seen(question)
    assert "Tuesday, 24 November 2026 18:00–19:00 1 hour · Tokyo time, UTC+9" in text
    assert "With Researcher , Core" in text
    assert "You’re booking as Mira K. ( m•••@example.com )" in text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', question.text))
    assert seats(site, guest) == []

    answer = site.http.post(f"{guest.path}/book", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{guest.path}/booked")
    done = site.http.get(answer.headers["location"])
    assert "Booked See you tomorrow, Mira" in seen(done)
    assert "18:00–19:00" in seen(done)
    assert seats(site, guest) == [(AT, InterviewStatus.UPCOMING)]
    assert rows(site.world.database, sa.select(Participant.time_zone)) == [("Asia/Tokyo",)]
    doors = sa.select(TimelineEntry.door).where(TimelineEntry.kind == TimelineKind.BOOKED)
    assert rows(site.world.database, doors) == [(Door.PAGE,)]
    assert "You’re booked, Mira" in seen(site.http.get(guest.path))


def test_looking_changes_nothing(site: Site) -> None:
    guest, leaver = site.welcome(), site.welcome(purpose=LinkPurpose.UNSUBSCRIBE)
    outbox = rows(site.world.database, sa.select(OutboxRow.id))
    pages = [guest.path, f"{guest.path}/times", f"{guest.path}/book?at={NAMED}&zone=Asia/Tokyo", f"{guest.path}/booked"]
    pages += [f"{guest.path}/wait", f"{guest.path}/wait/leave", f"/u/{leaver.token}", f"/u/{guest.token}"]

    for page in pages:
        for method in ("GET", "HEAD"):
            assert site.http.request(method, page, follow_redirects=True).status_code == 200

    assert rows(site.world.database, sa.select(Attendee.id)) == []
    assert rows(site.world.database, sa.select(WaitingEntry.id)) == []
    assert rows(site.world.database, sa.select(OutboxRow.id)) == outbox
    people = rows(site.world.database, sa.select(Participant.opted_out_at, Participant.time_zone))
    assert people == [(None, None)] * 2


def test_two_want_the_last_place_and_one_sees_the_nearest_others(site: Site) -> None:
    first, second = site.welcome(), site.welcome("Ola Nord")
    assert book(site, first).status_code == 303

    answer = book(site, second, zone="Europe/London")

    assert answer.status_code == 409
    assert "This time is not free any more. Please choose another one." in seen(answer)
    nearest = times(answer)[:4]
    assert [starts(href)[8:] for href in nearest] == ["24T08:00Z", "24T10:00Z", "24T10:30Z", "24T11:00Z"]
    assert "The nearest other times 08:00 Tue 24 Nov" in seen(answer)
    assert seats(site, second) == []
    gone = site.http.get(f"{second.path}/book?at={NAMED}")
    assert gone.status_code == 409
    assert "This time is not free any more." in seen(gone)


def test_booking_twice_is_booking_once_and_a_page_left_open_books_no_second_session(site: Site) -> None:
    guest = site.welcome()
    assert [book(site, guest).headers["location"] for _ in range(2)] == [f"{guest.path}/booked"] * 2
    assert len(seats(site, guest)) == 1

    answer = book(site, guest, "2026-11-24T12:00Z")

    assert answer.status_code == 409
    assert "Your session has just changed. This is how it is now." in seen(answer)
    assert seats(site, guest) == [(AT, InterviewStatus.UPCOMING)]


def test_a_time_that_became_busy_meanwhile_is_not_booked(build: Build) -> None:
    calendar = FakeCalendar()
    site = build(calendar=calendar)
    guest = site.welcome()
    address = site.bookings.connect(site.world.researcher)
    assert site.http.get(f"{guest.path}/book?at={NAMED}").status_code == 200
    calendar.put(address, event(AT))

    assert "This time is not free any more." in seen(book(site, guest))
    assert seats(site, guest) == []


def test_when_nobody_can_tell_whether_it_is_free_nothing_is_lost(site: Site) -> None:
    guest = site.welcome()
    site.bookings.connect(site.world.researcher, age=timedelta(minutes=20))

    answer = book(site, guest, zone="Asia/Tokyo")

    assert answer.status_code == 503
    assert "Please try again in a few minutes." in seen(answer)
    assert f'name="at" value="{NAMED}"' in answer.text
    assert 'name="zone" value="Asia/Tokyo"' in answer.text
    assert seats(site, guest) == []


def test_moving_keeps_the_session_until_another_time_is_taken(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)
    page = site.http.get(f"{guest.path}/times")
    assert "Pick another time" in seen(page)
    assert "Your session now Tuesday, 24 November 2026, 10:00–11:00 Keep it as it is" in seen(page)
    assert "Tell me about an earlier time" in seen(page)
    question = site.http.get(f"{guest.path}/book?at=2026-11-24T11:00Z")
    assert "Move your session to this time? Nothing has changed yet." in seen(question)

    for _ in range(2):
        answer = book(site, guest, "2026-11-24T11:00Z", **{"from": NAMED})
        assert answer.status_code == 303
    assert seats(site, guest) == [(LATER, InterviewStatus.UPCOMING)]
    stale = book(site, guest, "2026-11-25T09:00Z", **{"from": NAMED})
    assert stale.status_code == 409
    assert seats(site, guest) == [(LATER, InterviewStatus.UPCOMING)]


@ONE_DATABASE
def test_why_a_session_cant_be_moved_or_cancelled_is_said(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)
    site.bookings.arrange(most_moves=0)
    for path in ("", "/times"):
        assert "You have moved your session as often as you can here." in seen(site.http.get(guest.path + path))
    assert f"{guest.path}/times" not in site.http.get(guest.path).text
    assert site.http.get(f"{guest.path}/cancel").text.count("<form") == 1

    site.bookings.arrange(most_moves=None, change_until=timedelta(days=2))
    for path in ("", "/cancel", "/times"):
        page = site.http.get(guest.path + path)
        assert "Your session starts soon: it can't be changed here any more." in seen(page).replace("’", "'")
        assert f"{guest.path}/cancel" not in page.text
    change_study(site, status=StudyStatus.PAUSED)
    assert f"{guest.path}/cancel" not in site.http.get(guest.path).text
    refused = site.http.post(f"{guest.path}/cancel")
    assert refused.status_code == 409
    assert "Please ask the person who invited you." in seen(refused)
    assert seats(site, guest) == [(AT, InterviewStatus.UPCOMING)]


def test_cancelling_with_a_reason_tells_the_team_and_offers_another_time(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)
    question = site.http.get(f"{guest.path}/cancel")
    assert "I’m not well" in seen(question)

    site.http.post(f"{guest.path}/cancel", data={"reason": "I’m not well", "note": "Flu & <b>fever</b>\n"})

    (interview,) = rows(site.world.database, sa.select(Interview.cancel_reason, Interview.status))
    assert interview == ("The participant can't make it: I’m not well. Flu & <b>fever</b>", InterviewStatus.CANCELED)
    page = site.http.get(guest.path)
    assert "You let us know that you can’t make it: thank you. Would another time suit you?" in seen(page)
    assert f'href="{guest.path}/times"' in page.text
    assert book(site, guest, "2026-11-25T09:00Z").status_code == 303
    assert "You’re booked, Mira" in seen(site.http.get(guest.path))


@ONE_DATABASE
def test_a_reason_that_is_too_long_is_kept_and_said_at_its_field(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)

    page = site.http.post(f"{guest.path}/cancel", data={"reason": "Something else", "note": "x" * 301})

    assert page.status_code == 422
    assert 'aria-invalid="true" aria-describedby="wrong"' in page.text
    assert "Something else" in re.findall(r'value="([^"]+)" checked', page.text)
    assert "x" * 301 in page.text
    assert seats(site, guest) == [(AT, InterviewStatus.UPCOMING)]
    assert site.http.post(f"{guest.path}/cancel", content=b"x" * 20_000).status_code == 413


@pytest.mark.parametrize(
    ("values", "headline", "advice"),
    [
        ({"status": StudyStatus.DRAFT}, "It’s not time to book yet", "Keep your link"),
        ({"status": StudyStatus.PAUSED}, "This study is paused at the moment", "Keep your link"),
        ({"status": StudyStatus.CLOSED}, "This study is closed", "Thank you for wanting to take part."),
        ({"participation_limit": 0}, "Fully booked", "Tell me when a place is free"),
    ],
)
@ONE_DATABASE
def test_when_nothing_can_be_booked_the_page_says_why_and_what_to_do(
    site: Site, values: dict[str, object], headline: str, advice: str
) -> None:
    guest = site.welcome()
    change_study(site, **values)

    page = site.http.get(f"{guest.path}/times")

    assert page.status_code == 200
    assert headline in seen(page)
    assert advice in seen(page)
    assert times(page) == []
    refused = book(site, guest)
    assert refused.status_code == 409
    assert headline in seen(refused)
    assert seats(site, guest) == []


@ONE_DATABASE
def test_a_paused_study_keeps_the_session_and_says_that_it_cant_move(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)
    change_study(site, status=StudyStatus.PAUSED)

    text = seen(site.http.get(f"{guest.path}/times"))

    assert "This study is paused at the moment" in text
    assert "Your session takes place as planned." in text


def test_who_finds_no_place_waits_for_one_and_may_stop_waiting(site: Site) -> None:
    guest = site.welcome()
    change_study(site, participation_limit=0)
    for _ in range(2):
        assert site.http.post(f"{guest.path}/wait").status_code == 303
    assert rows(site.world.database, sa.select(WaitingEntry.wish)) == [(Wish.ANY,)]
    assert "You are on the waiting list" in seen(site.http.get(f"{guest.path}/times"))

    assert site.http.post(f"{guest.path}/wait/leave").status_code == 303
    assert rows(site.world.database, sa.select(WaitingEntry.wish)) == []


def test_who_has_a_session_waits_for_an_earlier_one(site: Site) -> None:
    guest = site.welcome()
    book(site, guest)
    site.http.post(f"{guest.path}/wait")
    assert rows(site.world.database, sa.select(WaitingEntry.wish)) == [(Wish.EARLIER,)]
    assert "We’ll write to you when an earlier time is free." in seen(site.http.get(f"{guest.path}/times"))


@ONE_DATABASE
def test_no_free_times_says_so(site: Site) -> None:
    guest = site.welcome()
    site.bookings.arrange(rolling_days=0, notice=timedelta(days=3))
    text = seen(site.http.get(f"{guest.path}/times"))
    assert "No free times at the moment" in text
    assert "Tell me when a place is free" in text


@ONE_DATABASE
def test_a_group_shows_the_places_left(site: Site) -> None:
    group = site.world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=2, location=LocationKind.ZOOM)
    site.bookings.arrange(group.id, assignment=Assignment.GROUP, capacity=2)
    first, second, third = (site.welcome(study_id=group.id) for _ in range(3))
    day = "/times?day=2026-11-24"
    assert "10:00 , Tuesday 24 November 2 places left" in seen(site.http.get(first.path + day))
    assert book(site, first).status_code == 303
    assert "10:00 , Tuesday 24 November 1 place left" in seen(site.http.get(second.path + day))
    assert book(site, second).status_code == 303
    assert "10:00 , Tuesday" not in seen(site.http.get(third.path + day))
    assert book(site, third).status_code == 409


@ONE_DATABASE
def test_a_known_zone_is_used_and_only_an_unknown_one_is_asked_of_the_browser(site: Site) -> None:
    stranger, known = site.welcome(), site.welcome(time_zone="America/New_York")

    asked = site.http.get(f"{stranger.path}/times")
    assert "<script>" in asked.text
    assert "<script>" not in site.http.get(f"{stranger.path}/times?zone=Asia/Tokyo").text
    page = site.http.get(f"{known.path}/times")
    assert "Times are in New York time" in seen(page)
    assert "<script>" not in page.text
    assert "Times are in New York time" in seen(site.http.get(f"{known.path}/times?zone=Nowhere/Land"))
    book(site, known)
    assert ("America/New_York",) in rows(site.world.database, sa.select(Participant.time_zone))


@ONE_DATABASE
def test_addresses_that_make_no_sense_lead_to_the_times(site: Site) -> None:
    guest = site.welcome()
    for at in ("", "tomorrow", "2026-11-24", "0000-00-00T00:00Z", "0001-01-01T00:00Z", "9999-12-31T23:59Z"):
        answer = site.http.get(f"{guest.path}/book?at={at}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{guest.path}/times")
        assert book(site, guest, at).headers["location"] == f"{guest.path}/times"
    for day in ("", "x", "1990-01-01", "9999-12-31"):
        assert len(times(site.http.get(f"{guest.path}/times?day={day}"))) > 0


@ONE_DATABASE
def test_names_are_never_markup(site: Site) -> None:
    guest = site.welcome("<script>alert(1)</script> <b>")
    change_study(site, external_name="<img src=x>", location=LocationKind.CUSTOM, location_text="<i>Room</i>")
    for path in ("/times?zone=Asia/Tokyo", f"/book?at={NAMED}&zone=<script>"):
        page = site.http.get(guest.path + path)
        assert page.status_code == 200
        assert "<img" not in page.text
        assert "<script" not in page.text
        assert "<i>" not in page.text


@pytest.mark.parametrize("path", ["/book", "/wait", "/wait/leave", "/cancel", "/confirm"])
@ONE_DATABASE
def test_forms_of_other_sites_are_refused(site: Site, path: str) -> None:
    guest = site.welcome()
    assert site.http.post(guest.path + path, headers={"origin": "https://evil.example"}).status_code == 403


@ONE_DATABASE
def test_the_same_link_counts_on_all_of_its_pages(site: Site) -> None:
    guest = site.welcome()
    paths = ["/wait", "/book", "/wait/leave"]
    statuses = [site.http.get(guest.path + path).status_code for path in paths * 15]
    assert 429 in statuses


@ONE_DATABASE
def test_done_offers_every_calendar_and_leads_on_when_there_is_no_session(site: Site) -> None:
    guest = site.welcome()
    change_study(site, location=LocationKind.ZOOM, location_text="https://zoom.us/j/1?pwd=a&x=1")
    assert site.http.get(f"{guest.path}/booked").headers["location"] == guest.path
    book(site, guest)

    page = html.unescape(site.http.get(f"{guest.path}/booked").text)

    google = next(href for href in re.findall(r'href="([^"]+)"', page) if "calendar.google.com" in href)
    assert parse_qs(urlsplit(google).query)["dates"] == ["20261124T090000Z/20261124T100000Z"]
    outlook = next(href for href in re.findall(r'href="([^"]+)"', page) if "outlook" in href)
    assert parse_qs(urlsplit(outlook).query)["startdt"] == ["2026-11-24T09:00:00Z"]
    assert "mira" not in google + outlook
    assert f'href="{guest.path}/session.ics"' in page


@ONE_DATABASE
def test_statements_do_not_grow_with_what_is_booked(site: Site) -> None:
    guest = site.welcome()
    with counted_statements(site.world.database) as few:
        site.http.get(f"{guest.path}/times")
    for hours in range(24, 32):
        site.world.book(timedelta(hours=hours, minutes=30))
    with counted_statements(site.world.database) as many:
        site.http.get(f"{guest.path}/times")
    assert len(many) == len(few)


@ONE_DATABASE
@pytest.mark.parametrize("answer", ["confirm", "cancel"])
def test_nobody_answers_for_a_session_that_they_have_not_seen(site: Site, answer: str) -> None:
    guest = site.welcome()
    book(site, guest)
    page = site.http.get(guest.path if answer == "confirm" else f"{guest.path}/cancel")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    with site.world.database.unit_of_work() as session:
        for row in (
            session.get_one(Interview, 1),
            session.scalars(sa.select(Attendee).where(Attendee.enrolment_id.is_not(None))).one(),
        ):
            row.starts_at, row.ends_at = LATER, LATER + HOUR

    refused = site.http.post(f"{guest.path}/{answer}", data=fields)
    assert refused.status_code == 409
    assert "the session has just changed" in seen(refused)
    assert rows(
        site.world.database,
        sa.select(Attendee.confirmed_at, Attendee.outcome).where(Attendee.enrolment_id.is_not(None)),
    ) == [(None, InterviewStatus.UPCOMING)]


@ONE_DATABASE
def test_a_promise_of_a_mail_is_made_only_where_mail_is_set_up(build: Build) -> None:
    settings = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s" * 32}
    for given, sentence in (
        (settings, "Keep this address"),
        (settings | MAIL, "We’ve sent the details to m•••@example.com"),
    ):
        site = build(given)
        guest = site.welcome()
        book(site, guest, NAMED if given is settings else "2026-11-24T12:00Z")
        assert sentence in seen(site.http.get(f"{guest.path}/booked"))
