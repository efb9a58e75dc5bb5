"""The sandbox's clock: real time plus an offset that only grows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any


class SandboxClock:
    """Real time moved forward by hand. Whoever needs to act when it jumps registers with `on_move`."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The sandbox's present, aware, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move forward. Raises ValueError for a step back: what was said would come undone."""
        if by < timedelta():
            raise ValueError("The clock only moves forward.")
        self.offset += by
        for listener in self._listeners:
            listener()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every jump, in the thread that moved the clock."""
        self._listeners.append(listener)

    def dump(self) -> dict[str, Any]:
        """The offset, to be kept over a restart."""
        return {"offset_seconds": self.offset.total_seconds()}

    def load(self, data: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.offset = timedelta(seconds=data["offset_seconds"])
