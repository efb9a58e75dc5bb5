"""`/interview today`, `week`, `list`, `KEY-7` and App Home, against both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.blocks import home as home_blocks
from bot.commands.home import opened
from bot.commands.interview import agenda, details, listing
from bot.services import cancellations, interviews, moves, notes, outcomes, schedule
from bot.services.cancellations import Cancellation
from bot.slack.outcomes import Open, Outcome, Replace, Reply, Update
from domain.errors import NotFound, RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Actor, Role
from sandbox.slack.blockkit import message_offences, view_offences
from storage import members
from storage.engine import Database
from storage.models import Interview
from tests.builders import World, counted_statements

HOUR = timedelta(hours=1)


def said(outcome: Outcome) -> str:
    """Everything that the outcome shows, as one text."""
    assert isinstance(outcome, Reply | Replace)
    assert message_offences(list(outcome.blocks)) == []
    return outcome.text + json.dumps(list(outcome.blocks), ensure_ascii=False)


def ask_today(world: World, actor: Actor, arguments: str = "") -> str:
    with world.database.reading() as session:
        return said(agenda.today(session, actor, arguments, world.now))


def test_today_is_the_actors_own_day(world: World) -> None:
    """At 09:30 in Berlin it is 17:30 in Tokyo: a session at 16:30 in Berlin is tomorrow's there."""
    world.book(7 * HOUR)
    assert "CHK-1" in ask_today(world, world.researcher)
    assert "No sessions today" in ask_today(world, world.observer)
    with world.database.reading() as session:
        assert "CHK-1" in said(agenda.tomorrow(session, world.observer, "", world.now))


def test_names_are_shown_to_those_who_may_see_them(world: World) -> None:
    world.book()
    assert "Mara Lindqvist" in ask_today(world, world.researcher)
    assert "Mara Lindqvist" in ask_today(world, world.admin)
    assert "Mara" not in ask_today(world, world.observer)
    assert "P1 – No reply" in ask_today(world, world.people[Role.COLLABORATOR])


@pytest.mark.parametrize("body", [agenda.today, agenda.week])
def test_an_answer_for_the_channel_names_nobody(world: World, body: Callable[..., Outcome]) -> None:
    world.book()
    with world.database.reading() as session:
        answer = body(session, world.researcher, "", world.now, "C0CORE", aloud=True)
        elsewhere = body(session, world.researcher, "", world.now, "C0GENERAL", aloud=True)
    assert isinstance(answer, Reply)
    assert answer.in_channel
    assert "P1" in said(answer)
    assert "Mara" not in said(answer)
    assert "CHK-1" not in said(elsewhere)


def test_details_for_the_channel_hold_nothing_that_is_not_for_all(world: World) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        session.get_one(Interview, interview.id).passcode = "opensesame"
        notes.add(session, world.researcher, interview.id, "Between us", world.now)
        session.flush()
        answer = details.show(session, world.researcher, "CHK-1", world.now, "C0CORE", aloud=True)
        with pytest.raises(RuleError, match="CHK-1 is shown aloud in its study's channel and its team's only"):
            details.show(session, world.researcher, "CHK-1", world.now, "C0GENERAL", aloud=True)
    assert isinstance(answer, Reply)
    assert answer.in_channel
    assert "Mara" not in said(answer)
    assert "@example.com" not in said(answer)
    assert "opensesame" not in said(answer)
    assert "Between us" not in said(answer)


def test_who_may_not_manage_gets_no_buttons_to_do_so(world: World) -> None:
    world.book()
    assert "Cancel…" in ask_today(world, world.researcher)
    with world.database.reading() as session:
        shown = said(details.show(session, world.observer, "CHK-1", world.now))
    assert "Cancel…" not in shown
    assert "Mara" not in shown


def test_mine_leaves_out_the_others(world: World) -> None:
    world.book()
    other = world.people[Role.COLLABORATOR]
    world.book(3 * HOUR, host_ids=(other.member_id,))
    assert "CHK-2" not in ask_today(world, world.researcher, "mine")
    assert "CHK-1" in ask_today(world, world.researcher, "MINE")
    with pytest.raises(RuleError, match="“yesterday” is not understood"):
        ask_today(world, world.researcher, "yesterday")


