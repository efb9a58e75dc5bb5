"""The booking pages in a real browser: with the keyboard alone, without scripts, and as axe-core judges them."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from domain.interview import InterviewStatus
from domain.person import LinkPurpose
from domain.scheduling import Assignment
from domain.study import StudyStatus, StudyType
from storage.models import Attendee, Participant
from tests.builders import rows
from tests.web.conftest import Guest, Site, build, clock, site  # noqa: F401
from tests.web.test_claim import offer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AT = "2026-11-24T09:00Z"
BOOKED = [(datetime(2026, 11, 24, 9, tzinfo=UTC), InterviewStatus.UPCOMING)]
LONG_NAME = "Maximiliane" * 18
ARABIC = "مريم القاسم"
PHONE, DESK, NARROW = (390, 844), (1280, 900), (320, 640)
EVERY_RULE: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES: dict[Literal["light", "dark"], list[str]] = {"light": LEVELS, "dark": ["color-contrast"]}
"""What is looked for by day and by night, when only the colours are others."""


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser's tab with other settings than usual."""
    contexts = []

    def open_tab(**settings: Any) -> Page:
        contexts.append(browser.new_context(locale="en-GB", **settings))
        return contexts[-1].new_page()

    yield open_tab
    for context in contexts:
        context.close()


def sessions(site: Site, guest: Guest) -> list[tuple[datetime, InterviewStatus]]:
    statement = sa.select(Attendee.starts_at, Attendee.outcome).where(Attendee.enrolment_id == guest.enrolment_id)
    return [(starts_at, outcome) for starts_at, outcome in rows(site.world.database, statement)]


