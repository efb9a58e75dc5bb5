"""`/interview note` and the message shortcut "Add to interview"."""

from __future__ import annotations

import pytest

from bot.commands.interview import note
from bot.services import schedule
from bot.slack.outcomes import Close, Open, Options, Reply
from domain.errors import RuleError
from tests.builders import World
from tests.commands.screen import Screen, text_of
from tests.services.conftest import Desk

HOSTILE = "<!channel> *x* & <https://evil.example|click> " * 20


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def use_shortcut(
    screen: Screen, text: str = "prefers mornings", *, is_private: bool = False, channel_id: str = "C0TALK"
) -> Open:
    given = {"channel_id": channel_id, "message_text": text, "message_ts": "17.1", "is_private": is_private}
    opened = screen.run(note.ask, screen.world.researcher, **given)
    assert isinstance(opened, Open)
    return opened


def test_a_note_is_added_by_hand(screen: Screen, desk: Desk, world: World) -> None:
    id_ = world.book().id
    said = screen.run(note.typed, world.researcher, arguments="chk-1 asked for a   summary")
    assert isinstance(said, Reply)
    assert said.text == "CHK-1 has the note."
    assert desk.timeline(id_)[-1] == (world.researcher.name, "added a note: asked for a summary")


@pytest.mark.parametrize(("words", "sentence"), [("", "Which interview"), ("CHK-1", "What is to be noted")])
def test_what_is_missing_is_asked_for(screen: Screen, world: World, words: str, sentence: str) -> None:
    world.book()
    with pytest.raises(RuleError, match=sentence):
        screen.run(note.typed, world.researcher, arguments=words)


def test_a_message_is_kept_with_the_modal(screen: Screen, desk: Desk, world: World) -> None:
    id_ = world.book().id
    view = use_shortcut(screen).view
    found = screen.run(note.find_interviews, world.researcher, typed="CHK")
    assert isinstance(found, Options)
    (option,) = found.options
    assert option["text"]["text"] == "CHK-1 · Monday 23 November, 10:30 · Mara Lindqvist"
    fields = {"interview": option["value"], "words": "ask about it"}
    closed = screen.run(note.add, world.researcher, fields=fields, metadata=view["private_metadata"])
    assert isinstance(closed, Close)
    assert text_of(closed).startswith("CHK-1 has the note.")
    assert desk.timeline(id_)[-1][1] == "added a note: ask about it · “prefers mornings”"
    with world.database.reading() as session:
        assert schedule.details(session, world.researcher, id_).timeline[0].link == (
            "https://slack.com/app_redirect?team=T0CALL&channel=C0TALK&message_ts=17.1"
        )


@pytest.mark.parametrize("channel_id", ["C0TALK", "C0CORE"])
def test_of_a_private_message_the_link_alone_is_kept_and_the_modal_says_so(
    screen: Screen, desk: Desk, world: World, channel_id: str
) -> None:
    """Also where it is in the channel of the interview's card."""
    id_ = world.book().id
    assert "a link to it but not its text" in text_of(use_shortcut(screen, is_private=True, channel_id=channel_id))
    opened = use_shortcut(screen)
    assert "not public" not in text_of(opened)
    metadata = use_shortcut(screen, is_private=True, channel_id=channel_id).view["private_metadata"]
    closed = screen.run(note.add, world.researcher, fields={"interview": "1"}, metadata=metadata)
    assert "Its text is left out" in text_of(closed)
    assert desk.timeline(id_)[-1][1] == "added a note"


@pytest.mark.parametrize("text", ["", HOSTILE, '\\"' * 400, "ä" * 5000])
def test_any_text_fits_into_the_modal(screen: Screen, text: str) -> None:
    opened = use_shortcut(screen, text)
    assert "<!channel>" not in opened.view["blocks"][0]["text"]["text"]


def test_a_mention_in_the_message_is_a_name(screen: Screen, world: World) -> None:
    opened = use_shortcut(screen, f"<@{world.admin.slack_user_id}> said so")
    assert f"@{world.admin.name} said so" in text_of(opened)


def test_no_interview_chosen_is_said_at_its_field(screen: Screen, world: World) -> None:
    metadata = use_shortcut(screen).view["private_metadata"]
    with pytest.raises(RuleError) as refusal:
        screen.run(note.add, world.researcher, fields={"interview": None}, metadata=metadata)
    assert refusal.value.field == "interview"
