"""What hosts and participants find in their calendars, and what Callsheet learns from there."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.integrations.google_calendar import GoogleCalendar
from bot.integrations.google_events import differences, ical_uid, new_event, remote_event
from bot.integrations.ports import EventAttendee, Missing, Refused, RemoteEvent
from domain.attendance import Rsvp
from domain.times import Span
from sandbox.server import Sandbox
from tests.integrations.conftest import HOUR, START, Google, Person, draft

ANNA = "anna@mail.example"


def answers(event: RemoteEvent) -> dict[str, Rsvp]:
    return {attendee.email: attendee.rsvp for attendee in event.attendees}


def test_saved_event_has_times_guests_link_and_tag(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    saved = calendar.save(google.host, wanted)

    assert (saved.event_id, saved.reference, saved.title) == (wanted.event_id, wanted.reference, wanted.title)
    assert (saved.starts_at, saved.ends_at) == (START, START + HOUR)
    assert answers(saved) == {google.host: Rsvp.ACCEPTED, ANNA: Rsvp.NEEDS_ACTION}
    assert [attendee.is_self for attendee in saved.attendees] == [True, False]
    assert saved.meet_link is not None
    assert saved.meet_link.startswith("https://meet.google.com/")
    assert saved.is_busy
    assert not saved.is_deleted


def test_participants_can_neither_see_nor_invite_others(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    held = google.event(wanted.event_id)

    assert held["guestsCanSeeOtherGuests"] is False
    assert held["guestsCanInviteOthers"] is False


def test_privacy_that_somebody_loosened_in_google_is_restored() -> None:
    wanted = draft("sofia@northwind.example", wants_meet_link=False)
    held = {**new_event(wanted, "sofia@northwind.example"), "etag": "1"}
    del held["guestsCanSeeOtherGuests"]

    assert differences(wanted, held, "sofia@northwind.example") == {"guestsCanSeeOtherGuests": False}


def test_uid_of_our_ics_is_that_of_the_event(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)

    assert google.event(wanted.event_id)["iCalUID"] == ical_uid(wanted.event_id)


def test_saving_again_without_a_change_writes_nothing(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    first = calendar.save(google.host, wanted)
    google.answer(wanted.event_id, ANNA, "accepted")
    before = google.event(wanted.event_id)["etag"]

    second = calendar.save(google.host, wanted)

    assert second.etag == before != first.etag
    assert second.meet_link == first.meet_link


@pytest.mark.parametrize(
    ("changes", "field", "shown"),
    [
        ({"title": "Interview about shipping"}, "summary", "Interview about shipping"),
        ({"description": "Bring a parcel."}, "description", "Bring a parcel."),
        ({"location": "Room 4"}, "location", "Room 4"),
    ],
)
def test_changed_words_reach_the_calendar_and_leave_the_answers(
    calendar: GoogleCalendar, google: Google, changes: dict[str, Any], field: str, shown: str
) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    google.answer(wanted.event_id, ANNA, "tentative")

    saved = calendar.save(google.host, replace(wanted, **changes))

    assert google.event(wanted.event_id)[field] == shown
    assert answers(saved)[ANNA] is Rsvp.TENTATIVE


def test_cleared_location_and_unwanted_meeting_go(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host, location="Room 4")
    calendar.save(google.host, wanted)

    saved = calendar.save(google.host, replace(wanted, location=None, wants_meet_link=False))

    assert saved.meet_link is None
    assert "location" not in google.event(wanted.event_id)


def test_moved_event_keeps_its_link_and_asks_everybody_anew(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    first = calendar.save(google.host, wanted)
    google.answer(wanted.event_id, ANNA, "accepted")

    saved = calendar.save(google.host, replace(wanted, starts_at=START + HOUR, ends_at=START + 2 * HOUR))

    assert (saved.starts_at, saved.ends_at) == (START + HOUR, START + 2 * HOUR)
    assert answers(saved) == {google.host: Rsvp.ACCEPTED, ANNA: Rsvp.NEEDS_ACTION}
    assert saved.meet_link == first.meet_link


def test_answer_to_the_old_time_does_not_count_when_guests_change_too(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    google.answer(wanted.event_id, ANNA, "accepted")

    later = replace(wanted, starts_at=START + HOUR, ends_at=START + 2 * HOUR)
    saved = calendar.save(google.host, replace(later, attendees=(*wanted.attendees, EventAttendee("ben@mail.example"))))

    assert answers(saved)[ANNA] is Rsvp.NEEDS_ACTION


def test_draft_says_who_is_invited_and_answers_of_the_others_stay(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    wanted = replace(wanted, attendees=(*wanted.attendees, EventAttendee("ben@mail.example")))
    calendar.save(google.host, wanted)
    google.answer(wanted.event_id, ANNA, "accepted")

    cleo = EventAttendee("cleo@mail.example", "Cleo")
    saved = calendar.save(google.host, replace(wanted, attendees=(wanted.attendees[1], cleo)))

    assert answers(saved) == {google.host: Rsvp.ACCEPTED, ANNA: Rsvp.ACCEPTED, "cleo@mail.example": Rsvp.NEEDS_ACTION}


def test_comment_is_read_with_its_answer_and_stays_when_guests_change(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    token = calendar.changes(google.host, None, START).sync_token
    google.answer(wanted.event_id, ANNA, "tentative", "I may be\nten minutes late")

    (event,) = calendar.changes(google.host, token, START).events
    assert {a.email: a.comment for a in event.attendees}[ANNA] == "I may be ten minutes late"

    more = replace(wanted, attendees=(*wanted.attendees, EventAttendee("ben@mail.example")))
    saved = calendar.save(google.host, more)
    assert {a.email: a.comment for a in saved.attendees}[ANNA] == "I may be ten minutes late"


def test_address_in_another_case_is_the_same_guest(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    before = calendar.save(google.host, wanted)
    shouted = replace(wanted, attendees=(wanted.attendees[0], EventAttendee(ANNA.upper(), "Anna")))

    assert calendar.save(google.host, shouted).etag == before.etag


def test_meeting_that_google_is_slow_to_make_is_waited_for(
    calendar: GoogleCalendar, google: Google, control: httpx.Client
) -> None:
    control.post("/control/calendar/conferences", json={"mode": "pending"}).raise_for_status()
    try:
        saved = calendar.save(google.host, draft(google.host))
    finally:
        control.post("/control/calendar/conferences", json={"mode": "instant"}).raise_for_status()

    assert saved.meet_link is not None


def test_meeting_that_failed_is_asked_for_again(
    calendar: GoogleCalendar, google: Google, control: httpx.Client
) -> None:
    wanted = draft(google.host)
    control.post("/control/calendar/conferences", json={"mode": "failure"}).raise_for_status()
    first = calendar.save(google.host, wanted)
    control.post("/control/calendar/conferences", json={"mode": "instant"}).raise_for_status()

    assert first.meet_link is None
    assert calendar.save(google.host, wanted).meet_link is not None


def test_another_meeting_number_makes_one_other_link(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    first = calendar.save(google.host, wanted)
    second = calendar.save(google.host, replace(wanted, meeting_number=1))
    again = calendar.save(google.host, replace(wanted, meeting_number=1))

    assert (first.meeting_number, second.meeting_number) == (0, 1)
    assert second.meet_link not in (None, first.meet_link)
    assert (again.meet_link, again.etag) == (second.meet_link, second.etag)
    assert calendar.save(google.host, replace(wanted, meeting_number=2)).meet_link not in (None, second.meet_link)
    assert [event.meeting_number for event in calendar.changes(google.host, None, START).events] == [2]


def test_other_link_that_google_is_slow_to_make_is_not_told_as_the_old_one(
    calendar: GoogleCalendar, google: Google, control: httpx.Client
) -> None:
    wanted = draft(google.host)
    first = calendar.save(google.host, wanted)
    control.post("/control/calendar/conferences", json={"mode": "pending"}).raise_for_status()
    try:
        second = calendar.save(google.host, replace(wanted, meeting_number=1))
    finally:
        control.post("/control/calendar/conferences", json={"mode": "instant"}).raise_for_status()

    assert second.meet_link not in (None, first.meet_link)


def test_link_is_not_told_while_another_is_on_its_way() -> None:
    pending = {"createRequest": {"requestId": "2", "status": {"statusCode": "pending"}}}
    tagged = {"extendedProperties": {"private": {"callsheet": "CHK-7"}}}
    held: dict[str, Any] = {"id": "e1", "hangoutLink": "https://meet.google.com/old", "conferenceData": {}, **tagged}
    assert remote_event(held, "UTC").meet_link == "https://meet.google.com/old"
    assert remote_event({**held, "conferenceData": pending}, "UTC").meet_link is None


def test_new_host_is_invited_and_the_old_one_stays_as_organiser(
    calendar: GoogleCalendar, google: Google, person: Person
) -> None:
    wanted, helper = draft(google.host), person("helper")
    calendar.save(google.host, wanted)
    calendar.save(google.host, replace(wanted, attendees=(EventAttendee(helper), wanted.attendees[1])))

    event = google.event(wanted.event_id)
    assert event["organizer"]["email"] == google.host
    assert {a["email"]: a.get("organizer", False) for a in event["attendees"]} == {
        google.host: True,
        helper: False,
        "anna@mail.example": False,
    }


def test_event_deleted_in_the_calendar_is_missing_and_stays_deleted(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    google.delete(wanted.event_id)

    with pytest.raises(Missing, match="deleted in the calendar"):
        calendar.save(google.host, replace(wanted, title="Another"))
    calendar.delete(google.host, wanted.event_id)


def test_deleted_event_leaves_the_guests_calendar_too(
    calendar: GoogleCalendar, google: Google, control: httpx.Client, person: Person
) -> None:
    guest = Google(control, person("marcus"))
    wanted = draft(google.host, attendees=(EventAttendee(guest.host),))
    calendar.save(google.host, wanted)
    assert guest.event(wanted.event_id)["summary"] == wanted.title

    calendar.delete(google.host, wanted.event_id)
    calendar.delete(google.host, wanted.event_id)

    assert calendar.look(guest.host, Span(START, START + HOUR)) == ()


def test_deleting_what_never_was_does_nothing(calendar: GoogleCalendar, google: Google) -> None:
    calendar.delete(google.host, "never00")


def test_full_list_holds_what_is_ahead_and_no_tombstones(calendar: GoogleCalendar, google: Google) -> None:
    past = draft(google.host, starts_at=START - 48 * HOUR, ends_at=START - 47 * HOUR)
    kept, gone = draft(google.host), draft(google.host)
    for wanted in (past, kept, gone):
        calendar.save(google.host, wanted)
    google.delete(gone.event_id)

    changes = calendar.changes(google.host, None, START - HOUR)

    assert changes.is_full
    assert [event.reference for event in changes.events] == [kept.reference]


def test_changes_tell_answers_moves_and_deletions(calendar: GoogleCalendar, google: Google) -> None:
    one, two = draft(google.host), draft(google.host)
    for wanted in (one, two):
        calendar.save(google.host, wanted)
    token = calendar.changes(google.host, None, START).sync_token

    google.answer(one.event_id, ANNA, "declined")
    google.move(one.event_id, START + 3 * HOUR)
    google.delete(two.event_id)
    changes = calendar.changes(google.host, token, START)

    assert not changes.is_full
    moved, deleted = sorted(changes.events, key=lambda event: event.event_id)
    assert moved.starts_at == START + 3 * HOUR
    assert (deleted.event_id, deleted.is_deleted, deleted.is_busy) == (two.event_id, True, False)
    assert calendar.changes(google.host, changes.sync_token, START).events == ()


@pytest.mark.parametrize("token", ["expired", "nonsense"])
def test_worn_out_token_gives_everything_anew(calendar: GoogleCalendar, google: Google, token: str) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    old = calendar.changes(google.host, None, START).sync_token
    google.expire_sync()

    changes = calendar.changes(google.host, old if token == "expired" else token, START)

    assert changes.is_full
    assert [event.event_id for event in changes.events] == [wanted.event_id]


def test_long_lists_come_whole(account: dict[str, Any], sandbox: Sandbox, google: Google) -> None:
    made = [google.create(summary=f"Meeting {number}")["id"] for number in range(5)]
    with closing(GoogleCalendar(account, sandbox.google.api_endpoint, page_size=2)) as calendar:
        changes = calendar.changes(google.host, None, START - HOUR)
        for event_id in made:
            google.move(event_id, START + HOUR)
        moved = calendar.changes(google.host, changes.sync_token, START)

    assert sorted(event.event_id for event in changes.events) == sorted(made)
    assert sorted(event.event_id for event in moved.events) == sorted(made)


def test_of_other_peoples_events_only_the_times_are_told(calendar: GoogleCalendar, google: Google) -> None:
    google.create(summary="Dentist", attendees=["dentist@mail.example"])
    (event,) = calendar.changes(google.host, None, START - HOUR).events

    assert (event.starts_at, event.ends_at, event.is_busy) == (START, START + HOUR, True)
    assert (event.title, event.attendees, event.reference) == ("", (), None)


def test_declined_and_free_events_do_not_block(calendar: GoogleCalendar, google: Google, person: Person) -> None:
    boss = Google(google.control, person("boss"))
    invited = boss.create(attendees=[google.host])
    free = google.create(transparency="transparent")
    boss.answer(invited["id"], google.host, "declined")

    events = {event.event_id: event for event in calendar.changes(google.host, None, START - HOUR).events}

    assert not events[invited["id"]].is_busy
    assert not events[free["id"]].is_busy


def test_whole_day_begins_at_midnight_of_the_calendar(
    calendar: GoogleCalendar, control: httpx.Client, person: Person
) -> None:
    tokyo = Google(control, person("kenji", "Asia/Tokyo"))
    tokyo.create(start="2030-03-05", end="2030-03-06")
    (event,) = calendar.changes(tokyo.host, None, START - 48 * HOUR).events

    assert (event.starts_at, event.ends_at) == (
        datetime(2030, 3, 4, 15, tzinfo=UTC),
        datetime(2030, 3, 5, 15, tzinfo=UTC),
    )


def test_event_made_a_whole_day_gets_its_time_back(calendar: GoogleCalendar, google: Google) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    whole_day = {"start": "2030-03-05", "end": "2030-03-06"}
    google.control.post(
        f"/control/calendar/{google.host}/events/{wanted.event_id}/move", json=whole_day
    ).raise_for_status()

    assert calendar.save(google.host, wanted).starts_at == START


def test_day_in_a_zone_that_only_google_knows_is_taken_as_utc() -> None:
    held = {"id": "x", "start": {"date": "2030-03-05"}, "end": {"date": "2030-03-06"}}

    assert remote_event(held, "Mars/Olympus_Mons").starts_at == datetime(2030, 3, 5, tzinfo=UTC)


def test_look_brings_what_lies_in_the_span_on_all_pages(google: Google, sandbox: Sandbox, account: Any) -> None:
    around = [
        google.create(start=(START + n * HOUR).isoformat(), end=(START + (n + 1) * HOUR).isoformat())["id"]
        for n in range(-1, 4)
    ]
    google.delete(around[2])
    paged = GoogleCalendar(account, sandbox.google.api_endpoint, page_size=1)

    found = paged.look(google.host, Span(START, START + 3 * HOUR))

    paged.close()
    assert {event.event_id for event in found} == {around[1], around[3]}
    assert all(event.is_busy for event in found)


def test_look_tells_our_own_events_and_which_do_not_block(
    calendar: GoogleCalendar, google: Google, person: Person
) -> None:
    wanted = draft(google.host)
    calendar.save(google.host, wanted)
    free = google.create(transparency="transparent")["id"]

    found = {event.event_id: event for event in calendar.look(google.host, Span(START, START + HOUR))}

    assert (found[wanted.event_id].reference, found[free].is_busy) == (wanted.reference, False)
    with pytest.raises(Refused):
        calendar.look("nobody@elsewhere.example", Span(START, START + HOUR))


@pytest.mark.parametrize(
    ("answer", "is_busy", "is_declined"),
    [("accepted", True, False), ("tentative", False, False), ("declined", False, True)],
)
def test_what_the_owner_answered_decides_whether_an_event_takes_their_time(
    answer: str, is_busy: bool, is_declined: bool
) -> None:
    guests = [{"email": "lena@example.com", "self": True, "responseStatus": answer}, {"email": "tom@example.com"}]
    event = remote_event({"id": "x", "attendees": guests}, "UTC")

    assert (event.is_busy, event.is_declined) == (is_busy, is_declined)


def test_watched_calendar_can_be_left_twice(calendar: GoogleCalendar, google: Google, sandbox: Sandbox) -> None:
    until = sandbox.clock.now() + timedelta(days=2)
    channel = calendar.watch(google.host, f"c-{google.host[:6]}", "secret", "http://127.0.0.1:9/push", until)

    assert channel.channel_id == f"c-{google.host[:6]}"
    assert abs(channel.expires_at - until) < timedelta(seconds=1)
    calendar.stop_watching(channel.channel_id, channel.resource_id, google.host)
    calendar.stop_watching(channel.channel_id, channel.resource_id, google.host)


def test_connection_that_has_been_idle_for_long_is_not_used_again(calendar: GoogleCalendar, google: Google) -> None:
    """Uvicorn closes after five idle seconds; what is then written to the old connection is lost."""
    until = START + HOUR
    calendar.watch(google.host, "first", "secret", "http://127.0.0.1:9/push", until)
    time.sleep(6)
    assert calendar.watch(google.host, "second", "secret", "http://127.0.0.1:9/push", until).channel_id == "second"
