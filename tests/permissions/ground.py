"""A workspace in which every role has a study of its own, beside others' studies, and a way to try a door in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy.orm import Session

from bot.commands import CAPABILITIES
from bot.slack.capability import Listener, Trigger, arguments_for
from bot.slack.outcomes import Close, Open, Outcome, Update
from domain.contact_rules import RuleKind
from domain.errors import NotAllowed, NotFound, RuleError
from domain.roles import Actor, Role
from storage.engine import Database
from storage.models import GovernanceRule
from tests.builders import World
from tests.commands.screen import buttons, text_of
from tests.permissions.doors import DOORS
from tests.permissions.site import Builder, Site
from tests.permissions.table import Where

NO = ("You may not ", "There is no such interview")
"""What a list of what was skipped says of what the actor may not do, or does not see."""

LISTENERS: dict[str, Listener] = {
    f"{listener.trigger.value} {listener.name}": listener
    for capability in CAPABILITIES
    for listener in (*capability.listeners, *(subcommand.listener for subcommand in capability.subcommands))
}


class Came(Enum):
    """What came of a try."""

    OPEN = auto()
    RULE = auto()
    """It was let in, and what it asked for can't be."""
    REFUSED = auto()
    """It may not."""
    UNKNOWN = auto()
    """There is no such thing, as far as the actor sees."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a door, and everything that could be read there."""

    name: str
    came: Came
    said: str


class Back(Exception):
    """Takes back what was tried."""


@dataclass
class Ground:
    """Everything, and the doors tried in it: each try is taken back, so that the next one finds all as it was."""

    world: World
    rule_id: int = 0
    sites: dict[tuple[Role, Where], Site] = field(default_factory=dict)

    @classmethod
    def build(cls, database: Database, now: Any) -> Ground:
        world = World.build(database, now)
        ground, builder = cls(world), Builder(world)
        boss = world.member(Role.ADMIN, name="Bo Boss")
        other = world.team("Elsewhere", "C0ELSE", boss).id
        team = builder.site("TEAM", boss, team_id=world.team_id)
        elsewhere = builder.site("FAR", boss, team_id=other)
        for role, actor in world.people.items():
            ground.sites[role, Where.OWN] = builder.site(f"OWN{list(Role).index(role)}", actor, team_id=world.team_id)
            ground.sites[role, Where.TEAM] = team
            ground.sites[role, Where.ELSEWHERE] = elsewhere
        world.calendar(world.admin)
        with database.unit_of_work() as session:
            rule = GovernanceRule(
                workspace_id=world.workspace_id,
                kind=RuleKind.INCENTIVE_CAP,
                period_days=365,
                most=100_000_00,
                currency="EUR",
                updated_by="Bo",
                updated_at=now,
            )
            session.add(rule)
            session.flush()
            ground.rule_id = rule.id
        return ground

    def tried(self, name: str, role: Role, where: Where) -> list[Tried]:
        """What comes of a door, and of each behind it. All of it is taken back."""
        actor, site = self.world.people[role], self.sites[role, where]
        try:
            with self.world.database.unit_of_work() as session:
                found = list(self.walk(session, name, actor, site, {}))
                raise Back
        except Back:
            return found

    def walk(self, session: Session, name: str, actor: Actor, site: Site, shown: Mapping[str, Any]) -> Iterator[Tried]:
        """Try the door. Those behind it are tried as by a member who went through it while they were an Admin."""
        listener, given = LISTENERS[name], self.given(name, site, shown)
        with taken_back(session):
            yield tried(session, name, actor, given)
        if behind := [each for each, door in DOORS.items() if door.after == name]:
            with taken_back(session):
                outcome = run(listener, session, replace(actor, role=Role.ADMIN), given)
                session.flush()
                for each in behind:
                    yield from self.walk(session, each, actor, site, carried(outcome))

    def given(self, name: str, site: Site, shown: Mapping[str, Any]) -> dict[str, Any]:
        """What the body is given: what the row says with the site's names in it, what the door before showed, or what
        fits.
        """
        names = {
            **site.names,
            "rule": self.rule_id,
            "team": self.world.team_id,
            "someone": self.world.observer.slack_user_id,
            "researcher": self.world.researcher.slack_user_id,
            "host": self.world.admin.member_id,
            "later": int((self.world.now + timedelta(days=9)).timestamp()),
        }
        metadata: dict[str, Any] = {
            "channel_id": "C0CORE",
            "interview_id": names["interview"],
            "study_id": site.study_id,
            "study_key": site.key,
            "participant_id": names["person"],
            "enrolment_id": names["enrolment"],
            "team_id": self.world.team_id,
            "starts_at": names["later"],
            "email": site.email,
        }
        if shown:
            metadata = json.loads(shown["view"].get("private_metadata") or "{}")
        filled = fill(dict(DOORS[name].row), {**names, **metadata} if shown else names)
        metadata |= filled.pop("metadata", {})
        return {
            "arguments": "",
            "aloud": False,
            "channel_id": "C0CORE",
            "value": shown["buttons"].get(LISTENERS[name].name, "") if shown else "",
            "fields": {},
            "metadata": json.dumps(metadata),
            "typed": "",
            "view": shown["view"] if shown else {},
            "event": {},
            "message_text": "worth keeping",
            "message_ts": "1.0",
            "is_private": False,
            "slack_team_id": "T0CALL",
            "public_url": "https://call.example",
            "has_mail": True,
            "now": self.world.now,
            **filled,
        }


@contextmanager
def taken_back(session: Session) -> Iterator[None]:
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def tried(session: Session, name: str, actor: Actor, given: Mapping[str, Any]) -> Tried:
    """What comes of it when the actor does it."""
    listener = LISTENERS[name]
    try:
        said = text_of(run(listener, session, actor, given))
        session.flush()
    except NotAllowed as error:
        return Tried(name, Came.REFUSED, error.message)
    except NotFound as error:
        return Tried(name, Came.UNKNOWN, error.message)
    except RuleError as error:
        return Tried(name, Came.RULE, error.message)
    is_refused = any(no in said for no in NO) or (listener.trigger is Trigger.OPTIONS and said == "[]")
    return Tried(name, Came.REFUSED if is_refused else Came.OPEN, said)


def carried(outcome: Outcome) -> dict[str, Any]:
    """What of a door's answer is sent along by what is done there: the view with what it remembers, and its buttons."""
    if isinstance(outcome, Close) and outcome.reply is not None:
        outcome = outcome.reply
    view = outcome.view if isinstance(outcome, Open | Update) else {"type": ""}
    return {"view": view, "buttons": buttons(outcome)}


def run(listener: Listener, session: Session, actor: Actor, given: Mapping[str, Any]) -> Outcome:
    return listener.body(**arguments_for(listener, {"session": session, "actor": actor, **given}))


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
