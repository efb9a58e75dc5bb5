"""A participant's page in Slack, and what is done from it: notes, a corrected address, merging."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.blocks.ids import ParticipantId
from bot.commands.participant import address, merge, note, show
from bot.services import outcomes
from bot.slack.outcomes import Close, Open, Reply, Update
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import ParticipantStatus
from domain.person_page import Part
from domain.roles import Role
from storage.models import Enrolment, Participant, ParticipantNote
from tests.builders import World, rows
from tests.commands.inputs import metadata_of
from tests.commands.screen import Screen, buttons, text_of

EMAIL, OTHER = "mara@example.com", "m@work.example"
HOSTILE = "<!channel> *x* & <b>"


def test_every_part_of_the_page_is_drawn_for_every_role(world: World, screen: Screen) -> None:
    world.book(email=EMAIL, name=HOSTILE)
    with world.database.unit_of_work() as session:
        person = session.scalars(sa.select(Participant)).one()
        person.properties = {HOSTILE: HOSTILE}
        session.add(ParticipantNote(participant_id=person.id, author=HOSTILE, text=HOSTILE, at=world.now))
    for role in Role:
        opened = screen.run(show.typed, world.people[role], arguments="P1")
        assert isinstance(opened, Open)
        for part in Part:
            value = buttons(opened)[f"participant:part_{part.value}"]
            drawn = screen.run(show.turn, world.people[role], value=value, metadata=opened.view["private_metadata"])
            assert isinstance(drawn, Update)
            assert f"▸ {part.label}" in text_of(drawn)
            assert "<!channel>" not in text_of(drawn)


def test_a_masked_page_says_so_and_has_no_buttons(world: World, screen: Screen) -> None:
    world.book(email=EMAIL, name="Mara Lindqvist")
    shown = screen.run(show.clicked, world.observer, value="P1")
    assert "This page is masked" in text_of(shown)
    assert "Mara" not in text_of(shown)
    assert EMAIL not in text_of(shown)
    wanted = {ParticipantId.NOTE, ParticipantId.ADDRESS, ParticipantId.MERGE, ParticipantId.ERASE, ParticipantId.STATUS}
    assert wanted.isdisjoint(buttons(shown))


def test_older_history_is_turned_to_and_back(world: World, screen: Screen) -> None:
    for number in range(18):
        study = world.study(f"M{number}", "More")
        world.book(timedelta(hours=1 + 2 * number), email=EMAIL, study_id=study.id)
    opened = screen.run(show.typed, world.admin, arguments="P1")
    history = buttons(opened)[ParticipantId.PART_HISTORY]
    first = screen.run(show.turn, world.admin, value=history, metadata="")
    second = screen.run(show.turn, world.admin, value=buttons(first)[ParticipantId.OLDER], metadata="")
    assert "M17" in text_of(first)
    assert "*M0*" not in text_of(first)
    assert "← Newest" in text_of(second)


def test_a_note_is_added_in_words_and_in_a_modal(world: World, screen: Screen) -> None:
    world.book(email=EMAIL)
    done = screen.run(note.typed, world.researcher, arguments="P1 likes mornings")
    assert "It stands on the page of *P1*" in text_of(done)
    opened = screen.run(note.clicked, world.researcher, value="P1")
    assert isinstance(opened, Open)
    fields: dict[str, Any] = {"text": "Two\nlines"}
    closed = screen.run(note.submitted, world.researcher, fields=fields, metadata=opened.view["private_metadata"])
    assert isinstance(closed, Close)
    assert rows(world.database, sa.select(ParticipantNote.text).order_by(ParticipantNote.id)) == [
        ("likes mornings",),
        ("Two\nlines",),
    ]
    notes = buttons(screen.run(show.typed, world.researcher, arguments="P1"))[ParticipantId.PART_NOTES]
    assert "likes mornings" in text_of(screen.run(show.turn, world.researcher, value=notes, metadata=""))
    with pytest.raises(NotAllowed):
        screen.run(note.clicked, world.observer, value="P1")
    with pytest.raises(RuleError, match="About whom"):
        screen.run(note.typed, world.researcher)


def test_an_address_is_corrected_in_words(world: World, screen: Screen) -> None:
    world.book(email=EMAIL)
    done = screen.run(address.typed, world.researcher, arguments=f"P1 <mailto:{OTHER}|{OTHER}>")
    assert "The address of *P1* is corrected. The old one leads to them too. Nothing was sent." in text_of(done)
    assert "CHK-1" in text_of(done)
    forgotten = screen.run(address.typed, world.researcher, arguments="P1 third@example.com forget")
    assert "The old one is forgotten." in text_of(forgotten)
    for wrong in ("", "P1 a@b.example nonsense"):
        with pytest.raises(RuleError, match="Whose, and what is it"):
            screen.run(address.typed, world.researcher, arguments=wrong)


def test_an_address_is_corrected_in_a_modal(world: World, screen: Screen) -> None:
    world.book(email=EMAIL)
    opened = screen.run(address.clicked, world.researcher, value="P1")
    assert isinstance(opened, Open)
    fields = {"email": OTHER, "keep": ["keep"]}
    metadata = opened.view["private_metadata"]
    assert isinstance(screen.run(address.submitted, world.researcher, fields=fields, metadata=metadata), Close)
    with pytest.raises(RuleError) as refused:
        screen.run(address.submitted, world.researcher, fields={"email": "x", "keep": []}, metadata=metadata)
    assert refused.value.field == "email"


def test_an_address_of_somebody_else_leads_on_to_merging_for_who_may(world: World, screen: Screen) -> None:
    world.book(email=EMAIL)
    world.participant(OTHER)
    said = screen.run(address.typed, world.admin, arguments=f"p1 {OTHER}")
    assert isinstance(said, Reply)
    assert buttons(said)[ParticipantId.MERGE] == "P1 P2"
    assert isinstance(screen.run(merge.clicked, world.admin, value="P1 P2"), Open)
    with pytest.raises(RuleError, match="ask an Admin or an Ops Manager"):
        screen.run(address.typed, world.researcher, arguments=f"P1 {OTHER}")
    opened = screen.run(address.clicked, world.admin, value="P1")
    assert isinstance(opened, Open)
    fields = {"email": OTHER, "keep": ["keep"]}
    metadata = opened.view["private_metadata"]
    pushed = screen.run(address.submitted, world.admin, fields=fields, metadata=metadata)
    assert buttons(pushed)[ParticipantId.MERGE] == "P1 P2"


def test_merging_is_shown_first_and_confirmed_by_typing_the_alias(world: World, screen: Screen) -> None:
    world.book(email=EMAIL, name="Mara Lindqvist")
    world.participant(OTHER, HOSTILE, opted_out_at=None, properties={"plan": HOSTILE}, do_not_contact_reason="Break")
    opened = screen.run(merge.typed, world.admin, arguments="P1 P2")
    assert isinstance(opened, Open)
    for expected in ("This can’t be undone.", "P2 leads to P1", "P2 is marked “do not contact”", "Type P2 to confirm"):
        assert expected in text_of(opened)
    assert "<!channel> *x*" not in text_of(opened).replace('"text": "<!channel> *x*', "")
    metadata = opened.view["private_metadata"]
    fields = {"email": "own", "name": "own", "confirm": "P1"}
    with pytest.raises(RuleError, match="Type P2") as refused:
        screen.run(merge.submitted, world.admin, fields=fields, metadata=metadata)
    assert refused.value.field == "confirm"
    done = screen.run(merge.submitted, world.admin, fields={**fields, "confirm": " p2 "}, metadata=metadata)
    assert "*P2* is now *P1*. Nothing was sent." in text_of(done)
    page = screen.run(show.typed, world.admin, arguments="P2")
    assert "P2 is now *P1*" in text_of(page)
    with pytest.raises(RuleError, match="P1 both times"):
        screen.run(merge.submitted, world.admin, fields={**fields, "confirm": "P2"}, metadata=metadata)


def test_a_session_ahead_decides_where_the_one_person_stands_and_that_is_said_before(
    world: World, screen: Screen
) -> None:
    held = world.book(email=OTHER)
    with world.database.unit_of_work() as session:
        outcomes.mark_completed(session, world.researcher, held.id, world.now)
        session.execute(sa.update(Enrolment).values(status=ParticipantStatus.INCENTIVE_NOT_SENT))
    world.book(email=EMAIL, starts_in=timedelta(hours=5))
    opened = screen.run(merge.typed, world.admin, arguments="P2 P1")
    assert "*CHK*: Interview Scheduled, as CHK-2 is ahead (not Incentive Not Sent)." in text_of(opened)
    fields = {"email": "own", "confirm": "P1"}
    screen.run(merge.submitted, world.admin, fields=fields, metadata=metadata_of(opened))
    assert rows(world.database, sa.select(Enrolment.status)) == [(ParticipantStatus.INTERVIEW_SCHEDULED,)]


def test_from_a_page_the_other_one_is_looked_for(world: World, screen: Screen) -> None:
    world.participant(EMAIL, "Mara Lindqvist")
    other = world.participant(OTHER, "Mara L.")
    opened = screen.run(merge.clicked, world.admin, value="P1")
    assert isinstance(opened, Open)
    assert "P2" in text_of(screen.run(merge.find_people, world.admin, typed="mara"))
    metadata = opened.view["private_metadata"]
    shown = screen.run(merge.chosen, world.admin, fields={"other": str(other.id)}, metadata=metadata)
    assert "Merge participants" in text_of(shown)
    with pytest.raises(RuleError, match="Choose who else"):
        screen.run(merge.chosen, world.admin, fields={"other": None}, metadata=metadata)


def test_only_who_may_merge_is_asked(world: World, screen: Screen) -> None:
    world.book(email=EMAIL)
    world.book(email=OTHER, starts_in=timedelta(hours=5))
    for role in (Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER):
        with pytest.raises(NotAllowed):
            screen.run(merge.typed, world.people[role], arguments="P1 P2")
        with pytest.raises(NotAllowed):
            screen.run(merge.clicked, world.people[role], value="P1")
    with pytest.raises(RuleError, match="Cancel one of the two first"):
        screen.run(merge.typed, world.admin, arguments="P1 P2")
    with pytest.raises(RuleError, match="Who are the two"):
        screen.run(merge.typed, world.admin, arguments="P1")
    with pytest.raises(NotFound):
        screen.run(merge.typed, world.admin, arguments="P1 P9")
