"""Block Kit's blocks per surface, and the rules that concern a message or a view as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sandbox.slack.blockkit.elements import (
    BOXES,
    BUTTON,
    DATETIMEPICKER,
    IMAGE,
    MODAL_INPUTS,
    MULTI_SELECTS,
    OPTION,
    OPTION_GROUP,
    OVERFLOW,
    PICKERS,
    PLAIN_TEXT_INPUT,
    SELECTS,
    URL,
    plain,
    text,
)
from sandbox.slack.blockkit.rich_text import RICH_TEXT, RICH_TEXT_FIELDS
from sandbox.slack.blockkit.shape import (
    Offences,
    Shape,
    array,
    at_least_one,
    choice,
    exactly_one,
    flag,
    nullable,
    number,
    offence,
    record,
    string,
    tagged,
)

_ID = {"block_id": string(255)}
_SLACK_FILE = record({}, {"id": string(), "url": URL}, exactly_one("id", "url"))
_IN_ACTIONS = {"button": BUTTON, "overflow": OVERFLOW, **SELECTS, **PICKERS, **BOXES}
_IN_SECTION = {**_IN_ACTIONS, **MULTI_SELECTS, "image": IMAGE}
_IN_INPUT = {
    **SELECTS,
    **MULTI_SELECTS,
    **PICKERS,
    **BOXES,
    "plain_text_input": PLAIN_TEXT_INPUT,
    "rich_text_input": record(
        {},
        {
            "action_id": string(255),
            "initial_value": tagged({"rich_text": RICH_TEXT}),
            "focus_on_load": flag,
            "placeholder": plain(150),
        },
    ),
}
_CELL = tagged(
    {
        "raw_text": record({"text": string()}),
        "raw_number": record({"value": number(whole=False), "text": string()}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = nullable(record({}, {"align": choice("left", "center", "right"), "is_wrapped": flag}))

_EVERYWHERE: dict[str, Shape] = {
    "divider": record({}, _ID),
    "header": record({"text": plain(150)}, _ID),
    "section": record(
        {},
        {
            **_ID,
            "text": text(3000),
            "fields": array(text(2000), 10),
            "accessory": tagged(_IN_SECTION),
            "expand": flag,
        },
        at_least_one("text", "fields"),
    ),
    "context": record(
        {
            "elements": array(
                tagged(
                    {
                        "image": IMAGE,
                        "plain_text": record({"text": string(3000)}, {"emoji": flag}),
                        "mrkdwn": record({"text": string(3000)}, {"verbatim": flag}),
                    }
                ),
                10,
            )
        },
        _ID,
    ),
    "image": record(
        {"alt_text": string(2000)},
        {**_ID, "image_url": URL, "slack_file": _SLACK_FILE, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "rich_text": record(RICH_TEXT_FIELDS, _ID),
}


def _with_elements(in_actions: Mapping[str, Shape], in_input: Mapping[str, Shape]) -> dict[str, Shape]:
    return {
        **_EVERYWHERE,
        "actions": record({"elements": array(tagged(in_actions), 25)}, _ID),
        "input": record(
            {"label": plain(2000), "element": tagged(in_input)},
            {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
        ),
    }


_PICKING = {"datetimepicker": DATETIMEPICKER}
_HOME = _with_elements(_IN_ACTIONS, _IN_INPUT)
_MODAL = {
    **_with_elements({**_IN_ACTIONS, **_PICKING}, {**_IN_INPUT, **_PICKING, **MODAL_INPUTS}),
    "alert": record({"text": text(3000)}, {**_ID, "level": choice("default", "info", "warning", "error", "success")}),
}
_MESSAGE = {
    **_with_elements({**_IN_ACTIONS, **_PICKING}, {**_IN_INPUT, **_PICKING}),
    "markdown": record({"text": string(12_000)}, _ID),
    "table": record({"rows": array(array(_CELL, 20), 100)}, {**_ID, "column_settings": array(_COLUMN, 20)}),
}


def elements_of(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The elements of a block that a user can act on, each with its place in the block."""
    if block["type"] == "input":
        yield "element", block["element"]
    elif block["type"] == "actions":
        for index, element in enumerate(block["elements"]):
            yield f"elements/{index}", element
    elif "accessory" in block and block["accessory"]["type"] != "image":
        yield "accessory", block["accessory"]


