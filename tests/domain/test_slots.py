"""Slots by example: the days that people ask about, and what they are told of a time that is not free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.availability import Availability, parse_hours, standard
from domain.scheduling import (
    Assignment,
    Conflicts,
    Demand,
    GroupSlot,
    HostTime,
    Rule,
    Setup,
    Slot,
    range_span,
    slot_at,
    slots,
    turn,
    why_not,
)
from domain.times import Span, from_local, local, local_day

BERLIN, KOLKATA, KATHMANDU, LORD_HOWE = "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"
MONDAY, TUESDAY, SUNDAY = date(2026, 12, 7), date(2026, 12, 8), date(2026, 12, 13)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
LENA, NOOR, TOM = 1, 2, 3


def at(text: str, zone: str = BERLIN) -> datetime:
    """`8 14:00`: a time in December 2026; a whole date may be given too."""
    day, clock = text.rsplit(" ", 1)
    return from_local(datetime.fromisoformat(f"{day if '-' in day else f'2026-12-{int(day):02}'} {clock}"), zone)


def span(text: str, zone: str = BERLIN) -> Span:
    """`8 14:00-15:00`."""
    day, hours = text.rsplit(" ", 1)
    start, end = (at(f"{day} {clock}", zone) for clock in hours.split("-"))
    return Span(start, end)


NOW = at("7 08:00")
DEMAND = Demand(NOW)
SETUP = Setup(length=HOUR, time_zone=BERLIN, host_ids=(LENA,), increment=HOUR)
RIVALS = replace(SETUP, assignment=Assignment.ROUND_ROBIN, host_ids=(LENA, NOOR, TOM))
TOGETHER = replace(RIVALS, assignment=Assignment.COLLECTIVE)
GROUP = replace(TOGETHER, assignment=Assignment.GROUP, capacity=5)


def every_day(zone: str, text: str) -> Availability:
    return Availability(zone, (parse_hours(text),) * 7)


def host(
    member_id: int = LENA,
    *,
    busy: Sequence[str] = (),
    sessions: Sequence[str] = (),
    hours: Availability | None = None,
    problem: str | None = None,
) -> HostTime:
    name = {LENA: "Lena", NOOR: "Noor", TOM: "Tom"}[member_id]
    taken, held = ([span(each) for each in texts] for texts in (busy, sessions))
    last_end = max((each.end for each in held), default=None)
    return HostTime(member_id, name, hours or standard(BERLIN), taken, held, last_end, problem)


def starts(
    setup: Setup, hosts: Sequence[HostTime], day: date, demand: Demand = DEMAND, sessions: Sequence[GroupSlot] = ()
) -> list[str]:
    """The starts of a day on the wall clock of the setup's zone."""
    found = slots(setup, hosts, demand, local_day(day, setup.time_zone), sessions)
    return [f"{local(slot.starts_at, setup.time_zone):%H:%M}" for slot in found]


def sentences(
    setup: Setup,
    hosts: Sequence[HostTime],
    start: str,
    demand: Demand = DEMAND,
    sessions: Sequence[GroupSlot] = (),
) -> list[str]:
    """Why no slot starts then; it is checked that the engine offers none."""
    reasons = why_not(setup, hosts, demand, at(start), sessions)
    assert (slot_at(setup, hosts, demand, at(start), sessions) is None) is bool(reasons)
    return [reason.why for reason in reasons]


def test_a_session_fits_into_the_hours_beside_what_is_in_the_calendar() -> None:
    lena = host(busy=["8 10:30-11:30", "8 13:00-13:05"], sessions=["8 15:00-16:00"])
    assert starts(SETUP, [lena], TUESDAY) == ["09:00", "12:00", "14:00", "16:00", "17:00"]
    half_hours = replace(SETUP, increment=timedelta(minutes=30))
    assert starts(half_hours, [lena], TUESDAY)[:6] == ["09:00", "09:30", "11:30", "12:00", "13:30", "14:00"]
    assert starts(half_hours, [lena], TUESDAY)[6:] == ["16:00", "16:30", "17:00"]
    assert starts(SETUP, [lena], SUNDAY) == []


