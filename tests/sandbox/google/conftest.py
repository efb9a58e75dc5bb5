"""One sandbox for all tests of the calendar; each test has people, and so calendars, of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import google_auth_httplib2
import httplib2
import httpx
import pytest
from google.oauth2 import service_account
from googleapiclient.discovery import build

from sandbox.server import Sandbox

ALL_SCOPES = ("https://www.googleapis.com/auth/calendar",)
EMPTY_WORLD: dict[str, list[Any]] = {"workspaces": [], "calendars": []}
Connect = Callable[..., Any]
Person = Callable[..., str]

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, world=EMPTY_WORLD) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults.remove()


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
def account(running: Sandbox) -> Any:
    """The service account: loading its key takes longer than a test."""
    return service_account.Credentials.from_service_account_info(running.google.service_account_info())


@pytest.fixture
def connect(sandbox: Sandbox, account: Any) -> Iterator[Connect]:
    """Google's client, signed in as somebody by the service account."""
    opened: list[httplib2.Http] = []

    def client(subject: str, scopes: tuple[str, ...] = ALL_SCOPES) -> Any:
        credentials = account.with_scopes(scopes).with_subject(subject)
        http = httplib2.Http(timeout=5)
        opened.append(http)
        return build(
            "calendar",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
            static_discovery=True,
            client_options={"api_endpoint": sandbox.google.api_endpoint},
        )

    yield client
    for http in opened:
        http.close()


def body(start: str = "2030-03-04T10:00:00+01:00", end: str = "2030-03-04T11:00:00+01:00", **fields: Any) -> Any:
    """An event to insert."""
    return {"summary": "Interview CHK-1", "start": {"dateTime": start}, "end": {"dateTime": end}, **fields}
