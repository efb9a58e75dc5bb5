"""What tests of participants' bookings share: somebody invited, a study's setup, a host's calendar, a look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import self_booking, slots
from bot.services.live_times import Look
from domain.calendar import RemoteEvent
from domain.interview import AttendeeKind
from domain.participant import ParticipantStatus
from domain.roles import Actor
from domain.scheduling import Setup
from domain.slots import Offered
from domain.times import Span
from storage import busy_times, scheduling
from storage.models import Attendee, CalendarFeed, Enrolment, Interview, Study
from tests.builders import World
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
INVITED = ParticipantStatus.INTERVIEW_INVITED


@dataclass(frozen=True, slots=True)
class Bookings:
    """Participants of a world who book for themselves."""

    desk: Desk

    @property
    def world(self) -> World:
        return self.desk.world

    def invite(self, email: str = "mara@example.com", study_id: int | None = None, **values: Any) -> int:
        """Somebody new who is invited to a study: their enrolment."""
        person = self.world.participant(email, "Mara Lindqvist", **values.pop("person", {}))
        return self.enrol(person.id, study_id, **values)

    def enrol(self, participant_id: int, study_id: int | None = None, **values: Any) -> int:
        given = {"status": INVITED, **values}
        enrolment = Enrolment(
            study_id=study_id or self.world.study_id,
            participant_id=participant_id,
            status_changed_at=self.world.now,
            **given,
        )
        with self.desk.database.unit_of_work() as session:
            session.add(enrolment)
            session.flush()
            return enrolment.id

    def arrange(self, study_id: int | None = None, **values: Any) -> Setup:
        """Let the study be scheduled otherwise than the standard says."""

        def store(session: Session) -> Setup:
            study = session.get_one(Study, study_id or self.world.study_id)
            setup = replace(scheduling.setup_of(session, study), **values)
            scheduling.store_setup(session, study, setup, "Lena", self.world.now)
            return setup

        return self.desk.do(store)

    def connect(self, actor: Actor, age: timedelta | None = timedelta(minutes=1), problem: str | None = None) -> str:
        """Connect a member's calendar, which was read so long ago (None: never). Its address."""
        address = self.world.calendar(actor)
        with self.desk.database.unit_of_work() as session:
            feed = session.get_one(CalendarFeed, actor.member_id)
            feed.sync_token = "read" if age is not None else None
            feed.read_at = self.world.now - age if age is not None else None
            feed.problem = problem
        return address

    def keep(self, actor: Actor, start: datetime, *, is_busy: bool = True, event_id: str = "dentist") -> None:
        """Let the copy of a member's calendar have an event of an hour."""
        stay = busy_times.Stay(Span(start, start + HOUR), is_busy)
        self.desk.do(lambda s: busy_times.keep_events(s, actor.member_id, {event_id: stay}, ()))

    def offered(self, enrolment_id: int, now: datetime | None = None) -> Offered:
        return self.desk.do(lambda s: slots.offered(s, enrolment_id, now or self.world.now))

    def starts(self, enrolment_id: int, now: datetime | None = None) -> list[datetime]:
        return [slot.starts_at for slot in self.offered(enrolment_id, now).slots]

    def book(
        self, enrolment_id: int, at: datetime, looks: Mapping[int, Look] = {}, now: datetime | None = None
    ) -> Interview:
        """Book, as the page does: the interview as it is then."""
        moment = now or self.world.now
        booked = self.desk.do(lambda s: self_booking.book(s, enrolment_id, at, looks, moment))
        return self.world.get(booked.interview_id)

    def move(
        self, enrolment_id: int, at: datetime, looks: Mapping[int, Look] = {}, now: datetime | None = None
    ) -> Interview:
        moment = now or self.world.now
        return self.world.get(self.desk.do(lambda s: self_booking.move(s, enrolment_id, at, looks, moment).id))

    def people(self, interview_id: int, kind: AttendeeKind = AttendeeKind.HOST) -> list[int]:
        """The members at an interview."""
        statement = sa.select(Attendee.member_id).where(
            Attendee.interview_id == interview_id, Attendee.kind == kind, Attendee.member_id.is_not(None)
        )
        with self.desk.database.reading() as session:
            return [id_ for id_ in session.scalars(statement.order_by(Attendee.id)) if id_ is not None]


def event(start: datetime, **values: Any) -> RemoteEvent:
    """An event of an hour, as a look brings it."""
    given = {"is_deleted": False, "is_busy": True, **values}
    return RemoteEvent("dentist", "", starts_at=start, ends_at=start + HOUR, **given)
