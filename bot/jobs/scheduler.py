"""The ticks: APScheduler wakes a handful of fixed sweeps; what is due stands in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.logs import bind_reference
from bot.metrics import Metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """A sweep and how often it is run, in seconds. It never runs twice at once in a process."""

    name: str
    seconds: float
    sweep: Callable[[], object]
    turn: threading.Lock = field(default_factory=threading.Lock)


class Ticks:
    """Runs the sweeps. Nothing is remembered here: a missed tick is made up for by the next."""

    def __init__(self, ticks: Sequence[Tick], metrics: Metrics) -> None:
        self._ticks = ticks
        self._metrics = metrics
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        for tick in self._ticks:
            self._scheduler.add_job(self.run, "interval", args=[tick], seconds=tick.seconds, id=tick.name, jitter=1)
        self._scheduler.start()
        self.run_soon()

    def run_soon(self, *names: str) -> None:
        """Run these sweeps now, or all of them: the clock was moved, or a calendar has news."""
        for tick in self._ticks:
            if not names or tick.name in names:
                self._scheduler.add_job(self.run, args=[tick])

    def run_now(self, name: str) -> None:
        """Run one sweep here and return when it is done."""
        for tick in self._ticks:
            if tick.name == name:
                self.run(tick)

    def run(self, tick: Tick) -> None:
        """One sweep. A failure is logged and counted; the next tick tries again."""
        with tick.turn, bind_reference(sweep=tick.name):
            try:
                with self._metrics.sweep(tick.name):
                    tick.sweep()
            except Exception:
                log.exception("sweep failed")

    def stop(self) -> None:
        """Finish what runs, start nothing new."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
