"""Interviews through any sequence of what people may do: what must always hold, holds.

The real services on a real SQLite, driven by Hypothesis. Refusals (RuleError) are fine; whatever happens, the counts,
the times, the statuses and the timelines agree.
"""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
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


INTERVIEWS = sa.select(Interview).order_by(Interview.id)
SEATS = sa.select(Attendee)
ENROLMENTS = sa.select(Enrolment)
STUDIES = sa.select(Study)
ENTRIES = sa.select(TimelineEntry.interview_id, sa.func.count()).group_by(TimelineEntry.interview_id)


@dataclass(frozen=True)
class Books:
    """All that is written of interviews and whose they are."""

    interviews: dict[int, Interview]
    attendees: Sequence[Attendee]
    enrolments: Sequence[Enrolment]
    studies: Sequence[Study]
    entries: dict[int, int]

    @property
    def seats(self) -> list[Attendee]:
        """The participants' places."""
        return [one for one in self.attendees if one.kind is AttendeeKind.PARTICIPANT]

    def study_of(self, seat: Attendee) -> int:
        return self.interviews[seat.interview_id].study_id


@lru_cache(maxsize=1)
def database_at(path: Path) -> Database:
    """The database in that file: the next one that is laid there finds it knowing its statements."""
    return Database(f"sqlite:///{path}")


class StatusMachine(RuleBasedStateMachine):
    """A study of one-to-one interviews and one of groups of three, three participants, two hosts, a clock."""

    booked = Bundle("booked")
    sent = Bundle("sent")

    def __init__(self, template: Path, path: Path) -> None:
        super().__init__()
        self.path = path
        shutil.copy(template, path)
        self.database = database_at(path)
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
    def the_books_agree(self) -> None:
        with self.database.reading() as session:
            books = Books(
                interviews={one.id: one for one in session.scalars(INTERVIEWS)},
                attendees=session.scalars(SEATS).all(),
                enrolments=session.scalars(ENROLMENTS).all(),
                studies=session.scalars(STUDIES).all(),
                entries={row[0]: row[1] for row in session.execute(ENTRIES)},
            )
        self.seats_are_counted(books)
        self.attendees_carry_their_interviews_times(books)
        self.canceled_stays_canceled(books)
        self.an_enrolment_stands_where_its_sessions_put_it(books)
        self.a_session_is_what_its_seats_make_it(books)
        self.every_change_is_in_the_timeline(books)
        self.nobody_is_in_two_places(books)
        self.references_have_no_gap(books)
        self.a_group_is_never_overbooked(books)

    def seats_are_counted(self, books: Books) -> None:
        counted = Counter(books.study_of(seat) for seat in books.seats if seat.outcome in (UPCOMING, COMPLETED))
        for study in books.studies:
            assert study.seats_taken == counted[study.id], study.key

    def attendees_carry_their_interviews_times(self, books: Books) -> None:
        for one in books.attendees:
            interview = books.interviews[one.interview_id]
            assert (one.starts_at, one.ends_at) == (interview.starts_at, interview.ends_at)

    def canceled_stays_canceled(self, books: Books) -> None:
        found = {id_ for id_, one in books.interviews.items() if one.status is InterviewStatus.CANCELED}
        assert self.canceled <= found
        self.canceled = found

    def an_enrolment_stands_where_its_sessions_put_it(self, books: Books) -> None:
        for enrolment in books.enrolments:
            held = [
                seat
                for seat in books.seats
                if seat.enrolment_id == enrolment.id and seat.outcome is not InterviewStatus.CANCELED
            ]
            if not held:
                assert enrolment.status is ParticipantStatus.INTERVIEW_CANCELED
                continue
            latest = max(held, key=lambda seat: (seat.outcome is UPCOMING, seat.starts_at, seat.id))
            if latest.outcome is COMPLETED:
                is_verified = books.interviews[latest.interview_id].is_verified
                owed = is_verified and enrolment.study_id == self.incentive_study
                expected = ParticipantStatus.INCENTIVE_NOT_SENT if owed else ParticipantStatus.INTERVIEW_COMPLETED
            else:
                expected = STANDS[latest.outcome]
            assert enrolment.status is expected

    def a_session_is_what_its_seats_make_it(self, books: Books) -> None:
        """A no-show only if all are; and nobody has an outcome of a session that is ahead."""
        for interview in books.interviews.values():
            outcomes_of = {seat.outcome for seat in books.seats if seat.interview_id == interview.id}
            held = outcomes_of - {InterviewStatus.CANCELED}
            if interview.status is InterviewStatus.CANCELED:
                assert not held
            elif interview.status is COMPLETED:
                assert held <= {COMPLETED, InterviewStatus.NO_SHOWED}
                assert COMPLETED in held
            else:
                assert held == {interview.status}

    def every_change_is_in_the_timeline(self, books: Books) -> None:
        versions = {id_: one.version for id_, one in books.interviews.items()}
        for id_, version in versions.items():
            if version != self.versions.get(id_):
                is_told = books.entries.get(id_, 0) > self.entries.get(id_, 0)
                assert is_told, f"interview {id_} changed without a word"
        self.entries, self.versions = books.entries, versions

    def nobody_is_in_two_places(self, books: Books) -> None:
        """But for what a host moved in the calendar: that is followed, and shown as a conflict."""
        taken = [
            one
            for one in books.attendees
            if one.outcome is UPCOMING
            and books.interviews[one.interview_id].status is UPCOMING
            and one.interview_id not in self.moved_in_calendars
        ]
        for one, other in itertools.combinations(taken, 2):
            if (one.member_id, one.participant_id) == (other.member_id, other.participant_id):
                assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    def references_have_no_gap(self, books: Books) -> None:
        for study in books.studies:
            found = [one.reference for one in books.interviews.values() if one.study_id == study.id]
            assert found == [f"{study.key}-{n}" for n in range(1, study.next_interview_number)]

    def a_group_is_never_overbooked(self, books: Books) -> None:
        taken = Counter(seat.interview_id for seat in books.seats if seat.outcome is UPCOMING)
        assert all(number <= books.interviews[id_].capacity for id_, number in taken.items())


def test_whatever_people_do_the_books_agree(sqlite_template: Path, tmp_path: Path) -> None:
    class Machine(StatusMachine):
        def __init__(self) -> None:
            super().__init__(sqlite_template, tmp_path / "callsheet.db")

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
