"""Interviews through any sequence of what people may do: what must always hold, holds.

The real services on a real SQLite, driven by Hypothesis. Refusals (RuleError) are fine; whatever happens, the counts,
the times, the statuses and the timelines agree.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from bot.services import attendance, booking, cancellations, interviews, links, moves, outcomes, undo
from bot.services.attendance import Came
from bot.services.booking import Booking
from bot.services.cancellations import Cancellation
from domain.errors import RuleError
from domain.interview import AttendeeKind, CancelReason, InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyType
from storage.engine import Database
from storage.models import Attendee, Enrolment, Interview, Study, TimelineEntry
from tests.builders import World
from tests.conftest import NOW

UPCOMING, COMPLETED = InterviewStatus.UPCOMING, InterviewStatus.COMPLETED
STANDS = {
    UPCOMING: ParticipantStatus.INTERVIEW_SCHEDULED,
    InterviewStatus.NO_SHOWED: ParticipantStatus.NO_SHOWED,
}

starts = st.integers(1, 16).map(lambda n: timedelta(minutes=15 * n))
people = st.sampled_from(["ana@example.com", "ben@example.com", "cem@example.com"])
hosts = st.sampled_from([Role.RESEARCHER, Role.COLLABORATOR])


class StatusMachine(RuleBasedStateMachine):
    """A study of one-to-one interviews and one of groups of three, three participants, two hosts, a clock."""

    booked = Bundle("booked")
    sent = Bundle("sent")

    def __init__(self, template: Path, path: Path) -> None:
        super().__init__()
        self.path = path
        shutil.copy(template, path)
        self.database = Database(f"sqlite:///{self.path}")
        self.world = World.build(self.database, NOW)
        self.now: datetime = NOW
        self.incentive_study = self.world.study("PAY", "Paid study", incentive_amount_minor=5000).id
        self.group_study = self.world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=2).id
        self.canceled: set[int] = set()
        self.entries: dict[int, int] = {}
        self.versions: dict[int, int] = {}
        self.moved_in_calendars: set[int | None] = set()

    def teardown(self) -> None:
        self.database.dispose()
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    @property
    def actor(self) -> Actor:
        return self.world.researcher

    def attempt(self, act: Callable[[Session], object]) -> object | None:
        """Do it in a unit of work, or be refused."""
        try:
            with self.database.unit_of_work() as session:
                return act(session)
        except RuleError:
            return None

    @rule(target=booked, study=st.integers(0, 2), person=people, start=starts, host=hosts)
    def book(self, study: int, person: str, start: timedelta, host: Role) -> int | None:
        study_id = (self.world.study_id, self.incentive_study, self.group_study)[study]
        wanted = Booking(
            study_id,
            person,
            self.now + start,
            length=timedelta(minutes=30),
            host_ids=(self.world.people[host].member_id,),
        )
        made = self.attempt(lambda session: booking.book(session, self.actor, wanted, self.now))
        return made.interview_id if isinstance(made, booking.Booked) else None

    @rule(interview=booked)
    def cancel(self, interview: int | None) -> None:
        why = Cancellation(CancelReason.OTHER)
        self.on(interview, lambda session, id_: cancellations.cancel(session, self.actor, id_, why, self.now))

    @rule(interview=booked)
    def mark_completed(self, interview: int | None) -> None:
        self.on(interview, lambda session, id_: outcomes.mark_completed(session, self.actor, id_, self.now))

    @rule(interview=booked)
    def mark_no_show(self, interview: int | None) -> None:
        self.on(interview, lambda session, id_: outcomes.mark_no_show(session, self.actor, id_, self.now))

    @rule(interview=booked)
    def say_that_it_started(self, interview: int | None) -> None:
        self.on(interview, lambda session, id_: outcomes.verify(session, self.world.observer, id_, self.now))

    @rule(interview=booked, came=st.lists(st.booleans(), min_size=2, max_size=2), host=st.booleans())
    def note_who_came(self, interview: int | None, came: list[bool], host: bool) -> None:
        def note(session: Session, id_: int) -> None:
            found = session.get_one(Interview, id_)
            seats = [seat.id for seat in interviews.participant_seats(session, found)]
            said = Came(dict(zip(seats, came, strict=False)), host, found.settled_at)
            attendance.note(session, self.actor, id_, said, self.now)

        self.on(interview, note)

    @rule(interview=booked)
    def undo(self, interview: int | None) -> None:
        undone = self.on(interview, lambda session, id_: undo.undo(session, self.actor, id_, self.now))
        if isinstance(undone, Interview):
            self.canceled.discard(undone.id)

    @rule(target=booked, interview=booked, start=starts)
    def reschedule(self, interview: int | None, start: timedelta) -> int | None:
        moved = self.on(
            interview,
            lambda session, id_: moves.reschedule(session, self.actor, id_, self.now + start, None, self.now),
        )
        return moved.id if isinstance(moved, Interview) else None

    @rule(target=sent, interview=booked, seat=st.integers(0, 1))
    def send_link(self, interview: int | None, seat: int) -> str | None:
        def issue(session: Session, id_: int) -> str | None:
            seats = interviews.participant_seats(session, session.get_one(Interview, id_))
            return links.issue(session, seats[seat].id, self.now) if seat < len(seats) else None

        token = self.on(interview, issue)
        return token if isinstance(token, str) else None

    @rule(token=sent)
    def participant_confirms(self, token: str | None) -> None:
        if token is not None:
            self.attempt(lambda session: links.confirm(session, token, self.now))

    @rule(token=sent)
    def participant_cancels(self, token: str | None) -> None:
        if token is not None:
            self.attempt(lambda session: links.cancel(session, token, self.now))

    @rule(by=st.sampled_from([timedelta(minutes=15), timedelta(hours=1), timedelta(hours=5)]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule()
    def sweep_ended(self) -> None:
        def complete(session: Session) -> None:
            ended = sa.select(Interview).where(Interview.status == UPCOMING, Interview.ends_at <= self.now)
            for interview in session.scalars(ended):
                outcomes.complete_ended(session, interview, self.now)

        self.attempt(complete)

    def on(self, interview: int | None, act: Callable[[Session, int], object]) -> object | None:
        return None if interview is None else self.attempt(lambda session: act(session, interview))

    @invariant()
    def seats_are_counted(self) -> None:
        with self.database.reading() as session:
            counted = (
                sa.select(Interview.study_id, sa.func.count())
                .join(Attendee)
                .where(Attendee.kind == AttendeeKind.PARTICIPANT, Attendee.outcome.in_((UPCOMING, COMPLETED)))
                .group_by(Interview.study_id)
            )
            by_study = {row[0]: row[1] for row in session.execute(counted)}
            for study in session.scalars(sa.select(Study)):
                assert study.seats_taken == by_study.get(study.id, 0), study.key

    @invariant()
    def attendees_carry_their_interviews_times(self) -> None:
        with self.database.reading() as session:
            differing = (
                sa.select(Attendee.id)
                .join(Interview)
                .where(sa.or_(Attendee.starts_at != Interview.starts_at, Attendee.ends_at != Interview.ends_at))
            )
            assert session.scalars(differing).all() == []

    @invariant()
    def canceled_stays_canceled(self) -> None:
        with self.database.reading() as session:
            found = set(session.scalars(sa.select(Interview.id).where(Interview.status == InterviewStatus.CANCELED)))
        assert self.canceled <= found
        self.canceled = found

    @invariant()
    def an_enrolment_stands_where_its_sessions_put_it(self) -> None:
        with self.database.reading() as session:
            for enrolment in session.scalars(sa.select(Enrolment)):
                held = session.execute(
                    sa.select(Attendee.outcome, Attendee.starts_at, Attendee.id, Interview.is_verified)
                    .join(Interview)
                    .where(Attendee.enrolment_id == enrolment.id, Attendee.outcome != InterviewStatus.CANCELED)
                ).all()
                if not held:
                    assert enrolment.status is ParticipantStatus.INTERVIEW_CANCELED
                    continue
                latest = max(held, key=lambda row: (row.outcome is UPCOMING, row.starts_at, row.id))
                if latest.outcome is COMPLETED:
                    owed = latest.is_verified and enrolment.study_id == self.incentive_study
                    expected = ParticipantStatus.INCENTIVE_NOT_SENT if owed else ParticipantStatus.INTERVIEW_COMPLETED
                else:
                    expected = STANDS[latest.outcome]
                assert enrolment.status is expected

    @invariant()
    def a_session_is_what_its_seats_make_it(self) -> None:
        """A no-show only if all are; and nobody has an outcome of a session that is ahead."""
        with self.database.reading() as session:
            for interview in session.scalars(sa.select(Interview)):
                seats = {seat.outcome for seat in interviews.seats_held(session, interview)}
                if interview.status is InterviewStatus.CANCELED:
                    assert not seats
                elif interview.status is COMPLETED:
                    assert seats <= {COMPLETED, InterviewStatus.NO_SHOWED}
                    assert COMPLETED in seats
                else:
                    assert seats == {interview.status}

    @invariant()
    def every_change_is_in_the_timeline(self) -> None:
        with self.database.reading() as session:
            counts = sa.select(TimelineEntry.interview_id, sa.func.count()).group_by(TimelineEntry.interview_id)
            entries = {row[0]: row[1] for row in session.execute(counts)}
            versions = {row.id: row.version for row in session.execute(sa.select(Interview.id, Interview.version))}
        for id_, version in versions.items():
            if version != self.versions.get(id_):
                assert entries.get(id_, 0) > self.entries.get(id_, 0), f"interview {id_} changed without a word"
        self.entries, self.versions = entries, versions

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        """But for what a host moved in the calendar: that is followed, and shown as a conflict."""
        with self.database.reading() as session:
            taken = session.execute(
                sa.select(Attendee.member_id, Attendee.participant_id, Attendee.starts_at, Attendee.ends_at)
                .join(Interview)
                .where(
                    Interview.status == UPCOMING,
                    Attendee.outcome == UPCOMING,
                    Interview.id.not_in(self.moved_in_calendars),
                )
            ).all()
        for one, other in itertools.combinations(taken, 2):
            if (one.member_id, one.participant_id) == (other.member_id, other.participant_id):
                assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    @invariant()
    def references_have_no_gap(self) -> None:
        with self.database.reading() as session:
            for study in session.scalars(sa.select(Study)):
                found = session.scalars(
                    sa.select(Interview.reference).where(Interview.study_id == study.id).order_by(Interview.id)
                ).all()
                assert list(found) == [f"{study.key}-{n}" for n in range(1, study.next_interview_number)]

    @invariant()
    def a_group_is_never_overbooked(self) -> None:
        with self.database.reading() as session:
            seats = (
                sa.select(Interview.capacity, sa.func.count().label("taken"))
                .join(Attendee)
                .where(Attendee.kind == AttendeeKind.PARTICIPANT, Attendee.outcome == UPCOMING)
                .group_by(Interview.id, Interview.capacity)
            )
            assert all(row.taken <= row.capacity for row in session.execute(seats))


def test_whatever_people_do_the_books_agree(sqlite_template: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    class Machine(StatusMachine):
        def __init__(self) -> None:
            super().__init__(sqlite_template, tmp_path / f"{next(numbers)}.db")

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
