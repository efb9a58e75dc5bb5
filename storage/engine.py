"""The database: one engine, one unit of work per thing that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

BUSY_TIMEOUT_SECONDS = 10
OUTBOX_TOUCHED = "outbox_touched"
"""Set in `session.info` by whoever writes an outbox row: the worker is woken after the commit."""


class Database:
    """SQLite or PostgreSQL behind one door.

    A SQLite unit that writes begins IMMEDIATE, so that two of them queue instead of failing half-way; readers do not
    wait for them (WAL).
    """

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = sqlite_engine(self.url, pool_size) if self.is_sqlite else postgresql_engine(self.url, pool_size)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = sessionmaker(
            self.engine.execution_options(callsheet_reads=True), expire_on_commit=False, autoflush=False
        )
        self._after_outbox: list[Callable[[], None]] = []

    def on_outbox(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit that put something into the outbox."""
        self._after_outbox.append(listener)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._sessions() as session:
            with session.begin():
                yield session
            if session.info.get(OUTBOX_TOUCHED):
                for listener in self._after_outbox:
                    listener()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for queries only: on SQLite it never waits for a writer. Nothing in it is committed."""
        with self._reading() as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def sqlite_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    """SQLite with WAL, foreign keys, a busy timeout, and transactions that begin where we say."""
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        pool_size=pool_size,
        max_overflow=pool_size,
        poolclass=sa.pool.QueuePool if url.database not in (None, "", ":memory:") else sa.pool.StaticPool,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("callsheet_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def postgresql_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    """PostgreSQL through psycopg 3, whatever way the address was written."""
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
