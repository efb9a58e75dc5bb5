"""Many stretches of time in one query: whoever books a file of sessions asks for all of their hosts at once.

The stretches travel as one parameter, whatever their number: the statement stays the same, and so does its plan.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.times import Span
from storage.types import UtcDateTime

Stretch = tuple[int, Span]
"""Somebody's id, and a stretch of their time."""


def overlapping(
    session: Session,
    wanted: Iterable[Stretch],
    who: InstrumentedAttribute[Any],
    when: tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[datetime]],
    longest: timedelta,
) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """The stretches as a table, and the condition on which a row (`who`, from when to when) overlaps one of them.

    Rows that last longer than `longest` may be missed: that is what makes it a range of an index.
    """
    table = stretches(session, sorted(set(wanted), key=lambda each: (each[0], each[1].start, each[1].end)), longest)
    starts_at, ends_at = when
    return table, sa.and_(
        who == table.c.id,
        starts_at > table.c.since,
        starts_at < table.c.ends_at,
        ends_at > table.c.starts_at,
    )


def stretches(session: Session, wanted: Iterable[Stretch], longest: timedelta) -> sa.FromClause:
    """A table of stretches: `id`, `starts_at`, `ends_at`, and `since`, which is `longest` before the start."""
    columns = [(id_, span.start - longest, span.start, span.end) for id_, span in wanted]
    if session.get_bind().dialect.name == "postgresql":
        return unnested(columns)
    document = json.dumps([(id_, *(text(instant) for instant in instants)) for id_, *instants in columns])
    each = sa.func.json_each(document).table_valued("value")
    value = [sa.func.json_extract(each.c.value, f"$[{place}]") for place in range(4)]
    return sa.select(
        sa.type_coerce(value[0], sa.Integer).label("id"),
        *(
            sa.type_coerce(value[place], UtcDateTime).label(name)
            for place, name in enumerate(("since", "starts_at", "ends_at"), 1)
        ),
    ).subquery("wanted")


def unnested(columns: list[tuple[int, datetime, datetime, datetime]]) -> sa.FromClause:
    instants = postgresql.ARRAY(sa.DateTime(timezone=True))
    return (
        sa.func.unnest(
            sa.cast([row[0] for row in columns], postgresql.ARRAY(sa.BigInteger)),
            *(sa.cast([row[place] for row in columns], instants) for place in (1, 2, 3)),
        )
        .table_valued(
            sa.column("id", sa.BigInteger),
            *(sa.column(name, UtcDateTime) for name in ("since", "starts_at", "ends_at")),
            name="wanted",
        )
        .render_derived()
    )


def text(instant: datetime) -> str:
    """The instant as SQLite holds it."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
