"""Notes on an interview: who may add one, what it says, what stays private, and which interviews are offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import notes
from bot.services.notes import Message, Noted
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor, Role
from domain.study import StudyType
from storage.models import Attendee, Interview, TimelineEntry
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
LINK = "https://slack.com/app_redirect?team=T0CALL&channel=C0TALK&message_ts=17.1"


def message(text: str = "prefers mornings", *, is_private: bool = False) -> Message:
    return Message(text, LINK, is_private)


def adding(
    world: World, id_: int, words: str = "", kept: Message | None = None, actor: Actor | None = None
) -> Callable[[Session], Noted]:
    return lambda session: notes.add(session, actor or world.researcher, id_, words, world.now, kept)


def told(desk: Desk, id_: int) -> tuple[str, str | None]:
    """What the latest note says, and where it leads."""
    statement = sa.select(TimelineEntry.text, TimelineEntry.link).where(TimelineEntry.interview_id == id_)
    text, link = rows(desk.database, statement.order_by(TimelineEntry.id.desc()).limit(1))[0]
    return text, link


def offered(world: World, actor: Actor, typed: str = "") -> list[str]:
    with world.database.reading() as session:
        return [each.line.reference for each in notes.choices(session, actor, typed, world.now)]


def test_a_message_becomes_a_note_with_what_was_added_and_a_link(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(adding(world, id_, "worth asking\nabout", message()))
    assert told(desk, id_) == ("added a note: worth asking about · “prefers mornings”", LINK)
    assert desk.timeline(id_)[-1][0] == world.researcher.name


def test_a_note_is_told_in_the_thread(desk: Desk, world: World) -> None:
    id_ = world.book().id
    before = len(desk.outbox("slack_thread"))
    later = world.now + HOUR
    desk.do(lambda session: notes.add(session, world.researcher, id_, "asked for a summary", later))
    assert len(desk.outbox("slack_thread")) == before + 1


def test_a_note_of_one_line_is_at_most_300_characters(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(adding(world, id_, "w" * 200, message(text="m\n" * 500)))
    text, _ = told(desk, id_)
    assert len(text) == len("added a note: ") + 300
    assert text.endswith(("m …”", "m…”"))
    assert "\n" not in text


def test_members_are_called_by_name(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(adding(world, id_, f"<@{world.admin.slack_user_id}> and <@U0NOBODY> know more"))
    assert told(desk, id_)[0] == f"added a note: @{world.admin.name} and @somebody know more"


def test_nothing_is_no_note(desk: Desk, world: World) -> None:
    refusal = desk.refused(adding(world, world.book().id, "  "))
    assert "/interview note CHK-1 asked" in refusal.message


def test_a_message_without_text_is_kept_by_its_link(desk: Desk, world: World) -> None:
    id_ = world.book().id
    desk.do(adding(world, id_, kept=message(text="")))
    assert told(desk, id_) == ("added a note", LINK)


def test_a_private_text_is_left_out_wherever_the_card_stands(desk: Desk, world: World) -> None:
    """The details show the timeline to everybody who sees the study."""
    id_ = world.book().id
    noted = desk.do(adding(world, id_, "see there", message(is_private=True)))
    assert noted.is_text_left_out
    assert told(desk, id_) == ("added a note: see there", LINK)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER])
def test_who_manages_the_interview_may_add_a_note(desk: Desk, world: World, role: Role) -> None:
    desk.do(adding(world, world.book().id, "good", actor=world.people[role]))


def test_who_attends_may_and_who_does_neither_may_not(desk: Desk, world: World) -> None:
    interview = world.book()
    refusal = desk.refused(adding(world, interview.id, "good", actor=world.observer), NotAllowed)
    assert "You may not add a note to CHK-1" in refusal.message
    observe(world, interview, world.observer)
    desk.do(adding(world, interview.id, "good", actor=world.observer))
    assert desk.timeline(interview.id)[-1] == (world.observer.name, "added a note: good")


def observe(world: World, interview: Interview, actor: Actor) -> None:
    with world.database.unit_of_work() as session:
        session.add(
            Attendee(
                interview_id=interview.id,
                kind="observer",
                member_id=actor.member_id,
                starts_at=interview.starts_at,
                ends_at=interview.ends_at,
            )
        )


def test_an_interview_of_another_workspace_is_not_there(desk: Desk, world: World, elsewhere: World) -> None:
    desk.refused(adding(world, elsewhere.book().id, "good", actor=world.admin), NotFound)
    assert offered(world, world.admin) == []
    assert offered(world, world.admin, "CHK-1") == []


def test_todays_come_first_then_what_has_been_then_what_is_ahead(world: World) -> None:
    for number, starts_in in enumerate((48 * HOUR, 2 * HOUR, 24 * 40 * HOUR, 24 * HOUR), 1):
        world.book(starts_in, host_ids=(world.member(Role.RESEARCHER, name=f"Host {number}").member_id,))
    with world.database.unit_of_work() as session:
        session.execute(
            sa.update(Interview).where(Interview.reference == "CHK-3").values(starts_at=world.now - 72 * HOUR)
        )
    assert offered(world, world.researcher) == ["CHK-2", "CHK-3", "CHK-4", "CHK-1"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("chk-1", ["CHK-1"]),
        ("CHK-", ["CHK-1", "CHK-2"]),
        ("ch", ["CHK-1", "CHK-2"]),
        ("NAV", ["NAV-1"]),
        ("p2", ["CHK-2"]),
        ("P3", ["NAV-1"]),
        ("CHK-9", []),
        ("%", []),
        ("' OR 1=1 --", []),
    ],
)
def test_an_interview_is_found_by_reference_study_and_participant(world: World, typed: str, found: list[str]) -> None:
    nav = world.study("NAV", "Navigation")
    for study_id in (world.study_id, world.study_id, nav.id):
        world.book(2 * HOUR, study_id=study_id, host_ids=(world.member(Role.RESEARCHER).member_id,))
    assert sorted(offered(world, world.researcher, typed)) == found


def test_the_exact_reference_comes_before_those_that_begin_so(world: World) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW).id
    for number in range(12):
        world.book((12 - number) * HOUR, study_id=study_id)
    assert offered(world, world.researcher, "GRP-1") == ["GRP-1", "GRP-12", "GRP-11", "GRP-10"]


def test_only_those_that_one_manages_or_attends_are_offered(world: World) -> None:
    first, _ = world.book(2 * HOUR), world.book(4 * HOUR)
    for typed in ("", "CHK", "CHK-1", "P1"):
        assert offered(world, world.observer, typed) == []
    observe(world, first, world.observer)
    for typed in ("", "CHK", "CHK-1", "P1"):
        assert offered(world, world.observer, typed) == ["CHK-1"]
    assert len(offered(world, world.people[Role.OPS_MANAGER])) == 2


@pytest.mark.parametrize("typed", ["", "CHK", "CHK-1", "P1"])
def test_a_look_up_takes_two_statements(world: World, typed: str) -> None:
    world.book()
    for actor in (world.admin, world.researcher, world.observer):
        with counted_statements(world.database) as statements:
            offered(world, actor, typed)
        assert len(statements) <= 2


def test_a_note_is_refused_in_a_study_that_is_not_seen(desk: Desk, world: World) -> None:
    stranger = world.member(Role.RESEARCHER)
    desk.refused(adding(world, world.book().id, "good", actor=stranger), RuleError)
