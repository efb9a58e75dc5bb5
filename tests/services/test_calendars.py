"""Calendars and interviews follow each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.integrations.ports import Refused, RemoteEvent, Unavailable
from bot.jobs import calendars as job
from bot.jobs import watches
from bot.services import calendars, cancellations, moves, outcomes, outgoing, undo
from bot.services.cancellations import Cancellation
from domain.attendance import Rsvp
from domain.interview import CancelReason, InterviewStatus, TimelineKind
from domain.participant import ParticipantStatus
from domain.times import Span
from storage import busy_times, scheduling
from storage.models import (
    Attendee,
    BusyTime,
    CalendarFeed,
    Enrolment,
    Interview,
    OutboxRow,
    Participant,
    Study,
    TimelineEntry,
)
from tests.builders import ONE_DATABASE, World, counted_statements, rows
from tests.fakes import Outside

OTHER = RemoteEvent("dentist", "", is_deleted=False, is_busy=True)


@pytest.fixture
def address(world: World) -> str:
    """The Researcher's calendar."""
    return world.calendar(world.researcher)


@pytest.fixture
def outside(world: World, address: str) -> Outside:
    return Outside.of(world.database, world.now)


def was_read(world: World, address: str) -> None:
    """The calendar was read before; no other was."""
    with world.database.unit_of_work() as session:
        session.execute(sa.update(CalendarFeed).where(CalendarFeed.calendar_id == address).values(sync_token="read"))


def sync(outside: Outside) -> None:
    """Read every calendar that is due a minute later, and bring out what that causes."""
    outside.clock.move(timedelta(minutes=1))
    job.sweep(outside.database, outside.calendar, outside.clock)
    outside.deliver()


def booked(world: World, outside: Outside, **values: Any) -> Interview:
    """An interview whose event is in the calendar, and read back."""
    interview = world.book(timedelta(hours=5), **values)
    outside.deliver()
    sync(outside)
    return interview


def timeline(outside: Outside) -> list[tuple[TimelineKind, str]]:
    found = rows(outside.database, sa.select(TimelineEntry.kind, TimelineEntry.text).order_by(TimelineEntry.id))
    return [(row.kind, row.text) for row in found]


def alerts(outside: Outside) -> list[str]:
    found = rows(
        outside.database,
        sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_alert").order_by(OutboxRow.id),
    )
    return [row.payload["alert"] for row in found]


def seat(outside: Outside, interview: Interview) -> Attendee:
    (row,) = rows(
        outside.database,
        sa.select(Attendee).where(Attendee.interview_id == interview.id, Attendee.participant_id.is_not(None)),
    )
    found: Attendee = row[0]
    return found


def host(outside: Outside, interview: Interview) -> Attendee:
    (row,) = rows(
        outside.database,
        sa.select(Attendee).where(Attendee.interview_id == interview.id, Attendee.member_id.is_not(None)),
    )
    found: Attendee = row[0]
    return found


def email(outside: Outside, interview: Interview) -> str:
    return str(
        rows(
            outside.database,
            sa.select(Participant.email).where(Participant.id == seat(outside, interview).participant_id),
        )[0][0]
    )


def test_booking_writes_the_event_and_takes_over_its_link(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)

    event = outside.calendar.the_event(address)
    assert event.reference == interview.reference
    assert {a.email for a in event.attendees} == {"member3@northwind.example", email(outside, interview)}
    assert world.get(interview.id).link == event.meet_link
    assert (TimelineKind.LOCATION_CHANGED, "added the meeting link") in timeline(outside)


def test_echo_of_our_own_writes_causes_nothing(world: World, outside: Outside, address: str) -> None:
    booked(world, outside)
    told, writes = timeline(outside), len(outside.calendar.saves)
    sync(outside)
    outside.calendar.forgotten.add(address)
    sync(outside)

    assert timeline(outside) == told
    assert alerts(outside) == []
    assert len(outside.calendar.saves) == writes


def test_maybe_changes_attendance_timeline_card_and_alerts(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.TENTATIVE)
    sync(outside)
    sync(outside)

    assert seat(outside, interview).rsvp is Rsvp.TENTATIVE
    assert timeline(outside)[-1] == (TimelineKind.RSVP, "marked themselves as tentatively attending")
    assert alerts(outside) == ["maybe"]
    said = [m["text"] for m in outside.slack.channel("C0CORE").messages.values()]
    assert any("*P1* marked themselves as tentatively attending (No reply → Attendance Unknown)" in t for t in said)
    assert any(text.startswith("Answered “Maybe”: CHK-1") for text in said)


