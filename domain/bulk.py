"""One thing done to many interviews: what it is, whom it is done to, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST = 50
"""Interviews at once."""


class BulkAction(StrEnum):
    REMIND = "remind"
    COMPLETE = "complete"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        return {"remind": "Send a reminder", "complete": "Mark as completed", "cancel": "Cancel"}[self.value]

    @property
    def done(self) -> str:
        """The passive that completes "12 …"."""
        return {"remind": "reminded", "complete": "marked as completed", "cancel": "cancelled"}[self.value]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An interview that was left as it is. `why` is a sentence; without a reference the actor does not see it."""

    reference: str | None
    why: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What was done, or would be: references in the order of time."""

    action: BulkAction
    done: tuple[str, ...]
    skipped: tuple[Skipped, ...]
