"""The sandbox as a whole: starting, stopping, remembering, its clock, faults and stream of changes."""

from __future__ import annotations

import itertools
import json
import smtplib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from sandbox.server import PortTaken, Sandbox
from sandbox.world import WORLD


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0) as running:
        yield running


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url) as client:
        yield client
    sandbox.faults.remove()


def test_it_starts_at_once_and_gives_its_ports_back() -> None:
    before = time.monotonic()
    with Sandbox(port=0, smtp_port=0) as sandbox:
        assert time.monotonic() - before < 1  # half a second alone on the machine
        assert httpx.get(f"{sandbox.base_url}/control/health").json() == {"ready": True}
        port = urlsplit(sandbox.base_url).port
    assert port is not None
    with Sandbox(port=port, smtp_port=0) as again:
        assert urlsplit(again.base_url).port == port


def test_port_in_use_is_said_and_nothing_stays_open(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.base_url).port
    assert port is not None
    with pytest.raises(PortTaken, match=f"Port {port} is taken"):
        Sandbox(port=0, smtp_port=port)


def test_two_sandboxes_do_not_meet(control: httpx.Client) -> None:
    with Sandbox(port=0, smtp_port=0) as other:
        other.clock.advance(timedelta(days=1))
        offset = control.get("/control/clock").json()["offset_seconds"]
        assert httpx.get(f"{other.base_url}/control/clock").json()["offset_seconds"] - offset > 3600


