"""The interview's card in Slack."""

from __future__ import annotations

from datetime import timedelta

from bot.integrations.ports import Unavailable
from bot.services import outcomes, outgoing
from bot.services.outgoing import Kind
from storage import projections
from tests.builders import World
from tests.fakes import Outside, slack_error

CHANNEL = "C0CORE"


def cards(outside: Outside, channel_id: str = CHANNEL) -> list[str]:
    return [text for text in outside.slack.said_in(channel_id) if text.startswith("CHK-")]


def show(world: World, outside: Outside, interview_id: int) -> None:
    with outside.database.unit_of_work() as session:
        outgoing.show(session, world.get(interview_id), outside.clock.now())


def test_booking_posts_one_card_and_its_thread(world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()

    (card,) = [m for m in outside.slack.channel(CHANNEL).messages.values() if not m.get("thread_ts")]
    assert card["text"].startswith("CHK-1 Checkout study")
    (told,) = outside.slack.said_in(CHANNEL, card["ts"])
    assert "booked P1" in told
    assert outside.dead == []


def test_card_is_edited_in_place_when_the_interview_changes(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    with outside.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()

    (text,) = cards(outside)
    assert "Completed" in text


def test_same_drawing_is_not_sent_twice(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    edits = len(outside.slack.called("chat.update"))
    show(world, outside, interview.id)
    outside.deliver()

    assert len(outside.slack.called("chat.update")) == edits


def test_card_that_was_deleted_comes_anew(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    outside.slack.channel(CHANNEL).messages.clear()
    with outside.database.unit_of_work() as session:
        outcomes.verify(session, world.researcher, interview.id, outside.clock.now() + timedelta(hours=1))
        outcomes.mark_no_show(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()

    assert len(cards(outside)) == 1


def test_card_stays_where_it_is_when_the_study_gets_another_channel(world: World, outside: Outside) -> None:
    from storage.models import Study

    interview = world.book()
    outside.deliver()
    with outside.database.unit_of_work() as session:
        session.get_one(Study, world.study_id).channel_id = "C0OTHER"
        outcomes.mark_completed(session, world.researcher, interview.id, outside.clock.now())
    outside.deliver()

    assert "Completed" in cards(outside)[0]
    assert outside.slack.said_in("C0OTHER") == []


def test_post_whose_outcome_is_unknown_is_found_and_not_sent_again(world: World, outside: Outside) -> None:
    world.book()
    outside.slack.fail("chat.postMessage", Unavailable("The connection broke off."))
    outside.deliver()
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()

    assert len(cards(outside)) == 1
    assert len([c for c in outside.slack.called("chat.postMessage") if "thread_ts" not in c]) == 1
    with outside.database.reading() as session:
        assert projections.find(session, world.workspace_id, Kind.CARD, "1") is not None


def test_post_that_surely_failed_is_sent_again_without_a_search(world: World, outside: Outside) -> None:
    world.book()
    outside.slack.fail("chat.postMessage", Unavailable("Slack can't be reached.", went_out=False))
    outside.deliver()
    outside.clock.move(timedelta(minutes=3))
    outside.deliver()

    assert len(cards(outside)) == 1
    assert outside.slack.called("conversations.history") == []


def test_public_channel_is_joined_once(world: World, outside: Outside) -> None:
    outside.slack.channel(CHANNEL).is_member = False
    world.book()
    outside.deliver()

    assert len(cards(outside)) == 1
    assert len(outside.slack.called("conversations.join")) == 1


def test_private_channel_without_the_bot_is_named_to_people(world: World, outside: Outside) -> None:
    channel = outside.slack.channel(CHANNEL)
    channel.is_member, channel.is_public = False, False
    world.book()
    outside.deliver(Kind.CARD)

    assert outside.dead
    assert "/invite @Callsheet" in outside.dead[0]


def test_archived_channel_is_named_to_people(world: World, outside: Outside) -> None:
    outside.slack.channel(CHANNEL).is_archived = True
    world.book()
    outside.deliver(Kind.CARD)

    assert "is archived" in outside.dead[0]


def test_other_refusals_are_not_taken_for_a_deleted_card(world: World, outside: Outside) -> None:
    interview = world.book()
    outside.deliver()
    with outside.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, interview.id, outside.clock.now())
    outside.slack.fail("chat.update", slack_error("invalid_blocks"))
    outside.deliver()

    assert len(cards(outside)) == 1
    assert outside.dead == ["Slack refused it: invalid_blocks"]
