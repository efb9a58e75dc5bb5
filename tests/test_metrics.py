"""Metrics: an operator sees the outbox, the listeners, the sweeps and the connection."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.metrics import Metrics, OutboxReading


def shown(metrics: Metrics) -> list[str]:
    return metrics.render().decode().splitlines()


def test_the_outbox_is_read_when_it_is_looked_at() -> None:
    metrics = Metrics()
    rows = {"pending": 0}
    metrics.watch_outbox(lambda: OutboxReading(rows, timedelta(minutes=2)))

    rows["pending"] = 7

    assert 'callsheet_outbox_rows{state="pending"} 7.0' in shown(metrics)
    assert "callsheet_outbox_oldest_pending_seconds 120.0" in shown(metrics)


def test_the_rest_is_shown_while_the_database_is_away() -> None:
    metrics = Metrics()
    metrics.watch_outbox(lambda: None)
    metrics.deliveries.labels("card", "sent").inc()

    assert 'callsheet_deliveries_total{kind="card",outcome="sent"} 1.0' in shown(metrics)
    assert not any(line.startswith("callsheet_outbox_rows{") for line in shown(metrics))


def test_a_sweep_that_fails_is_timed_and_counted_and_still_raises() -> None:
    metrics = Metrics()

    with pytest.raises(OSError, match="gone"), metrics.sweep("digest"):
        raise OSError("gone")
    with metrics.sweep("digest"):
        pass

    assert 'callsheet_sweep_errors_total{sweep="digest"} 1.0' in shown(metrics)
    assert 'callsheet_sweep_duration_seconds_count{sweep="digest"} 2.0' in shown(metrics)


def test_the_socket_is_asked_at_each_scrape() -> None:
    metrics = Metrics()
    states = iter([True, False])
    metrics.watch_socket(lambda: next(states))

    assert "callsheet_socket_connected 1.0" in shown(metrics)
    assert "callsheet_socket_connected 0.0" in shown(metrics)


def test_two_bots_in_one_process_have_their_own_figures() -> None:
    one, other = Metrics(), Metrics()

    one.slack_calls.labels("chat.update", "ok").inc()

    assert not any("chat.update" in line for line in shown(other))
