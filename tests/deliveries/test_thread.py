"""What happens to an interview, told in its card's thread: grouped by the minute, once, in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.deliveries.handlers import HANDLERS
from bot.integrations.ports import Unavailable
from bot.services import notes, outcomes
from bot.services.notes import Message
from bot.services.outgoing import Kind
from sandbox.slack.blockkit import message_offences
from storage import outbox
from tests.blocks.lines import HOSTILE
from tests.builders import World
from tests.fakes import Outside

CHANNEL = "C0CORE"
SECONDS = timedelta(seconds=1)


def booked(world: World, outside: Outside) -> int:
    """An interview whose card and first post stand, a while ago."""
    id_ = world.book().id
    outside.deliver()
    outside.clock.move(timedelta(minutes=5))
    return id_


def note(world: World, outside: Outside, id_: int, words: str, message: Message | None = None) -> None:
    with outside.database.unit_of_work() as session:
        notes.add(session, world.researcher, id_, words, outside.clock.now(), message)


def posts(outside: Outside) -> list[dict[str, Any]]:
    """The posts of the thread after the first, which tells the booking."""
    return [post for post in outside.slack.channel(CHANNEL).messages.values() if post.get("thread_ts")][1:]


def texts(outside: Outside) -> list[str]:
    return [post["text"] for post in posts(outside)]


def test_what_happens_within_a_minute_is_one_post_that_is_edited(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    for words in ("first", "second", "third"):
        note(world, outside, id_, words)
        outside.deliver()
        outside.clock.move(20 * SECONDS)
    (text,) = texts(outside)
    assert [line.rpartition(": ")[2] for line in text.splitlines()] == ["first", "second", "third"]


def test_what_happens_before_the_post_is_out_is_told_by_it(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    note(world, outside, id_, "first")
    note(world, outside, id_, "second")
    outside.deliver()
    (text,) = texts(outside)
    assert text.splitlines()[1].endswith("second")
    assert outside.slack.called("chat.update") == []


def test_a_minute_later_is_another_post(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    note(world, outside, id_, "first")
    outside.clock.move(59 * SECONDS)
    note(world, outside, id_, "within")
    outside.clock.move(SECONDS)
    note(world, outside, id_, "later")
    outside.deliver()
    assert [len(text.splitlines()) for text in texts(outside)] == [2, 1]
    assert texts(outside)[1].endswith("later")


def test_the_minute_begins_with_the_post_and_is_not_drawn_out(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    for _ in range(4):
        note(world, outside, id_, "again")
        outside.clock.move(40 * SECONDS)
    outside.deliver()
    assert [len(text.splitlines()) for text in texts(outside)] == [2, 2]


def test_each_interview_has_a_thread_of_its_own(world: World, outside: Outside) -> None:
    first, second = world.book().id, world.book(timedelta(hours=4)).id
    note(world, outside, first, "about the first")
    note(world, outside, second, "about the second")
    outside.deliver()
    cards = [m for m in outside.slack.channel(CHANNEL).messages.values() if not m.get("thread_ts")]
    told = {card["text"].split()[0]: outside.slack.said_in(CHANNEL, card["ts"])[0] for card in cards}
    assert "about the first" in told["CHK-1"]
    assert "about the second" in told["CHK-2"]
    assert "second" not in told["CHK-1"]


def test_a_post_whose_outcome_is_unknown_is_found_and_brought_up_to_date(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    note(world, outside, id_, "first")
    outside.slack.fail("chat.postMessage", Unavailable("The connection broke off."))
    outside.deliver()
    note(world, outside, id_, "second")
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()
    (text,) = texts(outside)
    assert text.splitlines()[1].endswith("second")


def test_a_crash_after_posting_makes_no_second_post(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    note(world, outside, id_, "first")
    with outside.database.unit_of_work() as session:
        claimed = outbox.claim(session, outside.clock.now(), timedelta(minutes=2), 50)
    for delivery in claimed:
        HANDLERS[Kind(delivery.kind)](delivery, outside.tools)
    assert len(posts(outside)) == 1
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()
    assert len(posts(outside)) == 1


def test_a_deleted_post_stays_away_and_holds_nothing_up(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    note(world, outside, id_, "first")
    outside.deliver()
    del outside.slack.channel(CHANNEL).messages[posts(outside)[0]["ts"]]
    note(world, outside, id_, "second")
    outside.deliver()
    assert posts(outside) == []
    assert outside.dead == []
    outside.clock.move(timedelta(minutes=2))
    note(world, outside, id_, "third")
    outside.deliver()
    assert len(posts(outside)) == 1


def test_posts_wait_for_the_card(world: World, outside: Outside) -> None:
    id_ = world.book().id
    outside.slack.fail("chat.postMessage", Unavailable("Slack can't be reached.", went_out=False))
    outside.deliver()
    assert outside.slack.channel(CHANNEL).messages == {}
    note(world, outside, id_, "meanwhile")
    for _ in range(2):
        outside.clock.move(timedelta(minutes=2))
        outside.deliver()
    (card,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if not m.get("thread_ts")]
    assert "meanwhile" in outside.slack.said_in(CHANNEL, card["ts"])[0]


@pytest.mark.parametrize("number", [5, 6, 60])
def test_of_many_the_first_five_are_told_and_the_others_counted(world: World, outside: Outside, number: int) -> None:
    id_ = booked(world, outside)
    for at in range(number):
        note(world, outside, id_, f"note {at}")
    outside.deliver()
    (text,) = texts(outside)
    lines = text.splitlines()
    assert [line.rpartition(": ")[2] for line in lines[:5]] == [f"note {at}" for at in range(5)]
    assert lines[5:] == ([f"and {number - 5} more: see the details."] if number > 5 else [])


def test_hostile_texts_stay_text_and_within_slacks_limits(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    for words in (HOSTILE, "&" * 400, "<" * 400, "&" * 400, "<@U0NOBODY>"):
        note(world, outside, id_, words)
    outside.deliver()
    (post,) = posts(outside)
    assert message_offences(post["blocks"]) == []
    said = post["blocks"][0]["text"]["text"]
    assert said == post["text"]
    assert not any(markup in said for markup in ("<!channel>", "*x*", "<https://evil", "<b>", "<@"))
    assert said.endswith(" more: see the details.")
    assert all(entity in ("amp", "lt", "gt") for entity in (p.partition(";")[0] for p in said.split("&")[1:]))


def test_a_notes_message_is_a_link(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    url = "https://slack.com/app_redirect?team=T0CALL&channel=C0TALK&message_ts=17.1"
    note(world, outside, id_, "look", Message("prefers mornings", url, is_private=False))
    outside.deliver()
    (text,) = texts(outside)
    assert text.endswith(
        "added a note: look · “prefers mornings” "
        "(<https://slack.com/app_redirect?team=T0CALL&amp;channel=C0TALK&amp;message_ts=17.1|the message>)"
    )


def test_a_change_says_from_and_to(world: World, outside: Outside) -> None:
    id_ = booked(world, outside)
    with outside.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, id_, outside.clock.now())
    outside.deliver()
    assert texts(outside) == [f"*{world.researcher.name}* marked it as completed (Upcoming → Completed)"]
