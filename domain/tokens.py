"""Tokens in what hosts write: `{{ participant.first_name }}` stands for a value, and nothing else is a token."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from domain.errors import RuleError

TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}")
LONGEST_NAMED = 60


def render(template: str, values: Mapping[str, str]) -> str:
    """The text with every token replaced by its value, which is taken as it is: braces in it are no tokens.

    Raises RuleError for a token that is not among the values, or not closed; it names it, and lists those there are.
    """
    if (why := wrong(template, values)) is not None:
        raise RuleError(f"{why} {known(values)}")
    return TOKEN.sub(lambda found: values[found[1].strip()], template)


def wrong(template: str, possible: Collection[str]) -> str | None:
    """What is wrong with the text's tokens, as a sentence: one that there is not, or not closed. None: nothing."""
    if BRACES.search(TOKEN.sub("", template)):
        return "A token begins with “{{” and ends with “}}”: one of the two is missing."
    unknown = next((name for name in map(str.strip, TOKEN.findall(template)) if name not in possible), None)
    return None if unknown is None else f"There is no {token(' '.join(unknown.split())[:LONGEST_NAMED])}."


def token(name: str) -> str:
    """The token as it is written, e.g. `{{ interview.when }}`."""
    return f"{{{{ {name} }}}}"


def listed(names: Iterable[str]) -> str:
    """The tokens as a list to be read, in which no token breaks at the end of a line."""
    return ", ".join(token(name).replace(" ", "\u00a0") for name in names)


def known(values: Mapping[str, str]) -> str:
    """The tokens that there are, as a sentence."""
    return f"Possible: {', '.join(map(token, values))}."


def names(template: str) -> frozenset[str]:
    """The names of the tokens in the text, whether there are such tokens or not."""
    return frozenset(found.strip() for found in TOKEN.findall(template))
