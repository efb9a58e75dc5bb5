"""What an import did, row by row, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
QUOTED_LENGTH = 60


class ImportKind(StrEnum):
    """What a file holds."""

    PARTICIPANTS = "participants"
    INTERVIEWS = "interviews"


class RowOutcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: the reference of what it made (`P17`, `CHK-7`), or the column and the reason."""

    row: int
    outcome: RowOutcome
    reference: str = ""
    column: str | None = None
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The row and why it was refused, to be read by a person."""
        where = f"Row {self.row}" + (f", “{quoted(self.column)}”" if self.column else "")
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """The rows of a file, or of a part of it, and remarks on the file as a whole. Parts add up."""

    kind: ImportKind
    rows: tuple[RowResult, ...] = ()
    remarks: tuple[str, ...] = ()

    def __add__(self, other: Report) -> Report:
        remarks = tuple(dict.fromkeys((*self.remarks, *other.remarks)))
        return replace(self, rows=(*self.rows, *other.rows), remarks=remarks)

    @property
    def problems(self) -> tuple[RowResult, ...]:
        """The rows that were refused, in the order of the file."""
        return tuple(row for row in self.rows if row.outcome is RowOutcome.REFUSED)

    @property
    def summary(self) -> str:
        """One sentence, e.g. `60 participants: 58 added, 2 refused.`"""
        numbers = Counter(row.outcome for row in self.rows)
        parts = [f"{numbers[outcome]:,} {outcome.value}" for outcome in RowOutcome if numbers[outcome]]
        noun = self.kind.value if len(self.rows) != 1 else self.kind.value.removesuffix("s")
        return f"{len(self.rows):,} {noun}: {', '.join(parts)}." if parts else "There is no row in the file."


def report(kind: ImportKind, rows: Iterable[RowResult], remarks: Iterable[str] = ()) -> Report:
    """A report with its rows in the order of the file."""
    return Report(kind, tuple(sorted(rows, key=lambda result: result.row)), tuple(dict.fromkeys(remarks)))


def quoted(cell: str) -> str:
    """What stands in a file, short and on one line, and never the beginning of a formula where it is pasted."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in cell).split())
    short = flat if len(flat) <= QUOTED_LENGTH else flat[: QUOTED_LENGTH - 1] + "…"
    return f"'{short}" if short.startswith(FORMULA_STARTS) else short
