"""Which alerts are still worth posting when they come to their turn."""

from __future__ import annotations

import pytest

from domain.alert import Alert, AlertKind
from domain.interview import InterviewStatus
from tests.blocks.lines import line, seat

ST = InterviewStatus


@pytest.mark.parametrize("kind", [AlertKind.CANCELED, AlertKind.DELETED_IN_CALENDAR])
def test_a_cancelled_session_is_told_of_while_it_is_cancelled(kind: AlertKind) -> None:
    assert [status for status in ST if Alert(kind, line(status=status)).still_holds] == [ST.CANCELED]


def test_a_participants_cancellation_is_told_of_while_their_seat_is_cancelled() -> None:
    kind = AlertKind.CANCELED_BY_PARTICIPANT
    for status in (ST.UPCOMING, ST.CANCELED):
        assert Alert(kind, line(status=status), seat(outcome=ST.CANCELED)).still_holds
        assert not Alert(kind, line(status=status), seat(outcome=ST.UPCOMING)).still_holds
    assert not Alert(kind, line()).still_holds
