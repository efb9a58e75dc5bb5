"""A database that fails when something is to be kept, and whether anything was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage.engine import Database

BUSY = sa.exc.OperationalError("COMMIT", {}, Exception("database is locked"))


@contextmanager
def failing(database: Database, error: BaseException = BUSY, *, after: int = 0) -> Iterator[None]:
    """Every commit fails, but for the first few (`after`)."""
    left = [after]

    def fail(_connection: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise error

    sa.event.listen(database.engine, "commit", fail)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "commit", fail)


@dataclass
class Watch:
    """Looks at a SQLite database from outside: whether anybody has written to it since it was last asked."""

    connection: sa.Connection
    seen: int = -1

    @classmethod
    @contextmanager
    def over(cls, database: Database) -> Iterator[Watch]:
        other = sa.create_engine(database.url, isolation_level="AUTOCOMMIT")
        with other.connect() as connection:
            yield cls(connection)
        other.dispose()

    def has_changed(self) -> bool:
        before, self.seen = self.seen, int(self.connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        return before != self.seen
