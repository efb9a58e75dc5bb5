"""From a participant's page: do not contact, a cooldown, an override, and the blocklist."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.ids import ParticipantId
from bot.commands.participant import contact
from bot.services import governance
from bot.slack.outcomes import Outcome
from domain.errors import NotAllowed, RuleError
from domain.governance import Evaluation
from domain.participant import ParticipantStatus
from domain.roles import Role
from storage import participants
from storage.models import Participant, StudyCollaborator
from tests.builders import World
from tests.commands.inputs import inputs_of, metadata_of
from tests.commands.screen import Screen, buttons, text_of


@pytest.fixture
def person(world: World) -> Participant:
    """Somebody in the study of the Researcher, on whom the Collaborator works as well."""
    found = world.participant("mara@example.com", "Mara <Lindqvist>")
    with world.database.unit_of_work() as session:
        place = {(world.study_id, found.id): ParticipantStatus.NOT_CONTACTED}
        participants.enrol_all(session, place, "Test", world.now)
        collaborator = world.people[Role.COLLABORATOR].member_id
        session.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator))
    return found


def enrolment_of(world: World, person: Participant) -> str:
    with world.database.reading() as session:
        place = (world.study_id, person.id)
        return str(participants.enrolments(session, [place])[place].id)


def said(world: World, person: Participant, study_id: int | None = None) -> Evaluation:
    with world.database.reading() as session:
        return governance.evaluate(session, world.workspace_id, [person.id], world.now, study_id)[person.id]


def decide(screen: Screen, world: World, person: Participant, role: Role = Role.RESEARCHER, **fields: Any) -> Outcome:
    asked = screen.run(contact.ask_about_contact, world.people[role], value=str(person.id))
    given = {**inputs_of(asked), **fields}
    return screen.run(contact.decide_contact, world.people[role], fields=given, metadata=metadata_of(asked))


def test_do_not_contact_then_a_cooldown_then_neither(screen: Screen, world: World, person: Participant) -> None:
    done = decide(screen, world, person, choice="do_not_contact", reason="asked us to stop")
    assert "Nobody contacts P1 any more." in text_of(done)
    asked = screen.run(contact.ask_about_contact, world.researcher, value=str(person.id))
    assert inputs_of(asked) == {"choice": "do_not_contact", "reason": "asked us to stop", "until": None}
    with pytest.raises(RuleError) as refusal:
        decide(screen, world, person, choice="cooldown")
    assert refusal.value.field == "until"
    until = (world.now + timedelta(days=3)).date().isoformat()
    assert "Nobody invites P1 up to and with" in text_of(decide(screen, world, person, choice="cooldown", until=until))
    assert said(world, person).status.value == "In Cooldown"
    asked = screen.run(contact.ask_about_contact, world.researcher, value=str(person.id))
    assert inputs_of(asked)["until"] == until, "the day that was chosen, not the one after"
    assert "Only the rules of contact hold" in text_of(decide(screen, world, person, choice="free"))
    assert said(world, person).is_free


def test_do_not_contact_needs_a_reason(screen: Screen, world: World, person: Participant) -> None:
    with pytest.raises(RuleError) as refusal:
        decide(screen, world, person, choice="do_not_contact")
    assert refusal.value.field == "reason"


def test_a_collaborator_says_so_and_does_not_take_it_back(screen: Screen, world: World, person: Participant) -> None:
    decide(screen, world, person, Role.COLLABORATOR, choice="do_not_contact", reason="asked us to stop")
    asked = screen.run(contact.ask_about_contact, world.people[Role.COLLABORATOR], value=str(person.id))
    assert "Neither" not in text_of(asked)
    with pytest.raises(NotAllowed, match="override the rules of contact"):
        decide(screen, world, person, Role.COLLABORATOR, choice="free")
    with pytest.raises(NotAllowed):
        screen.run(contact.ask_about_contact, world.observer, value=str(person.id))


def test_an_override_shows_what_it_lifts_and_can_be_ended(screen: Screen, world: World, person: Participant) -> None:
    value = enrolment_of(world, person)
    with pytest.raises(RuleError, match="there is nothing to override"):
        screen.run(contact.ask_to_override, world.researcher, value=value)
    decide(screen, world, person, choice="do_not_contact", reason="in <hospital>")
    asked = screen.run(contact.ask_to_override, world.researcher, value=value)
    assert "is not to be contacted: in &lt;hospital&gt;" in text_of(asked)
    metadata = metadata_of(asked)
    done = screen.run(contact.override, world.researcher, fields={"reason": "she called"}, metadata=metadata)
    assert "P1 may be contacted for *CHK*." in text_of(done)
    assert said(world, person, world.study_id).is_free
    assert not said(world, person).is_free
    shown = screen.run(contact.ask_to_override, world.researcher, value=value)
    assert "Researcher 3 has overridden the rules of contact for *P1* Mara &lt;Lindqvist&gt; in *CHK*" in text_of(shown)
    end = buttons(shown)[ParticipantId.END_OVERRIDE]
    assert "hold for *P1* in *CHK* again" in text_of(screen.run(contact.end_override, world.researcher, value=end))
    assert not said(world, person, world.study_id).is_free


def test_the_blocklist_from_the_page(screen: Screen, world: World, person: Participant) -> None:
    asked = screen.run(contact.ask_to_suggest, world.people[Role.COLLABORATOR], value=str(person.id))
    assert "name nobody in it" in text_of(asked)
    metadata = metadata_of(asked)
    fields = {"reason": "was rude"}
    suggested = screen.run(contact.suggest, world.people[Role.COLLABORATOR], fields=fields, metadata=metadata)
    assert "other than you decides" in text_of(suggested)
    world.book(timedelta(days=2), email="mara@example.com")
    with pytest.raises(NotAllowed):
        screen.run(contact.ask_to_block, world.researcher, value=str(person.id))
    asked = screen.run(contact.ask_to_block, world.admin, value=str(person.id))
    assert "What they have booked is not cancelled by it:" in text_of(asked)
    assert "CHK-1 on " in text_of(asked)
    screen.run(contact.block, world.admin, fields={"reason": "saw it"}, metadata=metadata_of(asked))
    assert said(world, person).status.value == "In Blocklist"
