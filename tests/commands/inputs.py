"""What stands in a modal's inputs when it is opened: what Slack sends when nobody touches them."""

from __future__ import annotations

from typing import Any

from bot.slack.outcomes import Open, Outcome, Update


def view_of(outcome: Outcome) -> dict[str, Any]:
    assert isinstance(outcome, Open | Update)
    return outcome.view


def inputs_of(outcome: Outcome) -> dict[str, Any]:
    """The values of the inputs by name, as `fields` has them."""
    return {
        block["block_id"]: initial(block["element"]) for block in view_of(outcome)["blocks"] if block["type"] == "input"
    }


def initial(element: dict[str, Any]) -> Any:
    for name in ("initial_value", "initial_date", "initial_user", "initial_users", "initial_date_time"):
        if name in element:
            return element[name]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    return [] if element["type"] in ("checkboxes", "multi_users_select", "multi_static_select") else None


def metadata_of(outcome: Outcome) -> str:
    return str(view_of(outcome)["private_metadata"])
