"""A workspace in which every role has a study of its own, beside others' studies, and a way to try a door in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.services.booking import Booking, book
from bot.slack.capability import Listener, Trigger, arguments_for
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyType
from storage.engine import Database
from storage.models import Attendee, BlocklistSuggestion, Enrolment, Interview, OutboxRow, Study
from tests.builders import World
from tests.commands.screen import text_of
from tests.permissions.table import Where

NO = ("You may not ", "There is no such interview")
"""What a list of what was skipped says of what the actor may not do."""
SECRET = "Mirabella"
"""How everybody is called who takes part: whoever reads it knows a name."""


@dataclass(frozen=True, slots=True)
class Site:
    """A study with what can be acted upon in it: a session ahead and a held one, and somebody who is only enrolled."""

    key: str
    study_id: int
    upcoming: int
    upcoming_ref: str
    held: int
    held_ref: str
    group: int
    group_ref: str
    person_id: int
    number: int
    enrolment_id: int
    seat_id: int
    suggestion_id: int
    email: str

    def names(self) -> dict[str, Any]:
        """What a row's templates may name."""
        return {
            "key": self.key,
            "study": self.study_id,
            "interview": self.upcoming,
            "ref": self.upcoming_ref,
            "held": self.held,
            "held_ref": self.held_ref,
            "group": self.group,
            "group_ref": self.group_ref,
            "person": self.person_id,
            "alias": f"P{self.number}",
            "number": self.number,
            "enrolment": self.enrolment_id,
            "seat": self.seat_id,
            "suggestion": self.suggestion_id,
            "email": self.email,
        }


class Back(Exception):
    """Takes back what was tried."""


