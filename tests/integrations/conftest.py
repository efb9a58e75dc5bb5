"""One sandbox for all tests of adapters; each test has people, and so calendars, of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.integrations.google_calendar import GoogleCalendar
from bot.integrations.ports import EventAttendee, EventDraft
from sandbox.server import Sandbox

START = datetime(2030, 3, 5, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
Person = Callable[..., str]

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults.remove()
    running.mail.inbox.clear()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.base_url) as client:
        yield client


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    """Makes somebody with a calendar, and gives their address."""

    def make(name: str = "host", zone: str = "Europe/Berlin") -> str:
        address = f"{name}{next(_numbers)}@northwind.example"
        sandbox.google.add_calendar(address, name.title(), zone)
        return address

    return make


@pytest.fixture(scope="package")
def account(running: Sandbox) -> dict[str, Any]:
    return running.google.service_account_info()


@pytest.fixture
def calendar(sandbox: Sandbox, account: dict[str, Any]) -> Iterator[GoogleCalendar]:
    calendar = GoogleCalendar(account, sandbox.google.api_endpoint, timeout=1.0, sleep=lambda _: None)
    yield calendar
    calendar.close()


@dataclass(frozen=True, slots=True)
class Google:
    """One host's calendar as people use it by hand."""

    control: httpx.Client
    host: str

    def event(self, event_id: str) -> dict[str, Any]:
        """The event in Google's words."""
        events = self._get("events")["events"]
        found: dict[str, Any] = next(event for event in events if event["id"] == event_id)
        return found

    def create(self, **fields: Any) -> dict[str, Any]:
        times = {"start": START.isoformat(), "end": (START + HOUR).isoformat()}
        created: dict[str, Any] = self._post("events", {"summary": "Dentist", **times, **fields})
        return created

    def answer(self, event_id: str, email: str, response: str, comment: str | None = None) -> None:
        self._post(f"events/{event_id}/rsvp", {"email": email, "response": response, "comment": comment})

    def move(self, event_id: str, start: datetime) -> None:
        self._post(f"events/{event_id}/move", {"start": start.isoformat(), "end": (start + HOUR).isoformat()})

    def delete(self, event_id: str) -> None:
        self._post(f"events/{event_id}/delete", {})

    def expire_sync(self) -> None:
        self._post("expire-sync", {})

    def revoke(self) -> None:
        self._post("revoke", {})

    def _get(self, path: str) -> Any:
        return self.control.get(f"/control/calendar/{self.host}/{path}").raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self.control.post(f"/control/calendar/{self.host}/{path}", json=body).raise_for_status().json()


@pytest.fixture
def google(control: httpx.Client, person: Person) -> Google:
    return Google(control, person("sofia"))


def draft(host: str, **changes: Any) -> EventDraft:
    """Anna's interview with the host, for one hour."""
    number = next(_numbers)
    made = EventDraft(
        event_id=f"e{number:05}",
        reference=f"CHK-{number}",
        title="Interview about paying",
        description="Bring your phone.",
        starts_at=START,
        ends_at=START + HOUR,
        time_zone="Europe/Berlin",
        attendees=(EventAttendee(host, "Sofia", is_self=True), EventAttendee("anna@mail.example", "Anna")),
        wants_meet_link=True,
        location=None,
    )
    return replace(made, **changes)
