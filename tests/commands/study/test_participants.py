"""`/study participants CHK`, and changing the statuses of several from there or in words."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks import enrolment_list as blocks
from bot.commands.interview import book
from bot.commands.participant import show, status, statuses
from bot.commands.study import participants
from bot.commands.study import show as study_show
from bot.slack.outcomes import Open, Outcome, Reply, Update
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import ParticipantStatus
from domain.roles import Role
from storage.models import Enrolment
from tests.builders import World, rows
from tests.commands.inputs import inputs_of, metadata_of, view_of
from tests.commands.screen import Screen, buttons, text_of
from tests.services.test_status_changes import S, enrolled


def opened(world: World, screen: Screen, actor: Any = None) -> Outcome:
    return screen.run(participants.typed, actor or world.researcher, arguments="CHK")


def state(**typed: str) -> dict[str, Any]:
    """A view's state in which this was typed."""
    return {name: {name: {"type": "plain_text_input", "value": value}} for name, value in typed.items()}


def press(world: World, screen: Screen, shown: Outcome, name: str, actor: Any = None, **typed: str) -> Outcome:
    """Click a button of the list."""
    view = {**view_of(shown), "state": {"values": state(**typed)}}
    body = {
        blocks.StudyId.PEOPLE_NEXT: participants.following,
        blocks.StudyId.PEOPLE_PREVIOUS: participants.previous,
    }.get(blocks.StudyId(name), participants.turn_to)
    given = {"value": buttons(shown)[name], "metadata": metadata_of(shown), "view": view}
    return screen.run(body, actor or world.researcher, **given)


def submit(world: World, screen: Screen, shown: Outcome, actor: Any = None, **typed: str) -> Outcome:
    view = {**view_of(shown), "state": {"values": state(**typed)}}
    return screen.run(participants.submitted, actor or world.researcher, metadata=metadata_of(shown), view=view)


def stands(world: World) -> list[ParticipantStatus]:
    return [row.status for row in rows(world.database, sa.select(Enrolment.status).order_by(Enrolment.id))]


def test_the_list_has_a_tab_for_each_stage_and_leads_to_each_person(world: World, screen: Screen) -> None:
    enrolled(world, S.NOT_CONTACTED, S.NOT_CONTACTED, S.STUDY_INVITED, S.OPTED_OUT)
    shown = opened(world, screen)
    assert isinstance(shown, Open)
    text = text_of(shown)
    for tab in ("All 4", "Not Started 2", "Invited 1", "Screening 0", "In Progress 0", "Done 0", "Cancelled 1"):
        assert f'"{tab}"' in text
    assert "*P1* Anna 0000 p0@example.com" in text
    turned = press(world, screen, shown, blocks.StudyId.PEOPLE_CANCELLED)
    assert isinstance(turned, Update)
    assert "Anna 0003" in text_of(turned)
    assert "Anna 0000" not in text_of(turned)
    person = screen.run(show.clicked, world.researcher, value=buttons(turned)["participant:show"])
    assert "Anna 0003" in text_of(person)


def test_the_button_of_a_study_opens_its_list(world: World, screen: Screen) -> None:
    shown = screen.run(study_show.typed, world.observer, arguments="CHK")
    listed = screen.run(participants.clicked, world.observer, value=buttons(shown)["study:people"])
    assert "Nobody yet." in text_of(listed)
    with pytest.raises(RuleError, match="Of which study"):
        screen.run(participants.typed, world.observer)


def test_what_is_typed_is_found_while_it_is_typed(world: World, screen: Screen) -> None:
    enrolled(world, S.NOT_CONTACTED, S.CANCELED)
    shown = opened(world, screen)
    view = {**view_of(shown), "state": {"values": state(text="anna 0001")}}
    found = screen.run(participants.search, world.researcher, metadata=metadata_of(shown), view=view)
    assert isinstance(found, Update)
    assert found.is_live
    assert "Anna 0001" in text_of(found)
    assert "Anna 0000" not in text_of(found)
    assert '"Cancelled 1"' in text_of(found)
    assert '"Not Started 0"' in text_of(found)
    kept = press(world, screen, found, blocks.StudyId.PEOPLE_NOT_STARTED, text="anna 0001")
    assert "Nobody found." in text_of(kept)


def test_pages_lead_on_and_back(world: World, screen: Screen) -> None:
    enrolled(world, *[S.NOT_CONTACTED] * 12)
    first = opened(world, screen)
    assert blocks.StudyId.PEOPLE_PREVIOUS not in buttons(first)
    second = press(world, screen, first, blocks.StudyId.PEOPLE_NEXT)
    assert "Anna 0000" in text_of(second)
    assert "Anna 0011" not in text_of(second)
    back = press(world, screen, second, blocks.StudyId.PEOPLE_PREVIOUS)
    assert "Anna 0011" in text_of(back)
    assert "Anna 0000" not in text_of(back)


