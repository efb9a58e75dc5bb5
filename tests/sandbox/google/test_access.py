"""Signing in, what a subject may see, revoked accounts, and faults."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from sandbox.server import Sandbox
from tests.sandbox.google.conftest import Connect, Person, body
from tests.sandbox.google.test_events import refused

CALENDAR = "https://www.googleapis.com/auth/calendar"


def test_unknown_subject_gets_no_token(connect: Connect) -> None:
    with pytest.raises(RefreshError, match="Invalid email or User ID"):
        connect("nobody@northwind.example").events().list(calendarId="primary").execute()


def test_scope_that_was_not_delegated_gets_no_token(connect: Connect, person: Person) -> None:
    drive = connect(person(), scopes=("https://www.googleapis.com/auth/drive",))
    with pytest.raises(RefreshError, match="unauthorized_client"):
        drive.events().list(calendarId="primary").execute()


def test_missing_scope_is_refused(connect: Connect, person: Person) -> None:
    narrow = connect(person(), scopes=(f"{CALENDAR}.freebusy",))
    assert refused(narrow.events().list(calendarId="primary")) == (403, "insufficientPermissions")


def test_key_of_another_sandbox_is_refused(connect: Connect, person: Person, sandbox: Sandbox) -> None:
    host = person()
    with Sandbox(port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as other:
        foreign = {**other.google.service_account_info(), "token_uri": f"{sandbox.base_url}/google/token"}
    credentials = service_account.Credentials.from_service_account_info(foreign, scopes=[CALENDAR], subject=host)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        credentials.refresh(Request())


def test_wrong_token_is_refused(sandbox: Sandbox, person: Person) -> None:
    path = f"{sandbox.google.api_endpoint}calendars/{person()}/events"
    for headers in ({}, {"Authorization": "Bearer ya29.guessed"}):
        answer = httpx.get(path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["errors"][0]["reason"] == "authError"


def test_subject_sees_its_own_calendar_only(connect: Connect, person: Person) -> None:
    host, other = person("host"), person("other")
    client = connect(host)
    assert refused(client.events().list(calendarId=other)) == (403, "forbidden")
    assert refused(client.events().insert(calendarId=other, body=body())) == (403, "forbidden")
    assert refused(client.events().list(calendarId="nobody@northwind.example")) == (404, "notFound")
    assert client.calendars().get(calendarId="primary").execute()["timeZone"] == "Europe/Berlin"
    entries = client.calendarList().list().execute()["items"]
    assert [(entry["id"], entry["primary"]) for entry in entries] == [(host, True)]


def test_revoked_calendar_is_unplugged_until_restored(connect: Connect, person: Person, control: httpx.Client) -> None:
    host, other = person("host"), person("other")
    client = connect(host)
    client.events().insert(calendarId="primary", body=body(id="keepme0")).execute()
    control.post(f"/control/calendar/{host}/revoke").raise_for_status()
    with pytest.raises(RefreshError, match="invalid_grant"):
        client.events().get(calendarId="primary", eventId="keepme0").execute()
    span = {"timeMin": "2030-03-01T00:00:00Z", "timeMax": "2030-03-31T00:00:00Z", "items": [{"id": host}]}
    assert "errors" in connect(other).freebusy().query(body=span).execute()["calendars"][host]
    assert control.get(f"/control/calendar/{host}/events").status_code == 404
    control.post(f"/control/calendar/{host}/restore").raise_for_status()
    assert client.events().get(calendarId="primary", eventId="keepme0").execute()["status"] == "confirmed"


def test_token_runs_out_with_the_sandboxs_clock(connect: Connect, person: Person, control: httpx.Client) -> None:
    events = connect(person()).events()
    events.list(calendarId="primary").execute()
    control.post("/control/clock", json={"advance_seconds": 7200}).raise_for_status()
    assert events.list(calendarId="primary").execute()["items"] == []  # the client signs in again by itself


def test_rate_limit_is_googles_and_the_client_retries_it(connect: Connect, person: Person, sandbox: Sandbox) -> None:
    events = connect(person()).events()
    sandbox.faults.add("calendar", "rate_limit", method="events.insert", count=1)
    assert refused(events.insert(calendarId="primary", body=body())) == (403, "rateLimitExceeded")
    sandbox.faults.add("calendar", "rate_limit", method="events.insert", count=1)
    made = events.insert(calendarId="primary", body=body()).execute(num_retries=1)
    assert made["status"] == "confirmed"


def test_error_fault_and_its_narrowing(connect: Connect, person: Person, sandbox: Sandbox) -> None:
    events = connect(person()).events()
    sandbox.faults.add("calendar", "error", method="events.list", status=503)
    assert refused(events.list(calendarId="primary")) == (503, "backendError")
    assert events.insert(calendarId="primary", body=body()).execute()["status"] == "confirmed"


def test_accept_then_drop_does_what_was_asked(connect: Connect, person: Person, sandbox: Sandbox) -> None:
    events = connect(person()).events()
    events.list(calendarId="primary").execute()
    # httplib2 itself tries once more on a connection that was dropped: both tries suffer.
    sandbox.faults.add("calendar", "accept_then_drop", method="events.insert", count=2)
    with pytest.raises(OSError):
        events.insert(calendarId="primary", body=body(id="abcdef")).execute()
    sandbox.faults.remove()
    assert refused(events.insert(calendarId="primary", body=body(id="abcdef"))) == (409, "duplicate")


@pytest.mark.parametrize("kind", ["gone", "timeout"])
def test_unreachable_google(sandbox: Sandbox, person: Person, kind: Any) -> None:
    sandbox.faults.add("calendar", kind, seconds=0.6)
    path = f"{sandbox.google.api_endpoint}calendars/{person()}/events"
    with pytest.raises(httpx.TransportError):
        httpx.get(path, timeout=0.2)
