"""When participants are reminded of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.times import Span


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before a session a reminder is due. All instants are aware UTC."""

    length: timedelta

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)

    def span(self, now: datetime) -> Span:
        """When the sessions begin whose reminder is due now.

        One that is later than half of its lead says nothing that the next one does not: it is left out, say after an
        outage.
        """
        return Span(now + self.length / 2, now + self.length)

    def is_timely(self, starts_at: datetime, now: datetime) -> bool:
        """Whether the reminder of a session that begins then may go out now."""
        span = self.span(now)
        return span.start <= starts_at <= span.end

    def is_news(self, starts_at: datetime, seated_at: datetime) -> bool:
        """Whether the session was known before its reminder was due: who has just booked needs none."""
        return seated_at < starts_at - self.length
