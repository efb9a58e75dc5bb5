"""Names in a team's channels are switched on and off: what stands there already follows, and it is kept who did it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import digests, masking, review_cards, teams
from bot.services.teams import TeamValues
from storage.models import AuditEntry, Team
from tests import screened
from tests.builders import ONE_DATABASE, World, rows
from tests.fakes import Outside
from tests.services.conftest import Desk

NAME = "Kai Nakamura"


def switch(desk: Desk, *, names: bool) -> None:
    world = desk.world
    values = TeamValues(name="Core", time_zone="Europe/Berlin", names_in_channel=names)
    desk.do(lambda s: teams.change(s, world.admin, world.team_id, values, world.now))


def test_cards_and_digests_that_stand_in_the_channel_show_names_and_then_aliases_again(
    desk: Desk, world: World
) -> None:
    outside = Outside.of(world.database, world.now)
    world.book(email="kai@example.com", name=NAME)
    desk.do(lambda s: digests.post_now(s, world.admin, world.team_id, world.now))

    def naming() -> list[bool]:
        outside.deliver()
        said = [
            str(message) for message in outside.slack.channel("C0CORE").messages.values() if "CHK-1" in str(message)
        ]
        return [NAME in text for text in said]

    masked = naming()
    assert masked == [False, False], "the card and the digest"
    switch(desk, names=True)
    assert naming() == [True, True]
    switch(desk, names=True)
    switch(desk, names=False)
    assert naming() == [False, False]
    told = rows(world.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))
    assert told == [
        ("changed how participants are called in the channels of Core: aliases → names",),
        ("changed how participants are called in the channels of Core: names → aliases",),
    ]


@ONE_DATABASE
def test_what_other_teams_show_and_what_has_no_card_yet_does_not_count_among_what_is_drawn_again(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masking, "CARDS_DRAWN", 1)
    outside = Outside.of(world.database, world.now)
    session = world.book(email="kai@example.com", name=NAME)
    other = world.study("OTH", "Other", team_id=world.team("Other", "C0OTHER").id)
    for study_id in (world.study_id, other.id):
        email, version_id = f"{study_id}@example.com", screened.publish(world, study_id)
        enrolment_id = screened.answered(world, version_id, email, name="Mara Ek", study_id=study_id)
        desk.do(lambda s, shown=enrolment_id: review_cards.show(s, shown, world.now))
        outside.deliver()
    world.book(timedelta(days=2), email="later@example.com")
    switch(desk, names=True)
    assert desk.outbox("slack_card", session.id)[0].state == "pending"
    outside.deliver()
    cards = [str(message) for message in outside.slack.channel("C0CORE").messages.values()]
    assert [("Mara Ek" in card) for card in cards if "has answered the screener" in card] == [True]


def test_the_channels_of_other_teams_stay_as_they_are(desk: Desk, world: World) -> None:
    world.book(email="kai@example.com", name=NAME)
    other = desk.do(
        lambda s: teams.create(s, world.admin, "C0OTHER", TeamValues(name="Other", time_zone="UTC"), world.now)
    )
    outside = Outside.of(world.database, world.now)
    outside.deliver()
    values = TeamValues(name="Other", time_zone="UTC", names_in_channel=True)
    desk.do(lambda s: teams.change(s, world.admin, other.id, values, world.now))
    assert rows(world.database, sa.select(Team.names_in_channel).order_by(Team.id)) == [(False,), (True,)]
    assert [row.kind for row in desk.outbox("slack_card") if row.state == "pending"] == []
