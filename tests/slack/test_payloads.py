"""What Slack sends, read into the few values that bodies need."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack import payloads
from bot.slack.capability import Trigger
from bot.slack.payloads import Incoming

TEAM = {"id": "T1", "domain": "northwind"}
USER = {"id": "U1", "username": "kim", "name": "kim", "team_id": "T1"}
CHANNEL = {"id": "C1", "name": "core"}


def clicked(action: dict[str, Any], **body: Any) -> Incoming:
    """A click on a message's element."""
    given = {
        "type": "block_actions",
        "team": TEAM,
        "user": USER,
        "channel": CHANNEL,
        "container": {"type": "message", "channel_id": "C1", "message_ts": "17.1", "is_ephemeral": False},
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [{"action_id": "interview:cancel", **action}],
        **body,
    }
    return payloads.of_interaction(given, Trigger.ACTION)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (None, ""),
        ("", ""),
        ("  today ", "today"),
        ("book CHK <mailto:p17@example.com|p17@example.com> tue", "book CHK p17@example.com tue"),
        ("book CHK <mailto:p17@example.com>", "book CHK p17@example.com"),
        ("new <https://zoom.example/j/1|zoom.example>", "new https://zoom.example/j/1"),
        ("show &lt;b&gt; AT&amp;T", "show <b> AT&T"),
        ("role <@U2|mara> admin", "role <@U2> admin"),
        ("settings <#C2|core>", "settings <#C2>"),
        ("say <!channel>", "say <!channel>"),
    ],
)
def test_a_command_is_read_as_it_was_typed(text: str | None, arguments: str) -> None:
    body = {
        "command": "/interview",
        "team_id": "T1",
        "user_id": "U1",
        "user_name": "kim",
        "channel_id": "C1",
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/commands/1",
        "text": text,
    }
    incoming = payloads.of_command(body)
    assert incoming.arguments == arguments
    assert (incoming.key, incoming.slack_user_id, incoming.channel_id) == ("T1:1.2.3", "U1", "C1")
    assert not incoming.is_stranger
    assert incoming.with_arguments("x", aloud=True).arguments == "x"


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ({"type": "button", "value": "17"}, "17"),
        ({"type": "button"}, ""),
        ({"type": "overflow", "selected_option": {"value": "cancel:17"}}, "cancel:17"),
        ({"type": "static_select", "selected_option": None}, ""),
        ({"type": "external_select", "selected_option": {"value": "3"}, "value": "ignored"}, "3"),
        ({"type": "users_select", "selected_user": "U2"}, "U2"),
        ({"type": "conversations_select", "selected_conversation": "C2"}, "C2"),
        ({"type": "datepicker", "selected_date": "2026-11-24"}, "2026-11-24"),
        ({"type": "timepicker", "selected_time": "14:00"}, "14:00"),
    ],
)
def test_what_was_clicked_or_chosen_comes_as_text(action: dict[str, Any], value: str) -> None:
    assert clicked(action).value == value


def test_a_click_knows_its_message_and_its_place() -> None:
    incoming = clicked({"value": "17"})
    assert incoming.message == ("C1", "17.1")
    assert (incoming.channel_id, incoming.key, incoming.user_name) == ("C1", "T1:1.2.3", "kim")
    assert not incoming.is_in_modal


def test_an_ephemeral_message_is_none_that_could_be_drawn_again() -> None:
    container = {"type": "message", "channel_id": "C1", "message_ts": "17.1", "is_ephemeral": True}
    assert clicked({"value": "17"}, container=container).message is None


def test_a_click_in_a_modal_and_one_in_app_home_have_no_channel() -> None:
    view = {"id": "V1", "type": "modal", "private_metadata": '{"channel_id":"C1"}'}
    in_modal = clicked({}, channel=None, container={"type": "view", "view_id": "V1"}, view=view, response_url=None)
    assert (in_modal.is_in_modal, in_modal.channel_id, in_modal.message) == (True, "", None)
    assert (in_modal.metadata, in_modal.response_url) == ('{"channel_id":"C1"}', "")
    in_home = clicked({}, channel=None, container={"type": "view"}, view={"id": "V2", "type": "home"})
    assert not in_home.is_in_modal


@pytest.mark.parametrize(
    ("user", "is_stranger"), [(USER, False), ({"id": "U1"}, False), ({**USER, "team_id": "T2"}, True)]
)
def test_somebody_from_another_workspace_is_a_stranger(user: dict[str, Any], is_stranger: bool) -> None:
    assert clicked({}, user=user).is_stranger == is_stranger


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "plain_text_input", "value": "Mara"}, "Mara"),
        ({"type": "plain_text_input", "value": None}, None),
        ({"type": "number_input", "value": "5"}, "5"),
        ({"type": "email_text_input", "value": "a@b.co"}, "a@b.co"),
        ({"type": "static_select", "selected_option": {"value": "60"}}, "60"),
        ({"type": "external_select", "selected_option": None}, None),
        ({"type": "radio_buttons", "selected_option": {"value": "a"}}, "a"),
        ({"type": "checkboxes", "selected_options": [{"value": "0"}, {"value": "4"}]}, ["0", "4"]),
        ({"type": "checkboxes", "selected_options": []}, []),
        ({"type": "multi_static_select", "selected_options": None}, []),
        ({"type": "file_input", "files": [{"id": "F1"}]}, [{"id": "F1"}]),
        ({"type": "file_input", "files": []}, []),
        ({"type": "users_select", "selected_user": "U2"}, "U2"),
        ({"type": "multi_users_select", "selected_users": ["U2", "U3"]}, ["U2", "U3"]),
        ({"type": "conversations_select", "selected_conversation": "C2"}, "C2"),
        ({"type": "channels_select", "selected_channel": "C2"}, "C2"),
        ({"type": "datepicker", "selected_date": None}, None),
        ({"type": "timepicker", "selected_time": "14:00"}, "14:00"),
        ({"type": "datetimepicker", "selected_date_time": 1795525200}, 1795525200),
    ],
)
def test_an_input_is_read_by_its_kind(element: dict[str, Any], value: object) -> None:
    view = {"id": "V1", "state": {"values": {"field": {"field": element}}}}
    assert payloads.fields_of(view) == {"field": value}


