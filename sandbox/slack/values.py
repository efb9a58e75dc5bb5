"""What a user enters in an element, as Slack keeps it: from the control API's plain values and from initial values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack.blockkit import interactive
from sandbox.slack.errors import ControlError
from sandbox.slack.workspace import Entries, Json

_FIELDS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "overflow": ("selected_option", ""),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
"""Per element type: where Slack puts what was entered, and where the element says what is there at first."""

_FORMS = {
    "datepicker": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "timepicker": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
}
_MANY = {"multi_static_select", "multi_external_select", "checkboxes", "multi_users_select", "file_input"} | {
    "multi_conversations_select",
    "multi_channels_select",
}
_STATELESS = {"button", "overflow"}


def initial_values(blocks: list[Json], channel: str | None = None) -> dict[str, dict[str, Json]]:
    """The state values of a fresh view: block id, action id, value. `channel` is where the view was opened."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in interactive(blocks):
        if element["type"] not in _STATELESS:
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element, channel)
    return values


def _initial(element: Json, channel: str | None) -> Json:
    field, initial = _FIELDS[element["type"]]
    empty: Any = [] if element["type"] in _MANY else None
    value = element.get(initial, empty)
    if element.get("default_to_current_conversation") and not value and channel is not None:
        value = [channel] if element["type"] in _MANY else channel
    return {"type": element["type"], field: value}


def carry_over(blocks: list[Json], before: Mapping[str, Mapping[str, Json]], entries: Entries) -> None:
    """Keep what was entered in elements that a changed view still has, and still offers."""
    for block, element in interactive(blocks):
        value = before.get(block["block_id"], {}).get(element["action_id"])
        if value is None or value["type"] != element["type"]:
            continue
        offered = _offered(block, element, entries)
        chosen = [*value.get("selected_options", []), *filter(None, [value.get("selected_option")])]
        if all(option["value"] in offered for option in chosen):
            entries.values[block["block_id"]][element["action_id"]] = dict(value)


def entered(block: Json, element: Json, value: Any, entries: Entries) -> Json:
    """The state value for what the control API says was entered. Raises ControlError for what cannot be entered."""
    kind = element["type"]
    field = _FIELDS[kind][0]
    many = kind in _MANY
    if value in (None, "", []):
        return {"type": kind, field: [] if many else None}
    if many != isinstance(value, list):
        raise ControlError(f"{element['action_id']} takes {'a list of values' if many else 'one value'}.")
    if field in ("selected_option", "selected_options"):
        offered = _offered(block, element, entries)
        chosen = [_option(element, offered, each) for each in (value if many else [value])]
        return {"type": kind, field: chosen if many else chosen[0]}
    if kind in _FORMS and not (isinstance(value, str) and _FORMS[kind].fullmatch(value)):
        raise ControlError(f"{value} is not a value for a {kind}.")
    if kind == "datetimepicker":
        return {"type": kind, field: int(value)}
    zone = {"timezone": element["timezone"]} if "timezone" in element else {}
    return {"type": kind, field: value, **zone}


def _offered(block: Json, element: Json, entries: Entries) -> dict[str, Json]:
    groups = element.get("option_groups", [])
    listed = [*element.get("options", []), *(option for group in groups for option in group["options"])]
    first = [*element.get("initial_options", []), *([element["initial_option"]] if "initial_option" in element else [])]
    shown = entries.options.get((block["block_id"], element["action_id"]), {})
    return {**{each["value"]: each for each in [*first, *listed]}, **shown}


def _option(element: Json, offered: Mapping[str, Json], value: Any) -> Json:
    if value not in offered:
        raise ControlError(f"{element['action_id']} has no option {value}.")
    return offered[value]


def complaint(block: Json, state: Json) -> str | None:
    """What Slack's client says under an input before it sends anything to the app; None when it is content."""
    element = block["element"]
    value = state[_FIELDS[element["type"]][0]]
    if not value:
        return None if block.get("optional", False) else "Please complete this required field."
    if "max_selected_items" in element and len(value) > element["max_selected_items"]:
        return f"Please select no more than {element['max_selected_items']} items."
    check = _COMPLAINTS.get(element["type"])
    return check(element, value) if check else None


def _about_files(element: Json, files: list[Json]) -> str | None:
    most, endings = element.get("max_files", 10), [each.lower() for each in element.get("filetypes", [])]
    if len(files) > most:
        return f"Please select no more than {most} files."
    if endings and any(file["name"].rpartition(".")[2].lower() not in endings for file in files):
        return f"Please choose a file of one of these types: {', '.join(endings)}."
    return None


def _about_text(element: Json, value: str) -> str | None:
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter no more than {element.get('max_length', 3000)} characters."
    return None


def _about_number(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if number < float(element.get("min_value", "-inf")):
        return f"Please enter a number of at least {element['min_value']}."
    if number > float(element.get("max_value", "inf")):
        return f"Please enter a number of at most {element['max_value']}."
    return None


def _about_email(_: Json, value: str) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."


def _about_url(_: Json, value: str) -> str | None:
    return None if re.fullmatch(r"https?://\S+", value) else "Please enter a valid URL."


_COMPLAINTS: dict[str, Callable[[Json, Any], str | None]] = {
    "file_input": _about_files,
    "plain_text_input": _about_text,
    "number_input": _about_number,
    "email_text_input": _about_email,
    "url_text_input": _about_url,
}


def action_fields(element: Json, state: Json | None) -> Json:
    """What an action of a block_actions payload says besides its ids: the element's label or what was picked."""
    if element["type"] == "button":
        return {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    shown = {name: element[name] for name in ("placeholder", _FIELDS[element["type"]][1]) if name in element}
    return {**shown, **(state or {})}
