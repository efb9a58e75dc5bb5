"""The Slack page: one types, reads and answers as in Slack, on a large screen and on a phone."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import MANIFEST, hang_up, section

TEAM, CORE, CHECKOUT = "T0NORTHWND", "C0CORETEAM", "C0CHECKOUT"
LENA, MARCUS, INGRID = "U0LENAVOGT", "U0MARCUSOY", "U0INGRIDSO"
PHONE = {"width": 390, "height": 844}

Visit = Callable[..., Page]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose app has commands and a Home."""
    with Sandbox(port=0, smtp_port=0, manifest=MANIFEST) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> WebClient:
    return WebClient(sandbox.slack.bot_token(TEAM), base_url=f"{sandbox.base_url}/slack/api/")


@pytest.fixture
def visit(page: Page, sandbox: Sandbox) -> Visit:
    """Opens a channel as somebody, Lena in her team's channel unless told otherwise."""

    def visit(user: str = LENA, channel: str = CORE, more: str = "") -> Page:
        page.goto(f"{sandbox.base_url}/?as={user}&channel={channel}{more}")
        expect(field(page)).to_be_visible()
        return page

    return visit


def field(page: Page) -> Locator:
    return page.get_by_test_id("composer").get_by_role("textbox")


def link(page: Page, channel: str) -> Locator:
    return page.get_by_test_id("sidebar").locator(f"[data-channel={channel}]")


def from_bottom(page: Page) -> int:
    return int(page.get_by_test_id("messages").evaluate("el => el.scrollHeight - el.scrollTop - el.clientHeight"))


def fill_channel(client: WebClient) -> None:
    for number in range(12):
        client.chat_postMessage(channel=CORE, text=f"Line {number}\n\n\n\n\nand on")


def scroll_up(page: Page) -> None:
    expect(page.get_by_test_id("message").last).to_be_in_viewport()
    page.get_by_test_id("messages").evaluate(
        """list => new Promise((done) => {
            list.addEventListener('scroll', done, { once: true });
            list.scrollTop = 0;
        })"""
    )


@pytest.mark.parametrize("text", ["/stduy new", "/study new", "ask @len or @nobody", ":smil and on"])
def test_typing_goes_on_while_panels_come_and_go(visit: Visit, text: str) -> None:
    page = visit()
    field(page).click()
    page.keyboard.type(text, delay=20)
    expect(field(page)).to_have_value(text)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("again", delay=20)

    expect(field(page)).to_have_value("again")
    expect(field(page)).to_be_focused()


def test_message_sent_from_further_up_is_shown(visit: Visit, client: WebClient) -> None:
    fill_channel(client)
    page = visit()
    scroll_up(page)
    field(page).fill("Here I am")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("message").last).to_be_in_viewport()
    expect(page.get_by_test_id("message").last).to_contain_text("Here I am")
    assert from_bottom(page) == 0


def test_message_of_others_leaves_the_reader_where_they_are(visit: Visit, client: WebClient) -> None:
    fill_channel(client)
    page = visit()
    scroll_up(page)
    client.chat_postMessage(channel=CORE, text="Elsewhere")

    expect(page.get_by_text("Elsewhere")).to_be_attached()
    assert from_bottom(page) > 0


def test_unknown_command_is_answered_once_by_slackbot(visit: Visit, client: WebClient) -> None:
    fill_channel(client)
    page = visit()
    scroll_up(page)
    field(page).fill("/stduy new")
    page.keyboard.press("Enter")

    notice = page.get_by_test_id("message").last
    expect(notice).to_contain_text("/stduy is not a valid command.")
    expect(notice.locator("img")).to_have_attribute("src", re.compile("slackbot"))
    expect(notice).to_be_in_viewport()
    expect(page.get_by_text("is not a valid command")).to_have_count(1)
    expect(field(page)).to_have_value("/stduy new")


def test_space_before_the_slash_makes_it_a_message(visit: Visit) -> None:
    page = visit()
    field(page).fill(" /study new")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("message").last).to_contain_text("/study new")
    expect(page.get_by_text("Slackbot")).to_have_count(0)


def test_toast_leaves_what_lies_below_it_in_reach(page: Page, sandbox: Sandbox, control: httpx.Client) -> None:
    control.post("clock", json={"advance_seconds": 86_400})
    page.goto(f"{sandbox.base_url}/controls")
    page.get_by_test_id("clock-date").fill("2020-01-01")
    page.get_by_test_id("clock-go").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    box = toast.bounding_box()

    assert box is not None
    x, y = box["x"] + 60, box["y"] + box["height"] / 2
    assert page.evaluate("([x, y]) => !document.elementFromPoint(x, y).closest('.toast')", [x, y])
    expect(toast).to_have_count(0, timeout=6000)


