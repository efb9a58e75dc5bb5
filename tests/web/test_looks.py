"""The live look at calendars before a booking."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bot.integrations.ports import Refused, RemoteEvent
from bot.services.live_times import LookUp
from bot.web.looks import look
from domain.times import Span
from tests.fakes import FakeCalendar

START = datetime(2030, 3, 5, 13, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1))
THERE = RemoteEvent("x", "", is_deleted=False, starts_at=SPAN.start, ends_at=SPAN.end)


class SlowCalendar(FakeCalendar):
    """One whose looks last until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_let_go = threading.Event()

    def look(self, calendar_id: str, span: Span) -> tuple[RemoteEvent, ...]:
        if calendar_id == "slow":
            self.is_let_go.wait()
        return super().look(calendar_id, span)


@pytest.fixture
def calendar() -> FakeCalendar:
    calendar = FakeCalendar()
    calendar.put("lena", THERE)
    return calendar


def test_each_look_brings_what_is_there_and_a_refused_one_nothing(calendar: FakeCalendar) -> None:
    calendar.refusing["gone"] = Refused("Reconnect the calendar.")
    found = look(calendar, LookUp({1: "lena", 2: "gone", 3: "empty"}, SPAN))
    assert found[1] is not None
    assert [event.event_id for event in found[1]] == ["x"]
    assert (found[2], found[3]) == (None, ())


def test_looks_that_take_too_long_are_given_up() -> None:
    calendar = SlowCalendar()
    try:
        assert look(calendar, LookUp({1: "slow", 2: "empty"}, SPAN), limit=0.2) == {1: None, 2: ()}
    finally:
        calendar.is_let_go.set()


def test_without_calendars_there_is_nothing_to_look_at() -> None:
    assert look(None, LookUp({1: "lena"}, SPAN)) == {1: None}
    assert look(FakeCalendar(), LookUp({}, SPAN)) == {}
