"""Who came: an outcome for each participant, the host's own, corrections, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import attendance, cancellations, outcomes, record, undo
from bot.services.attendance import Came
from domain.errors import NotAllowed, RuleError, Stale
from domain.interview import InterviewStatus, seat_field
from domain.participant import ParticipantStatus
from domain.roles import Actor
from domain.study import StudyType
from storage import interviews as stored
from storage.models import Attendee, Enrolment, Interview, Participant
from tests.builders import World
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
ANA, BEN = "ana@example.com", "ben@example.com"
COMPLETED, NO_SHOWED = InterviewStatus.COMPLETED, InterviewStatus.NO_SHOWED


@dataclass(frozen=True, slots=True)
class Group:
    """A group session with an incentive, which Ana and Ben have seats in, and which has begun."""

    desk: Desk
    world: World
    id: int
    study_id: int
    seats: dict[str, int]

    @property
    def begun(self) -> datetime:
        return self.world.now + HOUR

    def noting(
        self, *, host: bool = True, by: Actor | None = None, at: datetime | None = None, **came: bool
    ) -> Callable[[Session], Interview]:
        """Note who came: `ana` and `ben`, where they are given."""
        emails = {"ana": ANA, "ben": BEN}
        answers = {self.seats[emails[name]]: answer for name, answer in came.items()}
        said = Came(answers, host, self.world.get(self.id).settled_at)
        actor, now = by or self.world.researcher, at or self.begun
        return lambda session: attendance.note(session, actor, self.id, said, now)

    def note(self, *, host: bool = True, **came: bool) -> None:
        self.desk.do(self.noting(host=host, **came))

    def outcomes(self) -> dict[str, InterviewStatus]:
        with self.world.database.reading() as session:
            line = stored.line(session, self.world.workspace_id, self.id)
            return {seat.email: seat.outcome for seat in line.seats}

    def stands(self) -> tuple[InterviewStatus, str, str, int]:
        """The session's status, where Ana and Ben stand, and the seats counted."""
        return (
            self.world.get(self.id).status,
            self.desk.status(ANA, self.study_id),
            self.desk.status(BEN, self.study_id),
            self.desk.study(self.study_id).seats_taken,
        )


@pytest.fixture
def group(desk: Desk, world: World) -> Group:
    study_id = world.study(
        "GRP",
        "Groups",
        type=StudyType.GROUP_INTERVIEW,
        capacity=4,
        incentive_amount_minor=2500,
        incentive_currency="EUR",
    ).id
    first, _ = [world.book(study_id=study_id, email=email) for email in (ANA, BEN)]
    with world.database.reading() as session:
        line = stored.line(session, world.workspace_id, first.id)
    return Group(desk, world, first.id, study_id, {seat.email: seat.attendee_id for seat in line.seats})


def test_each_participant_has_an_own_outcome(group: Group, desk: Desk) -> None:
    group.note(ana=True, ben=False)
    assert group.outcomes() == {ANA: COMPLETED, BEN: NO_SHOWED}
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "No Showed", 1)
    assert group.world.get(group.id).is_verified
    assert desk.timeline(group.id)[-1] == (group.world.researcher.name, "noted that P1 came and P2 did not come")
    assert desk.alerts(group.id) == []


def test_the_session_is_a_no_show_only_if_all_are(group: Group, desk: Desk) -> None:
    group.note(ana=False, ben=False)
    assert group.stands() == (NO_SHOWED, "No Showed", "No Showed", 0)
    assert desk.alerts(group.id) == ["no_showed"]


def test_attendance_is_corrected_both_ways(group: Group, desk: Desk) -> None:
    group.note(ana=False, ben=False)
    group.note(ana=True, ben=False)
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "No Showed", 1)
    group.note(ana=False, ben=True)
    assert group.stands() == (COMPLETED, "No Showed", "Incentive Not Sent", 1)
    group.note(ana=False, ben=False)
    assert group.stands() == (NO_SHOWED, "No Showed", "No Showed", 0)
    assert desk.alerts(group.id) == ["no_showed", "no_showed"], "the second time is news again"


def test_who_is_not_named_keeps_what_they_have_or_has_come(group: Group) -> None:
    group.note(ana=False)
    assert group.outcomes() == {ANA: NO_SHOWED, BEN: COMPLETED}
    group.note(ben=True, host=False)
    assert group.outcomes() == {ANA: NO_SHOWED, BEN: COMPLETED}


