"""`/callsheet blocklist`: who is on it, deciding suggestions, taking people off, and older ones."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.blocks.ids import CallsheetId
from bot.commands.callsheet import blocklist
from bot.services import blocklist as services
from bot.slack.outcomes import Close, Nothing
from domain.errors import NotAllowed, Stale
from domain.participant import ParticipantStatus
from domain.roles import Role
from storage import participants
from tests.builders import World
from tests.commands.inputs import metadata_of
from tests.commands.screen import Screen, buttons, text_of

DAY = timedelta(days=1)


def suggested(world: World, name: str = "Mara <Lindqvist>", reason: str = "was *rude* <!channel>") -> int:
    """The id of a suggestion of the Researcher's about somebody new in the study."""
    person = world.participant(f"q{next(world.numbers)}@example.com", name)
    with world.database.unit_of_work() as session:
        place = {(world.study_id, person.id): ParticipantStatus.NOT_CONTACTED}
        participants.enrol_all(session, place, "Test", world.now)
        return services.suggest(session, world.researcher, person.id, reason, world.now).id


def test_suggestions_are_decided_in_the_list(screen: Screen, world: World) -> None:
    suggested(world)
    shown = screen.run(blocklist.show, world.admin)
    said = text_of(shown)
    assert "*1 suggestion waits to be decided*" in said
    assert "*P1* Mara &lt;Lindqvist&gt;, suggested by Researcher 3" in said
    assert "was ∗rude∗ &lt;!channel&gt;" in said
    value = buttons(shown)[CallsheetId.APPROVE]
    done = screen.run(blocklist.approve, world.admin, value=value, metadata=metadata_of(shown))
    assert "✓ P1 is on the blocklist." in text_of(done)
    assert CallsheetId.APPROVE not in buttons(done)
    assert buttons(done)[CallsheetId.UNBLOCK]
    with pytest.raises(Stale, match="Admin 1 has approved it already"):
        screen.run(blocklist.decline, world.admin, value=value, metadata=metadata_of(shown))


def test_suggestions_are_decided_in_the_channel(screen: Screen, world: World) -> None:
    one, other = suggested(world), suggested(world)
    assert screen.run(blocklist.approve_in_channel, world.admin, value=str(one)) == Nothing()
    assert screen.run(blocklist.decline_in_channel, world.admin, value=str(other)) == Nothing()
    assert "Take off" in text_of(screen.run(blocklist.show, world.admin))
    with pytest.raises(NotAllowed):
        screen.run(blocklist.approve_in_channel, world.researcher, value=str(one))


def test_who_suggested_sees_that_somebody_else_decides(screen: Screen, world: World) -> None:
    suggested(world)
    shown = screen.run(blocklist.show, world.researcher)
    assert buttons(shown) == {}
    assert "Admins and Ops Managers decide who is on it" in text_of(shown)
    with pytest.raises(NotAllowed, match="You may not see the blocklist: your role is Observer"):
        screen.run(blocklist.show, world.people[Role.OBSERVER])


def test_somebody_is_taken_off_with_a_reason(screen: Screen, world: World) -> None:
    world.participant("mara@example.com", "Mara", blocklisted_at=world.now, blocklist_reason="made up answers")
    shown = screen.run(blocklist.show, world.admin)
    assert "made up answers" in text_of(shown)
    value = buttons(shown)[CallsheetId.UNBLOCK]
    asked = screen.run(blocklist.ask_to_take_off, world.admin, value=value, metadata=metadata_of(shown))
    metadata = metadata_of(asked)
    done = screen.run(blocklist.take_off, world.admin, fields={"reason": "it was not her"}, metadata=metadata)
    assert isinstance(done, Close)
    assert "P1 is off the blocklist." in text_of(done)
    assert "Nobody is on the blocklist." in text_of(screen.run(blocklist.show, world.admin))


def test_the_list_goes_on_with_older_ones(screen: Screen, world: World) -> None:
    for n in range(23):
        world.participant(f"q{n}@example.com", f"Person {n:02}", blocklisted_at=world.now - DAY * n)
    page, pages = screen.run(blocklist.show, world.admin), 1
    assert "Person 00" in text_of(page)
    assert "Person 10" not in text_of(page)
    while value := buttons(page).get(CallsheetId.BLOCKLIST_PAGE):
        page, pages = screen.run(blocklist.older, world.admin, value=value, metadata=metadata_of(page)), pages + 1
    assert pages == 3
    assert "Person 22" in text_of(page)
