"""The modal that cancels, for the largest session."""

from __future__ import annotations

from bot.blocks.cancellations import EVERYBODY, Asked, cancel_modal
from domain.editing import MOST_SEATS
from domain.schedule import Seen
from domain.study import StudyType
from sandbox.slack.blockkit import view_offences
from tests.blocks.lines import LONG, line, seat


def test_every_seat_of_the_largest_session_can_be_chosen() -> None:
    seats = tuple(seat(number, name=LONG) for number in range(MOST_SEATS))
    seen = Seen(
        line(study_type=StudyType.GROUP_INTERVIEW, capacity=MOST_SEATS, seats=seats), with_names=True, may_manage=True
    )
    view = cancel_modal(Asked(seen, "Hello", is_own=False, has_mail=True), "")
    (who,) = [block["element"] for block in view["blocks"] if block.get("block_id") == "who"]
    assert [option["value"] for option in who["options"]] == [EVERYBODY, *(str(one.attendee_id) for one in seats)]
    assert view_offences(view) == []
