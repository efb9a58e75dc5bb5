"""What an operator can see of a running Callsheet: Prometheus metrics, made once by the composition root."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

LISTENER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
"""Buckets of the listeners: Slack waits 3 seconds."""
SWEEP_SECONDS = (0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0)


@dataclass(frozen=True, slots=True)
class OutboxReading:
    """How the outbox stands: rows by state (but done), and how long the oldest that is due has waited."""

    rows: Mapping[str, int]
    oldest_pending: timedelta


class Metrics:
    """The figures of one process, in a registry of its own. `render` is what `/metrics` answers."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.listeners = Histogram(
            "callsheet_listener_duration_seconds",
            "From a payload's arrival at its listener to the acknowledgement.",
            ("listener", "outcome"),
            buckets=LISTENER_SECONDS,
            registry=self.registry,
        )
        self.deliveries = Counter(
            "callsheet_deliveries_total",
            "Attempts to send an outbox row, by how they ended.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.sweeps = Histogram(
            "callsheet_sweep_duration_seconds",
            "How long each sweep of a tick took.",
            ("sweep",),
            buckets=SWEEP_SECONDS,
            registry=self.registry,
        )
        self.sweep_errors = Counter(
            "callsheet_sweep_errors_total", "Sweeps that failed.", ("sweep",), registry=self.registry
        )
        self.slack_calls = Counter(
            "callsheet_slack_api_calls_total",
            "Calls of Slack's Web API, by method and by `ok` or Slack's error.",
            ("method", "status"),
            registry=self.registry,
        )
        self.calendar_sync_errors = Counter(
            "callsheet_calendar_sync_errors_total",
            "Calendars that could not be synchronised, by reason.",
            ("reason",),
            registry=self.registry,
        )

    @contextmanager
    def sweep(self, name: str) -> Iterator[None]:
        """Time a sweep, and count it as failed when the block raises."""
        began = time.perf_counter()
        try:
            yield
        except BaseException:
            self.sweep_errors.labels(name).inc()
            raise
        finally:
            self.sweeps.labels(name).observe(time.perf_counter() - began)

    def watch_outbox(self, read: Callable[[], OutboxReading | None]) -> None:
        """Show the outbox as `read` finds it at each scrape; None leaves it out (the database does not answer)."""
        self.registry.register(_OutboxCollector(read))

    def watch_socket(self, is_connected: Callable[[], bool]) -> None:
        """Show whether the Socket Mode connection is up."""
        Gauge(
            "callsheet_socket_connected", "1 while Socket Mode is connected, else 0.", registry=self.registry
        ).set_function(lambda: float(is_connected()))

    def render(self) -> bytes:
        """All figures in Prometheus' text format, of the type `content_type`."""
        return generate_latest(self.registry)


class _OutboxCollector(Collector):
    """Asks for the outbox's state when it is scraped, and at no other time."""

    def __init__(self, read: Callable[[], OutboxReading | None]) -> None:
        self._read = read

    def describe(self) -> Iterator[Metric]:
        yield from self._families(OutboxReading({}, timedelta()))

    def collect(self) -> Iterator[Metric]:
        reading = self._read()
        if reading is not None:
            yield from self._families(reading)

    @staticmethod
    def _families(reading: OutboxReading) -> Iterator[Metric]:
        rows = GaugeMetricFamily("callsheet_outbox_rows", "Outbox rows that have not gone out.", labels=["state"])
        for state, number in reading.rows.items():
            rows.add_metric([state], number)
        yield rows
        yield GaugeMetricFamily(
            "callsheet_outbox_oldest_pending_seconds",
            "How long the oldest due row has waited.",
            value=reading.oldest_pending.total_seconds(),
        )
