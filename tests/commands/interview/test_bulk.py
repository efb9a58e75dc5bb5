"""Selecting several of a list: the modal, the review, and the one summary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import bulk as blocks
from bot.blocks.ids import InterviewId
from bot.commands.interview import bulk, listing
from bot.services import cancellations
from bot.services.cancellations import Cancellation
from bot.slack.outcomes import Close, Open, Reply
from domain.bulk import BulkAction, BulkResult, Skipped
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Actor
from sandbox.slack.blockkit import view_offences
from tests.blocks.lines import HOSTILE
from tests.builders import World
from tests.commands.screen import Screen, buttons, text_of

HOUR = timedelta(hours=1)


def book_many(world: World, number: int) -> None:
    for at in range(number):
        world.book((1 + at) * HOUR)


def listed(screen: Screen, actor: Actor, words: str = "") -> Reply:
    shown = screen.run(listing.first_page, actor, arguments=words)
    assert isinstance(shown, Reply)
    return shown


def selecting(screen: Screen, value: str, *, has_mail: bool = True) -> list[dict[str, Any]]:
    """The blocks of the modal that the button opens."""
    opened = screen.run(bulk.select, screen.world.researcher, value=value, has_mail=has_mail)
    assert isinstance(opened, Open)
    return list(opened.view["blocks"])


def groups(drawn: list[dict[str, Any]]) -> list[list[str]]:
    """The references in each group of checkboxes."""
    boxes = [block["element"] for block in drawn if block.get("element", {}).get("type") == "checkboxes"]
    return [[option["text"]["text"].split()[0] for option in box["options"]] for box in boxes]


def reviewing(screen: Screen, **fields: Any) -> Open:
    outcome = screen.run(
        bulk.review, screen.world.researcher, fields=fields, metadata='{"channel_id":"C0CORE"}', has_mail=True
    )
    assert isinstance(outcome, Open)
    return outcome


def carrying_out(screen: Screen, reviewed: Open) -> str:
    metadata = reviewed.view["private_metadata"]
    closed = screen.run(bulk.carry_out, screen.world.researcher, metadata=metadata, public_url=None)
    assert isinstance(closed, Close)
    assert closed.reply is not None
    return closed.reply.text


def test_the_button_is_there_for_who_may_manage(screen: Screen, world: World) -> None:
    book_many(world, 1)
    assert InterviewId.BULK in buttons(listed(screen, world.researcher))
    assert InterviewId.BULK not in buttons(listed(screen, world.observer))
    with pytest.raises(NotAllowed):
        screen.run(bulk.select, world.observer, value=listing.Place().dump(), has_mail=True)


@pytest.mark.parametrize("words", ["", "upcoming"])
def test_what_the_list_shows_is_on_offer_in_groups_of_ten(screen: Screen, world: World, words: str) -> None:
    book_many(world, 23)
    first = listed(screen, world.researcher, words)
    offered = groups(selecting(screen, buttons(first)[InterviewId.BULK]))
    assert [len(group) for group in offered] == [10, 10, 3]
    assert offered[0] == [said.split()[0] for said in first.text.splitlines()[1:]]
    second = screen.run(listing.turn_page, world.researcher, value=buttons(first)[InterviewId.LIST_NEXT], view={})
    offered_there = groups(selecting(screen, buttons(second)[InterviewId.BULK]))
    assert offered_there == [offered[1], offered[2]]


def test_at_most_fifty_are_on_offer(screen: Screen, world: World) -> None:
    book_many(world, 53)
    offered = groups(selecting(screen, buttons(listed(screen, world.researcher))[InterviewId.BULK]))
    assert [len(group) for group in offered] == [10] * 5


def test_the_filter_holds_for_the_modal_too(screen: Screen, world: World) -> None:
    book_many(world, 2)
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, 1, Cancellation(CancelReason.OTHER), world.now)
    shown = listed(screen, world.researcher, "upcoming")
    assert groups(selecting(screen, buttons(shown)[InterviewId.BULK])) == [["CHK-2"]]


def test_without_mail_no_reminder_is_on_offer(screen: Screen, world: World) -> None:
    book_many(world, 1)
    value = buttons(listed(screen, world.researcher))[InterviewId.BULK]
    for has_mail, number in ((True, 3), (False, 2)):
        (what, *_) = selecting(screen, value, has_mail=has_mail)
        assert len(what["element"]["options"]) == number


def test_nothing_left_is_said(screen: Screen, world: World) -> None:
    with pytest.raises(NotFound, match="none left"):
        screen.run(bulk.select, world.researcher, value=listing.Place().dump(), has_mail=True)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"group0": ["1"]}, "action"),
        ({"action": "cancel", "group0": ["1"]}, "reason"),
        ({"action": "complete", "group0": [], "group1": None}, "group0"),
    ],
)
def test_what_is_missing_is_said_at_its_field(screen: Screen, world: World, fields: dict[str, Any], field: str) -> None:
    book_many(world, 1)
    with pytest.raises(RuleError) as refusal:
        reviewing(screen, **fields)
    assert refusal.value.field == field


def test_the_review_says_what_will_be_done_and_does_nothing(screen: Screen, world: World) -> None:
    book_many(world, 3)
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, 2, Cancellation(CancelReason.OTHER), world.now)
    reviewed = reviewing(screen, action="cancel", reason="STUDY_CHANGED", group0=["1", "2"], group1=["3"])
    said = text_of(reviewed)
    assert "*2 interviews will be cancelled*\\nCHK-1, CHK-3" in said
    assert "*1 interview will be skipped*" in said
    assert f"• CHK-2 was cancelled by {world.researcher.name} on Monday 23 November, 09:30" in said
    assert "can't be" not in said
    assert world.get(1).status is InterviewStatus.UPCOMING
    assert carrying_out(screen, reviewed) == (
        f"2 cancelled, 1 skipped:\n• CHK-2 was cancelled by {world.researcher.name} on Monday 23 November, 09:30"
    )
    assert world.get(1).cancel_reason == "The study has changed"


def test_what_changed_after_the_review_is_in_the_summary(screen: Screen, world: World) -> None:
    book_many(world, 2)
    reviewed = reviewing(screen, action="complete", group0=["1", "2"])
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, 2, Cancellation(CancelReason.OTHER), world.now)
    assert carrying_out(screen, reviewed).startswith("1 marked as completed, 1 skipped:\n• CHK-2 was cancelled by")


def test_where_all_goes_well_the_summary_is_one_line(screen: Screen, world: World) -> None:
    book_many(world, 2)
    assert carrying_out(screen, reviewing(screen, action="remind", group0=["1", "2"])) == "2 reminded: CHK-1, CHK-2."


def test_where_nothing_can_be_done_there_is_nothing_to_submit(screen: Screen, world: World) -> None:
    book_many(world, 1)
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, 1, Cancellation(CancelReason.OTHER), world.now)
    view = reviewing(screen, action="complete", group0=["1"]).view
    assert "submit" not in view
    assert "*0 interviews will be marked as completed*" in view["blocks"][0]["text"]["text"]


def test_fifty_hostile_refusals_stay_within_slacks_limits() -> None:
    skipped = tuple(Skipped(f"CHK-{number}", f"{HOSTILE}{'&' * 300}") for number in range(50))
    found = BulkResult(BulkAction.REMIND, (), skipped)
    view = blocks.review(found, "", has_mail=True)
    assert view_offences(view) == []
    assert "and 30 more" in str(view)
    summary = blocks.summary(found)
    assert len(summary) <= 3000
    assert "<!channel>" not in summary
    assert summary.endswith(" more")


def test_the_selection_of_fifty_fits_into_the_reviews_metadata() -> None:
    ids = tuple(range(10_000_000, 10_000_050))
    assert len(bulk.Reviewed("C0CORE", "complete", ids, "PARTICIPANT_CANCELED").dump()) < 3000
