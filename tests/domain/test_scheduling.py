"""Local days, clocks that change, digests and overlaps, against brute force where that is possible."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain import digest, session_times, times
from domain.digest import DigestPlan
from domain.errors import RuleError
from domain.times import Span

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Chatham",
    "America/St_Johns",
    "UTC",
)
"""Half and quarter hours, changes of half an hour, and days that begin twice (Havana) or at one o'clock (Cairo)."""
QUARTER = timedelta(minutes=15)

zones = st.sampled_from(ZONES)
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
instants = st.integers(0, 4 * 366 * 24 * 60 - 1).map(lambda m: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 8), "America/New_York", 23),
        (date(2026, 11, 1), "America/New_York", 25),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 4, 24), "Africa/Cairo", 23),
        (date(2026, 11, 1), "America/Havana", 25),
        (date(2026, 7, 1), "Asia/Tokyo", 24),
    ],
)
def test_a_local_day_is_as_long_as_its_clocks_say(day: date, zone: str, hours: float) -> None:
    span = times.local_day(day, zone)
    assert span.end - span.start == timedelta(hours=hours)


@given(days, zones, st.integers(1, 8))
def test_local_days_follow_each_other_without_a_gap(day: date, zone: str, number: int) -> None:
    together = times.local_day(day, zone, number)
    single = [times.local_day(day + timedelta(days=n), zone) for n in range(number)]
    assert (together.start, together.end) == (single[0].start, single[-1].end)
    assert all(one.end == next_one.start for one, next_one in itertools.pairwise(single))


@given(instants, zones)
@example(datetime(2026, 11, 1, 4, 30, tzinfo=UTC), "America/Havana")
@example(datetime(2026, 4, 23, 22, 0, tzinfo=UTC), "Africa/Cairo")
def test_every_instant_lies_in_the_local_day_of_its_date(instant: datetime, zone: str) -> None:
    span = times.local_day(times.today(instant, zone), zone)
    assert span.start <= instant < span.end


@given(instants, zones)
def test_a_local_time_leads_back_to_its_instant_unless_it_happens_twice(instant: datetime, zone: str) -> None:
    shown = times.local(instant, zone)
    back = times.from_local(shown.replace(tzinfo=None), zone)
    if times.is_repeated(shown.replace(tzinfo=None), zone):
        assert instant - back in (timedelta(), timedelta(hours=1), timedelta(minutes=30))
    else:
        assert back == instant


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-03-29T02:00", "Europe/Berlin"),
        ("2026-03-29T02:59", "Europe/Berlin"),
        ("2026-03-08T02:30", "America/New_York"),
        ("2026-04-24T00:30", "Africa/Cairo"),
        ("2026-10-04T02:15", "Australia/Lord_Howe"),
    ],
)
def test_a_skipped_time_is_refused_with_the_reason(text: str, zone: str) -> None:
    with pytest.raises(RuleError, match=r"does not exist .* the clocks go forward") as refusal:
        times.from_local(wall(text), zone)
    assert refusal.value.field == "when"
    assert not times.is_repeated(wall(text), zone), "a time that never comes does not come twice"


@pytest.mark.parametrize(
    ("text", "zone", "first"),
    [
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-11-01T01:00", "America/New_York", "2026-11-01T05:00"),
        ("2026-11-01T00:30", "America/Havana", "2026-11-01T04:30"),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45"),
    ],
)
def test_of_a_repeated_time_the_first_is_meant(text: str, zone: str, first: str) -> None:
    assert times.is_repeated(wall(text), zone)
    assert times.from_local(wall(text), zone) == wall(first).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T01:59", "2026-10-25T03:00"])
def test_times_beside_a_change_are_ordinary(text: str) -> None:
    assert not times.is_repeated(wall(text), "Europe/Berlin")
    times.from_local(wall(text), "Europe/Berlin")


@pytest.mark.parametrize("name", ["", "Berlin", "Europe", "../etc/passwd", "Europe/Berlin/x", "x" * 400, "a\x00b", "Ä"])
def test_an_unknown_zone_is_refused_in_its_field(name: str) -> None:
    with pytest.raises(RuleError, match="is not a time zone") as refusal:
        times.zone(name)
    assert refusal.value.field == "time_zone"


