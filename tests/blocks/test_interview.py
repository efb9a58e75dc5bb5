"""What an interview looks like, and that Slack would take it whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import interview as blocks
from bot.blocks.ids import InterviewId
from domain.attendance import Attendance
from domain.interview import InterviewAction, InterviewLine, InterviewStatus, Problem
from domain.study import LocationKind, StudyType
from sandbox.slack.blockkit import message_offences
from tests.blocks.lines import HOSTILE, LONG, NOW, host, line, seat

ST = InterviewStatus
COMPLETED_MENU = ["Write a mail…", "Copy link…", "Rate it…", "Who came?…"]


def words(drawn: Sequence[dict[str, Any]]) -> str:
    """Everything that stands in the blocks, as one text."""
    return json.dumps(drawn, ensure_ascii=False)


def labels(drawn: Sequence[dict[str, Any]]) -> list[str]:
    """The labels of the buttons, then of the "…" menu's options."""
    elements = [element for block in drawn if block["type"] == "actions" for element in block["elements"]]
    buttons = [element["text"]["text"] for element in elements if element["type"] == "button"]
    options = [o["text"]["text"] for e in elements if e["type"] == "overflow" for o in e["options"]]
    return [*buttons, "|", *options]


def test_card_of_an_upcoming_interview_says_who_when_and_where() -> None:
    text, drawn = blocks.card(line(), NOW)
    said = words(drawn)
    assert "CHK-7 · Checkout study" in said
    assert "<@U0HOST1>" in said
    assert "P17 ✓ Accepted" in said
    assert "(60 min)" in said
    assert "<https://meet.google.com/abc-defg-hij|Google Meet>" in said
    assert "Upcoming" in said
    assert text.startswith("CHK-7 Checkout study, <!date^")
    assert labels(drawn) == [
        "Join", "Details", "Mark no-show", "Reschedule…", "Cancel…", "|",
        "Mark completed", "Edit details…", "Write a mail…", "Copy link…", "All actions…",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "status", "offered"),
    [
        (
            line(status=ST.COMPLETED, is_verified=True),
            "Completed",
            ["Details", "Mark no-show", "Reschedule…", "|", "Write a mail…", "Copy link…", "Rate it…", "Who came?…"],
        ),
        (
            line(status=ST.COMPLETED),
            "Completed, unverified",
            [
                "It took place",
                "Details",
                "Mark no-show",
                "Reschedule…",
                "|",
                *["Write a mail…", "Copy link…", "Rate it…", "Who came?…"],
            ],
        ),
        (
            line(status=ST.NO_SHOWED, is_verified=True),
            "No Showed",
            ["Details", "Reschedule…", "|", "Mark completed", "Write a mail…", "Copy link…", "Who came?…"],
        ),
        (
            line(status=ST.CANCELED, cancel_reason="The host can't make it: flu"),
            "Canceled",
            ["Details", "Book again…", "|", "Write a mail…", "Copy link…"],
        ),
    ],
)
def test_card_of_each_status_offers_what_the_table_allows(
    shown: InterviewLine, status: str, offered: list[str]
) -> None:
    _, drawn = blocks.card(shown, NOW + timedelta(days=1))
    assert f"*{status}*" in words(drawn)
    assert labels(drawn) == offered
    assert message_offences(drawn) == []


def test_card_of_a_cancelled_interview_gives_the_reason() -> None:
    _, drawn = blocks.card(line(status=ST.CANCELED, cancel_reason="The host can't make it: flu"), NOW)
    assert "The host can't make it: flu" in words(drawn)


def test_participant_goes_by_alias_unless_the_team_wants_names() -> None:
    _, drawn = blocks.card(line(), NOW)
    assert "Mara" not in words(drawn)
    text, drawn = blocks.card(line(names_in_channel=True), NOW)
    assert "Mara Lindqvist" in words(drawn)
    assert "Mara Lindqvist" in text
    assert "example.com" not in words(drawn)


@pytest.mark.parametrize(
    ("attendance", "shown"),
    [
        (Attendance.NO_REPLY, "– No reply"),
        (Attendance.UNKNOWN, "? Attendance Unknown"),
        (Attendance.ACCEPTED, "✓ Accepted"),
        (Attendance.CONFIRMED, "✓✓ Confirmed"),
        (Attendance.DECLINED, "✗ Declined"),
    ],
)
def test_attendance_is_shown_by_sign_and_word(attendance: Attendance, shown: str) -> None:
    assert shown in blocks.line_text(line(seats=(seat(attendance=attendance),)), NOW, with_names=False)


