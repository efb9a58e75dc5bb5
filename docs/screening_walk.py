"""The way of those who are asked first: a screener is built, answered and decided on; a survey is agreed to and done.

`make screenshots` takes pictures on it; the browser tests take the same walk without the camera.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Browser, Locator, Page, Route, expect

from docs.booking_walk import Guest, pick, submit
from docs.walking import (
    CHECKOUT,
    DESK,
    LENA,
    MARCUS,
    PATIENCE_MS,
    PHONE,
    Shoot,
    close_modal,
    message,
    open_channel,
    say,
)

PAID, OFTEN, WITH = "Have you paid online in the last month?", "How often, about?", "With what do you pay most?"
NOTE = "Twice a month is a bit little for this one, isn’t it?"
SURVEY_NAME, SURVEY = "Cards and wallets", "https://survey.example/pay"
TERMS = "We read your answers, and keep them for twelve months.\n\nYou can stop at any time."
PICTURES = {"screener-builder", "review-card", "page-screener-phone"}
"""Those that the pages of `docs` show."""


@dataclass(frozen=True)
class Cast:
    """Who goes the way: two researchers at their desks, and three guests with phones.

    The first guest fits, of the second no rule says whether they do, and the third comes by the public link.
    """

    desk: Page
    other_desk: Page
    guests: tuple[Guest, Guest, Guest]
    base_url: str


def open_and_walk(browser: Browser, base_url: str, shoot: Shoot) -> None:
    """The whole walk, each person in a browser of their own."""
    zones = (("Europe/Berlin", DESK), ("Europe/London", DESK), *(("Europe/Paris", PHONE),) * 3)
    contexts = [browser.new_context(viewport=width, locale="en-GB", timezone_id=zone) for zone, width in zones]
    desk, other_desk, *phones = (context.new_page() for context in contexts)
    fits, unclear, by_link = (
        Guest(phone, "phone", base_url, name, address, alias)
        for phone, (name, address, alias) in zip(
            phones,
            (
                ("Chloé Bernard", "p17@example.com", "P17"),
                ("Matilde Rocha", "p26@example.com", "P26"),
                ("Kim Novak", "kim@example.com", "P61"),
            ),
            strict=True,
        )
    )
    walk(Cast(desk, other_desk, (fits, unclear, by_link), base_url), shoot)
    for context in contexts:
        context.close()


def walk(cast: Cast, shoot: Shoot) -> None:
    """The pictures' names of what participants see begin with `page-`."""
    expect.set_options(timeout=PATIENCE_MS)
    fits, unclear, by_link = cast.guests
    open_channel(cast.desk, cast.base_url, LENA, CHECKOUT)
    build(cast.desk, shoot)
    try_out(cast.desk, shoot)
    invite(cast.desk, "CHK", (fits, unclear), shoot)
    qualify(cast.desk, fits, shoot)
    be_decided_on(cast, unclear, shoot)
    look_at_the_person(cast.desk, unclear, shoot)
    come_by_the_public_link(cast.desk, by_link, shoot)
    do_a_survey(cast.desk, fits, shoot)


def build(page: Page, shoot: Shoot) -> None:
    """Three questions: one answer disqualifies, one qualifies, and the last is kept as a property."""
    say(page, "/study screener CHK")
    modal = page.get_by_role("dialog")
    expect(modal).to_contain_text("No questions yet")
    ask(page, PAID, "Yes or no")
    select(page, "Answers that disqualify", "No")
    page.keyboard.press("Escape")
    submit(modal, "Keep")
    expect(modal).to_contain_text("‘No’ disqualifies")

    ask(page, OFTEN, "Number")
    select(page, "When it is shown", f"Only if 1. {PAID}")
    select(page, "Which of these", "Yes")
    page.keyboard.press("Escape")
    modal.get_by_label(re.compile("^Qualifies: at least")).fill("3")
    submit(modal, "Keep")
    expect(modal).to_contain_text("Shown only if question 1 is ‘Yes’")

    modal.get_by_role("button", name="Add a question").click()
    modal.get_by_label("Question", exact=True).fill(WITH)
    modal.get_by_label("Options").fill("Card\nInvoice\nWallet")
    modal.get_by_label("Keep the answer as a property").fill("Pays with")
    submit(modal, "Next")
    expect(modal).to_contain_text("Step 2 of 2")
    submit(modal, "Keep")
    expect(modal).to_contain_text("fills “Pays with”")
    shoot(page, "screener-builder")


def ask(page: Page, text: str, kind: str) -> None:
    """Add a question of the kind, up to what it decides."""
    modal = page.get_by_role("dialog")
    modal.get_by_role("button", name="Add a question").click()
    modal.get_by_label("Question", exact=True).fill(text)
    select(page, "Kind", kind)
    expect(modal.get_by_label("Options")).to_have_count(0)
    submit(modal, "Next")
    expect(modal).to_contain_text("Step 2 of 2")


