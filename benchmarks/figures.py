"""What is measured, against what it may be at most, and the table of it all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "measured", "at most", "", "how it came about")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. Without a limit it is only told."""

    name: str
    measured: float
    unit: str = ""
    limit: float | None = None
    detail: str = ""

    @property
    def is_missed(self) -> bool:
        return self.limit is not None and self.measured > self.limit

    def cells(self) -> tuple[str, ...]:
        verdict = "" if self.limit is None else "MISSED" if self.is_missed else "met"
        limit = "" if self.limit is None else shown(self.limit, self.unit)
        return self.name, shown(self.measured, self.unit), limit, verdict, self.detail


def shown(value: float, unit: str) -> str:
    """A value with as many digits as it deserves."""
    number = f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.2f}"
    return f"{number} {unit}".rstrip()


def table(figures: Iterable[Figure]) -> str:
    """The figures, one a line."""
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(line(row, widths) for row in (rows[0], rule, *rows[1:]))


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    """A row of the table: numbers stand to the right."""
    cells = [
        cell.rjust(width) if column in (1, 2) else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Median and 95th percentile, to be read."""
    return f"p50 {p50(values):.2f}, p95 {p95(values):.2f} {unit}"


def milliseconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def interleaved(
    first: Callable[[], float], second: Callable[[], float], rounds: int, warm_up: int
) -> tuple[list[float], list[float]]:
    """What each of two measurements gives, by turns, so that whatever else the machine does meets both alike."""
    pairs = [(first(), second()) for _ in range(warm_up + rounds)][warm_up:]
    return [a for a, _ in pairs], [b for _, b in pairs]
