"""What a member's App Home shows: their sessions, what waits for them, their studies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.interview import InterviewLine, Problem
from domain.schedule import Seen
from domain.study import StudyLine

NO_REPLY_MATTERS = timedelta(hours=48)
"""How long before a session a missing answer begins to wait for somebody."""


@dataclass(frozen=True, slots=True)
class HomeModel:
    """A member's App Home at `now` (aware UTC). `today` holds the sessions of the member's local day, by time."""

    now: datetime
    time_zone: str
    today: tuple[Seen, ...]
    coming: tuple[Seen, ...]
    waiting: tuple[Seen, ...]
    studies: tuple[StudyLine, ...]
    may_book: bool
    may_create_study: bool


def waiting_for(line: InterviewLine, now: datetime) -> tuple[Problem, ...]:
    """What about an interview waits for its host: its problems, but a missing answer only once the session is near."""
    is_near = line.starts_at - now <= NO_REPLY_MATTERS
    return tuple(problem for problem in line.problems(now) if problem is not Problem.NO_REPLY or is_near)
