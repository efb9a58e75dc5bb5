"""Where a participant stands in a study: their session, the study's setup, and what keeps them from booking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import governance
from domain.errors import NotFound
from domain.governance import ContactFacts, contact_status
from domain.interview import InterviewStatus
from domain.quota import Meter, full_for
from domain.scheduling import Assignment, Demand, GroupSlot, HostTime, Setup
from domain.slots import (
    CantBook,
    Hurdle,
    check_active,
    check_contact,
    check_free_seat,
    check_may_change,
    check_may_move,
    check_stage,
)
from domain.study import StudyType
from domain.times import Span
from storage import engagements, quotas, scheduling
from storage.models import Attendee, Enrolment, Interview, Participant, Study


@dataclass(frozen=True, slots=True)
class Standing:
    """A participant in a study, with the session that they have, if any, and how they book.

    `setup` is the study's; of somebody who moves a session it has that session's hosts and length. `meters` are the
    study's quotas, of no account once they have a session. `is_alone`: they are the only participant of their session.
    """

    enrolment: Enrolment
    study: Study
    person: Participant
    setup: Setup
    seat: Attendee | None = None
    interview: Interview | None = None
    is_alone: bool = False
    meters: tuple[Meter, ...] = ()
    contact: ContactFacts = field(default_factory=ContactFacts)

    @property
    def is_group(self) -> bool:
        return self.study.type is StudyType.GROUP_INTERVIEW

    @property
    def but(self) -> int | None:
        """The session that takes nobody's time any more once it is moved."""
        return self.interview.id if self.interview is not None and self.is_alone else None


def of(session: Session, enrolment_id: int, now: datetime, seat_id: int | None = None) -> Standing:
    """Where the participant stands, of several sessions with that seat if it is one ahead. Raises NotFound."""
    row = session.execute(
        sa.select(Enrolment, Study, Participant)
        .join(Study, Study.id == Enrolment.study_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Enrolment.id == enrolment_id)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("There is no such participant in the study.", "participant")
    enrolment, study, person = row
    setup = scheduling.setup_of(session, study)
    contact = governance.contact_facts(session, person, study.id)
    seat, interview = session_of(session, enrolment_id, now, seat_id) or (None, None)
    if interview is None:
        return Standing(enrolment, study, person, setup, meters=quotas.meters(session, study), contact=contact)
    hosts, seated = scheduling.people_at(session, [interview.id])
    is_alone = seated.get(interview.id, 0) == 1
    if study.type is not StudyType.GROUP_INTERVIEW:
        setup = setup_to_move(setup, interview, tuple(hosts.get(interview.id, ())))
    return Standing(enrolment, study, person, setup, seat, interview, is_alone, contact=contact)


def session_of(
    session: Session, enrolment_id: int, now: datetime, seat_id: int | None
) -> tuple[Attendee, Interview] | None:
    """The session that they have a seat in: the one of `seat_id` if that is ahead, else the next one ahead, else one
    that has begun and is not settled yet.
    """
    is_ahead = Interview.starts_at > now
    row = session.execute(
        sa.select(Attendee, Interview)
        .join(Interview, Interview.id == Attendee.interview_id)
        .where(
            Attendee.enrolment_id == enrolment_id,
            Attendee.outcome == InterviewStatus.UPCOMING,
            Interview.status == InterviewStatus.UPCOMING,
        )
        .order_by(
            sa.case((sa.and_(is_ahead, Attendee.id == seat_id), 0), (is_ahead, 1), else_=2),
            Interview.starts_at,
            Interview.id,
        )
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()
    return (row[0], row[1]) if row is not None else None


def setup_to_move(setup: Setup, interview: Interview, host_ids: tuple[int, ...]) -> Setup:
    """How a session is moved: it keeps its length, and its hosts, but for a round robin's, where another may take over.

    Who hosts it now may be another than the setup says: a member has changed the host, or booked it by hand.
    """
    setup = replace(setup, length=interview.ends_at - interview.starts_at)
    if len(host_ids) > 1:
        return replace(setup, assignment=Assignment.COLLECTIVE, host_ids=host_ids)
    if setup.assignment is Assignment.ROUND_ROBIN:
        return replace(setup, host_ids=tuple(dict.fromkeys((*host_ids, *setup.host_ids))))
    if not host_ids:
        return setup
    return replace(setup, assignment=Assignment.ONE_TO_ONE, host_ids=host_ids)


def check(here: Standing, now: datetime) -> None:
    """Raise CantBook when the participant can't book a session now; who has one: when they can't move it."""
    check_active(here.study.status)
    check_contact(contact_status(here.contact, now))
    if here.seat is not None:
        check_may_change(here.seat.starts_at, here.setup.change_until, now)
        check_may_move(here.enrolment.moves, here.setup)
        return
    check_stage(here.enrolment.status)
    if not here.study.type.has_interviews:
        raise CantBook(Hurdle.BARRED)
    check_free_seat(here.study.seats_taken, here.study.participation_limit)
    if full_for(here.meters, here.person.properties) is not None:
        raise CantBook(Hurdle.QUOTA_FULL)


@dataclass(frozen=True, slots=True)
class Known:
    """All that slots are found by."""

    setup: Setup
    hosts: list[HostTime]
    demand: Demand
    sessions: list[GroupSlot]


def known(session: Session, here: Standing, span: Span, now: datetime) -> Known:
    """What decides about the participant's slots that start within the span: as many statements for many as for one."""
    hosts = scheduling.host_times(session, here.setup, span, now, but=here.but)
    near = Span(span.start, span.end + here.setup.length)
    taken = engagements.taken_by_participants(
        session, [(here.person.id, near)], here.interview.id if here.interview is not None else None
    )
    away = tuple(stretch for stretch, _ in taken.get(here.person.id, ()))
    return Known(here.setup, hosts, Demand(now, away), sessions_of(session, here, span, now))


def sessions_of(session: Session, here: Standing, span: Span, now: datetime) -> list[GroupSlot]:
    """The sessions of a group study that may be joined; not the one in which they are, which is no slot for them."""
    if not here.is_group:
        return []
    found = scheduling.group_slots(session, here.study, span, now)
    present = here.interview.starts_at if here.interview is not None else None
    return [replace(each, seats_left=0) if each.starts_at == present else each for each in found]


def check_may_change_seat(session: Session, seat: Attendee, now: datetime) -> None:
    """Raise CantBook unless the participant may still move or cancel the session that they have this seat in."""
    study = session.get_one(Study, session.get_one(Interview, seat.interview_id).study_id)
    check_may_change(seat.starts_at, scheduling.setup_of(session, study).change_until, now)
