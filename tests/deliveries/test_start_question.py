"""The start-time check in the card's thread: what it asks, and what it says once somebody has answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bot.integrations.ports import Unavailable
from bot.jobs import completion, start_checks
from bot.services import attendance, cancellations, moves, outcomes, undo
from bot.services.attendance import Came
from bot.services.cancellations import Cancellation
from domain.interview import CancelReason
from domain.study import StudyType
from sandbox.slack.blockkit import message_offences
from storage.models import Interview
from tests.builders import World
from tests.fakes import Outside

CHANNEL = "C0CORE"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
EVERYTHING = ["Started", "Running late", "No-show", "Moved…"]


def labels(message: dict[str, Any]) -> list[str]:
    assert message_offences(message["blocks"]) == []
    return [e["text"]["text"] for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]


def do(world: World, act: Callable[[Session], object]) -> None:
    with world.database.unit_of_work() as session:
        act(session)


def pass_time(outside: Outside, by: timedelta) -> None:
    """Let time pass, the sweep run, and everything be delivered."""
    start_checks.sweep(outside.database, outside.clock.move(by))
    outside.deliver()


def questions(outside: Outside) -> list[dict[str, Any]]:
    """The questions in the thread, oldest first: the messages that once asked."""
    asked = {
        arguments["metadata"]["event_payload"]["key"]
        for arguments in outside.slack.called("chat.postMessage")
        if "Has it started?" in arguments["text"]
    }
    found = outside.slack.channel(CHANNEL).messages.values()
    return [m for m in found if m.get("metadata", {}).get("event_payload", {}).get("key") in asked]


@pytest.fixture
def interview(world: World, outside: Outside) -> Interview:
    """A session of which it was asked, five minutes after its start, whether it has begun."""
    booked = world.book()
    outside.deliver()
    pass_time(outside, HOUR + 5 * MINUTE)
    return booked


def test_four_answers_are_offered_in_the_thread(interview: Interview, outside: Outside, world: World) -> None:
    (question,) = questions(outside)
    assert labels(question) == EVERYTHING
    assert f"<@{world.researcher.slack_user_id}> Has it started?" in question["text"]
    assert question["thread_ts"] in outside.slack.channel(CHANNEL).messages
    no_show = question["blocks"][-1]["elements"][2]
    assert no_show["confirm"]["title"]["text"] == "Mark as a no-show?"


def test_in_a_group_a_no_show_asks_who_came(world: World, outside: Outside) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=3).id
    world.book(study_id=study_id)
    outside.deliver()
    pass_time(outside, HOUR + 5 * MINUTE)
    (question,) = questions(outside)
    no_show = question["blocks"][-1]["elements"][2]
    assert (no_show["text"]["text"], no_show["action_id"]) == ("No-show…", "interview:attendance")


def started(world: World, id_: int, outside: Outside) -> Callable[[Session], object]:
    return lambda s: outcomes.verify(s, world.observer, id_, outside.clock.now())


def missed(world: World, id_: int, outside: Outside) -> Callable[[Session], object]:
    return lambda s: outcomes.mark_no_show(s, world.researcher, id_, outside.clock.now())


def moved(world: World, id_: int, outside: Outside) -> Callable[[Session], object]:
    now = outside.clock.now()
    return lambda s: moves.reschedule(s, world.researcher, id_, now + 5 * HOUR, None, now)


def cancelled(world: World, id_: int, outside: Outside) -> Callable[[Session], object]:
    why = Cancellation(CancelReason.OTHER)
    return lambda s: cancellations.cancel(s, world.researcher, id_, why, outside.clock.now())


def noted(world: World, id_: int, outside: Outside) -> Callable[[Session], object]:
    return lambda s: attendance.note(s, world.researcher, id_, Came({}, True, None), outside.clock.now())


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (started, "*Observer 5* said that it started"),
        (missed, "*Researcher 3* marked it as a no-show (Upcoming → No Showed)"),
        (moved, "*Researcher 3* moved it"),
        (cancelled, "*Researcher 3* cancelled it (Other)"),
        (noted, "*Researcher 3* noted that P1 came"),
    ],
)
def test_an_answered_question_says_who_answered_and_asks_no_more(
    interview: Interview, outside: Outside, world: World, act: Callable[..., Callable[[Session], object]], words: str
) -> None:
    do(world, act(world, interview.id, outside))
    outside.deliver()
    (question,) = questions(outside)
    assert words in question["text"]
    assert f"<!date^{int(outside.clock.now().timestamp())}^" in question["text"]
    assert labels(question) == []


def test_running_late_stays_open_and_is_asked_again(interview: Interview, outside: Outside, world: World) -> None:
    do(world, lambda s: outcomes.say_late(s, world.observer, interview.id, outside.clock.now()))
    outside.deliver()
    (first,) = questions(outside)
    assert "*Observer 5* said that it is running late. Callsheet asks again 10 minutes after that." in first["text"]
    assert labels(first) == ["Started", "No-show", "Moved…"]
    pass_time(outside, 10 * MINUTE)
    first, second = questions(outside)
    assert first["text"].endswith("said that it is running late. Asked again below.")
    assert (labels(first), labels(second)) == ([], EVERYTHING)
    do(world, started(world, interview.id, outside))
    outside.deliver()
    first, second = questions(outside)
    assert "*Observer 5* said that it started" in second["text"]
    assert labels(second) == []


def test_an_answer_that_is_taken_back_opens_the_question_again(
    interview: Interview, outside: Outside, world: World
) -> None:
    do(world, missed(world, interview.id, outside))
    outside.deliver()
    do(world, lambda s: undo.undo(s, world.researcher, interview.id, outside.clock.now()))
    outside.deliver()
    (question,) = questions(outside)
    assert labels(question) == EVERYTHING


def test_unanswered_at_its_end_it_can_still_be_confirmed(interview: Interview, outside: Outside) -> None:
    completion.sweep(outside.database, outside.clock.move(HOUR))
    outside.deliver()
    (question,) = questions(outside)
    assert "*Callsheet* completed it at its end, unverified" in question["text"]
    assert labels(question) == ["It took place", "No-show"]


def test_what_is_answered_while_the_question_is_being_posted_is_shown(
    world: World, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview = world.book()
    outside.deliver()
    post = outside.slack._chat_postMessage

    def post_slowly(**message: Any) -> dict[str, Any]:
        answer = post(**message)
        if "Has it started?" in message["text"]:
            do(world, started(world, interview.id, outside))
        return answer

    monkeypatch.setattr(outside.slack, "_chat_postMessage", post_slowly)
    pass_time(outside, HOUR + 5 * MINUTE)
    (question,) = questions(outside)
    assert "*Observer 5* said that it started" in question["text"]
    assert labels(question) == []


def test_a_question_whose_fate_was_unknown_is_found_and_not_asked_twice(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    outside.slack.fail("chat.postMessage", Unavailable("It broke off.", went_out=None))
    pass_time(outside, HOUR + 5 * MINUTE)
    do(world, lambda s: outcomes.say_late(s, world.observer, interview.id, outside.clock.now()))
    outside.clock.move(MINUTE)
    outside.deliver()
    (question,) = questions(outside)
    assert "said that it is running late" in question["text"]
    assert labels(question) == ["Started", "No-show", "Moved…"]


def test_a_deleted_question_stays_away(interview: Interview, outside: Outside, world: World) -> None:
    (question,) = questions(outside)
    del outside.slack.channel(CHANNEL).messages[question["ts"]]
    do(world, started(world, interview.id, outside))
    outside.deliver()
    assert questions(outside) == []
    assert outside.dead == []


def test_a_session_that_was_moved_is_not_asked_about_at_its_old_time(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    start_checks.sweep(outside.database, outside.clock.move(HOUR + 5 * MINUTE))
    do(world, moved(world, interview.id, outside))
    outside.deliver()
    posted = [arguments["metadata"]["event_payload"]["key"] for arguments in outside.slack.called("chat.postMessage")]
    assert [key for key in posted if "start_check" in key] == []


def test_a_host_who_did_not_come_is_alerted_of_with_the_next_steps(
    interview: Interview, outside: Outside, world: World
) -> None:
    said = Came({}, False, None)
    do(world, lambda s: attendance.note(s, world.researcher, interview.id, said, outside.clock.now()))
    outside.deliver()
    messages = outside.slack.channel(CHANNEL).messages.values()
    (alert,) = [m for m in messages if m["text"].startswith("The host did not come")]
    assert f"<@{world.researcher.slack_user_id}> said that" in alert["text"]
    assert labels(alert) == ["Reschedule…", "Details"]
    (card,) = [m for m in messages if "thread_ts" not in m and m is not alert]
    assert "*Completed*" in str(card["blocks"])
    assert "The host did not come" in str(card["blocks"])