def submitted(view: dict[str, Any]) -> Incoming:
    body = {"type": "view_submission", "team": TEAM, "user": USER, "trigger_id": "9.9", "view": view}
    return payloads.of_interaction(body, Trigger.SUBMISSION)


def test_a_submission_is_known_by_its_view_and_hash() -> None:
    one = submitted({"id": "V1", "hash": "h1", "type": "modal"})
    assert one.key == "T1:V1:h1"
    assert one.fields == {}
    assert submitted({"id": "V1", "hash": "h2"}).key != one.key


def test_a_menu_that_asks_for_options_says_what_was_typed() -> None:
    body = {"type": "block_suggestion", "team": TEAM, "user": USER, "value": "mar", "action_id": "person"}
    assert payloads.of_interaction(body, Trigger.OPTIONS).typed == "mar"


@pytest.mark.parametrize(
    ("event", "user", "channel", "is_stranger"),
    [
        ({"type": "app_home_opened", "user": "U1", "channel": "D1"}, "U1", "D1", False),
        ({"type": "user_change", "user": {"id": "U2", "name": "mara"}}, "U2", "", False),
        ({"type": "app_uninstalled"}, "", "", False),
        ({"type": "channel_rename", "channel": {"id": "C2", "name": "core"}}, "", "C2", False),
        ({"type": "message", "user": "U3", "user_team": "T2", "channel": "C1"}, "U3", "C1", True),
        ({"type": "message", "user": "U1", "user_team": "T1", "channel": "C1"}, "U1", "C1", False),
    ],
)
def test_an_event_is_read(event: dict[str, Any], user: str, channel: str, is_stranger: bool) -> None:
    incoming = payloads.of_event({"team_id": "T1", "event_id": "Ev1", "event": event})
    assert (incoming.slack_user_id, incoming.channel_id, incoming.is_stranger) == (user, channel, is_stranger)
    assert incoming.key == "T1:Ev1"
    assert incoming.event == event


def used_on(message: dict[str, Any], channel: dict[str, Any], trigger: Trigger = Trigger.SHORTCUT) -> Incoming:
    """A message shortcut."""
    body = {
        "type": "message_action",
        "callback_id": "add_to_interview",
        "team": TEAM,
        "user": USER,
        "channel": channel,
        "message_ts": "17.1",
        "message": {"type": "message", "user": "U2", "ts": "17.1", **message},
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/app/1",
    }
    return payloads.of_interaction(body, trigger)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("prefers\nmornings  only", "prefers mornings only"),
        ("<@U2|mara> and <@U3>", "<@U2> and <@U3>"),
        ("in <#C2|core> or <#C3>", "in #core or #a channel"),
        ("<!here> <!subteam^S1|@research> <!date^1^{date}|Monday>", "@here @research Monday"),
        ("<https://a.example/x|the report>, <https://b.example>", "the report, https://b.example"),
        ("<mailto:p17@example.com|p17@example.com>", "p17@example.com"),
        ("<mailto:p17@example.com>", "p17@example.com"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("", ""),
    ],
)
def test_a_message_on_which_a_shortcut_is_used_is_read_as_people_do(text: str, read: str) -> None:
    incoming = used_on({"text": text}, CHANNEL)
    assert (incoming.message_text, incoming.message_ts, incoming.channel_id) == (read, "17.1", "C1")
    assert incoming.message is None, "it is no message of ours whose drawing could be out of date"


def test_a_message_of_files_alone_has_no_text() -> None:
    assert used_on({}, CHANNEL).message_text == ""


def test_a_click_says_nothing_of_the_text_of_its_message() -> None:
    incoming = clicked({"type": "button", "value": "17"}, message={"text": "CHK-7", "ts": "17.1"})
    assert (incoming.message_text, incoming.message_ts) == ("", "")


@pytest.mark.parametrize(
    ("channel", "is_private"),
    [
        ({"id": "C1", "name": "core"}, False),
        ({"id": "C1", "name": "privategroup"}, True),
        ({"id": "G1", "name": "privategroup"}, True),
        ({"id": "D1", "name": "directmessage"}, True),
        ({"id": "C1", "name": "mpdm-kim--mara--lee-1"}, True),
        ({"id": "G1", "name": "old-private"}, True),
        ({"id": "C1"}, True),
        ({}, True),
    ],
)
def test_a_place_that_is_not_open_to_all_is_private(channel: dict[str, Any], is_private: bool) -> None:
    assert used_on({"text": "x"}, channel).is_private is is_private
