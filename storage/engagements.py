"""What takes people's time: the upcoming interviews that members host and participants have a seat in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.booking import Taken
from domain.interview import AttendeeKind, InterviewStatus
from domain.session_times import LONGEST
from domain.times import Span
from storage.models import Attendee, Interview
from storage.stretches import Stretch, overlapping


def taken_by_members(session: Session, wanted: Iterable[Stretch], but: int | None = None) -> dict[int, list[Taken]]:
    """What members host, by member, that is upcoming and lies in stretches of their time; the interview `but` aside."""
    return taken(session, wanted, Attendee.member_id, AttendeeKind.HOST, but)


def taken_by_participants(
    session: Session, wanted: Iterable[Stretch], but: int | None = None
) -> dict[int, list[Taken]]:
    """As `taken_by_members`, for the upcoming interviews in which participants have a seat."""
    return taken(session, wanted, Attendee.participant_id, AttendeeKind.PARTICIPANT, but)


def taken(
    session: Session,
    wanted: Iterable[Stretch],
    who: InstrumentedAttribute[int | None],
    kind: AttendeeKind,
    but: int | None,
) -> dict[int, list[Taken]]:
    """One statement for any number of stretches."""
    table, overlaps = overlapping(session, wanted, who, (Attendee.starts_at, Attendee.ends_at), LONGEST)
    statement = (
        sa.select(who, Attendee.starts_at, Attendee.ends_at, Interview.reference)
        .distinct()
        .select_from(table)
        .join(Attendee, overlaps)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            Attendee.kind == kind,
            Attendee.outcome == InterviewStatus.UPCOMING,
            Interview.status == InterviewStatus.UPCOMING,
        )
    )
    if but is not None:
        statement = statement.where(Interview.id != but)
    found: dict[int, list[Taken]] = defaultdict(list)
    for id_, starts_at, ends_at, reference in session.execute(statement):
        if id_ is not None:
            found[id_].append((Span(starts_at, ends_at), reference))
    return found
