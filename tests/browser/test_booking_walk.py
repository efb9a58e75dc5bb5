"""The way through scheduling on which the pictures of the docs are taken, without the camera."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from docs import booking_walk
from docs.walking import Shown


@pytest.mark.timeout(360)
def test_invited_people_book_confirm_move_cancel_and_book_again_at_phone_and_desktop_width(
    browser: Browser, tmp_path: Path
) -> None:
    """Set up, invited, booked in another zone; each mail in the inbox, each card, thread and alert in Slack."""
    with Shown(tmp_path) as shown:
        booking_walk.open_and_walk(browser, shown.sandbox.base_url, lambda _page, _name: None)
