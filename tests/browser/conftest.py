"""A real browser, and a sandbox to look at. Without a browser these tests are skipped, except on CI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from sandbox.server import Sandbox
from tests.chromium import find_chromium, is_required

WINDOW: ViewportSize = {"width": 1280, "height": 800}
TIMEOUT_MS = 15_000
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one for all tests."""
    executable = find_chromium()
    if executable is None:
        if is_required():
            pytest.fail("No Chromium: install one, or name it in CALLSHEET_CHROMIUM.")
        pytest.skip("No Chromium here.")
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, as in most containers.
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab with its own storage. A test fails when a script on the page does."""
    context = browser.new_context(viewport=WINDOW, locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(TIMEOUT_MS)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh sandbox without the bot."""
    with Sandbox(port=0, smtp_port=0) as running:
        yield running
