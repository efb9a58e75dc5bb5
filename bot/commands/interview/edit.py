"""Editing what an interview says: title, description, where it is held, link and passcode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import editing as blocks
from bot.blocks.ids import InterviewId
from bot.services import editing, schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.editing import Details, location
from domain.errors import RuleError
from domain.roles import Actor
from domain.study import LocationKind

capability = Capability()


@dataclass(frozen=True, slots=True)
class Editing(Metadata):
    """Which interview the modal edits, and the fingerprint of the details that it was filled with."""

    interview_id: int = 0
    seen: str = ""


@capability.subcommand(
    "/interview", "edit", summary="Edit title, description, place, link or passcode", usage="KEY-7", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    return ask(session, actor, schedule.called(session, actor, arguments), channel_id)


@capability.action(InterviewId.EDIT, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    return ask(session, actor, int(value), channel_id)


def ask(session: Session, actor: Actor, interview_id: int, channel_id: str) -> Outcome:
    """Open the modal, filled with what is."""
    line, present = editing.to_edit(session, actor, interview_id)
    metadata = Editing(channel_id, line.id, present.fingerprint).dump()
    return Open(blocks.edit_modal(line, present, metadata))


@capability.submission(InterviewId.EDIT_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """Save what was changed. A description that was too long for the modal stays as it is."""
    shown = Editing.load(metadata)
    if fields.get("location") not in list(LocationKind):
        raise RuleError("Choose where it is held.", "location")
    line, present = editing.to_edit(session, actor, shown.interview_id)
    wanted = Details(
        title=fields.get("title") or "",
        description=(fields["description"] or "") if "description" in fields else present.description,
        location=location(LocationKind(fields["location"]), fields.get("link") or "", fields.get("passcode") or ""),
    )
    edited = editing.edit(session, actor, line.id, wanted, shown.seen, now)
    return Close(say(blocks.edited_text(edited)))
