"""Every door to scheduling, inviting and the waiting list: who may go through it, and nobody from another workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks.waiting import offer_value
from bot.commands.callsheet import mails
from bot.commands.study import invite, limit, schedule, slots, waiting
from bot.services import invitation_lists, scheduling
from bot.services import waiting as waiting_services
from bot.services.invitation_lists import Choice
from bot.slack.outcomes import Options, Outcome
from domain.errors import NotAllowed, NotFound
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.waiting import Wish
from storage import participants
from storage import scheduling as stored
from storage.models import Study, StudyCollaborator
from tests.builders import World
from tests.commands.screen import Screen

ANYBODY = set(Role)
MANAGES = ANYBODY - {Role.OBSERVER}
"""Those who manage the study: here the Collaborator is one of its collaborators."""
EDITS = MANAGES - {Role.COLLABORATOR}


@dataclass
class House:
    """A workspace with something behind every door."""

    world: World
    enrolment_id: int
    draft_id: int
    list_id: int
    template_id: int

    @classmethod
    def build(cls, world: World) -> House:
        person, now, owner = world.participant("nell@example.com", "Nell"), world.now, world.researcher
        place = (world.study_id, person.id)
        with world.database.unit_of_work() as session:
            helper = world.people[Role.COLLABORATOR].member_id
            session.add(StudyCollaborator(study_id=world.study_id, member_id=helper))
            status = ParticipantStatus.NOT_CONTACTED
            enrolment_id = participants.enrol_all(session, {place: status}, "Test", now)[place]
            waiting_services.ask(session, enrolment_id, Wish.ANY, now)
            setup = stored.setup_of(session, session.get_one(Study, world.study_id))
            return cls(
                world,
                enrolment_id,
                scheduling.begin(session, owner, "CHK", now).draft_id,
                invitation_lists.choose(session, owner, Choice(world.study_id, participant_ids=(person.id,)), now),
                stored.store_template(session, world.team_id, "Usual", setup, "Lena", now),
            )

    @property
    def offer(self) -> str:
        tomorrow = (self.world.now + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
        return offer_value(self.world.study_id, tomorrow)

    def offering(self) -> str:
        study_id, _, seconds = self.offer.partition(":")
        return waiting.Offering("C0CORE", int(study_id), "CHK", int(seconds)).dump()


MAIL = {"has_mail": True, "public_url": "https://example.com"}
Door = tuple[Callable[..., Outcome], Callable[[House], dict[str, Any]], set[Role]]
DOORS: dict[str, Door] = {
    "schedule": (schedule.typed, lambda h: {"arguments": "CHK"}, EDITS),
    "schedule, clicked": (schedule.clicked, lambda h: {"value": str(h.world.study_id)}, EDITS),
    "limit": (limit.typed, lambda h: {"arguments": "CHK 20"}, EDITS),
    "slots": (slots.typed, lambda h: {"arguments": "CHK"}, ANYBODY),
    "slots, why": (slots.typed, lambda h: {"arguments": "CHK why tomorrow 10:00"}, ANYBODY),
    "invite": (invite.typed, lambda h: {"arguments": "CHK", **MAIL}, MANAGES),
    "invite, for one": (invite.clicked_for_one, lambda h: {"value": str(h.enrolment_id), **MAIL}, MANAGES),
    "invite, chosen": (
        invite.chosen,
        lambda h: {
            "fields": {"addresses": "bo@example.com"},
            "metadata": invite.Inviting("C0CORE", h.world.study_id, "CHK").dump(),
            **MAIL,
        },
        MANAGES,
    ),
    "waiting": (waiting.typed, lambda h: {"arguments": "CHK"}, ANYBODY),
    "offer": (waiting.choose, lambda h: {"value": h.offer, **MAIL}, MANAGES),
    "offer, sent": (
        waiting.offer,
        lambda h: {"fields": {"people": [str(h.enrolment_id)]}, "metadata": h.offering(), **MAIL},
        MANAGES,
    ),
    "mails": (mails.edit, lambda h: {"value": f"{h.world.team_id}:scheduler", "metadata": ""}, EDITS),
}
WRITERS_OWN: dict[str, Door] = {
    "draft": (schedule.go, lambda h: {"value": "2", "fields": {}, "metadata": a_draft(h)}, set()),
    "list": (invite.clicked_list, lambda h: {"value": str(h.list_id), **MAIL}, set()),
    "preview": (
        invite.preview,
        lambda h: {"value": str(h.list_id), "view": {"state": {"values": {}}}, "metadata": "", **MAIL},
        set(),
    ),
    "send": (
        invite.send,
        lambda h: {
            "fields": {"subject": "Come", "text": "Please"},
            "metadata": invite.Inviting("C0CORE", list_id=h.list_id).dump(),
            **MAIL,
        },
        set(),
    ),
}
"""What is there for whoever began it only, here the Researcher."""


def a_draft(house: House) -> str:
    return schedule.Setting("C0CORE", house.draft_id, 1).dump()


def test_each_role_goes_through_its_doors_only(world: World, screen: Screen) -> None:
    house = House.build(world)
    for body, given, allowed in DOORS.values():
        for role in ANYBODY - allowed:
            values = given(house)
            with pytest.raises(NotAllowed):
                screen.run(body, world.people[role], **values)
        least = max(allowed, key=list(Role).index)
        screen.run(body, world.people[least], **given(house))


def test_nobody_else_goes_through_what_somebody_is_writing_and_no_stranger_through_any(
    world: World, screen: Screen
) -> None:
    house = House.build(world)
    strangers = World.build(world.database, world.now, "T0OTHER")
    with world.database.unit_of_work() as session:
        session.get_one(Study, strangers.study_id).key = "OTH"
    tries = [(strangers.admin, door) for door in DOORS] + [
        (actor, door) for actor in (strangers.admin, world.admin) for door in WRITERS_OWN
    ]
    for actor, door in tries:
        body, given, _ = (DOORS | WRITERS_OWN)[door]
        values = given(house)
        with pytest.raises(NotFound):
            screen.run(body, actor, **values)


def test_a_template_of_another_workspace_fills_nothing(world: World, screen: Screen) -> None:
    house = House.build(world)
    strangers = World.build(world.database, world.now, "T0OTHER")
    shown = Screen(strangers).run(schedule.typed, strangers.researcher, arguments="CHK")
    metadata = shown.view["private_metadata"]  # type: ignore[union-attr]
    for value in (f"template:{house.template_id}", f"study:{world.study_id}"):
        with pytest.raises(NotFound):
            screen.run(schedule.fill, strangers.researcher, value=value, metadata=metadata)
    found = screen.run(schedule.find_sources, strangers.researcher, typed="", metadata=metadata)
    assert isinstance(found, Options)
    assert found.options == []


def test_people_of_another_workspace_are_neither_chosen_nor_offered_anything(world: World, screen: Screen) -> None:
    house = House.build(world)
    strangers = World.build(world.database, world.now, "T0OTHER")
    other = House.build(strangers)
    with world.database.reading() as session:
        foreign = invitation_lists.begin_by_id(session, strangers.researcher, other.enrolment_id).chosen[0][0]

    def choose(actor: Actor) -> Outcome:
        fields = {"people": [str(foreign)]}
        metadata = invite.Inviting("C0CORE", world.study_id, "CHK").dump()
        return screen.run(invite.chosen, actor, fields=fields, metadata=metadata, **MAIL)

    with pytest.raises(Exception, match="Nobody was chosen"):
        choose(world.researcher)
    fields = {"people": [str(other.enrolment_id)]}
    with pytest.raises(Exception, match="do not wait"):
        screen.run(waiting.offer, world.researcher, fields=fields, metadata=house.offering(), **MAIL)
