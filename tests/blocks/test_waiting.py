"""The waiting list as it is drawn: whatever people are called, Slack takes the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks import kit, waiting
from bot.slack.outcomes import Reply
from domain.participant import ParticipantStatus
from domain.waiting import Waiting, WaitingList, Wish
from tests.commands.screen import text_of

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def person(number: int, name: str) -> Waiting:
    return Waiting(
        enrolment_id=number,
        participant_id=number,
        number=number,
        label=f"{number}-{name}",
        wish=Wish.EARLIER,
        asked_at=NOW,
        status=ParticipantStatus.INTERVIEW_SCHEDULED,
        session_at=NOW + timedelta(days=3),
        offered_at=NOW + timedelta(days=1),
        offer_expires_at=NOW + timedelta(hours=9),
    )


@pytest.mark.parametrize("name", ["Bo", "Änne & <Söhne> " * 9, "🎬 & مرحبا" * 12])
def test_a_long_list_fits_a_message_and_says_how_many_wait_behind(name: str) -> None:
    people = tuple(person(number, name) for number in range(1, 101))
    title, blocks = waiting.listing(WaitingList("CHK", "Checkout " * 40, people, more=7))
    assert title.startswith("107 people wait")
    assert kit.characters(blocks) <= kit.MESSAGE_CHARACTERS
    told = text_of(Reply(title, blocks))
    shown = [one for one in people if f"{one.number}. {one.number}-" in told]
    assert 10 < len(shown) < 100
    assert f"and {107 - len(shown)} more behind them" in told
    assert all(not block["text"]["text"].endswith("…") for block in blocks[1:] if block["type"] == "section")
