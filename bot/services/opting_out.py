"""Participants who ask for no more mails: they take part in nothing any more, in no study of the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import cancellations, links, outgoing, record, statuses
from bot.services.cancellations import Cancellation
from bot.services.interviews import participant_seats
from bot.services.record import By
from bot.services.statuses import Why
from domain.alert import AlertKind
from domain.interview import CancelReason, Door, InterviewStatus, TimelineKind
from domain.participant import Cause, ParticipantStatus
from storage import interviews, participants, studies, waiting
from storage.models import Attendee, Enrolment, Interview, Participant, Study, TimelineEntry

WHY = "opted out of all mails"
STAYS = frozenset({ParticipantStatus.INCENTIVE_CLAIMED, ParticipantStatus.OPTED_OUT})
"""Where somebody stays in a study who opts out. An incentive that is owed is owed all the same."""


def opt_out(session: Session, token: str, now: datetime) -> None:
    """Opt out the person of the link, to unsubscribe or to a page of theirs. Saying it twice changes nothing.

    What they have booked ahead is free again, in every study, and its team hears it. They get no mail of it. Raises
    LinkExpired.
    """
    link = links.resolve(session, token, now, *links.OPTS_OUT)
    enrolment = session.get_one(Enrolment, link.enrolment_id)
    person = session.get_one(Participant, enrolment.participant_id)
    if person.opted_out_at is not None:
        return
    locked = lock_studies(session, person)
    seats = [each for each in lock_seats(session, person, now) if each[0].study_id in locked]
    (person,) = participants.lock_all(session, [person.id])
    if person.opted_out_at is not None:
        return
    person.opted_out_at = now
    by = By(record.alias_of(person), Door.PAGE, now)
    enrolment_ids = leave_studies(session, person, by)
    entries = [release(session, locked[interview.study_id], interview, seat, by) for interview, seat in seats]
    session.flush()
    tell(session, [(interview, seat, entry) for (interview, seat), entry in zip(seats, entries, strict=True)], now)
    if waiting.leave(session, enrolment_ids) or seats:
        for study_id in sorted(locked):
            outgoing.show_study(session, person.workspace_id, study_id, now)


def lock_studies(session: Session, person: Participant) -> dict[int, Study]:
    """The studies that the person is in, locked until the commit."""
    found = session.scalars(sa.select(Enrolment.study_id).where(Enrolment.participant_id == person.id))
    return studies.lock_all(session, person.workspace_id, found.all())


def lock_seats(session: Session, person: Participant, now: datetime) -> list[tuple[Interview, Attendee]]:
    """The person's seats in sessions that have not begun, with the sessions, locked until the commit."""
    is_ahead = sa.and_(
        Attendee.participant_id == person.id,
        Attendee.starts_at > now,
        Attendee.outcome == InterviewStatus.UPCOMING,
    )
    ids = session.scalars(sa.select(Attendee.interview_id).where(is_ahead)).all()
    found = {one.id: one for one in interviews.lock_all(session, person.workspace_id, ids)}
    seats = session.scalars(
        sa.select(Attendee)
        .where(is_ahead, Attendee.interview_id.in_(found))
        .order_by(Attendee.interview_id)
        .execution_options(populate_existing=True)
    )
    return [
        (found[seat.interview_id], seat)
        for seat in seats
        if found[seat.interview_id].status is InterviewStatus.UPCOMING
    ]


def leave_studies(session: Session, person: Participant, by: By) -> list[int]:
    """Let the person be Opted Out wherever they are. The ids of all their enrolments."""
    ids = session.scalars(sa.select(Enrolment.id).where(Enrolment.participant_id == person.id)).all()
    enrolments = participants.lock_enrolments(session, ids)
    changes = [(one, ParticipantStatus.OPTED_OUT) for one in enrolments if one.status not in STAYS]
    statuses.move(session, changes, Why(Cause.UNSUBSCRIBED, by))
    return list(ids)


def release(
    session: Session, study: Study, interview: Interview, seat: Attendee, by: By, why: str = WHY
) -> TimelineEntry:
    """Free the seat; without another one in it the session is off. What the timeline says of it."""
    others = [
        one
        for one in participant_seats(session, interview)
        if one.id != seat.id and one.outcome is InterviewStatus.UPCOMING
    ]
    if others:
        cancellations.release_seat(session, study, seat, by)
        return record.entry(session, interview, by, TimelineKind.CANCELED, f"cancelled their seat ({why})")
    reason = Cancellation(CancelReason.PARTICIPANT_CANCELED, why).text
    return cancellations.set_off(session, study, interview, by, reason)


def tell(
    session: Session,
    released: Sequence[tuple[Interview, Attendee, TimelineEntry]],
    now: datetime,
    kind: AlertKind = AlertKind.OPTED_OUT,
) -> None:
    """Bring up to date what shows the sessions, and tell their teams, once for each."""
    if not released:
        return
    sessions = [interview for interview, _, _ in released]
    outgoing.show_all(session, sessions, now)
    outgoing.threads(session, [(interview, entry) for interview, _, entry in released], now)
    outgoing.sync_calendars(session, sessions, now)
    for interview, seat, _ in released:
        once = f"{seat.id}:{interview.sequence}"
        outgoing.alert(session, interview, kind, now, once=once, attendee_id=seat.id)
