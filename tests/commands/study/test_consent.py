"""`/study consent`: the text is written, changed and switched off, and it is seen who agreed."""

from __future__ import annotations

import pytest

from bot.commands.study import consent
from bot.slack.outcomes import Close, Open
from domain.errors import NotAllowed, RuleError, Stale
from storage import consents
from storage.models import Enrolment
from tests.builders import World
from tests.commands.inputs import metadata_of
from tests.commands.screen import Screen, text_of


def test_a_text_is_written_then_changed_then_switched_off(screen: Screen, world: World) -> None:
    opened = screen.run(consent.typed, world.researcher, arguments="chk")
    assert isinstance(opened, Open)
    assert "There is no text yet." in text_of(opened)
    fields = {"state": "on", "text": "We record the session. <b>"}

    done = screen.run(consent.submitted, world.researcher, fields=fields, metadata=metadata_of(opened))

    assert isinstance(done, Close)
    assert "*CHK* asks its participants for consent: version 1." in text_of(done)
    person = world.participant("mira@example.com")
    with world.database.unit_of_work() as session:
        place = Enrolment(study_id=world.study_id, participant_id=person.id, status_changed_at=world.now)
        session.add(place)
        session.flush()
        consents.agree(session, place.id, 1, world.now)
    again = screen.run(consent.clicked, world.researcher, value="CHK")
    assert "We record the session. <b>" in text_of(again)
    assert "Version 1 is asked for" in text_of(again)
    assert "Agreed: 1 to version 1." in text_of(again)
    changed = {"state": "on", "text": "We record it, and keep it for a year."}
    done = screen.run(consent.submitted, world.researcher, fields=changed, metadata=metadata_of(again))
    assert "version 2" in text_of(done)
    with pytest.raises(Stale):
        screen.run(consent.submitted, world.researcher, fields=changed, metadata=metadata_of(again))
    last = screen.run(consent.typed, world.researcher, arguments="CHK")
    off = screen.run(
        consent.submitted, world.researcher, fields={"state": "off", "text": None}, metadata=metadata_of(last)
    )
    assert "*CHK* asks nobody for consent." in text_of(off)
    assert "Version 2 is not asked for" in text_of(screen.run(consent.typed, world.researcher, arguments="CHK"))


def test_what_is_missing_is_said_at_the_field(screen: Screen, world: World) -> None:
    opened = screen.run(consent.typed, world.researcher, arguments="CHK")

    with pytest.raises(RuleError) as refusal:
        screen.run(
            consent.submitted, world.researcher, fields={"state": "on", "text": " "}, metadata=metadata_of(opened)
        )
    assert refusal.value.field == "text"
    with pytest.raises(RuleError, match="Of which study"):
        screen.run(consent.typed, world.researcher, arguments="")
    with pytest.raises(NotAllowed):
        screen.run(consent.typed, world.observer, arguments="CHK")
