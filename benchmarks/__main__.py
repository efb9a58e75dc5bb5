"""`python -m benchmarks`: measure everything, print one table, and leave with 1 if a figure is missed."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import (
    acknowledged,
    booking_page,
    booking_rush,
    digests,
    imports,
    people,
    process,
    slots,
    statements,
    taps,
    visible,
)
from benchmarks.data import fill, zone_at_dawn
from benchmarks.figures import Figure, table
from bot.clock import SystemClock
from storage.engine import Database


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is stored, and how often each thing is asked for."""

    few: int = 1_000
    many: int = 100_000
    requests: int = 1_000
    rounds: int = 60
    channels: int = 1_000
    rows: int = 10_000
    bookings: int = 1_000
    people: int = 1_000
    seats: int = 100
    on_postgresql: int = 1_000_000
    on_sqlite: int = 200_000


def main(sizes: Sizes = Sizes()) -> int:
    """Everything in turn, in a folder of its own."""
    began = time.perf_counter()
    with TemporaryDirectory(prefix="callsheet-bench-") as name:
        figures = measured(Path(name), sizes, SystemClock().now())
    missed = [figure.name for figure in figures if figure.is_missed]
    print(f"\n{table(figures)}\n")
    print(
        f"{os.cpu_count()} CPUs, on average {os.getloadavg()[1]:.1f} busy or waited for (five minutes), "
        f"Python {platform.python_version()}, SQLite; {time.perf_counter() - began:.0f} s in all"
    )
    print(f"Missed: {'; '.join(missed)}." if missed else "Every figure is met.")
    return 1 if missed else 0


def measured(folder: Path, sizes: Sizes, now: datetime) -> list[Figure]:
    """Every figure, in the order of the table."""
    few, many, zone = folder / "few.db", folder / "many.db", zone_at_dawn(now)
    told(f"Storing {sizes.few:,} and {sizes.many:,} interviews", lambda: store(few, many, sizes, now))
    parts: dict[str, Callable[[], list[Figure]]] = {
        "Starting and stopping": lambda: process.measure(folder, many, zone),
        "Commands over HTTP": lambda: acknowledged.measure(folder, many, zone, sizes.requests),
        "Commands and App Home over Socket Mode": lambda: visible.measure(folder, few, many, zone, sizes.rounds),
        "Taps on a card": lambda: taps.measure(folder, many, zone, sizes.rounds),
        "Statements": lambda: counted(few, many),
        "Digests": lambda: digests.measure(folder, now, sizes.channels),
        "Imports": lambda: imports.measure(folder, now, sizes.rows),
        "The page with free times": lambda: booking_page.measure(folder, now, sizes.bookings),
        "Booking rush": lambda: booking_rush.measure(folder, now, sizes.people, sizes.seats),
        "Slots": lambda: slots.measure(now, sizes.rounds),
        "Very many people": lambda: people.measure(folder, now, sizes.on_postgresql, sizes.on_sqlite, sizes.rounds),
    }
    return [figure for what, measure in parts.items() for figure in told(what, measure)]


def store(few: Path, many: Path, sizes: Sizes, now: datetime) -> list[Figure]:
    for path, interviews in ((few, sizes.few), (many, sizes.many)):
        database = Database(f"sqlite:///{path}")
        fill(database, now, interviews)
        database.dispose()
    return []


def counted(few: Path, many: Path) -> list[Figure]:
    databases = [Database(f"sqlite:///{path}") for path in (few, many)]
    try:
        return [*statements.measure(*databases), *taps.counted(*databases)]
    finally:
        for database in databases:
            database.dispose()


def told(what: str, measure: Callable[[], list[Figure]]) -> list[Figure]:
    """Say what is being done, and how long it took."""
    print(f"{what} … ", end="", flush=True, file=sys.stderr)
    began = time.perf_counter()
    figures = measure()
    print(f"{time.perf_counter() - began:.0f} s", flush=True, file=sys.stderr)
    return figures


if __name__ == "__main__":
    sys.exit(main())
