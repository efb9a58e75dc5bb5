"""The calendar page: one looks at a week, answers as the participant, moves and deletes as the host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.server import Sandbox

LENA, MARCUS, PAT = "lena@northwind.example", "marcus@northwind.example", "pat@mail.example"
BERLIN = ZoneInfo("Europe/Berlin")
HOSTILE = "</button><img src=x onerror=\"document.title='taken over'\">"

Event = dict[str, Any]
Invite = Callable[..., Event]


@pytest.fixture
def today(sandbox: Sandbox, control: httpx.Client) -> date:
    """The day in Berlin, where it is nine in the morning."""
    control.post("clock", json={"next": "09:00", "time_zone": "Europe/Berlin"}).raise_for_status()
    return sandbox.clock.now().astimezone(BERLIN).date()


@pytest.fixture
def invite(control: httpx.Client, today: date) -> Invite:
    """Puts an event on Lena's calendar, today from 14:00 to 14:45 unless told otherwise."""

    def invite(
        summary: str = "Checkout interview", start: str = "14:00", end: str = "14:45", day: date = today, **more: Any
    ) -> Event:
        times = {"start": f"{day}T{start}", "end": f"{day}T{end}"}
        body = {"summary": summary, "attendees": [LENA, PAT], **times, **more}
        event: Event = control.post(f"calendar/{LENA}/events", json=body).raise_for_status().json()
        return event

    return invite


@pytest.fixture
def calendar(page: Page, sandbox: Sandbox, today: date) -> Page:
    """Lena's calendar, of the week that `today` lies in."""
    page.goto(f"{sandbox.base_url}/calendar?calendar={LENA}")
    expect(page.get_by_test_id("week")).to_be_visible()
    return page


def events_of(control: httpx.Client, calendar: str = LENA) -> list[Event]:
    events: list[Event] = control.get(f"calendar/{calendar}/events").raise_for_status().json()["events"]
    return events


def guest(control: httpx.Client, address: str = PAT) -> Event:
    return next(each for each in events_of(control)[0]["attendees"] if each["email"] == address)


def opened(calendar: Page) -> Locator:
    """The card of the only event."""
    calendar.get_by_test_id("event").click()
    return calendar.get_by_test_id("event-card")


def test_participant_answers_maybe_and_says_why(calendar: Page, invite: Invite, control: httpx.Client) -> None:
    invite()
    card = opened(calendar)
    card.get_by_test_id("answer-as").select_option(PAT)
    card.get_by_test_id("rsvp-comment").fill("The train may be late")
    card.get_by_test_id("rsvp-tentative").click()

    listed = card.locator(f"[data-testid=attendee][data-email='{PAT}']")
    expect(listed).to_contain_text("Maybe")
    expect(listed).to_contain_text("The train may be late")
    expect(card.get_by_test_id("rsvp-tentative")).to_have_attribute("aria-pressed", "true")
    assert guest(control)["responseStatus"] == "tentative"
    assert guest(control)["comment"] == "The train may be late"


def test_answer_given_elsewhere_appears_on_the_open_page(calendar: Page, invite: Invite, control: httpx.Client) -> None:
    event = invite()
    card = opened(calendar)
    control.post(f"calendar/{LENA}/events/{event['id']}/rsvp", json={"email": PAT, "response": "declined"})

    expect(card.locator(f"[data-email='{PAT}']")).to_have_attribute("data-response", "declined")


def test_host_moves_an_event_to_next_week_and_the_page_follows(
    calendar: Page, invite: Invite, control: httpx.Client, today: date
) -> None:
    invite()
    card = opened(calendar)
    card.get_by_test_id("event-move").click()
    day = today + timedelta(days=7)
    card.get_by_test_id("event-date").fill(day.isoformat())
    card.get_by_test_id("event-start").fill("16:30")
    expect(card.get_by_test_id("event-end")).to_have_value("17:15")
    card.get_by_test_id("move-save").click()

    expect(calendar.locator(f"[data-date='{day}']").get_by_test_id("event")).to_be_visible()
    start = datetime.fromisoformat(events_of(control)[0]["start"]["dateTime"])
    assert start == datetime.combine(day, time(16, 30), BERLIN)


def test_move_that_ends_before_it_starts_is_refused_in_words(
    calendar: Page, invite: Invite, control: httpx.Client
) -> None:
    event = invite()
    card = opened(calendar)
    card.get_by_test_id("event-move").click()
    card.get_by_test_id("event-end").fill("13:00")
    card.get_by_test_id("move-save").click()

    expect(calendar.get_by_test_id("toasts")).to_contain_text("The end must come after the start.")
    assert events_of(control)[0]["end"] == event["end"]


def test_delete_asks_first(calendar: Page, invite: Invite, control: httpx.Client) -> None:
    invite()
    card = opened(calendar)
    card.get_by_test_id("event-delete").click()
    calendar.get_by_test_id("confirm").get_by_role("button", name="Cancel").click()
    assert len(events_of(control)) == 1

    card.get_by_test_id("event-delete").click()
    calendar.get_by_test_id("confirm").get_by_role("button", name="Delete").click()

    expect(calendar.get_by_test_id("event")).to_have_count(0)
    expect(card).to_have_count(0)
    assert events_of(control) == []