@pytest.mark.parametrize(
    ("comment", "shown"),
    [("I may be ten minutes late", "I may be ten minutes late"), ("late " * 60, f"{'late ' * 39}late…")],
)
def test_comment_on_an_answer_is_told_with_it(
    world: World, outside: Outside, address: str, comment: str, shown: str
) -> None:
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.TENTATIVE, comment)
    sync(outside)

    said = f"marked themselves as tentatively attending: “{shown}”"
    assert timeline(outside)[-1] == (TimelineKind.RSVP, said)
    assert any(said in message["text"] for message in outside.slack.channel("C0CORE").messages.values())


def test_comment_alone_is_no_new_answer_and_goes_with_one_taken_back(
    world: World, outside: Outside, address: str
) -> None:
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.TENTATIVE)
    sync(outside)
    told = timeline(outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.TENTATIVE, "I may be late")
    sync(outside)
    assert timeline(outside) == told

    outside.calendar.answer(address, email(outside, interview), Rsvp.NEEDS_ACTION, "I may be late")
    sync(outside)
    assert timeline(outside)[-1] == (TimelineKind.RSVP, "took back their answer to the invitation")


def test_declined_session_stays_until_somebody_decides(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.DECLINED)
    sync(outside)

    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    assert alerts(outside) == ["declined"]


def test_answer_taken_back_before_the_alert_went_out_is_not_alerted(
    world: World, outside: Outside, address: str
) -> None:
    interview = booked(world, outside)
    outside.slack.fail("chat.postMessage", *[Unavailable("Slack is gone.", went_out=False) for _ in range(20)])
    outside.calendar.answer(address, email(outside, interview), Rsvp.DECLINED)
    sync(outside)
    outside.slack.failing.clear()
    outside.calendar.answer(address, email(outside, interview), Rsvp.ACCEPTED)
    sync(outside)
    outside.clock.move(timedelta(minutes=5))
    outside.deliver()

    assert not [t for t in outside.slack.said_in("C0CORE") if t.startswith("Declined")]


