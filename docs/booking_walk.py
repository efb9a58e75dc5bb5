"""The way through scheduling: a study is set up, two people are invited and book, move, cancel and book again.

`make screenshots` takes pictures on it; the browser tests take the same walk without the camera.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from docs.walking import CHECKOUT, CORE, DESK, LENA, PATIENCE_MS, PHONE, Shoot, message, open_channel, say

STEPS = ("Event", "Location", "Hosts", "Availability", "Limits", "Review")
NEW_YORK = "America/New_York"
REASON = "I’m not well"
WORDS = "Sorry, a cold. Next week would be fine."
MORNINGS, MOST_HOURS = 3, 10
"""How the clock comes to the day before the sessions, which are on the fourth: the next nine o'clock is the first's."""
PICTURES = {"slots", "invite-review", "page-times-phone", "page-is-this-right-phone", "alert-cancelled-phone"}
"""Those that the pages of `docs` and the README show."""


@dataclass(frozen=True)
class Guest:
    """Somebody who is invited: they read their mail and open their pages in a browser of their own, at one width.

    `inbox` is its first tab, `device` what the pictures call its width. `alias` is how the channels call them.
    """

    inbox: Page
    device: str
    base_url: str
    name: str
    address: str
    alias: str

    def read(self, subject: str, number: int = 1) -> FrameLocator:
        """Open the newest mail with the subject, once there are so many."""
        self.inbox.goto(f"{self.base_url}/mail?to={self.address}")
        rows = self.inbox.get_by_test_id("mail-row").filter(has_text=subject)
        expect(rows).to_have_count(number)
        rows.first.click()
        expect(self.inbox.get_by_test_id("mail-subject")).to_contain_text(subject)
        return self.inbox.frame_locator("[data-testid=mail-html]")

    def follow(self, link: str) -> Page:
        """The page behind a link of the mail that is open."""
        with self.inbox.context.expect_page() as opened:
            self.inbox.frame_locator("[data-testid=mail-html]").get_by_role("link", name=link).click()
        return opened.value


def open_and_walk(browser: Browser, base_url: str, shoot: Shoot) -> None:
    """The whole walk: the researcher at a desk, one guest with a phone, the other at a desk."""
    desk, phone, other = (
        browser.new_context(viewport=width, locale="en-GB", timezone_id=zone)
        for width, zone in ((DESK, "Europe/Berlin"), (PHONE, "Europe/Paris"), (DESK, "Europe/Lisbon"))
    )
    guests = (
        Guest(phone.new_page(), "phone", base_url, "Chloé Bernard", "p17@example.com", "P17"),
        Guest(other.new_page(), "desk", base_url, "Matilde Rocha", "p26@example.com", "P26"),
    )
    walk(desk.new_page(), guests, base_url, shoot)
    for context in (desk, phone, other):
        context.close()


def walk(page: Page, guests: tuple[Guest, Guest], base_url: str, shoot: Shoot) -> None:
    """Set the study up and invite the guests; each goes the whole way, and is reminded in the end.

    `page` is the researcher's. The pictures' names end in the device of the guest who is on the way.
    """
    expect.set_options(timeout=PATIENCE_MS)
    open_channel(page, base_url, LENA, CHECKOUT)
    set_up(page, shoot)
    look_at_the_week(page, shoot)
    invite(page, guests, shoot)
    booked = [whole_way(page, guest, base_url, on(guest, shoot)) for guest in guests]
    open_channel(page, base_url, LENA, CHECKOUT)
    expect(message(page, "Invited 2 ·")).to_contain_text("Booked 19")
    to_the_reminders(page, guests, booked, shoot)


def on(guest: Guest, shoot: Shoot) -> Shoot:
    """A camera whose pictures' names end in the guest's device."""
    return lambda page, name: shoot(page, f"{name}-{guest.device}")


def set_up(page: Page, shoot: Shoot) -> None:
    """Look at each step, back from the review to one of them, and save."""
    say(page, "/study schedule CHK")
    modal = page.get_by_role("dialog")
    for number, step in enumerate(STEPS, 1):
        expect(modal).to_contain_text(f"Step {number} of {len(STEPS)}")
        shoot(page, f"schedule-{step.lower()}")
        if step != "Review":
            submit(modal, "Next")
    modal.get_by_role("button", name="Change Availability").click()
    expect(modal).to_contain_text("Minimum notice")
    submit(modal, "Review")
    expect(modal).to_contain_text("These are the next slots a participant would see")
    submit(modal, "Save")
    expect(page.get_by_text("The scheduling of CHK is saved").last).to_be_visible()


def submit(modal: Locator, label: str | re.Pattern[str]) -> None:
    modal.get_by_test_id("modal-submit").and_(modal.get_by_role("button", name=label, exact=True)).click()


def look_at_the_week(page: Page, shoot: Shoot) -> None:
    """The week with what is free in it, and why a time is not."""
    say(page, "/study slots CHK")
    expect(page.get_by_text("o free # booked x taken · not open").last).to_be_visible()
    shoot(page, "slots")
    say(page, "/study slots CHK why tomorrow 7am")
    expect(page.get_by_text("is not free.").last).to_be_visible()
    shoot(page, "why-not")


def invite(page: Page, guests: tuple[Guest, Guest], shoot: Shoot) -> None:
    """Choose people by typing their names, look at the mail as it will be, and send it."""
    say(page, "/study invite CHK")
    modal = page.get_by_role("dialog")
    for guest in guests:
        modal.get_by_role("button", name=re.compile("^People")).click()
        page.keyboard.type(guest.name.lower()[:4])
        page.get_by_role("option", name=guest.name).click()
        page.keyboard.press("Escape")
    shoot(page, "invite")
    submit(modal, "Review")
    expect(modal).to_contain_text("2 people get the mail")
    shoot(page, "invite-review")
    modal.get_by_role("button", name="Preview the mail").click()
    expect(modal).to_contain_text(f"As {guests[0].name}")
    shoot(page, "invite-mail")
    modal.get_by_role("button", name="Back", exact=True).last.click()
    submit(modal, "Send 2 invitations")
    expect(page.get_by_text("2 people are invited to choose a time in CHK").last).to_be_visible()
    expect(message(page, "Invited 2 · Booked 17")).to_be_visible()
    shoot(page, "study-card")


def whole_way(page: Page, guest: Guest, base_url: str, shoot: Shoot) -> str:
    """Invited, booked in another zone, confirmed, moved, cancelled, booked again: for which time."""
    there = read_the_invitation(guest, shoot)
    book_in_new_york(there, guest, shoot)
    reference = find_the_card(page, guest, base_url, shoot)
    confirm(page, guest, reference, shoot)
    move(page, guest, base_url, reference, shoot)
    cancel(page, guest, base_url, reference, shoot)
    return book_again(page, guest, base_url, reference, shoot)


def read_the_invitation(guest: Guest, shoot: Shoot) -> Page:
    expect(guest.read("Choose a time for").get_by_role("heading", level=1)).to_contain_text("Choose a time")
    shoot(guest.inbox, "mail-invitation")
    there = guest.follow("Choose a time")
    expect(there.get_by_role("heading", level=1)).to_contain_text("Pick a time")
    shoot(there, "page-times")
    return there


def book_in_new_york(there: Page, guest: Guest, shoot: Shoot) -> None:
    """Say where they are, pick a time of the third free day, and book it."""
    there.get_by_text("Times are in").click()
    there.get_by_label("Where are you?").select_option(NEW_YORK)
    shoot(there, "page-zones")
    there.get_by_role("button", name="Show times there").click()
    expect(there.get_by_text("New York time, UTC−5")).to_be_visible()
    clock = pick(there, 3, 0, shoot)
    expect(there.get_by_role("heading", level=1)).to_have_text("Is this time right?")
    expect(there.get_by_text(f"{clock}–").last).to_be_visible()
    shoot(there, "page-is-this-right")
    there.get_by_role("button", name="Book this time").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("See you")
    shoot(there, "page-booked")
    there.close()

    mail = guest.read("You're booked")
    expect(mail.get_by_text(f"{clock}–").last).to_be_visible()
    expect(mail.get_by_text("New York time").last).to_be_visible()
    shoot(guest.inbox, "mail-confirmation")


def pick(there: Page, day: int, time: int, shoot: Shoot) -> str:
    """Choose a free day and one of its times, both counted from the first; the time as the page says it."""
    there.locator(".month td a").nth(day).click()
    expect(there.locator(".month td a").nth(day)).to_have_attribute("aria-current", "date")
    shoot(there, "page-day")
    chosen = there.locator("#day a.time").nth(time)
    clock = chosen.inner_text()[:5]
    chosen.click()
    return clock


def find_the_card(page: Page, guest: Guest, base_url: str, shoot: Shoot) -> str:
    """The card in the study's channel, whose thread says who booked, and how. Which interview it is."""
    open_channel(page, base_url, LENA, CHECKOUT)
    card = message(page, re.compile(rf"CHK-\d+ ·.*{guest.alias}\b", re.DOTALL))
    expect(card).to_contain_text("Upcoming")
    found = re.search(r"CHK-\d+", card.inner_text())
    assert found
    read_the_thread(page, card, "on their own page")
    shoot(page, "card-booked")
    return found.group()


