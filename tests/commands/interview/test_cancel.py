"""Cancelling in Slack: who, why, what the participants read, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import InterviewId
from bot.commands.interview import cancel
from bot.commands.interview.cancel import Cancelling
from bot.services import cancellations, links
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.errors import RuleError, Stale
from domain.interview import CancelReason, InterviewStatus
from domain.study import StudyType
from storage.models import Attendee, Interview, OutboxRow
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, text_of

REASON = {"reason": CancelReason.HOST_UNAVAILABLE.name}


def group(world: World, number: int = 3) -> Interview:
    study = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=5)
    booked = [world.book(study_id=study.id, email=f"g{n}@example.com", name=f"Person {n}") for n in range(number)]
    return booked[0]


def asked(screen: Screen, reference: str = "CHK-1", *, has_mail: bool = True) -> Outcome:
    return screen.run(cancel.ask_typed, screen.world.researcher, arguments=reference, has_mail=has_mail)


def inputs(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Open | Update)
    return {block["block_id"]: block["element"] for block in outcome.view["blocks"] if block["type"] == "input"}


def submitted(screen: Screen, interview: Interview, **fields: Any) -> Outcome:
    metadata = Cancelling("C0CORE", interview.id).dump()
    given = {**REASON, **fields}
    return screen.run(cancel.cancel, screen.world.researcher, fields=given, metadata=metadata, has_mail=True)


def seat_ids(world: World, interview: Interview) -> list[int]:
    found = sa.select(Attendee.id).where(Attendee.interview_id == interview.id, Attendee.participant_id.is_not(None))
    return [row.id for row in rows(world.database, found.order_by(Attendee.id))]


def told(world: World) -> list[dict[str, Any]]:
    return [
        row.payload
        for row in rows(world.database, sa.select(OutboxRow.payload))
        if row.payload.get("mail") == "cancellation"
    ]


def test_modal_shows_the_mail_that_the_participant_gets(world: World, screen: Screen) -> None:
    interview = world.book()
    text = inputs(asked(screen))["message"]["initial_value"]

    assert text.startswith(
        "Hi Mara,\n\nyour session with Researcher for “Checkout study”, Monday, 23 November 2026, 10:30"
    )
    assert "{{" not in text
    submitted(screen, interview, message=text + "\nSorry!")
    (mail,) = told(world)
    assert mail["text"] == text + "\nSorry!"


def test_participant_who_can_not_come_reads_other_words(world: World, screen: Screen) -> None:
    interview = world.book()
    before = inputs(asked(screen))["message"]
    after = inputs(
        screen.run(
            cancel.choose_reason,
            world.researcher,
            value=CancelReason.PARTICIPANT_CANCELED.name,
            metadata=Cancelling("C0CORE", interview.id).dump(),
            has_mail=True,
        )
    )

    assert "thank you for letting us know" in after["message"]["initial_value"]
    assert after["message"]["action_id"] != before["action_id"], "else Slack keeps what it shows"
    assert after["reason"]["action_id"] == InterviewId.CANCEL_REASON


def test_without_mail_there_is_no_mail_to_write(world: World, screen: Screen) -> None:
    world.book()
    opened = asked(screen, has_mail=False)

    assert "message" not in inputs(opened)
    assert "No mail is set up: tell the participant yourself." in text_of(opened)


def test_wrong_token_stands_under_the_mail(world: World, screen: Screen) -> None:
    interview = world.book()
    with pytest.raises(RuleError, match="There is no") as refusal:
        submitted(screen, interview, message="Hi {{ name }}")

    assert refusal.value.field == "message"
    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_answer_can_be_taken_back(world: World, screen: Screen) -> None:
    interview = world.book()
    closed = submitted(screen, interview)

    assert isinstance(closed, Close)
    assert closed.reply is not None
    assert "CHK-1 is cancelled. The participant is told by mail." in text_of(closed)
    assert buttons(closed.reply) == {InterviewId.UNDO: str(interview.id)}


def test_group_is_asked_who_and_one_seat_leaves_the_session(world: World, screen: Screen) -> None:
    interview = group(world)
    _, second, _ = seat_ids(world, interview)
    opened = inputs(asked(screen, "GRP-1"))
    assert [option["text"]["text"] for option in opened["who"]["options"]] == [
        "The whole session",
        "Person 0 (P1)",
        "Person 1 (P2)",
        "Person 2 (P3)",
    ]
    assert opened["who"]["initial_option"]["value"] == "all"
    message = opened["message"]["initial_value"]
    assert message.startswith("Hi {{ participant.first_name }},")
    closed = submitted(screen, interview, who=str(second), message=message)

    assert "One seat in GRP-1 is cancelled; the session stays." in text_of(closed)
    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    assert [mail["attendee_id"] for mail in told(world)] == [second]
    assert len(inputs(asked(screen, "GRP-1"))["who"]["options"]) == 3


def test_group_goes_as_a_whole(world: World, screen: Screen) -> None:
    interview = group(world)
    submitted(screen, interview, who="all", message="Hi {{ participant.first_name }}, it is off.")

    assert world.get(interview.id).status is InterviewStatus.CANCELED
    assert [mail["attendee_id"] for mail in told(world)] == seat_ids(world, interview)


def test_interview_for_one_asks_nobody_who(world: World, screen: Screen) -> None:
    world.book()

    assert "who" not in inputs(asked(screen))


def test_participant_who_cancels_while_the_modal_is_open_is_told_and_nothing_is_doubled(
    world: World, screen: Screen
) -> None:
    interview = world.book()
    asked(screen)
    with world.database.unit_of_work() as session:
        token = links.issue(session, seat_ids(world, interview)[0], world.now)
    with world.database.unit_of_work() as session:
        links.cancel(session, token, world.now + timedelta(minutes=1))
    with pytest.raises(Stale, match="CHK-1 was cancelled by P1 on Monday 23 November, 09:31"):
        submitted(screen, interview, message="Hi")

    assert len(told(world)) == 1
    assert world.get(interview.id).cancel_reason == CancelReason.PARTICIPANT_CANCELED


def test_seat_given_up_while_the_modal_is_open_is_told(world: World, screen: Screen) -> None:
    interview = group(world)
    first, *_ = seat_ids(world, interview)
    with world.database.unit_of_work() as session:
        why = cancellations.Cancellation(CancelReason.OTHER)
        cancellations.cancel_seat(session, world.admin, interview.id, first, why, world.now)
    with pytest.raises(Stale, match=rf"P1's seat in GRP-1 was cancelled by {world.admin.name} on Monday"):
        submitted(screen, interview, who=str(first))
    assert len(told(world)) == 1
