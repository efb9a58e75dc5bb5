"""Erasing: nothing personal is left anywhere, what must be kept is, and nobody comes back contactable by mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.blocks import interview_details
from bot.services import audit, booking, erasing, links, mails, notes, opting_out, participants
from bot.services.audit import Audited
from bot.services.links import LinkExpired
from bot.services.participants import NewParticipant
from domain.audit import AuditAction
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import InterviewStatus
from domain.person import LinkPurpose
from domain.roles import Role
from domain.study import StudyStatus, StudyType
from domain.waiting import Wish
from storage import bulk_changes, interviews, invitations, people, waiting
from storage import participants as stored
from storage.engine import Database
from storage.models import (
    AuditEntry,
    Base,
    BlocklistSuggestion,
    BulkChange,
    Consent,
    Enrolment,
    GovernanceOverride,
    Interview,
    Participant,
    ParticipantAddress,
    ParticipantNote,
    PendingImport,
    ScreenerResponse,
    ScreenerVersion,
    SessionRating,
    StatusChange,
    SuppressedAddress,
    Team,
    WaitingEntry,
)
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.fakes import Outside
from tests.services.conftest import Desk

KAI = "kai.sundqvist@example.com"
OTHER = "k.sundqvist@work.example"
NAME = "Kai Sundqvist"
PHONE = "+46 70 123 45 67"


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now)


def person(desk: Desk, number: int = 1) -> Participant:
    with desk.database.reading() as session:
        statement = sa.select(Participant).where(
            Participant.workspace_id == desk.world.workspace_id, Participant.number == number
        )
        return session.scalars(statement).one()


def erase(desk: Desk, called: str = "P1", at: datetime | None = None) -> None:
    desk.do(lambda session: erasing.erase(session, desk.world.admin, called, at or desk.world.now))


def everything(database: Database) -> str:
    """Every value of every row of every table, as one text."""
    with database.reading() as session:
        return "\n".join(
            f"{table.name}: {' | '.join(map(str, row))}"
            for table in Base.metadata.sorted_tables
            for row in session.execute(sa.select(table))
        )


def live(desk: Desk) -> Interview:
    """A life in the product: booked, talked about, noted, rated, answered, overridden, suggested, and booked again."""
    world = desk.world
    past = world.book(timedelta(hours=1), email=KAI, name=NAME)
    ahead = world.book(timedelta(days=3), email=KAI, name=NAME, title=f"Checkout with {NAME}")

    def act(session: Session) -> None:
        somebody = stored.by_email(session, world.workspace_id, KAI)
        assert somebody is not None
        somebody.phone, somebody.time_zone = PHONE, "Europe/Stockholm"
        somebody.properties = {"city": "Uppsala", "employer": "Sundqvist AB"}
        somebody.do_not_contact_reason = "Sundqvist asked us to wait"
        enrolment = session.scalars(sa.select(Enrolment).where(Enrolment.participant_id == somebody.id)).first()
        assert enrolment is not None
        enrolment.status_reason = "Kai is on parental leave"
        version = ScreenerVersion(study_id=world.study_id, number=1, document={}, author="Rae", published_at=world.now)
        session.add(version)
        session.flush()
        bulk = BulkChange(
            study_id=world.study_id,
            member_id=world.admin.member_id,
            reason="Kai asked us",
            enrolment_ids=[],
            seen_at=world.now,
            made_at=world.now,
        )
        sample = {"place": 0, "name": "Mail", "sample": KAI, "meaning": "email"}
        session.add_all(
            [
                bulk,
                PendingImport(member_id=world.admin.member_id, file={}, columns=[sample], chosen={}, made_at=world.now),
            ]
        )
        session.flush()
        common = {"participant_id": somebody.id, "author": "Rae", "reason": f"{NAME} insists", "at": world.now}
        session.add_all(
            [
                ParticipantAddress(
                    workspace_id=world.workspace_id, email=OTHER, participant_id=somebody.id, added_at=world.now
                ),
                ParticipantNote(participant_id=somebody.id, author="Rae", text="Kai prefers mornings", at=world.now),
                GovernanceOverride(study_id=world.study_id, **common),
                BlocklistSuggestion(workspace_id=world.workspace_id, **common),
                ScreenerResponse(
                    enrolment_id=enrolment.id,
                    version_id=version.id,
                    answers={"q1": "I work at Sundqvist AB"},
                    started_at=world.now,
                    saved_at=world.now,
                    decided_by="Rae",
                    decision_reason="Kai fits",
                ),
                Consent(enrolment_id=enrolment.id, version=1, at=world.now),
                SessionRating(
                    interview_id=past.id, member_id=world.admin.member_id, score=5, note="Kai was great", at=world.now
                ),
                StatusChange(
                    enrolment_id=enrolment.id,
                    at=world.now,
                    to=enrolment.status,
                    cause="by_hand",
                    door="slack",
                    actor="Rae",
                    reason="Sundqvist called",
                    bulk_id=bulk.id,
                ),
            ]
        )
        notes.add(session, world.admin, past.id, f"Sundqvist asked for a summary to {KAI} or {PHONE}", world.now)
        audit.note(
            session, world.admin, Audited(AuditAction.OVERRODE, f"overrode P1: {NAME} agreed", somebody.id), world.now
        )
        waiting.ask(session, world.study_id, enrolment.id, Wish.EARLIER, world.now)

    desk.do(act)
    return ahead


def test_nothing_personal_is_left_in_any_table(desk: Desk, world: World, outside: Outside) -> None:
    ahead = live(desk)
    outside.deliver()
    for word in (KAI, OTHER, "Sundqvist", "Kai", PHONE, "Uppsala"):
        assert word in everything(desk.database)
    erase(desk)
    found = everything(desk.database)
    for word in (KAI, OTHER, "Sundqvist", "Kai", PHONE, "Uppsala", "Stockholm", "parental"):
        assert [line for line in found.splitlines() if word in line] == []
    outside.deliver()
    assert [line for line in everything(desk.database).splitlines() if "undqvist" in line] == []

    assert world.get(ahead.id).status is InterviewStatus.CANCELED
    assert world.get(ahead.id).title == "Checkout with P1"
    assert "added a note: P1 asked for a summary to P1 or P1" in str(desk.timeline(ahead.id - 1))
    assert rows(desk.database, sa.select(AuditEntry.text).order_by(AuditEntry.id)) == [
        ("overrode P1: P1 agreed",),
        ("erased P1",),
    ]


def test_what_must_be_kept_is_kept_under_the_alias(desk: Desk, world: World) -> None:
    live(desk)
    before = desk.study().seats_taken
    erase(desk)
    gone = person(desk)
    assert (gone.number, gone.email, gone.erased_at) == (1, "p1@erased.invalid", world.now)
    assert desk.study().seats_taken == before - 2, "both sessions were ahead"
    with desk.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Enrolment)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 1
        response = session.scalars(sa.select(ScreenerResponse)).one()
        assert (response.answers, response.decided_by) == ({}, "Rae")
    assert rows(desk.database, sa.select(WaitingEntry.id)) == []


def test_a_session_that_was_held_stays_counted(desk: Desk, world: World) -> None:
    interview = world.book(timedelta(hours=1), email=KAI, name=NAME)
    later = world.now + timedelta(days=1)
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(Interview).values(status=InterviewStatus.COMPLETED))
        session.execute(sa.text("UPDATE attendees SET outcome = 'completed'"))
    erase(desk, at=later)
    assert world.get(interview.id).status is InterviewStatus.COMPLETED
    assert desk.study().seats_taken == 1


def test_its_team_hears_it_once_and_the_participant_never(desk: Desk, world: World, outside: Outside) -> None:
    ahead = live(desk)
    outside.deliver()
    mails = len(outside.mailer.sent)
    erase(desk)
    outside.deliver()
    assert len(outside.mailer.sent) == mails
    told = [text for text in outside.slack.said_in("C0CORE") if text.startswith("Erased")]
    assert len(told) == 2
    assert "The data of P1 was erased, and they take part in nothing any more: the session is cancelled." in told[0]
    assert desk.alerts(ahead.id)[-1] == "erased"


def test_a_mail_that_waits_to_go_out_does_not(desk: Desk, world: World) -> None:
    world.book(email=KAI, name=NAME)
    assert [row.state for row in desk.outbox("mail")] == ["pending"]
    erase(desk)
    assert desk.outbox("mail") == []


def test_cards_and_calendars_forget_the_name(desk: Desk, world: World, outside: Outside) -> None:
    address = world.calendar(world.researcher)
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(Team).values(names_in_channel=True))
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    at = world.now + timedelta(days=1)
    for email, name in ((KAI, NAME), ("noa@example.com", "Noa Berg")):
        world.book(study_id=group.id, starts_at=at, email=email, name=name)
    outside.deliver()
    assert "Kai" in str(outside.slack.channel("C0CORE").messages)
    assert KAI in str(outside.calendar.the_event(address).attendees)
    erase(desk)
    outside.deliver()
    said = outside.slack.channel("C0CORE").messages
    assert "Kai" not in str(said)
    assert "Noa" in str(said)
    guests = str(outside.calendar.the_event(address).attendees)
    assert KAI not in guests
    assert "noa@example.com" in guests


def test_wherever_they_are_named_it_is_by_their_alias_and_no_made_up_address(desk: Desk, world: World) -> None:
    held = world.book(email=KAI, name=NAME)
    erase(desk)
    with desk.database.reading() as session:
        line = interviews.line(session, world.workspace_id, held.id)
        recipients = mails.recipients_of(session, line.seats, world.now)
        ids = session.scalars(sa.select(Enrolment.id)).all()
        (standing,) = bulk_changes.standings(session, world.admin, world.study_id, ids, all_named=True)
        everybody = session.scalars(sa.select(Participant.id)).all()
        (candidate,) = invitations.candidates(session, world.admin, world.study_id, everybody, {})
    assert [one.barred for one in recipients] == ["was erased"]
    assert (standing.label, candidate.label) == ("P1", "P1")
    (seat,) = line.seats
    assert (seat.name, seat.email, seat.shown_as(with_name=True)) == ("", "", "P1")
    assert interview_details.contacts(line) == "P1 · erased"


def test_the_event_of_a_past_session_forgets_them_too(desk: Desk, world: World, outside: Outside) -> None:
    address = world.calendar(world.researcher)
    world.book(timedelta(hours=1), email=KAI, name=NAME)
    outside.deliver()
    with desk.database.unit_of_work() as session:
        session.execute(sa.update(Interview).values(status=InterviewStatus.COMPLETED))
        session.execute(sa.text("UPDATE attendees SET outcome = 'completed' WHERE participant_id IS NOT NULL"))
    erase(desk, at=outside.clock.move(timedelta(days=1)))
    outside.deliver()
    guests = str(outside.calendar.the_event(address).attendees)
    assert KAI not in guests
    assert "northwind.example" in guests, "the host is still invited"


def test_links_end_and_pages_close(desk: Desk, world: World) -> None:
    world.book(email=KAI, name=NAME)
    enrolment = rows(desk.database, sa.select(Enrolment.id))[0][0]
    secret = desk.do(lambda session: links.issue_for(session, enrolment, LinkPurpose.PAGE, world.now))
    erase(desk)
    desk.refused(lambda session: links.resolve(session, secret, world.now, LinkPurpose.PAGE), LinkExpired)


def test_once_more_changes_nothing(desk: Desk, world: World) -> None:
    live(desk)
    erase(desk)
    before = everything(desk.database)
    erase(desk, at=world.now + timedelta(days=1))
    assert everything(desk.database) == before


def test_two_at_once_erase_once(desk: Desk, world: World) -> None:
    live(desk)
    one: Callable[[Session], object] = lambda session: erasing.erase(session, world.admin, "P1", world.now)  # noqa: E731
    results = desk.race(one, one)
    assert not [each for each in results if isinstance(each, Exception)]
    assert len(rows(desk.database, sa.select(AuditEntry.id).where(AuditEntry.action == AuditAction.ERASED))) == 1


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER])
def test_only_admins_and_ops_managers_erase(desk: Desk, world: World, role: Role) -> None:
    world.book(email=KAI, name=NAME)
    desk.refused(lambda s: erasing.erase(s, world.people[role], "P1", world.now), NotAllowed)
    assert person(desk).email == KAI


def test_nobody_finds_them_and_their_page_says_why(desk: Desk, world: World) -> None:
    live(desk)
    erase(desk)
    with desk.database.reading() as session:
        assert people.page(session, world.admin, "", None, 10).people == ()
        assert people.page(session, world.admin, "p1", None, 10).people == ()
        assert people.details(session, world.admin, "P1", world.now).erased_at == world.now
        with pytest.raises(NotFound):
            people.details(session, world.admin, KAI, world.now)


def come_again(desk: Desk, *emails: str) -> None:
    new = [NewParticipant(Profile(email, NAME)) for email in emails]
    desk.do(lambda session: participants.write_all(session, desk.world.admin, new, desk.world.now))


def by_address(desk: Desk, email: str) -> Participant:
    with desk.database.reading() as session:
        found = stored.by_email(session, desk.world.workspace_id, email)
        assert found is not None
        return found


def test_who_had_opted_out_comes_back_opted_out_by_either_address(desk: Desk, world: World) -> None:
    live(desk)
    enrolment = rows(desk.database, sa.select(Enrolment.id))[0][0]
    secret = desk.do(lambda session: links.issue_for(session, enrolment, LinkPurpose.UNSUBSCRIBE, world.now))
    desk.do(lambda session: opting_out.opt_out(session, secret, world.now))
    erase(desk, at=world.now + timedelta(days=9))
    come_again(desk, KAI, OTHER, "somebody@example.com")
    assert by_address(desk, KAI).opted_out_at == world.now
    assert by_address(desk, OTHER).opted_out_at == world.now
    assert by_address(desk, "somebody@example.com").opted_out_at is None


def test_who_was_on_the_blocklist_comes_back_on_it_and_can_be_booked_by_nobody(desk: Desk, world: World) -> None:
    world.participant(KAI, NAME, blocklisted_at=world.now, blocklist_reason="threw a chair")
    erase(desk)
    wanted = booking.Booking(study_id=world.study_id, email=KAI, name=NAME, starts_at=world.now + timedelta(days=1))
    refusal = desk.refused(lambda session: booking.book(session, world.researcher, wanted, world.now), RuleError)
    assert "In Blocklist" in refusal.message
    come_again(desk, KAI)
    back = by_address(desk, KAI)
    assert (back.blocklisted_at, back.number) == (world.now, 2)


def test_the_hash_of_an_address_says_nothing_without_the_workspaces_key(
    desk: Desk, world: World, elsewhere: World
) -> None:
    for each in (world, elsewhere):
        each.participant(KAI, NAME, opted_out_at=world.now)
        with desk.database.unit_of_work() as session:
            erasing.erase(session, each.admin, "P1", world.now)
    found = rows(desk.database, sa.select(SuppressedAddress.email_hash))
    assert len({value for (value,) in found}) == 2, "the same address has another hash in each workspace"


def test_who_was_free_to_contact_leaves_no_hash_and_comes_back_free(desk: Desk, world: World) -> None:
    world.participant(KAI, NAME)
    erase(desk)
    assert rows(desk.database, sa.select(SuppressedAddress.email_hash)) == []
    come_again(desk, KAI)
    assert by_address(desk, KAI).opted_out_at is None


def test_another_workspace_keeps_its_own_and_reaches_nobody_elses(desk: Desk, world: World, elsewhere: World) -> None:
    world.participant(KAI, NAME)
    elsewhere.participant(KAI, NAME)
    elsewhere.participant("lee@example.com", "Lee")
    erase(desk)
    assert "Kai" in str(rows(desk.database, sa.select(Participant.name).where(Participant.number == 1)))
    desk.refused(lambda session: erasing.erase(session, world.admin, "P2", world.now), NotFound)


def test_others_in_the_same_session_keep_their_names(desk: Desk, world: World) -> None:
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=3)
    at = world.now + timedelta(days=1)
    interview = world.book(study_id=group.id, starts_at=at, email=KAI, name=NAME, title="Kai Sundqvist and Noa Berg")
    world.book(study_id=group.id, starts_at=at, email="noa@example.com", name="Noa Berg")
    erase(desk)
    assert world.get(interview.id).title == "P1 and Noa Berg"
    assert world.get(interview.id).status is InterviewStatus.UPCOMING


def test_statements_do_not_grow_with_what_there_is_of_somebody(desk: Desk, world: World) -> None:
    def cost(sessions: int, email: str) -> int:
        for n in range(sessions):
            key = f"S{world.study(f'S{next(world.numbers)}', 'Study', status=StudyStatus.ACTIVE).id}"
            assert key
            world.book(timedelta(days=1 + n), email=email, name=NAME)
        number = by_address(desk, email).number
        with desk.database.unit_of_work() as session:
            session.execute(sa.update(Interview).values(starts_at=world.now - timedelta(days=2)))
            session.execute(sa.text("UPDATE attendees SET outcome = 'completed'"))
        with counted_statements(desk.database) as statements:
            erase(desk, f"P{number}")
        return len(statements)

    assert cost(1, "one@example.com") >= cost(6, "six@example.com") - 1
