"""The waiting list: in order, one offer a person, the first valid claim wins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.jobs import waiting as job
from bot.services import links, outcomes, studies, waiting
from bot.services.waiting import CantClaim
from domain import availability
from domain.errors import NotAllowed, RuleError
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from domain.scheduling import Assignment
from domain.study import StudyAction, StudyStatus
from domain.waiting import ClaimState, OfferState, Wish
from storage import participants
from storage.models import Enrolment, Interview, Participant, SlotOffer, WaitingEntry
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
TODAY = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
"""The first slot that there is time to offer: at 14:00 in Berlin, half an hour before it is too late to book it."""
S = ParticipantStatus


def enrol(desk: Desk, name: str, status: ParticipantStatus = S.INTERVIEW_INVITED) -> int:
    """The id of a new participant's enrolment."""
    world = desk.world
    person = world.participant(f"{name.lower()}@example.com", name)
    place = (world.study_id, person.id)
    return desk.do(lambda s: participants.enrol_all(s, {place: status}, "Test", world.now)[place])


def ask(desk: Desk, enrolment_id: int, wish: Wish = Wish.ANY, at: datetime | None = None) -> None:
    desk.do(lambda s: waiting.ask(s, enrolment_id, wish, at or desk.world.now))


def full(desk: Desk) -> Interview:
    """The study takes one participant, who is booked."""
    booked = desk.world.book(timedelta(days=2), email="booked@example.com")
    desk.change(desk.study(), participation_limit=1)
    return booked


def free(desk: Desk) -> None:
    """There is one place again, though no session was called off."""
    desk.change(desk.study(), participation_limit=2)


def sweep(desk: Desk, at: datetime | None = None) -> int:
    return job.sweep(desk.database, at or desk.world.now)


def offers(desk: Desk) -> list[tuple[int, datetime, OfferState]]:
    with desk.database.reading() as session:
        found = session.scalars(sa.select(SlotOffer).order_by(SlotOffer.id))
        return [(offer.enrolment_id, offer.starts_at, offer.state) for offer in found]


def mailed(desk: Desk) -> list[int]:
    return [int(row.subject) for row in desk.outbox("mail_enrolment") if row.payload["mail"] == "slot_offer"]


def waiters(desk: Desk) -> list[int]:
    with desk.database.reading() as session:
        return list(session.scalars(sa.select(WaitingEntry.enrolment_id).order_by(WaitingEntry.id)))


def token(desk: Desk, enrolment_id: int) -> str:
    """The claim link of somebody's latest offer."""

    def act(session: Any) -> str:
        latest = sa.select(SlotOffer).where(SlotOffer.enrolment_id == enrolment_id).order_by(SlotOffer.id.desc())
        offer = session.scalars(latest.limit(1)).one()
        return links.issue_for(session, enrolment_id, LinkPurpose.CLAIM, desk.world.now, offer_id=offer.id)

    return desk.do(act)


def claim(desk: Desk, secret: str, at: datetime | None = None) -> None:
    desk.do(lambda s: waiting.claim(s, secret, {}, at or desk.world.now))


def state(desk: Desk, secret: str, at: datetime | None = None) -> ClaimState:
    with desk.database.reading() as session:
        return waiting.claim_page(session, secret, at or desk.world.now).state


def test_nothing_is_offered_while_every_place_is_taken_and_the_first_in_line_gets_the_first_that_is_free(
    desk: Desk,
) -> None:
    full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    ask(desk, first)
    ask(desk, second)
    assert sweep(desk) == 0
    free(desk)
    assert sweep(desk) == 1
    assert offers(desk) == [(first, TODAY, OfferState.OPEN)]
    assert mailed(desk) == [first]
    assert sweep(desk) == 0, "the same again offers nothing more"


