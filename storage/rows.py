"""Many rows at once: the unit of work writes new rows one by one where the database can't say which is which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.models import Attendee, Base, Interview, TimelineEntry

Rows = Sequence[Interview] | Sequence[Attendee] | Sequence[TimelineEntry]


def values_of(row: Base) -> dict[str, Any]:
    """The columns of a new row that were given a value."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_sa_")}


def insert_all(session: Session, rows: Rows) -> None:
    """Insert new rows of one table by one statement. All of them must be given the same columns."""
    if rows:
        session.connection().execute(sa.insert(type(rows[0])), [values_of(row) for row in rows])


def insert_with_ids(session: Session, rows: Rows, *known_by: InstrumentedAttribute[Any]) -> None:
    """As `insert_all`, and give each row its id; the columns `known_by` tell them apart."""
    if not rows:
        return
    kind = type(rows[0])
    statement = sa.insert(kind).returning(*known_by, kind.id)
    found = session.connection().execute(statement, [values_of(row) for row in rows])
    ids = {tuple(values): id_ for *values, id_ in found}
    for row in rows:
        row.id = ids[tuple(getattr(row, column.key) for column in known_by)]
