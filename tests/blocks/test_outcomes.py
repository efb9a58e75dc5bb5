"""The modals and answers about how a session went, taken by Slack whatever is in them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.blocks import interview as interview_blocks
from bot.blocks import outcomes as blocks
from domain.interview import InterviewLine, InterviewStatus, Rating
from domain.study import StudyType
from sandbox.slack.blockkit import message_offences, view_offences
from tests.blocks.lines import HOSTILE, LONG, NOW, line, seat

COMPLETED, NO_SHOWED, CANCELED = InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED, InterviewStatus.CANCELED


def group(*outcomes: InterviewStatus, owed: bool = False, status: InterviewStatus = COMPLETED) -> InterviewLine:
    people = tuple(seat(n, outcome=outcome, is_owed_incentive=owed) for n, outcome in enumerate(outcomes, start=1))
    return line(status=status, is_verified=True, study_type=StudyType.GROUP_INTERVIEW, seats=people)


def test_who_came_is_asked_of_those_who_have_not_cancelled() -> None:
    view = blocks.attendance_modal(group(COMPLETED, CANCELED, NO_SHOWED), "", with_names=False)
    assert view_offences(view) == []
    asked = {b["label"]["text"]: b["element"] for b in view["blocks"] if b["type"] == "input"}
    assert [label for label in asked if label != "Host"] == ["P1", "P3"]
    assert [asked[label]["initial_option"]["value"] for label in ("P1", "P3")] == ["came", "missing"]


def test_everybody_of_a_full_session_can_be_chosen_and_told_from_a_namesake() -> None:
    people = tuple(seat(n, name=LONG) for n in range(1, 101))
    view = blocks.attendance_modal(line(status=COMPLETED, seats=people), "", with_names=True)
    (asked,) = [b for b in view["blocks"] if b.get("block_id") == blocks.MISSING_FIELD]
    labels = {each["text"]["text"] for each in asked["element"]["options"]}
    assert len(labels) == 100
    assert max(len(label) for label in labels) <= 75


@pytest.mark.parametrize("name", [HOSTILE, LONG * 10, ""])
def test_modals_take_any_name_and_any_number_of_people(name: str) -> None:
    people = tuple(seat(n, name=name, outcome=COMPLETED) for n in range(100))
    shown = line(status=COMPLETED, seats=people, title=name, study_name=name or "Study", host_no_show=True)
    assert view_offences(blocks.attendance_modal(shown, "", with_names=True)) == []
    assert view_offences(blocks.rate_modal(shown, "", Rating(name, 1, name[:1000]))) == []


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (group(COMPLETED, COMPLETED), "CHK-7 is marked as completed."),
        (group(COMPLETED, NO_SHOWED), "CHK-7 is marked as completed without P2."),
        (group(NO_SHOWED, NO_SHOWED, status=NO_SHOWED), "CHK-7 is marked as a no-show."),
        (line(status=COMPLETED, host_no_show=True), "CHK-7 is marked as completed. The host did not come."),
    ],
)
def test_what_was_noted_is_said(shown: InterviewLine, text: str) -> None:
    assert blocks.attendance_text(shown) == text


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (line(status=COMPLETED), "Nobody has confirmed that it took place: until somebody does, "),
        (group(COMPLETED, owed=True), "Next: 25 EUR is owed to P1, marked Incentive Not Sent."),
        (group(COMPLETED, COMPLETED, NO_SHOWED, owed=True), "Next: 25 EUR each is owed to P1, P2, marked"),
        (group(*[COMPLETED] * 8, owed=True), "is owed to P1, P2, P3, P4, P5, P6 and 2 more, marked"),
    ],
)
def test_the_next_step_for_the_incentive_is_said(shown: InterviewLine, text: str) -> None:
    assert text in blocks.incentive_text(shown, "25 EUR")
    assert blocks.incentive_text(shown, None) == ""


@pytest.mark.parametrize(
    "shown", [line(status=NO_SHOWED), group(COMPLETED), line()], ids=["no-show", "paid already", "ahead"]
)
def test_where_nothing_is_owed_nothing_is_said(shown: InterviewLine) -> None:
    assert blocks.incentive_text(shown, "25 EUR") == ""


def test_many_long_ratings_fit_into_the_details() -> None:
    ratings = [Rating(LONG, 3, HOSTILE * 20) for _ in range(40)]
    first, *_, last = blocks.ratings_text(ratings, with_notes=True).split("\n")
    assert first.startswith("*Rated 3 of 5* by WWW")
    assert "<" not in first
    assert last == "and 36 more"
    assert "evil" not in blocks.ratings_text(ratings, with_notes=False)


def test_that_the_host_did_not_come_stands_beside_the_status() -> None:
    shown = line(status=COMPLETED, is_verified=True, host_no_show=True)
    later = NOW + timedelta(days=1)
    _, card = interview_blocks.card(shown, later)
    in_list = interview_blocks.line_block(shown, later, with_names=False)
    for drawn in (card, in_list):
        assert "The host did not come" in json.dumps(drawn)
        assert message_offences(drawn) == []


def test_an_answer_that_can_be_taken_back_is_taken_by_slack() -> None:
    assert message_offences(interview_blocks.with_undo("CHK-7 is marked as a no-show.", 7, "CHK-7")) == []