def test_move_by_the_host_is_followed(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    later = interview.starts_at + timedelta(days=1)
    outside.calendar.move(address, later)
    sync(outside)
    sync(outside)

    moved = world.get(interview.id)
    assert (moved.starts_at, moved.sequence) == (later, 1)
    assert host(outside, interview).starts_at == later
    assert alerts(outside) == ["moved_in_calendar"]
    assert [mail.subject.split(":")[0] for mail in outside.mailer.sent] == ["You're booked", "New time"]


def test_move_onto_another_session_is_followed_and_shown_as_a_conflict(
    world: World, outside: Outside, address: str
) -> None:
    interview = booked(world, outside)
    other = world.book(timedelta(hours=8), host_ids=(world.researcher.member_id,))
    outside.calendar.move(address, other.starts_at)
    sync(outside)

    assert world.get(interview.id).starts_at == other.starts_at
    assert host(outside, interview).has_conflict
    assert host(outside, other).has_conflict


def test_move_to_an_impossible_length_is_put_back(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.move(address, interview.starts_at, timedelta(hours=12))
    sync(outside)

    assert world.get(interview.id).ends_at == interview.ends_at
    assert outside.calendar.the_event(address).ends_at == interview.ends_at
    assert "put it back" in timeline(outside)[-1][1]


def test_deletion_by_the_host_calls_the_session_off(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.remove(address)
    sync(outside)
    sync(outside)

    gone = world.get(interview.id)
    assert gone.status is InterviewStatus.CANCELED
    assert [kind for kind, _ in timeline(outside)].count(TimelineKind.DELETED_IN_CALENDAR) == 1
    assert alerts(outside) == ["deleted_in_calendar"]
    assert rows(outside.database, sa.select(Enrolment.status))[0][0] is ParticipantStatus.INTERVIEW_CANCELED
    assert outside.mailer.sent[-1].subject.startswith("Cancelled")


def test_event_deleted_once_the_outcome_was_known_comes_back_when_that_is_undone(
    world: World, outside: Outside, address: str
) -> None:
    interview = booked(world, outside)
    with world.database.unit_of_work() as session:
        outcomes.mark_no_show(session, world.researcher, interview.id, outside.clock.now())
    outside.calendar.remove(address)
    sync(outside)
    assert world.get(interview.id).status is InterviewStatus.NO_SHOWED

    with world.database.unit_of_work() as session:
        undo.undo(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()
    sync(outside)
    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    held = [event for event in outside.calendar.events[address].values() if not event.is_deleted]
    assert [(event.reference, event.starts_at) for event in held] == [(interview.reference, interview.starts_at)]
    assert alerts(outside).count("deleted_in_calendar") == 0


def test_full_reading_finds_deletions_without_tombstones(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.remove(address)
    outside.calendar.forgotten.add(address)
    sync(outside)

    assert world.get(interview.id).status is InterviewStatus.CANCELED


def test_full_reading_begun_before_the_event_was_written_deletes_nothing(
    world: World, outside: Outside, address: str
) -> None:
    before = job.read(outside.calendar, calendars.Feed(world.researcher.member_id, address, None), outside.clock.now())
    interview = world.book(timedelta(hours=5))
    outside.clock.move(timedelta(seconds=2))
    outside.deliver()
    job.take_over(
        outside.database, calendars.Feed(world.researcher.member_id, address, None), before, outside.clock.now()
    )

    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_write_that_finds_the_event_deleted_calls_the_session_off(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.remove(address)
    with world.database.unit_of_work() as session:
        outgoing.sync_calendar(session, world.get(interview.id), outside.clock.now())
    outside.deliver()

    assert world.get(interview.id).status is InterviewStatus.CANCELED
    assert alerts(outside) == ["deleted_in_calendar"]


def test_time_that_was_just_changed_here_is_not_changed_back(world: World, outside: Outside, address: str) -> None:
    """The calendar still has the old time while our write is on its way."""
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.ACCEPTED)
    later = interview.starts_at + timedelta(days=1)
    with world.database.unit_of_work() as session:
        moves.reschedule(session, world.researcher, interview.id, later, None, outside.clock.now())
    outside.clock.move(timedelta(minutes=1))
    job.sweep(outside.database, outside.calendar, outside.clock)
    assert world.get(interview.id).starts_at == later
    outside.deliver()
    sync(outside)

    assert world.get(interview.id).starts_at == later
    assert outside.calendar.the_event(address).starts_at == later
    assert alerts(outside) == []


def test_cancelling_takes_the_event_away(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    with world.database.unit_of_work() as session:
        why = Cancellation(CancelReason.NOT_A_FIT)
        cancellations.cancel(session, world.researcher, interview.id, why, outside.clock.now())
    outside.deliver()
    sync(outside)

    assert [event.is_deleted for event in outside.calendar.events[address].values()] == [True]
    assert alerts(outside) == ["canceled"]


def test_other_events_make_conflicts_until_they_go(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    event = replace(OTHER, starts_at=interview.starts_at, ends_at=interview.ends_at)
    outside.calendar.put(address, event)
    sync(outside)
    assert host(outside, interview).has_conflict
    assert len(rows(outside.database, sa.select(BusyTime.id))) == 1

    outside.calendar.put(address, replace(OTHER, is_deleted=True))
    sync(outside)
    assert not host(outside, interview).has_conflict
    assert rows(outside.database, sa.select(BusyTime.id)) == []


def test_free_and_tentative_events_are_kept_and_block_nothing_and_declined_ones_are_not(
    world: World, outside: Outside, address: str
) -> None:
    interview = booked(world, outside)
    there = replace(OTHER, starts_at=interview.starts_at, ends_at=interview.ends_at, is_busy=False)
    outside.calendar.put(address, there)
    outside.calendar.put(address, replace(there, event_id="party", is_declined=True))
    sync(outside)

    kept = rows(outside.database, sa.select(BusyTime.event_id, BusyTime.is_busy))
    assert [tuple(row) for row in kept] == [("dentist", False)]
    assert not host(outside, interview).has_conflict
    stretch = [(world.researcher.member_id, Span(interview.starts_at, interview.ends_at))]
    with world.database.reading() as session:
        assert not busy_times.is_busy(session, *stretch[0])
        assert busy_times.within(session, stretch) == {}
        for any_event, number in ((False, 0), (True, 1)):
            found = busy_times.between(session, [stretch[0][0]], stretch[0][1], any_event=any_event)
            assert sum(map(len, found.values())) == number

    outside.calendar.put(address, replace(there, is_busy=True))
    sync(outside)
    assert host(outside, interview).has_conflict


@ONE_DATABASE
def test_outage_of_more_than_an_hour_is_told_to_the_owner_once(world: World, outside: Outside, address: str) -> None:
    booked(world, outside)
    outside.calendar.refusing[address] = Unavailable("Google Calendar failed (HTTP 503).")

    def problem() -> str | None:
        (feed,) = rows(outside.database, sa.select(CalendarFeed.problem).where(CalendarFeed.calendar_id == address))
        found: str | None = feed.problem
        return found

    for _ in range(58):
        sync(outside)
    assert (problem(), outside.slack.said_in("D00003")) == (None, [])
    for _ in range(20):
        sync(outside)
    assert problem() == "Google Calendar could not be reached for an hour."
    (told,) = outside.slack.said_in("D00003")
    assert "participants can't book you" in told

    outside.calendar.refusing.clear()
    for _ in range(3):
        sync(outside)
    assert problem() is None


def test_full_reading_forgets_busy_times_that_are_gone(world: World, outside: Outside, address: str) -> None:
    starts_at = world.now + timedelta(days=1)
    outside.calendar.put(address, replace(OTHER, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)))
    sync(outside)
    outside.calendar.events[address].clear()
    outside.calendar.forgotten.add(address)
    sync(outside)

    assert rows(outside.database, sa.select(BusyTime.id)) == []


def test_refused_write_is_told_once_and_cleared_on_success(world: World, outside: Outside, address: str) -> None:
    outside.calendar.refusing[address] = Refused("Google no longer lets Callsheet use this calendar.")
    interview = world.book(timedelta(hours=5))
    outside.deliver()
    with world.database.unit_of_work() as session:
        outgoing.sync_calendar(session, world.get(interview.id), outside.clock.now())
    outside.deliver()

    assert world.get(interview.id).calendar_failed
    assert alerts(outside) == ["calendar_failed"]

    outside.calendar.refusing.clear()
    with world.database.unit_of_work() as session:
        outgoing.sync_calendar(session, world.get(interview.id), outside.clock.now())
    outside.deliver()
    assert not world.get(interview.id).calendar_failed
    assert outside.calendar.the_event(address).reference == "CHK-1"


def test_refused_write_locks_the_calendar_before_the_interview(world: World, outside: Outside, address: str) -> None:
    """As whoever takes over what was read does: else the two would wait for each other."""
    interview = world.book(timedelta(hours=5))
    now = outside.clock.now()
    with counted_statements(world.database) as statements, world.database.unit_of_work() as session:
        calendars.note_failure(session, world.workspace_id, interview.id, "No.", now)
    read = [statement for statement in statements if statement.startswith("SELECT")]
    feed = next(at for at, each in enumerate(read) if "calendar_feeds.next_sync_at" in each)
    row = next(at for at, each in enumerate(read) if "interviews.calendar_failed" in each)
    assert feed < row


def test_unreadable_calendar_is_told_to_its_owner_once(world: World, outside: Outside, address: str) -> None:
    booked(world, outside)
    outside.calendar.refusing[address] = Refused("Google no longer lets Callsheet use this calendar.")
    for _ in range(30):
        sync(outside)

    (feed,) = rows(outside.database, sa.select(CalendarFeed.problem).where(CalendarFeed.calendar_id == address))
    assert feed.problem == "Google no longer lets Callsheet use this calendar."
    assert len(outside.slack.said_in("D00003")) == 1


def test_what_was_refused_meanwhile_is_written_when_the_calendar_is_back(
    world: World, outside: Outside, address: str
) -> None:
    booked(world, outside)
    outside.calendar.refusing[address] = Refused("Reconnect the calendar.")
    sync(outside)
    interview = world.book(timedelta(hours=7))
    outside.deliver()
    assert world.get(interview.id).calendar_failed

    outside.calendar.refusing.clear()
    for _ in range(11):
        sync(outside)
    assert not world.get(interview.id).calendar_failed
    assert len(outside.calendar.events[address]) == 2


def test_member_without_a_calendar_is_not_bothered(world: World, outside: Outside) -> None:
    gone = "This person has no Google calendar that Callsheet may use."
    outside.calendar.refusing["member5@northwind.example"] = Refused(gone)
    sync(outside)

    (feed,) = rows(
        outside.database,
        sa.select(CalendarFeed.problem).where(CalendarFeed.member_id == world.observer.member_id),
    )
    assert feed.problem == gone
    assert outside.slack.said_in("D00005") == []


def test_everybody_in_a_research_team_is_connected_once(world: World, outside: Outside) -> None:
    sync(outside)
    sync(outside)

    assert len(rows(outside.database, sa.select(CalendarFeed.member_id))) == 5


def test_outage_is_retried_later_and_loses_nothing(world: World, outside: Outside, address: str) -> None:
    interview = booked(world, outside)
    outside.calendar.answer(address, email(outside, interview), Rsvp.ACCEPTED)
    outside.calendar.refusing[address] = Unavailable("Google Calendar failed (HTTP 503).")
    sync(outside)
    outside.calendar.refusing.clear()
    for _ in range(3):
        sync(outside)

    assert seat(outside, interview).rsvp is Rsvp.ACCEPTED


def test_reading_that_another_process_overtook_is_dropped(world: World, outside: Outside, address: str) -> None:
    booked(world, outside)
    feed = calendars.Feed(world.researcher.member_id, address, "0")
    reading = job.read(outside.calendar, feed, outside.clock.now())
    told = timeline(outside)
    job.take_over(outside.database, feed, reading, outside.clock.now())

    assert timeline(outside) == told


def test_push_makes_a_calendar_due_at_once(world: World, outside: Outside, address: str) -> None:
    booked(world, outside)
    now = outside.clock.now()
    watches.sweep(outside.database, outside.calendar, "https://call.example/google/push", now)
    (channel_id,) = [id_ for id_, (calendar_id, _) in outside.calendar.channels.items() if calendar_id == address]
    token = outside.calendar.channels[channel_id][1]

    with world.database.unit_of_work() as session:
        assert not calendars.notice(session, channel_id, "forged", now)
        assert not calendars.notice(session, "unknown", token, now)
        assert calendars.take_due(session, now, 10) == []
    with world.database.unit_of_work() as session:
        assert calendars.notice(session, channel_id, token, now)
        assert [feed.calendar_id for feed in calendars.take_due(session, now, 10)] == [address]


def test_calendar_that_was_never_read_is_not_watched(world: World, outside: Outside, address: str) -> None:
    assert watches.sweep(outside.database, outside.calendar, "https://call.example/x", outside.clock.now()) == 0


def test_push_channel_is_replaced_before_it_ends(world: World, outside: Outside, address: str) -> None:
    where = "https://call.example/google/push"
    was_read(world, address)
    assert watches.sweep(outside.database, outside.calendar, where, outside.clock.now()) == 1
    assert watches.sweep(outside.database, outside.calendar, where, outside.clock.now()) == 0
    (first,) = outside.calendar.channels
    later = outside.clock.move(timedelta(days=6, hours=1))
    assert watches.sweep(outside.database, outside.calendar, where, later) == 1

    (second,) = outside.calendar.channels
    assert second != first


def test_calendar_that_can_not_be_watched_is_tried_once_an_hour(world: World, outside: Outside, address: str) -> None:
    was_read(world, address)
    outside.calendar.refusing[address] = Refused("Google Calendar refused it.")
    now = outside.clock.now()
    assert watches.sweep(outside.database, outside.calendar, "https://call.example/x", now) == 0
    outside.calendar.refusing.clear()
    assert watches.sweep(outside.database, outside.calendar, "https://call.example/x", now) == 0
    later = outside.clock.move(timedelta(hours=1))
    assert watches.sweep(outside.database, outside.calendar, "https://call.example/x", later) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://call.example", True),
        ("http://127.0.0.1:3100", True),
        ("http://localhost:3000", True),
        ("http://call.example", False),
        (None, False),
    ],
)
def test_pushes_go_to_https_or_this_machine(address: str | None, expected: bool) -> None:
    assert watches.may_be_pushed_to(address) is expected


def test_host_whose_calendar_never_could_be_read_is_told_once(world: World, outside: Outside, address: str) -> None:
    with world.database.unit_of_work() as session:
        study = session.get_one(Study, world.study_id)
        scheduling.store_setup(session, study, scheduling.setup_of(session, study), "Lena", world.now)
    outside.calendar.refusing[address] = Refused("This person has no Google calendar that Callsheet may use.")
    for _ in range(30):
        sync(outside)

    (told,) = outside.slack.said_in("D00003")
    assert told.startswith("Callsheet can't read your calendar: This person has no Google calendar")
