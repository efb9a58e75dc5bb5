"""`/study waiting`, and a freed time offered by a tap on the alert."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.blocks import alert as alert_blocks
from bot.blocks.ids import StudyId
from bot.blocks.waiting import offer_value
from bot.commands.study import show, waiting
from bot.services import cancellations, record
from bot.services import waiting as services
from bot.slack.outcomes import Close, Open
from domain.alert import Alert, AlertKind
from domain.errors import RuleError
from domain.interview import Door
from domain.participant import ParticipantStatus
from domain.waiting import Wish
from storage import interviews, participants
from storage.models import Attendee, Interview
from tests.builders import World
from tests.commands.screen import Screen, buttons, text_of

TOMORROW = timedelta(days=1)
MAIL = {"has_mail": True}


def waits(world: World, name: str) -> int:
    person = world.participant(f"{name.split()[0].lower()}@example.com", name)
    place = (world.study_id, person.id)
    with world.database.unit_of_work() as session:
        status = ParticipantStatus.INTERVIEW_INVITED
        enrolment_id = participants.enrol_all(session, {place: status}, "Test", world.now)[place]
        services.ask(session, enrolment_id, Wish.ANY, world.now)
    return enrolment_id


def cancelled(world: World) -> Interview:
    """A session that its participant has called off."""
    interview = world.book(TOMORROW)
    with world.database.unit_of_work() as session:
        found = interviews.attendees(session, interview.id)
        seat = next(each for each in found if each.participant_id is not None)
        by = record.By("P1", Door.PAGE, world.now)
        cancellations.cancel_by_participant(session, session.get_one(Attendee, seat.id), by, "I am <ill>")
    return world.get(interview.id)


def alert_of(world: World, interview: Interview, **values: Any) -> Alert:
    with world.database.reading() as session:
        line = interviews.line(session, world.workspace_id, interview.id)
    return Alert(**{"kind": AlertKind.CANCELED_BY_PARTICIPANT, "line": line, "seat": line.seats[0], **values})


def test_the_list_says_who_waits_in_order_and_what_is_on_offer(screen: Screen, world: World) -> None:
    first = waits(world, "Nell *Amadi*")
    waits(world, "Bo")
    starts_at = (world.now + TOMORROW).replace(hour=10, minute=0)
    with world.database.unit_of_work() as session:
        services.offer_to(session, world.researcher, world.study_id, starts_at, (first,), world.now)
    said = text_of(screen.run(waiting.typed, world.researcher, arguments="chk"))
    assert "2 people wait for a time in *CHK* Checkout study" in said
    assert said.index("1. Nell ∗Amadi∗ · any time · since") < said.index("2. Bo")
    assert "On offer: <!date^" in said
    assert "Nell" not in text_of(screen.run(waiting.clicked, world.observer, value="CHK"))


def test_nobody_waiting_is_said(screen: Screen, world: World) -> None:
    assert "Nobody waits" in text_of(screen.run(waiting.typed, world.researcher, arguments="CHK"))
    with pytest.raises(RuleError, match="Of which study"):
        screen.run(waiting.typed, world.researcher)


def test_the_alert_of_a_cancellation_says_why_and_offers_the_time_to_those_who_wait(
    screen: Screen, world: World
) -> None:
    interview = cancelled(world)
    text, blocks = alert_blocks.message(alert_of(world, interview, why="I am <ill>", waiting=2), has_mail=True)
    assert "P1 can't make it and cancelled. They said: “I am &lt;ill&gt;”" in text
    (offer, *_) = blocks[-1]["elements"]
    assert offer["text"]["text"] == "Offer to the waiting list (2)"
    waits(world, "Nell")
    outcome = screen.run(waiting.choose, world.researcher, value=offer["value"], **MAIL)
    assert isinstance(outcome, Open)
    chosen = outcome.view["blocks"][1]["element"]["initial_options"]
    assert [option["text"]["text"] for option in chosen] == ["Nell"]
    done = screen.run(
        waiting.offer,
        world.researcher,
        fields={"people": [option["value"] for option in chosen]},
        metadata=outcome.view["private_metadata"],
        **MAIL,
    )
    assert isinstance(done, Close)
    assert "the time is offered to 1 person" in text_of(done)


def test_an_alert_offers_nothing_when_nobody_waits_or_no_time_is_free(world: World) -> None:
    interview = cancelled(world)
    _, blocks = alert_blocks.message(alert_of(world, interview), has_mail=True)
    assert "waiting list" not in str(blocks)
    _, blocks = alert_blocks.message(alert_of(world, interview, kind=AlertKind.NO_SHOWED, waiting=2), has_mail=True)
    assert "waiting list" not in str(blocks)


def test_a_move_by_the_participant_offers_the_time_that_they_left(world: World) -> None:
    interview = world.book(TOMORROW)
    left = interview.starts_at - timedelta(hours=5)
    moved = (left, interview.starts_at)
    alert = alert_of(world, interview, kind=AlertKind.MOVED_BY_PARTICIPANT, moved=moved, waiting=1)
    text, blocks = alert_blocks.message(alert, has_mail=True)
    assert "P1 moved their session: <!date^" in text
    labels = [element["text"]["text"] for element in blocks[-1]["elements"]]
    assert labels == ["Offer to the waiting list (1)", "Reschedule…", "Details"]
    assert blocks[-1]["elements"][0]["value"] == offer_value(world.study_id, left)


def test_a_time_that_passed_or_is_taken_can_not_be_offered(screen: Screen, world: World) -> None:
    waits(world, "Nell")
    interview = world.book((world.now + TOMORROW).replace(hour=10, minute=0) - world.now)

    def tap(starts_at: datetime) -> str:
        with pytest.raises(RuleError) as refusal:
            screen.run(waiting.choose, world.researcher, value=offer_value(world.study_id, starts_at), **MAIL)
        return refusal.value.message

    assert "no free time" in tap(interview.starts_at)
    assert "no free time" in tap(world.now - TOMORROW)


def test_the_study_page_leads_to_both(screen: Screen, world: World) -> None:
    found = buttons(screen.run(show.typed, world.researcher, arguments="CHK"))
    assert (found[StudyId.INVITE], found[StudyId.WAITING]) == ("CHK", "CHK")
    assert StudyId.INVITE not in buttons(screen.run(show.typed, world.observer, arguments="CHK"))
