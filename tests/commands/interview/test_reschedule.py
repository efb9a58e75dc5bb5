"""Rescheduling in the modal: suggested times, any time by hand with what it bypasses, and two who move at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.blocks.ids import InterviewId
from bot.commands.interview import outcome, reschedule
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.errors import NotAllowed, RuleError, Stale
from domain.interview import InterviewStatus
from domain.times import Span
from storage.models import Interview
from tests.builders import World, keep_busy
from tests.commands.screen import Screen, text_of

HOUR = timedelta(hours=1)
LATE = int(datetime(2026, 11, 24, 18, tzinfo=UTC).timestamp())
"""Tuesday 19:00 in Berlin."""


def opened(screen: Screen, interview: Interview, **given: Any) -> dict[str, Any]:
    """The modal as it opens for the Researcher."""
    found = screen.run(reschedule.clicked, screen.world.researcher, value=str(interview.id), has_mail=True, **given)
    assert isinstance(found, Open)
    return found.view


def inputs(view: dict[str, Any]) -> dict[str, Any]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def submit(screen: Screen, view: dict[str, Any], **fields: Any) -> Outcome:
    """Submit the modal; inputs that are not named keep what they began with."""
    shown = inputs(view)
    given = {
        "suggested": None,
        "when": shown["when"].get("initial_date_time"),
        "duration": shown["duration"]["initial_option"]["value"],
        **fields,
    }
    metadata = view["private_metadata"]
    return screen.run(
        reschedule.move_submitted, screen.world.researcher, fields=given, metadata=metadata, has_mail=True
    )


def suggestions(view: dict[str, Any]) -> list[int]:
    return [int(option["value"]) for option in inputs(view)["suggested"]["options"]]


def test_a_suggested_time_is_taken_at_once(world: World, screen: Screen) -> None:
    """That the host has no calendar is so at any time: it is said afterwards."""
    interview = world.book(2 * HOUR)
    view = opened(screen, interview)
    third = suggestions(view)[2]
    done = submit(screen, view, suggested=str(third))
    assert isinstance(done, Close)
    assert "*CHK-1* is moved to" in text_of(done)
    assert "no connected calendar" in text_of(done)
    assert int(world.get(interview.id).starts_at.timestamp()) == third


def test_a_suggested_time_that_is_busy_by_now_is_asked_about(world: World, screen: Screen) -> None:
    world.calendar(world.researcher)
    interview = world.book(2 * HOUR)
    view = opened(screen, interview)
    with world.database.unit_of_work() as session:
        start = datetime.fromtimestamp(suggestions(view)[0], UTC)
        keep_busy(session, world.researcher.member_id, "event", Span(start, start + HOUR))
    asked = submit(screen, view, suggested=str(suggestions(view)[0]))
    assert isinstance(asked, Update)
    assert "calendar is busy then" in text_of(asked)


def test_a_time_by_hand_is_asked_about_with_what_it_bypasses(world: World, screen: Screen) -> None:
    interview = world.book(2 * HOUR)
    asked = submit(screen, opened(screen, interview), when=LATE, duration="30")
    assert isinstance(asked, Update)
    assert "Move it anyway" in text_of(asked)
    assert "• It is 19:00–19:30 for" in text_of(asked)
    assert world.get(interview.id).starts_at == interview.starts_at
    metadata = asked.view["private_metadata"]
    again = screen.run(reschedule.back, world.researcher, metadata=metadata, has_mail=True)
    assert isinstance(again, Update)
    assert again.view["callback_id"] == InterviewId.RESCHEDULE_MODAL
    assert inputs(again.view)["when"]["initial_date_time"] == LATE
    assert inputs(again.view)["duration"]["initial_option"]["value"] == "30"
    done = screen.run(reschedule.move_anyway, world.researcher, metadata=metadata, has_mail=True)
    assert isinstance(done, Close)
    assert "outside working hours" in text_of(done)
    moved = world.get(interview.id)
    assert (int(moved.starts_at.timestamp()), moved.ends_at - moved.starts_at) == (LATE, HOUR / 2)


def test_a_time_by_hand_that_bypasses_nothing_is_taken_at_once(world: World, screen: Screen) -> None:
    world.calendar(world.researcher)
    interview = world.book(2 * HOUR)
    assert isinstance(submit(screen, opened(screen, interview), when=LATE - 4 * 3600), Close)
    assert int(world.get(interview.id).starts_at.timestamp()) == LATE - 4 * 3600


def test_one_time_is_to_be_chosen(world: World, screen: Screen) -> None:
    interview = world.book(2 * HOUR)
    view = opened(screen, interview)
    assert inputs(view)["when"]["initial_date_time"] == int(interview.starts_at.timestamp())
    for fields, sentence in (
        ({"when": LATE, "suggested": str(suggestions(view)[0])}, "Choose one: a suggested time, or any time by hand."),
        ({"when": None}, "Choose a suggested time, or pick a day and a time."),
        ({}, "CHK-1 is at that time already."),
        ({"when": LATE + 300}, "Sessions start on a quarter of an hour. Pick 19:00 or 19:15."),
        ({"when": int(world.now.timestamp()) - 3600}, "Monday 23 November, 08:30 has passed (Europe/Berlin)."),
    ):
        with pytest.raises(RuleError) as refused:
            submit(screen, view, **fields)
        assert refused.value.message.startswith(sentence)
        assert refused.value.field == "when"


def test_the_length_alone_may_be_changed(world: World, screen: Screen) -> None:
    world.calendar(world.researcher)
    interview = world.book(5 * HOUR)
    assert isinstance(submit(screen, opened(screen, interview), duration="30"), Close)
    assert world.get(interview.id).ends_at == interview.starts_at + HOUR / 2


def test_another_length_of_a_suggested_time_is_held_against_the_rules(world: World, screen: Screen) -> None:
    interview = world.book(2 * HOUR)
    view = opened(screen, interview)
    last_of_day = suggestions(view)[2]
    asked = submit(screen, view, suggested=str(last_of_day), duration="120")
    assert isinstance(asked, Update)
    assert "outside working hours" in text_of(asked)


def test_a_held_session_is_followed_by_a_new_one(world: World, screen: Screen) -> None:
    interview = world.book()
    after = world.now + 3 * HOUR
    screen.run(outcome.no_show_typed, world.researcher, arguments="CHK-1", now=after)
    view = opened(screen, interview, now=after)
    assert "CHK-1 keeps its outcome" in text_of(Open(view))
    assert "initial_date_time" not in inputs(view)["when"]
    done = submit(screen, view, suggested=str(suggestions(view)[3]))
    assert isinstance(done, Close)
    assert "*CHK-2* is booked" in text_of(done)
    assert "to follow CHK-1" in text_of(done)
    assert world.get(interview.id).status is InterviewStatus.NO_SHOWED


def test_the_second_of_two_with_the_modal_open_reads_who_was_faster(world: World, screen: Screen) -> None:
    interview = world.book(2 * HOUR)
    first, second = opened(screen, interview), opened(screen, interview)
    submit(screen, first, suggested=str(suggestions(first)[3]))
    with pytest.raises(Stale, match=r"moved it to Tuesday 24 November, 09:00 just now\. Look again\.") as refused:
        submit(screen, second, suggested=str(suggestions(second)[6]))
    assert refused.value.field == "when"


def test_change_keeps_what_was_understood(world: World, screen: Screen) -> None:
    interview = world.book(2 * HOUR)
    value = reschedule.Moving("", interview.id, LATE, 45, 0).dump()
    found = screen.run(reschedule.change, world.researcher, value=value, has_mail=True)
    assert isinstance(found, Open)
    assert inputs(found.view)["when"]["initial_date_time"] == LATE
    assert inputs(found.view)["duration"]["initial_option"]["value"] == "45"


def test_who_may_not_move_it_gets_no_modal(world: World, screen: Screen) -> None:
    interview = world.book()
    with pytest.raises(NotAllowed):
        screen.run(reschedule.clicked, world.observer, value=str(interview.id), has_mail=True)
