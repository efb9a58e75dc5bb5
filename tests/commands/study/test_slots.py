"""`/study slots`: a week as a picture, its neighbours, and why a time is not free."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.blocks.ids import StudyId
from bot.commands.study import slots
from bot.services import weeks
from bot.slack.outcomes import Open, Replace, Reply, Update
from domain.errors import NotFound, RuleError
from domain.roles import Role
from domain.scheduling import Assignment
from domain.study import StudyStatus, StudyType
from domain.times import Span
from storage import scheduling as stored
from storage.models import CalendarFeed, Study
from tests.builders import World, counted_statements, keep_busy
from tests.commands.inputs import inputs_of, metadata_of
from tests.commands.screen import Screen, buttons, text_of


def schedule(world: World, **values: object) -> None:
    with world.database.unit_of_work() as session:
        study = session.get_one(Study, world.study_id)
        setup = replace(stored.setup_of(session, study), **values)  # type: ignore[arg-type]
        stored.store_setup(session, study, setup, "Test", world.now)


def lines(outcome: Reply | Replace) -> list[str]:
    block = next(block for block in outcome.blocks if block["type"] == "rich_text")
    return str(block["elements"][0]["elements"][0]["text"]).splitlines()


def test_the_coming_week_is_drawn_in_the_readers_zone(world: World, screen: Screen) -> None:
    world.book(timedelta(hours=25.5))
    shown = screen.run(slots.typed, world.researcher, arguments="chk")
    assert isinstance(shown, Reply)
    drawn = lines(shown)
    assert drawn[1] == "Nov   23  24  25  26  27  28  29"
    assert drawn[2] == "09:00  ·   o   o   o   o   ·   ·"
    assert drawn[3:5] == ["09:30  ·   o   o   o   o   ·   ·", "10:00  ·   o   o   o   o   ·   ·"]
    assert "10:30  ·   x   o   o   o   ·   ·" in drawn
    assert "11:00  ·   #   o   o   o   ·   ·" in drawn
    assert "13:30  o   o   o   o   o   ·   ·" in drawn
    assert max(map(len, drawn)) <= 38
    assert "Times in your zone, Europe/Berlin" in text_of(shown)
    tokyo = screen.run(slots.typed, world.observer, arguments="CHK")
    assert isinstance(tokyo, Reply)
    assert lines(tokyo)[2].startswith("00:00"), "Monday evening in Berlin is Tuesday there"
    assert StudyId.SCHEDULE in buttons(shown)
    assert StudyId.SCHEDULE not in buttons(tokyo)


def test_neighbouring_weeks_and_days_in_words(world: World, screen: Screen) -> None:
    first = screen.run(slots.typed, world.researcher, arguments="CHK")
    following = screen.run(slots.turn, world.researcher, value=buttons(first)[StudyId.SLOTS_NEXT])
    assert isinstance(following, Replace)
    assert "week of *Monday 30 November*" in text_of(following)
    back = screen.run(slots.turn, world.researcher, value=buttons(following)[StudyId.SLOTS_PREVIOUS])
    assert "week of *Monday 23 November*" in text_of(back)
    for words, monday in {
        "next week": "30 November",
        "this week": "23 November",
        "week of 8 Dec": "7 December",
        "2026-12-24": "21 December",
    }.items():
        assert f"week of *Monday {monday}*" in text_of(
            screen.run(slots.typed, world.researcher, arguments=f"CHK {words}")
        )
    december = screen.run(slots.typed, world.researcher, arguments="CHK 2026-12-24")
    assert "Nothing is open in this week" in text_of(december)
    assert "Next free time: " in text_of(december)
    assert "CHK, week of" in text_of(screen.run(slots.clicked, world.researcher, value="CHK"))
    with pytest.raises(RuleError, match="someday"):
        screen.run(slots.typed, world.researcher, arguments="CHK someday")


def test_without_words_the_week_with_the_next_slot_is_shown(world: World, screen: Screen) -> None:
    schedule(world, rolling_days=None, first_day=datetime(2026, 12, 10, tzinfo=UTC).date())
    assert "week of *Monday 7 December*" in text_of(screen.run(slots.typed, world.researcher, arguments="CHK"))


def test_why_a_time_is_not_free_is_said_per_host_and_rule(world: World, screen: Screen) -> None:
    ops = world.people[Role.OPS_MANAGER]
    schedule(world, host_ids=(world.researcher.member_id, ops.member_id), assignment=Assignment.COLLECTIVE)
    world.calendar(world.researcher)
    noon = datetime(2026, 11, 24, 11, tzinfo=UTC)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(CalendarFeed).values(read_at=world.now))
        keep_busy(session, world.researcher.member_id, "e1", Span(noon, noon + timedelta(hours=1)))
    asked = text_of(screen.run(slots.typed, world.researcher, arguments="CHK why tue 12:00"))
    assert "Tuesday 24 November, 12:00 (Europe/Berlin) is not free" in asked
    assert f"{world.researcher.name}'s calendar is busy" in asked
    asked = text_of(screen.run(slots.typed, world.researcher, arguments="CHK why sat 14:00"))
    assert world.researcher.name in asked
    assert ops.name in asked
    with pytest.raises(RuleError, match="Write for example"):
        screen.run(slots.typed, world.researcher, arguments="CHK why")


def test_a_time_can_be_asked_about_in_a_modal_again_and_again(world: World, screen: Screen) -> None:
    shown = screen.run(slots.typed, world.researcher, arguments="CHK")
    opened = screen.run(slots.ask, world.researcher, value=buttons(shown)[StudyId.SLOTS_WHY])
    assert isinstance(opened, Open)
    assert inputs_of(opened)["when"] == datetime(2026, 11, 23, 12, 30, tzinfo=UTC).timestamp()
    free = screen.run(slots.answer, world.researcher, fields=inputs_of(opened), metadata=metadata_of(opened))
    assert isinstance(free, Update)
    assert f"is free. <@{world.researcher.slack_user_id}> would host it." in text_of(free)
    too_soon = {"when": int((world.now + timedelta(hours=1)).timestamp())}
    again = screen.run(slots.answer, world.researcher, fields=too_soon, metadata=metadata_of(free))
    assert "is not free" in text_of(again)
    assert "less than 4 hours" in text_of(again)
    with pytest.raises(RuleError, match="Pick a day"):
        screen.run(slots.answer, world.researcher, fields={"when": None}, metadata=metadata_of(free))


def test_whose_turn_it_is_in_a_round_robin(world: World, screen: Screen) -> None:
    ops = world.people[Role.OPS_MANAGER]
    schedule(world, host_ids=(world.researcher.member_id, ops.member_id), assignment=Assignment.ROUND_ROBIN)
    world.book(timedelta(days=1))
    assert f"Next in turn: <@{ops.slack_user_id}>" in text_of(
        screen.run(slots.typed, world.researcher, arguments="CHK")
    )


def test_a_study_that_takes_no_bookings_says_so(world: World, screen: Screen) -> None:
    world.study("OFF", "Paused", status=StudyStatus.PAUSED, participation_limit=0)
    said = text_of(screen.run(slots.typed, world.researcher, arguments="OFF"))
    assert "OFF is paused" in said
    assert "fully booked" in said
    world.study("SUR", "Survey", type=StudyType.SURVEY)
    with pytest.raises(RuleError, match="it has no sessions"):
        screen.run(slots.typed, world.researcher, arguments="SUR")
    with pytest.raises(RuleError, match="Which study"):
        screen.run(slots.typed, world.researcher)
    for asked in ("CHK", "CHK why tue 14:00"):
        with pytest.raises(NotFound):
            screen.run(slots.typed, world.member(Role.RESEARCHER), arguments=asked)


def test_more_hosts_take_no_more_statements(world: World) -> None:
    def statements() -> int:
        with counted_statements(world.database) as counted, world.database.reading() as session:
            weeks.week(session, world.researcher, "CHK", None, world.now)
        return len(counted)

    schedule(world, host_ids=(world.researcher.member_id,), assignment=Assignment.ROUND_ROBIN)
    alone = statements()
    schedule(world, host_ids=tuple(actor.member_id for actor in world.people.values()))
    assert statements() == alone <= 14