def select(page: Page, label: str, option: str) -> None:
    """Choose an option of a menu of the modal."""
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{re.escape(label)}")).click()
    page.get_by_role("option", name=option).click()


def try_out(page: Page, shoot: Shoot) -> None:
    """Answer in a test run, where the second question comes with its answer, and publish."""
    modal = page.get_by_role("dialog")
    modal.get_by_role("button", name="Test run").click()
    expect(modal).to_contain_text("nothing of it is kept")
    expect(modal.get_by_label(OFTEN)).to_have_count(0)
    select(page, PAID, "Yes")
    modal.get_by_label(OFTEN).fill("4")
    select(page, WITH, "Card")
    submit(modal, "What comes of it?")
    expect(modal).to_contain_text("Qualified.")
    shoot(page, "screener-test-run")
    modal.get_by_role("button", name="Back", exact=True).last.click()
    submit(modal, "Publish")
    expect(page.get_by_text("is published as version 1: 3 questions").last).to_be_visible()


def invite(page: Page, key: str, guests: tuple[Guest, ...], shoot: Shoot) -> None:
    """Choose people by typing their names, and send them the mail that the review proposes."""
    say(page, f"/study invite {key}")
    modal = page.get_by_role("dialog")
    for guest in guests:
        modal.get_by_role("button", name=re.compile("^People")).click()
        page.keyboard.type(guest.name.lower()[:4])
        page.get_by_role("option", name=guest.name).click()
        page.keyboard.press("Escape")
    submit(modal, "Review")
    people = "1 person gets" if len(guests) == 1 else f"{len(guests)} people get"
    expect(modal).to_contain_text(f"{people} the mail")
    shoot(page, f"screening-invite-{key.lower()}")
    submit(modal, re.compile("^Send"))
    expect(page.get_by_text(re.compile(rf"invited to .* {key}")).last).to_be_visible()


def qualify(page: Page, guest: Guest, shoot: Shoot) -> None:
    """Answer a page, leave, come back by the same link, send, and book a time at once."""
    there = begin(guest, shoot)
    answer_paid(there, "Yes")
    there.get_by_label(OFTEN).fill("4")
    shoot(there, "page-screener-phone")
    there.get_by_role("button", name="Save and go on later").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Your answers are kept")
    shoot(there, "page-kept")
    there.close()

    there = guest.follow("See whether it is for you")
    expect(there.get_by_label(OFTEN)).to_have_value("4")
    send(there, "Card")
    expect(there.get_by_role("heading", level=1)).to_have_text("Pick a time, Chloé")
    shoot(there, "page-straight-to-the-times")
    pick(there, 2, 0, lambda _page, _name: None)
    there.get_by_role("button", name="Book this time").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("See you")
    there.close()
    expect(message(page, re.compile(rf"CHK-\d+ ·.*{guest.alias}\b", re.DOTALL))).to_contain_text("Upcoming")


def begin(guest: Guest, shoot: Shoot) -> Page:
    """From the mail to the first question."""
    expect(guest.read("Would you like").get_by_role("heading", level=1)).to_be_visible()
    shoot(guest.inbox, "mail-screener")
    there = guest.follow("See whether it is for you")
    expect(there.get_by_text(PAID)).to_be_visible()
    shoot(there, "page-first-question")
    return there


def answer_paid(there: Page, answer: str) -> None:
    there.get_by_role("radio", name=answer, exact=True).check()
    there.get_by_role("button", name="Go on", exact=True).click()


def send(there: Page, way: str) -> None:
    there.get_by_role("radio", name=way).check()
    there.get_by_role("button", name="Send my answers").click()


def be_decided_on(cast: Cast, guest: Guest, shoot: Shoot) -> None:
    """No rule decides: the team discusses it and decides, and whoever comes later hears that it is decided."""
    there = begin(guest, lambda _page, _name: None)
    answer_paid(there, "Yes")
    there.get_by_label(OFTEN).fill("2")
    send(there, "Invoice")
    expect(there.get_by_role("heading", level=1)).to_contain_text("Thank you")
    shoot(there, "page-in-review")
    there.close()

    card = message(cast.desk, f"{guest.alias} has answered the screener")
    expect(card).to_contain_text(f"{OFTEN}2")
    shoot(cast.desk, "review-card")
    open_channel(cast.other_desk, cast.base_url, MARCUS, CHECKOUT)
    message(cast.other_desk, f"{guest.alias} has answered").get_by_role("button", name="Answers of").click()
    late = cast.other_desk.get_by_role("dialog")
    expect(late).to_contain_text(guest.name)

    discuss(cast.desk, card)
    card.get_by_role("button", name=f"Do not qualify {guest.alias}").click()
    expect(card).to_contain_text("Not qualified by Lena Vogt")
    shoot(cast.desk, "review-decided")
    late.get_by_role("button", name=re.compile(f"^Qualify {guest.alias}")).click()
    expect(late).to_contain_text(f"{guest.alias} was not qualified by Lena Vogt")
    shoot(cast.other_desk, "review-too-late")


