"""Files that are taken out: asked for in Slack or at the command line, made when they are handed over.

What is asked for is kept, never what is in it: the outbox holds the kind of export and whom or what it is about. Each
kind has a maker in `MAKERS`, which checks once more that whoever asked may have it still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services.exports import person, tables
from bot.services.exports.files import ASKED_AT, ExportedFile, ExportFormat, ExportKind
from bot.services.outgoing import Kind
from domain.errors import NotFound
from domain.roles import Actor
from storage import outbox
from storage.outbox import Lane, Outgoing

__all__ = ["MAKERS", "ExportFormat", "ExportKind", "ExportedFile", "ask_for", "make"]

Maker = Callable[[Session, Actor, Mapping[str, Any], datetime], ExportedFile]
"""Makes a file for a member, from what was asked for. Raises NotFound and NotAllowed."""

MAKERS: dict[ExportKind, Maker] = {ExportKind.PERSON: person.make, **dict.fromkeys(tables.TABLES, tables.make)}


def make(session: Session, actor: Actor, wanted: Mapping[str, Any], now: datetime) -> ExportedFile:
    """The file that was asked for, as things are now. Raises NotFound, and NotAllowed for who may not have it now."""
    maker = MAKERS.get(ExportKind(wanted["export"]))
    if maker is None:
        raise NotFound("Nobody knows how to export that.")
    return maker(session, actor, wanted, now)


def ask_for(session: Session, actor: Actor, wanted: Mapping[str, Any], now: datetime) -> None:
    """Have the file made, and brought to the actor in a direct message. What is asked for at one moment comes once.

    `wanted` names the export (`ExportKind`) and holds what its maker asks for; who asks must be allowed to, and what
    they take out be in the audit log, before it comes here.
    """
    about = ":".join(str(wanted[name]) for name in sorted(wanted))
    item = Outgoing(
        kind=Kind.FILE,
        dedupe_key=f"file:{actor.member_id}:{about}:{int(now.timestamp())}"[:240],
        lane=Lane(f"file:{actor.member_id}"),
        subject=str(actor.member_id),
        payload={**wanted, ASKED_AT: f"{now:%Y-%m-%d-%H%M%S}"},
    )
    outbox.send(session, actor.workspace_id, now, item)
