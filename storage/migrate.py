"""Migrations: bringing a database to the tables that this version works with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.engine import Database

FOLDER = Path(__file__).parent / "migrations"
PATIENCE_KEY = 0x63616C6C
"""The number of the advisory lock that lets one of several starting processes migrate (PostgreSQL)."""


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision that this version works with."""
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None
    return revision


def current(database: Database) -> str | None:
    """The revision that the database is at, None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database up. Processes that start at the same time wait for the first."""
    run(database, lambda config: command.upgrade(config, to))


def downgrade(database: Database, to: str) -> None:
    """Bring the database down to an earlier revision; `base` empties it."""
    run(database, lambda config: command.downgrade(config, to))


def run(database: Database, do: Callable[[Config], None]) -> None:
    config = configuration()
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({PATIENCE_KEY})")
        config.attributes["connection"] = connection
        do(config)
