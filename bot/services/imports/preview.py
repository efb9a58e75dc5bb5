"""What a file would do, found out without writing anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from bot.services import participants
from bot.services.imports.columns import Chosen, Table, guessed, kind_of, understood
from bot.services.imports.people import OUTCOME, checked_rows, kept
from bot.services.imports.report import ImportKind, Report, RowOutcome, RowResult, quoted, report
from bot.services.imports.sessions import write_interviews
from bot.services.imports.sheet import Sheet
from bot.services.participants import SortedOut
from domain.errors import RuleError
from domain.importing import ImportChange, ImportColumn, ImportPreview
from domain.person import alias
from domain.roles import Actor
from storage import people
from storage.participants import Profile

CHANGES_SHOWN = 5
PART = 500
HIDDEN = "•••"

Result = TypeVar("Result")


class Rehearse(Protocol):
    """Does something in a unit of work of its own, and takes it back."""

    def __call__(self, work: Callable[[Session], Result]) -> Result:
        """What the work came to."""
        ...


def preview(
    rehearse: Rehearse, actor: Actor, sheet: Sheet, kind: ImportKind | None, chosen: Chosen, now: datetime
) -> ImportPreview:
    """What bringing in the sheet would do. Interviews are brought in and taken back, part by part: nobody waits for
    all of them.
    """
    kind = kind or kind_of(sheet)
    columns = columns_of(sheet, kind, chosen)
    try:
        table = understood(sheet, kind, chosen)
    except RuleError as error:
        return ImportPreview(kind.value, columns, refusal=error.message)
    if kind is ImportKind.PARTICIPANTS:
        return rehearse(lambda session: of_participants(session, actor, table, columns))
    found = Report(table.kind)
    for part in table.parts(PART):
        found += rehearse(partial(write_interviews, actor=actor, table=part, now=now))
    return told(found, table, columns)


def columns_of(sheet: Sheet, kind: ImportKind, chosen: Chosen) -> tuple[ImportColumn, ...]:
    """The columns with what they are taken for, and the first that stands in each."""
    meanings = {**guessed(sheet.header, kind), **chosen}

    def sample(place: int) -> str:
        return next((row.cells[place] for row in sheet.rows if len(row.cells) > place and row.cells[place]), "")

    return tuple(
        ImportColumn(place, quoted(name), quoted(sample(place)), meanings[place].value)
        for place, name in enumerate(sheet.header)
    )


def told(found: Report, table: Table, columns: tuple[ImportColumn, ...]) -> ImportPreview:
    """A preview of a report on rows of which none was written. Its columns say what is kept as properties."""
    problems = tuple(problem.sentence for problem in found.problems)
    is_new = any(row.outcome in (RowOutcome.ADDED, RowOutcome.CHANGED) for row in found.rows)
    return ImportPreview(
        kind=found.kind.value,
        columns=columns,
        summary=found.summary,
        problems=problems,
        good=len(found.rows) - len(problems) if is_new else 0,
        remarks=tuple(remark for remark in found.remarks if remark != kept(table)),
    )


def of_participants(session: Session, actor: Actor, table: Table, columns: tuple[ImportColumn, ...]) -> ImportPreview:
    good, refused = checked_rows(session, actor, table)
    found = participants.foreseen(session, actor, [new for _, new in good])
    rows = [RowResult(row.number, OUTCOME[effect]) for (row, _), effect in zip(good, found.effects, strict=True)]
    seen = people.known_by_name(session, actor, [person.id for person in found.known.values()])
    different = list(changes(found, seen))
    return replace(
        told(report(table.kind, [*refused, *rows], table.remarks), table, columns),
        changes=tuple(different[:CHANGES_SHOWN]),
        changed=len(found.changed),
        merged=len(good) - len({found.address[new.profile.email] for _, new in good}),
    )


def changes(found: SortedOut, seen: Collection[int]) -> Iterator[ImportChange]:
    """What would be known otherwise of people who are there; what was known, of those of `seen` alone (ids)."""
    for address in found.changed:
        person = found.known[address]
        for what, before, after in differences(found.before[address], found.after[address]):
            was = quoted(before) if person.id in seen or not before else HIDDEN
            yield ImportChange(alias(person.number), what, was, quoted(after))


def differences(before: Profile, after: Profile) -> Sequence[tuple[str, str, str]]:
    pairs = [
        ("Name", before.name, after.name),
        ("Phone", before.phone or "", after.phone or ""),
        ("Time zone", before.time_zone or "", after.time_zone or ""),
        *((name, before.properties.get(name, ""), value) for name, value in after.properties.items()),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]