def test_line_says_what_is_wrong() -> None:
    troubled = line(link=None, hosts=(host(has_conflict=True),), calendar_failed=True)
    text = blocks.line_text(troubled, NOW, with_names=False)
    assert "⚠ No meeting link, host conflict, not in the calendar" in text
    assert "⚠" not in blocks.line_text(line(), NOW, with_names=False)


def test_line_of_a_session_that_has_begun_offers_the_no_show_at_once() -> None:
    before = labels(blocks.line_block(line(), NOW, with_names=False))
    after = labels(blocks.line_block(line(), NOW + timedelta(hours=2), with_names=False))
    assert before[: before.index("|")] == ["Join", "Details"]
    assert after[: after.index("|")] == ["Join", "Details", "Mark no-show"]


def test_who_may_not_manage_is_offered_only_to_look() -> None:
    drawn = blocks.line_block(line(), NOW, with_names=False, may_manage=False)
    assert labels(drawn) == ["Join", "Details", "|"]


def test_a_settled_session_takes_one_block_with_everything_in_its_menu() -> None:
    (drawn,) = blocks.line_block(line(status=InterviewStatus.COMPLETED, is_verified=True), NOW, with_names=False)
    options = [option["text"]["text"] for option in drawn["accessory"]["options"]]
    assert options == ["Details", "Mark no-show", "Reschedule…", "Write a mail…", "All actions…"]


def test_a_link_that_is_no_web_address_gets_no_button() -> None:
    for link in (None, "", "javascript:alert(1)", "Room 4, <!here>"):
        _, drawn = blocks.card(line(link=link), NOW)
        assert "Join" not in labels(drawn)
        assert "<!here>" not in words(drawn)


def test_the_more_menu_names_action_and_interview() -> None:
    (menu,) = [e for e in blocks.action_elements(line(), NOW) if e["type"] == "overflow"]
    assert menu["action_id"] == InterviewId.MORE
    assert [option["value"] for option in menu["options"]] == [
        "mark_no_show:7",
        "reschedule:7",
        "cancel:7",
        "mark_completed:7",
        "details:7",
    ]


def test_every_action_has_a_button_and_a_label() -> None:
    assert set(blocks.BUTTONS) == set(InterviewAction)


def test_hostile_names_stay_text() -> None:
    shown = line(
        study_name=HOSTILE,
        title=HOSTILE,
        names_in_channel=True,
        cancel_reason=HOSTILE,
        status=ST.CANCELED,
        seats=(seat(name=HOSTILE),),
    )
    text, drawn = blocks.card(shown, NOW)
    for said in (words(drawn), text):
        assert "<!channel>" not in said
        assert "<https://evil" not in said
        assert "<b>" not in said
    assert "*x*" not in words(drawn)
    assert message_offences(drawn) == []


@pytest.mark.parametrize("status", list(ST))
def test_the_fullest_card_stays_within_slacks_limits(status: InterviewStatus) -> None:
    full = line(
        status=status,
        study_name="&" * 200,
        title="<" * 300,
        cancel_reason=LONG * 5,
        study_type=StudyType.GROUP_INTERVIEW,
        capacity=100,
        names_in_channel=True,
        location=LocationKind.CUSTOM,
        link="&" * 3000,
        guests=tuple(host(number) for number in range(20)),
        seats=tuple(seat(number, name="&" * 200) for number in range(100)),
    )
    text, drawn = blocks.card(full, NOW)
    assert message_offences(drawn) == []
    assert "and 94 more" in words(drawn)
    assert len(text) < 4000


def test_a_seat_given_up_in_a_group_is_shown_as_cancelled() -> None:
    group = line(
        study_type=StudyType.GROUP_INTERVIEW,
        capacity=5,
        seats=(seat(1), replace(seat(2), outcome=ST.CANCELED)),
    )
    said = words(blocks.card(group, NOW)[1])
    assert "P2 (canceled)" in said
    assert "*Seats:* 1 of 5" in said


def test_problems_read_as_one_sentence() -> None:
    assert blocks.problems([]) == ""
    assert blocks.problems([Problem.NO_LINK, Problem.HOST_CONFLICT]) == "⚠ No meeting link, host conflict"
