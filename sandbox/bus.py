"""Tells the pages that something changed. They fetch what they show again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any


class Bus:
    """Fan-out of small change notices to any number of listening pages. `publish` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[dict[str, Any] | None], asyncio.AbstractEventLoop] = {}

    def publish(self, topic: str, **details: Any) -> None:
        """Tell every page, e.g. `publish("slack", team="T1", channel="C1")`."""
        self._tell({"topic": topic, **details})

    def close(self) -> None:
        """Let every listener go: the server is about to stop."""
        self._tell(None)

    async def listen(self) -> AsyncIterator[dict[str, Any]]:
        """The notices from now on, until the caller stops or the bus is closed."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._listeners[queue] = asyncio.get_running_loop()
        try:
            while (notice := await queue.get()) is not None:
                yield notice
        finally:
            del self._listeners[queue]

    def _tell(self, notice: dict[str, Any] | None) -> None:
        for queue, loop in list(self._listeners.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, notice)
