"""A participant's page in a real browser: its buttons work without scripts, and it can be read by everybody."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.attendance import Rsvp
from domain.interview import InterviewStatus
from domain.study import StudyStatus
from storage.models import Attendee, Study
from tests.web.conftest import Invited, Site, build, clock, site  # noqa: F401

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}

UNREADABLE = """() => {
  const rgb = (value) => value.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (!text) continue;
    const element = walker.currentNode.parentElement;
    const [a, b] = [luminance(rgb(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${text}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""
"""The texts whose contrast is below WCAG's AA."""


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone, by day and by night."""
    context = browser.new_context(**PHONE, color_scheme=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_participant_confirms_then_cancels_without_scripts(plain: Page, site: Site) -> None:
    invited = site.invite()
    problems: list[str] = []
    hosts: set[str | None] = set()
    plain.on("console", lambda message: problems.append(message.text))
    plain.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))

    plain.goto(site.server.url + invited.path)
    plain.get_by_role("button", name="I’ll be there").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("See you tomorrow, Mara")
    plain.reload()
    expect(plain.get_by_text("You’ve said that you’ll be there")).to_be_visible()

    plain.get_by_role("link", name="I can’t make it").click()
    plain.get_by_role("link", name="Keep it").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("See you tomorrow, Mara")
    assert site.seat(invited).outcome is InterviewStatus.UPCOMING

    plain.get_by_role("link", name="I can’t make it").click()
    plain.get_by_role("button", name="Cancel my session").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("This session is cancelled")
    assert site.seat(invited).outcome is InterviewStatus.CANCELED

    assert problems == []
    assert hosts == {"127.0.0.1"}
    assert plain.context.cookies() == []


def test_everything_can_be_done_from_the_keyboard(phone: Page, site: Site) -> None:
    invited = site.invite()
    phone.goto(site.server.url + invited.path)

    for _ in range(10):
        phone.keyboard.press("Tab")
        if phone.evaluate("document.activeElement.textContent") == "I’ll be there":
            break
    assert phone.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    phone.keyboard.press("Enter")

    expect(phone.get_by_role("heading", level=1)).to_have_text("See you tomorrow, Mara")


def test_every_state_can_be_read_on_a_small_phone(phone: Page, site: Site) -> None:
    for invited, path in states(site):
        phone.goto(site.server.url + invited.path + path)
        assert phone.evaluate(UNREADABLE) == []
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
        assert phone.evaluate("document.querySelectorAll('h1').length") == 1
        assert phone.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "14px"


def states(site: Site) -> list[tuple[Invited, str]]:
    """One session in each state that a page can be in, names of 200 letters among them."""
    asked, confirmed, cancelled, declined, starting = (
        site.invite(timedelta(days=1), name="Maximiliane" * 18),
        site.invite(timedelta(days=2)),
        site.invite(timedelta(days=3)),
        site.invite(timedelta(days=4)),
        site.invite(timedelta(minutes=10)),
    )
    with site.world.database.unit_of_work() as session:
        seat = session.get_one(Attendee, declined.attendee_id)
        seat.rsvp, seat.rsvp_at = Rsvp.DECLINED, site.world.now
        study = session.get_one(Study, site.world.study_id)
        study.external_name, study.status = "Zahlungsverkehrsdienstleistungen" * 6, StudyStatus.PAUSED
    site.http.post(f"{confirmed.path}/confirm")
    site.http.post(f"{cancelled.path}/cancel")
    nobody = Invited(0, 0, "nobody")
    plain = [(each, "") for each in (asked, confirmed, cancelled, declined, starting, nobody)]
    return [*plain, (asked, "/cancel"), (nobody, "/x/y")]


def test_session_is_downloaded_as_a_calendar_file(phone: Page, site: Site) -> None:
    invited = site.invite()
    phone.goto(site.server.url + invited.path)

    with phone.expect_download() as download:
        phone.get_by_role("link", name="Add to my calendar").click()

    assert download.value.suggested_filename == "session.ics"