def test_buffers_keep_time_free_around_the_wanted_session() -> None:
    """Against sessions and against the calendar, not against the end of the hours."""
    lena = host(busy=["8 10:00-11:00"], sessions=["8 14:00-15:00"])
    quarters = replace(SETUP, increment=15 * MINUTE, length=timedelta(minutes=45))
    padded = replace(quarters, buffer_before=15 * MINUTE, buffer_after=30 * MINUTE)
    assert starts(quarters, [lena], TUESDAY)[:3] == ["09:00", "09:15", "11:00"]
    assert starts(padded, [lena], TUESDAY)[:2] == ["11:15", "11:30"]
    assert starts(padded, [lena], TUESDAY)[-1] == "17:15"
    assert sentences(padded, [lena], "8 09:15") == [
        "Lena's calendar is busy 10:00–11:00, and 30 minutes after a session stay free."
    ]
    assert sentences(padded, [lena], "8 15:00") == [
        "Lena hosts a session 14:00–15:00, and 15 minutes before a session stay free."
    ]


def test_notice_and_the_present_are_kept() -> None:
    assert starts(SETUP, [host()], MONDAY) == ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00"]
    assert starts(SETUP, [host()], MONDAY, Demand(NOW + MINUTE))[0] == "13:00"
    assert starts(replace(SETUP, notice=timedelta()), [host()], MONDAY, Demand(at("7 10:00")))[0] == "10:00"
    assert sentences(SETUP, [host()], "7 11:00") == ["It starts in less than 4 hours."]
    assert sentences(SETUP, [host()], "7 07:00")[0] == "This time has passed."


def test_a_range_is_rolling_fixed_or_over() -> None:
    fixed = replace(SETUP, rolling_days=None, first_day=TUESDAY, last_day=date(2026, 12, 9))
    rolling = replace(SETUP, rolling_days=2)
    assert range_span(fixed, NOW) == Span(at("8 00:00"), at("10 00:00"))
    assert range_span(fixed, at("9 21:00")) is None
    assert range_span(fixed, at("20 09:00")) is None
    assert range_span(rolling, NOW) == Span(at("7 12:00"), at("10 00:00"))
    assert range_span(replace(SETUP, rolling_days=None), NOW) == Span(at("7 12:00"), at("2027-12-08 00:00"))
    far = Span(NOW, NOW + 60 * DAY)
    for setup, days in ((fixed, {8, 9}), (rolling, {7, 8, 9})):
        assert {local(slot.starts_at, BERLIN).day for slot in slots(setup, [host()], DEMAND, far)} == days
    assert slots(fixed, [host()], Demand(at("20 09:00")), far) == []
    assert sentences(fixed, [host()], "11 10:00") == [
        "Sessions are held from Tuesday 8 December to Wednesday 9 December."
    ]
    assert sentences(rolling, [host()], "11 10:00") == ["Sessions are booked at most 2 days ahead."]


def test_whose_days_the_range_counts_are_the_studys() -> None:
    """In Auckland it is Tuesday already when Monday's morning begins in Berlin."""
    rolling = replace(SETUP, rolling_days=0, notice=timedelta(), time_zone="Pacific/Auckland")
    lena = host(hours=every_day(BERLIN, "0-24"))
    found = slots(rolling, [lena], Demand(at("7 06:00")), Span(NOW - DAY, NOW + 3 * DAY))
    assert [found[0].starts_at, found[-1].starts_at] == [at("7 06:00"), at("7 11:00")]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 3, 29), ["00:00+0100", "01:00+0100", "03:00+0200"]),
        (date(2026, 10, 25), ["00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100"]),
    ],
)
def test_sessions_on_days_on_which_clocks_change(day: date, found: list[str]) -> None:
    lena = host(hours=every_day(BERLIN, "0-4"))
    demand = Demand(datetime(day.year, day.month, day.day, tzinfo=UTC) - 3 * DAY)
    there = slots(SETUP, [lena], demand, local_day(day, BERLIN))
    assert [f"{local(slot.starts_at, BERLIN):%H:%M%z}" for slot in there] == found


