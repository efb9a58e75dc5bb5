"""The way of those who are asked first, on which pictures of the docs are taken; axe-core judges their pages on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from docs import screening_walk
from docs.walking import Shown
from tests.browser.test_booking_pages import LEVELS, violations


@pytest.mark.timeout(300)
def test_asked_people_qualify_or_are_decided_on_and_a_survey_is_done(browser: Browser, tmp_path: Path) -> None:
    """Built, tried, published; answered in two parts and booked; reviewed by two; the public link; consent, survey."""
    judged: list[str] = []
    found: list[str] = []

    def judge(page: Page, name: str) -> None:
        if not name.startswith("page-"):
            return
        judged.append(name)
        page.evaluate(Axe().axe_script)
        found.extend(f"{name}: {each}" for each in violations(page, LEVELS))

    with Shown(tmp_path) as shown:
        screening_walk.open_and_walk(browser, shown.sandbox.base_url, judge)
    assert (len(judged), found) == (11, [])