def test_another_teams_sessions_are_not_seen(world: World) -> None:
    world.book()
    stranger = world.member(Role.RESEARCHER)
    assert "No sessions" in ask_today(world, stranger)
    with world.database.reading() as session, pytest.raises(NotFound, match="There is no interview CHK-1"):
        details.show(session, stranger, "chk-1", world.now)


def test_more_than_fits_is_counted(world: World) -> None:
    for number in range(25):
        world.book(HOUR + number * timedelta(minutes=30), length=timedelta(minutes=30))
    shown = ask_today(world, world.researcher)
    assert "25 sessions" in shown
    assert "and 5 more: `/interview list`" in shown


def test_week_spans_seven_local_days(world: World) -> None:
    world.book(6 * timedelta(days=1))
    world.book(7 * timedelta(days=1))
    with world.database.reading() as session:
        shown = said(agenda.week(session, world.researcher, "", world.now))
    assert "CHK-1" in shown
    assert "CHK-2" not in shown


def test_statements_are_few_and_the_same_for_one_session_and_for_many(world: World) -> None:
    world.book()
    counts = [statements_for_today(world.database, world.now)]
    for number in range(12):
        world.book(2 * HOUR + number * HOUR / 2, length=timedelta(minutes=30))
    counts.append(statements_for_today(world.database, world.now))
    assert counts[0] == counts[1] <= 6
    with counted_statements(world.database) as statements, world.database.reading() as session:
        actor = found_actor(session)
        details.show(session, actor, "CHK-1", world.now)
    assert len(statements) <= 6
    with counted_statements(world.database) as statements, world.database.reading() as session:
        home_blocks.view(schedule.home(session, found_actor(session), world.now))
    assert len(statements) <= 6


def found_actor(session: Any) -> Actor:
    actor = members.find_actor(session, "T0CALL", "U00003")
    assert actor is not None
    return actor


def statements_for_today(database: Database, now: datetime) -> int:
    with counted_statements(database) as statements, database.reading() as session:
        agenda.today(session, found_actor(session), "", now)
    return len(statements)


def ask_list(world: World, actor: Actor, arguments: str = "") -> Reply:
    with world.database.reading() as session:
        outcome = listing.first_page(session, actor, arguments, world.now)
    assert isinstance(outcome, Reply)
    return outcome


def references(outcome: Reply | Replace) -> list[str]:
    """The interviews on a page, in order."""
    return [said.split()[0] for said in outcome.text.splitlines()[1:]]


def button_value(outcome: Reply | Replace, label: str) -> str | None:
    elements = outcome.blocks[-1].get("elements", [])
    return next((e["value"] for e in elements if e.get("text", {}).get("text") == label), None)


@pytest.mark.parametrize("filter_words", ["", "upcoming"])
def test_pages_lead_forwards_and_back_without_gaps(world: World, filter_words: str) -> None:
    for number in range(23):
        world.book(HOUR + (number // 2) * HOUR, host_ids=(world.member(Role.RESEARCHER).member_id,))
    page: Reply | Replace = ask_list(world, world.researcher, filter_words)
    pages = [references(page)]
    while value := button_value(page, "Next →"):
        page = turn(world, value)
        pages.append(references(page))
    assert [len(p) for p in pages] == [10, 10, 3]
    assert len({reference for p in pages for reference in p}) == 23
    while value := button_value(page, "← Previous"):
        page = turn(world, value)
        pages.append(references(page))
    assert pages[3:] == [pages[1], pages[0]]


def turn(world: World, value: str) -> Replace:
    with world.database.reading() as session:
        outcome = listing.turn_page(session, world.researcher, value, world.now, {})
    assert isinstance(outcome, Replace)
    return outcome


def test_list_filters(world: World) -> None:
    first = world.book(HOUR)
    world.book(timedelta(days=3), email="lee@example.com", name="Lee")
    other = world.study("NAV", "Navigation")
    world.book(timedelta(days=4), study_id=other.id, host_ids=(world.admin.member_id,))
    with world.database.unit_of_work() as session:
        why = Cancellation(CancelReason.OTHER)
        cancellations.cancel(session, world.researcher, first.id, why, world.now)
    researcher = world.researcher
    assert references(ask_list(world, researcher)) == ["NAV-1", "CHK-2", "CHK-1"]
    assert references(ask_list(world, researcher, "chk")) == ["CHK-2", "CHK-1"]
    assert references(ask_list(world, researcher, "cancelled")) == ["CHK-1"]
    assert references(ask_list(world, researcher, "upcoming CHK")) == ["CHK-2"]
    assert references(ask_list(world, researcher, "mine upcoming")) == ["CHK-2"]
    assert references(ask_list(world, researcher, "lee@example.com")) == ["CHK-2"]
    assert references(ask_list(world, researcher, "<mailto:lee@example.com|lee@example.com>")) == ["CHK-2"]
    assert references(ask_list(world, researcher, "from 24 Nov to 26 Nov")) == ["CHK-2"]
    assert references(ask_list(world, researcher, "from today to today")) == ["CHK-1"]
    assert "none found" in ask_list(world, researcher, "no-show").text


def test_an_address_finds_nothing_for_who_may_not_see_addresses(world: World) -> None:
    world.book(email="lee@example.com")
    assert "none found" in ask_list(world, world.observer, "lee@example.com").text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("CHK banana", "“banana” is neither a study"),
        ("from banana", "I don't know what “banana” means"),
        ("from 26 Nov to 24 Nov", "The days end before they begin"),
        ("x@y", "not an e-mail address"),
        ("x " * 200, "too long"),
    ],
)
def test_list_names_what_it_does_not_understand(world: World, words: str, sentence: str) -> None:
    with pytest.raises(RuleError, match=sentence):
        ask_list(world, world.researcher, words)