def test_steps_follow_the_wall_clock_when_it_changes_by_half_an_hour() -> None:
    """Lord Howe goes from 02:00 back to 01:30: whole hours are half an hour off in UTC from then on."""
    setup = replace(SETUP, time_zone=LORD_HOWE, length=timedelta(minutes=30))
    lena = host(hours=every_day(LORD_HOWE, "0-4"))
    found = slots(setup, [lena], Demand(datetime(2026, 4, 1, tzinfo=UTC)), local_day(date(2026, 4, 5), LORD_HOWE))
    assert [f"{local(slot.starts_at, LORD_HOWE):%H:%M%z}" for slot in found] == [
        "00:00+1100",
        "01:00+1100",
        "02:00+1030",
        "03:00+1030",
    ]


@pytest.mark.parametrize(("zone", "minute"), [(KOLKATA, 30), (KATHMANDU, 15)])
def test_whole_hours_are_those_of_the_hosts_clock(zone: str, minute: int) -> None:
    """A study in Berlin whose host works where clocks are half an hour or 45 minutes off."""
    lena = host(hours=Availability(zone, (parse_hours("9-18"),) * 7))
    found = slots(SETUP, [lena], DEMAND, local_day(TUESDAY, BERLIN))
    assert {local(slot.starts_at, BERLIN).minute for slot in found} == {minute}
    assert [f"{local(slot.starts_at, zone):%H:%M}" for slot in found] == [f"{hour:02}:00" for hour in range(9, 18)]
    assert sentences(SETUP, [lena], "8 08:00") == [f"Sessions start every hour, here at 07:{minute} or 08:{minute}."]


def test_a_host_elsewhere_is_told_of_on_the_studys_clock() -> None:
    lena = host(hours=standard("America/New_York"))
    assert starts(SETUP, [lena], TUESDAY) == [f"{hour}:00" for hour in range(15, 24)]
    assert sentences(SETUP, [lena], "8 10:00") == ["Lena works 15:00–24:00 that Tuesday (Berlin)."]


def test_caps_count_local_days_and_weeks_from_monday() -> None:
    """A session on Sunday at 23:30 in Berlin is in that week, though it is Monday in Kathmandu."""
    lena = host(hours=every_day(BERLIN, "9-18"), sessions=["13 09:00-10:00", "13 23:30-23:45", "15 09:00-10:00"])
    daily, weekly = replace(SETUP, most_a_day=1), replace(SETUP, most_a_week=2)
    assert starts(daily, [lena], SUNDAY) == starts(daily, [lena], date(2026, 12, 15)) == []
    assert len(starts(daily, [lena], date(2026, 12, 14))) == 9
    for day, number in ((TUESDAY, 0), (SUNDAY, 0), (date(2026, 12, 14), 9), (date(2026, 12, 15), 8)):
        assert len(starts(weekly, [lena], day)) == number
    assert sentences(daily, [lena], "13 12:00") == ["Lena has 2 sessions that day, and 1 is the most."]
    assert sentences(weekly, [lena], "7 12:00") == ["Lena has 2 sessions that week, and 2 is the most."]
    assert sentences(weekly, [lena], "14 12:00") == []
    nights = replace(lena, availability=every_day(BERLIN, "0-24"))
    assert starts(replace(daily, increment=timedelta(minutes=30)), [nights], date(2026, 12, 12))[-1] == "23:30"
    late, once = replace(lena, sessions=lena.sessions[1:2]), replace(SETUP, most_a_week=1)
    for zone, number in ((BERLIN, 0), (KATHMANDU, 9)):
        assert len(slots(replace(once, time_zone=zone), [late], DEMAND, local_day(TUESDAY, BERLIN))) == number


def test_all_hosts_are_free_at_once_or_the_first_one_alone_counts() -> None:
    lena, noor = host(busy=["8 09:00-12:00"]), host(NOOR, busy=["8 14:00-18:00"])
    assert starts(TOGETHER, [lena, noor], TUESDAY) == ["12:00", "13:00"]
    assert slot_at(TOGETHER, [lena, noor], DEMAND, at("8 12:00")) == Slot(at("8 12:00"), (LENA, NOOR))
    assert starts(SETUP, [lena, noor], TUESDAY)[0] == "12:00"
    assert slot_at(SETUP, [lena, noor], DEMAND, at("8 15:00")) == Slot(at("8 15:00"), (LENA,))
    assert sentences(TOGETHER, [lena, noor], "8 09:00") == ["Lena's calendar is busy 09:00–12:00."]
    assert sentences(TOGETHER, [lena, noor], "8 17:30") == [
        "Sessions start every hour, here at 17:00 or 18:00.",
        "Lena works 09:00–18:00 that Tuesday (Berlin), and the session would last until 18:30.",
        "Noor works 09:00–18:00 that Tuesday (Berlin), and the session would last until 18:30.",
        "Noor's calendar is busy 14:00–18:00.",
    ]


