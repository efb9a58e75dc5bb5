"""The blocklist: who is on it since when and why, and who is suggested for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.person import Person


@dataclass(frozen=True, slots=True)
class Blocked:
    """Somebody on the blocklist, since when (aware UTC), and what was said of it."""

    person: Person
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Suggested:
    """That somebody should be on the blocklist. `by` is None when Callsheet says so. Aware UTC.

    `is_approved` is None as long as nobody has decided.
    """

    id: int
    person: Person
    author: str
    reason: str
    at: datetime
    is_approved: bool | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Blocklist:
    """A page of the blocklist, the latest first, and the suggestions that wait, the oldest first.

    `older` begins the next page: a time and an id; None on the last. `waiting` is how many suggestions wait in all.
    """

    blocked: tuple[Blocked, ...]
    suggested: tuple[Suggested, ...]
    older: tuple[datetime, int] | None
    waiting: int
    may_decide: bool
