"""The real bot in front of the sandbox, over real HTTP and WebSocket, filled as a fresh sandbox is.

Filling it takes seconds, so it is done once: every stage opens on a copy of that picture.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import migrate
from storage.engine import Database
from storage.models import Base
from tests.conftest import emptied
from tests.scenario.driver import eventually
from tests.scenario.stage import Stage, free_port


@dataclass(frozen=True)
class Picture:
    """A filled sandbox at rest: its state, the bot's SQLite database, and the bot's port, to which Google posts."""

    folder: Path
    port: int

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'callsheet.db'}"

    def copy(self, folder: Path) -> int:
        """Copy it, for a bot on another port. That port: the copied Google posts there."""
        shutil.copytree(self.folder, folder)
        port, state = free_port(), folder / "sandbox.json"
        state.write_text(state.read_text().replace(f"127.0.0.1:{self.port}/", f"127.0.0.1:{port}/"))
        return port


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    taken = Picture(tmp_path_factory.mktemp("picture"), free_port())
    stage = Stage.open(taken.folder, taken.database_url, "socket", taken.port)
    stage.outlast()
    stage.close()
    return taken


def fill(picture: Picture, database_url: str) -> None:
    """Copy the picture's rows into an empty PostgreSQL database that has the tables."""
    source, target = Database(picture.database_url), emptied(database_url)
    with source.reading() as rows, target.unit_of_work() as session:
        for table in Base.metadata.sorted_tables:
            if found := [dict(row) for row in rows.execute(sa.select(table)).mappings()]:
                session.execute(table.insert(), found)
            for column in table.primary_key.columns:
                sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
                if column.autoincrement is not False and isinstance(column.type, sa.Integer):
                    last = sa.select(sa.func.coalesce(sa.func.max(column), 1)).scalar_subquery()
                    session.execute(sa.select(sa.func.setval(sequence, last)))
    source.dispose()
    target.dispose()


Open = Callable[[str, str], Stage]


@pytest.fixture
def open_stage(picture: Picture, tmp_path: Path) -> Iterator[Open]:
    """Opens a stage on a database ("sqlite", or PostgreSQL's address) and a transport; the test's end closes it."""
    opened: list[Stage] = []
    folders = (tmp_path / f"stage{number}" for number in itertools.count())

    def open_one(database: str, transport: str) -> Stage:
        folder = next(folders)
        port = picture.copy(folder)
        if database == "sqlite":
            database = f"sqlite:///{folder / 'callsheet.db'}"
        else:
            fill(picture, database)
        stage = Stage.open(folder, database, transport, port)
        opened.append(stage)
        return stage

    yield open_one
    for stage in opened:
        stage.close()


@pytest.fixture(scope="session")
def shared_stage(picture: Picture, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all tests of a process that leave it as they found it: SQLite, Socket Mode.

    After all of them nothing may have come twice.
    """
    folder = tmp_path_factory.mktemp("shared") / "stage"
    port = picture.copy(folder)
    stage = Stage.open(folder, f"sqlite:///{folder / 'callsheet.db'}", "socket", port)
    yield stage
    doubles = stage.doubles()
    stage.close()
    assert doubles == []


@pytest.fixture
def stage(shared_stage: Stage) -> Iterator[Stage]:
    """The shared stage at rest. After the test its faults end, and nothing may be left unsent."""
    shared_stage.outlast()
    yield shared_stage
    shared_stage.outside.heal()
    eventually(lambda: shared_stage.outside.connections() == 1, "the bot did not come back to Slack")
    shared_stage.outlast()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """What `open_stage` takes for a database: each kind once."""
    return "sqlite" if request.param == "sqlite" else str(request.getfixturevalue("empty_postgresql"))


@pytest.fixture
def empty_postgresql(postgresql_url: str) -> str:
    """The address of a PostgreSQL that has the tables."""
    database = Database(postgresql_url)
    migrate.upgrade(database)
    database.dispose()
    return postgresql_url


@pytest.fixture(params=["socket-postgresql", "http-sqlite"])
def every_stage(request: pytest.FixtureRequest, open_stage: Open) -> Stage:
    """The bot by each transport, and on each database."""
    transport, _, kind = str(request.param).partition("-")
    return open_stage("sqlite" if kind == "sqlite" else request.getfixturevalue("empty_postgresql"), transport)
