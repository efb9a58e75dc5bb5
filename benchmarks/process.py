"""The bot as a process: how soon it is ready, what memory it holds while nobody asks, how soon it is gone."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure, p50
from benchmarks.processes import bot, ready, running, sandbox

MOST_MEGABYTES = 120
MOST_SECONDS_TO_READY = 2.0
MOST_SECONDS_TO_GONE = 5.0
STARTS = 5
IDLE_SECONDS = 3.0
"""So long that the first of every tick has come."""


def measure(folder: Path, database: Path, time_zone: str) -> list[Figure]:
    """Starts it a few times in Socket Mode: medians, and the most memory that was seen."""
    starts, memories, stops = [], [], []
    with sandbox(folder, time_zone, "process-slack") as slack:
        for number in range(STARTS):
            program, url = bot(folder, f"process-bot-{number}", slack, database, over_http=False)
            with running(program):
                starts.append(ready(program, url))
                time.sleep(IDLE_SECONDS)
                memories.append(program.resident_megabytes())
                stops.append(program.stop())
    detail = f"median of {STARTS} starts, Socket Mode"
    return [
        Figure("Process: start to ready", p50(starts), "s", MOST_SECONDS_TO_READY, detail),
        Figure("Process: resident memory, idle", max(memories), "MB", MOST_MEGABYTES, f"most of {STARTS} starts"),
        Figure("Process: SIGTERM to gone", p50(stops), "s", MOST_SECONDS_TO_GONE, detail),
    ]