def test_a_page_in_a_modal_is_drawn_there(world: World) -> None:
    world.book()
    with world.database.reading() as session:
        value = listing.Place(words="CHK", starts_at=(world.now + 9 * HOUR).timestamp(), id=1).dump()
        outcome = listing.turn_page(session, world.researcher, value, world.now, {"type": "modal"})
    assert isinstance(outcome, Update)
    assert view_offences(outcome.view) == []


def test_timeline_is_paged_to_its_beginning(world: World) -> None:
    booked = world.book()
    with world.database.unit_of_work() as session:
        for number in range(1, 11):
            starts_at = world.now + (number + 3) * HOUR
            moves.reschedule(session, world.researcher, booked.id, starts_at, None, world.now)
    with world.database.reading() as session:
        first = said(details.show(session, world.researcher, "CHK-1", world.now))
        assert "booked P1" not in first
        older = schedule.details(session, world.researcher, booked.id).older_than
        view: dict[str, Any] = {}
        value = f"{booked.id}:{older}"
        second = said(details.earlier(session, world.researcher, value, "", world.now, view))
        assert "booked P1" in second
        modal = details.earlier(session, world.researcher, value, "", world.now, {"type": "modal"})
        assert isinstance(modal, Update)
        opened_view = details.open_details(session, world.researcher, str(booked.id), "C1", world.now)
        assert isinstance(opened_view, Open)


def test_home_has_the_day_what_comes_and_what_waits(world: World) -> None:
    world.book()
    world.book(timedelta(days=3))
    world.book(30 * HOUR)
    past = world.book(timedelta(days=5))
    with world.database.unit_of_work() as session:
        row = session.get_one(type(past), past.id)
        outcomes.complete_ended(session, row, row.ends_at)
        for attendee in interviews.interviews.attendees(session, past.id):
            attendee.starts_at = world.now - timedelta(days=2)
        row.starts_at, row.ends_at = world.now - timedelta(days=2), world.now - timedelta(days=2) + HOUR
    with world.database.reading() as session:
        model = schedule.home(session, world.researcher, world.now)
    assert [each.line.reference for each in model.today] == ["CHK-1"]
    assert [each.line.reference for each in model.coming] == ["CHK-3", "CHK-2"]
    assert [each.line.reference for each in model.waiting] == ["CHK-4", "CHK-1", "CHK-3", "CHK-2"]
    assert model.waiting[0].line.status is InterviewStatus.COMPLETED
    assert [study.key for study in model.studies] == ["CHK"]
    assert view_offences(home_blocks.view(model)) == []


def test_opening_home_asks_for_it_to_be_drawn(world: World) -> None:
    with world.database.unit_of_work() as session:
        opened.opened(session, world.researcher, {"tab": "home"}, world.now)
    with counted_statements(world.database) as statements, world.database.unit_of_work() as session:
        opened.opened(session, world.researcher, {"tab": "messages"}, world.now)
    assert statements == []