def press_on(page: Page, name: str) -> None:
    """Go on with Tab to what is called so, see that the focus shows, and press Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()").startswith(name):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"The keyboard does not reach {name}.")


def test_booked_moved_and_cancelled_with_the_keyboard_in_the_browsers_own_zone(
    tab: Callable[..., Page], site: Site
) -> None:
    guest = site.welcome()
    page = tab(timezone_id="America/New_York")
    page.goto(site.server.url + guest.path)
    expect(page.get_by_text("Times are in New York time")).to_be_visible()

    press_on(page, "24")
    expect(page.get_by_role("heading", name="Tuesday 24 November")).to_be_visible()
    press_on(page, "04:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this time right?")
    expect(page.get_by_text("04:00–05:00")).to_be_visible()
    press_on(page, "Book this time")
    expect(page.get_by_role("heading", level=1)).to_have_text("See you tomorrow, Mira")
    assert sessions(site, guest) == BOOKED
    assert rows(site.world.database, sa.select(Participant.time_zone)) == [("America/New_York",)]

    press_on(page, "Pick another time")
    press_on(page, "25")
    press_on(page, "05:30")
    press_on(page, "Move my session")
    expect(page.get_by_role("heading", level=1)).to_have_text("See you on Wednesday, Mira")
    press_on(page, "I can’t make it")
    press_on(page, "Cancel my session")
    expect(page.get_by_role("heading", level=1)).to_have_text("This session is cancelled")
    press_on(page, "Pick another time")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pick a time, Mira")
    assert page.context.cookies() == []


def test_booked_without_scripts_in_a_zone_that_was_chosen(tab: Callable[..., Page], site: Site) -> None:
    guest = site.welcome()
    page = tab(java_script_enabled=False, timezone_id="America/New_York")
    page.goto(site.server.url + guest.path)
    page.get_by_text("Times are in Berlin time").click()
    page.get_by_label("Where are you?").select_option("Asia/Kathmandu")
    page.get_by_role("button", name="Show times there").click()
    expect(page.get_by_text("Kathmandu time, UTC+5:45").first).to_be_visible()

    page.get_by_role("link", name="Tuesday 24 November").click()
    page.get_by_role("link", name="14:45").click()
    page.get_by_role("link", name="Pick another time").click()
    page.get_by_role("link", name="14:45").click()
    page.get_by_role("button", name="Book this time").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("See you tomorrow, Mira")
    assert sessions(site, guest) == BOOKED
    assert rows(site.world.database, sa.select(Participant.time_zone)) == [("Asia/Kathmandu",)]
    page.get_by_role("link", name="I can’t make it").click()
    page.get_by_label("I’m not well").check()
    page.get_by_label("Anything to add?").fill("x" * 301)
    page.get_by_role("button", name="Cancel my session").click()
    expect(page.get_by_label("Anything to add?")).to_have_accessible_description(
        "That is too long: please use at most 300 characters."
    )


@pytest.mark.timeout(240)
def test_no_page_keeps_anybody_out(tab: Callable[..., Page], site: Site) -> None:
    """axe-core on every kind of page, by day and by night, at two widths; nothing is wider than 320 pixels."""
    page, found = tab(java_script_enabled=True), []
    for path in every_page(site):
        page.goto(site.server.url + path)
        page.evaluate(Axe().axe_script)
        if page.locator("summary").count():
            page.locator("summary").click()
        found += [f"{path} {each}" for each in violations_by_day_and_night(page)]
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        if page.evaluate("document.documentElement.scrollWidth") > NARROW[0]:
            found.append(f"{path}: wider than {NARROW[0]} pixels")
    assert found == []


def violations_by_day_and_night(page: Page) -> list[str]:
    """What is found wrong at two widths; as `violations`, with where."""
    found = []
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {each}" for each in violations(page, rules)]
    return found


def violations(page: Page, only: list[str]) -> list[str]:
    """What axe-core, which is in the page already, finds wrong by those rules or levels: rule and element."""
    results = page.evaluate("options => axe.run(options)", {**EVERY_RULE, "runOnly": only})
    return [f"{each['id']}: {node['html'][:120]}" for each in results["violations"] for node in each["nodes"]]


def every_page(site: Site) -> list[str]:
    """The paths of all kinds of pages, with the longest names and those that are written from the right."""
    world = site.world
    berlin: dict[str, Any] = {"time_zone": "Europe/Berlin"}
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    site.bookings.arrange(group.id, assignment=Assignment.GROUP, capacity=3)
    full = world.study("FUL", "Full", participation_limit=0)
    closed = world.study("CLO", "Closed", status=StudyStatus.CLOSED)
    many = world.study("MNY", "Zahlungsverkehrsdienstleistungen" * 6)
    site.bookings.arrange(many.id, increment=timedelta(minutes=15), rolling_days=60)

    new, arab = site.welcome(LONG_NAME, many.id, **berlin), site.welcome(ARABIC, **berlin)
    seated, leaver = site.welcome("Zoë 👩‍🚀 Müller", **berlin), site.welcome(purpose=LinkPurpose.UNSUBSCRIBE)
    gone, out = site.welcome(), site.welcome()
    waits, unlucky = site.welcome(study_id=full.id), site.welcome(study_id=full.id, **berlin)
    site.http.post(f"{seated.path}/book", data={"at": AT})
    site.http.post(f"{gone.path}/book", data={"at": "2026-11-25T09:00Z"})
    site.http.post(f"{gone.path}/cancel")
    site.http.post(f"/u/{out.token}")
    site.http.post(f"{waits.path}/wait")
    taken, lost = offer(site, site.welcome()), offer(site, site.welcome())
    later = offer(site, site.welcome(), datetime(2026, 11, 25, 13, tzinfo=UTC))
    return [
        f"{new.path}/times",
        f"{arab.path}/times?day=2026-11-24",
        f"{arab.path}/book?at=2026-11-24T11:00Z",
        f"{arab.path}/book?at={AT}",
        f"{site.welcome(study_id=group.id, **berlin).path}/times",
        f"{site.welcome(study_id=closed.id).path}/times",
        f"{waits.path}/times",
        f"{unlucky.path}/times",
        f"{out.path}/times",
        seated.path,
        f"{seated.path}/times",
        f"{seated.path}/book?at=2026-11-24T11:00Z",
        f"{seated.path}/booked",
        f"{seated.path}/cancel",
        gone.path,
        f"/u/{leaver.token}",
        f"/u/{out.token}",
        taken,
        lost,
        later,
        "/s/unknown",
    ]
