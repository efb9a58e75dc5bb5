"""What is typed into the steps of setting up scheduling: the setup that it makes, and what is wrong, where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.availability import Availability
from domain.editing import Location
from domain.scheduling import Assignment, Conflicts, Setup
from domain.setup_checks import errors_in, location_in, mailing_in, setup_of
from domain.setup_form import Ground, Mailing, People, SetupForm, Step, form_of
from domain.study import LocationKind

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
GROUND = Ground(NOW, is_group=False)
GROUP = Ground(NOW, is_group=True)
STANDARD = Setup(timedelta(minutes=60), "Europe/Berlin", (1,))
FULL = Setup(
    length=timedelta(minutes=45),
    time_zone="America/New_York",
    host_ids=(1, 2),
    guest_ids=(3,),
    assignment=Assignment.ROUND_ROBIN,
    title="{{ study.external_name }} with {{ host.first_name }}",
    description="Bring your phone.",
    first_day=date(2026, 12, 1),
    last_day=date(2026, 12, 24),
    rolling_days=None,
    availability=Availability(
        "America/New_York",
        (((540, 720), (780, 1020)), (), ((540, 720),), (), (), (), ()),
        {date(2026, 12, 7): (), date(2026, 12, 8): ((600, 660),)},
    ),
    conflicts=Conflicts.STRICT,
    notice=timedelta(hours=24),
    buffer_before=timedelta(minutes=10),
    buffer_after=timedelta(minutes=15),
    increment=timedelta(minutes=15),
    most_a_day=3,
    most_a_week=10,
    change_until=timedelta(hours=12),
    most_moves=0,
    reminders=(timedelta(days=2), timedelta(minutes=30)),
)
PLACE = Location(LocationKind.ZOOM, "https://zoom.example/j/1", "4711")
MAILING = Mailing("Northwind Research", "research@northwind.example")


def form(setup: Setup = STANDARD, **inputs: Any) -> SetupForm:
    people = People(tuple(f"U{id_}" for id_ in setup.host_ids), tuple(f"U{id_}" for id_ in setup.guest_ids))
    return form_of(setup, people, PLACE, MAILING).with_inputs(inputs)


@pytest.mark.parametrize("setup", [STANDARD, FULL], ids=["standard", "full"])
def test_a_form_makes_the_setup_that_it_was_filled_in_from(setup: Setup) -> None:
    filled = form(setup)
    assert setup_of(filled, GROUND, setup.host_ids, setup.guest_ids) == setup
    assert location_in(filled) == PLACE
    assert mailing_in(filled) == MAILING
    assert [errors_in(filled, step, GROUND) for step in Step] == [{}] * len(Step)


def test_a_form_is_stored_and_comes_back_the_same() -> None:
    filled = form(FULL)
    assert SetupForm.from_document(filled.document()) == filled
    assert SetupForm.from_document({**filled.document(), "of_another_version": "x"}) == filled


def test_inputs_that_are_not_shown_keep_what_they_had() -> None:
    kept = form(FULL).with_inputs({"hours": "own", "first_day": None})
    assert (kept.monday, kept.first_day, kept.last_day) == ("09:00–12:00, 13:00–17:00", "", "2026-12-24")
    assert setup_of(kept, GROUND, (1,), ()).availability is None


def test_a_group_study_has_seats_and_its_own_assignment() -> None:
    made = setup_of(form(seats="6", assignment=""), GROUP, (1, 2), ())
    assert (made.assignment, made.capacity) == (Assignment.GROUP, 6)
    assert errors_in(form(seats=""), Step.EVENT, GROUP) == {"seats": "How many seats has a session of the group?"}
    assert "between 2 and 99" in errors_in(form(seats="1"), Step.EVENT, GROUP)["seats"]


def test_who_hosts_is_no_guest_as_well() -> None:
    assert setup_of(form(), GROUND, (1,), (1, 2)).guest_ids == (2,)


@pytest.mark.parametrize(
    ("step", "inputs", "field", "why"),
    [
        (Step.EVENT, {"title": "{{ participant.name }}"}, "title", "There is no {{ participant.name }}"),
        (Step.EVENT, {"description": "{{ host.first_name"}, "description", "one of the two is missing"),
        (Step.EVENT, {"duration": ""}, "duration", "How many minutes"),
        (Step.EVENT, {"duration": "4"}, "duration", "between 5 minutes and 8 hours"),
        (Step.EVENT, {"duration": "1e3"}, "duration", "A whole number"),
        (Step.LOCATION, {"location": ""}, "location", "Choose where"),
        (Step.LOCATION, {"location": "zoom", "link": "zoom.example"}, "link", "needs its meeting link"),
        (Step.LOCATION, {"location": "custom", "link": ""}, "link", "Say where"),
        (Step.HOSTS, {"hosts": []}, "hosts", "Choose who hosts"),
        (Step.HOSTS, {"hosts": ["U1", "U2"]}, "hosts", "exactly one"),
        (Step.HOSTS, {"hosts": [f"U{n}" for n in range(31)], "assignment": "collective"}, "hosts", "at most 30"),
        (Step.HOSTS, {"assignment": "group"}, "assignment", "Choose who hosts a session"),
        (Step.AVAILABILITY, {"hours": "common", "thursday": "late"}, "thursday", "Thursday: “late” is not a stretch"),
        (Step.AVAILABILITY, {"hours": "common", "sunday": "12-9"}, "sunday", "Sunday: “12-9” ends before"),
        (Step.AVAILABILITY, {"hours": "common", "dates": "Xmas: off"}, "dates", "not a date with hours"),
        (Step.AVAILABILITY, {"time_zone": ""}, "time_zone", "Choose the time zone"),
        (Step.AVAILABILITY, {"time_zone": "Mars/Base"}, "time_zone", "not a time zone"),
        (Step.AVAILABILITY, {"rolling_days": ""}, "rolling_days", "How many days"),
        (Step.AVAILABILITY, {"rolling_days": "400"}, "rolling_days", "Between 1 and 365"),
        (Step.AVAILABILITY, {"range": "fixed", "last_day": "2026-11-22"}, "last_day", "has passed"),
        (
            Step.AVAILABILITY,
            {"range": "fixed", "first_day": "2026-12-02", "last_day": "2026-12-01"},
            "last_day",
            "before the first",
        ),
        (Step.LIMITS, {"most_a_day": "0"}, "most_a_day", "Between 1 and 100"),
        (Step.LIMITS, {"most_a_day": "5", "most_a_week": "4"}, "most_a_week", "less than the most a day"),
        (Step.LIMITS, {"most_moves": "21"}, "most_moves", "At most 20"),
        (Step.LIMITS, {"reply_to": "nobody"}, "reply_to", "not an e-mail address"),
        (Step.LIMITS, {"sender_name": "N" * 101}, "sender_name", "At most 100"),
    ],
)
def test_what_is_wrong_is_told_at_its_input_and_in_no_other_step(
    step: Step, inputs: dict[str, Any], field: str, why: str
) -> None:
    wrong = form(**inputs)
    assert why in errors_in(wrong, step, GROUND)[field]
    assert [errors_in(wrong, other, GROUND) for other in Step if other is not step] == [{}] * (len(Step) - 1)


def test_everything_that_is_wrong_in_a_step_is_told_at_once() -> None:
    wrong = form(hours="common", monday="early", friday="25-26", rolling_days="0")
    assert set(errors_in(wrong, Step.AVAILABILITY, GROUND)) == {"monday", "friday", "rolling_days"}


def test_a_common_schedule_begins_with_office_hours_and_is_never_empty() -> None:
    assert setup_of(form(hours="common"), GROUND, (1,), ()).availability is not None
    empty = form(hours="common", **dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "off"))
    assert "no hours in the week" in errors_in(empty, Step.AVAILABILITY, GROUND)["monday"]
    assert errors_in(replace(empty, dates="24 Dec: 9-12"), Step.AVAILABILITY, GROUND) == {}
