"""Everything about one person, for them: whoever asks a team for their data gets this file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services import audit
from bot.services.audit import Audited
from bot.services.exports.files import ExportedFile, ExportFormat, ExportKind, as_csv, as_json, dated, flat
from domain.audit import AuditAction
from domain.interview import Door
from domain.person import alias
from domain.roles import Actor, Permission
from storage import people, personal_data
from storage.models import Participant


def ask(
    session: Session, actor: Actor, called: str, form: ExportFormat, now: datetime, door: Door = Door.SLACK
) -> tuple[Participant, dict[str, Any]]:
    """The participant with that alias or address, and what to ask `exports` for; the audit log notes it.

    Raises NotFound and NotAllowed: a file is whole, or it is none, so it is for those who may see everything.
    """
    actor.require(Permission.EXPORT_PEOPLE)
    person, _ = people.one(session, actor, called)
    text = f"exported everything about {alias(person.number)} as {form.value.upper()}"
    audit.note(session, actor, Audited(AuditAction.EXPORTED, text, person.id), now, door)
    return person, {"export": ExportKind.PERSON.value, "participant_id": person.id, "format": form.value}


def make(session: Session, actor: Actor, wanted: Mapping[str, Any], now: datetime) -> ExportedFile:
    """The file. Raises NotFound, and NotAllowed for somebody who may not have it (any more)."""
    actor.require(Permission.EXPORT_PEOPLE)
    person = personal_data.of_workspace(session, actor.workspace_id, int(wanted["participant_id"]))
    found = personal_data.collect(session, person, now)
    form = ExportFormat(wanted["format"])
    data = as_json(found) if form is ExportFormat.JSON else as_csv(("section", "field", "value"), flat(found))
    return ExportedFile(
        dated(alias(person.number), form, wanted, now), f"Everything about {alias(person.number)}", data
    )
