"""What tests of use cases share: running one in a unit of work, reading what it asked to have sent, racing two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import outgoing
from domain.errors import RuleError
from domain.roles import Actor
from storage import outbox, participants, projections
from storage.engine import Database
from storage.models import Enrolment, OutboxRow, Study, TimelineEntry
from storage.outbox import Projected
from tests.builders import World

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Desk:
    """Does things to a world, each in a unit of its own, and looks at what came of it."""

    world: World

    @property
    def database(self) -> Database:
        return self.world.database

    def do(self, act: Callable[[Session], Result]) -> Result:
        with self.database.unit_of_work() as session:
            return act(session)

    def refused(self, act: Callable[[Session], object], kind: type[RuleError] = RuleError) -> RuleError:
        """The refusal that it ends in."""
        with pytest.raises(kind) as refusal, self.database.unit_of_work() as session:
            act(session)
        return refusal.value

    def race(self, *acts: Callable[[Session], object]) -> list[object]:
        """Do all at once, each in a thread and unit of its own: what each gave back, or the exception it raised."""
        together = threading.Barrier(len(acts))

        def run(act: Callable[[Session], object]) -> object:
            together.wait()
            try:
                return self.do(act)
            except Exception as error:
                return error

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def outbox(self, kind: str, interview_id: int | None = None) -> Sequence[OutboxRow]:
        """What was asked to be sent of a kind, about an interview, oldest first."""
        statement = sa.select(OutboxRow).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        if interview_id is not None:
            statement = statement.where(OutboxRow.subject == str(interview_id))
        with self.database.reading() as session:
            return session.scalars(statement).all()

    def mails(self, interview_id: int) -> list[str]:
        """The kinds of mails that were asked for about an interview, oldest first."""
        return [row.payload["mail"] for row in self.outbox("mail", interview_id)]

    def alerts(self, interview_id: int) -> list[str]:
        return [row.payload["alert"] for row in self.outbox("slack_alert", interview_id)]

    def timeline(self, interview_id: int) -> list[tuple[str, str]]:
        """Who did what, oldest first."""
        statement = sa.select(TimelineEntry).where(TimelineEntry.interview_id == interview_id)
        with self.database.reading() as session:
            found = session.scalars(statement.order_by(TimelineEntry.id))
            return [(entry.actor, entry.text) for entry in found]

    def study(self, study_id: int | None = None) -> Study:
        with self.database.reading() as session:
            return session.get_one(Study, study_id or self.world.study_id)

    def status(self, email: str, study_id: int | None = None) -> str:
        """Where the participant with that address stands in a study."""
        with self.database.reading() as session:
            person = participants.by_email(session, self.world.workspace_id, email)
            assert person is not None
            found = session.scalars(
                sa.select(Enrolment).where(
                    Enrolment.participant_id == person.id, Enrolment.study_id == (study_id or self.world.study_id)
                )
            ).one()
            return found.status.value

    def opened_homes(self, *actors: Actor) -> list[str]:
        """Let those members have opened their App Homes. The subjects of these, in the order of locking."""
        subjects = sorted(str(actor.member_id) for actor in actors)
        with self.database.unit_of_work() as session:
            for subject in subjects:
                remote = projections.Remote("home", f"V{subject}")
                projections.remember(
                    session, self.world.workspace_id, outgoing.Kind.HOME, subject, remote, self.world.now
                )
        return subjects

    def home_turns(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        """Filled with the App Homes of each turn in which any are locked from now on."""
        turns: list[list[str]] = []
        lock = outbox.project_all

        def noted(session: Session, workspace_id: int, wanted: Iterable[Projected], now: datetime) -> None:
            each = list(wanted)
            homes = sorted(one.subject for one in each if one.kind == outgoing.Kind.HOME)
            turns.extend([homes] if homes else [])
            lock(session, workspace_id, each, now)

        monkeypatch.setattr(outbox, "project_all", noted)
        return turns

    def change(self, row: Any, **values: Any) -> None:
        """Change columns of a stored row."""
        with self.database.unit_of_work() as session:
            stored = session.get_one(type(row), row.id)
            for column, value in values.items():
                setattr(stored, column, value)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


@pytest.fixture
def elsewhere(database: Database, world: World) -> World:
    """A second workspace in the same database, with people and a study of its own."""
    return World.build(database, world.now, slack_team="T0ELSE")
