"""What a member's App Home shows: their sessions, what waits for them, their studies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.availability import Availability
from domain.schedule import Seen
from domain.study import StudyLine


@dataclass(frozen=True, slots=True)
class HomeModel:
    """A member's App Home at `now` (aware UTC). `today` holds the sessions of the member's local day, by time.

    `availability` is when they take sessions, None for whoever hosts none.
    """

    now: datetime
    time_zone: str
    today: tuple[Seen, ...]
    coming: tuple[Seen, ...]
    waiting: tuple[Seen, ...]
    studies: tuple[StudyLine, ...]
    may_book: bool
    may_create_study: bool
    availability: Availability | None = None
