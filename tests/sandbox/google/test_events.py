"""Writing events with Google's own client."""

from __future__ import annotations

import json
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.sandbox.google.conftest import Connect, Person, body


def reason(error: HttpError) -> tuple[int, str]:
    """Status and Google's reason."""
    return error.resp.status, json.loads(error.content)["error"]["errors"][0]["reason"]


def refused(request: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as caught:
        request.execute()
    return reason(caught.value)


def test_inserted_event_comes_back_whole(connect: Connect, person: Person) -> None:
    host = person(zone="America/New_York")
    events = connect(host).events()
    sent = body(
        start="2030-03-04T15:00:00Z",
        end="2030-03-04T16:00:00Z",
        description="Bring the prototype",
        extendedProperties={"private": {"callsheet": "CHK-1"}, "shared": {"round": 2}},
    )
    made = events.insert(calendarId="primary", body=sent, sendUpdates="none").execute()
    got = events.get(calendarId=host, eventId=made["id"]).execute()
    assert got == made
    assert got["start"] == {"dateTime": "2030-03-04T10:00:00-05:00", "timeZone": "America/New_York"}
    assert got["organizer"] == got["creator"] == {"email": host, "self": True}
    assert got["extendedProperties"] == {"private": {"callsheet": "CHK-1"}, "shared": {"round": "2"}}
    assert (got["status"], got["sequence"], got["iCalUID"]) == ("confirmed", 0, f"{made['id']}@google.com")
    assert made["id"] in got["htmlLink"]


def test_second_insert_with_the_same_id_is_a_duplicate_even_after_deletion(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    events.insert(calendarId="primary", body=body(id="abcdef0123")).execute()
    assert refused(events.insert(calendarId="primary", body=body(id="abcdef0123"))) == (409, "duplicate")
    events.delete(calendarId="primary", eventId="abcdef0123").execute()
    assert refused(events.insert(calendarId="primary", body=body(id="abcdef0123"))) == (409, "duplicate")


@pytest.mark.parametrize("wrong", ["abcd", "ABCDEF", "with-dash", "xyzxyz", "a" * 1025])
def test_id_outside_base32hex_is_refused(connect: Connect, person: Person, wrong: str) -> None:
    assert refused(connect(person()).events().insert(calendarId="primary", body=body(id=wrong))) == (400, "invalid")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"end": None}, "required"),
        ({"start": {"dateTime": "2030-03-04T10:00:00"}}, "invalid"),
        ({"start": {"dateTime": "2030-03-04T12:00:00+01:00"}}, "timeRangeEmpty"),
        ({"start": {"dateTime": "2030-03-04T10:00:00", "timeZone": "Mars/Olympus"}}, "invalid"),
        ({"start": {"date": "2030-03-04"}}, "invalid"),
        ({"attendees": [{"displayName": "Nobody"}]}, "required"),
        ({"attendees": [{"email": "no address"}]}, "invalid"),
        ({"attendees": [{"email": "a@b.example", "responseStatus": "perhaps"}]}, "invalid"),
        ({"attendees": ["pat@mail.example"]}, "parseError"),
        ({"extendedProperties": "callsheet"}, "parseError"),
        ({"recurrence": ["RRULE:FREQ=DAILY"]}, "invalid"),
        ({"id": "abcde", "iCalUID": "abcde@here"}, "invalid"),
    ],
)
def test_wrong_body_is_refused(connect: Connect, person: Person, fields: Any, expected: str) -> None:
    request = connect(person()).events().insert(calendarId="primary", body=body() | fields)
    assert refused(request) == (400, expected)


