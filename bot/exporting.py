"""Taking out and erasing people from the command line, as a member of the workspace."""

from __future__ import annotations

from datetime import datetime

from bot.importing import the_workspace, who_acts
from bot.services import erasing, exports
from bot.services.exports import ExportedFile, tables
from bot.services.exports import person as export_person
from bot.services.exports.files import OF_A_TABLE, format_called
from domain.erasure import Erasure
from domain.interview import Door
from storage.engine import Database


def run_export_of_person(
    database: Database, called: str, form: str, workspace: str | None, as_user: str | None, now: datetime
) -> ExportedFile:
    """Everything about the participant with that alias or address. The audit log notes it.

    `workspace` is Slack's id, needed only where there are several; `as_user` is an address or Slack's id of who acts,
    else the first Admin does. Raises RuleError for an unknown one, and for somebody who may not.
    """
    with database.unit_of_work() as session:
        actor = who_acts(session, the_workspace(session, workspace), as_user)
        _, wanted = export_person.ask(session, actor, called, format_called(form), now, Door.SYSTEM)
        return exports.make(session, actor, wanted, now)


def run_export_of_table(
    database: Database, kind: str, study: str, form: str, who: tuple[str | None, str | None], now: datetime
) -> ExportedFile:
    """The participants, interviews or timelines of a study, or with an empty key of the workspace.

    `who` is the workspace and who acts, as above. Raises RuleError as above.
    """
    workspace, as_user = who
    with database.unit_of_work() as session:
        actor = who_acts(session, the_workspace(session, workspace), as_user)
        table = tables.Wanted(tables.table_called(kind), study, format_called(form, OF_A_TABLE))
        wanted = tables.ask(session, actor, table, now, Door.SYSTEM)
        return exports.make(session, actor, wanted, now)


def run_erase(
    database: Database, called: str, workspace: str | None, as_user: str | None, now: datetime, *, is_dry: bool
) -> Erasure:
    """Erase the participant with that alias or address, or (`is_dry`) say what that would do. Raises as above."""
    with database.unit_of_work() as session:
        actor = who_acts(session, the_workspace(session, workspace), as_user)
        if is_dry:
            return erasing.preview(session, actor, called, now)
        return erasing.erase(session, actor, called, now, Door.SYSTEM)
