"""Migrations: bringing a database to the tables that this version works with.

Alembic is imported only where there is something to migrate: it takes 8 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"
VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))
PATIENCE_KEY = 0x63616C6C
"""The number of the advisory lock that lets one of several starting processes migrate (PostgreSQL)."""


def configuration() -> Config:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision that this version works with. Their files are numbered in their order."""
    return max(path.stem.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def current(database: Database) -> str | None:
    """The revision that the database is at, None for an empty one."""
    with database.reading() as session:
        if not sa.inspect(session.connection()).has_table(VERSION.name):
            return None
        return session.scalar(sa.select(VERSION.c.version_num))


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database up. Processes that start at the same time wait for the first."""
    if to == "head" and current(database) == head():
        return
    from alembic import command

    run(database, lambda config: command.upgrade(config, to))


def downgrade(database: Database, to: str) -> None:
    """Bring the database down to an earlier revision; `base` empties it."""
    from alembic import command

    run(database, lambda config: command.downgrade(config, to))


def run(database: Database, do: Callable[[Config], None]) -> None:
    config = configuration()
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({PATIENCE_KEY})")
        config.attributes["connection"] = connection
        do(config)
