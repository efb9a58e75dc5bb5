"""Where a survey or a test is done: which addresses are taken, and what becomes of their tokens."""

from __future__ import annotations

import pytest

from domain import task_link
from domain.errors import RuleError

GOOD = "https://survey.example/f?t={{ token }}&who={{ participant.alias }}"


def test_tokens_are_filled_so_that_they_stay_in_their_place() -> None:
    url = task_link.checked(f"  {GOOD} ", is_told_back=True)
    assert url == GOOD
    values = {task_link.TOKEN: "a&b=/..", task_link.ALIAS: "P1", task_link.STUDY: "CHK"}
    assert task_link.filled(url, values) == "https://survey.example/f?t=a%26b%3D%2F..&who=P1"
    assert task_link.preview(url) == "https://survey.example/f?t=Zq3vT8sample&who=P17"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "Paste the address"),
        ("http://survey.example/x", "must begin with https://"),
        ("javascript:alert(1)//https://a.b", "no address"),
        ("survey.example/x", "no address"),
        ("https://", "no address"),
        ("https://localhost/x", "no address"),
        ("https://user:secret@survey.example/x", "a name or a password"),
        ("https://survey.example/a b", "no address"),
        ('https://survey.example/"><script>', "no address"),
        ("https://survey.example:99999/x", "no address"),
        ("https://[::1/x", "no address"),
        ("https://{{ participant.alias }}.survey.example/x", "not in the name of the site"),
        ("https://survey.example/{{ participant.email }}", "There is no {{ participant.email }}."),
        ("https://survey.example/{{ token", "one of the two is missing"),
        ("https://survey.example/" + "x" * 2000, "longer than 2,000"),
    ],
)
def test_what_is_no_safe_address_is_refused_at_its_field(url: str, why: str) -> None:
    with pytest.raises(RuleError) as refusal:
        task_link.checked(url, is_told_back=False)
    assert why in refusal.value.message
    assert refusal.value.field == "url"


def test_a_tool_that_sends_people_back_must_know_who_they_are() -> None:
    with pytest.raises(RuleError, match=r"Add \{\{ token \}\}"):
        task_link.checked("https://survey.example/x", is_told_back=True)
    assert task_link.checked("https://survey.example/x", is_told_back=False)
    assert task_link.tells_back(GOOD)
    assert not task_link.tells_back("https://survey.example/x")
    assert not task_link.tells_back(None)
