"""Tables as files: the participants, interviews and timelines of a study, or of the whole workspace."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.services import audit
from bot.services.audit import Audited
from bot.services.exports.files import ExportedFile, ExportFormat, ExportKind, as_csv, as_xlsx, dated
from domain.audit import AuditAction
from domain.errors import RuleError
from domain.interview import Door
from domain.roles import Actor, Permission
from domain.study import StudyLine
from storage import exports, studies
from storage.exports import Line, Scope

MOST_LINES = 200_000
"""Lines of one file; more are taken out study by study."""

READ: dict[ExportKind, Callable[[Session, Scope], tuple[tuple[str, ...], Iterator[Line]]]] = {
    ExportKind.PARTICIPANTS: exports.participants,
    ExportKind.INTERVIEWS: exports.interview_lines,
    ExportKind.TIMELINE: exports.timeline,
}
TABLES = tuple(READ)


def table_called(text: str) -> ExportKind:
    """The table of that name. Raises RuleError for another."""
    if text.strip().lower() not in TABLES:
        raise RuleError(f"What? Write {', '.join(TABLES[:-1])} or {TABLES[-1]}.", "what")
    return ExportKind(text.strip().lower())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which table, of the study of that key (empty: of the workspace), in which format."""

    kind: ExportKind
    study_key: str
    form: ExportFormat


def ask(session: Session, actor: Actor, wanted: Wanted, now: datetime, door: Door = Door.SLACK) -> dict[str, Any]:
    """What to ask `exports` for; the audit log notes it. Raises NotFound and NotAllowed."""
    kind, form = wanted.kind, wanted.form
    line = check_may(session, actor, wanted.study_key)
    where = f" of {line.key}" if line is not None else ""
    text = f"exported the {kind.value}{where} as {form.value.upper()}"
    audit.note(session, actor, Audited(AuditAction.EXPORTED, text, study_id=line.id if line else None), now, door)
    return {"export": kind.value, "study": line.key if line is not None else "", "format": form.value}


def check_may(session: Session, actor: Actor, study_key: str) -> StudyLine | None:
    """The study whose table the actor may have, None for the whole workspace. Raises NotFound and NotAllowed."""
    if not study_key.strip():
        if not actor.may(Permission.EXPORT_PEOPLE) and actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
            raise RuleError("Name a study of yours: you may export your own studies only.", "study")
        actor.require(Permission.EXPORT_PEOPLE)
        return None
    line = studies.by_key(session, actor, study_key)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=line.is_own)
    return line


def make(session: Session, actor: Actor, wanted: Mapping[str, Any], now: datetime) -> ExportedFile:
    """The file. Raises NotFound, NotAllowed for who may not have it (any more), and RuleError when it is too long."""
    line = check_may(session, actor, wanted["study"])
    kind, form = ExportKind(wanted["export"]), ExportFormat(wanted["format"])
    scope = Scope(actor.workspace_id, line.id if line is not None else None, actor.time_zone, now)
    header, lines = READ[kind](session, scope)
    found = list(itertools.islice(lines, MOST_LINES + 1))
    if len(found) > MOST_LINES:
        raise RuleError(f"That is more than {MOST_LINES:,} lines. Export it study by study.")
    name = dated(f"{line.key if line is not None else 'all'}-{kind.value}", form, wanted, now)
    data = as_csv(header, found) if form is ExportFormat.CSV else as_xlsx(header, found, kind.value.capitalize())
    where = f" of {line.key}" if line is not None else ""
    return ExportedFile(name, f"{kind.value.capitalize()}{where}", data)
