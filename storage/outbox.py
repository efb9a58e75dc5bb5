"""The outbox: what is to leave the bot, written in the transaction that caused it, sent by the delivery worker.

A *projection* says "bring the remote thing that shows this subject up to date"; asking ten times makes one update.
A *one-off* is a single message with a unique key; asking twice with the same key does nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NewType

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from storage.engine import OUTBOX_TOUCHED
from storage.models import Base, OutboxRow, OutboxState

Lane = NewType("Lane", str)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A one-off to be sent not before `due_at` (aware UTC; None: at once)."""

    kind: str
    dedupe_key: str
    lane: Lane
    subject: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Projected:
    """A subject whose remote thing is to be brought up to date, and the lane in which that is done."""

    kind: str
    subject: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row that a worker has claimed. `attempted_at` is set when an earlier try may have gone out."""

    id: int
    workspace_id: int | None
    kind: str
    subject: str
    dedupe_key: str
    lane: Lane
    payload: dict[str, Any]
    request: int
    attempts: int
    attempted_at: datetime | None
    lease: str


def insert(session: Session, table: type[Base]) -> Any:
    """An INSERT of the session's dialect, which knows ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def project(session: Session, kind: str, subject: str, *, workspace_id: int, lane: Lane, now: datetime) -> None:
    """Ask that the remote thing which shows `subject` be brought up to date."""
    project_all(session, workspace_id, [Projected(kind, subject, lane)], now)


def project_all(session: Session, workspace_id: int, wanted: Iterable[Projected], now: datetime) -> None:
    """As `project`, for many subjects of a workspace by one statement: in a fixed order, so that two never wait for
    each other.
    """
    rows = {
        (each.kind, each.subject): {
            "workspace_id": workspace_id,
            "kind": each.kind,
            "subject": each.subject,
            "dedupe_key": f"{each.kind}:{workspace_id}:{each.subject}",
            "lane": each.lane,
            "payload": {},
            "state": OutboxState.PENDING,
            "request": 1,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        for each in sorted(wanted, key=lambda each: (each.kind, each.subject))
    }
    if not rows:
        return
    session.info[OUTBOX_TOUCHED] = True
    new = insert(session, OutboxRow)
    asked_again = {
        "request": OutboxRow.request + 1,
        "lane": new.excluded.lane,
        "due_at": new.excluded.due_at,
        "created_at": new.excluded.created_at,
        "attempts": sa.case((OutboxRow.state == OutboxState.CLAIMED, OutboxRow.attempts), else_=0),
        "state": sa.case((OutboxRow.state == OutboxState.CLAIMED, OutboxState.CLAIMED), else_=OutboxState.PENDING),
    }
    statement = new.on_conflict_do_update(index_elements=[OutboxRow.dedupe_key], set_=asked_again)
    session.connection().execute(statement, list(rows.values()))


def send(session: Session, workspace_id: int | None, now: datetime, *outgoing: Outgoing) -> int:
    """Put one-offs into the outbox; those whose key was used before are left alone. How many were new."""
    return send_all(session, [(workspace_id, item) for item in outgoing], now)


def send_all(session: Session, items: Sequence[tuple[int | None, Outgoing]], now: datetime) -> int:
    """As `send`, for one-offs of several workspaces in one statement."""
    if not items:
        return 0
    session.info[OUTBOX_TOUCHED] = True
    rows = [
        {
            "workspace_id": workspace_id,
            "kind": item.kind,
            "subject": item.subject,
            "dedupe_key": key_of(workspace_id, item.dedupe_key),
            "lane": item.lane,
            "payload": item.payload,
            "state": OutboxState.PENDING,
            "request": 1,
            "attempts": 0,
            "due_at": item.due_at or now,
            "created_at": now,
        }
        for workspace_id, item in items
    ]
    statement = insert(session, OutboxRow).on_conflict_do_nothing(index_elements=[OutboxRow.dedupe_key])
    result = session.connection().execute(statement.returning(OutboxRow.id), rows)
    return len(result.all())


def key_of(workspace_id: int | None, key: str) -> str:
    """A one-off's key as it is stored: workspaces do not get into each other's way."""
    return f"{workspace_id}:{key}"


def claim(
    session: Session, now: datetime, lease_for: timedelta, limit: int, in_hand: Collection[int] = ()
) -> list[Delivery]:
    """Take what is due: at most `limit` rows, at most one of each lane, and none of a lane that is being served.

    Rows whose claim ran out are taken again, but for those that the caller still has `in_hand`: a machine that slept
    in the middle of sending goes on with it. A unit of its own: commit before sending.
    """
    other = aliased(OutboxRow)
    lane_is_served = sa.exists().where(
        other.lane == OutboxRow.lane,
        other.state == OutboxState.CLAIMED,
        sa.or_(other.lease_until > now, other.id.in_(in_hand)),
    )
    earlier = aliased(OutboxRow)
    is_open = earlier.state.in_((OutboxState.PENDING, OutboxState.CLAIMED))
    has_predecessor = sa.exists().where(
        earlier.lane == OutboxRow.lane,
        is_open,
        earlier.due_at <= now,
        sa.tuple_(earlier.due_at, earlier.id) < sa.tuple_(OutboxRow.due_at, OutboxRow.id),
    )
    due = (
        sa.select(OutboxRow)
        .where(
            sa.or_(
                sa.and_(OutboxRow.state == OutboxState.PENDING, OutboxRow.due_at <= now),
                sa.and_(OutboxRow.state == OutboxState.CLAIMED, OutboxRow.lease_until <= now, OutboxRow.due_at <= now),
            ),
            ~lane_is_served,
            ~has_predecessor,
        )
        .order_by(OutboxRow.due_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )
    claimed = []
    for row in session.scalars(due):
        row.state = OutboxState.CLAIMED
        row.lease = secrets.token_hex(8)
        row.lease_until = now + lease_for
        tried_before = row.attempted_at
        row.attempted_at = row.attempted_at or now
        row.attempts += 1
        claimed.append(
            Delivery(
                id=row.id,
                workspace_id=row.workspace_id,
                kind=row.kind,
                subject=row.subject,
                dedupe_key=row.dedupe_key,
                lane=Lane(row.lane),
                payload=row.payload,
                request=row.request,
                attempts=row.attempts,
                attempted_at=tried_before,
                lease=row.lease,
            )
        )
    return claimed


def finish(session: Session, delivery: Delivery, now: datetime) -> None:
    """The delivery went out. A projection that was asked for again meanwhile goes round once more."""
    asked_again = OutboxRow.request != delivery.request
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id == delivery.id, OutboxRow.lease == delivery.lease)
        .values(
            state=sa.case((asked_again, OutboxState.PENDING), else_=OutboxState.DONE),
            done_at=now,
            lease=None,
            lease_until=None,
            attempted_at=None,
            attempts=0,
            last_error=None,
        )
    )


