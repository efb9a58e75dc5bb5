"""What is offered from a waiting list, to whom, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.participant import ParticipantStatus
from domain.times import Span
from domain.waiting import FreeTime, Pool, Waiting, Wish, next_offers, offered_until

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
HOUR, NOTICE = timedelta(hours=1), timedelta(hours=4)


def at(hours: float, seats: int = 1) -> FreeTime:
    start = NOW + hours * HOUR
    return FreeTime(Span(start, start + HOUR), seats)


def person(id_: int, **values: object) -> Waiting:
    base = Waiting(id_, id_, id_, f"P{id_}", Wish.ANY, NOW, ParticipantStatus.INTERVIEW_INVITED)
    return replace(base, **values)  # type: ignore[arg-type]


def offers(people: list[Waiting], free: list[FreeTime], places: int | None = None, **more: object) -> dict[int, float]:
    """Hours from now of what is offered, by person."""
    closes = {time.span.start: NOW + HOUR for time in free}
    pool = Pool(free, list(more.get("on_offer", [])), places)  # type: ignore[call-overload]
    found = next_offers(people, pool, more.get("away", {}), closes)  # type: ignore[arg-type]
    return {one.participant_id: (starts_at - NOW) / HOUR for one, starts_at in found}


def test_an_offer_lasts_half_of_the_time_that_is_left_within_bounds() -> None:
    assert offered_until(NOW, NOW + 14 * HOUR, NOTICE) == NOW + 5 * HOUR
    assert offered_until(NOW, NOW + timedelta(days=9), NOTICE) == NOW + timedelta(hours=24)
    assert offered_until(NOW, NOW + NOTICE + timedelta(minutes=40), NOTICE) == NOW + timedelta(minutes=30)
    assert offered_until(NOW, NOW + NOTICE + timedelta(minutes=29), NOTICE) is None


def test_the_earliest_time_goes_to_who_has_waited_longest() -> None:
    assert offers([person(1), person(2), person(3)], [at(5), at(7)]) == {1: 5, 2: 7}


def test_no_more_times_are_offered_than_there_are_places() -> None:
    earlier = person(3, wish=Wish.EARLIER, session_at=NOW + 30 * HOUR)
    assert offers([person(1), person(2), earlier], [at(5), at(7), at(9)], places=1) == {1: 5, 3: 7}
    assert offers([person(1)], [at(5)], places=0) == {}


def test_a_time_before_their_session_only_is_earlier() -> None:
    waits = person(1, wish=Wish.EARLIER, session_at=NOW + 7 * HOUR)
    assert offers([waits], [at(7), at(9)]) == {}
    assert offers([waits], [at(6)]) == {1: 6}


def test_what_is_on_offer_and_what_overlaps_it_is_offered_to_nobody_else() -> None:
    assert offers([person(1), person(2)], [at(5), at(5.5), at(6)]) == {1: 5, 2: 6}
    assert offers([person(1)], [at(5), at(5.5)], on_offer=[NOW + 5 * HOUR]) == {}


def test_a_group_session_is_offered_to_as_many_as_it_has_seats() -> None:
    assert offers([person(1), person(2), person(3)], [at(5, seats=2)]) == {1: 5, 2: 5}


def test_who_has_an_offer_let_three_pass_or_may_not_be_contacted_is_passed_over() -> None:
    people = [
        person(1, offered_at=NOW + 20 * HOUR),
        person(2, unanswered=3),
        person(3, barred="is not to be contacted"),
        person(4, status=ParticipantStatus.OPTED_OUT),
        person(5, session_at=NOW + 90 * HOUR),
        person(6),
    ]
    assert offers(people, [at(5), at(7)]) == {6: 5}


def test_who_may_not_move_their_session_any_more_may_take_no_earlier_time() -> None:
    waits = person(1, wish=Wish.EARLIER, session_at=NOW + 7 * HOUR, moves=1)
    assert waits.may_change(6 * HOUR, 2, NOW)
    assert not waits.may_change(8 * HOUR, 2, NOW)
    assert not waits.may_change(6 * HOUR, 1, NOW)
    assert person(2).may_change(8 * HOUR, 0, NOW)


def test_nobody_is_offered_the_same_time_twice_or_one_when_they_are_elsewhere() -> None:
    assert offers([person(1, tried=frozenset({NOW + 5 * HOUR}))], [at(5), at(7)]) == {1: 7}
    assert offers([person(1)], [at(5), at(7)], away={1: [at(5.5).span]}) == {1: 7}
