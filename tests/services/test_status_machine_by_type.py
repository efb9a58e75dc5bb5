"""People through any sequence of what may happen to them, in studies of each type: nobody leaves the table.

The real services, driven by Hypothesis; refusals (RuleError) are fine. After each step every change that the history
holds is one that the table knows for its cause, the history of each enrolment is a chain that ends where it stands,
seats are counted, who is booked has a seat ahead, and nobody gets mail who must not (`machine_checks`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy.orm import Session

from bot.services import (
    attendance,
    booking,
    cancellations,
    history,
    interviews,
    links,
    moves,
    outcomes,
    self_booking,
    tasks,
    undo,
)
from bot.services.attendance import Came
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from domain.interview import CancelReason, InterviewStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.engine import Database
from storage.models import Attendee, Enrolment, Interview
from tests.conftest import NOW
from tests.services.people_machine import PEOPLE, People, pick, someone

UPCOMING = InterviewStatus.UPCOMING
FRIDAY = 4
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


class Talks(People):
    """What sessions add to it."""

    @rule(name=someone, quarter=st.integers(1, 60))
    def book_by_hand(self, name: str, quarter: int) -> None:
        wanted = Booking(self.study_id, self.emails[name], self.now + QUARTER * quarter)

        def booked(session: Session) -> None:
            made = booking.book(session, self.world.researcher, wanted, self.now)
            seats = sa.select(Attendee.participant_id).where(
                Attendee.interview_id == made.interview_id, Attendee.participant_id.is_not(None)
            )
            self.ids.setdefault(name, max(filter(None, session.scalars(seats))))

        self.attempt(booked)

    @rule(name=someone, day=st.integers(1, 3), quarter=st.integers(0, 12))
    def book_as_a_participant(self, name: str, day: int, quarter: int) -> None:
        at = self.morning(day) + QUARTER * quarter
        self.on(name, lambda s, one: self_booking.book(s, one.id, at, {}, self.now))

    def morning(self, days: int) -> datetime:
        """Nine o'clock (UTC) of a working day, so many days from today."""
        at = self.now.replace(hour=9, minute=0) + DAY * days
        return at + DAY * max(0, 7 - at.weekday()) if at.weekday() > FRIDAY else at

    def takes_part(self, name: str, *, is_done: bool) -> None:
        self.book_as_a_participant(name, day=1, quarter=PEOPLE.index(name) * 4)
        if is_done:
            self.now = self.morning(1) + HOUR * 5
            self.end(0)

    @rule(name=someone, day=st.integers(1, 4))
    def move_as_a_participant(self, name: str, day: int) -> None:
        at = self.morning(day) + HOUR * 4
        self.on(name, lambda s, one: self_booking.move(s, one.id, at, {}, self.now))

    @rule(name=someone, back=st.integers(1, 9), has_come=st.booleans())
    def log(self, name: str, back: int, has_come: bool) -> None:
        wanted = Booking(self.study_id, self.emails[name], NOW - DAY * back)
        outcome = InterviewStatus.COMPLETED if has_come else InterviewStatus.NO_SHOWED
        self.on(name, lambda s, _one: history.log_past(s, self.world.researcher, wanted, outcome, self.now))

    def with_session(self, which: int, act: Callable[[Session, int], object]) -> None:
        """Do it to a session of the study, if there is any: to the last one most likely."""

        def found(session: Session) -> None:
            ids = session.scalars(sa.select(Interview.id).where(Interview.study_id == self.study_id)).all()
            if ids:
                act(session, sorted(ids)[-1 - (which // 4) % len(ids)])

        self.attempt(found)

    @rule(which=pick)
    def cancel(self, which: int) -> None:
        why = Cancellation(CancelReason.OTHER)
        self.with_session(which, lambda s, id_: cancellations.cancel(s, self.world.researcher, id_, why, self.now))

    @rule(which=pick, is_by_them=st.booleans())
    def cancel_a_seat(self, which: int, is_by_them: bool) -> None:
        def cancelled(session: Session, id_: int) -> None:
            seats = interviews.seats_held(session, session.get_one(Interview, id_))
            if seats and is_by_them:
                links.cancel(session, links.issue(session, seats[0].id, self.now), self.now)
            elif seats:
                why = Cancellation(CancelReason.OTHER)
                cancellations.cancel_seat(session, self.world.researcher, id_, seats[0].id, why, self.now)

        self.with_session(which, cancelled)

    @rule(which=pick, quarter=st.integers(1, 60))
    def reschedule(self, which: int, quarter: int) -> None:
        to = self.now + QUARTER * quarter
        self.with_session(which, lambda s, id_: moves.reschedule(s, self.world.researcher, id_, to, None, self.now))

    @rule(which=pick)
    def complete(self, which: int) -> None:
        self.with_session(which, lambda s, id_: outcomes.mark_completed(s, self.world.researcher, id_, self.now))

    @rule(which=pick)
    def miss(self, which: int) -> None:
        self.with_session(which, lambda s, id_: outcomes.mark_no_show(s, self.world.researcher, id_, self.now))

    @rule(which=pick, came=st.lists(st.booleans(), min_size=2, max_size=2))
    def note_who_came(self, which: int, came: list[bool]) -> None:
        def noted(session: Session, id_: int) -> None:
            found = session.get_one(Interview, id_)
            seats = [seat.id for seat in interviews.participant_seats(session, found)]
            said = Came(dict(zip(seats, came, strict=False)), False, found.settled_at)
            attendance.note(session, self.world.researcher, id_, said, self.now)

        self.with_session(which, noted)

    @rule(which=pick)
    def end(self, which: int) -> None:
        self.with_session(which, lambda s, id_: outcomes.complete_ended(s, s.get_one(Interview, id_), self.now))

    @rule(which=pick)
    def verify(self, which: int) -> None:
        self.with_session(which, lambda s, id_: outcomes.verify(s, self.world.observer, id_, self.now))

    @rule(which=pick)
    def undo(self, which: int) -> None:
        self.with_session(which, lambda s, id_: undo.undo(s, self.world.researcher, id_, self.now))


class Tasks(People):
    """What a survey or a test adds to it."""

    @rule(name=someone)
    def start(self, name: str) -> None:
        self.on(name, lambda s, one: tasks.start(s, self.token(s, one, LinkPurpose.TASK), self.now))

    def takes_part(self, name: str, *, is_done: bool) -> None:
        self.start(name)
        if is_done:
            self.finish(name, is_told_back=True)

    @rule(name=someone, is_told_back=st.booleans())
    def finish(self, name: str, is_told_back: bool) -> None:
        """Come back from the tool; or say so, which counts for nothing where the tool does."""

        def finished(session: Session, one: Enrolment) -> None:
            token = self.token(session, one, LinkPurpose.TASK)
            if is_told_back:
                tasks.come_back(session, links.issue_finish(session, token, one.id, self.now), self.now)
            else:
                tasks.say_finished(session, token, self.now)

        self.on(name, finished)


@pytest.mark.parametrize("study_type", StudyType)
def test_nobody_leaves_the_table_whatever_happens(database: Database, study_type: StudyType) -> None:
    class Machine(Talks if study_type.has_interviews else Tasks):  # type: ignore[misc]
        pass

    Machine.database, Machine.study_type = database, study_type
    run(
        Machine,
        settings=settings(
            max_examples=4, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
