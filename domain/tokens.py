"""Tokens in what hosts write: `{{ participant.first_name }}` stands for a value, and nothing else is a token."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.errors import RuleError

TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}")
LONGEST_NAMED = 60


def render(template: str, values: Mapping[str, str]) -> str:
    """The text with every token replaced by its value, which is taken as it is: braces in it are no tokens.

    Raises RuleError for a token that is not among the values, or not closed; it names it, and lists those there are.
    """
    if BRACES.search(TOKEN.sub("", template)):
        raise RuleError(f"A token begins with “{{{{” and ends with “}}}}”: one of the two is missing. {known(values)}")

    def value_of(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name not in values:
            written = token(" ".join(name.split())[:LONGEST_NAMED])
            raise RuleError(f"There is no {written}. {known(values)}")
        return values[name]

    return TOKEN.sub(value_of, template)


def token(name: str) -> str:
    """The token as it is written, e.g. `{{ interview.when }}`."""
    return f"{{{{ {name} }}}}"


def known(values: Mapping[str, str]) -> str:
    """The tokens that there are, as a sentence."""
    return f"Possible: {', '.join(map(token, values))}."


def names(template: str) -> frozenset[str]:
    """The names of the tokens in the text, whether there are such tokens or not."""
    return frozenset(found.strip() for found in TOKEN.findall(template))