def brute_force(plan: DigestPlan, after: datetime) -> datetime:
    """Walk on by quarter hours to the first moment at which a working day's clock reaches the hour.

    Where the hour is skipped that is the first moment after the gap; where it is repeated, the first of the two.
    """
    moment = after.replace(minute=after.minute // 15 * 15) + QUARTER
    while True:
        here, before = (times.local(instant, plan.time_zone) for instant in (moment, moment - QUARTER))
        started = times.local_day(here.date(), plan.time_zone).start
        has_come = here.hour >= plan.hour
        had_come = before.date() == here.date() and before.hour >= plan.hour
        came_earlier = any(
            times.local(started + n * QUARTER, plan.time_zone).hour >= plan.hour
            for n in range((moment - started) // QUARTER)
        )
        if has_come and not had_come and not came_earlier and here.weekday() in plan.working_days:
            return moment
        moment += QUARTER


working_days = st.frozensets(st.integers(0, 6), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.builds(DigestPlan, st.integers(0, 23), working_days, zones), instants)
@example(DigestPlan(2, frozenset({6}), "Europe/Berlin"), datetime(2026, 3, 28, 12, tzinfo=UTC))
@example(DigestPlan(2, frozenset({6}), "Europe/Berlin"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
@example(DigestPlan(0, frozenset({4}), "Africa/Cairo"), datetime(2026, 4, 23, 12, tzinfo=UTC))
@example(DigestPlan(0, frozenset({6}), "America/Havana"), datetime(2026, 11, 1, 4, 15, tzinfo=UTC))
@example(DigestPlan(9, frozenset({0}), "Asia/Tokyo"), datetime(2026, 11, 23, 0, 0, tzinfo=UTC))
def test_the_next_digest_is_the_one_that_brute_force_finds(plan: DigestPlan, after: datetime) -> None:
    assert digest.next_digest(plan, after) == brute_force(plan, after)


def test_a_team_without_working_days_gets_no_digest() -> None:
    plan = DigestPlan(9, frozenset(), "Europe/Berlin")
    assert digest.next_digest(plan, datetime(2026, 11, 23, tzinfo=UTC)) is None


@given(st.builds(DigestPlan, st.integers(0, 23), working_days, zones), instants)
def test_digests_go_on_for_ever_and_never_repeat(plan: DigestPlan, after: datetime) -> None:
    first = digest.next_digest(plan, after)
    assert first is not None
    assert after < first
    second = digest.next_digest(plan, first)
    assert second is not None
    assert timedelta(hours=22) < second - first <= timedelta(days=7, hours=1)


minutes = st.integers(0, 200)


@given(minutes, minutes, minutes, minutes)
def test_two_spans_overlap_when_they_share_a_minute(a: int, b: int, c: int, d: int) -> None:
    zero = datetime(2026, 11, 23, tzinfo=UTC)
    one, other = sorted((a, b)), sorted((c, d))
    shares_a_minute = bool(set(range(*one)) & set(range(*other)))
    first, second = (Span(zero + timedelta(minutes=s), zero + timedelta(minutes=e)) for s, e in (one, other))
    if first.start < first.end and second.start < second.end:
        assert first.overlaps(second) == second.overlaps(first) == shares_a_minute
        taken = [(second, "CHK-4")]
        assert times.first_overlap(first, taken) == ("CHK-4" if shares_a_minute else None)


@given(days)
def test_a_week_begins_on_its_monday(day: date) -> None:
    monday = times.week_of(day)
    assert monday.weekday() == 0
    assert timedelta() <= day - monday < timedelta(days=7)


@pytest.mark.parametrize(
    ("minutes", "fits"), [(0, False), (-60, False), (4, False), (5, True), (480, True), (481, False)]
)
def test_a_session_lasts_five_minutes_to_eight_hours(minutes: int, fits: bool) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    if fits:
        session_times.check_length(start, start + timedelta(minutes=minutes))
    else:
        with pytest.raises(RuleError) as refusal:
            session_times.check_length(start, start + timedelta(minutes=minutes))
        assert refusal.value.field == "duration"


def test_a_start_that_has_passed_is_refused() -> None:
    now = datetime(2026, 12, 7, tzinfo=UTC)
    session_times.check_ahead(now + timedelta(seconds=1), now, "Europe/Berlin")
    passed = r"^Monday 7 December, 01:00 has passed \(Europe/Berlin\)\. Pick a time ahead\.$"
    with pytest.raises(RuleError, match=passed):
        session_times.check_ahead(now, now, "Europe/Berlin")


@pytest.mark.parametrize(
    ("minute", "zone", "nearest"),
    [
        (10, "Europe/Berlin", "14:00 or 14:15"),
        (59, "Europe/Berlin", "14:45 or 15:00"),
        (16, "Asia/Kathmandu", "19:00 or 19:15"),
    ],
)
def test_a_start_between_two_quarters_is_refused_with_both(minute: int, zone: str, nearest: str) -> None:
    start = datetime(2026, 12, 7, 13, minute, tzinfo=UTC)
    with pytest.raises(RuleError, match=rf"^Sessions start on a quarter of an hour. Pick {nearest}\.$") as refused:
        session_times.check_step(start, zone)
    assert refused.value.field == "when"
    for quarter in (0, 15, 30, 45):
        session_times.check_step(start.replace(minute=quarter), zone)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "a minute ago"),
        (150, "2 minutes ago"),
        (3600, "an hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "a day ago"),
        (3 * 86_400, "3 days ago"),
    ],
)
def test_how_long_ago_is_said_in_words(seconds: int, words: str) -> None:
    now = datetime(2026, 12, 7, tzinfo=UTC)
    assert times.time_ago(now - timedelta(seconds=seconds), now) == words


@pytest.mark.parametrize(
    ("start", "end", "first", "number"),
    [
        ("2026-11-23 22:00", "2026-11-24 00:00", date(2026, 11, 23), 1),
        ("2026-11-23 22:00", "2026-11-24 00:05", date(2026, 11, 23), 2),
        ("2026-11-23 00:00", "2026-11-24 00:00", date(2026, 11, 23), 1),
        ("2026-11-23 00:00", "2026-11-23 00:00", date(2026, 11, 23), 1),
    ],
)
def test_session_that_ends_at_midnight_does_not_touch_the_next_day(
    start: str, end: str, first: date, number: int
) -> None:
    span = Span(*(times.from_local(wall(each), "Europe/Berlin") for each in (start, end)))
    assert times.days_around(span, "Europe/Berlin") == times.local_day(first, "Europe/Berlin", number)