def test_an_offer_that_nobody_takes_goes_to_the_next(desk: Desk) -> None:
    full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    ask(desk, first)
    ask(desk, second)
    free(desk)
    sweep(desk)
    secret = token(desk, first)
    later = desk.world.now + timedelta(minutes=31)
    assert sweep(desk, later) == 1
    (_, _, was), (who, starts_at, now_open) = offers(desk)
    assert (was, who, now_open) == (OfferState.EXPIRED, second, OfferState.OPEN)
    assert starts_at == TODAY + HOUR, "half past two is too near by now to be offered"
    assert state(desk, secret, later) is ClaimState.EXPIRED
    with pytest.raises(CantClaim) as refusal:
        claim(desk, secret, later)
    assert refusal.value.state is ClaimState.EXPIRED


def test_who_claims_is_booked_and_off_the_list_and_twice_is_once(desk: Desk) -> None:
    full(desk)
    enrolment_id = enrol(desk, "Nell")
    ask(desk, enrolment_id)
    free(desk)
    sweep(desk)
    secret = token(desk, enrolment_id)
    assert state(desk, secret) is ClaimState.OPEN
    claim(desk, secret)
    claim(desk, secret)
    assert state(desk, secret) is ClaimState.TAKEN
    assert desk.status("nell@example.com") == "Interview Scheduled"
    assert desk.study().seats_taken == 2
    assert (waiters(desk), offers(desk)[0][2]) == ([], OfferState.CLAIMED)


def test_of_two_who_claim_the_same_time_at_once_one_gets_it(desk: Desk) -> None:
    booked = full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    ask(desk, first)
    ask(desk, second)
    free(desk)
    world = desk.world
    made, held = desk.do(
        lambda s: waiting.offer_to(s, world.researcher, world.study_id, TODAY, (first, second), world.now)
    )
    assert (made, held) == (2, ())
    secrets = [token(desk, first), token(desk, second)]
    came_to = desk.race(*(lambda s, one=one: waiting.claim(s, one, {}, world.now) for one in secrets))
    assert sorted(type(each).__name__ for each in came_to) == ["CantClaim", "str"]
    assert desk.study().seats_taken == 2
    assert sorted(each[2] for each in offers(desk)) == [OfferState.CLAIMED, OfferState.LOST]
    assert sorted(state(desk, secret) for secret in secrets) == [ClaimState.LOST, ClaimState.TAKEN]
    assert len(waiters(desk)) == 1, "the other still waits"
    assert booked.reference == "CHK-1"


def test_who_has_a_session_is_offered_an_earlier_one_and_moves_to_it(desk: Desk) -> None:
    booked = desk.world.book(timedelta(days=2), email="early@example.com")
    with desk.database.reading() as session:
        enrolment_id = session.scalars(sa.select(Enrolment.id)).one()
    ask(desk, enrolment_id, Wish.EARLIER)
    assert sweep(desk) == 1
    secret = token(desk, enrolment_id)
    with desk.database.reading() as session:
        assert waiting.claim_page(session, secret, desk.world.now).moves_from == booked.starts_at
    claim(desk, secret)
    assert desk.world.get(booked.id).starts_at == TODAY
    assert desk.study().seats_taken == 1
    assert waiters(desk) == []
    assert "moved_by_participant" in desk.alerts(booked.id)


def test_who_opts_out_while_something_is_on_offer_gets_nothing_and_the_next_does(desk: Desk) -> None:
    full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    ask(desk, first)
    ask(desk, second)
    free(desk)
    sweep(desk)
    secret = token(desk, first)
    with desk.database.reading() as session:
        person = session.scalars(sa.select(Participant).where(Participant.email == "first@example.com")).one()
        offer_id = session.scalars(sa.select(SlotOffer.id)).one()
    desk.change(person, opted_out_at=desk.world.now)
    with desk.database.reading() as session:
        offer = session.get_one(SlotOffer, offer_id)
        assert waiting.may_still_offer(session, offer, desk.world.now) == "has opted out"
    with pytest.raises(CantClaim):
        claim(desk, secret)
    assert state(desk, secret) is ClaimState.CLOSED
    assert sweep(desk) == 1
    assert [each[::2] for each in offers(desk)] == [(first, OfferState.LOST), (second, OfferState.OPEN)]


