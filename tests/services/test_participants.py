"""Adding participants, finding those whom one may see, and changing by hand where they stand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.services import participants, schedule
from bot.services.participants import Effect, NewParticipant
from domain.errors import NotAllowed, NotFound
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from storage.models import Enrolment, OutboxRow
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

EMAIL = "p1@example.com"


def add(desk: Desk, actor: Actor, email: str = EMAIL, name: str = "", study: str = "CHK") -> participants.Added:
    def act(session: object) -> participants.Added:
        chosen = participants.choose_study(session, actor, study) if study else None  # type: ignore[arg-type]
        return participants.add(session, actor, NewParticipant(Profile(email, name), chosen), desk.world.now)  # type: ignore[arg-type]

    return desk.do(act)


def test_somebody_new_is_added_to_the_study_and_nothing_is_sent(desk: Desk) -> None:
    added = add(desk, desk.world.researcher, "P1@Example.com", "Mara Lindqvist")
    assert (added.number, added.effect, added.is_enrolled) == (1, Effect.ADDED, True)
    assert desk.status(EMAIL) == "Not Contacted"
    assert rows(desk.database, sa.select(OutboxRow.id)) == []


def test_somebody_known_is_added_once(desk: Desk) -> None:
    add(desk, desk.world.researcher)
    again = add(desk, desk.world.researcher)
    assert (again.number, again.effect, again.is_enrolled) == (1, Effect.UNCHANGED, False)


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (Profile("no address"), "email"),
        (Profile(EMAIL, "x" * 201), "name"),
        (Profile(EMAIL, phone="1" * 41), "phone"),
        (Profile(EMAIL, time_zone="Nowhere"), "time_zone"),
    ],
)
def test_what_is_wrong_with_a_person_is_said_at_its_field(desk: Desk, profile: Profile, field: str) -> None:
    admin = desk.world.admin
    error = desk.refused(lambda s: participants.add(s, admin, NewParticipant(profile), desk.world.now))
    assert error.field == field


def test_people_may_be_added_to_own_studies_only(desk: Desk) -> None:
    world = desk.world
    stranger = world.member(Role.RESEARCHER)
    new = NewParticipant(Profile(EMAIL))
    assert "own studies only" in desk.refused(lambda s: participants.add(s, stranger, new, world.now)).message
    desk.refused(lambda s: participants.choose_study(s, stranger, "CHK"), NotFound)
    desk.refused(lambda s: participants.add(s, world.observer, new, world.now), NotAllowed)


def found(world: World, actor: Actor, text: str = "", after: int | None = None) -> list[str]:
    with world.database.reading() as session:
        return [person.label for person in participants.find(session, actor, text, after).people]


def test_names_and_addresses_are_found_only_by_those_who_may_know_them(desk: Desk) -> None:
    world = desk.world
    add(desk, world.researcher, "mara@example.com", "Mara Lindqvist")
    add(desk, world.researcher, "lee@example.com", "Lee Park")
    assert found(world, world.researcher, "MAR") == ["Mara Lindqvist"]
    assert found(world, world.researcher, "lee@") == ["Lee Park"]
    assert found(world, world.researcher, "p1") == ["Mara Lindqvist"]
    assert found(world, world.observer, "mar") == []
    assert found(world, world.observer, "lee@example.com") == []
    assert found(world, world.observer, "P1") == ["P1"]
    assert sorted(found(world, world.observer)) == ["P1", "P2"]
    stranger = world.member(Role.RESEARCHER)
    assert found(world, stranger) == []


@pytest.mark.parametrize(
    "text", ["chloe", "CHLOÉ", "Chloe\u0301", "bernard", "Bern", "bernard chl", "chloe  bernard", "p1", "p1@example"]
)
def test_somebody_is_found_by_first_and_last_name_with_accents_or_without(desk: Desk, text: str) -> None:
    world = desk.world
    add(desk, world.researcher, EMAIL, "Chloé Bernard")
    add(desk, world.researcher, "soren@example.com", "Søren Müller")
    assert found(world, world.researcher, text) == ["Chloé Bernard"]
    with world.database.reading() as session:
        assert [person.name for person in schedule.people(session, world.researcher, text)] == ["Chloé Bernard"]


@pytest.mark.parametrize("text", ["soren", "Søren", "muller", "Müller"])
def test_a_changed_name_is_found_and_the_old_one_is_not(desk: Desk, text: str) -> None:
    world = desk.world
    add(desk, world.researcher, EMAIL, "Chloé Bernard")
    add(desk, world.researcher, EMAIL, "Søren Müller")
    assert found(world, world.researcher, text) == ["Søren Müller"]
    assert found(world, world.researcher, "bernard") == []


def test_pages_go_on_after_the_last_person_and_need_no_more_statements(desk: Desk) -> None:
    world = desk.world
    for number in range(25):
        add(desk, world.researcher, f"p{number}@example.com", "Same Name")
    seen: list[int] = []
    after = None
    with world.database.reading() as session:
        while True:
            page = participants.find(session, world.researcher, "same", after)
            seen += [person.id for person in page.people]
            after = page.after_id
            if after is None:
                break
    assert len(seen) == len(set(seen)) == 25
    with counted_statements(world.database) as counted, world.database.reading() as session:
        participants.find(session, world.researcher, "same", seen[9])
    assert len(counted) <= 8


def test_details_show_an_observer_the_alias_alone(desk: Desk) -> None:
    world = desk.world
    world.book()
    with world.database.reading() as session:
        mine = participants.details(session, world.researcher, "P1", world.now)
        theirs = participants.details(session, world.observer, "P1", world.now)
    assert (mine.person.name, mine.interview_references) == ("Mara Lindqvist", ("CHK-1",))
    assert [(line.study_key, line.status, line.may_manage) for line in mine.enrolments] == [
        ("CHK", ParticipantStatus.INTERVIEW_SCHEDULED, True)
    ]
    assert (theirs.person.name, theirs.person.email, theirs.phone, theirs.properties) == (None, None, None, ())
    assert [line.may_manage for line in theirs.enrolments] == [False]
    with world.database.reading() as session, pytest.raises(NotFound):
        participants.details(session, world.observer, mine.person.email or "", world.now)


def test_people_of_another_workspace_do_not_exist(desk: Desk, elsewhere: World) -> None:
    add(desk, desk.world.researcher)
    with desk.database.reading() as session, pytest.raises(NotFound):
        participants.details(session, elsewhere.admin, EMAIL, desk.world.now)
    with desk.database.reading() as session, pytest.raises(NotFound):
        participants.standing(session, elsewhere.admin, EMAIL, "CHK")
    (enrolment,) = rows(desk.database, sa.select(Enrolment.id))
    with desk.database.reading() as session, pytest.raises(NotFound):
        participants.standing_by_id(session, elsewhere.admin, enrolment[0])
