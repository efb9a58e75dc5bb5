"""From what was typed after a slash command to the body that answers; menu, help and "did you mean"."""

from __future__ import annotations

import json

import pytest

from bot.slack.capability import Capability, Listener, Trigger
from bot.slack.outcomes import Outcome, Reply, say
from bot.slack.router import Router, menu_listeners, said_aloud

capability = Capability()


@capability.subcommand("/interview", "today", summary="Who comes today", menu="Today", reads=True)
def today() -> Outcome:
    return say("today")


@capability.subcommand("/interview", "book", summary="Book a session", usage="KEY <e-mail> when", menu="Book")
def book(arguments: str) -> Outcome:
    return say(arguments)


@capability.subcommand("/interview", "show", summary="One interview", usage="CHK-7", pattern=r"[a-z][a-z0-9]*-\d+")
def show(arguments: str) -> Outcome:
    return say(arguments)


@capability.subcommand("/interview", "week", summary="Seven days", usage="[mine]", reads=True)
def week(arguments: str, aloud: bool) -> Outcome:
    return say(arguments)


@capability.subcommand("/study", "list", summary="Your studies & others", menu="List")
def list_studies() -> Outcome:
    return say("studies")


router = Router([capability])


def answer(listener: Listener) -> Reply:
    outcome = listener.body()
    assert isinstance(outcome, Reply)
    return outcome


@pytest.mark.parametrize(
    ("typed", "name", "arguments"),
    [
        ("today", "/interview today", ""),
        ("  TODAY ", "/interview today", ""),
        ("book CHK p17@example.com  next tue 2pm", "/interview book", "CHK p17@example.com  next tue 2pm"),
        ("book\tCHK", "/interview book", "CHK"),
        ("book\nCHK p17", "/interview book", "CHK p17"),
        ("CHK-7", "/interview show", "CHK-7"),
        ("chk-7 please", "/interview show", "chk-7 please"),
    ],
)
def test_the_first_word_chooses_and_the_rest_is_left(typed: str, name: str, arguments: str) -> None:
    listener, rest = router.find("/interview", typed)
    assert (listener.name, rest) == (name, arguments)
    assert listener.trigger is Trigger.COMMAND


def test_every_command_that_a_capability_names_is_there() -> None:
    assert list(router.commands) == ["/interview", "/study"]


def test_the_command_alone_shows_a_button_for_what_needs_no_arguments() -> None:
    listener, _ = router.find("/interview", "  ")
    menu = answer(listener)
    buttons = [element for block in menu.blocks if block["type"] == "actions" for element in block["elements"]]
    assert [(b["text"]["text"], b["action_id"]) for b in buttons] == [
        ("Today", "menu:/interview:today"),
        ("Book", "menu:/interview:book"),
    ]
    assert listener.reads


def test_each_button_of_the_menus_has_its_listener() -> None:
    found = menu_listeners([capability])
    assert [(each.trigger, each.name, each.reads) for each in found] == [
        (Trigger.ACTION, "menu:/interview:today", True),
        (Trigger.ACTION, "menu:/interview:book", False),
        (Trigger.ACTION, "menu:/study:list", False),
    ]
    assert found[0].body is today


@pytest.mark.parametrize("typed", ["help", "HELP", "help me"])
def test_help_is_made_of_the_declarations(typed: str) -> None:
    text = answer(router.find("/interview", typed)[0]).blocks[1]["text"]["text"]
    assert text.splitlines() == [
        "• `/interview today`  Who comes today",
        "• `/interview book KEY &lt;e-mail&gt; when`  Book a session",
        "• `/interview CHK-7`  One interview",
        "• `/interview week [mine] [here]`  Seven days",
        "• `/interview help`  This list",
        "Answers are seen by you alone. With `here` at the end the whole channel sees them.",
    ]


@pytest.mark.parametrize(
    ("typed", "guess"),
    [("tody", "today"), ("bok CHK", "book"), ("TOADY", "today"), ("hlep", "help"), ("xyzzy", None), ("-", None)],
)
def test_a_misspelt_subcommand_suggests_the_nearest(typed: str, guess: str | None) -> None:
    text = answer(router.find("/interview", typed)[0]).text
    assert text.startswith(f"There is no `/interview {typed.split()[0]}`.")
    assert text.endswith("`/interview help` lists what there is.")
    assert (f"Did you mean `/interview {guess}`?" in text) if guess else ("Did you mean" not in text)


@pytest.mark.parametrize("typed", ["<!channel>", "`rm`", "a&b", "*bold*", "x" * 500])
def test_what_was_typed_cannot_mention_or_style_anything_in_the_answer(typed: str) -> None:
    outcome = answer(router.find("/interview", typed)[0])
    shown = outcome.text.removeprefix("There is no `/interview ").split("`", 1)[0]
    assert not set("<>`*") & set(shown)
    assert "&b" not in shown.replace("&amp;b", "")
    assert len(shown) < 60
    assert "<!channel>" not in json.dumps(list(outcome.blocks))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("week here", ("", True)),
        ("week mine HERE", ("mine", True)),
        ("week mine", ("mine", False)),
        ("week heresy", ("heresy", False)),
        ("book CHK p@example.com here", ("CHK p@example.com here", False)),
    ],
)
def test_here_at_the_end_asks_for_an_answer_that_all_see(typed: str, expected: tuple[str, bool]) -> None:
    listener, arguments = router.find("/interview", typed)
    assert said_aloud(listener, arguments) == expected
