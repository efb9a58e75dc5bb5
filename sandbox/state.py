"""What the sandbox remembers over a restart: one JSON file, written shortly after a change and at exit."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Protocol


class Remembered(Protocol):
    """A part of the sandbox whose state is kept."""

    def dump(self) -> dict[str, Any]:
        """The state as plain JSON data."""
        ...

    def load(self, data: dict[str, Any]) -> None:
        """Take over a state that `dump` gave."""
        ...


class StateFile:
    """Keeps the parts' states in `folder/sandbox.json`. Without a folder nothing is kept."""

    def __init__(self, folder: Path | None, parts: dict[str, Remembered], delay: float = 0.5) -> None:
        self._path = folder / "sandbox.json" if folder else None
        self._parts = parts
        self._delay = delay
        self._lock = threading.Lock()  # of the timer alone: parts call `changed` while holding locks that `dump` takes
        self._writing = threading.Lock()
        self._timer: threading.Timer | None = None

    def load(self) -> bool:
        """Bring back what was kept. False when there was nothing."""
        if self._path is None or not self._path.exists():
            return False
        data = json.loads(self._path.read_text("utf-8"))
        for name, part in self._parts.items():
            if name in data:
                part.load(data[name])
        return True

    def changed(self) -> None:
        """Write soon. Many changes in a row make one write."""
        with self._lock:
            if self._path is not None and self._timer is None:
                self._timer = threading.Timer(self._delay, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Write now: to a new file, then renamed, so that a crash leaves the old one whole."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if self._path is None:
            return
        with self._writing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data = {name: part.dump() for name, part in self._parts.items()}
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(data), "utf-8")
            fresh.replace(self._path)
