"""Opting out: nothing more is sent, what is booked is free again, what is owed stays owed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import attendance, links, opting_out
from bot.services.attendance import Came
from bot.services.links import LinkExpired
from bot.services.outgoing import Kind
from domain.interview import InterviewStatus
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from domain.waiting import OfferState, Wish
from storage import interviews, waiting
from storage import participants as stored
from storage.engine import Database
from storage.models import Attendee, Enrolment, Interview, Participant, SlotOffer, WaitingEntry
from tests.builders import World
from tests.fakes import Outside
from tests.services.conftest import Desk

KAI = "kai@example.com"


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now)


def person(desk: Desk, email: str = KAI) -> Participant:
    with desk.database.reading() as session:
        found = stored.by_email(session, desk.world.workspace_id, email)
        assert found is not None
        return found


def token(desk: Desk, email: str = KAI, purpose: LinkPurpose = LinkPurpose.UNSUBSCRIBE) -> str:
    """A link of the person's first enrolment."""

    def act(session: Session) -> str:
        enrolment_id = session.scalars(
            sa.select(Enrolment.id)
            .join(Participant, Participant.id == Enrolment.participant_id)
            .where(Participant.email == email)
            .order_by(Enrolment.id)
        ).first()
        assert enrolment_id is not None
        return links.issue_for(session, enrolment_id, purpose, desk.world.now)

    return desk.do(act)


def opt_out(desk: Desk, secret: str, at: datetime | None = None) -> None:
    desk.do(lambda session: opting_out.opt_out(session, secret, at or desk.world.now))


def seats(desk: Desk, interview_id: int) -> dict[str, InterviewStatus]:
    """The outcomes of an interview's seats, by their participants' addresses."""
    with desk.database.reading() as session:
        found = session.execute(
            sa.select(Participant.email, Attendee.outcome)
            .join(Attendee, Attendee.participant_id == Participant.id)
            .where(Attendee.interview_id == interview_id)
        )
        return {row[0]: row[1] for row in found}


@pytest.mark.parametrize("purpose", [LinkPurpose.UNSUBSCRIBE, LinkPurpose.PAGE])
def test_sessions_ahead_are_called_off_in_every_study_and_their_teams_hear_it_once(
    desk: Desk, world: World, outside: Outside, purpose: LinkPurpose
) -> None:
    other = world.study("OTH", "Other")
    first = world.book(timedelta(days=1), email=KAI)
    second = world.book(timedelta(days=2), email=KAI, study_id=other.id)
    outside.deliver()
    mails = len(outside.mailer.sent)
    opt_out(desk, token(desk, purpose=purpose))

    for interview in (first, second):
        now_is = world.get(interview.id)
        assert now_is.status is InterviewStatus.CANCELED
        assert now_is.cancel_reason == "The participant can't make it: opted out of all mails"
        assert desk.alerts(interview.id) == ["opted_out"]
        assert desk.timeline(interview.id)[-1][0] == "P1"
    assert desk.status(KAI) == desk.status(KAI, other.id) == "Opted Out"
    assert (desk.study().seats_taken, desk.study(other.id).seats_taken) == (0, 0)
    assert person(desk).opted_out_at == world.now
    outside.deliver()
    assert len(outside.mailer.sent) == mails
    told = [text for text in outside.slack.said_in("C0CORE") if text.startswith("Opted out")]
    assert len(told) == 2
    assert "P1 asked for no more mails and takes part in nothing any more: the session is cancelled." in told[0]


def test_in_a_group_only_the_seat_is_free(desk: Desk, world: World, outside: Outside) -> None:
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    at = world.now + timedelta(days=1)
    interview = world.book(study_id=group.id, starts_at=at, email=KAI)
    world.book(study_id=group.id, starts_at=at, email="noa@example.com")
    opt_out(desk, token(desk))

    assert world.get(interview.id).status is InterviewStatus.UPCOMING
    assert seats(desk, interview.id) == {
        KAI: InterviewStatus.CANCELED,
        "noa@example.com": InterviewStatus.UPCOMING,
    }
    assert desk.study(group.id).seats_taken == 1
    assert desk.timeline(interview.id)[-1] == ("P1", "cancelled their seat (opted out of all mails)")
    assert desk.status("noa@example.com", group.id) == "Interview Scheduled"


def test_what_has_begun_or_is_over_stays(desk: Desk, world: World) -> None:
    running = world.book(timedelta(hours=1), email=KAI)
    opt_out(desk, token(desk), world.now + timedelta(hours=1, minutes=10))

    assert world.get(running.id).status is InterviewStatus.UPCOMING
    assert seats(desk, running.id) == {KAI: InterviewStatus.UPCOMING}
    assert desk.status(KAI) == "Opted Out"


def owes(desk: Desk, interview_id: int) -> bool:
    with desk.database.reading() as session:
        line = interviews.line(session, desk.world.workspace_id, interview_id)
        return line.seats[0].is_owed


