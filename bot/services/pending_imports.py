"""Files that people drop: looked at first, with columns that can be chosen, then brought in when they say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services.imports.columns import Chosen, Field, Other
from bot.services.imports.report import ImportKind
from bot.services.outgoing import Kind
from domain.errors import NotFound, RuleError, Stale
from domain.importing import KINDS, DroppedFile, ImportColumn, ImportPreview
from domain.roles import Actor
from storage import outbox
from storage.models import PendingImport
from storage.outbox import Lane, Outgoing

DONE = "This file was decided about already. Drop it again to bring it in once more."


def take(session: Session, actor: Actor, file: DroppedFile, now: datetime) -> None:
    """Take in a file, to be looked at first. A second event about the same file does nothing."""
    pending = PendingImport(member_id=actor.member_id, file=asdict(file), columns=[], chosen={}, made_at=now)
    session.add(pending)
    session.flush()
    outbox.send(session, actor.workspace_id, now, to_look_at(actor, pending))


def to_look_at(actor: Actor, pending: PendingImport) -> Outgoing:
    """What asks the worker to fetch the file and to show what it would do."""
    return Outgoing(
        kind=Kind.IMPORT_PREVIEW,
        dedupe_key=f"import-preview:{pending.file['id']}:{pending.round}",
        lane=Lane(f"import:{actor.workspace_id}"),
        subject=str(actor.member_id),
        payload={"pending_id": pending.id, "round": pending.round},
    )


def own(session: Session, actor: Actor, pending_id: int, *, lock: bool = False) -> PendingImport:
    """A file that the actor dropped. Raises NotFound."""
    statement = sa.select(PendingImport).where(
        PendingImport.id == pending_id, PendingImport.member_id == actor.member_id
    )
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("This file is gone. Drop it again.")
    return found


def undecided(session: Session, actor: Actor, pending_id: int, round_: int) -> PendingImport:
    """As `own`, locked. Raises Stale when it was decided about, or its columns were chosen anew."""
    found = own(session, actor, pending_id, lock=True)
    if found.decided_at is not None:
        raise Stale(DONE)
    if found.round != round_:
        raise Stale("The columns of this file were changed since. Use the latest of these messages.")
    return found


def looked_at(session: Session, pending_id: int, found: ImportPreview) -> None:
    """Keep what the file was understood as, so that its columns can be chosen."""
    pending = session.get_one(PendingImport, pending_id)
    pending.kind = found.kind
    pending.columns = [asdict(column) for column in found.columns]


def columns(pending: PendingImport) -> tuple[ImportColumn, ...]:
    """The columns of a file that was looked at."""
    return tuple(ImportColumn(**column) for column in pending.columns)


def chosen(pending: PendingImport) -> Chosen:
    """What its owner says that columns mean, by place."""
    return {int(place): meaning_of(value) for place, value in pending.chosen.items()}


def meaning_of(value: str) -> Field | Other:
    return Other(value) if value in set(Other) else Field(value)


def kind_of(pending: PendingImport) -> ImportKind | None:
    """What its owner says that it holds, None before they said so."""
    return ImportKind(pending.kind) if pending.kind and pending.round else None


def choose(
    session: Session, actor: Actor, pending_id: int, round_: int, kind: str, meanings: Mapping[int, str], now: datetime
) -> DroppedFile:
    """Say what the file holds and what its columns mean: it is looked at again."""
    pending = undecided(session, actor, pending_id, round_)
    if kind not in KINDS:
        raise RuleError("What does the file hold?", "kind")
    pending.kind = kind
    pending.chosen = {str(place): meaning_of(value).value for place, value in meanings.items()}
    pending.round += 1
    session.flush()
    outbox.send(session, actor.workspace_id, now, to_look_at(actor, pending))
    return DroppedFile(**pending.file)


def go(session: Session, actor: Actor, pending_id: int, round_: int, now: datetime) -> DroppedFile:
    """Bring the file in, as it was shown. Raises Stale for one that was decided about."""
    pending = undecided(session, actor, pending_id, round_)
    pending.decided_at = now
    item = Outgoing(
        kind=Kind.IMPORT,
        dedupe_key=f"import:{pending.file['id']}:{pending.id}",
        lane=Lane(f"import:{actor.workspace_id}"),
        subject=str(actor.member_id),
        payload={"pending_id": pending.id},
    )
    outbox.send(session, actor.workspace_id, now, item)
    return DroppedFile(**pending.file)


def drop(session: Session, actor: Actor, pending_id: int, round_: int, now: datetime) -> DroppedFile:
    """Leave the file alone."""
    pending = undecided(session, actor, pending_id, round_)
    pending.decided_at = now
    return DroppedFile(**pending.file)


def forget_before(session: Session, before: datetime) -> None:
    """Forget files that were dropped before then."""
    session.execute(sa.delete(PendingImport).where(PendingImport.made_at < before))