@dataclass
class Ground:
    """Everything, and the doors tried in it: each try is taken back, so that the next one finds all as it was."""

    world: World
    sites: dict[tuple[Role, Where], Site] = field(default_factory=dict)

    @classmethod
    def build(cls, database: Database, now: Any) -> Ground:
        world = World.build(database, now)
        ground = cls(world)
        boss = world.member(Role.ADMIN, name="Bo Boss")
        other = world.team("Elsewhere", "C0ELSE", boss).id
        team = ground.site("TEAM", boss, team_id=world.team_id)
        elsewhere = ground.site("FAR", boss, team_id=other)
        for role, actor in world.people.items():
            ground.sites[role, Where.OWN] = ground.site(f"OWN{list(Role).index(role)}", actor, team_id=world.team_id)
            ground.sites[role, Where.TEAM] = team
            ground.sites[role, Where.ELSEWHERE] = elsewhere
        return ground

    def site(self, key: str, owner: Actor, **values: Any) -> Site:
        world = self.world
        study = world.study(key, f"Study {key}", owner_id=owner.member_id, **values)
        group = world.study(
            f"{key[:6]}G",
            f"Group {key}",
            owner_id=owner.member_id,
            type=StudyType.GROUP_INTERVIEW,
            capacity=3,
            **values,
        )
        ahead = self.book(study, "ahead", 3)
        held = self.book(study, "held", 2)
        together = self.book(group, "together", 4)
        person = world.participant(f"idle.{key.lower()}@example.com", f"{SECRET} Idle{key}", phone="+49 30 1")
        with world.database.unit_of_work() as session:
            session.execute(
                sa.update(Interview).where(Interview.id == held.id).values(status=InterviewStatus.COMPLETED)
            )
            session.execute(
                sa.update(Attendee)
                .where(Attendee.interview_id == held.id, Attendee.participant_id.is_not(None))
                .values(outcome=InterviewStatus.COMPLETED)
            )
            enrolment = Enrolment(
                study_id=study.id,
                participant_id=person.id,
                status=ParticipantStatus.NOT_CONTACTED,
                status_changed_at=world.now,
            )
            session.add(enrolment)
            suggestion = BlocklistSuggestion(
                workspace_id=world.workspace_id, participant_id=person.id, author="Bo", reason="why", at=world.now
            )
            session.add(suggestion)
            session.flush()
            seat = session.scalars(
                sa.select(Attendee.id).where(Attendee.interview_id == ahead.id, Attendee.participant_id.is_not(None))
            ).one()
            session.execute(sa.delete(OutboxRow))
            return Site(
                key=key,
                study_id=study.id,
                upcoming=ahead.id,
                upcoming_ref=ahead.reference,
                held=held.id,
                held_ref=held.reference,
                group=together.id,
                group_ref=together.reference,
                person_id=person.id,
                number=person.number,
                enrolment_id=enrolment.id,
                seat_id=seat,
                suggestion_id=suggestion.id,
                email=person.email,
            )

    def book(self, study: Study, how: str, days: int) -> Interview:
        """A session that somebody booked in it, of a host of its own so that no two get into each other's way."""
        world = self.world
        host = world.member(Role.OBSERVER, name=f"Host {study.key} {how}")
        wanted = Booking(
            study_id=study.id,
            email=f"{how}.{study.key.lower()}@example.com",
            name=f"{SECRET} {how.title()}{study.key}",
            starts_at=world.now + timedelta(days=days),
            host_ids=(host.member_id,),
        )
        with world.database.unit_of_work() as session:
            booked = book(session, world.admin, wanted, world.now)
            return session.get_one(Interview, booked.interview_id)

    def try_door(self, listener: Listener, actor: Actor, site: Site, row: Mapping[str, Any]) -> tuple[str, str]:
        """What came of it, `open`, `closed` or a rule's no (`rule`), and everything that could be read."""
        given = self.given(actor, site, row)
        result, text = "open", ""
        try:
            with self.world.database.unit_of_work() as session:
                try:
                    text = text_of(listener.body(**arguments_for(listener, {"session": session, **given})))
                    session.flush()
                except (NotAllowed, NotFound) as error:
                    result, text = "closed", error.message
                except RuleError as error:
                    result, text = "rule", error.message
                if any(no in text for no in NO) or (listener.trigger is Trigger.OPTIONS and text == "[]"):
                    result = "closed"
                raise Back
        except Back:
            return result, text

    def given(self, actor: Actor, site: Site, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the body is given: what the row says, with the site's names in it, else what fits most."""
        names = {
            **site.names(),
            "team": self.world.team_id,
            "someone": self.world.observer.slack_user_id,
            "later": int((self.world.now + timedelta(days=9)).timestamp()),
        }
        metadata = {
            "channel_id": "C0CORE",
            "interview_id": site.upcoming,
            "study_id": site.study_id,
            "study_key": site.key,
            "key": site.key,
            "participant_id": site.person_id,
            "enrolment_id": site.enrolment_id,
            "number": site.number,
            "team_id": self.world.team_id,
            "starts_at": names["later"],
            "email": site.email,
        }
        filled = fill(dict(row), names)
        extra = filled.pop("metadata", {})
        return {
            "actor": actor,
            "now": self.world.now,
            "arguments": "",
            "aloud": False,
            "channel_id": "C0CORE",
            "value": "",
            "fields": {},
            "metadata": json.dumps({**metadata, **extra}) if isinstance(extra, dict) else extra,
            "typed": "",
            "view": None,
            "event": {},
            "message_text": "worth keeping",
            "message_ts": "1.0",
            "is_private": False,
            "slack_team_id": "T0CALL",
            "public_url": "https://call.example",
            "has_mail": True,
            **filled,
        }


def fill(piece: Any, names: Mapping[str, Any]) -> Any:
    """The piece with what stands in braces filled in. A text that is one name alone keeps that one's type."""
    if isinstance(piece, dict):
        return {key: fill(value, names) for key, value in piece.items()}
    if isinstance(piece, list | tuple):
        return type(piece)(fill(each, names) for each in piece)
    if isinstance(piece, str):
        if piece.startswith("#") and piece[1:] in names:
            return names[piece[1:]]
        for name, value in names.items():
            piece = piece.replace("{" + name + "}", str(value))
    return piece
