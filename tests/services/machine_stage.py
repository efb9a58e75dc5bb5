"""Where a machine plays: one connection on which all that happens is taken back, so that the scene is set only once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import participants, record, statuses
from bot.services.participants import NewParticipant
from bot.services.statuses import Why
from domain.participant import Cause, ParticipantStatus
from domain.study import StudyType
from storage import screeners
from storage.engine import Database
from storage.models import Study
from storage.participants import Profile
from tests.builders import World
from tests.conftest import NOW
from tests.services.screening_desk import SCREENER

SHARE = "share-the-study"


@dataclass(frozen=True)
class Stage:
    """As a `Database`, but that each unit of work is a savepoint in the transaction of the connection."""

    connection: sa.Connection

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        joined = Session(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        with joined as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.connection, autoflush=False) as session:
            yield session


@dataclass(frozen=True)
class Scene:
    """A study of one type, with a screener and an incentive, another one that has invited two people, and these two."""

    stage: Stage
    world: World
    study_id: int
    study_type: StudyType
    ids: dict[str, int]


def email_of(name: str) -> str:
    return f"{name}@example.com"


@contextmanager
def scene(database: Database, study_type: StudyType, *names: str) -> Iterator[Scene]:
    """Everything is gone afterwards."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        stage = Stage(connection)
        world = World.build(cast(Database, stage), NOW)
        study_id = world.study("TRY", "Try", type=study_type, **setup(study_type)).id
        other = world.study("OTH", "Other")
        with stage.unit_of_work() as session:
            screeners.publish(session, study_id, SCREENER, "Lena", NOW)
            ids = {name: add(session, world, name) for name in names}
            invite(session, world, other, ids.values())
        yield Scene(stage, world, study_id, study_type, ids)
        transaction.rollback()


def setup(study_type: StudyType) -> dict[str, Any]:
    values: dict[str, Any] = {"share_token": SHARE, "is_immediate": True}
    values |= {"incentive_amount_minor": 5000, "incentive_currency": "EUR"}
    if study_type is StudyType.GROUP_INTERVIEW:
        values |= {"capacity": 2}
    if not study_type.has_interviews:
        values |= {"task_url": "https://tool.example/{{ token }}"}
    return values


def add(session: Session, world: World, name: str) -> int:
    study = participants.choose_study(session, world.researcher, "TRY")
    new = NewParticipant(Profile(email_of(name), name), study)
    return participants.add(session, world.researcher, new, NOW).participant_id


def invite(session: Session, world: World, study: Study, ids: Iterator[int]) -> None:
    by = record.by(world.researcher, NOW)
    places = {(study.id, id_): ParticipantStatus.NOT_CONTACTED for id_ in ids}
    enrolled = statuses.enrol(session, places, Why(Cause.ADDED, by))
    statuses.invited(session, enrolled.values(), Why(Cause.SCHEDULER, by))
