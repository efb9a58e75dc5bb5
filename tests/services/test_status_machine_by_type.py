"""People through any sequence of what may happen to them, in studies of each type: nobody leaves the table.

The real services, driven by Hypothesis; refusals (RuleError) are fine. After each step every change that the history
holds is one that the table knows for its cause, the history of each enrolment is a chain that ends where it stands,
seats are counted, who is booked has a seat ahead, who is paid was paid once, and nobody gets mail who must not
(`machine_checks`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
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
from domain.participant import BEGUN, UNASKED, ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.engine import Database
from storage.models import Attendee, Enrolment, Interview
from tests.conftest import NOW, emptied
from tests.services.machine_stage import scene
from tests.services.people_machine import PEOPLE, pick, some, someone
from tests.services.team_machine import Team

UPCOMING, COMPLETED = InterviewStatus.UPCOMING, InterviewStatus.COMPLETED
NO_SHOWED, CANCELED = InterviewStatus.NO_SHOWED, InterviewStatus.CANCELED
BEGINS = UNASKED | BEGUN | {ParticipantStatus.SCREENER_QUALIFIED, ParticipantStatus.TEST_INVITED}
FRIDAY = 4
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def has_session(*those: InterviewStatus) -> Callable[[Any], Any]:
    """The rule needs a session that is so."""
    return precondition(lambda self: bool(self.seen.sessions(*those)))


booked = has_session(UPCOMING)


class Talks(Team):
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

    @rule(name=someone, day=st.integers(1, 2), quarter=st.integers(0, 12))
    def book_as_a_participant(self, name: str, day: int, quarter: int) -> None:
        """In a group study they meet in one session."""
        at = self.morning(day) + QUARTER * (0 if self.study_type is StudyType.GROUP_INTERVIEW else quarter)
        self.on(name, lambda s, one: self_booking.book(s, one.id, at, {}, self.now))

    def morning(self, days: int) -> datetime:
        """Nine o'clock (UTC) of a working day, so many days from today."""
        at = self.now.replace(hour=9, minute=0) + DAY * days
        return at + DAY * max(0, 7 - at.weekday()) if at.weekday() > FRIDAY else at

    def takes_part(self, name: str, *, is_done: bool) -> None:
        self.book_as_a_participant(name, day=1, quarter=PEOPLE.index(name) * 4)
        if is_done:
            self.now = self.morning(1) + HOUR * 5
            self.attempt(self.all_end)

    def all_end(self, session: Session) -> None:
        ended = sa.select(Interview).where(Interview.status == UPCOMING, Interview.ends_at <= self.now)
        for interview in session.scalars(ended).all():
            outcomes.complete_ended(session, interview, self.now)

    @rule(but=someone)
    def two_of_them_come(self, but: str) -> None:
        for name in PEOPLE:
            if name != but:
                self.goes(name, "begins")

    @booked
    @rule(name=someone, day=st.integers(1, 4))
    def move_as_a_participant(self, name: str, day: int) -> None:
        at = self.morning(day) + HOUR * 4
        self.on(name, lambda s, one: self_booking.move(s, one.id, at, {}, self.now))

    @rule(name=someone, back=st.integers(1, 9), has_come=st.booleans())
    def log(self, name: str, back: int, has_come: bool) -> None:
        wanted = Booking(self.study_id, self.emails[name], NOW - DAY * back)
        outcome = InterviewStatus.COMPLETED if has_come else InterviewStatus.NO_SHOWED
        self.on(name, lambda s, _one: history.log_past(s, self.world.researcher, wanted, outcome, self.now))

    def a_session(self, which: int, *those: InterviewStatus) -> int:
        """One of the sessions that are so: the last one most likely."""
        found = self.seen.sessions(*those)
        return found[(which // 4) % len(found)]

    @booked
    @rule(which=pick)
    def cancel(self, which: int) -> None:
        why, id_ = Cancellation(CancelReason.OTHER), self.a_session(which, UPCOMING)
        self.attempt(lambda s: cancellations.cancel(s, self.world.researcher, id_, why, self.now))

    @booked
    @rule(which=pick, is_by_them=st.booleans())
    def cancel_a_seat(self, which: int, is_by_them: bool) -> None:
        id_ = self.a_session(which, UPCOMING)

        def cancelled(session: Session) -> None:
            seat = interviews.seats_held(session, session.get_one(Interview, id_))[0]
            if is_by_them:
                links.cancel(session, links.issue(session, seat.id, self.now), self.now)
            else:
                why = Cancellation(CancelReason.OTHER)
                cancellations.cancel_seat(session, self.world.researcher, id_, seat.id, why, self.now)

        self.attempt(cancelled)

    @has_session(UPCOMING, COMPLETED, NO_SHOWED)
    @rule(which=pick, quarter=st.integers(1, 60))
    def reschedule(self, which: int, quarter: int) -> None:
        to, id_ = self.now + QUARTER * quarter, self.a_session(which, UPCOMING, COMPLETED, NO_SHOWED)
        self.attempt(lambda s: moves.reschedule(s, self.world.researcher, id_, to, None, self.now))

    @has_session(UPCOMING, NO_SHOWED)
    @rule(which=pick)
    def complete(self, which: int) -> None:
        id_ = self.a_session(which, UPCOMING, NO_SHOWED)
        self.attempt(lambda s: outcomes.mark_completed(s, self.world.researcher, id_, self.now))

    @has_session(UPCOMING, COMPLETED)
    @rule(which=pick)
    def miss(self, which: int) -> None:
        id_ = self.a_session(which, UPCOMING, COMPLETED)
        self.attempt(lambda s: outcomes.mark_no_show(s, self.world.researcher, id_, self.now))

    @has_session(UPCOMING, COMPLETED, NO_SHOWED)
    @rule(which=pick, came=st.lists(st.booleans(), min_size=2, max_size=2))
    def note_who_came(self, which: int, came: list[bool]) -> None:
        id_ = self.a_session(which, UPCOMING, COMPLETED, NO_SHOWED)

        def noted(session: Session) -> None:
            found = session.get_one(Interview, id_)
            seats = [seat.id for seat in interviews.participant_seats(session, found)]
            said = Came(dict(zip(seats, came, strict=False)), False, found.settled_at)
            attendance.note(session, self.world.researcher, id_, said, self.now)

        self.attempt(noted)

    @booked
    @rule()
    def end(self) -> None:
        """Time passes until what is booked is over."""
        self.now = max(self.now, *(seat.ends_at for seat in self.seen.seats if seat.is_open))
        self.attempt(self.all_end)

    @has_session(UPCOMING, COMPLETED)
    @rule(which=pick)
    def verify(self, which: int) -> None:
        id_ = self.a_session(which, UPCOMING, COMPLETED)
        self.attempt(lambda s: outcomes.verify(s, self.world.observer, id_, self.now))

    @has_session(COMPLETED, NO_SHOWED, CANCELED)
    @rule(which=pick)
    def undo(self, which: int) -> None:
        id_ = self.a_session(which, COMPLETED, NO_SHOWED, CANCELED)
        self.attempt(lambda s: undo.undo(s, self.world.researcher, id_, self.now))


class Tasks(Team):
    """What a survey or a test adds to it."""

    @some(*BEGINS)
    @rule(who=pick)
    def start_somebody(self, who: int) -> None:
        self.start(self.one(who, *BEGINS))

    def start(self, name: str) -> None:
        self.on(name, lambda s, one: tasks.start(s, self.token(s, one, LinkPurpose.TASK), self.now))

    def takes_part(self, name: str, *, is_done: bool) -> None:
        self.start(name)
        if is_done:
            self.finish(name, is_told_back=True)

    @some(*BEGUN)
    @rule(who=pick, is_told_back=st.booleans())
    def finish_somebody(self, who: int, is_told_back: bool) -> None:
        self.finish(self.one(who, *BEGUN), is_told_back)

    def finish(self, name: str, is_told_back: bool) -> None:
        """Come back from the tool; or say so, which counts for nothing where the tool does."""

        def finished(session: Session, one: Enrolment) -> None:
            token = self.token(session, one, LinkPurpose.TASK)
            if is_told_back:
                tasks.come_back(session, links.issue_finish(session, token, one.id, self.now), self.now)
            else:
                tasks.say_finished(session, token, self.now)

        self.on(name, finished)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One empty database for all types: nothing is left on it, and what was compiled for it is used again."""
    if request.param == "sqlite":
        copy = tmp_path_factory.mktemp("machine") / "callsheet.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), copy)
        database = Database(f"sqlite:///{copy}")
    else:
        database = emptied(request.getfixturevalue("postgresql_url"))
    yield database
    database.dispose()


@pytest.mark.parametrize("study_type", StudyType)
def test_nobody_leaves_the_table_whatever_happens(kept: Database, study_type: StudyType) -> None:
    class Machine(Talks if study_type.has_interviews else Tasks):  # type: ignore[misc]
        pass

    with scene(kept, study_type, *PEOPLE[:2]) as Machine.scene:
        run(
            Machine,
            settings=settings(
                max_examples=8, stateful_step_count=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