def test_a_host_who_did_not_come_leaves_the_participants_completed(group: Group, desk: Desk) -> None:
    group.note(ana=True, ben=True, host=False)
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "Incentive Not Sent", 2)
    assert group.world.get(group.id).host_no_show
    assert [text for _, text in desk.timeline(group.id)][-2:] == [
        "noted that P1, P2 came",
        "said that the host did not come",
    ]
    assert desk.alerts(group.id) == ["host_no_show"]
    group.note(ana=True, ben=True, host=True)
    assert not group.world.get(group.id).host_no_show
    assert desk.timeline(group.id)[-1][1] == "said that the host came after all"


def test_a_one_to_one_session_whose_host_did_not_come_is_completed(desk: Desk, world: World) -> None:
    id_ = world.book(email=ANA).id
    desk.do(lambda s: attendance.note(s, world.researcher, id_, Came({}, False, None), world.now + HOUR))
    assert (world.get(id_).status, world.get(id_).host_no_show) == (COMPLETED, True)
    assert desk.status(ANA) == "Interview Completed"


def test_before_the_start_nobody_can_have_come(group: Group, desk: Desk) -> None:
    refusal = desk.refused(group.noting(ana=True, at=group.begun - timedelta(minutes=1)))
    assert refusal.message == "GRP-1 has not begun: who came can be said from Monday 23 November, 10:30 on."


def test_who_was_paid_can_not_become_a_no_show_and_the_others_can(group: Group, desk: Desk) -> None:
    group.note(ana=True, ben=True)
    sent = sa.update(Enrolment).where(
        Enrolment.participant_id.in_(sa.select(Participant.id).where(Participant.email == ANA))
    )
    desk.do(lambda s: s.execute(sent.values(status=ParticipantStatus.INCENTIVE_SENT)))
    refusal = desk.refused(group.noting(ana=False, ben=True))
    assert refusal.message == "The incentive for P1 has been sent: they can't become a no-show."
    assert refusal.field == seat_field(group.seats[ANA])
    group.note(ana=True, ben=False)
    assert group.stands() == (COMPLETED, "Incentive Sent", "No Showed", 1)


def test_who_cancelled_while_it_was_asked_keeps_their_cancellation(group: Group, desk: Desk) -> None:
    noting = group.noting(ana=True, ben=True)

    def give_up(session: Session) -> None:
        seat = session.get_one(Attendee, group.seats[BEN])
        cancellations.cancel_by_participant(session, seat, record.by_callsheet(group.begun))

    desk.do(give_up)
    desk.do(noting)
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "Interview Canceled", 1)


def test_of_two_who_note_it_at_once_the_slower_reads_who_was_faster(group: Group, desk: Desk) -> None:
    world = group.world
    results = desk.race(group.noting(ana=True, ben=True), group.noting(ana=False, ben=False, by=world.admin))
    (stale,) = [each for each in results if isinstance(each, Stale)]
    assert "noted that P1, P2" in stale.message
    assert stale.message.endswith("Look again at who came to GRP-1.")


def test_what_is_noted_already_is_said(group: Group, desk: Desk) -> None:
    group.note(ana=True, ben=False)
    assert desk.refused(group.noting(ana=True, ben=False)).message == "That is what is noted of GRP-1 already."


def test_noting_the_same_of_an_unverified_session_verifies_it(group: Group, desk: Desk) -> None:
    after = group.begun + HOUR
    desk.do(lambda s: outcomes.complete_ended(s, s.get_one(Interview, group.id), after))
    assert group.stands()[1] == "Interview Completed"
    group.note(ana=True, ben=True)
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "Incentive Not Sent", 2)


def test_only_who_manages_it_says_who_came(group: Group, desk: Desk) -> None:
    desk.refused(group.noting(ana=True, by=group.world.observer), NotAllowed)


def test_attendance_can_be_undone_with_what_was_said_of_the_host(group: Group, desk: Desk) -> None:
    group.note(ana=True, ben=True)
    group.note(ana=False, ben=True, host=False)
    desk.do(lambda s: undo.undo(s, group.world.researcher, group.id, group.begun))
    assert group.stands() == (COMPLETED, "Incentive Not Sent", "Incentive Not Sent", 2)
    assert not group.world.get(group.id).host_no_show
    with pytest.raises(RuleError, match="nothing to undo"):
        desk.do(lambda s: undo.undo(s, group.world.researcher, group.id, group.begun))
