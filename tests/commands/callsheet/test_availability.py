"""`/callsheet availability`: weekly hours, a zone, other hours on single dates, and the line in App Home."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.blocks import home
from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import availability
from bot.services import availability as services
from bot.services import schedule
from bot.slack.outcomes import Close, FieldErrors, Open, Outcome, Update
from domain.availability import Availability
from domain.errors import RuleError
from domain.roles import Actor, Role
from tests.builders import World, counted_statements
from tests.commands.inputs import inputs_of, metadata_of, view_of
from tests.commands.screen import Screen, buttons, text_of


def hours_of(world: World, actor: Actor) -> Availability:
    with world.database.reading() as session:
        return services.own(session, actor, world.now)


def send(screen: Screen, actor: Actor, shown: Outcome, body: Any = availability.save, **inputs: Any) -> Outcome:
    value = str(inputs.pop("value", ""))
    given = {**inputs_of(shown), **inputs}
    return screen.run(body, actor, fields=given, metadata=metadata_of(shown), value=value)


def test_it_opens_with_office_hours_in_the_members_own_zone(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.observer)
    assert isinstance(shown, Open)
    found = inputs_of(shown)
    assert (found["monday"], found["sunday"], found["time_zone"]) == ("09:00–18:00", "off", "Asia/Tokyo")
    saved = send(screen, world.observer, shown)
    assert isinstance(saved, Close)
    assert "You take sessions Mon–Fri 09:00–18:00 (Tokyo) from now on." in text_of(saved)


def test_hours_zone_and_a_date_that_was_not_added_yet_are_saved(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    done = send(
        screen,
        world.researcher,
        shown,
        monday="9-12:30, 13:30-17",
        friday="",
        time_zone="Europe/London",
        first_day="2026-12-24",
        last_day="2026-12-26",
    )
    assert "(London), other hours on 3 dates" in text_of(done)
    kept = hours_of(world, world.researcher)
    assert (kept.time_zone, kept.week[0], kept.week[4]) == ("Europe/London", ((540, 750), (810, 1020)), ())
    assert kept.overrides == {date(2026, 12, day): () for day in (24, 25, 26)}
    again = screen.run(availability.open_modal, world.researcher)
    assert inputs_of(again)["monday"] == "09:00–12:30, 13:30–17:00"
    assert "Thu 24 Dec – Sat 26 Dec 2026: off" in text_of(again)


def test_dates_are_added_and_removed_and_hold_once_saved(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    shown = send(screen, world.researcher, shown, availability.add, tuesday="10-11", first_day="2026-12-24")
    assert isinstance(shown, Update)
    assert "Thu 24 Dec 2026: off" in text_of(shown)
    assert (inputs_of(shown)["first_day"], inputs_of(shown)["tuesday"]) == (None, "10-11")
    fresh = [b["element"]["action_id"] for b in view_of(shown)["blocks"] if b.get("block_id") == "first_day"]
    assert fresh == ["first_day_1"], "an input with another action id is empty"
    shown = send(screen, world.researcher, shown, availability.add, first_day="2026-12-28", other_hours="10:00-14:00")
    assert hours_of(world, world.researcher).overrides == {}
    shown = send(screen, world.researcher, shown, availability.remove, value="2026-12-24")
    assert "24 Dec" not in text_of(shown)
    send(screen, world.researcher, shown)
    assert hours_of(world, world.researcher).overrides == {date(2026, 12, 28): ((600, 840),)}


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({}, "On which date? Choose it first."),
        ({"other_hours": "9-12"}, "On which date?"),
        ({"first_day": "2026-11-01"}, "That day has passed."),
        ({"first_day": "2026-12-24", "last_day": "2026-12-20"}, "is before"),
        ({"first_day": "2026-12-24", "other_hours": "noonish"}, "“noonish” is not a stretch of hours"),
    ],
)
def test_a_date_that_can_not_be_added_says_why_beside_its_inputs(
    world: World, screen: Screen, inputs: dict[str, Any], why: str
) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    refused = send(screen, world.researcher, shown, availability.add, **inputs)
    assert isinstance(refused, Update)
    assert f"⚠ {why}" in text_of(refused) or why in text_of(refused)
    kept = [b["element"]["action_id"] for b in view_of(refused)["blocks"] if b.get("block_id") == "first_day"]
    assert kept == ["first_day_0"], "what was chosen stays"


def test_everything_that_is_wrong_is_told_at_its_input_with_the_day_named(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    refused = send(
        screen, world.researcher, shown, monday="early", sunday="18-9", time_zone=None, last_day="2026-12-24"
    )
    assert isinstance(refused, FieldErrors)
    assert set(refused.errors) == {"monday", "sunday", "time_zone", "first_day"}
    assert refused.errors["monday"].startswith("Monday: “early” is not a stretch of hours")
    assert refused.errors["sunday"] == "Sunday: “18-9” ends before it begins."
    assert hours_of(world, world.researcher).week[0] == ((540, 1080),)


def test_a_zone_that_is_none_is_refused(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    with pytest.raises(RuleError, match="not a time zone") as refusal:
        send(screen, world.researcher, shown, time_zone="Mars/Base")
    assert refusal.value.field == "time_zone"


def test_more_dates_than_a_modal_can_carry_are_refused_in_words(world: World, screen: Screen) -> None:
    shown = screen.run(availability.open_modal, world.researcher)
    for number in range(45):
        day = date.fromordinal(date(2026, 12, 1).toordinal() + 2 * number).isoformat()
        shown = send(
            screen, world.researcher, shown, availability.add, first_day=day, other_hours="9-9:30, 10-11, 12-13"
        )
    assert "⚠" in text_of(shown)
    assert isinstance(send(screen, world.researcher, shown), Close)


def test_app_home_says_when_one_takes_sessions_for_one_statement_more(world: World, screen: Screen) -> None:
    world.book()
    with counted_statements(world.database) as counted, world.database.reading() as session:
        model = schedule.home(session, world.researcher, world.now)
        drawn = home.view(model)
    assert len(counted) == 4
    shown = Open(drawn)
    assert "You take sessions Mon–Fri 09:00–18:00 (Berlin)" in text_of(shown)
    assert any(block.get("accessory", {}).get("action_id") == CallsheetId.HOURS for block in drawn["blocks"])
    with world.database.reading() as session:
        assert schedule.home(session, world.people[Role.OBSERVER], world.now).availability is None
    assert buttons(shown)
