"""Finding people, a stage's page, governance and a change of status by hand, with very many people stored."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.booking_rush import postgresql
from benchmarks.figures import Figure, milliseconds, p95, spread
from benchmarks.population import FIRST_NAMES, LAST_NAMES, Population, populate
from bot.services import enrolment_list, governance, participants, status_changes
from bot.services.status_changes import Choice
from domain.enrolment_list import Place, Wanted
from domain.participant import ParticipantStatus, Stage
from domain.roles import Actor
from storage import members
from storage.engine import Database
from storage.models import Enrolment, Participant
from tests.builders import counted_statements

IN_ONE_PASS = 5_000
MOST_MILLISECONDS = 50
GOVERNANCE_MILLISECONDS, BULK_MILLISECONDS = 1_000, 3_000
SEED = 20_261_126


def measure(folder: Path, now: datetime, on_postgresql: int, on_sqlite: int, rounds: int) -> list[Figure]:
    """On either database, each with so many people."""
    figures = on(f"sqlite:///{folder / 'people.db'}", "SQLite", now, on_sqlite, rounds)
    with postgresql() as url:
        return [*figures, *on(url, "PostgreSQL", now, on_postgresql, rounds)]


def on(url: str, name: str, now: datetime, people: int, rounds: int) -> list[Figure]:
    """Every figure on one database."""
    database = Database(url)
    try:
        stored = populate(database, now, people)
        asking = Asking(database, stored, now, rounds, f"{people:,} people, {people * 5:,} enrolments")
        measurements = (finding, pages, governing, changing)
        return [figure for measured in measurements for figure in measured(name, asking)]
    finally:
        database.dispose()


class Asking:
    """Asks one database the same things in turn: `rounds` of each, as the Ops Manager or the studies' owner."""

    def __init__(self, database: Database, stored: Population, now: datetime, rounds: int, size: str) -> None:
        self.database, self.stored, self.now, self.rounds, self.size = database, stored, now, rounds, size
        with database.reading() as session:
            self.ops, self.owner = (members.actor(session, id_) for id_ in (stored.ops_id, stored.owner_id))
        self.random = random.Random(SEED)

    def times(self, ask: Callable[[Session], object]) -> list[float]:
        """How long each answer takes, after some to warm up."""

        def once() -> None:
            with self.database.reading() as session:
                ask(session)

        return [milliseconds(once) for _ in range(self.rounds + 5)][5:]

    def figure(self, name: str, times: list[float], limit: float = MOST_MILLISECONDS) -> Figure:
        return Figure(f"{name}, p95", p95(times), "ms", limit, f"{spread(times)}; {self.size}")


def finding(name: str, asking: Asking) -> list[Figure]:
    """`/participant find`: by the beginning of a first name, a last name, an address; by Ops and by a researcher."""
    chance = asking.random
    texts: dict[str, Callable[[], str]] = {
        "first name": lambda: f"ana{chance.randrange(FIRST_NAMES)}",
        "last name": lambda: f"berg{chance.randrange(LAST_NAMES)}",
        "address": lambda: f"p{chance.randrange(asking.stored.people)}",
        "one letter": lambda: "anabp"[chance.randrange(5)],
    }

    def ask(actor: Actor, text: Callable[[], str]) -> list[float]:
        return asking.times(lambda session: participants.find(session, actor, text()))

    return [
        asking.figure(f"Find by {what} ({who}), {name}", ask(actor, text))
        for what, text in texts.items()
        for who, actor in (("Ops", asking.ops), ("owner", asking.owner))
    ]


def pages(name: str, asking: Asking) -> list[Figure]:
    """`/study participants KEY`: a stage's first page, a later one, and one that is searched."""
    study_id, owner, now = asking.stored.study_id, asking.owner, asking.now
    stages = (None, Stage.NOT_STARTED, Stage.IN_PROGRESS, Stage.CANCELLED)

    def page(session: Session, wanted: Wanted, place: Place | None = None) -> Place | None:
        return enrolment_list.page(session, owner, study_id, wanted, place, now).next

    def first(session: Session) -> None:
        page(session, Wanted(asking.random.choice(stages)))

    def later(session: Session) -> None:
        with_status = sa.select(Enrolment.status_changed_at, Enrolment.id).where(Enrolment.id == chosen[-1])
        at, id_ = session.execute(with_status).one()
        page(session, Wanted(Stage.IN_PROGRESS), Place(at, id_))

    def searched(session: Session) -> None:
        text = f"ana{asking.random.randrange(FIRST_NAMES)}"
        page(session, Wanted(asking.random.choice(stages), text=text))

    with asking.database.reading() as session:
        ids = sa.select(Enrolment.id).where(Enrolment.study_id == study_id).order_by(Enrolment.id).limit(1_000)
        chosen = list(session.scalars(ids))
    kinds = {"first": first, "far behind": later, "searched": searched}
    return [asking.figure(f"Stage's page, {what}, {name}", asking.times(ask)) for what, ask in kinds.items()]


def governing(name: str, asking: Asking) -> list[Figure]:
    """Every rule for many people in one pass, and how many statements more that takes than for a few."""
    people = min(IN_ONE_PASS, asking.stored.people)
    with asking.database.reading() as session:
        some = asking.random.sample(range(1, asking.stored.people + 1), people)
        ids = list(session.scalars(sa.select(Participant.id).where(Participant.id.in_(some))))

    def statements(number: int) -> int:
        with counted_statements(asking.database) as counted, asking.database.reading() as session:
            governance.evaluate(session, asking.stored.workspace_id, ids[:number], asking.now)
        return len(counted)

    def ask(session: Session) -> None:
        assert len(governance.evaluate(session, asking.stored.workspace_id, ids, asking.now)) == people

    rounds, asking.rounds = asking.rounds, 5
    times = asking.times(ask)
    asking.rounds = rounds
    few, many = statements(10), statements(people)
    return [
        asking.figure(f"Governance for {people:,}, {name}", times, GOVERNANCE_MILLISECONDS),
        Figure(f"Governance, statements, many − few, {name}", abs(many - few), "statements", 0, f"{many} and {few}"),
    ]


def changing(name: str, asking: Asking) -> list[Figure]:
    """Many people removed from a study by one change by hand, and that taken back."""
    stored, owner, now = asking.stored, asking.owner, asking.now
    ids = sa.select(Enrolment.id).where(
        Enrolment.study_id == stored.study_id, Enrolment.status == ParticipantStatus.NOT_CONTACTED
    )
    with asking.database.reading() as session:
        chosen = tuple(session.scalars(ids.order_by(Enrolment.id).limit(IN_ONE_PASS)))
    choice = Choice(stored.study_id, ParticipantStatus.CANCELED, "Bench", enrolment_ids=chosen)
    with asking.database.unit_of_work() as session:
        bulk_id = status_changes.begin(session, owner, choice, now).bulk_id
        status_changes.review(session, owner, bulk_id, now)

    def done(change: Callable[[Session, Actor, int, datetime], object]) -> float:
        def work() -> None:
            with asking.database.unit_of_work() as session:
                change(session, owner, bulk_id, now)

        return milliseconds(work)

    made, undone = done(status_changes.make), done(status_changes.undo)
    return [
        Figure(f"{what} {len(chosen):,} statuses, {name}", time, "ms", BULK_MILLISECONDS, asking.size)
        for what, time in (("Change", made), ("Undo", undone))
    ]
