"""Whatever people do, and whatever fails: in the end the books, the card, the thread and the calendar agree.

The status machine once more, with everything outside around it: answers, moves and deletions in the calendar, a Slack,
calendars and a mail server that fail, and workers that die with work in their hands.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from sqlalchemy.orm import Session

from bot.integrations.ports import Refused, RemoteEvent, Unavailable
from bot.jobs import calendars as job
from bot.services import cancellations, editing, hosts, interviews
from bot.services.cancellations import Cancellation
from bot.services.hosts import HostChange
from domain.attendance import Attendance, Rsvp, attendance
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Role
from storage import calendars, outbox
from storage.models import Attendee, CalendarFeed, Interview, Member, OutboxRow, OutboxState, Participant, TimelineEntry
from tests.fakes import Outside
from tests.services.test_status_machine import StatusMachine, starts

CHANNEL = "C0CORE"
LEASE = timedelta(minutes=2)
MINUTES = 30
"""How long everything is given to settle, by the clock."""
MARKS = {Attendance.ACCEPTED: "Accepted", Attendance.DECLINED: "Declined", Attendance.UNKNOWN: "Attendance Unknown"}
booked = StatusMachine.booked


class AgreementMachine(StatusMachine):
    """Two hosts with calendars, and all that is outside. After each step it is healed, and then everything agrees."""

    def __init__(self, template: Path, path: Path) -> None:
        super().__init__(template, path)
        self.outside = Outside.of(self.database, self.now)
        self.addresses = [self.world.calendar(self.world.people[role]) for role in (Role.RESEARCHER, Role.COLLABORATOR)]

    @rule(interview=booked, rsvp=st.sampled_from(list(Rsvp)), guest=st.integers(0, 1))
    def answer_in_the_calendar(self, interview: int | None, rsvp: Rsvp, guest: int) -> None:
        found = self.event(interview)
        if found is not None:
            calendar, event = found
            people = [a for a in event.attendees if a.email.endswith("example.com")]
            if guest < len(people):
                changed = tuple(replace(a, rsvp=rsvp) if a.email == people[guest].email else a for a in event.attendees)
                self.outside.calendar.put(calendar, replace(event, attendees=changed))

    @rule(interview=booked, start=starts)
    def move_in_the_calendar(self, interview: int | None, start: timedelta) -> None:
        found = self.event(interview)
        if found is not None:
            calendar, event = found
            at = self.now + start
            asked = tuple(replace(a, rsvp=Rsvp.NEEDS_ACTION) for a in event.attendees)
            moved = replace(event, starts_at=at, ends_at=at + timedelta(minutes=30), attendees=asked)
            self.outside.calendar.put(calendar, moved)
            self.moved_in_calendars.add(interview)

    @rule(interview=booked)
    def delete_in_the_calendar(self, interview: int | None) -> None:
        found = self.event(interview)
        if found is not None:
            calendar, event = found
            self.outside.calendar.put(calendar, RemoteEvent(event.event_id, "", is_deleted=True))

    @rule(interview=booked, number=st.integers(0, 9))
    def edit(self, interview: int | None, number: int) -> None:
        def edit(session: Session, id_: int) -> None:
            present = editing.details_of(session.get_one(Interview, id_))
            wanted = replace(present, title=f"Title {number}")
            editing.edit(session, self.actor, id_, wanted, present.fingerprint, self.now)

        self.on(interview, edit)

    @rule(interview=booked, role=st.sampled_from([Role.RESEARCHER, Role.COLLABORATOR]))
    def change_host(self, interview: int | None, role: Role) -> None:
        wanted = HostChange(self.world.people[role].member_id)
        self.on(interview, lambda session, id_: hosts.change_host(session, self.actor, id_, wanted, self.now))

    @rule(interview=booked, seat=st.integers(0, 1))
    def cancel_seat(self, interview: int | None, seat: int) -> None:
        def cancel(session: Session, id_: int) -> None:
            seats = interviews.participant_seats(session, session.get_one(Interview, id_))
            if seat < len(seats):
                why = Cancellation(CancelReason.OTHER)
                cancellations.cancel_seat(session, self.actor, id_, seats[seat].id, why, self.now)

        self.on(interview, cancel)

    @rule(method=st.sampled_from(["chat.postMessage", "chat.update"]), went_out=st.sampled_from([False, None]))
    def slack_fails(self, method: str, went_out: bool | None) -> None:
        self.outside.slack.fail(method, Unavailable("Slack did not answer.", went_out=went_out))

    @rule(error=st.sampled_from([Refused("Google refused it."), Unavailable("Google did not answer.")]))
    def calendars_fail(self, error: Exception) -> None:
        self.outside.calendar.refusing = dict.fromkeys(self.addresses, error)
        self.deliver()

    @rule()
    def mail_is_refused(self) -> None:
        self.outside.mailer.failing.append(Refused("No such mailbox."))

    @rule()
    def a_worker_dies_with_work_in_its_hands(self) -> None:
        with self.database.unit_of_work() as session:
            outbox.claim(session, self.now, LEASE, 10)

    def deliver(self) -> None:
        self.outside.clock.at = self.now
        job.sweep(self.database, self.outside.calendar, self.outside.clock)
        self.outside.deliver()

    @invariant()
    def everything_agrees(self) -> None:
        self.settle()
        with self.database.reading() as session:
            for interview in session.scalars(sa.select(Interview)):
                self.card_agrees(session, interview)
                self.calendar_agrees(session, interview)
                self.thread_agrees(session, interview)

    def settle(self) -> None:
        """What is outside is well again. A quarter of an hour and a little later everything has come through."""
        self.deliver()
        self.outside.slack.failing.clear()
        self.outside.mailer.failing.clear()
        self.outside.calendar.refusing = {}
        for _ in range(MINUTES):
            self.now += timedelta(minutes=1)
            self.deliver()
            if self.is_settled():
                return
        raise AssertionError("something was never sent")

    def is_settled(self) -> bool:
        is_open = OutboxRow.state.in_((OutboxState.PENDING, OutboxState.CLAIMED))
        with self.database.reading() as session:
            waits = session.scalar(sa.select(sa.func.count()).select_from(OutboxRow).where(is_open))
            ill = session.scalar(sa.select(sa.func.count(CalendarFeed.problem)))
        return not waits and not ill and self.is_read()

    def is_read(self) -> bool:
        """Whether everything in the calendars has been read."""
        with self.database.reading() as session:
            read = dict(session.execute(sa.select(CalendarFeed.calendar_id, CalendarFeed.sync_token)).all())
        changed = self.outside.calendar.changed
        return all(read.get(address) == str(len(changed.get(address, []))) for address in self.addresses)

    def card_agrees(self, session: Session, interview: Interview) -> None:
        """One card, with the status and the time, and whether each participant comes."""
        (card,) = (m for m in self.messages("slack_card:") if m["text"].startswith(f"{interview.reference} "))
        drawn = str(card["blocks"])
        assert str(int(interview.starts_at.timestamp())) in drawn
        if interview.status is not InterviewStatus.UPCOMING:
            assert interview.status.label in drawn
            return
        for seat in interviews.seats_held(session, interview):
            mark = MARKS.get(attendance(seat.rsvp, seat.rsvp_at, seat.confirmed_at))
            assert mark is None or mark in drawn

    def calendar_agrees(self, session: Session, interview: Interview) -> None:
        """One event while it is ahead, none once it is cancelled, in the organiser's calendar, as the books have it."""
        if interview.organizer_id is None:
            return
        address = calendars.feeds(session, [interview.organizer_id])[interview.organizer_id].calendar_id
        events = [
            event
            for event in self.outside.calendar.events.get(address, {}).values()
            if event.reference == interview.reference and not event.is_deleted
        ]
        if interview.status is InterviewStatus.CANCELED:
            assert events == []
        if interview.status is not InterviewStatus.UPCOMING:
            return
        (event,) = events
        assert (event.starts_at, event.ends_at) == (interview.starts_at, interview.ends_at)
        assert event.title == interview.title
        assert {guest.email for guest in event.attendees} == self.invited(session, interview)

    def invited(self, session: Session, interview: Interview) -> set[str]:
        rows = session.execute(
            sa.select(sa.func.coalesce(Member.email, Participant.email))
            .select_from(Attendee)
            .outerjoin(Member, Member.id == Attendee.member_id)
            .outerjoin(Participant, Participant.id == Attendee.participant_id)
            .where(Attendee.interview_id == interview.id, Attendee.outcome != InterviewStatus.CANCELED)
        )
        return {row[0] for row in rows if row[0]}

    def thread_agrees(self, session: Session, interview: Interview) -> None:
        """Every post that the timeline asks for stands there, once."""
        asked = sa.select(TimelineEntry.post_id).where(TimelineEntry.interview_id == interview.id).distinct()
        wanted = {str(post_id) for post_id in session.scalars(asked) if post_id is not None}
        posted = [key_of(message).rpartition(":")[2] for message in self.messages("slack_thread:")]
        assert sorted(id_ for id_ in posted if id_ in wanted) == sorted(wanted)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind of delivery in the channel."""
        found = self.outside.slack.channel(CHANNEL).messages.values()
        return [message for message in found if key_of(message).startswith(kind)]

    def event(self, interview: int | None) -> tuple[str, RemoteEvent] | None:
        """The interview's event that is in a calendar now."""
        if interview is None:
            return None
        with self.database.reading() as session:
            reference = session.get_one(Interview, interview).reference
        for address, events in self.outside.calendar.events.items():
            for event in events.values():
                if event.reference == reference and not event.is_deleted:
                    return address, event
        return None


def key_of(message: dict[str, Any]) -> str:
    """What Callsheet marked a message with."""
    metadata: dict[str, Any] = message.get("metadata") or {}
    return str(metadata.get("event_payload", {}).get("key", ""))


def test_in_the_end_everything_agrees(sqlite_template: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    class Machine(AgreementMachine):
        def __init__(self) -> None:
            super().__init__(sqlite_template, tmp_path / f"{next(numbers)}.db")

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
