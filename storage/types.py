"""Column types: instants that refuse to be naive, enums stored as their values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored and given back in UTC. A naive one raises ValueError: nobody knows when it was."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A naive datetime can't be stored: {value!r}")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """Lists of busy times are long: each value costs one call."""
        return from_text if dialect.name == "sqlite" else in_utc


def from_text(value: str | None) -> datetime | None:
    """The instant that SQLite holds as text, without a zone."""
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum], length: int = 40) -> sa.Enum:
    """A text column that holds the values of a StrEnum and gives back its members."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


def prefix_searched(length: int) -> sa.types.TypeEngine[str]:
    """Text ordered by code point on both databases, so that a prefix is a range of its index."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


Json = sa.JSON().with_variant(JSONB(), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
