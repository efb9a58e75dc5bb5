"""What stands in the way of a new host, in the order in which it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.booking import HostCalendar, HostFacts
from domain.hosting import Candidate, Candidates, obstacle
from domain.times import Span
from tests.blocks.lines import line

START = datetime(2026, 11, 24, 13, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1))
READABLE = HostCalendar(None, takes_events=True)


def facts(**changed: Any) -> HostFacts:
    plain = HostFacts(
        name="Aisha Bello",
        slack_user_id="U1",
        time_zone="Africa/Lagos",
        is_active=True,
        calendar=READABLE,
        taken=[],
        busy=[],
    )
    return replace(plain, **changed)


@pytest.mark.parametrize(
    ("host", "why_not"),
    [
        (facts(), None),
        (facts(busy=[SPAN]), None),
        (facts(taken=[(Span(SPAN.end, SPAN.end + timedelta(hours=1)), "CHK-2")]), None),
        (facts(is_active=False), "no longer active in Slack"),
        (facts(calendar=None), "no connected calendar"),
        (facts(calendar=HostCalendar("Not found.", takes_events=False)), "no connected calendar"),
        (facts(calendar=HostCalendar("Google says no.", takes_events=True)), "calendar can't be read"),
        (facts(taken=[(SPAN, "CHK-2")]), "hosts CHK-2 at that time"),
    ],
)
def test_obstacle_of_a_member(host: HostFacts, why_not: str | None) -> None:
    assert obstacle(host, SPAN, is_host=False, is_in_team=True) == why_not
    assert obstacle(host, SPAN, is_host=True, is_in_team=True) == "hosts it already"
    if host.is_active:
        assert obstacle(host, SPAN, is_host=False, is_in_team=False) == "not in the study's team"


def test_search_finds_any_word_of_a_name_from_its_beginning() -> None:
    people = ("Mei Ling Tan", "Lena Vogt", "Marcus Oyelaran")
    found = Candidates(line(), tuple(Candidate(n, f"U{n}", name, None, False) for n, name in enumerate(people)))
    for typed, names in (
        ("", people),
        ("l", ("Mei Ling Tan", "Lena Vogt")),
        ("LENA  v", ("Lena Vogt",)),
        ("ng", ()),
    ):
        assert tuple(each.name for each in found.matching(typed)) == names
