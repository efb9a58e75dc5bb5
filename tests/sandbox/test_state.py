"""What the sandbox remembers, and that remembering never stands in anybody's way."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from sandbox.state import StateFile


class SlowPart:
    """A part whose dump waits until it is told to go on."""

    def __init__(self) -> None:
        self.dumping = threading.Event()
        self.go_on = threading.Event()

    def dump(self) -> dict[str, Any]:
        self.dumping.set()
        assert self.go_on.wait(5)
        return {"known": 1}

    def load(self, data: dict[str, Any]) -> None:
        """Nothing to take over."""


def test_change_during_a_write_does_not_wait_for_it(tmp_path: Path) -> None:
    part = SlowPart()
    state = StateFile(tmp_path, {"part": part}, delay=60)
    writing = threading.Thread(target=state.write)
    writing.start()
    assert part.dumping.wait(5)
    changing = threading.Thread(target=state.changed)
    changing.start()
    changing.join(2)
    was_held_up = changing.is_alive()
    part.go_on.set()
    writing.join()
    changing.join()
    state.write()  # ends the timer that `changed` started
    assert not was_held_up
    assert (tmp_path / "sandbox.json").read_text("utf-8") == '{"part": {"known": 1}}'


def test_without_a_folder_nothing_is_kept() -> None:
    state = StateFile(None, {"part": SlowPart()})
    state.changed()
    state.write()
    assert not state.load()
