"""Correcting a participant's address, and finding people by any address of theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import addresses, booking, calendars, links, participants
from bot.services.addresses import AddressTaken, Corrected, Correction
from bot.services.outgoing import Kind
from bot.services.participants import Effect, NewParticipant
from domain.errors import NotAllowed, NotFound, RuleError
from domain.mail import MailFate, MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from storage import participants as stored
from storage import people, schedule, suppressed
from storage.models import (
    Attendee,
    AuditEntry,
    Enrolment,
    OutboxRow,
    Participant,
    ParticipantAddress,
    SentMail,
    StatusChange,
)
from storage.participants import Profile
from storage.suppressed import Suppressed
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

OLD, NEW = "mara@exmaple.com", "mara@example.com"
S = ParticipantStatus


@pytest.fixture
def mara(desk: Desk) -> int:
    """Somebody in the study whose address is mistyped, and from whom an invitation came back."""
    world = desk.world
    with world.database.unit_of_work() as session:
        study = participants.choose_study(session, world.admin, "CHK")
        added = participants.add(session, world.admin, NewParticipant(Profile(OLD, "Mara Lindqvist"), study), world.now)
        person = session.get_one(Participant, added.participant_id)
        person.bounced_at = person.soft_bounced_at = world.now
        place = session.scalars(sa.select(Enrolment)).one()
        place.status, place.status_before = S.HARD_BOUNCED, S.INTERVIEW_INVITED
        session.add_all(
            StatusChange(
                enrolment_id=place.id,
                at=world.now,
                was=was,
                to=to,
                cause=cause,
                door="system",
                actor="Callsheet",
            )
            for was, to, cause in (
                (S.NOT_CONTACTED, S.INTERVIEW_INVITED, Cause.SCHEDULER),
                (S.INTERVIEW_INVITED, S.HARD_BOUNCED, Cause.BOUNCED),
            )
        )
        session.add(
            SentMail(
                workspace_id=world.workspace_id,
                message_id="<m1>",
                participant_id=person.id,
                enrolment_id=place.id,
                kind=MailKind.SCHEDULER,
                fate=MailFate.HARD_BOUNCED,
                code="5.1.1",
                sent_at=world.now,
                bounced_at=world.now,
            )
        )
        return person.id


def correct(desk: Desk, email: str = NEW, *, keeps_old: bool = True) -> Corrected:
    by = desk.world.researcher
    return desk.do(lambda s: addresses.correct(s, by, "P1", Correction(email, keeps_old), desk.world.now))


def test_with_the_right_address_somebody_is_again_what_they_were(desk: Desk, mara: int) -> None:
    with desk.database.reading() as session:
        place = session.scalars(sa.select(Enrolment.id)).one()
    token = desk.do(lambda s: links.issue_for(s, place, LinkPurpose.PAGE, desk.world.now))
    found = correct(desk, " Mara@Example.com ")
    assert found.back == (("CHK", S.INTERVIEW_INVITED),)
    assert [(each.study_key, each.kind, each.is_invitable) for each in found.lost] == [
        ("CHK", MailKind.SCHEDULER, True)
    ]
    (row,) = rows(desk.database, sa.select(Participant.email, Participant.bounced_at, Participant.soft_bounced_at))
    assert tuple(row) == (NEW, None, None)
    assert desk.status(NEW) == "Interview Invited"
    last = rows(desk.database, sa.select(StatusChange.cause).order_by(StatusChange.id.desc()).limit(1))
    assert last == [(Cause.ADDRESS_CORRECTED,)]
    assert rows(desk.database, sa.select(OutboxRow.id).where(OutboxRow.kind.like("mail%"))) == []
    assert rows(desk.database, sa.select(AuditEntry.text, AuditEntry.participant_id)) == [
        ("corrected the address of P1", mara)
    ]
    with desk.database.reading() as session:
        assert links.resolve(session, token, desk.world.now, LinkPurpose.PAGE).enrolment_id == place


def test_the_old_address_leads_to_the_same_person_unless_it_is_to_be_forgotten(desk: Desk, mara: int) -> None:
    correct(desk)
    assert rows(desk.database, sa.select(ParticipantAddress.email, ParticipantAddress.participant_id)) == [(OLD, mara)]
    correct(desk, "third@example.com", keeps_old=False)
    with desk.database.reading() as session:
        assert stored.by_emails(session, desk.world.workspace_id, [OLD, NEW, "third@example.com"]).keys() == {
            OLD,
            "third@example.com",
        }
    correct(desk, OLD)
    assert rows(desk.database, sa.select(ParticipantAddress.email)) == [("third@example.com",)]


def test_sessions_ahead_get_the_new_address_into_the_calendar(desk: Desk) -> None:
    world = desk.world
    world.calendar(world.researcher)
    interview = world.book(email=OLD)
    with world.database.unit_of_work() as session:
        session.execute(sa.delete(OutboxRow))
    found = correct(desk)
    assert found.sessions == (interview.reference,)
    assert [row.subject for row in desk.outbox(Kind.CALENDAR)] == [str(interview.id)]
    with world.database.reading() as session:
        assert NEW in {each.email for each in calendars.invited(session, world.get(interview.id))}
    assert desk.timeline(interview.id)[-1][1] == "corrected the address of P1"
    assert desk.status(NEW) == "Interview Scheduled"


def test_an_address_of_somebody_else_is_refused_and_offers_merging(desk: Desk, mara: int) -> None:
    desk.world.participant(NEW)
    fix = Correction(NEW)
    admin, researcher, now = desk.world.admin, desk.world.researcher, desk.world.now
    refusal = desk.refused(lambda s: addresses.correct(s, admin, "P1", fix, now), AddressTaken)
    assert refusal.message == "P2 has this address already. If the two are one person, merge them."
    assert isinstance(refusal, AddressTaken)
    assert (refusal.called, refusal.holder) == ("P1", "P2")
    unseen = desk.refused(lambda s: addresses.correct(s, researcher, "P1", fix, now), AddressTaken)
    assert unseen.message.startswith("Another participant has this address already.")
    assert "ask an Admin" in unseen.message
    assert rows(desk.database, sa.select(Participant.email).where(Participant.id == mara)) == [(OLD,)]


@pytest.mark.parametrize(("email", "said"), [("nonsense", "is not an e-mail address"), (OLD, "address of P1 already")])
def test_what_is_no_new_address_is_refused(desk: Desk, mara: int, email: str, said: str) -> None:
    by = desk.world.researcher
    error = desk.refused(lambda s: addresses.correct(s, by, "P1", Correction(email), desk.world.now))
    assert said in error.message
    assert error.field == "email"


def test_only_who_manages_a_study_of_theirs_corrects_an_address(desk: Desk, mara: int, elsewhere: World) -> None:
    now, fix = desk.world.now, Correction(NEW)
    desk.refused(lambda s: addresses.correct(s, desk.world.observer, "P1", fix, now), NotAllowed)
    stranger = desk.world.member(Role.RESEARCHER)
    desk.refused(lambda s: addresses.correct(s, stranger, "P1", fix, now), NotFound)
    desk.refused(lambda s: addresses.correct(s, elsewhere.admin, "P1", fix, now), NotFound)
    elsewhere.participant(NEW)
    assert correct(desk).number == 1


def test_imports_bookings_and_lists_meet_the_person_by_either_address(desk: Desk, mara: int) -> None:
    world = desk.world
    correct(desk)
    with world.database.unit_of_work() as session:
        both = [NewParticipant(Profile(OLD, phone="030 1")), NewParticipant(Profile(NEW, properties={"plan": "Pro"}))]
        added = participants.write_all(session, world.admin, both, world.now)
    assert [(one.participant_id, one.effect) for one in added] == [(mara, Effect.CHANGED)] * 2
    (known,) = rows(desk.database, sa.select(Participant.email, Participant.phone, Participant.properties))
    assert tuple(known) == (NEW, "030 1", {"plan": "Pro"})
    wanted = booking.Booking(study_id=world.study_id, email=OLD, name="", starts_at=world.now + timedelta(hours=2))
    desk.do(lambda s: booking.book(s, world.researcher, wanted, world.now))
    assert rows(desk.database, sa.select(Attendee.participant_id).where(Attendee.participant_id.is_not(None))) == [
        (mara,)
    ]
    with world.database.reading() as session:
        for text in (OLD, "mara@exm", NEW, "lindq"):
            assert [one.id for one in people.page(session, world.researcher, text, None, 10).people] == [mara], text
            assert [one.id for one in schedule.find_people(session, world.researcher, text, 10)] == [mara], text
        assert people.one(session, world.researcher, OLD)[0].id == mara
        assert stored.known_emails(session, world.workspace_id, [OLD, NEW, "x@example.com"]) == {OLD, NEW}
        with pytest.raises(NotFound):
            people.one(session, world.observer, OLD)


def test_the_statements_of_a_correction_do_not_grow(desk: Desk, mara: int) -> None:
    world = desk.world
    numbers = []
    for round_, studies in enumerate((1, 4)):
        for number in range(studies):
            study = world.study(f"T{round_}{number}", "Talk")
            world.book(timedelta(hours=2 + 30 * round_ + 2 * number), email=OLD, study_id=study.id)
        bounced = sa.update(Enrolment).where(Enrolment.study_id == world.study_id).values(status=S.HARD_BOUNCED)
        with world.database.unit_of_work() as session:
            session.execute(bounced)
        with counted_statements(world.database) as counted:
            correct(desk, f"new{round_}@example.com")
        numbers.append(len(counted))
    assert numbers[0] == numbers[1]


def test_who_was_erased_and_is_not_to_be_written_to_gets_no_mail_by_another_persons_address(
    desk: Desk, mara: int
) -> None:
    world = desk.world
    kept = {NEW: Suppressed(world.now, is_blocked=False)}
    desk.do(lambda s: suppressed.keep(s, world.workspace_id, kept))
    error = desk.refused(lambda s: addresses.correct(s, world.admin, "P1", Correction(NEW), world.now), RuleError)
    assert "was erased and is not to be written to" in error.message
