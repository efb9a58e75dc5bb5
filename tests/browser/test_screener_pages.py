"""Screener, public link, consent, survey: in a real browser, with the keyboard, and as axe-core judges them."""

# ruff: noqa: F811
from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.screener import Comparison, Condition, OutcomeRule, Question, QuestionKind, Screener, Verdict
from domain.study import StudyStatus, StudyType
from tests.browser.test_booking_pages import LONG_NAME, NARROW, PHONE, tab, violations_by_day_and_night  # noqa: F401
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings
from tests.web.conftest import Site, build, clock, site  # noqa: F401

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORMS = "https://forms.example"
TERMS = (
    "We record the session, so that the team can watch it later. Nobody outside of the team sees it, and it is deleted "
    "after twelve months.\n\nYou can stop at any time, and ask us to delete what we know of you.\n\n"
    "More about it: https://example.com/privacy"
)
IF_YES = Condition("shops", Comparison.IS_ANY_OF, ("yes",))
SCREENER = Screener(
    questions=(
        Question("shops", QuestionKind.YES_NO, "Have you bought anything online in the last month?"),
        Question("often", QuestionKind.NUMBER, "How often?", hint="A guess will do.", show_if=IF_YES),
        Question(
            "shop",
            QuestionKind.SINGLE_CHOICE,
            "Where do you buy most?",
            options=("At a marketplace", "At the shops of brands", "It differs very much from one time to the next"),
            is_required=False,
        ),
        Question(
            "with",
            QuestionKind.MULTIPLE_CHOICE,
            "With what do you pay?",
            hint="Choose all that apply.",
            options=("Card", "Invoice", "Wallet"),
        ),
        Question("since", QuestionKind.DATE, "When did you buy last?"),
        Question(
            "why", QuestionKind.LONG_TEXT, "What annoys you about it?\nTell us as much as you like.", is_required=False
        ),
    ),
    rules=(
        OutcomeRule(Verdict.NOT_QUALIFIED, Condition("shops", Comparison.IS_ANY_OF, ("no",))),
        OutcomeRule(Verdict.QUALIFIED, Condition("often", Comparison.AT_LEAST, ("3",))),
    ),
    introduction="It takes about two minutes. We look for people who buy online now and then.",
)


def screenings_of(site: Site) -> Screenings:
    found = Screenings(Desk(site.world))
    found.publish(SCREENER)
    return found


def test_from_the_questions_to_a_time_with_the_keyboard_and_without_scripts(
    tab: Callable[..., Page], site: Site
) -> None:
    _, token = screenings_of(site).invite()
    page = tab(java_script_enabled=False)
    page.goto(f"{site.server.url}/q/{token}")
    page.get_by_role("radio", name="Yes").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("A few more questions")

    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("textbox", name="How often?")).to_be_focused()
    expect(page.get_by_text("Please choose at least one of the answers.")).to_be_visible()
    page.keyboard.type("4")
    page.get_by_role("checkbox", name="Card").check()
    page.get_by_label("When did you buy last?").fill("2026-11-02")
    page.get_by_role("button", name="Save and go on later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers are kept")

    page.goto(f"{site.server.url}/q/{token}")
    expect(page.get_by_role("textbox", name="How often?")).to_have_value("4")
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pick a time, Mara")


def test_the_start_button_leads_out_through_whatever_redirects(tab: Callable[..., Page], site: Site) -> None:
    """Browsers hold redirects of a form against the page's policy: the survey must be reached all the same."""
    survey = site.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url=f"{FORMS}/s?t={{{{ token }}}}")
    _, token = screenings_of(site).invite(purpose=LinkPurpose.TASK, study_id=survey.id)
    page = tab()
    asked: list[str] = []

    def serve(route: Route) -> None:
        asked.append(route.request.url)
        if "/s?" in route.request.url:
            route.fulfill(status=302, headers={"location": "https://other.example/form"})
        else:
            route.fulfill(body="<h1>The survey</h1>", content_type="text/html")

    page.route("https://forms.example/**", serve)
    page.route("https://other.example/**", serve)
    page.goto(f"{site.server.url}/t/{token}")
    page.get_by_role("button", name="Start the survey").click()

    expect(page.get_by_text("The survey")).to_be_visible()
    (secret,) = [url.partition("?t=")[2] for url in asked if "?t=" in url]
    page.goto(f"{site.server.url}/f/{secret}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Mara")