def test_a_time_that_is_no_slot_any_more_is_lost_and_another_is_offered(desk: Desk) -> None:
    full(desk)
    enrolment_id = enrol(desk, "Nell")
    ask(desk, enrolment_id)
    free(desk)
    sweep(desk)
    secret = token(desk, enrolment_id)
    other = desk.world.study("OTH", "Another study")
    desk.world.book(TODAY - desk.world.now, study_id=other.id)
    assert state(desk, secret) is ClaimState.LOST
    with pytest.raises(CantClaim):
        claim(desk, secret)
    assert sweep(desk) == 1
    assert [each[1:] for each in offers(desk)] == [
        (TODAY, OfferState.LOST),
        (TODAY + HOUR, OfferState.OPEN),
    ]


def test_who_is_booked_by_hand_or_whose_study_is_closed_waits_no_more(desk: Desk) -> None:
    full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    ask(desk, first)
    ask(desk, second)
    desk.world.book(timedelta(days=3), email="first@example.com")
    with desk.database.reading() as session:
        assert waiting.wish_of(session, first) is None
        assert waiting.wish_of(session, second) is Wish.ANY
    sweep(desk)
    assert waiters(desk) == [second]
    world = desk.world
    desk.do(lambda s: studies.change_status(s, world.researcher, world.study_id, StudyAction.CLOSE, world.now))
    sweep(desk)
    assert waiters(desk) == []


def test_nothing_is_offered_in_a_paused_study_or_claimed(desk: Desk) -> None:
    full(desk)
    enrolment_id = enrol(desk, "Nell")
    ask(desk, enrolment_id)
    free(desk)
    sweep(desk)
    secret = token(desk, enrolment_id)
    desk.change(desk.study(), status=StudyStatus.PAUSED)
    assert state(desk, secret) is ClaimState.CLOSED
    with pytest.raises(CantClaim):
        claim(desk, secret)
    assert sweep(desk, desk.world.now + timedelta(hours=1)) == 0


def test_asking_is_refused_for_what_makes_no_sense(desk: Desk) -> None:
    nobody, gone = enrol(desk, "Nobody"), enrol(desk, "Gone", S.CANCELED)
    desk.refused(lambda s: waiting.ask(s, nobody, Wish.EARLIER, desk.world.now))
    desk.refused(lambda s: waiting.ask(s, gone, Wish.ANY, desk.world.now))
    desk.world.book(timedelta(days=2), email="nobody@example.com")
    desk.refused(lambda s: waiting.ask(s, nobody, Wish.ANY, desk.world.now))
    desk.change(desk.study(), status=StudyStatus.PAUSED)
    desk.refused(lambda s: waiting.ask(s, nobody, Wish.EARLIER, desk.world.now))


def test_who_asks_twice_keeps_their_turn_and_who_leaves_loses_it(desk: Desk) -> None:
    full(desk)
    first, second = enrol(desk, "First"), enrol(desk, "Second")
    for one in (first, second, first):
        ask(desk, one)
    assert waiters(desk) == [first, second]
    desk.do(lambda s: waiting.leave(s, first, desk.world.now))
    desk.do(lambda s: waiting.leave(s, first, desk.world.now))
    assert waiters(desk) == [second]


def test_a_researcher_offers_a_time_and_others_may_not(desk: Desk) -> None:
    full(desk)
    enrolment_id = enrol(desk, "Nell Amadi")
    ask(desk, enrolment_id)
    world = desk.world

    def offer(session: Any, role: Role = Role.RESEARCHER) -> tuple[int, tuple[str, ...]]:
        return waiting.offer_to(session, world.people[role], world.study_id, TODAY, (enrolment_id,), world.now)

    assert "fully booked" in desk.refused(offer).message
    free(desk)
    desk.refused(lambda s: offer(s, Role.OBSERVER), NotAllowed)
    assert desk.do(offer) == (1, ())
    assert "on offer already" in desk.refused(offer).message
    with desk.database.reading() as session:
        seen = waiting.listing(session, world.observer, "chk", world.now)
        own = waiting.listing(session, world.researcher, "CHK", world.now)
    assert seen.people[0].label == "P2"
    assert (own.people[0].label, own.people[0].offered_at) == ("Nell Amadi", TODAY)


