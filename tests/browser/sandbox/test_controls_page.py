"""The controls page: the clock, faults, accounts and the calls of the Web API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.server import Sandbox

LENA = "lena@northwind.example"


@pytest.fixture
def controls(page: Page, sandbox: Sandbox) -> Page:
    page.goto(f"{sandbox.base_url}/controls")
    expect(page.get_by_test_id("big-clock")).to_be_visible()
    return page


def now(control: httpx.Client) -> datetime:
    return datetime.fromisoformat(control.get("clock").json()["now"])


@pytest.mark.parametrize(
    ("button", "step"),
    [
        ("clock-15min", timedelta(minutes=15)),
        ("clock-1h", timedelta(hours=1)),
        ("clock-1day", timedelta(days=1)),
    ],
)
def test_button_moves_the_clock(controls: Page, control: httpx.Client, button: str, step: timedelta) -> None:
    before = now(control)
    controls.get_by_test_id(button).click()

    expect(controls.get_by_test_id("clock-offset")).to_contain_text("ahead of real time")
    assert step <= now(control) - before < step + timedelta(minutes=1)


def test_next_morning_is_that_of_the_chosen_zone(controls: Page, control: httpx.Client) -> None:
    before = now(control)
    controls.get_by_test_id("clock-zone").select_option("Asia/Tokyo")
    controls.get_by_test_id("clock-morning").click()

    expect(controls.get_by_test_id("big-clock")).to_have_text("09:00")
    morning = now(control).astimezone(ZoneInfo("Asia/Tokyo"))
    assert (morning.hour, morning.minute) == (9, 0)
    assert timedelta() < now(control) - before < timedelta(days=1, minutes=1)


def test_next_morning_of_the_bar_and_of_the_panel_is_the_same(controls: Page, control: httpx.Client) -> None:
    bar, panel = controls.get_by_role("banner"), controls.get_by_role("main")
    first = now(control)
    bar.get_by_role("button", name="Next morning, 09:00").click()
    expect(controls.get_by_test_id("big-clock")).to_have_text("09:00")
    second = now(control)
    panel.get_by_role("button", name="Next morning, 09:00").click()
    expect(controls.get_by_test_id("clock-offset")).to_contain_text("1 day")

    assert second > first
    assert timedelta(hours=23) < now(control) - second < timedelta(hours=25)


@pytest.mark.parametrize("path", ["controls", "mail"])
def test_page_opens_in_the_zone_of_the_slack_page(browser: Browser, sandbox: Sandbox, path: str) -> None:
    context = browser.new_context(timezone_id="UTC")
    fresh = context.new_page()
    fresh.goto(f"{sandbox.base_url}/{path}")
    expect(fresh.get_by_test_id("clock-text")).to_contain_text("in Berlin")
    context.new_page().goto(f"{sandbox.base_url}/?as=U0KENJIWAT")
    expect(context.pages[-1].get_by_test_id("clock-text")).to_contain_text("in Tokyo")
    beside = context.new_page()
    beside.goto(f"{sandbox.base_url}/{path}")

    expect(beside.get_by_test_id("clock-text")).to_contain_text("in Tokyo")
    context.close()


@pytest.mark.parametrize("width", [1280, 900, 390])
def test_every_time_fits_its_tile_and_the_bar(controls: Page, control: httpx.Client, width: int) -> None:
    control.post("clock", json={"next": "00:09", "time_zone": "America/New_York"})
    controls.set_viewport_size({"width": width, "height": 800})
    controls.get_by_test_id("clock-zone").select_option("America/Los_Angeles")
    expect(controls.get_by_test_id("clock-text")).to_contain_text("PM in Los Angeles")
    cut = controls.evaluate(
        """() => [...document.querySelectorAll('.world-place, .world-place *, .clock-now')]
            .filter((el) => el.scrollWidth > el.clientWidth + 1)
            .map((el) => el.textContent)"""
    )

    assert cut == []


def test_clock_goes_to_a_date_and_time_but_never_back(controls: Page, control: httpx.Client) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = (now(control).astimezone(berlin) + timedelta(days=3)).date()
    controls.get_by_test_id("clock-date").fill(day.isoformat())
    controls.get_by_test_id("clock-time").fill("14:20")
    controls.get_by_test_id("clock-go").click()
    expect(controls.get_by_test_id("big-clock")).to_have_text("14:20")
    assert now(control).astimezone(berlin).date() == day
    controls.get_by_test_id("clock-date").fill((day - timedelta(days=1)).isoformat())
    controls.get_by_test_id("clock-go").click()

    expect(controls.get_by_test_id("toasts")).to_contain_text("The clock only moves forward.")


def faults(control: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("faults").json()["faults"]
    return found


def test_fault_is_started_and_ended(controls: Page, control: httpx.Client) -> None:
    controls.get_by_test_id("fault-service-calendar").check()
    controls.get_by_test_id("fault-kind-timeout").check()
    controls.get_by_test_id("fault-method").fill("events.insert")
    controls.get_by_test_id("fault-count").fill("2")
    controls.get_by_test_id("fault-option").fill("7")
    controls.get_by_test_id("fault-add").click()

    row = controls.get_by_test_id("fault")
    expect(row).to_contain_text("Calendar: slow answer")
    expect(row).to_contain_text("events.insert · held for 7 s · 2 calls left")
    [fault] = faults(control)
    assert (fault["kind"], fault["method"], fault["count"], fault["seconds"]) == ("timeout", "events.insert", 2, 7)
    row.get_by_test_id("fault-end").click()
    expect(row).to_have_count(0)
    assert faults(control) == []


def test_all_faults_end_at_once(controls: Page, control: httpx.Client) -> None:
    for service in ("slack", "mail"):
        controls.get_by_test_id(f"fault-service-{service}").check()
        controls.get_by_test_id("fault-add").click()
    expect(controls.get_by_test_id("fault")).to_have_count(2)
    controls.get_by_test_id("faults-end-all").click()

    expect(controls.get_by_test_id("fault")).to_have_count(0)
    assert faults(control) == []


def test_failed_call_of_the_web_api_stands_out(controls: Page, sandbox: Sandbox) -> None:
    post = f"{sandbox.base_url}/slack/api/chat.postMessage"
    token = {"Authorization": f"Bearer {sandbox.slack.bot_token('T0NORTHWND')}"}
    httpx.post(post, data={"channel": "C0NOWHERE", "text": "<b>hello</b>"}, headers=token)
    httpx.post(f"{sandbox.base_url}/slack/api/auth.test", headers=token)

    expect(controls.get_by_test_id("call")).to_have_count(2)
    controls.get_by_label("Errors only").check()
    call = controls.get_by_test_id("call")
    expect(call).to_have_count(1)
    expect(call).to_contain_text("channel_not_found")
    expect(call).to_have_class("failed")
    call.get_by_role("button", name="chat.postMessage").click()
    expect(call.locator("pre")).to_contain_text('"text": "<b>hello</b>"')


def test_account_is_unplugged_and_plugged_in_again(controls: Page, control: httpx.Client) -> None:
    account = controls.locator(f"[data-testid=account][data-calendar='{LENA}']")
    account.get_by_test_id("revoke").click()
    controls.get_by_test_id("confirm").get_by_role("button", name="Unplug").click()
    expect(account).to_contain_text("Unplugged")
    assert is_revoked(control)
    account.get_by_test_id("restore").click()

    expect(account.get_by_test_id("expire-sync")).to_be_visible()
    assert not is_revoked(control)


def is_revoked(control: httpx.Client) -> bool:
    return any(each["revoked"] for each in control.get("calendar").json()["calendars"] if each["id"] == LENA)


def test_new_meet_links_can_be_made_to_fail(controls: Page, control: httpx.Client) -> None:
    controls.get_by_test_id("conferences").select_option("failure")
    controls.reload()

    expect(controls.get_by_test_id("conferences")).to_have_value("failure")
    assert control.get("calendar").json()["conferences"] == "failure"


def test_missing_bot_is_told(controls: Page) -> None:
    expect(controls.get_by_test_id("transport")).to_contain_text("No bot is connected")