def test_round_robin_is_balanced_by_the_week_then_by_idleness_then_in_order() -> None:
    lena = host(sessions=["8 09:00-10:00"])
    noor = host(NOOR, sessions=["14 09:00-10:00", "15 09:00-10:00"])
    tom = host(TOM)

    def hosts_at(start: str, hosts: Sequence[HostTime]) -> tuple[int, ...]:
        slot = slot_at(RIVALS, hosts, DEMAND, at(start))
        return slot.host_ids if slot else ()

    assert hosts_at("8 11:00", [lena, noor, tom]) == (TOM, NOOR, LENA)
    assert hosts_at("15 11:00", [lena, noor, tom]) == (TOM, LENA, NOOR)
    assert hosts_at("8 09:00", [lena, noor, tom]) == (TOM, NOOR)
    idle = [replace(each, sessions=(), last_session_end=None) for each in (lena, noor, tom)]
    assert hosts_at("8 11:00", idle) == (LENA, NOOR, TOM)
    idle[0] = replace(idle[0], last_session_end=NOW - DAY)
    idle[1] = replace(idle[1], last_session_end=NOW - 2 * DAY)
    assert hosts_at("8 11:00", idle) == (TOM, NOOR, LENA)
    assert [each.member_id for each in turn(idle[:2], local_day(MONDAY, BERLIN, 7))] == [NOOR, LENA]


def test_sessions_in_turn_are_shared_evenly() -> None:
    """Whoever books gets the first host of the slot: nobody has more than one session more than another."""
    hosts = [host(LENA), host(NOOR), host(TOM)]
    for number in range(1, 21):
        free = slots(RIVALS, hosts, DEMAND, local_day(TUESDAY, BERLIN, 3))
        slot = next(each for each in free if len(each.host_ids) == len(hosts))
        taken = Span(slot.starts_at, slot.starts_at + HOUR)
        hosts = [
            replace(each, sessions=[*each.sessions, taken], last_session_end=taken.end)
            if each.member_id == slot.host_ids[0]
            else each
            for each in hosts
        ]
        held = [len(each.sessions) for each in hosts]
        assert sum(held) == number
        assert max(held) - min(held) <= 1


def test_round_robin_says_why_each_of_the_hosts_can_not() -> None:
    lena, noor = host(busy=["8 13:00-14:00"]), host(NOOR, sessions=["8 12:30-13:30"])
    hosts = [lena, noor, host(TOM, problem="Tom's calendar can't be read.")]
    assert sentences(RIVALS, hosts, "8 12:00") == []
    assert why_not(RIVALS, hosts, DEMAND, at("8 13:00")) != ()
    assert [(reason.host_id, reason.rule, reason.why) for reason in why_not(RIVALS, hosts, DEMAND, at("8 13:00"))] == [
        (LENA, Rule.BUSY, "Lena's calendar is busy 13:00–14:00."),
        (NOOR, Rule.SESSION, "Noor hosts a session 12:30–13:30."),
        (TOM, Rule.CALENDAR, "Tom's calendar can't be read."),
    ]


def test_an_unreadable_calendar_is_never_free_unless_calendars_do_not_count() -> None:
    lena = host(busy=["7 12:00-13:00"], problem="Lena's calendar can't be read.")
    assert starts(SETUP, [lena], TUESDAY) == []
    assert sentences(SETUP, [lena], "7 12:00") == ["Lena's calendar can't be read."]
    assert len(starts(replace(SETUP, conflicts=Conflicts.OFF), [lena], TUESDAY)) == 9