def test_patch_merges_objects_and_replaces_the_guests(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    sent = body(
        location="Room 1",
        attendees=[{"email": "pat@mail.example"}, {"email": "sam@mail.example"}],
        extendedProperties={"private": {"callsheet": "CHK-1", "round": "1"}},
    )
    made = events.insert(calendarId="primary", body=sent).execute()
    patch = {
        "location": None,
        "attendees": [{"email": "sam@mail.example"}],
        "extendedProperties": {"private": {"round": None, "seat": "3"}},
    }
    patched = events.patch(calendarId="primary", eventId=made["id"], body=patch).execute()
    assert patched["summary"] == made["summary"]
    assert "location" not in patched
    assert [guest["email"] for guest in patched["attendees"]] == ["sam@mail.example"]
    assert patched["extendedProperties"]["private"] == {"callsheet": "CHK-1", "seat": "3"}
    assert patched["etag"] != made["etag"]


def test_patch_with_an_old_etag_is_refused(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    made = events.insert(calendarId="primary", body=body()).execute()

    def patch(summary: str, etag: str) -> Any:
        request = events.patch(calendarId="primary", eventId=made["id"], body={"summary": summary})
        request.headers["If-Match"] = etag
        return request

    patched = patch("One", made["etag"]).execute()
    assert refused(patch("Two", made["etag"])) == (412, "conditionNotMet")
    assert patch("Two", patched["etag"]).execute()["summary"] == "Two"
    assert patch("Three", "*").execute()["summary"] == "Three"


def test_write_that_changes_nothing_keeps_the_etag(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    made = events.insert(calendarId="primary", body=body()).execute()
    assert events.patch(calendarId="primary", eventId=made["id"], body={"summary": made["summary"]}).execute() == made


def test_update_replaces_everything(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    sent = body(location="Room 1", attendees=[{"email": "pat@mail.example"}])
    made = events.insert(calendarId="primary", body=sent).execute()
    updated = events.update(calendarId="primary", eventId=made["id"], body=body(summary="New")).execute()
    assert updated["summary"] == "New"
    assert "location" not in updated
    assert "attendees" not in updated


def test_new_time_raises_the_sequence_and_asks_the_guests_again(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    guest = {"email": "pat@mail.example", "responseStatus": "accepted"}
    made = events.insert(calendarId="primary", body=body(attendees=[guest])).execute()
    new = {"start": {"dateTime": "2030-03-04T10:30:00+01:00"}}
    moved = events.patch(calendarId="primary", eventId=made["id"], body=new).execute()
    assert (moved["sequence"], moved["attendees"][0]["responseStatus"]) == (1, "needsAction")
    renamed = events.patch(calendarId="primary", eventId=made["id"], body={"summary": "Other"}).execute()
    assert renamed["sequence"] == 1


def test_delete_leaves_a_cancelled_event_and_works_once(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    made = events.insert(calendarId="primary", body=body()).execute()
    assert events.delete(calendarId="primary", eventId=made["id"], sendUpdates="none").execute() == ""
    assert events.get(calendarId="primary", eventId=made["id"]).execute()["status"] == "cancelled"
    assert refused(events.delete(calendarId="primary", eventId=made["id"])) == (410, "deleted")
    back = events.patch(calendarId="primary", eventId=made["id"], body={"status": "confirmed"}).execute()
    assert back["status"] == "confirmed"


def test_event_that_never_was_is_not_found(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    for request in (
        events.get(calendarId="primary", eventId="nothere"),
        events.patch(calendarId="primary", eventId="nothere", body={"summary": "S"}),
        events.delete(calendarId="primary", eventId="nothere"),
    ):
        assert refused(request) == (404, "notFound")


MEETING: Any = {
    "conferenceData": {"createRequest": {"requestId": "chk-1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
}


def test_meeting_is_made_only_for_a_client_that_knows_conferences(connect: Connect, person: Person) -> None:
    events = connect(person()).events()
    without = events.insert(calendarId="primary", body=body(**MEETING)).execute()
    assert "hangoutLink" not in without
    made = events.insert(calendarId="primary", body=body(**MEETING), conferenceDataVersion=1).execute()
    assert made["hangoutLink"].startswith("https://meet.google.com/")
    assert made["conferenceData"]["entryPoints"][0]["uri"] == made["hangoutLink"]
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "success"}

    def patch(fields: Any) -> Any:
        return events.patch(calendarId="primary", eventId=made["id"], body=fields, conferenceDataVersion=1).execute()

    assert patch(MEETING)["hangoutLink"] == made["hangoutLink"]
    assert patch({"summary": "Other"})["hangoutLink"] == made["hangoutLink"]
    again = {"conferenceData": {"createRequest": {"requestId": "chk-1-again"}}}
    assert patch(again)["hangoutLink"] != made["hangoutLink"]
    assert "hangoutLink" not in patch({"conferenceData": None})


def test_pending_meeting_is_ready_when_asked_again(connect: Connect, person: Person, control: Any) -> None:
    events = connect(person()).events()
    control.post("/control/calendar/conferences", json={"mode": "pending"}).raise_for_status()
    try:
        made = events.insert(calendarId="primary", body=body(**MEETING), conferenceDataVersion=1).execute()
    finally:
        control.post("/control/calendar/conferences", json={"mode": "instant"}).raise_for_status()
    assert made["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert "hangoutLink" not in made
    assert "hangoutLink" in events.get(calendarId="primary", eventId=made["id"]).execute()