def test_restart_finds_everything_again(tmp_path: Path) -> None:
    with Sandbox(tmp_path, port=0, smtp_port=0) as first:
        control = httpx.Client(base_url=first.base_url)
        control.post("/control/clock", json={"advance_seconds": 3600}).raise_for_status()
        event = {"summary": "Dentist", "start": "2030-03-04T09:00", "end": "2030-03-04T10:00"}
        event["attendees"] = ["sofia@northwind.example"]  # type: ignore[assignment]
        control.post("/control/calendar/lena@northwind.example/events", json=event).raise_for_status()
        control.put("/control/mail/bounces/pat@mail.example", json={"kind": "refuse"}).raise_for_status()
        key = first.google.service_account_info()["private_key"]
        message = EmailMessage()
        message["To"] = "sam@mail.example"
        message.set_content("Grüße")
        address = urlsplit(first.smtp_url)
        with smtplib.SMTP(address.hostname or "", address.port or 0) as smtp:
            smtp.send_message(message, from_addr="a@northwind.example")
        workspaces = control.get("/control/slack/workspaces").json()
        control.close()
    with Sandbox(tmp_path, port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as second:
        control = httpx.Client(base_url=second.base_url)
        assert control.get("/control/clock").json()["offset_seconds"] == 3600
        for owner in ("lena", "sofia"):
            events = control.get(f"/control/calendar/{owner}@northwind.example/events").json()["events"]
            assert [each["summary"] for each in events] == ["Dentist"]
        assert control.get("/control/mail/bounces").json() == {"bounces": {"pat@mail.example": "refuse"}}
        assert control.get("/control/mail").json()["mails"][0]["text"].strip() == "Grüße"
        assert second.google.service_account_info()["private_key"] == key
        assert control.get("/control/slack/workspaces").json() == workspaces
        control.close()


def test_state_is_written_soon_after_a_change(tmp_path: Path) -> None:
    with Sandbox(tmp_path, port=0, smtp_port=0) as sandbox:
        httpx.post(f"{sandbox.base_url}/control/clock", json={"advance_seconds": 7}).raise_for_status()
        until = time.monotonic() + 5
        while not (tmp_path / "sandbox.json").exists() and time.monotonic() < until:
            time.sleep(0.05)
        kept = json.loads((tmp_path / "sandbox.json").read_text("utf-8"))
    assert kept["clock"] == {"offset_seconds": 7}


def test_clock_moves_by_seconds_to_a_time_and_to_the_next_morning(sandbox: Sandbox, control: httpx.Client) -> None:
    def move(**step: Any) -> datetime:
        return datetime.fromisoformat(control.post("/control/clock", json=step).raise_for_status().json()["now"])

    before = sandbox.clock.now()
    assert timedelta(0) <= move(advance_seconds=900) - before - timedelta(minutes=15) < timedelta(seconds=5)
    target = sandbox.clock.now() + timedelta(hours=2)
    assert abs(move(to=target.isoformat()) - target) < timedelta(seconds=5)
    before = sandbox.clock.now()
    morning = move(next="08:55", time_zone="Asia/Kolkata")
    assert morning.astimezone(ZoneInfo("Asia/Kolkata")).strftime("%H:%M") == "08:55"
    a_day = timedelta(days=1, seconds=5)
    assert timedelta(0) < morning - before < a_day
    again = move(next="08:55", time_zone="Asia/Kolkata")
    assert timedelta(hours=23) < again - morning < a_day


@pytest.mark.parametrize(
    "step",
    [
        {"advance_seconds": -1},
        {"advance_seconds": "much"},
        {"advance_seconds": 1e18},
        {"to": "2001-01-01T00:00:00Z"},
        {"to": "2099-01-01T00:00:00"},
        {"next": "08:55"},
        {"next": "8", "time_zone": "Europe/Berlin"},
        {"next": "25:00", "time_zone": "Europe/Berlin"},
        {"next": "08:55", "time_zone": "Mars/Olympus"},
    ],
)
def test_senseless_step_of_the_clock_is_refused(sandbox: Sandbox, control: httpx.Client, step: Any) -> None:
    offset = sandbox.clock.offset
    answer = control.post("/control/clock", json=step)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.clock.offset == offset


def test_faults_are_listed_and_removed(control: httpx.Client) -> None:
    one = control.post("/control/faults", json={"service": "mail", "kind": "error", "status": 550}).json()
    two = control.post("/control/faults", json={"service": "slack", "kind": "gone", "count": 2}).json()
    assert [fault["id"] for fault in control.get("/control/faults").json()["faults"]] == [one["id"], two["id"]]
    control.delete(f"/control/faults/{one['id']}").raise_for_status()
    (left,) = control.get("/control/faults").json()["faults"]
    assert (left["service"], left["kind"], left["count"]) == ("slack", "gone", 2)
    control.delete("/control/faults").raise_for_status()
    assert control.get("/control/faults").json() == {"faults": []}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "gone"},
        {"service": "telephone", "kind": "gone"},
        {"service": "slack", "kind": "sulk"},
        {"service": "slack", "kind": "gone", "for": 3},
        {"service": "slack", "kind": "gone", "count": 0},
        {"service": "slack", "kind": "timeout", "seconds": "long"},
    ],
)
def test_senseless_fault_is_refused(control: httpx.Client, fault: Any) -> None:
    answer = control.post("/control/faults", json=fault)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert control.get("/control/faults").json() == {"faults": []}


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff"])
def test_body_that_is_no_object_is_refused(control: httpx.Client, content: bytes) -> None:
    answer = control.post("/control/clock", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_stream_tells_what_changed_and_ends_when_the_sandbox_stops() -> None:
    with (
        Sandbox(port=0, smtp_port=0) as sandbox,
        httpx.stream("GET", f"{sandbox.base_url}/control/events") as stream,
    ):
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert [next(lines), next(lines)] == ["retry: 1000", ""]
        sandbox.bus.publish("slack", channel="C1")
        httpx.post(f"{sandbox.base_url}/control/faults", json={"service": "mail", "kind": "gone"})
        notices = [json.loads(line.removeprefix("data: ")) for line in itertools.islice(lines, 4) if line]
        assert notices == [{"topic": "slack", "channel": "C1"}, {"topic": "faults"}]
        before = time.monotonic()
        sandbox.stop()
        assert time.monotonic() - before < 1.5
        assert list(lines) == []


def test_world_is_believable() -> None:
    northwind, contoso = WORLD["workspaces"]
    people = {user["id"]: user for user in northwind["users"]}
    assert len({user["tz"] for user in people.values()}) > 8
    assert [user["name"] for user in people.values() if user["is_admin"]] == ["lena"]
    assert any(user["is_stranger"] for user in people.values())
    for workspace in (northwind, contoso):
        ids = {user["id"] for user in workspace["users"]}
        assert all(ZoneInfo(user["tz"]) for user in workspace["users"])
        assert all(set(channel["members"]) <= ids for channel in workspace["channels"])
    names = {channel["name"]: channel for channel in northwind["channels"]}
    assert {"research-core", "research-growth", "research-apac", "general"} <= names.keys()
    assert not names["general"]["app"]
    calendars = {calendar["id"] for calendar in WORLD["calendars"]}
    assert len([user for user in people.values() if not user["is_stranger"] and user["email"] not in calendars]) >= 2
