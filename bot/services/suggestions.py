"""Times at which an interview could be held instead: all of its hosts and participants are free."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain import suggestions as rules
from domain.interview import InterviewLine, InterviewStatus
from domain.roles import Actor
from domain.suggestions import Suggestion
from domain.times import Span, days_around
from storage import busy_times, engagements, members, suggestions


def suggest(
    session: Session, actor: Actor, line: InterviewLine, length: timedelta, now: datetime
) -> tuple[Suggestion, ...]:
    """Suggested starts for the interview, by time. Five statements, however full the schedules are.

    They lie in the first host's working hours. Where a participant has another session, their whole day is left out; of
    a host without a calendar only the interviews are known. Who gave up their seat need not be free.
    """
    if not line.hosts:
        return ()
    span = Span(now, now + rules.AHEAD)
    hosting = [(host.member_id, span) for host in line.hosts]
    seated = [seat.participant_id for seat in line.seats if seat.outcome is not InterviewStatus.CANCELED]
    engaged = engagements.taken_by_members(session, hosting, line.id)
    busy = busy_times.within(session, hosting)
    elsewhere = engagements.taken_by_participants(session, [(id_, span) for id_ in seated], line.id)
    zone = suggestions.common_zone(session, seated)
    taken = [
        *(each for spans in busy.values() for each in spans),
        *(each for found in engaged.values() for each, _ in found),
        *(days_around(each, zone or actor.time_zone) for found in elsewhere.values() for each, _ in found),
    ]
    host_zone = members.by_ids(session, [line.hosts[0].member_id])[line.hosts[0].member_id].time_zone
    starts = rules.suggest(now, length, host_zone, taken)
    return tuple(Suggestion(start, zone) for start in starts if start != line.starts_at)