def test_common_hours_hold_for_every_host() -> None:
    """Also for those whose own hours are others; nobody is named for them."""
    common = replace(TOGETHER, availability=every_day(BERLIN, "19-21"))
    hosts = [host(), host(NOOR, hours=standard("Asia/Tokyo"))]
    assert starts(common, hosts, SUNDAY) == ["19:00", "20:00"]
    reasons = why_not(common, hosts, DEMAND, at("13 12:00"))
    assert [(reason.why, reason.host_id) for reason in reasons] == [
        ("Sessions are held 19:00–21:00 that Sunday (Berlin).", None)
    ]
    closed = replace(common, availability=standard(BERLIN))
    assert sentences(closed, hosts, "13 12:00") == ["No sessions are held on Sunday 13 December."]
    assert sentences(SETUP, hosts, "13 12:00") == ["Lena does not work on Sunday 13 December."]


def test_group_sessions_are_filled_before_their_time_is_offered_anew() -> None:
    """Seats that are left are offered off the steps and the hours too, with the hosts of that session."""
    lena, noor = host(sessions=["8 10:00-11:00", "8 12:00-13:00"]), host(NOOR)
    held = [
        GroupSlot(at("8 10:00"), 2, (LENA,)),
        GroupSlot(at("8 12:00"), 0, (LENA, NOOR)),
        GroupSlot(at("8 19:20"), 1, (TOM,)),
        GroupSlot(at("7 10:00"), 1, (TOM,)),
    ]
    found = slots(GROUP, [lena, noor], DEMAND, Span(NOW, at("9 00:00")), held)
    of_tuesday = [slot for slot in found if slot.starts_at >= at("8 00:00")]
    assert of_tuesday[:3] == [
        Slot(at("8 09:00"), (LENA, NOOR), 5),
        Slot(at("8 10:00"), (LENA,), 2),
        Slot(at("8 11:00"), (LENA, NOOR), 5),
    ]
    assert of_tuesday[3].starts_at == at("8 13:00")
    assert of_tuesday[-1] == Slot(at("8 19:20"), (TOM,), 1)
    assert found[0].starts_at == at("7 12:00")
    assert sentences(GROUP, [lena, noor], "8 12:00", sessions=held) == [
        "Every seat of the session on Tuesday 8 December, 12:00 is taken."
    ]
    assert sentences(GROUP, [lena, noor], "7 10:00", sessions=held) == ["It starts in less than 4 hours."]


def test_two_group_sessions_that_start_together_are_one_time() -> None:
    """It is full when both are, and no third is opened then, however free the hosts are."""
    there, full = GroupSlot(at("8 10:00"), 2, (TOM,)), GroupSlot(at("8 10:00"), 0, (NOOR,))
    for held in ([there, full], [full, there]):
        assert slot_at(GROUP, [host()], DEMAND, at("8 10:00"), held) == Slot(at("8 10:00"), (TOM,), 2)
    assert starts(GROUP, [host()], TUESDAY, sessions=[full])[:2] == ["09:00", "11:00"]
    assert why_not(GROUP, [host()], DEMAND, at("8 10:00"), [full])[0].rule is Rule.FULL


def test_a_participant_is_in_one_session_at_a_time() -> None:
    demand = Demand(NOW, [span("8 09:30-10:30")])
    held = [GroupSlot(at("8 10:00"), 2, (LENA,))]
    assert starts(SETUP, [host()], TUESDAY, demand)[0] == "11:00"
    assert starts(GROUP, [host()], TUESDAY, demand, held)[0] == "11:00"
    assert sentences(SETUP, [host()], "8 10:00", demand) == ["The participant has a session 09:30–10:30."]


def test_a_study_without_hosts_has_no_slots() -> None:
    assert slots(RIVALS, [], DEMAND, local_day(TUESDAY, BERLIN)) == []
    assert sentences(RIVALS, [], "8 10:00") == ["The study has no host."]


def test_where_any_event_counts_it_is_not_called_busy() -> None:
    strict = replace(SETUP, conflicts=Conflicts.STRICT)
    assert sentences(strict, [host(busy=["8 10:00-11:00"])], "8 10:00") == ["Lena's calendar has an event 10:00–11:00."]


def test_long_events_are_told_with_their_days() -> None:
    away = Span(at("7 00:00"), at("12 00:00"))
    lena = replace(host(), busy=[away])
    assert starts(SETUP, [lena], TUESDAY) == []
    assert sentences(SETUP, [lena], "8 10:00") == [
        "Lena's calendar is busy from Monday 7 December, 00:00 to Saturday 12 December, 00:00."
    ]