def test_menus_narrow_the_list_and_another_tab_forgets_the_status(world: World, screen: Screen) -> None:
    enrolled(world, S.NOT_CONTACTED, S.NOT_ELIGIBLE)
    shown = press(world, screen, opened(world, screen), blocks.StudyId.PEOPLE_NOT_STARTED)

    def choose(body: Any, value: str) -> Outcome:
        given = {"value": value, "metadata": metadata_of(shown), "view": view_of(shown)}
        return screen.run(body, world.researcher, **given)

    eligible = choose(participants.choose_status, "Not Eligible")
    assert "Anna 0001" in text_of(eligible)
    assert "Anna 0000" not in text_of(eligible)
    assert "Anna 0000" in text_of(press(world, screen, eligible, blocks.StudyId.PEOPLE_ALL))
    assert "Nobody found." in text_of(choose(participants.choose_trouble, "BOUNCED"))
    view = {**view_of(shown), "state": {"values": state(property="Plan = Pro")}}
    narrowed = screen.run(participants.narrow, world.researcher, metadata=metadata_of(shown), view=view)
    assert "Nobody found." in text_of(narrowed)
    view = {**view_of(shown), "state": {"values": state(property="Plan")}}
    with pytest.raises(RuleError, match="Plan = Pro"):
        screen.run(participants.narrow, world.researcher, metadata=metadata_of(shown), view=view)


def test_who_may_not_know_names_sees_aliases_and_changes_nothing(world: World, screen: Screen) -> None:
    enrolled(world, S.NOT_CONTACTED)
    shown = opened(world, screen, world.observer)
    assert "Anna" not in text_of(shown)
    assert "*P1*" in text_of(shown)
    assert "Names and addresses are for those who work on the study" in text_of(shown)
    searched = submit(world, screen, shown, world.observer, text="p1")
    assert isinstance(searched, Update)
    choosing = statuses.Choosing("C0CORE", world.study_id).dump()
    with pytest.raises(NotAllowed):
        screen.run(statuses.chosen, world.observer, fields={"status": "Canceled", "called": "P1"}, metadata=choosing)
    stranger = World.build(world.database, world.now, "T0OTHER").admin
    with pytest.raises(NotFound):
        screen.run(statuses.chosen, stranger, fields={"status": "Canceled", "called": "P1"}, metadata=choosing)


def test_several_are_chosen_reviewed_changed_and_changed_back(world: World, screen: Screen) -> None:
    ids = enrolled(world, S.NOT_CONTACTED, S.NOT_CONTACTED, S.OPTED_OUT, S.STUDY_INVITED)
    choosing = submit(world, screen, opened(world, screen))
    assert isinstance(choosing, Open)
    assert "Everybody in the list: 4 (All)" in text_of(choosing)
    fields = {**inputs_of(choosing), "group0": [str(ids[0]), str(ids[2])], "called": "P2, P9", "reason": "Wrong list"}
    with pytest.raises(RuleError, match="Choose the status"):
        screen.run(statuses.chosen, world.researcher, fields=fields, metadata=metadata_of(choosing))
    review = screen.run(
        statuses.chosen, world.researcher, fields={**fields, "status": "Canceled"}, metadata=metadata_of(choosing)
    )
    assert isinstance(review, Open)
    assert view_of(review)["close"]["text"] == "Back"
    text = text_of(review)
    assert "*2 people will be changed*" in text
    assert "Not Contacted → *Canceled*: 2" in text
    assert "*1 person will be skipped*" in text
    assert "This person has opted out; only they can change that. (Anna 0002)" in text
    assert "that you can see is called: P9" in text
    assert "No mail is sent." in text
    done = screen.run(statuses.make, world.researcher, metadata=metadata_of(review))
    assert "2 people changed in *CHK*. No mail was sent." in text_of(done)
    assert stands(world) == [S.CANCELED, S.CANCELED, S.OPTED_OUT, S.STUDY_INVITED]
    undone = screen.run(statuses.undo, world.researcher, value=buttons(done.reply)["participant:statuses_undo"])  # type: ignore[union-attr,arg-type]
    assert "2 people in *CHK* are what they were." in text_of(undone)
    assert stands(world) == [S.NOT_CONTACTED, S.NOT_CONTACTED, S.OPTED_OUT, S.STUDY_INVITED]


