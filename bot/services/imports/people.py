"""Rows of participants: read, checked, and written a part of the file at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import participants
from bot.services.imports.columns import Field, Table
from bot.services.imports.report import Report, RowOutcome, RowResult, quoted, report
from bot.services.imports.sheet import Row
from bot.services.participants import Effect, NewParticipant
from domain.errors import NotFound, RuleError
from domain.person import alias
from domain.roles import Actor
from storage import studies
from storage.participants import Profile
from storage.studies import StudyChoice

LONGEST_COLUMN_NAME = 80

OUTCOME = {
    Effect.ADDED: RowOutcome.ADDED,
    Effect.CHANGED: RowOutcome.CHANGED,
    Effect.UNCHANGED: RowOutcome.UNCHANGED,
}


def write_participants(
    session: Session, actor: Actor, table: Table, now: datetime, into: StudyChoice | None = None
) -> Report:
    """Add or bring up to date the participants of the table's rows. Statements do not grow with the rows.

    With `into` all of them are enrolled there, whatever study the rows name.
    """
    good, results = checked_rows(session, actor, table, into)
    if good:
        added = participants.write_all(session, actor, [new for _, new in good], now)
        results += [
            RowResult(row.number, OUTCOME[one.effect], alias(one.number))
            for (row, _), one in zip(good, added, strict=True)
        ]
    return report(table.kind, results, remarks(table))


def checked_rows(
    session: Session, actor: Actor, table: Table, into: StudyChoice | None = None
) -> tuple[list[tuple[Row, NewParticipant]], list[RowResult]]:
    """The participants that rows describe, and what the report says of the rows that a rule refuses."""
    called = {table.cell(row, Field.STUDY) for row in table.rows if into is None and is_sound(row, table)}
    choices = studies.choices(session, actor, called - {""}) if called - {""} else {}
    good: list[tuple[Row, NewParticipant]] = []
    results: list[RowResult] = []
    for row in table.rows:
        try:
            new = participant_of(actor, table, row, choices) if into is None else enrolled_in(actor, table, row, into)
            good.append((row, new))
        except RuleError as error:
            results.append(refused(table, row, error))
    return good, results


def participant_of(actor: Actor, table: Table, row: Row, choices: dict[str, StudyChoice]) -> NewParticipant:
    """The participant that a row describes. Raises RuleError with what is wrong in it."""
    check_width(table, row)
    study = study_of(table, row, choices)
    participants.check_may_add(actor, study)
    return NewParticipant(participants.checked(profile_of_row(table, row)), study)


def enrolled_in(actor: Actor, table: Table, row: Row, study: StudyChoice) -> NewParticipant:
    """The participant that a row describes, to be enrolled in that study. Raises RuleError as `participant_of`."""
    participants.check_may_add(actor, study)
    return NewParticipant(participants.checked(profile_of_row(table, row)), study)


def profile_of_row(table: Table, row: Row) -> Profile:
    """What a row says of a person, as it is written. Raises RuleError for a row that can't be read."""
    check_width(table, row)
    return Profile(
        email=email_of(table, row),
        name=name_of(table, row),
        phone=table.cell(row, Field.PHONE) or None,
        time_zone=table.cell(row, Field.TIME_ZONE) or None,
        properties=properties_of(table, row),
    )


def check_width(table: Table, row: Row) -> None:
    """Raise RuleError for a row with more cells than there are columns: nobody knows which is which."""
    if not is_sound(row, table):
        raise RuleError(
            f"The row has {len(row.cells)} cells, but there are {len(table.header)} columns. "
            "Put text that holds the delimiter into quotation marks."
        )


def is_sound(row: Row, table: Table) -> bool:
    return len(row.cells) == len(table.header)


def email_of(table: Table, row: Row) -> str:
    """The row's address as it is written."""
    cell = table.cell(row, Field.EMAIL)
    if not cell:
        raise RuleError("The e-mail address is missing.", Field.EMAIL)
    return cell


def name_of(table: Table, row: Row) -> str:
    """The person's name, from one column or from two."""
    parts = (table.cell(row, Field.FIRST_NAME), table.cell(row, Field.LAST_NAME))
    return table.cell(row, Field.NAME) or " ".join(part for part in parts if part)


def properties_of(table: Table, row: Row) -> dict[str, str]:
    """What the row's other columns say of the person, by their names."""
    return {name[:LONGEST_COLUMN_NAME]: row.cells[place] for name, place in table.extra if row.cells[place]}


def study_of(table: Table, row: Row, choices: dict[str, StudyChoice]) -> StudyChoice | None:
    """The study that the row names, None when it names none. Raises NotFound for one that the actor can't see."""
    called = table.cell(row, Field.STUDY)
    if not called:
        return None
    found = choices.get(called.lower())
    if found is None:
        raise NotFound(f"There is no study “{quoted(called)}” that you can see.", Field.STUDY)
    return found


def refused(table: Table, row: Row, error: RuleError) -> RowResult:
    """What the report says of a row that a rule refuses."""
    return RowResult(row.number, RowOutcome.REFUSED, column=table.column(error.field), reason=error.message)


def remarks(table: Table) -> list[str]:
    """What is to be said about the columns."""
    return [*table.remarks, kept(table)] if table.extra else [*table.remarks]


def kept(table: Table) -> str:
    """Which columns become properties."""
    return f"Kept as properties: {', '.join(f'“{quoted(name)}”' for name, _ in table.extra)}."
