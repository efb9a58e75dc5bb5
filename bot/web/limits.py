"""How often one caller may ask: token buckets in memory, each process for itself."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_BUCKETS = 20_000


class RateLimit:
    """A bucket per key: `burst` requests at once, then `per_second`. Used from one thread, the event loop's.

    The buckets that were used longest ago are forgotten when there are too many, so nobody can fill the memory.
    """

    def __init__(self, burst: int, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Take one from the key's bucket: 0.0, or the seconds to wait when it is empty."""
        now = self._monotonic()
        left, since = self._buckets.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        is_full = left >= 1
        self._buckets[key] = (left - 1 if is_full else left, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if is_full else (1 - left) / self._per_second
