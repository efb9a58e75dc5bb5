"""Block Kit as strict as Slack's: each row is something Slack refuses, with where and why."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.blockkit import message_offences, options_offences, view_offences
from tests.sandbox.slack.conftest import TEAM, Slack, button, modal, section, text_input

Json = dict[str, Any]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str = "a", text: str = "A", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def asked(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def runs(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def table(*rows: list[str]) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]}


OPTIONS = [option(), option("b", "B")]

REFUSED_IN_MESSAGES: dict[str, tuple[list[Any], str]] = {
    "no object": (["text"], "must provide an object [json-pointer:/blocks/0]"),
    "no type": ([{"text": plain()}], "missing required field: type [json-pointer:/blocks/0]"),
    "unknown type": ([{"type": "marquee"}], "unsupported type: marquee [json-pointer:/blocks/0/type]"),
    "modal's block": ([{"type": "alert", "text": plain()}], "unsupported type: alert [json-pointer:/blocks/0/type]"),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "unknown field": (
        [{"type": "divider", "color": "red"}],
        "invalid additional property: color [json-pointer:/blocks/0]",
    ),
    "long block_id": (
        [{"type": "divider", "block_id": "x" * 256}],
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
    "same block_id": (
        [section("a", block_id="b"), section("b", block_id="b")],
        "block_id already exists: b [json-pointer:/blocks/1/block_id]",
    ),
    "empty section": ([{"type": "section"}], "missing required field: text or fields [json-pointer:/blocks/0]"),
    "empty text": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "long section": ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    "text as string": (
        [{"type": "section", "text": "hello"}],
        "must provide an object [json-pointer:/blocks/0/text]",
    ),
    "emoji in mrkdwn": (
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    "11 fields": (
        [{"type": "section", "fields": [plain()] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "long field": (
        [{"type": "section", "fields": [plain("x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "markup in header": (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "long header": (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "11 in context": (
        [{"type": "context", "elements": [plain()] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "button in context": (
        [{"type": "context", "elements": [button()]}],
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    "no actions": ([actions()], "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "26 actions": (
        [actions(*(button(str(n)) for n in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "same action_id": (
        [actions(button("a"), button("a"))],
        "action_id already exists: a [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    "long button": (
        [actions({"type": "button", "text": plain("x" * 76)})],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "long value": (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "odd style": (
        [actions(button(style="green"))],
        "must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "no address": (
        [actions(button(url="example.org"))],
        "does not match the required format [json-pointer:/blocks/0/elements/0/url]",
    ),
    "long confirm": (
        [actions(button(confirm={"title": plain("x" * 101), "text": plain(), "confirm": plain(), "deny": plain()}))],
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    "multi-select in actions": (
        [actions({"type": "multi_static_select", "options": OPTIONS})],
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    "date and time in section": (
        [section("x", accessory={"type": "datetimepicker"})],
        "unsupported type: datetimepicker [json-pointer:/blocks/0/accessory/type]",
    ),
    "no options": (
        [actions(select(options=[]))],
        "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "101 options": (
        [actions(select(options=[option(str(n)) for n in range(101)]))],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "options and groups": (
        [actions(select(options=OPTIONS, option_groups=[{"label": plain(), "options": OPTIONS}]))],
        "must provide exactly one of: options, option_groups [json-pointer:/blocks/0/elements/0]",
    ),
    "long option": (
        [actions(select(options=[option(text="x" * 76)]))],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    "long option value": (
        [actions(select(options=[option("x" * 151)]))],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    "url in a select's option": (
        [actions(select(options=[option(url="https://x.example")]))],
        "invalid additional property: url [json-pointer:/blocks/0/elements/0/options/0]",
    ),
    "initial option not offered": (
        [actions(select(options=OPTIONS, initial_option=option("c")))],
        "initial_option must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "options of an external select": (
        [actions({"type": "external_select", "options": OPTIONS})],
        "invalid additional property: options [json-pointer:/blocks/0/elements/0]",
    ),
    "6 in overflow": (
        [actions({"type": "overflow", "options": [option(str(n)) for n in range(6)]})],
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "11 checkboxes": (
        [actions({"type": "checkboxes", "options": [option(str(n)) for n in range(11)]})],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "long placeholder": (
        [actions({"type": "datepicker", "placeholder": plain("x" * 151)})],
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
    ),
    "no date": (
        [actions({"type": "datepicker", "initial_date": "2026-13-01"})],
        "does not match the required format [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    "no time": (
        [actions({"type": "timepicker", "initial_time": "25:00"})],
        "does not match the required format [json-pointer:/blocks/0/elements/0/initial_time]",
    ),
    "number input": (
        [asked({"type": "number_input", "is_decimal_allowed": True})],
        "unsupported type: number_input [json-pointer:/blocks/0/element/type]",
    ),
    "unknown run": (
        [runs({"type": "blink"})],
        "unsupported type: blink [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "empty run": (
        [runs({"type": "text", "text": ""})],
        "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
    ),
    "101 rows": ([table(*[["x"]] * 101)], "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    "21 columns": ([table(["x"] * 21)], "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    "two tables": ([table(["x"]), table(["y"])], "only_one_table_allowed [json-pointer:/blocks]"),
    "image without text": (
        [{"type": "image", "image_url": "https://x.example/a.png"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
}

REFUSED_IN_VIEWS: dict[str, tuple[Json, str]] = {
    "no title": (
        {"type": "modal", "blocks": []},
        "missing required field: title [json-pointer:/view]",
    ),
    "long title": (
        modal(title=plain("x" * 25)),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    "long submit": (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    "long metadata": (
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    "disabled submit": (
        modal(submit_disabled=True),
        "invalid additional property: submit_disabled [json-pointer:/view]",
    ),
    "input without submit": (
        {"type": "modal", "title": plain(), "blocks": [text_input()]},
        "missing required field: submit [json-pointer:/view]",
    ),
    "table": (modal(table(["x"])), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
    "no element": (
        modal({"type": "input", "label": plain()}),
        "missing required field: element [json-pointer:/view/blocks/0]",
    ),
    "button as input": (modal(asked(button())), "unsupported type: button [json-pointer:/view/blocks/0/element/type]"),
    "long label": (
        modal(asked(select(options=OPTIONS)) | {"label": plain("x" * 2001)}),
        "must be less than 2001 characters [json-pointer:/view/blocks/0/label/text]",
    ),
    "lengths crossed": (
        modal(text_input(min_length=5, max_length=4)),
        "min_length must not be more than max_length [json-pointer:/view/blocks/0/element]",
    ),
    "long input": (
        modal(text_input(max_length=3001)),
        "must be at most 3000 [json-pointer:/view/blocks/0/element/max_length]",
    ),
    "number as number": (
        modal(asked({"type": "number_input", "is_decimal_allowed": False, "initial_value": 3})),
        "must provide a string [json-pointer:/view/blocks/0/element/initial_value]",
    ),
    "two in focus": (
        modal(text_input("a", focus_on_load=True), text_input("b", focus_on_load=True)),
        "only one element can have focus_on_load [json-pointer:/view/blocks]",
    ),
    "home with title": (
        {"type": "home", "title": plain(), "blocks": []},
        "invalid additional property: title [json-pointer:/view]",
    ),
    "date and time at home": (
        {"type": "home", "blocks": [actions({"type": "datetimepicker"})]},
        "unsupported type: datetimepicker [json-pointer:/view/blocks/0/elements/0/type]",
    ),
    "e-mail at home": (
        {"type": "home", "blocks": [asked({"type": "email_text_input"})]},
        "unsupported type: email_text_input [json-pointer:/view/blocks/0/element/type]",
    ),
}


@pytest.mark.parametrize(("blocks", "offence"), REFUSED_IN_MESSAGES.values(), ids=REFUSED_IN_MESSAGES)
def test_what_a_message_may_not_have(blocks: list[Any], offence: str) -> None:
    assert message_offences(blocks) == [offence]


@pytest.mark.parametrize(("view", "offence"), REFUSED_IN_VIEWS.values(), ids=REFUSED_IN_VIEWS)
def test_what_a_view_may_not_have(view: Json, offence: str) -> None:
    assert view_offences(view) == [offence]


def test_a_rich_message_is_right() -> None:
    style = {"bold": True}
    blocks = [
        {"type": "header", "text": plain("x" * 150)},
        section(
            "x" * 3000,
            accessory={"type": "overflow", "action_id": "more", "options": [option(url="https://x.example")]},
        ),
        section("x", accessory={"type": "image", "image_url": "https://x.example/a.png", "alt_text": "A"}),
        {"type": "context", "elements": [plain(), {"type": "mrkdwn", "text": "*x*", "verbatim": True}]},
        actions(button(value="x" * 2000), select(options=OPTIONS, initial_option=option()), {"type": "users_select"}),
        runs(
            {"type": "text", "text": "x", "style": style},
            {"type": "user", "user_id": "U1"},
            {"type": "emoji", "name": "x"},
        ),
        {**table(["x"] * 20), "column_settings": [None, {"align": "right"}]},
        {"type": "markdown", "text": "# x"},
        asked({"type": "plain_text_input"}, dispatch_action=True),
    ]
    assert message_offences(blocks) == []


def test_a_rich_modal_is_right() -> None:
    blocks = [
        {"type": "alert", "text": plain(), "level": "warning"},
        text_input(multiline=True, max_length=3000, focus_on_load=True),
        asked({"type": "email_text_input"}),
        asked({"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "9"}),
        asked({"type": "url_text_input"}),
        asked({"type": "file_input", "filetypes": ["csv"], "max_files": 1}),
        asked({"type": "datetimepicker", "initial_date_time": 1_800_000_000}),
        asked({"type": "multi_external_select", "min_query_length": 0, "initial_options": OPTIONS}),
        asked({"type": "conversations_select", "response_url_enabled": True, "filter": {"include": ["public"]}}),
        asked({"type": "radio_buttons", "options": [option(description=plain())]}, optional=True, hint=plain()),
    ]
    assert view_offences(modal(*blocks, notify_on_close=True, private_metadata="")) == []


def test_options_are_checked_too() -> None:
    assert options_offences({"options": OPTIONS}) == []
    assert options_offences({"options": []}) == []
    assert options_offences({"options": [option(str(n)) for n in range(101)]}) == [
        "no more than 100 items allowed [json-pointer:/options]"
    ]
    assert options_offences(None) == ["must provide an object [json-pointer:]"]


def test_the_app_is_told_as_slack_tells_it(slack: Slack) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.client.chat_postMessage(channel=TEAM, text="x", blocks=[actions(button(value=""), {"type": "button"})])
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/elements/0/value]",
        "[ERROR] missing required field: text [json-pointer:/blocks/0/elements/1]",
    ]
    assert slack.messages() == []


def test_ids_left_out_are_made_up(slack: Slack) -> None:
    elements = {"type": "actions", "elements": [{"type": "button", "text": plain()}]}
    slack.client.chat_postMessage(channel=TEAM, text="x", blocks=[section("a"), elements])
    first, second = slack.messages()[0]["blocks"]
    assert first["block_id"] != second["block_id"]
    assert second["elements"][0]["action_id"]
