"""Rate limits: a burst, then a steady rate, each key for itself."""

from __future__ import annotations

import pytest

from bot.web import limits
from bot.web.limits import RateLimit


class Stopwatch:
    at = 100.0

    def __call__(self) -> float:
        return self.at


def test_burst_then_one_by_one() -> None:
    watch = Stopwatch()
    limit = RateLimit(burst=3, per_second=0.5, monotonic=watch)

    assert [limit.wait("a") for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]
    watch.at += 2
    assert [limit.wait("a"), limit.wait("a")] == [0.0, 2.0]
    assert limit.wait("b") == 0.0


def test_unused_bucket_fills_up_and_not_over() -> None:
    watch = Stopwatch()
    limit = RateLimit(burst=2, per_second=1, monotonic=watch)
    limit.wait("a")
    watch.at += 1000

    assert [limit.wait("a") for _ in range(3)] == [0.0, 0.0, 1.0]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BUCKETS", 2)
    limit = RateLimit(burst=1, per_second=0.001, monotonic=Stopwatch())

    for key in ("a", "b", "c"):
        limit.wait(key)

    assert limit.wait("c") > 0
    assert limit.wait("a") == 0.0
