"""`/study`: the list, a study in detail, a new one, and its status."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import ScreenerId, StudyId
from bot.commands.study import CAPABILITIES, limit, listing, new, show, status
from bot.slack.outcomes import Close, Open, Replace
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Role
from domain.study import StudyStatus, StudyType
from storage.models import Study
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, names, text_of

HOSTILE = "<!channel> *x* & <b>"


def statuses(world: World) -> dict[str, StudyStatus]:
    return dict(rows(world.database, sa.select(Study.key, Study.status)))


def test_the_menu_names_what_there_is() -> None:
    found = names(CAPABILITIES)
    assert found[:6] == ["list", "new", "show", "participants", "schedule", "slots"]
    assert found[6:13] == ["screener", "consent", "invite", "waiting", "responses", "task", "share"]
    assert found[13:] == ["limit", "owner", "collaborators", "quotas", "start", "pause", "resume", "close"]


def test_the_list_shows_studies_that_are_not_closed_with_their_seats(world: World, screen: Screen) -> None:
    world.study("OLD", "Old one", status=StudyStatus.CLOSED)
    world.study("LIM", "Limited", participation_limit=8)
    shown = text_of(screen.run(listing.first_page, world.observer))
    assert "*CHK* Checkout study · Active" in shown
    assert "0 of 8 seats used" in shown
    assert "OLD" not in shown
    assert "OLD" in text_of(screen.run(listing.first_page, world.observer, arguments="closed"))
    assert "OLD" in text_of(screen.run(listing.first_page, world.observer, arguments="all"))
    assert "none" in text_of(screen.run(listing.first_page, world.observer, arguments="mine"))


def test_the_list_goes_on_by_button(world: World, screen: Screen) -> None:
    for number in range(12):
        world.study(f"K{number:02}", "Study")
    first = screen.run(listing.first_page, world.researcher)
    second = screen.run(listing.turn_page, world.researcher, value=buttons(first)[StudyId.LIST_PAGE])
    assert isinstance(second, Replace)
    assert "K08" in text_of(first)
    assert "K08" not in text_of(second)
    assert "K11" in text_of(second)
    assert StudyId.LIST_PAGE not in buttons(second)


def test_a_word_that_the_list_does_not_know_is_named(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="“finished” is nothing that the list knows"):
        screen.run(listing.first_page, world.researcher, arguments="finished")


def test_hostile_and_long_names_are_shown_as_text(world: World, screen: Screen) -> None:
    world.study("EVIL", HOSTILE, description=HOSTILE * 100, external_name="W" * 200)
    for shown in (
        screen.run(listing.first_page, world.researcher),
        screen.run(show.typed, world.researcher, arguments="EVIL"),
        screen.run(status.ask_to_close, world.researcher, arguments="EVIL"),
    ):
        assert "<!channel>" not in text_of(shown)
        assert "&lt;!channel&gt; ∗x∗ &amp; &lt;b&gt;" in text_of(shown)


def test_details_show_progress_and_buttons_to_those_who_may_edit(world: World, screen: Screen) -> None:
    world.book()
    mine = screen.run(show.typed, world.researcher, arguments="chk")
    theirs = screen.run(show.clicked, world.observer, value="CHK")
    assert "In Progress: 1 (Interview Scheduled 1)" in text_of(mine)
    to_everybody = {StudyId.SLOTS, StudyId.PEOPLE}
    to_those_who_manage = {StudyId.SCHEDULE, StudyId.INVITE, StudyId.WAITING, ScreenerId.BUILD}
    to_set_up = {StudyId.CONSENT, StudyId.QUOTAS, StudyId.SHARE}
    assert set(buttons(mine)) == {StudyId.PAUSE, StudyId.CLOSE} | to_everybody | to_those_who_manage | to_set_up
    assert set(buttons(theirs)) == to_everybody


def test_a_study_of_another_team_is_not_there(world: World, screen: Screen) -> None:
    with pytest.raises(NotFound):
        screen.run(show.typed, world.member(Role.RESEARCHER), arguments="CHK")


def test_pausing_and_resuming_in_words(world: World, screen: Screen) -> None:
    assert "*CHK* is paused." in text_of(screen.run(status.pause, world.researcher, arguments="CHK"))
    assert statuses(world) == {"CHK": StudyStatus.PAUSED}
    assert "*CHK* is resumed." in text_of(screen.run(status.resume, world.researcher, arguments="chk"))
    with pytest.raises(RuleError, match="Which study"):
        screen.run(status.pause, world.researcher)
    with pytest.raises(RuleError, match="can't be started"):
        screen.run(status.start, world.researcher, arguments="CHK")


def test_closing_is_asked_for_once_more(world: World, screen: Screen) -> None:
    asked = screen.run(status.ask_to_close, world.researcher, arguments="CHK")
    assert statuses(world) == {"CHK": StudyStatus.ACTIVE}
    done = screen.run(status.close_clicked, world.researcher, value=buttons(asked)[StudyId.CLOSE])
    assert statuses(world) == {"CHK": StudyStatus.CLOSED}
    assert StudyId.RESUME in buttons(done)
    with pytest.raises(RuleError, match="Possible now: resume"):
        screen.run(status.ask_to_close, world.researcher, arguments="CHK")


def test_a_click_by_somebody_who_may_not_changes_nothing(world: World, screen: Screen) -> None:
    with pytest.raises(NotAllowed):
        screen.run(status.pause_clicked, world.observer, value=str(world.study_id))
    assert statuses(world) == {"CHK": StudyStatus.ACTIVE}


def fields(world: World, **values: Any) -> dict[str, Any]:
    """What the modal sends for a study with a name alone."""
    return {
        "name": "Checkout drop-off",
        "key": None,
        "external_name": None,
        "type": "interview",
        "status": "active",
        "team": str(world.team_id),
        "channel": None,
        "collaborators": [],
        "duration": "60",
        "limit": None,
        "capacity": None,
        "location": "google_meet",
        "location_text": None,
        "amount": None,
        "currency": None,
        "description": None,
        **values,
    }


def test_the_modal_offers_the_teams_that_one_belongs_to(world: World, screen: Screen) -> None:
    opened = screen.run(new.open_modal, world.researcher)
    assert isinstance(opened, Open)
    assert '"Core"' in text_of(opened)
    with pytest.raises(NotAllowed):
        screen.run(new.open_modal, world.observer)
    with pytest.raises(RuleError, match="You are in no research team yet"):
        screen.run(new.open_modal, world.member(Role.RESEARCHER))


def test_the_modal_begins_with_the_channels_team_then_with_ones_own(world: World, screen: Screen) -> None:
    others = world.team("Alpha", "C0ALPHA")
    world.study("ALP", "Alpha's", team_id=others.id, channel_id="C0ALPHASTUDY")
    expected = {"C0CORE": "Core", "C0ALPHA": "Alpha", "C0ALPHASTUDY": "Alpha", "C0ELSE": "Core", "": "Core"}
    for channel_id, name in expected.items():
        opened = screen.run(new.open_modal, world.admin, channel_id=channel_id)
        assert isinstance(opened, Open)
        element = next(b["element"] for b in opened.view["blocks"] if b.get("block_id") == "team")
        assert element["initial_option"]["text"]["text"] == name
        assert {option["text"]["text"] for option in element["options"]} == {"Alpha", "Core"}


def test_a_name_is_enough_for_a_study(world: World, screen: Screen) -> None:
    done = screen.run(new.create, world.researcher, fields=fields(world))
    assert isinstance(done, Close)
    assert "*CDO* Checkout drop-off is active." in text_of(done)
    assert StudyId.SCHEDULE in text_of(done)
    assert statuses(world)["CDO"] is StudyStatus.ACTIVE


def test_a_new_survey_leads_on_to_where_it_is_done(world: World, screen: Screen) -> None:
    done = screen.run(new.create, world.researcher, fields=fields(world, type="survey"))
    assert "nobody is invited before that" in text_of(done)
    assert StudyId.TASK in text_of(done)
    assert StudyId.SCHEDULE not in text_of(done)


def test_every_field_of_the_modal_is_kept(world: World, screen: Screen) -> None:
    given = fields(
        world,
        key="yen",
        external_name="Paying",
        type="group_interview",
        status="draft",
        channel="C0OTHER",
        duration="90",
        limit="30",
        capacity="4",
        location="zoom",
        location_text="https://zoom.example/j/1",
        amount="8000",
        currency="JPY",
        description="Why?",
    )
    assert "`/study start YEN`" in text_of(screen.run(new.create, world.researcher, fields=given))
    with world.database.reading() as session:
        study = session.scalars(sa.select(Study).where(Study.key == "YEN")).one()
    assert (study.type, study.status, study.capacity) == (StudyType.GROUP_INTERVIEW, StudyStatus.DRAFT, 4)
    assert (study.incentive_amount_minor, study.incentive_currency) == (8000, "JPY")
    assert (study.channel_id, study.duration_minutes, study.participation_limit) == ("C0OTHER", 90, 30)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"type": "group_interview"}, "capacity"),
        ({"amount": "50"}, "currency"),
        ({"amount": "50.5", "currency": "JPY"}, "amount"),
        ({"amount": "free", "currency": "EUR"}, "amount"),
        ({"key": "CHK"}, "key"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world: World, screen: Screen, values: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleError) as refusal:
        screen.run(new.create, world.researcher, fields=fields(world, **values))
    assert refusal.value.field == field


def test_the_limit_is_changed_in_words(world: World, screen: Screen) -> None:
    assert "takes 20 participants at most: 0 of 20 seats are used" in text_of(
        screen.run(limit.typed, world.researcher, arguments="chk 20")
    )
    assert "any number" in text_of(screen.run(limit.typed, world.researcher, arguments="CHK none"))
    for wrong in ("", "CHK", "CHK many", "CHK 0"):
        with pytest.raises(RuleError):
            screen.run(limit.typed, world.researcher, arguments=wrong)
