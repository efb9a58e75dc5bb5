"""The database: one engine, one unit of work per thing that is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 10
CONNECT_SECONDS = 10
"""How long a PostgreSQL that says nothing at all is waited for, unless its address says how long."""
TURN_SECONDS = 60
"""How long a thread waits for its turn to write to SQLite: a crowd takes its time, and none of it should fail."""
TRIES = 3
"""How often a unit of work is begun that PostgreSQL ends because it and another wait for each other."""
DEADLOCK = "40P01"
OUTBOX_TOUCHED = "outbox_touched"
"""Set in `session.info` by whoever writes an outbox row: the worker is woken after the commit."""


class Database:
    """SQLite or PostgreSQL behind one door.

    A SQLite unit that writes begins IMMEDIATE, so that two of them queue instead of failing half-way; readers do not
    wait for them (WAL). The threads of one process queue here: SQLite itself keeps no order, and in a crowd somebody
    would wait until it gives up.
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
        self._turn = threading.RLock()

    def on_outbox(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit that put something into the outbox."""
        self._after_outbox.append(listener)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._sessions() as session:
            with self._in_turn(), session.begin():
                yield session
            if session.info.get(OUTBOX_TOUCHED):
                for listener in self._after_outbox:
                    listener()

    def carry_out(self, work: Callable[[Session], Result]) -> Result:
        """What the work brings in a transaction of its own, which is begun anew when it lost a deadlock."""
        for left in reversed(range(TRIES)):
            try:
                with self.unit_of_work() as session:
                    return work(session)
            except sa.exc.OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", None) != DEADLOCK:
                    raise
        raise AssertionError

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """On SQLite one after the other."""
        has_turn = self.is_sqlite and self._turn.acquire(timeout=TURN_SECONDS)
        try:
            yield
        finally:
            if has_turn:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction for queries only: on SQLite it never waits for a writer. Nothing in it is committed."""
        with self._reading() as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def is_in_doubt(error: BaseException) -> bool:
    """Whether nobody knows if the unit of work was committed: the connection broke off during the COMMIT itself."""
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated and error.statement is None


def sqlite_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    """SQLite with WAL, foreign keys, a busy timeout, and transactions that begin where we say. What is deleted is
    overwritten in its file, so that nothing is left there of somebody who was erased.
    """
    engine = sa.create_engine(
        url,
        hide_parameters=True,
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
        cursor.execute("PRAGMA secure_delete=ON")
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
    return sa.create_engine(
        url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS), **url.query}),
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
    )