@pytest.mark.parametrize("is_out_before", [True, False], ids=["noted later", "noted before"])
def test_incentive_that_was_earned_is_owed_all_the_same(desk: Desk, world: World, is_out_before: bool) -> None:
    desk.change(desk.study(), incentive_amount_minor=5000, incentive_currency="EUR")
    interview = world.book(timedelta(hours=1), email=KAI)
    secret, later = token(desk), world.now + timedelta(hours=3)

    def note(session: Session) -> None:
        attendance.note(session, world.researcher, interview.id, Came({}, host=True, settled_at=None), later)

    acts = [lambda: desk.do(note), lambda: opt_out(desk, secret, later)]
    for act in reversed(acts) if is_out_before else acts:
        act()

    assert desk.status(KAI) == "Opted Out"
    assert owes(desk, interview.id)


@pytest.mark.parametrize(
    ("status", "after"),
    [
        (ParticipantStatus.NOT_CONTACTED, "Opted Out"),
        (ParticipantStatus.HARD_BOUNCED, "Opted Out"),
        (ParticipantStatus.INCENTIVE_SENT, "Opted Out"),
        (ParticipantStatus.INCENTIVE_CLAIMED, "Incentive Claimed"),
    ],
)
def test_everybody_is_opted_out_but_who_has_claimed_an_incentive(
    desk: Desk, world: World, status: ParticipantStatus, after: str
) -> None:
    interview = world.book(timedelta(hours=1), email=KAI)
    desk.do(
        lambda session: session.execute(
            sa.update(Enrolment).values(status=status, status_before=ParticipantStatus.INCENTIVE_NOT_SENT)
        )
    )
    opt_out(desk, token(desk), world.now + timedelta(hours=3))

    assert desk.status(KAI) == after
    assert not owes(desk, interview.id)


def test_who_opts_out_waits_for_nothing_any_more(desk: Desk, world: World) -> None:
    world.book(timedelta(days=3), email=KAI)
    world.book(timedelta(days=4), email="noa@example.com")

    def wait(session: Session) -> None:
        for enrolment in session.scalars(sa.select(Enrolment)):
            waiting.ask(session, world.study_id, enrolment.id, Wish.EARLIER, world.now)
            session.add(
                SlotOffer(
                    study_id=world.study_id,
                    enrolment_id=enrolment.id,
                    starts_at=world.now + timedelta(days=1),
                    offered_by="Callsheet",
                    offered_at=world.now,
                    expires_at=world.now + timedelta(hours=2),
                )
            )

    desk.do(wait)
    opt_out(desk, token(desk))

    with desk.database.reading() as session:
        assert len(session.scalars(sa.select(WaitingEntry)).all()) == 1
        states = session.scalars(sa.select(SlotOffer.state).order_by(SlotOffer.id)).all()
    assert states == [OfferState.LOST, OfferState.OPEN]


def test_twice_is_once_also_at_the_same_moment(desk: Desk, world: World) -> None:
    interview = world.book(timedelta(days=1), email=KAI)
    first, second = token(desk), token(desk)
    acts = [partial(opting_out.opt_out, token=secret, now=world.now) for secret in (first, second)]
    results = desk.race(*acts)
    opt_out(desk, first, world.now + timedelta(hours=1))

    assert results == [None, None]
    assert desk.alerts(interview.id) == ["opted_out"]
    assert desk.study().seats_taken == 0
    assert person(desk).opted_out_at == world.now


@pytest.mark.parametrize("purpose", [LinkPurpose.CLAIM, None])
def test_other_links_opt_nobody_out(desk: Desk, world: World, purpose: LinkPurpose | None) -> None:
    world.book(timedelta(days=1), email=KAI)
    secret = token(desk, purpose=purpose) if purpose else "nonsense"

    desk.refused(lambda session: opting_out.opt_out(session, secret, world.now), LinkExpired)
    assert person(desk).opted_out_at is None


def test_link_to_unsubscribe_works_for_good(desk: Desk, world: World) -> None:
    world.book(timedelta(days=1), email=KAI)
    opt_out(desk, token(desk), world.now + timedelta(days=400))

    assert desk.status(KAI) == "Opted Out"


def test_nobody_elses_session_is_touched(desk: Desk, world: World, elsewhere: World) -> None:
    theirs = elsewhere.book(timedelta(days=1), email=KAI)
    others = world.book(timedelta(days=1), email="noa@example.com")
    world.book(timedelta(days=2), email=KAI)

    def own(session: Session) -> str:
        enrolment_id = session.scalars(
            sa.select(Enrolment.id)
            .join(Participant, Participant.id == Enrolment.participant_id)
            .where(Participant.email == KAI, Participant.workspace_id == world.workspace_id)
        ).one()
        return links.issue_for(session, enrolment_id, LinkPurpose.UNSUBSCRIBE, world.now)

    opt_out(desk, desk.do(own))

    for interview in (theirs, others):
        with desk.database.reading() as session:
            assert session.get_one(Interview, interview.id).status is InterviewStatus.UPCOMING
    assert len(desk.outbox(Kind.ALERT)) == 1