def test_guest_who_removes_an_invitation_declines_it(
    page: Page, sandbox: Sandbox, invite: Invite, control: httpx.Client
) -> None:
    event = invite(attendees=[LENA, MARCUS])
    page.goto(f"{sandbox.base_url}/calendar?calendar={MARCUS}&event={event['id']}")
    card = page.get_by_test_id("event-card")
    expect(card.get_by_test_id("event-move")).to_have_count(0)
    card.get_by_role("button", name="Remove from calendar").click()
    page.get_by_test_id("confirm").get_by_role("button", name="Delete").click()

    expect(page.get_by_test_id("event")).to_have_count(0)
    assert guest(control, MARCUS)["responseStatus"] == "declined"


def test_new_busy_event_blocks_the_time(calendar: Page, control: httpx.Client, today: date) -> None:
    calendar.get_by_test_id("new-event").click()
    form = calendar.get_by_test_id("new-event-form")
    form.get_by_test_id("event-title").fill("Dentist")
    form.get_by_test_id("event-date").fill(today.isoformat())
    form.get_by_test_id("event-start").fill("10:00")
    form.get_by_test_id("event-end").fill("11:00")
    form.get_by_test_id("event-save").click()

    expect(calendar.locator(f"[data-date='{today}']").get_by_test_id("event")).to_contain_text("Dentist")
    [event] = events_of(control)
    assert datetime.fromisoformat(event["start"]["dateTime"]) == datetime.combine(today, time(10), BERLIN)


def test_link_to_an_event_opens_it_in_its_week(page: Page, sandbox: Sandbox, invite: Invite, today: date) -> None:
    later = today + timedelta(days=21)
    event = invite("In three weeks", day=later)
    page.goto(event["htmlLink"])

    expect(page.get_by_test_id("event-summary")).to_have_text("In three weeks")
    expect(page.locator(f"[data-date='{later}']").get_by_test_id("event")).to_be_visible()


def test_overlapping_events_stand_side_by_side(calendar: Page, invite: Invite) -> None:
    invite("One", "09:00", "11:00")
    invite("Two", "10:00", "12:00")
    invite("After", "12:00", "13:00")
    expect(calendar.get_by_test_id("event")).to_have_count(3)

    boxes = {name: box_of(calendar, name) for name in ("One", "Two", "After")}
    assert boxes["One"]["x"] + boxes["One"]["width"] <= boxes["Two"]["x"]
    assert boxes["After"]["width"] > 1.9 * boxes["One"]["width"]
    assert boxes["One"]["height"] == pytest.approx(2 * boxes["After"]["height"], abs=4)


def box_of(calendar: Page, name: str) -> Any:
    return calendar.get_by_test_id("event").filter(has_text=name).bounding_box()


def test_hostile_title_and_description_stay_text(calendar: Page, invite: Invite) -> None:
    invite(HOSTILE, description=f"{HOSTILE} javascript:alert(1) https://northwind.example/agenda")
    card = opened(calendar)

    expect(card.get_by_test_id("event-summary")).to_have_text(HOSTILE)
    expect(card.locator("img")).to_have_count(0)
    expect(card.get_by_role("link")).to_have_count(1)
    assert calendar.title() == "Lena Vogt – Calendar sandbox"


def test_today_moves_with_the_clock(calendar: Page, control: httpx.Client, today: date) -> None:
    expect(calendar.locator(".day-head.today b")).to_have_text(str(today.day))
    control.post("clock", json={"advance_seconds": 7 * 86_400})

    next_week = today + timedelta(days=7)
    expect(calendar.locator(f"[data-date='{next_week}']").get_by_test_id("now-line")).to_have_count(1)
    expect(calendar.locator(".day-head.today b")).to_have_text(str(next_week.day))


def test_weeks_are_turned_and_kept_in_the_address(calendar: Page, invite: Invite) -> None:
    invite()
    expect(calendar.get_by_test_id("event")).to_have_count(1)
    calendar.get_by_role("button", name="Next week").click()
    expect(calendar.get_by_test_id("event")).to_have_count(0)
    calendar.reload()
    expect(calendar.get_by_test_id("week")).to_be_visible()
    expect(calendar.get_by_test_id("event")).to_have_count(0)
    calendar.get_by_test_id("today").click()

    expect(calendar.get_by_test_id("event")).to_have_count(1)


def test_narrow_screen_lists_the_week(browser: Browser, sandbox: Sandbox, invite: Invite) -> None:
    invite()
    context = browser.new_context(viewport={"width": 420, "height": 760})
    phone = context.new_page()
    phone.goto(f"{sandbox.base_url}/calendar?calendar={LENA}")

    expect(phone.get_by_test_id("agenda").get_by_test_id("event")).to_contain_text("14:00–14:45")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 420
    context.close()
