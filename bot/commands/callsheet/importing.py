"""A file that was dropped and looked at: bring it in, choose its columns, or leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import importing as blocks
from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.services import pending_imports
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Replace, say
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Pending(Metadata):
    """Which file, and which choice of its columns was shown."""

    pending_id: int = 0
    round: int = 0

    @classmethod
    def of(cls, value: str, channel_id: str = "") -> Pending:
        """What a button carries (see `bot.blocks.importing.value_of`)."""
        pending_id, _, round_ = value.partition(":")
        return cls(channel_id, int(pending_id), int(round_))


@capability.action(CallsheetId.IMPORT_GO)
def go(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    pending = Pending.of(value)
    file = pending_imports.go(session, actor, pending.pending_id, pending.round, now)
    return replaced(blocks.decided_text(file.name, "is being brought in. You hear here what became of it."))


@capability.action(CallsheetId.IMPORT_DROP)
def drop(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    pending = Pending.of(value)
    file = pending_imports.drop(session, actor, pending.pending_id, pending.round, now)
    return replaced(blocks.decided_text(file.name, "was left alone. Nothing was brought in."))


def replaced(text: str) -> Outcome:
    return Replace(text, [kit.section(text)])


@capability.action(CallsheetId.IMPORT_COLUMNS, reads=True)
def open_columns(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    wanted = Pending.of(value, channel_id)
    found = pending_imports.undecided(session, actor, wanted.pending_id, wanted.round)
    columns = pending_imports.columns(found)
    return Open(blocks.columns_modal(found.file["name"], found.kind or "participants", columns, wanted.dump()))


@capability.submission(CallsheetId.IMPORT_COLUMNS_MODAL)
def choose(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    pending = Pending.load(metadata)
    meanings = {
        int(name.removeprefix("column_")): value
        for name, value in fields.items()
        if name.startswith("column_") and value
    }
    kind = fields.get("kind") or ""
    file = pending_imports.choose(session, actor, pending.pending_id, pending.round, kind, meanings, now)
    return Close(say(blocks.decided_text(file.name, "is looked at again. The result follows.")))
