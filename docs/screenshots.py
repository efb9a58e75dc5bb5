"""The newcomer's walk through the sandbox, by mouse and keyboard: `make screenshots` takes the README's pictures on it.

The browser tests take the same walk without the camera.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from docs import booking_walk, screening_walk
from docs.walking import (
    CHECKOUT,
    CORE,
    DESK,
    LENA,
    MARCUS,
    PATIENCE_MS,
    Shoot,
    Shown,
    choose,
    close_modal,
    message,
    open_channel,
    say,
)
from tests.chromium import find_chromium

IMAGES = Path(__file__).parent / "images"
PERSON = "p17@example.com"


def walk(page: Page, base_url: str, shoot: Shoot, restart: Callable[[], None]) -> None:
    """Do what a newcomer would: today, a booking in plain words, a Maybe, a restart, the next digest, a no-show."""
    expect.set_options(timeout=PATIENCE_MS)
    open_channel(page, base_url, LENA, CORE)
    say(page, "/interview today")
    answered = page.get_by_text("Only visible to you").last
    expect(answered).to_be_visible()
    answered.evaluate("text => text.scrollIntoView({ block: 'start' })")
    shoot(page, "today")

    say(page, f"/interview book CHK {PERSON} next tue 2pm")
    book = page.get_by_role("button", name="Book it")
    expect(book.last).to_be_visible()
    shoot(page, "book-in-plain-words")
    book.last.click()
    answer = page.get_by_text(re.compile(r"CHK-\d+ is booked for")).last
    expect(answer).to_be_visible()
    reference = re.search(r"CHK-\d+", answer.inner_text()).group()  # type: ignore[union-attr]

    open_channel(page, base_url, LENA, CHECKOUT)
    card = message(page, f"{reference} ·")
    expect(card.get_by_role("link", name="Google Meet")).to_be_visible()
    shoot(page, "card")
    card.get_by_role("button", name="Details").click()
    expect(page.get_by_role("dialog")).to_contain_text("What happened")
    shoot(page, "details")
    close_modal(page)
    ask(page, reference, shoot)

    read_the_mail(page, base_url, shoot)
    answer_maybe(page, base_url, shoot, reference)

    open_channel(page, base_url, LENA, CHECKOUT)
    expect(message(page, f"{reference} ·")).to_contain_text("Attendance Unknown")
    message(page, f"{reference} ·").get_by_role("button", name=re.compile("repl(y|ies)")).click()
    expect(page.get_by_text("tentatively attending").last).to_be_visible()
    shoot(page, "thread")
    open_channel(page, base_url, LENA, CORE)
    expect(message(page, re.compile(rf"Answered “Maybe”.*{reference}", re.DOTALL))).to_be_visible()
    shoot(page, "alert")

    restart()
    open_channel(page, base_url, LENA, CORE)
    to_the_digest(page, reference)
    shoot(page, "digest")
    expect(digest_of(page, reference)).to_contain_text("14:00")
    open_channel(page, base_url, MARCUS, CORE)
    expect(digest_of(page, reference)).to_contain_text("13:00")
    shoot(page, "digest-in-london")

    open_channel(page, base_url, LENA, CORE)
    choose(page, digest_of(page, reference), "Mark no-show")
    expect(digest_of(page, reference)).to_contain_text("No Showed")
    shoot(page, "no-show")
    open_channel(page, base_url, LENA, CHECKOUT)
    expect(message(page, f"{reference} ·")).to_contain_text("No Showed")
    open_home(page, base_url, shoot)


def ask(page: Page, reference: str, shoot: Shoot) -> None:
    """Look at what rescheduling suggests, and write the participant a mail, up to its preview."""
    card = message(page, f"{reference} ·")
    card.get_by_role("button", name=re.compile("Reschedule")).click()
    page.get_by_role("dialog").get_by_label("Suggested times").click()
    expect(page.get_by_role("option").first).to_be_visible()
    shoot(page, "reschedule")
    page.keyboard.press("Escape")
    close_modal(page)
    choose(page, card, "Write a mail…")
    page.get_by_role("dialog").get_by_role("button", name="Preview").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Send")).to_be_visible()
    shoot(page, "mail-preview")
    close_modal(page)


def open_home(page: Page, base_url: str, shoot: Shoot) -> None:
    """App Home of somebody who hosts."""
    page.goto(f"{base_url}/?as={MARCUS}")
    page.get_by_role("button", name="Callsheet").or_(page.get_by_role("link", name="Callsheet")).first.click()
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_text("My studies")).to_be_visible()
    shoot(page, "home")


def read_the_mail(page: Page, base_url: str, shoot: Shoot) -> None:
    """The participant's inbox, and their page behind the mail's link."""
    page.goto(f"{base_url}/mail?to={PERSON}")
    page.get_by_text("You're booked").first.click()
    confirm = page.frame_locator("iframe").get_by_role("link", name=re.compile("Confirm", re.IGNORECASE)).first
    expect(confirm).to_be_visible()
    shoot(page, "mail")
    page.goto(confirm.get_attribute("href") or "")
    expect(page.get_by_role("button", name="I'll be there").or_(page.get_by_text("be there")).first).to_be_visible()
    shoot(page, "participant-page")


def answer_maybe(page: Page, base_url: str, shoot: Shoot, reference: str) -> None:
    """Answer the invitation as the participant, on the calendar page."""
    page.goto(f"{base_url}/calendar?as={LENA}&calendar=lena@northwind.example")
    for _ in range(2):
        page.wait_for_timeout(800)
        for number in range(page.get_by_test_id("event").count()):
            page.get_by_test_id("event").nth(number).click()
            card = page.get_by_test_id("event-card")
            expect(card).to_be_visible()
            if PERSON in card.inner_text():
                card.get_by_test_id("rsvp-tentative").click()
                expect(card.locator(f'[data-email="{PERSON}"]')).to_have_attribute("data-response", "tentative")
                shoot(page, "calendar")
                return
            page.keyboard.press("Escape")
        page.get_by_role("button", name="Next week").click()
    raise AssertionError(f"{reference} is not in the calendar")


def to_the_digest(page: Page, reference: str) -> None:
    """Move to the next mornings until the digest tells of the interview."""
    for _ in range(9):
        page.get_by_role("button", name="Next morning").click()
        page.get_by_role("button", name="+15 min").click()
        with suppress(PlaywrightTimeout):
            digest_of(page, reference).first.wait_for(state="attached", timeout=4_000)
            return
    raise AssertionError(f"no digest tells of {reference}")


def digest_of(page: Page, reference: str) -> Locator:
    """The digest that tells of the interview."""
    return message(page, re.compile(rf"\d+ sessions?.*{reference} ·", re.DOTALL))


def main() -> int:
    """Take the pictures, into `docs/images`."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with tempfile.TemporaryDirectory() as folder, Shown(Path(folder)) as shown:
            page = browser.new_page(viewport=DESK, device_scale_factor=1)
            walk(page, shown.sandbox.base_url, shoot, shown.restart)
        with tempfile.TemporaryDirectory() as folder, Shown(Path(folder)) as shown:
            booking_walk.open_and_walk(browser, shown.sandbox.base_url, shoot_wanted)
        with tempfile.TemporaryDirectory() as folder, Shown(Path(folder)) as shown:
            screening_walk.open_and_walk(browser, shown.sandbox.base_url, shoot_wanted)
        browser.close()
    return 0


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(400)
    page.screenshot(path=IMAGES / f"{name}.png")


def shoot_wanted(page: Page, name: str) -> None:
    """Of the ways through scheduling and screening only what the pages show: they have some eighty stations."""
    if name in booking_walk.PICTURES | screening_walk.PICTURES:
        shoot(page, name)


if __name__ == "__main__":
    sys.exit(main())
