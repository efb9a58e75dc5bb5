"""How long files of participants and of interviews take, from their bytes to the last commit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.data import ASKER, HOSTS, STUDIES, address, fill
from benchmarks.figures import Figure
from bot.importing import FileImport, run_import
from bot.services.imports import RowOutcome
from storage.engine import Database

MOST_SECONDS = 10.0
DAYS = 400
AHEAD = 20
"""One row in so many is a session that is still ahead: few of what a team brings along are."""


def measure(folder: Path, now: datetime, rows: int) -> list[Figure]:
    """A file of each kind, into a team that has next to nothing yet."""
    database = Database(f"sqlite:///{folder / 'imports.db'}")
    fill(database, now, interviews=STUDIES)
    people = brought_in(database, folder, "participants", participants(rows), now)
    past = brought_in(database, folder, "interviews", interviews(rows, now, way=-1), now)
    ahead = brought_in(database, folder, "interviews", interviews(rows // AHEAD, now, way=1), now)
    database.dispose()
    rate = rows // AHEAD / ahead.measured
    return [people, past, Figure("Import: interviews ahead", rate, "rows/s", detail="each booked as by hand")]


def brought_in(database: Database, folder: Path, kind: str, lines: Iterator[str], now: datetime) -> Figure:
    """Import a file. Raises RuntimeError unless every row went in."""
    path = folder / f"{kind}.csv"
    path.write_text("\n".join(lines))
    began = time.perf_counter()
    report = run_import(database, FileImport(kind, path, as_user=ASKER), now)
    seconds = time.perf_counter() - began
    if any(row.outcome is not RowOutcome.ADDED for row in report.rows):
        raise RuntimeError(f"{report.summary} {report.problems[:3]}")
    rows = len(report.rows)
    return Figure(f"Import: {rows:,} {kind}", seconds, "s", MOST_SECONDS, f"{rows / seconds:,.0f} rows/s")


def participants(rows: int) -> Iterator[str]:
    yield "Study,E-mail,First name,Last name,Phone,Time zone,Company"
    for number in range(rows):
        name, phone = f"Ada,Person {number}", f"+49 30 {number:06}"
        yield f"S{number % STUDIES},{email(number)},{name},{phone},Europe/Berlin,Acme {number % 50}"


def interviews(rows: int, now: datetime, way: int) -> Iterator[str]:
    """Sessions of half an hour, a slot later each time that the days have been gone through: back (-1) or ahead (1)."""
    yield "Study,E-mail,Start,Duration,Host,Status,Title"
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(rows):
        away = timedelta(days=2 + number % DAYS, minutes=30 * (number // DAYS))
        when = f"{(midnight + way * away).isoformat()},30,{address(number % HOSTS)}"
        status = "" if way > 0 else "no-show" if number % 10 == 0 else "completed"
        yield f"S{number % STUDIES},{email(number)},{when},{status},Session {number}"


def email(number: int) -> str:
    return f"new{number}@example.com"
