"""The manifest is one that Slack takes, and asks for no more than what is used and explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from bot.manifest import app_manifest, bot_scopes

ROOT = Path(__file__).parents[1]
SCHEMA = Path(__file__).parent / "schemas" / "slack-manifest.schema.json"

RESERVED_COMMANDS = frozenset(
    [
        "/active",
        "/all",
        "/apps",
        "/archive",
        "/away",
        "/call",
        "/collapse",
        "/dm",
        "/dnd",
        "/expand",
        "/feed",
        "/feedback",
        "/huddle",
        "/invite",
        "/invite_people",
        "/join",
        "/kick",
        "/leave",
        "/me",
        "/msg",
        "/mute",
        "/open",
        "/part",
        "/people",
        "/prefs",
        "/remind",
        "/remove",
        "/rename",
        "/search",
        "/shortcuts",
        "/shrug",
        "/star",
        "/status",
        "/topic",
        "/unarchive",
        "/who",
    ]
)
"""Slack's own: one of these in a manifest, and Slack refuses all of its commands."""

EVENT_SCOPES = {
    "app_home_opened": None,
    "app_uninstalled": None,
    "message.im": "im:history",
    "tokens_revoked": None,
    "team_join": "users:read",
    "user_change": "users:read",
}
"""The events that Callsheet listens to, and the scope that Slack asks for each."""

COMMANDS = app_manifest()["features"]["slash_commands"]


def test_slack_would_take_the_manifest() -> None:
    schema = json.loads(SCHEMA.read_text())

    errors = [
        f"{error.json_path}: {error.message}"
        for error in jsonschema.Draft7Validator(schema).iter_errors(app_manifest())
    ]

    assert errors == []


def test_there_are_the_four_commands() -> None:
    assert {each["command"] for each in COMMANDS} == {"/study", "/interview", "/participant", "/callsheet"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each["command"])
def test_a_command_is_not_slacks_own_and_fits_where_slack_shows_it(command: dict[str, object]) -> None:
    name = str(command["command"])

    assert name not in RESERVED_COMMANDS
    assert re.fullmatch(r"/[a-z0-9-]{1,31}", name)
    assert command["should_escape"] is True
    assert len(str(command["description"])) <= 75
    assert len(str(command["usage_hint"])) <= 100


def test_shortcuts_fit() -> None:
    shortcuts = app_manifest()["features"]["shortcuts"]

    assert [each["callback_id"] for each in shortcuts] == ["book_interview", "add_to_interview"]
    assert all(len(each["name"]) <= 24 for each in shortcuts)


def test_every_event_is_one_we_listen_to_and_may_hear() -> None:
    events = app_manifest()["settings"]["event_subscriptions"]["bot_events"]

    assert sorted(events) == sorted(EVENT_SCOPES)
    assert {scope for scope in EVENT_SCOPES.values() if scope} <= set(bot_scopes())


def test_files_can_be_dropped_into_the_direct_message() -> None:
    home = app_manifest()["features"]["app_home"]

    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]
    assert {"im:history", "files:read"} <= set(bot_scopes())


def test_the_getting_started_page_explains_exactly_the_scopes_asked_for() -> None:
    page = (ROOT / "docs" / "getting-started.md").read_text()

    explained = re.findall(r"^\| `([a-z]+(?::[a-z.]+)?)` \|", page, flags=re.MULTILINE)

    assert sorted(explained) == sorted(bot_scopes())
