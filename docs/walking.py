"""What the walks through the sandbox share: how a person gets about in it, and a sandbox to walk through."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, expect

from bot.app import Callsheet
from bot.manifest import app_manifest
from domain.times import from_local, local, week_of
from sandbox.main import settings_for, start
from sandbox.server import Sandbox
from tests.scenario.conftest import free_port

CORE, CHECKOUT = "C0CORETEAM", "C0CHECKOUT"
LENA, MARCUS = "U0LENAVOGT", "U0MARCUSOY"
DESK: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
Shoot = Callable[[Page, str], None]
"""Takes a picture of the page as it is, under a name; or does nothing."""


def open_channel(page: Page, base_url: str, user: str, channel: str) -> None:
    page.goto(f"{base_url}/?as={user}&channel={channel}")
    expect(composer(page)).to_be_visible()


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Message"))


def say(page: Page, text: str) -> None:
    composer(page).click()
    page.keyboard.type(text)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def message(page: Page, words: str | re.Pattern[str]) -> Locator:
    """The newest message with the words."""
    return page.locator("[data-ts]").filter(has_text=words).last


def choose(page: Page, shown: Locator, label: str) -> None:
    """Choose an entry of a message's first "…" menu."""
    shown.get_by_role("button", name="More actions").first.click()
    page.get_by_role("menuitem", name=label).click()


def close_modal(page: Page) -> None:
    """Close whatever modals are open."""
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


class Shown:
    """A fresh sandbox with the bot in it, whose bot can be stopped and started again in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.sandbox = Sandbox(state_dir=folder, port=0, smtp_port=0, manifest=app_manifest())
        self._port = free_port()

    def __enter__(self) -> Shown:
        """It is always half past eight on a Tuesday: the pictures differ by what has changed, not by the hour."""
        self.sandbox.start()
        clock = self.sandbox.clock
        now = local(clock.now(), "Europe/Berlin")
        tuesday = week_of(now.date()) + timedelta(days=8)
        clock.advance(from_local(datetime.combine(tuesday, time(8, 30)), "Europe/Berlin") - clock.now())
        self.callsheet = self._start()
        return self

    def _start(self) -> Callsheet:
        settings = settings_for(self.sandbox, f"sqlite:///{self._folder / 'callsheet.db'}", self._port)
        return start(self.sandbox, settings, with_answers=True)

    def restart(self) -> None:
        """Stop the bot, and start it again over what it remembers."""
        self.callsheet.stop()
        self.callsheet = self._start()

    def __exit__(self, *_: object) -> None:
        self.callsheet.stop()
        self.sandbox.stop()
