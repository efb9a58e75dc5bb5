"""The walk on which the README's pictures are taken, without the camera."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from docs.screenshots import walk
from docs.walking import DESK, Shown


@pytest.mark.timeout(240)
def test_newcomer_finds_their_way_by_mouse_and_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Today, a booking in plain words, card and mail, a Maybe, a restart, the digest in two zones, a no-show."""
    with Shown(tmp_path) as shown:
        context = browser.new_context(viewport=DESK)
        walk(context.new_page(), shown.sandbox.base_url, lambda _page, _name: None, shown.restart)
        context.close()