def read_the_thread(page: Page, card: Locator, words: str) -> None:
    card.get_by_role("button", name=re.compile("repl(y|ies)")).click()
    expect(page.get_by_test_id("thread").get_by_text(words).last).to_be_visible()


def confirm(page: Page, guest: Guest, reference: str, shoot: Shoot) -> None:
    """Say by the mail's link that they come: the card has two checks."""
    there = guest.follow("Confirm you’re coming")
    there.get_by_role("button", name="I’ll be there").click()
    expect(there.get_by_text("You’ve said that you’ll be there")).to_be_visible()
    shoot(there, "page-confirmed")
    there.close()
    expect(message(page, f"{reference} ·")).to_contain_text("✓✓ Confirmed")


def move(page: Page, guest: Guest, base_url: str, reference: str, shoot: Shoot) -> None:
    """Take another time: the mail, the same card, its thread, and an alert tell of it."""
    there = guest.follow("Choose another time, or cancel")
    there.get_by_role("link", name="Pick another time").click()
    expect(there.get_by_text("Your session now")).to_be_visible()
    shoot(there, "page-other-times")
    clock = pick(there, 4, 1, shoot)
    expect(there.get_by_role("heading", level=1)).to_have_text("Move your session to this time?")
    shoot(there, "page-move")
    there.get_by_role("button", name="Move my session").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("See you")
    shoot(there, "page-moved")
    there.close()
    expect(guest.read("New time:").get_by_text(f"{clock}–").last).to_be_visible()
    shoot(guest.inbox, "mail-moved")

    open_channel(page, base_url, LENA, CHECKOUT)
    read_the_thread(page, message(page, f"{reference} ·"), "moved it")
    shoot(page, "card-moved")
    open_channel(page, base_url, LENA, CORE)
    alert = message(page, re.compile(rf"Moved by the participant.*{reference}", re.DOTALL))
    expect(alert).to_contain_text("→")
    shoot(page, "alert-moved")


