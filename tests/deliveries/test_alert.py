"""Alerts in the team's channel, and what is told in the card's thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services import interviews, outgoing
from bot.services.interviews import Cancellation
from bot.services.outgoing import Kind
from domain.alert import AlertKind
from domain.attendance import Rsvp
from domain.interview import CancelReason
from storage.models import Attendee, Interview, Study, Team
from tests.builders import World
from tests.fakes import Outside

CHANNEL = "C0CORE"


def alert(world: World, outside: Outside, interview: Interview, kind: AlertKind, **details: Any) -> dict[str, Any]:
    """Have an alert about the interview's participant posted. Its message."""
    with world.database.unit_of_work() as session:
        seat = sa.select(Attendee.id).where(Attendee.interview_id == interview.id, Attendee.participant_id.is_not(None))
        attendee_id = session.scalar(seat)
        outgoing.alert(session, interview, kind, world.now, once="1", attendee_id=attendee_id, **details)
    outside.deliver()
    messages = outside.slack.channel(CHANNEL).messages.values()
    (message,) = [m for m in messages if m["text"].startswith(kind.headline)]
    return message


def answer(world: World, interview: Interview, rsvp: Rsvp) -> None:
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Attendee).where(Attendee.interview_id == interview.id).values(rsvp=rsvp))


def buttons(message: dict[str, Any]) -> list[str]:
    return [
        element["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_declined_offers_the_next_steps(world: World, outside: Outside) -> None:
    interview = world.book()
    answer(world, interview, Rsvp.DECLINED)
    message = alert(world, outside, interview, AlertKind.DECLINED)

    assert buttons(message) == ["Reschedule…", "Cancel…", "Details"]
    assert "P1 declined" in message["text"]
    assert "Mara" not in str(message)


def test_names_are_told_where_the_team_wants_them(world: World, outside: Outside) -> None:
    interview = world.book(name="Zoë <b> & Co")
    answer(world, interview, Rsvp.DECLINED)
    with world.database.unit_of_work() as session:
        session.get_one(Team, world.team_id).names_in_channel = True
    message = alert(world, outside, interview, AlertKind.DECLINED)

    assert "Zoë &lt;b&gt; &amp; Co declined" in message["blocks"][0]["text"]["text"]


def test_no_show_is_alerted_with_who_said_it(world: World, outside: Outside) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        interviews.mark_no_show(session, world.researcher, interview.id, world.now)
    outside.deliver()
    (message,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if m["text"].startswith("No-show:")]

    assert f"<@{world.researcher.slack_user_id}> marked it as a no-show." in message["text"]
    assert buttons(message) == ["Reschedule…", "Details"]


def test_cancelled_session_offers_only_its_details(world: World, outside: Outside) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        interviews.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
    outside.deliver()
    (message,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if m["text"].startswith("Cancelled:")]

    assert buttons(message) == ["Details"]


@pytest.mark.parametrize("kind", [AlertKind.CANCELED, AlertKind.MOVED_IN_CALENDAR, AlertKind.DELETED_IN_CALENDAR])
def test_who_tells_the_participants_is_said_with_mail_and_without(world: World, kind: AlertKind) -> None:
    with_mail, without = Outside.of(world.database, world.now), Outside.of(world.database, world.now, mailer=None)
    told = alert(world, with_mail, world.book(), kind)["text"]
    assert told.endswith("The participants are told by mail.")
    told = alert(world, without, world.book(timedelta(hours=3)), kind)["text"]
    assert told.endswith("No mail is set up: tell the participant yourself.")


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_can_be_said(world: World, outside: Outside, kind: AlertKind) -> None:
    from bot.blocks import alert as blocks
    from domain.alert import Alert
    from storage import interviews as stored

    interview = world.book()
    with world.database.reading() as session:
        line = stored.line(session, world.workspace_id, interview.id)
    moved = (interview.starts_at, interview.starts_at + timedelta(days=1))
    text, drawn = blocks.message(Alert(kind, line, line.seats[0], "U1", moved, "Because."), has_mail=True)

    assert text
    assert "{" not in text.replace("{date_short_pretty}", "").replace("{time}", "")
    assert drawn


def test_thread_stands_where_the_card_is_and_waits_for_it(world: World, outside: Outside) -> None:
    with world.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).channel_id = "C0STUDY"
    world.book()
    outside.deliver(Kind.MAIL, Kind.THREAD)
    assert outside.slack.channel("C0STUDY").messages == {}
    with world.database.unit_of_work() as session:
        outgoing.show(session, world.get(1), outside.clock.now())
    outside.deliver()
    outside.clock.move(timedelta(minutes=2))
    outside.deliver()

    card, told = outside.slack.channel("C0STUDY").messages.values()
    assert told["thread_ts"] == card["ts"]
    assert told["text"] == f"*{world.researcher.name}* booked P1"
