"""Block Kit's text, option and confirmation objects and its interactive elements, as declarations."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blockkit.shape import (
    Offences,
    Shape,
    array,
    choice,
    exactly_one,
    flag,
    no_more,
    number,
    offence,
    record,
    string,
    tagged,
)

URL = string(3000, pattern=r"https?://\S+")
DATE = string(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
NUMERAL = string(pattern=r"-?\d+(\.\d+)?")
ID = string()


def plain(longest: int) -> Shape:
    """A plain_text object."""
    return tagged({"plain_text": record({"text": string(longest)}, {"emoji": flag})})


def text(longest: int) -> Shape:
    """A text object, plain or mrkdwn."""
    return tagged(
        {
            "plain_text": record({"text": string(longest)}, {"emoji": flag}),
            "mrkdwn": record({"text": string(longest)}, {"verbatim": flag}),
        }
    )


CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)
OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75)})
FORMATTED_OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75)})
OVERFLOW_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": URL})
OPTION_GROUP = record({"label": plain(75), "options": array(OPTION, 100)})
DISPATCH = record({}, {"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 2)})
FILTER = record(
    {},
    {
        "include": array(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)

_ACTION = {"action_id": string(255)}
_CONFIRMABLE = {**_ACTION, "confirm": CONFIRM}
_FOCUS = {**_ACTION, "focus_on_load": flag}
_MENU = {**_CONFIRMABLE, "focus_on_load": flag, "placeholder": plain(150)}
_MANY = {**_MENU, "max_selected_items": number(1)}
_TYPED = {**_FOCUS, "placeholder": plain(150), "dispatch_action_config": DISPATCH}


def _offered(element: dict[str, Any]) -> list[Any]:
    groups = element.get("option_groups", [])
    return [*element.get("options", []), *(option for group in groups for option in group["options"])]


def _initial_option_is_offered(element: Any, at: str, offences: Offences) -> None:
    if "initial_option" in element and element["initial_option"] not in _offered(element):
        offences.append(offence("initial_option must match one of the options", f"{at}/initial_option"))


def _initial_options_are_offered(element: Any, at: str, offences: Offences) -> None:
    offered = _offered(element)
    for index, option in enumerate(element.get("initial_options", [])):
        if option not in offered:
            offences.append(offence("initial_options must match the options", f"{at}/initial_options/{index}"))


def _is_whole(element: Any, at: str, offences: Offences) -> None:
    if not element["is_decimal_allowed"] and "." in str(element.get("initial_value", "")):
        offences.append(offence("must be a whole number", f"{at}/initial_value"))


_OPTIONS = {"options": array(OPTION, 100), "option_groups": array(OPTION_GROUP, 100)}
_ONE_SOURCE = exactly_one("options", "option_groups")

BUTTON = record(
    {"text": plain(75)},
    {
        **_CONFIRMABLE,
        "url": URL,
        "value": string(2000),
        "style": choice("primary", "danger"),
        "accessibility_label": string(75),
    },
)
OVERFLOW = record({"options": array(OVERFLOW_OPTION, 5)}, _CONFIRMABLE)
IMAGE = record(
    {"alt_text": string(2000)},
    {"image_url": URL, "slack_file": record({}, {"id": ID, "url": URL}, exactly_one("id", "url"))},
    exactly_one("image_url", "slack_file"),
)

SELECTS: dict[str, Shape] = {
    "static_select": record(
        {}, {**_MENU, **_OPTIONS, "initial_option": OPTION}, _ONE_SOURCE, _initial_option_is_offered
    ),
    "external_select": record({}, {**_MENU, "min_query_length": number(0), "initial_option": OPTION}),
    "users_select": record({}, {**_MENU, "initial_user": ID}),
    "conversations_select": record(
        {},
        {
            **_MENU,
            "initial_conversation": ID,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": FILTER,
        },
    ),
    "channels_select": record({}, {**_MENU, "initial_channel": ID, "response_url_enabled": flag}),
}
MULTI_SELECTS: dict[str, Shape] = {
    "multi_static_select": record(
        {},
        {**_MANY, **_OPTIONS, "initial_options": array(OPTION, 100)},
        _ONE_SOURCE,
        _initial_options_are_offered,
    ),
    "multi_external_select": record(
        {}, {**_MANY, "min_query_length": number(0), "initial_options": array(OPTION, 100)}
    ),
    "multi_users_select": record({}, {**_MANY, "initial_users": array(ID)}),
    "multi_conversations_select": record(
        {},
        {
            **_MANY,
            "initial_conversations": array(ID),
            "default_to_current_conversation": flag,
            "filter": FILTER,
        },
    ),
    "multi_channels_select": record({}, {**_MANY, "initial_channels": array(ID)}),
}
PICKERS: dict[str, Shape] = {
    "datepicker": record({}, {**_MENU, "initial_date": DATE}),
    "timepicker": record({}, {**_MENU, "initial_time": TIME, "timezone": string()}),
}
DATETIMEPICKER = record(
    {}, {**_CONFIRMABLE, "focus_on_load": flag, "initial_date_time": number(1_000_000_000, 9_999_999_999)}
)
BOXES: dict[str, Shape] = {
    "checkboxes": record(
        {"options": array(FORMATTED_OPTION, 10)},
        {**_CONFIRMABLE, "focus_on_load": flag, "initial_options": array(FORMATTED_OPTION, 10)},
        _initial_options_are_offered,
    ),
    "radio_buttons": record(
        {"options": array(FORMATTED_OPTION, 10)},
        {**_CONFIRMABLE, "focus_on_load": flag, "initial_option": FORMATTED_OPTION},
        _initial_option_is_offered,
    ),
}
PLAIN_TEXT_INPUT = record(
    {},
    {
        **_TYPED,
        "initial_value": string(3000, 0),
        "multiline": flag,
        "min_length": number(0, 3000),
        "max_length": number(1, 3000),
    },
    no_more("min_length", "max_length"),
)
MODAL_INPUTS: dict[str, Shape] = {
    "email_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "url_text_input": record({}, {**_TYPED, "initial_value": string()}),
    "number_input": record(
        {"is_decimal_allowed": flag},
        {**_TYPED, "initial_value": NUMERAL, "min_value": NUMERAL, "max_value": NUMERAL},
        no_more("min_value", "max_value"),
        _is_whole,
    ),
    "file_input": record({}, {**_ACTION, "filetypes": array(string()), "max_files": number(1, 10)}),
}
"""Inputs that only a modal may have."""
