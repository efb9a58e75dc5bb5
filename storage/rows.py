"""Many rows at once: the unit of work writes new rows one by one where the database can't say which is which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.models import Attendee, Base, Interview, TimelineEntry


def values_of(row: Base) -> dict[str, Any]:
    """The columns of a new row that were given a value."""
    return {name: value for name, value in vars(row).items() if not name.startswith("_sa_")}


def insert_interviews(session: Session, interviews: Sequence[Interview]) -> None:
    """Insert new interviews by one statement and give each its id. All of them must be given the same columns."""
    if not interviews:
        return
    statement = sa.insert(Interview).returning(Interview.reference, Interview.id)
    ids = {row.reference: row.id for row in session.execute(statement, [values_of(row) for row in interviews])}
    for interview in interviews:
        interview.id = ids[interview.reference]


def insert_all(session: Session, rows: Sequence[Attendee] | Sequence[TimelineEntry]) -> None:
    """Insert new rows of one table by one statement. All of them must be given the same columns."""
    if rows:
        session.execute(sa.insert(type(rows[0])), [values_of(row) for row in rows])
