"""Merging while somebody else does something about one of the two: on both databases, nobody is lost or doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import booking, merging, participants
from bot.services.booking import Booked, Booking
from bot.services.merging import Merged
from bot.services.participants import NewParticipant
from domain.errors import RuleError
from storage.models import Attendee, Enrolment, MergedParticipant, Participant
from storage.participants import Profile
from tests.builders import rows
from tests.services.conftest import Desk

ONE, TWO = "mara@example.com", "mara.l@work.example"


def both(desk: Desk) -> None:
    for email in (ONE, TWO):
        new = NewParticipant(Profile(email, "Mara Lindqvist"))
        desk.do(lambda s, new=new: participants.add(s, desk.world.admin, new, desk.world.now))  # type: ignore[misc]


def test_of_two_who_merge_the_same_two_the_other_way_round_one_does(desk: Desk) -> None:
    both(desk)
    world = desk.world
    ends = desk.race(
        lambda s: merging.merge(s, world.admin, "P1", "P2", (), world.now),
        lambda s: merging.merge(s, world.admin, "P2", "P1", (), world.now),
    )
    assert sorted(type(end) is Merged for end in ends) == [False, True], ends
    assert any(isinstance(end, RuleError) for end in ends)
    assert len(rows(desk.database, sa.select(Participant.id))) == 1
    assert len(rows(desk.database, sa.select(MergedParticipant.number))) == 1


@pytest.mark.parametrize("email", [ONE, TWO])
@pytest.mark.parametrize("round_", range(3))
def test_a_booking_meanwhile_is_of_the_one_person(desk: Desk, email: str, round_: int) -> None:
    both(desk)
    world = desk.world
    wanted = Booking(study_id=world.study_id, email=email, name="", starts_at=world.now + timedelta(hours=2 + round_))
    ends = desk.race(
        lambda s: merging.merge(s, world.admin, "P1", "P2", (), world.now),
        lambda s: booking.book(s, world.researcher, wanted, world.now),
    )
    assert isinstance(ends[1], Booked), ends
    if not isinstance(ends[0], Merged):
        assert isinstance(ends[0], RuleError), ends
        merged = desk.do(lambda s: merging.merge(s, world.admin, "P1", "P2", (), world.now))
        assert isinstance(merged, Merged)
    (person,) = rows(desk.database, sa.select(Participant.id))
    assert rows(desk.database, sa.select(Attendee.participant_id).where(Attendee.participant_id.is_not(None))) == [
        (person[0],)
    ]
    assert rows(desk.database, sa.select(Enrolment.participant_id)) == [(person[0],)]
    assert desk.study().seats_taken == 1