def cancel(page: Page, guest: Guest, base_url: str, reference: str, shoot: Shoot) -> None:
    """Cancel with a reason, which the alert and the card say."""
    there = guest.follow("Choose another time, or cancel")
    there.get_by_role("link", name="I can’t make it").click()
    there.get_by_label(REASON).check()
    there.get_by_label("Anything to add?").fill(WORDS)
    shoot(there, "page-cancel")
    there.get_by_role("button", name="Cancel my session").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("This session is cancelled")
    shoot(there, "page-cancelled")
    there.close()
    expect(guest.read("Cancelled:").get_by_role("link", name="Choose another time")).to_be_visible()
    shoot(guest.inbox, "mail-cancelled")

    alert = message(page, re.compile(rf"Cancelled by the participant.*{reference}", re.DOTALL))
    expect(alert).to_contain_text(f"{REASON}. {WORDS}")
    expect(alert.get_by_role("button", name=f"Book {reference} again")).to_be_visible()
    shoot(page, "alert-cancelled")
    open_channel(page, base_url, LENA, CHECKOUT)
    expect(message(page, f"{reference} ·")).to_contain_text("Canceled")
    shoot(page, "card-cancelled")


def book_again(page: Page, guest: Guest, base_url: str, before: str, shoot: Shoot) -> str:
    """Choose another time by the cancellation's link: there is a new card. The new time, as the mail says it."""
    there = guest.follow("Choose another time")
    there.get_by_role("link", name="Pick another time").or_(there.get_by_role("heading", name="Pick a time")).click()
    clock = pick(there, 3, 1, shoot)
    there.get_by_role("button", name="Book this time").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("See you")
    there.close()
    expect(guest.read("You're booked", 2).get_by_text(f"{clock}–").last).to_be_visible()

    open_channel(page, base_url, LENA, CHECKOUT)
    card = message(page, re.compile(rf"CHK-\d+ ·.*{guest.alias}\b", re.DOTALL))
    expect(card).to_contain_text("Upcoming")
    expect(card).not_to_contain_text(before)
    shoot(page, "card-booked-again")
    return clock


def to_the_reminders(page: Page, guests: tuple[Guest, Guest], booked: list[str], shoot: Shoot) -> None:
    """Move the clock to the morning before the sessions, and on until both guests have been reminded."""
    for _ in range(MORNINGS):
        page.get_by_role("button", name="Next morning").click()
    for guest, clock in zip(guests, booked, strict=True):
        guest.inbox.goto(f"{guest.base_url}/mail?to={guest.address}")
        reminder = guest.inbox.get_by_test_id("mail-row").filter(has_text="is coming up")
        for _ in range(MOST_HOURS):
            if reminder.count():
                break
            page.get_by_role("button", name="+1 h").click()
            guest.inbox.wait_for_timeout(1500)
        expect(guest.read("is coming up").get_by_text(f"{clock}–").last).to_be_visible()
        on(guest, shoot)(guest.inbox, "mail-reminder")