def test_stranger_has_their_channel_and_no_app(visit: Visit) -> None:
    page = visit(INGRID, CHECKOUT, "&tab=home")
    sidebar = page.get_by_test_id("sidebar")
    expect(sidebar.get_by_test_id("sidebar-link")).to_have_count(1)
    expect(sidebar.locator("[aria-current]")).to_have_text(re.compile("study-checkout"))
    expect(page.get_by_test_id("conversation").get_by_role("heading", name="study-checkout").first).to_be_visible()
    field(page).press_sequentially("/stu")

    expect(page.get_by_test_id("completion")).to_have_count(0)
    expect(sidebar.get_by_text("Callsheet")).to_have_count(0)


def test_home_belongs_to_the_conversation_with_the_app(page: Page, sandbox: Sandbox) -> None:
    page.goto(f"{sandbox.base_url}/?as={LENA}&channel={CORE}&tab=home")
    expect(page.get_by_test_id("home")).to_be_visible()
    expect(page.locator(".sidebar-link[aria-current]")).to_have_text("Callsheet")
    page.get_by_test_id("tab-messages").click()

    expect(page.get_by_text("the very beginning of your messages with Callsheet")).to_be_visible()


def test_unread_channel_is_bold_and_counts_only_what_calls_for_the_reader(visit: Visit, client: WebClient) -> None:
    page = visit(LENA, CORE)
    client.chat_postMessage(channel=CHECKOUT, text=f"For <@{MARCUS}>")
    expect(link(page, CHECKOUT)).to_have_class(re.compile("unread"))
    expect(link(page, CHECKOUT).locator(".unread-badge")).to_have_count(0)
    client.chat_postMessage(channel=CHECKOUT, text=f"For <@{LENA}>")
    client.chat_postMessage(channel=LENA, text="To you alone")

    expect(link(page, CHECKOUT).locator(".unread-badge")).to_have_text("1")
    expect(page.get_by_test_id("sidebar").get_by_label("Apps").locator(".unread-badge")).to_have_text("1")
    expect(page).to_have_title(re.compile(r"^\(2\)"))


def test_wrapped_bullet_goes_on_under_its_text(visit: Visit, client: WebClient) -> None:
    long = "a point that needs more room than one line has, " * 6
    client.chat_postMessage(channel=CORE, text="Points", blocks=[section(f"Points:\n• {long}\n• short\nAfter")])
    page = visit()
    lines = page.locator(".bullet-line")
    expect(lines).to_have_count(2)
    lefts = lines.first.evaluate(
        """line => {
            const range = document.createRange();
            range.selectNodeContents(line.lastChild);
            return [...range.getClientRects()].map(({ left }) => Math.round(left));
        }"""
    )

    assert len(lefts) > 1
    assert len(set(lefts)) == 1


def test_blocks_keep_their_distance(visit: Visit, client: WebClient) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    session = [section("Session"), {"type": "actions", "elements": [button]}]
    client.chat_postMessage(channel=CORE, text="Two", blocks=[*session, *session])
    page = visit()
    blocks = page.locator(".message .block")
    expect(blocks).to_have_count(4)
    boxes = [box for box in (block.bounding_box() for block in blocks.all()) if box]
    gaps = [below["y"] - above["y"] - above["height"] for above, below in itertools.pairwise(boxes)]

    assert gaps == [8, 12, 8]