def _ids_are_unique(blocks: Any, at: str, offences: Offences) -> None:
    block_ids: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in block_ids:
            offences.append(offence(f"block_id already exists: {block_id}", f"{at}/{index}/block_id"))
        if block_id is not None:
            block_ids.add(block_id)
        action_ids: set[str] = set()
        for place, element in elements_of(block):
            action_id = element.get("action_id")
            if action_id in action_ids:
                offences.append(offence(f"action_id already exists: {action_id}", f"{at}/{index}/{place}/action_id"))
            if action_id is not None:
                action_ids.add(action_id)


def _one_focus(blocks: Any, at: str, offences: Offences) -> None:
    if sum(element.get("focus_on_load", False) for block in blocks for _, element in elements_of(block)) > 1:
        offences.append(offence("only one element can have focus_on_load", at))


def _one_table(blocks: Any, at: str, offences: Offences) -> None:
    if sum(block["type"] == "table" for block in blocks) > 1:
        offences.append(offence("only_one_table_allowed", at))


def _listing(blocks: Mapping[str, Shape], most: int, *rules: Shape) -> Shape:
    items = array(tagged(blocks), most, least=0)

    def check(value: Any, at: str, offences: Offences) -> None:
        before = len(offences)
        items(value, at, offences)
        if len(offences) == before:
            for rule in rules:
                rule(value, at, offences)

    return check


def _inputs_can_be_submitted(view: Any, at: str, offences: Offences) -> None:
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        offences.append(offence("missing required field: submit", at))


_VIEW = {"private_metadata": string(3000, 0), "callback_id": string(255, 0), "external_id": string(255, 0)}
_MODAL_VIEW = record(
    {"title": plain(24), "blocks": _listing(_MODAL, 100, _ids_are_unique, _one_focus)},
    {**_VIEW, "submit": plain(24), "close": plain(24), "clear_on_close": flag, "notify_on_close": flag},
    _inputs_can_be_submitted,
)
_HOME_VIEW = record({"blocks": _listing(_HOME, 100, _ids_are_unique, _one_focus)}, _VIEW)
_MESSAGE_BLOCKS = _listing(_MESSAGE, 50, _ids_are_unique, _one_focus, _one_table)
_OPTIONS_ANSWER = record(
    {},
    {"options": array(OPTION, 100, 0), "option_groups": array(OPTION_GROUP, 100, 0)},
    exactly_one("options", "option_groups"),
)


def message_offences(blocks: Any) -> list[str]:
    """What Slack would refuse in a message's blocks; empty when it is right."""
    offences: Offences = []
    _MESSAGE_BLOCKS(blocks, "/blocks", offences)
    return offences


def view_offences(view: Any, surfaces: tuple[str, ...] = ("modal", "home")) -> list[str]:
    """What Slack would refuse in a view for one of the surfaces; empty when it is right."""
    shapes = {"modal": _MODAL_VIEW, "home": _HOME_VIEW}
    offences: Offences = []
    tagged({surface: shapes[surface] for surface in surfaces})(view, "/view", offences)
    return offences


def options_offences(answer: Any) -> list[str]:
    """What Slack would refuse in an app's answer to a block_suggestion; empty when it is right."""
    offences: Offences = []
    _OPTIONS_ANSWER(answer, "", offences)
    return offences


def interactive(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every element that a user can act on, with its block."""
    return chain.from_iterable(((block, element) for _, element in elements_of(block)) for block in blocks)
