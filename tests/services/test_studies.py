"""Studies: created, taken live, paused, resumed and closed, by those who may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.services import studies
from bot.services.studies import Filter, Incentive, NewStudy, suggested_keys
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Role
from domain.study import LocationKind, StudyAction, StudyStatus, StudyType
from storage.models import Study
from tests.builders import World
from tests.services.conftest import Desk


def wanted(world: World, **values: Any) -> NewStudy:
    given = {"name": "Checkout drop-off", "type": StudyType.INTERVIEW, "team_id": world.team_id, **values}
    return NewStudy(**given)


def create(desk: Desk, **values: Any) -> Study:
    world = desk.world
    return desk.do(lambda s: studies.create(s, world.researcher, wanted(world, **values), world.now))


def test_a_study_belongs_to_who_creates_it(desk: Desk) -> None:
    other = desk.world.people[Role.COLLABORATOR]
    study = create(
        desk,
        key="drop",
        incentive=Incentive(2550, "EUR"),
        participation_limit=12,
        collaborator_slack_ids=(other.slack_user_id, desk.world.researcher.slack_user_id),
    )
    with desk.database.reading() as session:
        shown = studies.details(session, other, "DROP")
    assert (study.status, study.external_name) == (StudyStatus.DRAFT, "Checkout drop-off")
    assert shown.line.owner_slack_id == desk.world.researcher.slack_user_id
    assert shown.collaborator_slack_ids == (other.slack_user_id,)
    assert (shown.incentive_amount_minor, shown.incentive_currency) == (2550, "EUR")
    assert shown.line.seats == "0 of 12 seats used"
    assert (shown.may_manage, shown.may_edit) == (True, False)


def test_the_channel_hears_of_a_study_that_begins_and_not_of_a_draft(desk: Desk) -> None:
    create(desk)
    assert desk.outbox("slack_notice") == []
    create(desk, name="Another", status=StudyStatus.ACTIVE, channel_id="C0OTHER")
    (said,) = desk.outbox("slack_notice")
    assert (said.payload["channel"], said.payload["text"]) == (
        "C0OTHER",
        f"<@{desk.world.researcher.slack_user_id}> started *ANO*.",
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"external_name": "x" * 201}, "external_name"),
        ({"key": "c"}, "key"),
        ({"key": "CHK"}, "key"),
        ({"key": "<!channel>"}, "key"),
        ({"duration_minutes": 4}, "duration"),
        ({"duration_minutes": 481}, "duration"),
        ({"participation_limit": 0}, "limit"),
        ({"type": StudyType.GROUP_INTERVIEW, "capacity": 1}, "capacity"),
        ({"type": StudyType.GROUP_INTERVIEW, "capacity": 100}, "capacity"),
        ({"location": LocationKind.ZOOM, "location_text": "zoom"}, "location_text"),
        ({"location": LocationKind.CUSTOM}, "location_text"),
        ({"status": StudyStatus.CLOSED}, "status"),
        ({"team_id": 9999}, "team"),
    ],
)
def test_what_is_wrong_with_a_study_is_said_at_its_field(desk: Desk, values: dict[str, Any], field: str) -> None:
    world = desk.world
    error = desk.refused(lambda s: studies.create(s, world.researcher, wanted(world, **values), world.now))
    assert error.field == field


@pytest.mark.parametrize(
    ("name", "first"),
    [("Checkout drop-off", "CDO"), ("Onboarding", "ONB"), ("The first week", "TFW"), ("Ux", "UX2"), ("研究", "STU")],
)
def test_a_key_is_made_from_the_name(name: str, first: str) -> None:
    assert next(suggested_keys(name)) == first


def test_a_key_that_is_taken_is_not_suggested(desk: Desk) -> None:
    assert [create(desk, name="Checkout").key for _ in range(4)] == ["CHE", "CHEC", "CHEC2", "CHEC3"]


def test_collaborators_and_observers_create_no_studies(desk: Desk) -> None:
    world = desk.world
    for role in (Role.COLLABORATOR, Role.OBSERVER):
        desk.refused(lambda s, r=role: studies.create(s, world.people[r], wanted(world), world.now), NotAllowed)


def test_a_researcher_starts_studies_in_own_teams_only(desk: Desk) -> None:
    world = desk.world
    stranger = world.member(Role.RESEARCHER)
    desk.refused(lambda s: studies.create(s, stranger, wanted(world), world.now), NotFound)
    error = desk.refused(lambda s: studies.teams_for_new(s, stranger, "C0CORE"))
    assert "/callsheet settings" in error.message


def test_a_study_goes_its_way_and_its_channel_hears_of_each_step(desk: Desk) -> None:
    world = desk.world
    study = create(desk)
    steps = [StudyAction.START, StudyAction.PAUSE, StudyAction.RESUME, StudyAction.CLOSE, StudyAction.RESUME]
    for action in steps:
        desk.do(lambda s, a=action: studies.change_status(s, world.researcher, study.id, a, world.now))
        desk.do(lambda s: None)
    assert desk.study(study.id).status is StudyStatus.ACTIVE
    said = [row.payload["text"] for row in desk.outbox("slack_notice")]
    assert any("paused *CDO*" in text and "Interviews that are booked stay." in text for text in said)
    assert any("closed *CDO*" in text for text in said)


def test_a_step_that_does_not_fit_says_which_do(desk: Desk) -> None:
    world = desk.world
    study = create(desk)
    error = desk.refused(
        lambda s: studies.change_status(s, world.researcher, study.id, StudyAction.PAUSE, world.now), RuleError
    )
    assert error.message == "A study that is Draft can't be paused. Possible now: start."


def test_only_the_owner_and_collaborators_and_admins_change_a_study(desk: Desk, elsewhere: World) -> None:
    world = desk.world

    def pause(actor: Any) -> Any:
        return lambda s: studies.change_status(s, actor, world.study_id, StudyAction.PAUSE, world.now)

    desk.refused(pause(world.observer), NotAllowed)
    desk.refused(pause(world.people[Role.COLLABORATOR]), NotAllowed)
    desk.refused(pause(world.member(Role.RESEARCHER)), NotFound)
    desk.refused(pause(elsewhere.admin), NotFound)
    desk.do(pause(world.people[Role.OPS_MANAGER]))
    assert desk.study().status is StudyStatus.PAUSED


def test_the_list_is_paged_by_key_and_narrowed(desk: Desk) -> None:
    world = desk.world
    for number in range(25):
        world.study(f"K{number:02}", f"Study {number}", status=StudyStatus.PAUSED)
    seen: list[str] = []
    after = None
    with world.database.reading() as session:
        while True:
            page, after = studies.listing(session, world.observer, Filter(), after)
            seen += [line.key for line in page]
            if after is None:
                break
        assert seen == ["CHK", *(f"K{number:02}" for number in range(25))]
        active = replace(Filter(), statuses=(StudyStatus.ACTIVE,))
        assert [line.key for line in studies.listing(session, world.observer, active, None)[0]] == ["CHK"]
        assert studies.listing(session, world.observer, Filter(mine=True), None)[0] == []