def discuss(page: Page, card: Locator) -> None:
    """Say something in the thread of the card."""
    card.get_by_role("button", name=re.compile("^Discuss")).click()
    page.get_by_role("dialog").get_by_role("textbox").fill(NOTE)
    submit(page.get_by_role("dialog"), "Post")
    card.get_by_role("button", name="1 reply").click()
    expect(page.get_by_test_id("thread").get_by_text(NOTE)).to_be_visible()


def look_at_the_person(page: Page, guest: Guest, shoot: Shoot) -> None:
    """Their page: how they came where they stand, and what they answered."""
    say(page, f"/participant show {guest.alias}")
    modal = page.get_by_role("dialog")
    modal.get_by_role("button", name="History").click()
    expect(modal).to_contain_text("Not Qualified")
    expect(modal).to_contain_text("on their page")
    shoot(page, "person-history")
    modal.get_by_role("button", name="Screener").click()
    expect(modal).to_contain_text(WITH)
    expect(modal).to_contain_text("Invoice")
    shoot(page, "person-screener")
    close_modal(page)


def come_by_the_public_link(page: Page, guest: Guest, shoot: Shoot) -> None:
    """Somebody new who is disqualified, and comes once more by the same link: no other mail, and the same page."""
    say(page, "/study share CHK")
    shared = message(page, "Public link of CHK").get_by_role("link").first
    address = shared.get_attribute("href") or ""
    join(guest, address, shoot)
    guest.read("Would you like")
    there = guest.follow("See whether it is for you")
    answer_paid(there, "No")
    send(there, "Wallet")
    expect(there.get_by_role("heading", level=1)).to_contain_text("Thank you")
    shoot(there, "page-not-for-you")
    there.close()

    join(guest, address, lambda _page, _name: None)
    guest.read("Would you like")
    there = guest.follow("See whether it is for you")
    expect(there.get_by_role("heading", level=1)).to_contain_text("Thank you")
    there.close()


def join(guest: Guest, address: str, shoot: Shoot) -> None:
    there = guest.inbox.context.new_page()
    there.goto(address)
    shoot(there, "page-join")
    there.get_by_label("First name").fill(guest.name.split()[0])
    there.get_by_label("Last name").fill(guest.name.split()[1])
    there.get_by_label("E-mail address").fill(guest.address)
    there.get_by_role("button", name="Send me my link").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    shoot(there, "page-joined")
    there.close()


def do_a_survey(page: Page, guest: Guest, shoot: Shoot) -> None:
    """A survey elsewhere with a text to agree to: agreed, started, and finished by the tool's way back."""
    way_back = set_the_survey_up(page, shoot)

    def serve(route: Route) -> None:
        secret = route.request.url.partition("?t=")[2]
        done = way_back.replace("{{ token }}", secret)
        route.fulfill(body=f"<h1>Survey</h1><a href='{done}'>Send</a>", content_type="text/html")

    guest.inbox.context.route(f"{SURVEY}*", serve)
    invite(page, "PAY", (guest,), shoot)
    guest.read(SURVEY_NAME)
    there = guest.follow("Start the survey")
    expect(there.get_by_role("heading", level=1)).to_have_text("Before we start")
    shoot(there, "page-consent")
    there.get_by_role("checkbox").check()
    there.get_by_role("button", name="Go on", exact=True).click()
    shoot(there, "page-survey")
    there.get_by_role("button", name="Start the survey").click()
    there.get_by_role("link", name="Send").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Thank you, Chloé")
    shoot(there, "page-survey-finished")
    there.close()

    say(page, f"/participant show {guest.alias}")
    expect(page.get_by_role("dialog")).to_contain_text("Survey Completed")
    close_modal(page)


def set_the_survey_up(page: Page, shoot: Shoot) -> str:
    """A new study, its link and its text. Where the tool sends people back, as the modal says it."""
    modal = page.get_by_role("dialog")
    say(page, "/study new")
    modal.get_by_label("Name", exact=True).fill(SURVEY_NAME)
    modal.get_by_label("Key").fill("PAY")
    select(page, "Type", "Survey")
    submit(modal, "Create")
    expect(page.get_by_text("PAY").last).to_be_visible()

    say(page, "/study task PAY")
    modal.get_by_label("Link to the survey or the test").fill(f"{SURVEY}?t={{{{ token }}}}")
    modal.get_by_role("radio", name="The tool sends them back to us").check()
    shoot(page, "survey-link")
    way_back = modal.locator("code", has_text="/f/").inner_text()
    submit(modal, "Save")
    expect(modal).to_have_count(0)

    say(page, "/study consent PAY")
    modal.get_by_label("Text").fill(TERMS)
    submit(modal, "Save")
    expect(page.get_by_text("asks its participants for consent: version 1").last).to_be_visible()
    return way_back
