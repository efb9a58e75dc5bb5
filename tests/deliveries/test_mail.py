"""Mails to participants."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import icalendar
import sqlalchemy as sa

from bot.integrations.ports import Mail, Refused, Unavailable
from bot.services import cancellations, links, moves
from bot.services.cancellations import Cancellation
from bot.services.outgoing import Kind
from domain.interview import CancelReason, TimelineKind
from storage.engine import Database
from storage.models import OutboxRow, Participant, TimelineEntry
from tests.builders import World, rows
from tests.fakes import Outside


def ics_of(mail: Mail) -> Any:
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")
    return event


def timeline(database: Database, kind: TimelineKind) -> list[str]:
    return [row.text for row in rows(database, sa.select(TimelineEntry.text).where(TimelineEntry.kind == kind))]


def cancel(world: World, outside: Outside, interview_id: int, note: str = "", message: str = "") -> None:
    with world.database.unit_of_work() as session:
        why = Cancellation(CancelReason.NOT_A_FIT, note, message)
        cancellations.cancel(session, world.researcher, interview_id, why, outside.clock.now())


def test_confirmation_tells_the_time_in_the_participants_zone(world: World, outside: Outside) -> None:
    world.participant("kai@example.com", "Kai Tanaka", time_zone="Asia/Tokyo")
    interview = world.book(email="kai@example.com")
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert (mail.to, mail.reply_to) == ("kai@example.com", "member3@northwind.example")
    assert "18:30–19:30 (Tokyo time, UTC+9)" in mail.text
    assert timeline(world.database, TimelineKind.MAIL_SENT) == ["sent the confirmation to P1"]
    assert ics_of(mail)["SEQUENCE"] == 0
    assert str(ics_of(mail)["UID"]).endswith("@callsheet")
    assert interview.reference == "CHK-1"


def test_teams_zone_serves_where_the_participants_is_not_known(world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()

    assert "10:30–11:30 (Berlin time, UTC+1)" in outside.mailer.sent[0].text


def test_personal_link_opens_the_seat(world: World, outside: Outside, now: datetime) -> None:
    world.book()
    outside.deliver()

    token = re.search(r"https://call\.example/s/(\S+)", outside.mailer.sent[0].text)
    assert token is not None
    with world.database.reading() as session:
        assert links.page(session, token[1], now).participant_name == "Mara Lindqvist"


def test_mail_names_the_calendars_event(world: World, outside: Outside) -> None:
    address = world.calendar(world.researcher)
    world.book()
    outside.deliver(Kind.CALENDAR)
    event = outside.calendar.the_event(address)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.kind == Kind.MAIL).values(state="pending"))
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert ics_of(mail)["UID"] == f"{event.event_id}@google.com"
    assert event.meet_link in mail.text


def test_confirmation_waits_a_little_for_the_meeting_link(world: World, outside: Outside) -> None:
    world.calendar(world.researcher)
    outside.calendar.makes_links = False
    world.book()
    outside.deliver()
    assert outside.mailer.sent == []
    for _ in range(5):
        outside.clock.move(timedelta(minutes=2))
        outside.deliver()

    assert len(outside.mailer.sent) == 1


def test_session_cancelled_before_the_confirmation_went_out_is_not_confirmed(world: World, outside: Outside) -> None:
    interview = world.book()
    cancel(world, outside, interview.id)
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert mail.subject.startswith("Cancelled")
    assert mail.calendar_method == "CANCEL"
    assert ics_of(mail)["SEQUENCE"] == 1


def test_participants_read_what_is_written_for_them_and_nothing_that_is_for_the_team(
    world: World, outside: Outside
) -> None:
    first, second = world.book(), world.book(timedelta(hours=4))
    outside.deliver()
    cancel(world, outside, first.id, "Too loud last time.")
    cancel(world, outside, second.id, "Too loud.", "Hi {{ participant.first_name }}, we found enough people.")
    outside.deliver()

    silent, told = outside.mailer.sent[-2:]
    for words in ("Not a fit", "Too loud"):
        assert words not in silent.text + silent.html + told.text + told.html
    assert told.text.startswith("Hi Mara, we found enough people.\n")
    assert (told.calendar_method, ics_of(told)["SEQUENCE"]) == ("CANCEL", 1)


def test_cancellation_tells_apart_who_cancelled(world: World, outside: Outside) -> None:
    first = world.book()
    outside.deliver()
    token = re.search(r"https://call\.example/s/(\S+)", outside.mailer.sent[0].text)
    assert token is not None
    with world.database.unit_of_work() as session:
        links.cancel(session, token[1], outside.clock.now())
    second = world.book(timedelta(hours=4))
    cancel(world, outside, second.id)
    outside.deliver()

    own, teams = (mail.text for mail in outside.mailer.sent if mail.subject.startswith("Cancelled"))
    assert world.get(first.id).cancel_reason == CancelReason.PARTICIPANT_CANCELED
    assert "thank you for letting us know" in own
    assert "There is nothing you need to do." in teams


def test_confirmation_of_a_time_that_has_changed_gives_way_to_the_new_one(world: World, outside: Outside) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        later = interview.starts_at + timedelta(days=1)
        moves.reschedule(session, world.researcher, interview.id, later, None, outside.clock.now())
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert mail.subject.startswith("New time")
    assert "24 November" in mail.text


def test_refused_address_is_noted_and_alerted_once(world: World, outside: Outside) -> None:
    world.book()
    outside.mailer.failing.append(Refused("example.com does not take mail for this address: 550 no such user"))
    outside.deliver()

    (bounce,) = timeline(world.database, TimelineKind.BOUNCED)
    assert "P1: example.com does not take mail" in bounce
    assert rows(world.database, sa.select(Participant.bounced_at))[0][0] == world.now
    (alert,) = [t for t in outside.slack.said_in("C0CORE") if t.startswith("Mail refused")]
    assert "550 no such user" in alert


def test_every_try_carries_the_same_message_id(world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()
    with world.database.unit_of_work() as session:
        session.execute(sa.update(OutboxRow).where(OutboxRow.kind == Kind.MAIL).values(state="pending"))
    outside.deliver()

    first, second = outside.mailer.sent
    assert first.message_id == second.message_id
    assert timeline(world.database, TimelineKind.MAIL_SENT) == ["sent the confirmation to P1"]


def test_mail_server_that_is_away_is_tried_again(world: World, outside: Outside) -> None:
    world.book()
    outside.mailer.failing.append(Unavailable("The mail server can't be reached.", went_out=False))
    outside.deliver()
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()

    assert len(outside.mailer.sent) == 1


def test_without_mail_there_is_nothing_to_do(world: World, now: datetime) -> None:
    outside = Outside.of(world.database, now, mailer=None)
    world.book()
    outside.deliver()

    assert outside.dead == []
    assert timeline(world.database, TimelineKind.MAIL_SENT) == []