@pytest.mark.timeout(240)
def test_no_page_keeps_anybody_out(tab: Callable[..., Page], site: Site) -> None:
    """axe-core on every kind of page, by day and by night, at two widths; nothing is wider than 320 pixels."""
    page, found = tab(), []
    for name, path, fill in every_page(site):
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.goto(site.server.url + path)
        if fill is not None:
            fill(page)
        page.evaluate(Axe().axe_script)
        found += [f"{name} {each}" for each in violations_by_day_and_night(page)]
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        if page.evaluate("document.documentElement.scrollWidth") > NARROW[0]:
            found.append(f"{name}: wider than {NARROW[0]} pixels")
    assert found == []


Fill = Callable[[Page], None]


def every_page(site: Site) -> list[tuple[str, str, Fill | None]]:
    """The kinds of pages: a name, where they are, and what is done there first."""
    screenings = screenings_of(site)
    screenings.change_study(
        share_token="shared", incentive_amount_minor=2500, incentive_currency="EUR", is_immediate=False
    )
    begun = screenings.invite("begun@example.com")[1]
    screenings.save(begun, 1, {0: ("yes",)})
    answered, fits = (screenings.invite(f"{name}@example.com")[1] for name in ("answered", "fits"))
    for token in (answered, fits):
        screenings.save(token, 1, {0: ("yes",)})
        screenings.save(token, 2, {1: ("4",), 3: ("Card",), 4: ("2026-11-02",)}, is_last=token == fits)
    further = screenings.invite("further@example.com", ParticipantStatus.INTERVIEW_INVITED)[1]
    new = screenings.invite("new@example.com", name=f"{LONG_NAME} von der Heide")[1]
    survey = site.world.study(
        "SUR",
        "Survey",
        type=StudyType.SURVEY,
        task_url=f"{FORMS}/s",
        incentive_amount_minor=2500,
        incentive_currency="EUR",
    )
    to_do, doing = (
        screenings.invite(f"{status.name}@example.com".lower(), status, LinkPurpose.TASK, survey.id)[1]
        for status in (ParticipantStatus.STUDY_INVITED, ParticipantStatus.SURVEY_STARTED)
    )
    paused = site.world.study("PAU", "Paused", status=StudyStatus.PAUSED, share_token="paused")
    screenings.publish(SCREENER, paused.id)
    agreed = site.world.study("AGR", "A study with terms", share_token="agreed")
    screenings.publish(SCREENER, agreed.id)
    screenings.consent(TERMS, study_id=agreed.id)
    asked = screenings.invite("asked@example.com", study_id=agreed.id)[1]
    return [
        ("first", f"/q/{new}", None),
        ("first-wrong", f"/q/{new}", lambda page: press(page, "Go on")),
        ("second-wrong", f"/q/{begun}", lambda page: press(page, "Send my answers")),
        ("kept", f"/q/{begun}", lambda page: press(page, "Save and go on later")),
        ("closing", f"/q/{answered}?page=9", None),
        ("qualified", f"/q/{fits}", None),
        ("further", f"/q/{further}", None),
        ("consent-wrong", f"/q/{asked}/consent", lambda page: press(page, "Go on")),
        ("task", f"/t/{to_do}", None),
        ("task-started", f"/t/{doing}", None),
        ("join-wrong", "/j/shared", lambda page: press(page, "Send me my link")),
        ("joined", "/j/shared", come),
        ("paused", "/j/paused", None),
    ]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def come(page: Page) -> None:
    page.get_by_label("First name").fill("Mira")
    page.get_by_label("E-mail address").fill("mira@example.com")
    press(page, "Send me my link")
