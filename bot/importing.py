"""Whole files brought in: a unit of work for each part, so that nobody waits for all of it.

A part that was brought in stays, whatever happens to the next: the same file once more changes nothing that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import imports, pending_imports
from bot.services.imports import ImportKind, Report
from bot.services.imports.columns import Chosen, Meaning
from bot.services.imports.preview import preview
from bot.services.imports.sheet import read_sheet
from domain.errors import NotFound, RuleError
from domain.importing import MEANINGS, ImportPreview
from domain.roles import Actor, Role
from storage import members
from storage.engine import Database
from storage.models import Workspace

Result = TypeVar("Result")


def preview_data(
    database: Database, actor: Actor, data: bytes, kind: ImportKind | None, chosen: Chosen, now: datetime
) -> ImportPreview:
    """What bringing in the bytes of a file would do. Raises RuleError for one that can't be read."""

    def rehearse(work: Callable[[Session], Result]) -> Result:
        with database.unit_of_work() as session:
            came_to = work(session)
            session.rollback()
            return came_to

    return preview(rehearse, actor, read_sheet(data), kind, chosen, now)


def import_data(
    database: Database,
    actor: Actor,
    data: bytes,
    kind: ImportKind | None,
    now: datetime,
    chosen: Chosen | None = None,
) -> Report:
    """Bring in the bytes of a CSV or .xlsx file as the actor; without a kind the file's columns decide.

    `chosen` is what columns mean that do not mean what their names say.

    Raises RuleError when the file can't be understood as a whole; rows that are refused are in the report.
    """
    table = imports.read(data, kind, chosen)
    report = Report(table.kind)
    for part in imports.parts(table):
        with database.unit_of_work() as session:
            report += imports.write(session, actor, part, now)
    return report


def import_into_study(database: Database, actor: Actor, data: bytes, study_id: int, now: datetime) -> Report:
    """Bring in the bytes of a CSV or .xlsx file of participants, all of whom are enrolled in the study.

    Raises RuleError as `import_data`, and NotFound for a study that the actor can't see.
    """
    table = imports.read(data, ImportKind.PARTICIPANTS)
    report = Report(table.kind)
    for part in imports.parts(table):
        with database.unit_of_work() as session:
            report += imports.write_into_study(session, actor, part, study_id, now)
    return report


@dataclass(frozen=True, slots=True)
class FileImport:
    """A file for the command line: `kind` is participants or interviews.

    `workspace` is Slack's id, needed only where there are several; `as_user` is an address or Slack's id of who acts,
    else the first Admin does. `columns` say what columns are that do not mean what their names say: `Work mail=email`.
    """

    kind: str
    path: Path
    workspace: str | None = None
    as_user: str | None = None
    columns: tuple[str, ...] = ()


def run_import(database: Database, wanted: FileImport, now: datetime) -> Report:
    """Bring in a file. Raises RuleError for somebody unknown, and for a file that can't be read or understood."""
    actor, data = opened(database, wanted)
    chosen = chosen_by_name(read_sheet(data).header, wanted.columns) if wanted.columns else None
    return import_data(database, actor, data, ImportKind(wanted.kind), now, chosen)


def run_preview(database: Database, wanted: FileImport, now: datetime) -> ImportPreview:
    """What bringing in the file would do. Raises RuleError as `run_import`."""
    actor, data = opened(database, wanted)
    chosen = chosen_by_name(read_sheet(data).header, wanted.columns)
    return preview_data(database, actor, data, ImportKind(wanted.kind), chosen, now)


def opened(database: Database, wanted: FileImport) -> tuple[Actor, bytes]:
    """Who brings the file in, and its bytes."""
    with database.reading() as session:
        actor = who_acts(session, the_workspace(session, wanted.workspace), wanted.as_user)
    try:
        return actor, wanted.path.read_bytes()
    except OSError as error:
        raise RuleError(f"{wanted.path} can't be read: {error.strerror}.") from error


def chosen_by_name(header: Sequence[str], columns: Sequence[str]) -> Chosen:
    """What is said of columns by their names, by their places. Raises RuleError for what names none."""
    found: dict[int, Meaning] = {}
    for text in columns:
        name, _, meaning = text.rpartition("=")
        if not name or meaning not in MEANINGS:
            raise RuleError(f"“{text}” does not say what a column is. Write “Work mail=email”: {', '.join(MEANINGS)}.")
        if name not in header:
            raise RuleError(f"The file has no column “{name}”. It has: {', '.join(filter(None, header))}.")
        found[header.index(name)] = pending_imports.meaning_of(meaning)
    return found


def the_workspace(session: Session, slack_team_id: str | None) -> Workspace:
    """The workspace with Slack's id, or (None) the only one."""
    if slack_team_id is not None:
        found = members.workspace_by_slack_id(session, slack_team_id)
        if found is None:
            raise NotFound(f"Callsheet is not installed in a workspace {slack_team_id}.")
        return found
    every = session.scalars(sa.select(Workspace).order_by(Workspace.id).limit(10)).all()
    if len(every) == 1:
        return every[0]
    if not every:
        raise NotFound("Callsheet is not installed in any workspace yet. Start it once, then import.")
    names = ", ".join(f"{workspace.slack_team_id} ({workspace.name})" for workspace in every)
    raise NotFound(f"There are several workspaces. Say which one: {names}.")


def who_acts(session: Session, workspace: Workspace, as_user: str | None) -> Actor:
    """The member with the address or Slack's id, or (None) the workspace's first Admin."""
    if as_user is None:
        admins = members.members_of_role(session, workspace.id, Role.ADMIN)
        if not admins:
            raise NotFound(f"{workspace.name} has no Admin yet. Say as whom to import, by e-mail address or Slack id.")
        return members.actor(session, min(admin.id for admin in admins))
    find = members.member_by_email if "@" in as_user else members.member_by_slack_id
    found = find(session, workspace.id, as_user)
    if found is None or not found.is_active:
        raise NotFound(f"{workspace.name} has no member {as_user}.")
    return members.actor(session, found.id)


def print_report(report: Report, out: TextIO | None = None) -> bool:
    """Print what an import did: a summary, the remarks, a line for each row refused. Whether every row went in."""
    out = out or sys.stdout
    for line in (report.summary, *report.remarks, *(problem.sentence for problem in report.problems)):
        print(line, file=out)
    return not report.problems


def print_preview(found: ImportPreview, out: TextIO | None = None) -> None:
    """Print what an import would do: columns, numbers, changes, the rows that would be refused."""
    out = out or sys.stdout
    for column in found.columns:
        print(f"“{column.name}” is: {MEANINGS[column.meaning]}", file=out)
    if found.refusal is not None:
        print(found.refusal, file=out)
        return
    changes = [f"{each.who}, {each.what}: {each.before or '–'} → {each.after}" for each in found.changes]
    for line in (f"This would happen: {found.summary}", *changes, *found.remarks, *found.problems):
        print(line, file=out)
