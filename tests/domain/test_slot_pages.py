"""What a page of some weeks needs of a study's slots: it comes out as if it had them all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.web.times_view import Addresses, times_view
from domain.scheduling import Slot
from domain.slot_pages import Wanted, needed
from domain.times import Span

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOURS = 24 * 7 * 30
SPAN = Span(START, START + timedelta(hours=HOURS))
ADDRESSES = Addresses("/s/x")


@given(
    st.lists(st.integers(0, HOURS - 1), unique=True, max_size=40),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    st.none() | st.dates(date(2026, 11, 1), date(2027, 7, 30)) | st.sampled_from([date.min, date.max]),
)
def test_a_page_comes_out_as_from_all_slots(hours: list[int], zone: str, day: date | None) -> None:
    whole = [Slot(START + timedelta(hours=hour), (1,)) for hour in sorted(hours)]

    def find(span: Span) -> list[Slot]:
        return [slot for slot in whole if span.start <= slot.starts_at < span.end]

    some = needed(find, SPAN, Wanted(zone, day))
    assert times_view(some, zone, ADDRESSES, day) == times_view(whole, zone, ADDRESSES, day)


def test_of_a_range_without_an_end_a_page_needs_a_few_weeks() -> None:
    whole = [Slot(START + timedelta(hours=hour), (1,)) for hour in range(HOURS)]
    asked: list[Span] = []

    def find(span: Span) -> list[Slot]:
        asked.append(span)
        return [slot for slot in whole if span.start <= slot.starts_at < span.end]

    assert len(needed(find, SPAN, Wanted("Europe/Berlin"))) == 6 * 7 * 24 - 10
    assert sum((span.end - span.start for span in asked), timedelta()) < timedelta(weeks=8)