def test_a_time_that_is_not_free_can_not_be_offered(desk: Desk) -> None:
    enrolment_id = enrol(desk, "Nell")
    ask(desk, enrolment_id)
    world = desk.world
    night = TODAY.replace(hour=22)
    error = desk.refused(
        lambda s: waiting.offer_to(s, world.researcher, world.study_id, night, (enrolment_id,), world.now), RuleError
    )
    assert "is no free time of CHK" in error.message


def test_raising_the_limit_frees_places_and_only_for_those_who_may(desk: Desk) -> None:
    full(desk)
    enrolment_id, world = enrol(desk, "Nell"), desk.world
    ask(desk, enrolment_id)

    def raise_to(limit: int | None, role: Role = Role.RESEARCHER) -> None:
        desk.do(lambda s: studies.change_limit(s, world.people[role], world.study_id, limit, world.now))

    desk.refused(lambda s: studies.change_limit(s, world.observer, world.study_id, 2, world.now), NotAllowed)
    desk.refused(lambda s: studies.change_limit(s, world.researcher, world.study_id, 0, world.now))
    assert sweep(desk) == 0
    raise_to(2)
    assert sweep(desk) == 1
    raise_to(None)
    assert desk.study().participation_limit is None


def test_a_place_that_a_no_show_leaves_is_offered(desk: Desk) -> None:
    booked = full(desk)
    enrolment_id = enrol(desk, "Nell")
    ask(desk, enrolment_id)
    later = booked.ends_at + HOUR
    desk.do(lambda s: outcomes.mark_no_show(s, desk.world.researcher, booked.id, later))
    assert sweep(desk, later) == 1
    assert mailed(desk) == [enrolment_id]


def test_who_may_not_book_yet_does_not_wait_and_is_offered_nothing(desk: Desk) -> None:
    full(desk)
    early, nell = enrol(desk, "Early", S.STUDY_INVITED), enrol(desk, "Nell")
    assert "can't book" in desk.refused(lambda s: waiting.ask(s, early, Wish.ANY, desk.world.now)).message
    ask(desk, nell)
    with desk.database.unit_of_work() as session:
        session.get_one(Enrolment, nell).status = S.STUDY_INVITED
    free(desk)
    assert sweep(desk) == 0
    world = desk.world
    offer = (world.study_id, TODAY, (nell,), world.now)
    refusal = desk.refused(lambda s: waiting.offer_to(s, world.researcher, *offer))
    assert "can't book yet: their status is Study Invited" in refusal.message
    with desk.database.unit_of_work() as session:
        session.get_one(Enrolment, nell).status = S.SOFT_BOUNCED
    assert sweep(desk) == 1, "a mail that arrives makes up for one that did not"


def test_of_two_who_are_offered_a_time_of_two_hosts_the_first_claim_leaves_the_other(desk: Desk) -> None:
    bookings, world = Bookings(desk), desk.world
    hosts = (world.researcher.member_id, world.people[Role.COLLABORATOR].member_id)
    common = availability.standard("Europe/Berlin")
    bookings.arrange(assignment=Assignment.ROUND_ROBIN, host_ids=hosts, availability=common)
    both = [enrol(desk, "Nell"), enrol(desk, "Omar")]
    for one in both:
        ask(desk, one)
    assert desk.do(lambda s: waiting.offer_to(s, world.researcher, world.study_id, TODAY, both, world.now))[0] == 2
    secrets = [token(desk, one) for one in both]
    for secret in secrets:
        claim(desk, secret)
    assert [found for _, _, found in offers(desk)] == [OfferState.CLAIMED] * 2
