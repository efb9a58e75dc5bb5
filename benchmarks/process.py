"""The bot as a process: how soon it is ready, what memory it holds while nobody asks, how soon it is gone."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure, spread
from benchmarks.processes import bot, ready, running, sandbox

MOST_MEGABYTES = 120
MOST_SECONDS_TO_READY = 2.0
MOST_SECONDS_TO_GONE = 5.0
STARTS = 5
IDLE_SECONDS = 3.0
"""So long that the first of every tick has come."""


def measure(folder: Path, database: Path, time_zone: str) -> list[Figure]:
    """Starts it a few times in Socket Mode, after once to compile its modules.

    The quickest start tells what the bot takes: the others tell what else the machine was doing.
    """
    starts, memories, stops = [], [], []
    with sandbox(folder, time_zone, "process-slack") as slack:
        compiling, url = bot(folder, "process-bot", slack, database, over_http=False)
        with running(compiling):
            ready(compiling, url)
        for number in range(STARTS):
            program, url = bot(folder, f"process-bot-{number}", slack, database, over_http=False)
            with running(program):
                starts.append(ready(program, url))
                time.sleep(IDLE_SECONDS)
                memories.append(program.resident_megabytes())
                stops.append(program.stop())
    of_starts = f"quickest of {STARTS} in Socket Mode, {spread(starts, 's')}"
    return [
        Figure("Process: start to ready", min(starts), "s", MOST_SECONDS_TO_READY, of_starts),
        Figure("Process: resident memory, idle", max(memories), "MB", MOST_MEGABYTES, f"most of {STARTS}"),
        Figure("Process: SIGTERM to gone", max(stops), "s", MOST_SECONDS_TO_GONE, f"slowest of {STARTS}"),
    ]
