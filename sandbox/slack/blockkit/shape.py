"""The vocabulary in which Block Kit is declared: small shapes that say what a value must be, combined into larger ones.

A shape is called with a value, its JSON pointer and a list, and adds to the list what is wrong, in Slack's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Offences = list[str]
Shape = Callable[[Any, str, Offences], None]


def offence(message: str, at: str) -> str:
    """One offence as Slack shows it: what is wrong and where."""
    return f"{message} [json-pointer:{at}]"


def string(longest: int | None = None, shortest: int = 1, pattern: str | None = None) -> Shape:
    """Text of so many characters, matching `pattern` as a whole where there is one."""
    form = re.compile(pattern) if pattern else None

    def check(value: Any, at: str, offences: Offences) -> None:
        if not isinstance(value, str):
            offences.append(offence("must provide a string", at))
        elif len(value) < shortest:
            offences.append(offence(f"must be more than {shortest - 1} characters", at))
        elif longest is not None and len(value) > longest:
            offences.append(offence(f"must be less than {longest + 1} characters", at))
        elif form is not None and not form.fullmatch(value):
            offences.append(offence("does not match the required format", at))

    return check


def flag(value: Any, at: str, offences: Offences) -> None:
    """True or false."""
    if not isinstance(value, bool):
        offences.append(offence("must provide a boolean", at))


def number(low: float | None = None, high: float | None = None, *, whole: bool = True) -> Shape:
    """A number within bounds, both included."""
    kinds = (int,) if whole else (int, float)

    def check(value: Any, at: str, offences: Offences) -> None:
        if not isinstance(value, kinds) or isinstance(value, bool):
            offences.append(offence("must provide an integer" if whole else "must provide a number", at))
        elif low is not None and value < low:
            offences.append(offence(f"must be at least {low}", at))
        elif high is not None and value > high:
            offences.append(offence(f"must be at most {high}", at))

    return check


def choice(*allowed: str) -> Shape:
    """One of a few words."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if value not in allowed:
            offences.append(offence(f"must be a valid enum value: {', '.join(allowed)}", at))

    return check


def array(item: Shape, most: int | None = None, least: int = 1) -> Shape:
    """A list of so many values of one shape."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if not isinstance(value, list):
            offences.append(offence("must provide an array", at))
            return
        if most is not None and len(value) > most:
            offences.append(offence(f"no more than {most} items allowed", at))
        if len(value) < least:
            offences.append(offence(f"no fewer than {least} items allowed", at))
        for index, each in enumerate(value):
            item(each, f"{at}/{index}", offences)

    return check


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None, *rules: Shape) -> Shape:
    """An object with these fields and no others. `rules` look at the whole object once its fields are right."""
    fields = {**required, **(optional or {})}

    def check(value: Any, at: str, offences: Offences) -> None:
        if not isinstance(value, dict):
            offences.append(offence("must provide an object", at))
            return
        before = len(offences)
        offences.extend(offence(f"missing required field: {name}", at) for name in required if name not in value)
        for name, each in value.items():
            shape = fields.get(name)
            if shape is not None:
                shape(each, f"{at}/{name}", offences)
            elif name != "type":
                offences.append(offence(f"invalid additional property: {name}", at))
        if len(offences) == before:
            for rule in rules:
                rule(value, at, offences)

    return check


def tagged(shapes: Mapping[str, Shape]) -> Shape:
    """An object whose `type` says which of the shapes it has."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if not isinstance(value, dict):
            offences.append(offence("must provide an object", at))
        elif "type" not in value:
            offences.append(offence("missing required field: type", at))
        elif not isinstance(value["type"], str) or value["type"] not in shapes:
            offences.append(offence(f"unsupported type: {value['type']}", f"{at}/type"))
        else:
            shapes[value["type"]](value, at, offences)

    return check


def nullable(shape: Shape) -> Shape:
    """The shape, or null."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if value is not None:
            shape(value, at, offences)

    return check


def exactly_one(*names: str) -> Shape:
    """A rule: the object has exactly one of the fields."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if sum(name in value for name in names) != 1:
            offences.append(offence(f"must provide exactly one of: {', '.join(names)}", at))

    return check


def at_least_one(*names: str) -> Shape:
    """A rule: the object has one of the fields or several."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if not any(name in value for name in names):
            offences.append(offence(f"missing required field: {' or '.join(names)}", at))

    return check


def no_more(lower: str, upper: str) -> Shape:
    """A rule: one number of the object (perhaps written as text) is no more than another."""

    def check(value: Any, at: str, offences: Offences) -> None:
        if lower in value and upper in value and float(value[lower]) > float(value[upper]):
            offences.append(offence(f"{lower} must not be more than {upper}", at))

    return check
