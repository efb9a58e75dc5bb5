"""Asking for thousands of rows by their ids."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session


def is_among(session: Session, column: InstrumentedAttribute[int], ids: Collection[int]) -> sa.ColumnElement[bool]:
    """Whether the column is one of thousands of ids: on PostgreSQL as one array, which is read faster than a list."""
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(ids)
    return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.BigInteger)))