def put_off(
    session: Session,
    delivery: Delivery,
    until: datetime,
    why: str,
    *,
    went_out: bool | None,
    holds_lane: bool = False,
    was_tried: bool = True,
) -> None:
    """Try again at `until`. `went_out` is False when it surely did not go out, None when nobody knows.

    With `holds_lane` the row keeps its place at the head of its lane, and the lane stays closed: it is rate-limited.
    What was not tried, because its turn has not come, has as many tries left as before.
    """
    values: dict[str, Any] = {"last_error": why, "lease": None}
    if not was_tried:
        values["attempts"] = OutboxRow.attempts - 1
    if holds_lane:
        values["lease_until"] = until
    else:
        values |= {"state": OutboxState.PENDING, "due_at": until, "lease_until": None}
    if went_out is False and delivery.attempted_at is None:
        values["attempted_at"] = None
    session.execute(
        sa.update(OutboxRow).where(OutboxRow.id == delivery.id, OutboxRow.lease == delivery.lease).values(**values)
    )


def give_up(session: Session, delivery: Delivery, why: str, now: datetime) -> None:
    """Mark it dead. It shows in `/callsheet status` and can be retried."""
    session.execute(
        sa.update(OutboxRow)
        .where(OutboxRow.id == delivery.id, OutboxRow.lease == delivery.lease)
        .values(state=OutboxState.DEAD, last_error=why, lease=None, lease_until=None, done_at=now)
    )


def revive(session: Session, workspace_id: int, now: datetime, ids: Iterable[int] | None = None) -> int:
    """Give dead deliveries of a workspace another round: those named, or all. How many."""
    session.info[OUTBOX_TOUCHED] = True
    statement = (
        sa.update(OutboxRow)
        .where(OutboxRow.workspace_id == workspace_id, OutboxRow.state == OutboxState.DEAD)
        .values(state=OutboxState.PENDING, attempts=0, due_at=now)
    )
    if ids is not None:
        statement = statement.where(OutboxRow.id.in_(list(ids)))
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up, for people to see."""

    id: int
    kind: str
    subject: str
    why: str
    at: datetime


def dead_letters(session: Session, workspace_id: int, limit: int = 10) -> list[DeadLetter]:
    """The latest deliveries that were given up."""
    rows = session.execute(
        sa.select(OutboxRow.id, OutboxRow.kind, OutboxRow.subject, OutboxRow.last_error, OutboxRow.done_at)
        .where(OutboxRow.workspace_id == workspace_id, OutboxRow.state == OutboxState.DEAD)
        .order_by(OutboxRow.id.desc())
        .limit(limit)
    )
    return [DeadLetter(row.id, row.kind, row.subject, row.last_error or "", row.done_at) for row in rows]


def counts(session: Session, workspace_id: int | None = None) -> dict[OutboxState, int]:
    """How many rows are in each state but done: of one workspace, or of all."""
    statement = sa.select(OutboxRow.state, sa.func.count().label("number")).where(OutboxRow.state != OutboxState.DONE)
    if workspace_id is not None:
        statement = statement.where(OutboxRow.workspace_id == workspace_id)
    found = {row.state: row.number for row in session.execute(statement.group_by(OutboxRow.state))}
    return {state: found.get(state, 0) for state in OutboxState if state is not OutboxState.DONE}


def next_due(session: Session) -> datetime | None:
    """When the next pending row is due, or the next claim runs out; None when there is nothing open."""
    pending = sa.select(sa.func.min(OutboxRow.due_at)).where(OutboxRow.state == OutboxState.PENDING)
    claimed = sa.select(sa.func.min(OutboxRow.lease_until)).where(OutboxRow.state == OutboxState.CLAIMED)
    return min(filter(None, (session.scalar(pending), session.scalar(claimed))), default=None)


def forget_done(session: Session, before: datetime) -> None:
    """Delete what went out before then; its key could not come again by now."""
    session.execute(sa.delete(OutboxRow).where(OutboxRow.state == OutboxState.DONE, OutboxRow.done_at < before))
