"""Commands and App Home over Socket Mode until somebody sees the answer, with few and with many interviews stored."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clients import Person
from benchmarks.data import OLD
from benchmarks.figures import Figure, interleaved, milliseconds, p50, spread
from benchmarks.processes import bot, ready, running, sandbox
from bot.services.outgoing import Kind

MOST_TIMES_SMALL = 1.3
WARM_UP = 10
OPEN = "SELECT 1 FROM outbox WHERE kind = ? AND state IN ('pending', 'claimed')"


@dataclass(frozen=True, slots=True)
class Side:
    """A bot, its database, and a person in front of it. What the person does takes so many milliseconds."""

    database: Path
    person: Person

    def today(self) -> float:
        return milliseconds(lambda: self.person.command("/interview today"))

    def details(self) -> float:
        return milliseconds(lambda: self.person.command(f"/interview {OLD}"))

    def home(self) -> float:
        """The bot draws App Home only when something in it has changed: here it is made to forget that it did."""
        self.forget_home()
        seen = self.person.home()
        return milliseconds(lambda: self.person.open_home(seen))

    def forget_home(self) -> None:
        """Once the bot has noted what it drew last."""
        with closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)) as connection:
            while connection.execute(OPEN, (Kind.HOME,)).fetchone():
                time.sleep(0.005)
            connection.execute("DELETE FROM projections WHERE kind = ?", (Kind.HOME,))


def measure(folder: Path, small: Path, large: Path, time_zone: str, rounds: int) -> list[Figure]:
    """Two bots, each with a Slack of its own, are asked by turns."""
    with ExitStack() as stack:
        few, many = (started(stack, folder, database, time_zone) for database in (small, large))
        for side in (few, many):
            side.today()
            check(side.person, "S0-")
            side.details()
            check(side.person, OLD)
        return [
            compared("/interview today", few.today, many.today, rounds),
            compared("/interview KEY-7", few.details, many.details, rounds),
            compared("App Home", few.home, many.home, rounds),
        ]


def started(stack: ExitStack, folder: Path, database: Path, time_zone: str) -> Side:
    """A bot that has joined a Slack of its own."""
    name = database.stem
    slack = stack.enter_context(sandbox(folder, time_zone, f"{name}-slack"))
    program, url = bot(folder, f"{name}-bot", slack, database, over_http=False)
    stack.enter_context(running(program))
    ready(program, url)
    person = Person(slack["url"])
    stack.callback(person.close)
    return Side(database, person)


def check(person: Person, expected: str) -> None:
    """Raise unless the last answer shows what it should: a refusal would be quick, too."""
    message = json.dumps(person.last_message())
    if expected not in message:
        raise RuntimeError(f"The answer does not show {expected}: {message[:300]}")


def compared(name: str, few: Callable[[], float], many: Callable[[], float], rounds: int) -> Figure:
    """How many times longer it takes with many interviews."""
    of_few, of_many = interleaved(few, many, rounds, WARM_UP)
    detail = f"few: {spread(of_few)}; many: {spread(of_many)}; {rounds} each by turns"
    return Figure(f"Socket Mode: {name}, many ÷ few", p50(of_many) / p50(of_few), "×", MOST_TIMES_SMALL, detail)
