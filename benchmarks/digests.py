"""A digest tick over many team channels, without Slack's time; and what the worker then does with each message."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.data import fill_teams
from benchmarks.figures import Figure
from benchmarks.instant_slack import InstantSlack
from bot.clock import SystemClock
from bot.deliveries import digest
from bot.deliveries.tools import Tools
from bot.jobs import digests
from storage import outbox
from storage.engine import Database
from storage.outbox import Delivery
from tests.builders import counted_statements

FEW, MANY = 1, 10
"""Sessions a channel: either fit into one message."""
LEASE = timedelta(minutes=10)
AT_ONCE = 4
"""Messages that the worker claims at once: one for each of its threads."""


@dataclass(frozen=True, slots=True)
class Run:
    """A tick, and the deliveries that followed: their statements and seconds."""

    messages: int
    tick_statements: int
    tick_seconds: float
    sent_statements: int
    sent_seconds: float


def measure(folder: Path, now: datetime, channels: int) -> list[Figure]:
    """The same number of channels twice, with few and with many sessions in each."""
    few, many = (run(folder / f"digests-{sessions}.db", now, channels, sessions) for sessions in (FEW, MANY))
    of_tick = f"{many.tick_statements} and {few.tick_statements} for {channels:,} channels of {MANY} and of {FEW}"
    of_sent = f"{many.sent_statements} and {few.sent_statements} to claim, read and mark {channels:,} messages"
    grown = abs(many.tick_statements - few.tick_statements), abs(many.sent_statements - few.sent_statements)
    return [
        Figure(f"Digest tick: SQL, {MANY} sessions − {FEW}", grown[0], "statements", 0, of_tick),
        Figure(f"Digest messages: SQL, {MANY} sessions − {FEW}", grown[1], "statements", 0, of_sent),
        Figure("Digest tick", channels / many.tick_seconds, "channels/s", detail=f"{MANY} sessions each"),
        Figure(
            "Digest messages", channels / many.sent_seconds, "channels/s", detail="one thread, a Slack without delay"
        ),
    ]


def run(path: Path, now: datetime, channels: int, sessions: int) -> Run:
    """One tick over a fresh database, then every message brought out. Raises unless each channel got one."""
    database = Database(f"sqlite:///{path}")
    fill_teams(database, now, channels, sessions)
    slack = InstantSlack()
    tools = Tools(database, SystemClock(), slack, calendar=None, mailer=None, public_url=None)
    with counted_statements(database) as of_tick:
        began = time.perf_counter()
        messages = digests.sweep(database, now)
        tick_seconds = time.perf_counter() - began
    with counted_statements(database) as of_sent:
        began = time.perf_counter()
        for delivery in claimed(tools):
            digest.post(delivery, tools)
            with database.unit_of_work() as session:
                outbox.finish(session, delivery, tools.clock.now())
        sent_seconds = time.perf_counter() - began
    database.dispose()
    posted = {arguments["channel"] for method, arguments in slack.calls if method == "chat.postMessage"}
    if messages != channels or len(posted) != channels:
        raise RuntimeError(f"{channels} digests were due, but {messages} are found and {len(posted)} posted.")
    return Run(messages, len(of_tick), tick_seconds, len(of_sent), sent_seconds)


def claimed(tools: Tools) -> Iterator[Delivery]:
    """What is to be sent, as the worker claims it."""
    while True:
        with tools.database.unit_of_work() as session:
            some = outbox.claim(session, tools.clock.now(), LEASE, AT_ONCE)
        if not some:
            return
        yield from some