@pytest.mark.parametrize(("above", "shown"), [("V1", Open), ("V2", Update)])
def test_the_review_takes_the_place_of_the_choice_where_that_lies_third(
    world: World, screen: Screen, above: str, shown: type[Outcome]
) -> None:
    """Slack shows three modals at most."""
    ids = enrolled(world, S.NOT_CONTACTED)
    choosing = submit(world, screen, opened(world, screen))
    fields = {**inputs_of(choosing), "group0": [str(ids[0])], "status": "Canceled"}
    view = {"previous_view_id": above, "root_view_id": "V1"}
    review = screen.run(statuses.chosen, world.researcher, fields=fields, metadata=metadata_of(choosing), view=view)
    assert isinstance(review, shown)
    assert view_of(review)["close"]["text"] == ("Back" if above == "V1" else "Cancel")


def test_everybody_of_a_searched_tab_is_changed(world: World, screen: Screen) -> None:
    enrolled(world, *[S.NOT_CONTACTED] * 12, S.STUDY_INVITED)
    tab = press(world, screen, opened(world, screen), blocks.StudyId.PEOPLE_NOT_STARTED)
    choosing = submit(world, screen, tab, text="anna 000")
    assert "Everybody in the list: 10 (Not Started, “anna 000”)" in text_of(choosing)
    fields = {**inputs_of(choosing), "whom": "everybody", "status": "Interview Invited"}
    review = screen.run(statuses.chosen, world.researcher, fields=fields, metadata=metadata_of(choosing))
    screen.run(statuses.make, world.researcher, metadata=metadata_of(review))
    assert stands(world).count(S.INTERVIEW_INVITED) == 10


def test_what_does_not_count_leads_to_logging_the_session(world: World, screen: Screen) -> None:
    ids = enrolled(world, S.NOT_CONTACTED)
    choosing = submit(world, screen, opened(world, screen))
    fields = {**inputs_of(choosing), "group0": [str(ids[0])], "status": "Interview Completed"}
    review = screen.run(statuses.chosen, world.researcher, fields=fields, metadata=metadata_of(choosing))
    assert "take no seat" in text_of(review)
    given = {"value": buttons(review)["participant:status_log"], "metadata": metadata_of(review)}
    instead = screen.run(statuses.log_instead, world.researcher, view=view_of(review), **given)
    assert isinstance(instead, Update)
    assert view_of(instead)["callback_id"] == view_of(screen.run(book.typed, world.researcher))["callback_id"]
    assert "Anna 0000" in text_of(instead)
    done = screen.run(statuses.make, world.researcher, metadata=metadata_of(review))
    given = {"value": buttons(done.reply)["participant:status_log"], "metadata": ""}  # type: ignore[union-attr,arg-type]
    assert isinstance(screen.run(statuses.log_instead, world.researcher, view={}, **given), Open)
    with pytest.raises(NotAllowed):
        screen.run(statuses.log_instead, world.observer, view={}, **given)


def test_several_are_named_in_words(world: World, screen: Screen) -> None:
    enrolled(world, S.NOT_CONTACTED, S.STUDY_INVITED)
    review = screen.run(status.typed, world.researcher, arguments="P1, p1@example.com,P7 CHK cancelled")
    assert isinstance(review, Open)
    assert "*2 people will be changed*" in text_of(review)
    screen.run(statuses.make, world.researcher, metadata=metadata_of(review))
    assert stands(world) == [S.CANCELED, S.CANCELED]
    choosing = screen.run(status.typed, world.researcher, arguments="P1,P2 CHK")
    assert inputs_of(choosing)["called"] == "P1,P2"
    restored = screen.run(status.typed, world.researcher, arguments="P1,P2 CHK restored")
    screen.run(statuses.make, world.researcher, metadata=metadata_of(restored))
    assert stands(world) == [S.NOT_CONTACTED, S.STUDY_INVITED]
    with pytest.raises(NotAllowed):
        screen.run(status.typed, world.people[Role.COLLABORATOR], arguments="P1,P2 CHK canceled")


def test_a_single_change_has_its_undo(world: World, screen: Screen) -> None:
    enrolled(world, S.STUDY_INVITED)
    done = screen.run(status.typed, world.researcher, arguments="P1 CHK canceled")
    assert isinstance(done, Reply)
    assert "*P1* in *CHK*: Study Invited → *Canceled*. No mail was sent." in text_of(done)
    undone = screen.run(statuses.undo, world.researcher, value=buttons(done)["participant:statuses_undo"])
    assert "1 person in *CHK* is what they were." in text_of(undone)
    screen.run(status.typed, world.researcher, arguments="P1 CHK canceled")
    screen.run(status.typed, world.researcher, arguments="P1 CHK restore")
    assert stands(world) == [S.STUDY_INVITED]
    with pytest.raises(RuleError, match="Study Invited"):
        screen.run(status.typed, world.researcher, arguments="P1 CHK study invited")
