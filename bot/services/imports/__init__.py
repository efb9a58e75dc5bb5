"""Bringing in what a team has in files: participants and interviews, from CSV and workbooks as people export them.

`read` understands a file, `write` brings in a part of it within one unit of work; whoever has a whole file calls
`write` a part at a time (see `bot.importing`). Whatever comes a second time changes nothing, so that a file can always
be brought in again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from bot.services.imports.columns import Chosen, Table, understood
from bot.services.imports.people import write_participants
from bot.services.imports.report import ImportKind, Report, RowOutcome, RowResult
from bot.services.imports.sessions import write_interviews
from bot.services.imports.sheet import read_sheet
from domain.errors import NotFound
from domain.roles import Actor
from storage import studies

PART_SIZE = 500
"""Rows a unit of work, so that others wait for a fraction of a second at most."""

__all__ = [
    "ImportKind",
    "Report",
    "RowOutcome",
    "RowResult",
    "Table",
    "import_interviews",
    "parts",
    "read",
    "write",
    "write_into_study",
]

WRITE = {ImportKind.PARTICIPANTS: write_participants, ImportKind.INTERVIEWS: write_interviews}


def read(data: bytes, kind: ImportKind | None = None, chosen: Chosen | None = None) -> Table:
    """The table in a file; without a kind its columns decide. Raises RuleError when it can't be understood."""
    return understood(read_sheet(data), kind, chosen)


def parts(table: Table) -> Iterator[Table]:
    """The table in parts for a unit of work each."""
    return table.parts(PART_SIZE)


def write(session: Session, actor: Actor, part: Table, now: datetime) -> Report:
    """Bring in a part of a file. Rows that a rule refuses are in the report; the others go in."""
    return WRITE[part.kind](session, actor, part, now)


def write_into_study(session: Session, actor: Actor, part: Table, study_id: int, now: datetime) -> Report:
    """Bring in a part of a file of participants, all of whom are enrolled in the study. Raises NotFound for none."""
    line = studies.by_id(session, actor, study_id)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    return write_participants(session, actor, part, now, studies.choices(session, actor, [line.key])[line.key.lower()])


def import_interviews(session: Session, actor: Actor, data: bytes, now: datetime) -> Report:
    """Bring in a whole file of interviews within one unit of work: those ahead are booked, those past logged."""
    return write_whole(session, actor, read(data, ImportKind.INTERVIEWS), now)


def write_whole(session: Session, actor: Actor, table: Table, now: datetime) -> Report:
    """Bring in every part of a table, one after the other."""
    done = Report(table.kind)
    for part in parts(table):
        done += write(session, actor, part, now)
    return done
