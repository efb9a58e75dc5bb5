"""The modals of edit, host and limit with the longest and worst that people write."""

from __future__ import annotations

import pytest

from bot.blocks import editing as blocks
from bot.blocks.kit import View
from domain.editing import Details, Edited, Location
from domain.hosting import Candidate, Candidates, HostChanged
from domain.study import LocationKind, StudyType
from sandbox.slack.blockkit import options_offences, view_offences
from tests.blocks.lines import HOSTILE, LONG, host, line

FULL = Details("T" * 300, "D" * 3000, Location(LocationKind.CUSTOM, "P" * 2000, "4" * 100))
WORST = line(title=HOSTILE, study_name=LONG, study_type=StudyType.GROUP_INTERVIEW, hosts=(host(1), host(2)))


def people(number: int, why_not: str | None) -> tuple[Candidate, ...]:
    return tuple(Candidate(n, f"U{n}", HOSTILE + LONG, why_not, True) for n in range(10, 10 + number))


@pytest.mark.parametrize(
    "view",
    [
        blocks.edit_modal(WORST, FULL, ""),
        blocks.edit_modal(line(), Details("", "D" * 9000, Location(LocationKind.NONE)), ""),
        blocks.host_modal(Candidates(WORST, people(40, None) + people(40, "no connected calendar")), ""),
        blocks.host_modal(Candidates(WORST, people(2, None)), "", people(1, None)[0]),
        blocks.host_modal(Candidates(WORST, people(1, "no connected calendar")), ""),
        blocks.host_modal(Candidates(WORST, ()), ""),
        blocks.limit_modal(WORST, ""),
    ],
)
def test_slack_takes_the_modal_and_nobody_is_pinged_by_it(view: View) -> None:
    assert view_offences(view) == []
    marked_up = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    marked_up += [e["text"] for block in view["blocks"] if block["type"] == "context" for e in block["elements"]]
    assert not any("<!channel>" in text or "<https" in text for text in marked_up)


def test_slack_takes_the_options() -> None:
    assert options_offences({"options": blocks.host_options(people(100, None))}) == []
    assert options_offences({"options": blocks.host_options([Candidate(1, "U1", "", None, False)])}) == []


def test_changes_are_listed_as_people_list_them() -> None:
    said = [blocks.edited_text(Edited("CHK-7", changes)) for changes in (("a",), ("a", "b"), ("a", "b", "c"))]
    assert said == [f"*CHK-7* has another {words} now." for words in ("a", "a and b", "a, b and c")]


def test_link_that_stays_is_spoken_of() -> None:
    kept = HostChanged("CHK-7", "U1", None, makes_link=False, keeps_link=True, is_busy=False)
    said = blocks.host_changed_text(kept, has_mail=True)
    assert "<@U1> hosts *CHK-7* now. " in said
    assert "The meeting link stays as it is" in said
