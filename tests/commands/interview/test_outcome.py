"""How a session goes and went, in Slack: answers with Undo, who came, ratings, the next step for the incentive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.ids import InterviewId
from bot.blocks.outcomes import MISSING_FIELD
from bot.commands.interview import attendance, details, more, outcome, rate, undo
from bot.services import outcomes
from bot.slack.outcomes import Close, Open, Outcome, Reply, Update
from domain.errors import NotAllowed, RuleError
from domain.interview import InterviewStatus, seat_field
from domain.study import StudyType
from storage import interviews as stored
from storage.models import Interview
from tests.builders import World
from tests.commands.screen import Screen, buttons, text_of

HOUR = timedelta(hours=1)
DETAILS_VIEW = {"type": "modal", "callback_id": "interview:details_modal", "private_metadata": "{}"}


def inputs(found: Outcome) -> dict[str, dict[str, Any]]:
    """The inputs of a modal by name."""
    assert isinstance(found, Open)
    return {block["block_id"]: block for block in found.view["blocks"] if block["type"] == "input"}


def metadata_of(found: Outcome) -> str:
    assert isinstance(found, Open)
    text: str = found.view["private_metadata"]
    return text


def seats(world: World, interview: Interview) -> list[int]:
    with world.database.reading() as session:
        return [seat.attendee_id for seat in stored.line(session, world.workspace_id, interview.id).seats]


def group(world: World, people: int = 2, **values: Any) -> Interview:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=people, **values).id
    first, *_ = [world.book(study_id=study_id) for _ in range(people)]
    return first


def paid(world: World) -> Interview:
    study_id = world.study("PAY", "Paid", incentive_amount_minor=2500, incentive_currency="EUR").id
    return world.book(study_id=study_id)


@pytest.mark.parametrize("body", [outcome.complete_typed, outcome.no_show_typed])
def test_the_answer_takes_it_back_with_one_tap(world: World, screen: Screen, body: Callable[..., Outcome]) -> None:
    interview = world.book()
    answer = screen.run(body, world.researcher, arguments="CHK-1")
    value = buttons(answer)[InterviewId.UNDO]
    back = screen.run(undo.clicked, world.researcher, value=value, view={})
    assert isinstance(back, Reply)
    assert back.text == "CHK-1 is upcoming again."
    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_undo_stands_in_the_details_for_ten_minutes(world: World, screen: Screen) -> None:
    interview = world.book()
    shown = screen.run(outcome.no_show_clicked, world.researcher, value=str(interview.id), view=DETAILS_VIEW)
    assert isinstance(shown, Update)
    assert InterviewId.UNDO in buttons(shown)
    world.now += timedelta(minutes=11)
    later = screen.run(details.open_details, world.researcher, value=str(interview.id))
    assert InterviewId.UNDO not in buttons(later)


@pytest.mark.parametrize("door", ["typed", "clicked"])
def test_running_late_is_said_by_whoever_sees_the_schedule(world: World, screen: Screen, door: str) -> None:
    interview = world.book()
    world.now += HOUR
    given = {"arguments": "chk-1", "value": str(interview.id)}
    answer = screen.run(getattr(outcome, f"late_{door}"), world.observer, **given)
    assert isinstance(answer, Reply)
    assert answer.text == "Noted: CHK-1 is running late. Callsheet asks again in 10 minutes."


def test_started_can_be_typed(world: World, screen: Screen) -> None:
    interview = world.book()
    world.now += HOUR
    answer = screen.run(outcome.started_typed, world.observer, arguments="CHK-1")
    assert isinstance(answer, Reply)
    assert answer.text == "Noted: CHK-1 has started."
    assert world.get(interview.id).is_verified


def end(world: World, interview: Interview) -> None:
    """Let the session end without a word."""
    world.now = interview.ends_at
    with world.database.unit_of_work() as session:
        outcomes.complete_ended(session, session.get_one(Interview, interview.id), world.now)


def test_confirming_it_afterwards_says_what_is_owed(world: World, screen: Screen) -> None:
    interview = paid(world)
    end(world, interview)
    answer = screen.run(outcome.started_clicked, world.observer, value=str(interview.id), view={})
    assert isinstance(answer, Reply)
    assert answer.text == ("Noted: PAY-1 took place. Next: 25.00 EUR is owed to P1, marked Incentive Not Sent.")


# Who came


@pytest.mark.parametrize("door", ["typed", "clicked", "chosen"])
def test_who_came_is_asked_of_everybody_with_a_seat(world: World, screen: Screen, door: str) -> None:
    interview = group(world)
    world.now += HOUR
    value = f"attendance:{interview.id}" if door == "chosen" else str(interview.id)
    given: dict[str, Any] = {"arguments": "grp-1", "value": value, "view": {}, "public_url": None, "has_mail": True}
    body = more.choose if door == "chosen" else getattr(attendance, door)
    asked = inputs(screen.run(body, world.researcher, **given))
    assert list(asked) == [*(seat_field(id_) for id_ in seats(world, interview)), "host"]
    first = next(iter(asked.values()))
    assert first["label"]["text"] == "Mara Lindqvist (P1)"
    assert first["element"]["initial_option"]["text"]["text"] == "Attended"


def test_who_came_is_asked_once_it_has_begun_and_of_who_manages_it(world: World, screen: Screen) -> None:
    group(world)
    with pytest.raises(RuleError, match="GRP-1 has not begun"):
        screen.run(attendance.typed, world.researcher, arguments="GRP-1")
    with pytest.raises(NotAllowed):
        screen.run(attendance.typed, world.observer, arguments="GRP-1")


def test_of_more_than_twenty_those_who_did_not_come_are_chosen(world: World, screen: Screen) -> None:
    ids = seats(world, group(world, people=22))
    world.now += HOUR
    asked = screen.run(attendance.typed, world.researcher, arguments="GRP-1")
    assert list(inputs(asked)) == [MISSING_FIELD, "host"]
    fields = {MISSING_FIELD: [str(ids[20]), str(ids[21])], "host": []}
    closed = screen.run(attendance.save, world.researcher, fields=fields, metadata=metadata_of(asked))
    assert isinstance(closed, Close)
    assert closed.reply is not None
    assert closed.reply.text == "GRP-1 is marked as completed without P21, P22."
    again = inputs(screen.run(attendance.typed, world.researcher, arguments="GRP-1"))[MISSING_FIELD]
    assert [each["value"] for each in again["element"]["initial_options"]] == fields[MISSING_FIELD]
    asked = screen.run(attendance.typed, world.researcher, arguments="GRP-1")
    fields = {MISSING_FIELD: [], "host": []}
    closed = screen.run(attendance.save, world.researcher, fields=fields, metadata=metadata_of(asked))
    assert isinstance(closed, Close)
    assert closed.reply is not None
    assert closed.reply.text == "GRP-1 is marked as completed.", "and a list left empty says that everybody came"


def test_what_was_answered_is_noted_and_shown_again(world: World, screen: Screen) -> None:
    interview = group(world, incentive_amount_minor=2500, incentive_currency="EUR")
    world.now += HOUR
    first, second = (seat_field(id_) for id_ in seats(world, interview))
    fields = {first: "missing", second: "came", "host": ["host_missing"]}
    asked = screen.run(attendance.typed, world.researcher, arguments="GRP-1")
    closed = screen.run(attendance.save, world.researcher, fields=fields, metadata=metadata_of(asked))
    assert isinstance(closed, Close)
    assert closed.reply is not None
    assert closed.reply.text == (
        "GRP-1 is marked as completed without P1. The host did not come. "
        "Next: 25.00 EUR is owed to P2, marked Incentive Not Sent."
    )
    assert buttons(closed.reply)[InterviewId.UNDO] == str(interview.id)
    again = inputs(screen.run(attendance.typed, world.researcher, arguments="GRP-1"))
    assert again[first]["element"]["initial_option"]["value"] == "missing"
    assert again["host"]["element"]["initial_options"][0]["value"] == "host_missing"


def test_an_answer_to_what_has_changed_meanwhile_is_refused(world: World, screen: Screen) -> None:
    interview = group(world)
    world.now += HOUR
    asked = screen.run(attendance.typed, world.researcher, arguments="GRP-1")
    screen.run(outcome.complete_typed, world.admin, arguments="GRP-1")
    fields = {seat_field(id_): "missing" for id_ in seats(world, interview)} | {"host": []}
    with pytest.raises(RuleError, match=r"marked it as completed\. Look again at who came"):
        screen.run(attendance.save, world.researcher, fields=fields, metadata=metadata_of(asked))
    assert world.get(interview.id).status is InterviewStatus.COMPLETED


# Ratings


def complete(world: World, screen: Screen) -> Interview:
    interview = world.book()
    screen.run(outcome.complete_typed, world.researcher, arguments="CHK-1")
    return interview


def test_rating_in_words_and_its_note_stand_in_the_details(world: World, screen: Screen) -> None:
    interview = complete(world, screen)
    answer = screen.run(rate.typed, world.researcher, arguments="chk-1 4 clear and *honest* <!channel>")
    assert isinstance(answer, Reply)
    assert answer.text == "CHK-1 is rated 4 of 5."
    shown = text_of(screen.run(details.open_details, world.researcher, value=str(interview.id)))
    assert f"*Rated 4 of 5* by {world.researcher.name}: clear and ∗honest∗ &lt;!channel&gt;" in shown


def test_observers_and_channels_read_the_score_alone(world: World, screen: Screen) -> None:
    interview = complete(world, screen)
    screen.run(rate.typed, world.researcher, arguments="CHK-1 4 Mara was tired")
    for shown in (
        screen.run(details.open_details, world.observer, value=str(interview.id)),
        screen.run(details.show, world.researcher, arguments="CHK-1", aloud=True),
    ):
        assert "*Rated 4 of 5*" in text_of(shown)
        assert "tired" not in text_of(shown)


@pytest.mark.parametrize("score", ["0", "6", "good", "²", "9" * 50])
def test_what_is_no_score_is_said_with_an_example(world: World, screen: Screen, score: str) -> None:
    complete(world, screen)
    with pytest.raises(RuleError, match=r"from 1 \(poor\) to 5 \(excellent\), for example /interview rate"):
        screen.run(rate.typed, world.researcher, arguments=f"CHK-1 {score}")


def test_the_modal_begins_with_what_was_said_before(world: World, screen: Screen) -> None:
    interview = complete(world, screen)
    asked = screen.run(rate.typed, world.researcher, arguments="CHK-1")
    assert "initial_option" not in inputs(asked)["score"]["element"]
    with pytest.raises(RuleError, match="Choose a number"):
        screen.run(rate.save, world.researcher, fields={"score": None}, metadata=metadata_of(asked))
    fields = {"score": "5", "note": " Lively "}
    closed = screen.run(rate.save, world.researcher, fields=fields, metadata=metadata_of(asked))
    assert isinstance(closed, Close)
    again = inputs(screen.run(rate.clicked, world.researcher, value=str(interview.id)))
    assert again["score"]["element"]["initial_option"]["text"]["text"] == "5 · Excellent"
    assert again["note"]["element"]["initial_value"] == "Lively"
    assert "initial_option" not in inputs(screen.run(rate.clicked, world.admin, value=str(interview.id)))["score"]


def test_after_the_rating_of_an_unverified_session_it_is_to_be_confirmed_first(world: World, screen: Screen) -> None:
    interview = paid(world)
    end(world, interview)
    answer = screen.run(rate.typed, world.researcher, arguments="PAY-1 4")
    assert "until somebody does, the incentive of 25.00 EUR waits" in text_of(answer)
    screen.run(outcome.started_clicked, world.researcher, value=buttons(answer)[InterviewId.STARTED], view={})
    assert "25.00 EUR is owed to P1" in text_of(screen.run(rate.typed, world.researcher, arguments="PAY-1 5"))
