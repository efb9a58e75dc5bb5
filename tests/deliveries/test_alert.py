"""Alerts in the team's channel, and what is told in the card's thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services import cancellations, outcomes, outgoing, undo
from bot.services.cancellations import Cancellation
from bot.services.outgoing import Kind
from domain.alert import AlertKind
from domain.attendance import Rsvp
from domain.interview import CancelReason, InterviewStatus
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


def booked(world: World, status: InterviewStatus, starts_in: timedelta = timedelta(hours=1)) -> Interview:
    """A session that has come to the status without a word about it."""
    interview = world.book(starts_in)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Interview).where(Interview.id == interview.id).values(status=status))
    return world.get(interview.id)


def posted(outside: Outside, kind: AlertKind) -> int:
    """How many alerts of the kind stand in the channel."""
    messages = outside.slack.channel(CHANNEL).messages.values()
    return sum(message["text"].startswith(f"{kind.headline}:") for message in messages)


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
        outcomes.mark_no_show(session, world.researcher, interview.id, world.now)
    outside.deliver()
    (message,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if m["text"].startswith("No-show:")]

    assert f"<@{world.researcher.slack_user_id}> marked it as a no-show." in message["text"]
    assert buttons(message) == ["Reschedule…", "Details"]


def test_cancelled_session_offers_only_its_details(world: World, outside: Outside) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
    outside.deliver()
    (message,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if m["text"].startswith("Cancelled:")]

    assert buttons(message) == ["Details"]


def test_cancellation_that_was_taken_back_before_slack_heard_of_it_is_not_told(world: World, outside: Outside) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
    with world.database.unit_of_work() as session:
        undo.undo(session, world.researcher, interview.id, world.now)
    outside.deliver()
    assert posted(outside, AlertKind.CANCELED) == 0


def test_cancelled_anew_after_it_was_taken_back_is_told_anew(world: World, outside: Outside) -> None:
    interview = world.book()
    for number in (1, 2):
        with world.database.unit_of_work() as session:
            cancellations.cancel(session, world.researcher, interview.id, Cancellation(CancelReason.OTHER), world.now)
        outside.deliver()
        assert posted(outside, AlertKind.CANCELED) == number
        with world.database.unit_of_work() as session:
            undo.undo(session, world.researcher, interview.id, world.now)
        outside.deliver()


@pytest.mark.parametrize("kind", [AlertKind.CANCELED, AlertKind.MOVED_IN_CALENDAR, AlertKind.DELETED_IN_CALENDAR])
def test_who_tells_the_participants_is_said_with_mail_and_without(world: World, kind: AlertKind) -> None:
    with_mail, without = Outside.of(world.database, world.now), Outside.of(world.database, world.now, mailer=None)
    status = InterviewStatus.UPCOMING if kind is AlertKind.MOVED_IN_CALENDAR else InterviewStatus.CANCELED
    told = alert(world, with_mail, booked(world, status), kind)["text"]
    assert told.endswith("The participants are told by mail.")
    told = alert(world, without, booked(world, status, timedelta(hours=3)), kind)["text"]
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