@pytest.fixture
def booking(sandbox: Sandbox, client: WebClient) -> Iterator[None]:
    """An app whose command opens a modal with a date and time, and which takes none."""
    app = App(client=client, signing_secret=sandbox.slack.signing_secret, logger=logging.getLogger("bolt"))

    @app.command("/study")
    def _open(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        element = {"type": "datetimepicker", "action_id": "at"}
        when = {"type": "input", "block_id": "when", "label": text("When"), "element": element}
        view = {"type": "modal", "callback_id": "book", "title": text("Book"), "submit": text("Save"), "blocks": [when]}
        client.views_open(trigger_id=body["trigger_id"], view=view)

    handler = SocketModeHandler(app, sandbox.slack.app_token)
    handler.connect()
    yield
    hang_up(handler)


def text(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


@pytest.mark.usefixtures("booking")
def test_missing_date_and_time_are_both_marked_and_closing_gives_the_focus_back(visit: Visit) -> None:
    page = visit()
    field(page).fill("/study new")
    page.keyboard.press("Enter")
    modal = page.get_by_test_id("modal")
    modal.get_by_test_id("modal-submit").click()
    expect(modal.locator("[data-part=date]")).to_have_attribute("aria-invalid", "true")
    expect(modal.locator("[data-part=time]")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")

    expect(modal).to_have_count(0)
    expect(field(page)).to_be_focused()


@pytest.fixture
def stepping(sandbox: Sandbox, client: WebClient) -> Iterator[list[dict[str, Any]]]:
    """An app whose modal goes from its first step to its second by a click. The values that came with each click."""
    app = App(client=client, signing_secret=sandbox.slack.signing_secret, logger=logging.getLogger("bolt"))
    came: list[dict[str, Any]] = []

    def step(name: str) -> dict[str, Any]:
        element = {"type": "plain_text_input", "action_id": name}
        on = {"type": "button", "action_id": "on", "text": text("On")}
        entered = {"type": "input", "block_id": name, "optional": True, "label": text(name), "element": element}
        blocks = [entered, {"type": "actions", "elements": [on]}]
        return {
            "type": "modal",
            "callback_id": "steps",
            "title": text("Steps"),
            "submit": text("Save"),
            "blocks": blocks,
        }

    @app.command("/study")
    def _open(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=step("First"))

    @app.action("on")
    def _on(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        came.append(body["view"]["state"]["values"])
        ack()
        client.views_update(view_id=body["view"]["id"], view=step("Second"))

    handler = SocketModeHandler(app, sandbox.slack.app_token)
    handler.connect()
    yield came
    hang_up(handler)


def test_what_was_entered_into_a_step_goes_with_its_inputs(visit: Visit, stepping: list[dict[str, Any]]) -> None:
    page = visit()
    field(page).fill("/study new")
    page.keyboard.press("Enter")
    modal = page.get_by_test_id("modal")
    modal.get_by_label("First").fill("one")
    modal.get_by_role("button", name="On").click()
    modal.get_by_label("Second").fill("two")
    with page.expect_response("**/actions"):
        modal.get_by_role("button", name="On").click()

    assert stepping[0]["First"]["First"]["value"] == "one"
    assert list(stepping[1]) == ["Second"]


@pytest.fixture
def phone(browser: Browser, sandbox: Sandbox, client: WebClient) -> Iterator[Page]:
    """Lena's team channel on a phone, with a thread in it."""
    parent = client.chat_postMessage(channel=CORE, text="A question that is longer than one line of a phone is wide")
    client.chat_postMessage(channel=CORE, thread_ts=parent["ts"], text="The answer")
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(f"{sandbox.base_url}/?as={LENA}&channel={CORE}")
    expect(field(tab)).to_be_visible()
    yield tab
    context.close()


def width(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box is not None
    return box["width"]


def test_channel_fills_the_phone_and_the_sidebar_comes_by_button(phone: Page) -> None:
    assert width(phone.get_by_test_id("conversation")) == PHONE["width"]
    assert width(phone.locator(".message-body").first) > 280
    expect(phone.get_by_test_id("sidebar")).to_be_hidden()
    phone.get_by_test_id("open-sidebar").click()
    expect(link(phone, CORE)).to_be_focused()
    link(phone, CHECKOUT).click()

    expect(phone.get_by_test_id("sidebar")).to_be_hidden()
    expect(phone.get_by_role("textbox", name="Message #study-checkout")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_sidebar_on_the_phone_closes_with_escape_and_beside_it(phone: Page) -> None:
    phone.get_by_test_id("open-sidebar").click()
    expect(link(phone, CORE)).to_be_focused()
    phone.keyboard.press("Escape")
    expect(phone.get_by_test_id("sidebar")).to_be_hidden()
    expect(phone.get_by_test_id("open-sidebar")).to_be_focused()
    phone.get_by_test_id("open-sidebar").click()
    expect(phone.get_by_test_id("sidebar")).to_be_visible()
    phone.mouse.click(PHONE["width"] - 10, 400)

    expect(phone.get_by_test_id("sidebar")).to_be_hidden()


def test_thread_covers_the_channel_on_the_phone(phone: Page) -> None:
    phone.get_by_test_id("open-thread").click()
    thread = phone.get_by_test_id("thread")
    expect(thread).to_contain_text("The answer")
    assert width(thread) == PHONE["width"]
    thread.get_by_label("Close thread").click()

    expect(field(phone)).to_be_visible()
    expect(thread).to_have_count(0)


def test_a_workbook_is_dropped_byte_for_byte_and_saved_again(visit: Visit) -> None:
    page, workbook = visit(), b"PK\x03\x04\xff\xfe\x00"
    contents = (("people.xlsx", workbook), ("empty.csv", b""))
    given = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in contents]
    page.get_by_test_id("composer").locator("input[type=file]").set_input_files(given)
    expect(page.get_by_test_id("composer").get_by_text("empty.csv")).to_be_visible()
    field(page).press("Enter")
    expect(page.get_by_test_id("message").get_by_text("0 bytes")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_test_id("message").get_by_role("link", name="people.xlsx").click()
    assert saved.value.suggested_filename == "people.xlsx"
    assert saved.value.path().read_bytes() == workbook
