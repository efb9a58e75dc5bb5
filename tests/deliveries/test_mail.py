"""Mails to participants."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa

from bot.integrations.ports import Mail, Refused, Unavailable
from bot.services import cancellations, links, moves, outgoing_mails
from bot.services.cancellations import Cancellation
from bot.services.interviews import participant_seats
from bot.services.outgoing import Kind
from domain.interview import CancelReason, TimelineKind
from domain.mail import MailKind, Written
from storage import scheduling
from storage.engine import Database
from storage.models import Interview, Member, OutboxRow, OutboxState, Participant, Study, TimelineEntry
from tests.builders import World, rows
from tests.fakes import Outside


def ics_of(mail: Mail) -> Any:
    assert mail.calendar is not None
    (event,) = icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")
    return event


def timeline(database: Database, kind: TimelineKind) -> list[str]:
    told = sa.select(TimelineEntry.text).where(TimelineEntry.kind == kind).order_by(TimelineEntry.id)
    return [row.text for row in rows(database, told)]


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


def test_only_invitations_and_what_people_wrote_can_be_ended_by_one_click(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    with world.database.unit_of_work() as session:
        stored = session.get_one(Interview, interview.id)
        seat = participant_seats(session, stored)[0]
        written = Written("Bring your phone.", "Before we meet", "Sofia")
        outgoing_mails.to_seats(session, [(stored, seat)], MailKind.CUSTOM, outside.clock.now(), written)
    outside.deliver()

    confirmation, custom = outside.mailer.sent
    assert confirmation.unsubscribe is None
    assert "https://call.example/u/" in confirmation.text
    assert custom.unsubscribe is not None
    assert custom.unsubscribe in custom.text


def test_a_mail_promises_no_change_that_the_page_refuses(world: World, outside: Outside) -> None:
    with world.database.unit_of_work() as session:
        study = session.get_one(Study, world.study_id)
        setup = scheduling.setup_of(session, study)
        scheduling.store_setup(session, study, replace(setup, most_moves=0), "Lena", world.now)
    world.book(timedelta(days=2))
    outside.deliver()
    with world.database.unit_of_work() as session:
        too_late = replace(setup, change_until=timedelta(days=30))
        scheduling.store_setup(session, session.get_one(Study, world.study_id), too_late, "Lena", world.now)
    world.book(timedelta(days=3), email="late@example.com")
    outside.deliver()

    often, late = (mail.text for mail in outside.mailer.sent)
    assert "I can't make it:" in often
    assert "Choose another time, or cancel" not in often + late
    assert "I can't make it:" not in late
    assert "Confirm you're coming:" in late


def test_without_an_invitation_for_the_calendar_none_is_announced(world: World, outside: Outside) -> None:
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Member).values(email=None))
    world.book()
    outside.deliver()

    (mail,) = outside.mailer.sent
    assert mail.calendar is None
    assert "attached" not in mail.text + mail.html


def test_nobody_can_work_out_the_name_of_a_mail(world: World, outside: Outside) -> None:
    world.book()
    with world.database.unit_of_work() as session:
        for row in session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Kind.MAIL)):
            row.payload = row.payload | {"salt": "guessed"}
    outside.deliver()
    (guessed,) = outside.mailer.sent
    with world.database.unit_of_work() as session:
        row = session.scalars(sa.select(OutboxRow).where(OutboxRow.kind == Kind.MAIL)).one()
        row.payload = row.payload | {"salt": outgoing_mails.salt()}
        row.state, row.attempts = OutboxState.PENDING, 0
    outside.deliver()

    assert guessed.message_id != outside.mailer.sent[-1].message_id
    assert len(outside.mailer.sent) == 2


@pytest.mark.parametrize("column", ["bounced_at", "opted_out_at"])
def test_who_gets_no_mails_gets_none_about_a_session_and_the_team_hears_it(
    world: World, outside: Outside, column: str
) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Participant).values({column: world.now}))
    outside.deliver(Kind.MAIL)
    cancel(world, outside, interview.id)
    outside.deliver(Kind.MAIL)

    assert outside.mailer.sent == []
    told = timeline(world.database, TimelineKind.NOTE)
    why = {"bounced_at": "has an address that bounced", "opted_out_at": "has opted out"}[column]
    assert told == [f"did not send {what}: P1 {why}" for what in ("the confirmation", "the cancellation")]
