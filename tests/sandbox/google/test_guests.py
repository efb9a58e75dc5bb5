"""Copies of an event on the guests' calendars, and what guests may do with theirs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.google.conftest import Connect, Person, body
from tests.sandbox.google.test_events import refused


@pytest.fixture
def host(person: Person) -> str:
    return person("host")


@pytest.fixture
def guest(person: Person) -> str:
    return person("guest", "Asia/Tokyo")


def invite(connect: Connect, host: str, *guests: str, **fields: Any) -> Any:
    sent = body(attendees=[{"email": address} for address in guests], **fields)
    return connect(host).events().insert(calendarId="primary", body=sent).execute()


def get(connect: Connect, owner: str, event: str) -> Any:
    return connect(owner).events().get(calendarId="primary", eventId=event).execute()


def test_guest_sees_the_event_in_their_own_zone(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest, extendedProperties={"private": {"callsheet": "CHK-1"}})
    seen = get(connect, guest, made["id"])
    assert seen["start"] == {"dateTime": "2030-03-04T18:00:00+09:00", "timeZone": "Asia/Tokyo"}
    assert seen["organizer"] == {"email": host}
    assert seen["attendees"] == [{"email": guest, "responseStatus": "needsAction", "self": True}]
    assert "extendedProperties" not in seen


def test_guests_who_may_not_see_each_other_see_themselves_only(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest, "pat@mail.example", guestsCanSeeOtherGuests=False)
    assert len(made["attendees"]) == 2
    seen = get(connect, guest, made["id"])
    assert [each["email"] for each in seen["attendees"]] == [guest]
    assert seen["attendeesOmitted"] is True


def test_answer_of_a_guest_reaches_the_organizer(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest)
    answer = {"attendees": [{"email": guest, "responseStatus": "tentative", "comment": "May be late"}]}
    connect(guest).events().patch(calendarId="primary", eventId=made["id"], body=answer).execute()
    now = get(connect, host, made["id"])
    assert now["attendees"] == [{"email": guest, "responseStatus": "tentative", "comment": "May be late"}]
    assert now["etag"] != made["etag"]
    assert now["sequence"] == made["sequence"]


def test_guest_may_not_change_what_is_shared(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest)
    events = connect(guest).events()
    renamed = events.patch(calendarId="primary", eventId=made["id"], body={"summary": "Mine now"})
    assert refused(renamed) == (403, "forbiddenForNonOrganizer")
    own = events.patch(calendarId="primary", eventId=made["id"], body={"colorId": "5"}).execute()
    assert own["colorId"] == "5"
    assert "colorId" not in get(connect, host, made["id"])


def test_guest_who_deletes_declines(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest)
    connect(guest).events().delete(calendarId="primary", eventId=made["id"]).execute()
    assert get(connect, guest, made["id"])["status"] == "cancelled"
    kept = get(connect, host, made["id"])
    assert (kept["status"], kept["attendees"][0]["responseStatus"]) == ("confirmed", "declined")


def test_uninvited_guest_loses_the_event_and_deletion_reaches_all(connect: Connect, host: str, guest: str) -> None:
    made = invite(connect, host, guest)
    events = connect(host).events()
    events.patch(calendarId="primary", eventId=made["id"], body={"attendees": []}).execute()
    assert get(connect, guest, made["id"])["status"] == "cancelled"
    events.patch(calendarId="primary", eventId=made["id"], body={"attendees": [{"email": guest}]}).execute()
    assert get(connect, guest, made["id"])["status"] == "confirmed"
    events.delete(calendarId="primary", eventId=made["id"]).execute()
    assert get(connect, guest, made["id"])["status"] == "cancelled"


def test_control_answers_for_a_guest_without_a_calendar(connect: Connect, host: str, control: httpx.Client) -> None:
    made = invite(connect, host, "pat@mail.example")
    path = f"/control/calendar/{host}/events/{made['id']}/rsvp"
    answer = {"email": "pat@mail.example", "response": "declined", "comment": "I am ill"}
    assert control.post(path, json=answer).json()["attendees"][0]["responseStatus"] == "declined"
    assert get(connect, host, made["id"])["attendees"][0]["comment"] == "I am ill"
    stranger = control.post(path, json={"email": "who@mail.example", "response": "accepted"})
    assert (stranger.status_code, stranger.json()) == (404, {"error": "who@mail.example is not invited to this event."})


def test_control_makes_moves_and_deletes_events(connect: Connect, host: str, control: httpx.Client) -> None:
    events = f"/control/calendar/{host}/events"
    new = {"summary": "Dentist", "start": "2030-03-04T09:00", "end": "2030-03-04T10:00"}
    made = control.post(events, json=new).raise_for_status().json()
    assert made["start"]["dateTime"] == "2030-03-04T09:00:00+01:00"
    times = {"start": "2030-03-05T09:00:00Z", "end": "2030-03-05T10:00:00Z"}
    moved = control.post(f"{events}/{made['id']}/move", json=times).raise_for_status().json()
    assert moved["start"]["dateTime"] == "2030-03-05T10:00:00+01:00"
    day = {"from": "2030-03-05T00:00:00+01:00", "to": "2030-03-06T00:00:00+01:00"}
    assert [each["id"] for each in control.get(events, params=day).json()["events"]] == [made["id"]]
    control.post(f"{events}/{made['id']}/delete", json={}).raise_for_status()
    assert control.get(events, params=day).json() == {"events": []}
    assert control.post(f"{events}/{made['id']}/delete", json={}).status_code == 410
    assert get(connect, host, made["id"])["status"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("nobody@northwind.example/events", {"summary": "S", "start": "2030-01-01", "end": "2030-01-02"}),
        ("{host}/events", {"summary": "S", "start": "soon", "end": "2030-01-02"}),
        ("{host}/events", {"start": "2030-01-01", "end": "2030-01-02"}),
        ("conferences", {"mode": "sometimes"}),
    ],
)
def test_control_refuses_with_a_sentence(host: str, control: httpx.Client, path: str, sent: Any) -> None:
    answer = control.post(f"/control/calendar/{path.format(host=host)}", json=sent)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"].endswith(".")
