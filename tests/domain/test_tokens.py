"""Tokens in what hosts write."""

from __future__ import annotations

import pytest

from domain.errors import RuleError
from domain.tokens import names, render

VALUES = {"participant.first_name": "Mara", "interview.when": "Monday"}


@pytest.mark.parametrize(
    "written", ["{{ participant.first_name }}", "{{participant.first_name}}", "{{\tparticipant.first_name }}"]
)
def test_token_becomes_its_value(written: str) -> None:
    assert render(f"Hi {written}, bye {written}.", VALUES) == "Hi Mara, bye Mara."


@pytest.mark.parametrize("name", ["participant.frist_name", "", "7 * 7", "x" * 500, "participant.__class__"])
def test_wrong_token_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(RuleError) as refusal:
        render(f"Hi {{{{ {name} }}}}", VALUES)
    assert f"There is no {{{{ {name[:60]} }}}}." in refusal.value.message
    assert "Possible: {{ participant.first_name }}, {{ interview.when }}." in refusal.value.message
    assert len(refusal.value.message) < 250


@pytest.mark.parametrize("text", ["Hi {{ participant.first_name }", "Hi { participant.first_name }}", "{{"])
def test_token_that_is_not_closed_is_an_error(text: str) -> None:
    with pytest.raises(RuleError, match="one of the two is missing"):
        render(text, VALUES)


def test_value_is_taken_as_it_is() -> None:
    hostile = "{{ interview.when }} {% if x %} <b>"
    assert render("Hi {{ participant.first_name }}", {"participant.first_name": hostile}) == f"Hi {hostile}"


def test_names_are_those_of_all_tokens() -> None:
    assert names("{{ a.b }} and {{c}}, { d }") == {"a.b", "c"}
