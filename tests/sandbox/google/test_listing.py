"""Lists, incremental sync, and free and busy times."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.google.conftest import Connect, Person, body
from tests.sandbox.google.test_events import refused


@pytest.fixture
def host(person: Person) -> str:
    return person()


@pytest.fixture
def events(connect: Connect, host: str) -> Any:
    return connect(host).events()


def day(number: int, **fields: Any) -> Any:
    date = f"2030-03-{number:02}"
    return body(f"{date}T10:00:00+01:00", f"{date}T11:00:00+01:00", summary=f"Day {number}", **fields)


def insert(events: Any, *numbers: int, **fields: Any) -> list[str]:
    made = [events.insert(calendarId="primary", body=day(number, **fields)).execute() for number in numbers]
    return [event["id"] for event in made]


def summaries(answer: Any) -> list[str]:
    return [event["summary"] for event in answer["items"]]


def test_range_takes_what_overlaps_it(events: Any) -> None:
    insert(events, 4, 5, 6)
    listed = events.list(
        calendarId="primary",
        timeMin="2030-03-04T11:00:00+01:00",  # when the first ends: it is out
        timeMax="2030-03-06T10:00:00+01:00",  # when the last begins: it is out
    ).execute()
    assert summaries(listed) == ["Day 5"]


def test_pages_neither_skip_nor_repeat_when_events_change_in_between(events: Any) -> None:
    first, *_ = insert(events, 1, 2, 3, 4, 5)
    page = events.list(calendarId="primary", maxResults=2).execute()
    assert summaries(page) == ["Day 1", "Day 2"]
    assert "nextSyncToken" not in page
    events.patch(calendarId="primary", eventId=first, body={"summary": "Day 1, changed"}).execute()
    seen = []
    while "nextPageToken" in page:
        page = events.list(calendarId="primary", maxResults=2, pageToken=page["nextPageToken"]).execute()
        seen += summaries(page)
    assert seen == ["Day 3", "Day 4", "Day 5"]
    changed = events.list(calendarId="primary", syncToken=page["nextSyncToken"]).execute()
    assert summaries(changed) == ["Day 1, changed"]


def test_order_by_start_needs_single_events_and_gives_no_sync_token(events: Any) -> None:
    insert(events, 3, 1, 2)
    listed = events.list(calendarId="primary", singleEvents=True, orderBy="startTime").execute()
    assert summaries(listed) == ["Day 1", "Day 2", "Day 3"]
    assert "nextSyncToken" not in listed
    assert refused(events.list(calendarId="primary", orderBy="startTime")) == (400, "invalid")


def test_list_by_words_and_properties(events: Any) -> None:
    insert(events, 1, extendedProperties={"private": {"callsheet": "CHK-1"}})
    insert(events, 2, description="The prototype")
    assert summaries(events.list(calendarId="primary", q="prototype").execute()) == ["Day 2"]
    tagged = events.list(calendarId="primary", privateExtendedProperty="callsheet=CHK-1").execute()
    assert summaries(tagged) == ["Day 1"]


def test_deleted_events_show_when_asked_for(events: Any) -> None:
    gone, _ = insert(events, 1, 2)
    events.delete(calendarId="primary", eventId=gone).execute()
    assert summaries(events.list(calendarId="primary").execute()) == ["Day 2"]
    assert summaries(events.list(calendarId="primary", showDeleted=True).execute()) == ["Day 2", "Day 1"]


def test_incremental_sync_tells_changes_and_bare_tombstones(events: Any) -> None:
    changed, gone, _ = insert(events, 1, 2, 3)
    token = events.list(calendarId="primary", timeMin="2030-01-01T00:00:00Z").execute()["nextSyncToken"]
    assert events.list(calendarId="primary", syncToken=token).execute()["items"] == []
    events.patch(calendarId="primary", eventId=changed, body={"summary": "Day 1, changed"}).execute()
    events.delete(calendarId="primary", eventId=gone).execute()
    insert(events, 4)
    news = events.list(calendarId="primary", syncToken=token).execute()
    assert [event.get("summary") for event in news["items"]] == ["Day 1, changed", None, "Day 4"]
    tombstone = news["items"][1]
    assert tombstone.keys() == {"kind", "etag", "id", "status"}
    assert (tombstone["id"], tombstone["status"]) == (gone, "cancelled")
    assert events.list(calendarId="primary", syncToken=news["nextSyncToken"]).execute()["items"] == []


@pytest.mark.parametrize(
    "filters",
    [
        {"timeMin": "2030-01-01T00:00:00Z"},
        {"orderBy": "updated"},
        {"q": "Day"},
        {"privateExtendedProperty": "a=b"},
        {"showDeleted": False},
        {"singleEvents": True},
    ],
)
def test_sync_token_refuses_other_filters(events: Any, filters: Any) -> None:
    token = events.list(calendarId="primary").execute()["nextSyncToken"]
    assert refused(events.list(calendarId="primary", syncToken=token, **filters)) == (400, "invalid")


def test_expired_sync_token_asks_for_a_full_sync(events: Any, host: str, control: httpx.Client) -> None:
    old = events.list(calendarId="primary").execute()["nextSyncToken"]
    control.post(f"/control/calendar/{host}/expire-sync").raise_for_status()
    assert refused(events.list(calendarId="primary", syncToken=old)) == (410, "fullSyncRequired")
    new = events.list(calendarId="primary").execute()["nextSyncToken"]
    assert events.list(calendarId="primary", syncToken=new).execute()["items"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"syncToken": "rubbish"}, "invalid"),
        ({"pageToken": "rubbish"}, "invalid"),
        ({"maxResults": 0}, "invalid"),
        ({"timeMin": "2030-01-01T00:00:00"}, "badRequest"),
        ({"timeMin": "2030-01-02T00:00:00Z", "timeMax": "2030-01-01T00:00:00Z"}, "timeRangeEmpty"),
    ],
)
def test_senseless_query_is_refused(events: Any, query: Any, expected: str) -> None:
    assert refused(events.list(calendarId="primary", **query)) == (400, expected)


def busy(connect: Connect, asker: str, *calendars: str, **times: str) -> Any:
    span = {"timeMin": "2030-03-01T00:00:00Z", "timeMax": "2030-03-31T00:00:00Z", **times}
    query = {**span, "items": [{"id": calendar} for calendar in calendars]}
    return connect(asker).freebusy().query(body=query)


def test_busy_times_are_merged_and_leave_out_what_takes_no_time(
    connect: Connect, person: Person, events: Any, host: str
) -> None:
    other = person("other")
    insert(events, 4)
    half = body("2030-03-04T10:30:00+01:00", "2030-03-04T12:00:00+01:00")
    events.insert(calendarId="primary", body=half).execute()
    insert(events, 5, transparency="transparent")
    (gone,) = insert(events, 6)
    events.delete(calendarId="primary", eventId=gone).execute()
    declined = [{"email": other, "responseStatus": "declined"}, {"email": host, "responseStatus": "accepted"}]
    insert(events, 7, attendees=declined)
    answer = busy(connect, other, host, other).execute()["calendars"]
    assert answer[host]["busy"] == [
        {"start": "2030-03-04T09:00:00Z", "end": "2030-03-04T11:00:00Z"},
        {"start": "2030-03-07T09:00:00Z", "end": "2030-03-07T10:00:00Z"},
    ]
    assert answer[other] == {"busy": []}


def test_whole_day_is_busy_in_the_calendars_zone(connect: Connect, person: Person) -> None:
    tokyo = person("tokyo", "Asia/Tokyo")
    whole = {"summary": "Holiday", "start": {"date": "2030-03-04"}, "end": {"date": "2030-03-05"}}
    connect(tokyo).events().insert(calendarId="primary", body=whole).execute()
    answer = busy(connect, tokyo, tokyo).execute()
    assert answer["calendars"][tokyo]["busy"] == [{"start": "2030-03-03T15:00:00Z", "end": "2030-03-04T15:00:00Z"}]


def test_calendar_that_cannot_be_read_has_an_error_and_not_free_time(connect: Connect, host: str) -> None:
    answer = busy(connect, host, "nobody@northwind.example", host).execute()["calendars"]
    assert answer["nobody@northwind.example"]["errors"][0]["reason"] == "notFound"
    assert "errors" not in answer[host]


def test_free_busy_takes_fifty_calendars_and_ninety_days(connect: Connect, host: str) -> None:
    many = [f"p{number}@northwind.example" for number in range(51)]
    answer = busy(connect, host, *many).execute()["calendars"]
    assert answer["p49@northwind.example"]["errors"][0]["reason"] == "notFound"
    assert answer["p50@northwind.example"]["errors"][0]["reason"] == "tooManyCalendarsRequested"
    assert refused(busy(connect, host, host, timeMax="2030-06-30T00:00:00Z")) == (400, "timeRangeTooLong")
