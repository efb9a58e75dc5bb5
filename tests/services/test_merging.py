"""Merging two participants who are one person: what comes over, what wins, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import links, merging, participants
from bot.services.participants import NewParticipant
from domain.errors import NotAllowed, NotFound, RuleError
from domain.mail import MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from domain.screener import Verdict
from domain.study import StudyType
from domain.waiting import OfferState, Wish
from storage import people
from storage.merging import referring, unique_with
from storage.models import (
    Attendee,
    AuditEntry,
    BlocklistSuggestion,
    Consent,
    Enrolment,
    GovernanceOverride,
    Interview,
    MergedParticipant,
    OutboxRow,
    Participant,
    ParticipantAddress,
    ParticipantNote,
    ScreenerResponse,
    ScreenerVersion,
    SentInvitation,
    SentMail,
    SlotOffer,
    StatusChange,
    WaitingEntry,
)
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

ONE, TWO = "mara@example.com", "mara.l@work.example"
S = ParticipantStatus


def add(desk: Desk, email: str, name: str = "Mara Lindqvist", study: str = "CHK") -> int:
    """A participant in the study. Their id."""
    world = desk.world

    def act(session: Session) -> int:
        chosen = participants.choose_study(session, world.admin, study) if study else None
        new = NewParticipant(Profile(email, name), chosen)
        return participants.add(session, world.admin, new, world.now).participant_id

    return desk.do(act)


def book(desk: Desk, email: str, hours: int, study_id: int | None = None) -> Interview:
    return desk.world.book(timedelta(hours=hours), email=email, study_id=study_id or desk.world.study_id)


def merge(desk: Desk, stays: str = "P1", goes: str = "P2", taken: tuple[str, ...] = (), actor: Any = None) -> Any:
    by = actor or desk.world.admin
    return desk.do(lambda s: merging.merge(s, by, stays, goes, taken, desk.world.now))


def refused(desk: Desk, stays: str = "P1", goes: str = "P2", kind: type[RuleError] = RuleError) -> str:
    by = desk.world.admin
    first = desk.refused(lambda s: merging.preview(s, by, stays, goes), kind).message
    assert desk.refused(lambda s: merging.merge(s, by, stays, goes, (), desk.world.now), kind).message == first
    return first


def enrolment_of(desk: Desk, participant_id: int, study_id: int | None = None) -> Enrolment:
    with desk.database.reading() as session:
        return session.scalars(
            sa.select(Enrolment).where(
                Enrolment.participant_id == participant_id,
                Enrolment.study_id == (study_id or desk.world.study_id),
            )
        ).one()


def put(desk: Desk, *new: Any) -> None:
    desk.do(lambda s: s.add_all(new))


def count(desk: Desk, kind: Any, *which: Any) -> int:
    return len(rows(desk.database, sa.select(kind).where(*which)))


def test_what_belongs_to_the_one_who_goes_comes_over(desk: Desk) -> None:
    world, now = desk.world, desk.world.now
    stays, goes = add(desk, ONE), add(desk, TWO, study="")
    other = world.study("ONB", "Onboarding")
    interview = book(desk, TWO, 3, other.id)
    theirs = enrolment_of(desk, goes, other.id)
    put(
        desk,
        ParticipantNote(participant_id=goes, author="Ada", text="Likes mornings", at=now),
        ParticipantAddress(workspace_id=world.workspace_id, email="old@example.com", participant_id=goes, added_at=now),
        SentInvitation(participant_id=goes, enrolment_id=theirs.id, at=now),
        SentMail(
            workspace_id=world.workspace_id,
            message_id="<m1>",
            participant_id=goes,
            enrolment_id=theirs.id,
            kind=MailKind.SCHEDULER,
            sent_at=now,
        ),
        GovernanceOverride(participant_id=goes, study_id=other.id, author="Ada", reason="Asked", at=now),
        BlocklistSuggestion(workspace_id=world.workspace_id, participant_id=goes, author="Ada", reason="Rude", at=now),
        MergedParticipant(workspace_id=world.workspace_id, number=99, participant_id=goes, merged_at=now),
        WaitingEntry(study_id=other.id, enrolment_id=theirs.id, wish=Wish.EARLIER, asked_at=now),
        Consent(enrolment_id=theirs.id, version=1, at=now),
    )
    token = desk.do(lambda s: links.issue_for(s, theirs.id, LinkPurpose.PAGE, now))
    merged = merge(desk)
    assert (merged.number, merged.gone) == (1, 2)
    assert rows(desk.database, sa.select(Participant.id, Participant.email)) == [(stays, ONE)]
    for kind in (
        ParticipantNote,
        SentInvitation,
        SentMail,
        GovernanceOverride,
        BlocklistSuggestion,
    ):
        assert count(desk, kind, kind.participant_id == stays) == 1, kind
    assert count(desk, Attendee, Attendee.participant_id == stays, Attendee.interview_id == interview.id) == 1
    assert enrolment_of(desk, stays, other.id).id == theirs.id
    assert count(desk, WaitingEntry) == count(desk, Consent) == 1
    known = set(rows(desk.database, sa.select(ParticipantAddress.email, ParticipantAddress.participant_id)))
    assert known == {("old@example.com", stays), (TWO, stays)}
    with desk.database.reading() as session:
        assert links.resolve(session, token, now, LinkPurpose.PAGE).enrolment_id == theirs.id
        for called in ("P2", "P99", TWO, "old@example.com", "P1"):
            assert people.one(session, world.admin, called)[0].id == stays
    assert "calendar" not in desk.timeline(interview.id)[-1][1]
    assert desk.timeline(interview.id)[-1][1] == "merged P2 into P1"
    assert rows(desk.database, sa.select(AuditEntry.text, AuditEntry.participant_id)) == [("merged P2 into P1", stays)]


@pytest.mark.parametrize(
    ("own", "other", "kept"),
    [
        (S.NOT_CONTACTED, S.INTERVIEW_INVITED, "other"),
        (S.INTERVIEW_INVITED, S.NOT_CONTACTED, "own"),
        (S.INTERVIEW_INVITED, S.INTERVIEW_INVITED, "own"),
        (S.HARD_BOUNCED, S.NOT_CONTACTED, "other"),
        (S.INTERVIEW_COMPLETED, S.INCENTIVE_CLAIMED, "other"),
        (S.NO_SHOWED, S.SCREENER_QUALIFIED, "own"),
    ],
)
def test_of_two_places_in_a_study_the_further_is_kept_with_the_history_of_both(
    desk: Desk, own: S, other: S, kept: str
) -> None:
    stays, goes = add(desk, ONE), add(desk, TWO)
    places = {"own": enrolment_of(desk, stays), "other": enrolment_of(desk, goes)}
    desk.change(places["own"], status=own)
    desk.change(places["other"], status=other)
    merge(desk)
    found = enrolment_of(desk, stays)
    assert (found.id, found.status) == (places[kept].id, {"own": own, "other": other}[kept])
    assert count(desk, Enrolment) == 1
    history = rows(
        desk.database,
        sa.select(StatusChange.cause, StatusChange.to)
        .where(StatusChange.enrolment_id == found.id)
        .order_by(StatusChange.id),
    )
    assert [cause for cause, _ in history] == [Cause.ADDED, Cause.ADDED, Cause.MERGED]
    assert history[-1][1] is found.status


def test_a_session_beats_an_invitation_and_the_seats_are_counted_once(desk: Desk) -> None:
    stays = add(desk, ONE)
    add(desk, TWO)
    interview = book(desk, TWO, 3)
    merge(desk)
    assert enrolment_of(desk, stays).status is S.INTERVIEW_SCHEDULED
    assert desk.study().seats_taken == 1
    (seat,) = rows(
        desk.database,
        sa.select(Attendee.enrolment_id).where(Attendee.interview_id == interview.id, Attendee.participant_id == stays),
    )
    assert seat[0] == enrolment_of(desk, stays).id


def test_two_sessions_ahead_in_a_study_are_refused_until_one_is_cancelled(desk: Desk) -> None:
    book(desk, ONE, 3)
    book(desk, TWO, 5)
    said = refused(desk)
    assert said == ("P1 and P2 both have a session ahead in CHK: CHK-1 and CHK-2. Cancel one of the two first.")


def test_what_never_had_a_card_gets_none(desk: Desk) -> None:
    """Sessions of the past that were logged: a merger is no reason to post them."""
    add(desk, ONE)
    with desk.database.unit_of_work() as session:
        past = book(desk, TWO, 3)
        session.execute(sa.update(Interview).values(status="completed"))
        session.execute(sa.update(Attendee).values(outcome="completed"))
        session.execute(sa.delete(OutboxRow))
    merge(desk)
    assert [row.subject for row in desk.outbox("slack_card")] == []
    assert count(desk, Attendee, Attendee.interview_id == past.id, Attendee.participant_id.is_not(None)) == 1


def test_two_seats_in_one_session_are_one_seat(desk: Desk) -> None:
    world = desk.world
    group = world.study("GRP", "Group", type=StudyType.GROUP_INTERVIEW, capacity=4)
    interview = book(desk, ONE, 3, group.id)
    book(desk, TWO, 3, group.id)
    assert "both have a session ahead in GRP: GRP-1." in refused(desk)
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Attendee).values(outcome="completed"))
        session.execute(sa.update(Interview).values(status="completed"))
    with world.database.reading() as session:
        first, second = session.scalars(
            sa.select(Attendee.id).where(Attendee.participant_id.is_not(None)).order_by(Attendee.id)
        )
    token = desk.do(lambda s: links.issue(s, second, world.now))
    merge(desk)
    assert desk.study(group.id).seats_taken == 1
    assert rows(
        desk.database,
        sa.select(Attendee.id).where(Attendee.interview_id == interview.id, Attendee.participant_id.is_not(None)),
    ) == [(first,)]
    with world.database.reading() as session:
        assert links.resolve(session, token, world.now, LinkPurpose.PAGE).attendee_id == first


def test_what_is_there_twice_is_there_once(desk: Desk) -> None:
    """Waiting, offers, consents, answers: those of the place that is kept, but a submitted screener."""
    world, now = desk.world, desk.world.now
    stays, goes = add(desk, ONE), add(desk, TWO)
    own, other = enrolment_of(desk, stays), enrolment_of(desk, goes)
    version = ScreenerVersion(study_id=world.study_id, number=1, document={}, author="Ada", published_at=now)
    put(desk, version)
    for place, submitted in ((own, None), (other, now)):
        put(
            desk,
            WaitingEntry(study_id=world.study_id, enrolment_id=place.id, wish=Wish.ANY, asked_at=now),
            Consent(enrolment_id=place.id, version=1, at=now),
            ScreenerResponse(
                enrolment_id=place.id,
                version_id=version.id,
                answers={},
                started_at=now,
                saved_at=now,
                submitted_at=submitted,
                verdict=Verdict.UNDECIDED,
            ),
            SlotOffer(
                study_id=world.study_id,
                enrolment_id=place.id,
                starts_at=now + timedelta(days=1),
                state=OfferState.OPEN,
                offered_by="Ada",
                offered_at=now,
                expires_at=now + timedelta(hours=1),
            ),
        )
    put(desk, Consent(enrolment_id=other.id, version=2, at=now))
    (offer,) = rows(desk.database, sa.select(SlotOffer.id).where(SlotOffer.enrolment_id == other.id))
    token = desk.do(lambda s: links.issue_for(s, other.id, LinkPurpose.CLAIM, now, offer_id=offer[0]))
    merge(desk)
    assert rows(desk.database, sa.select(Consent.enrolment_id, Consent.version)) == [(own.id, 1), (own.id, 2)]
    assert rows(desk.database, sa.select(ScreenerResponse.enrolment_id, ScreenerResponse.submitted_at)) == [
        (own.id, now)
    ]
    assert rows(desk.database, sa.select(WaitingEntry.enrolment_id)) == [(own.id,)]
    (kept,) = rows(desk.database, sa.select(SlotOffer.id, SlotOffer.enrolment_id))
    assert kept[1] == own.id
    with world.database.reading() as session:
        assert links.resolve(session, token, now, LinkPurpose.CLAIM).offer_id == kept[0]


def test_the_worse_wins_of_what_keeps_somebody_from_being_contacted(desk: Desk) -> None:
    world = desk.world
    earlier = world.now - timedelta(days=1)
    world.participant(ONE, "Mara", do_not_contact_reason="Asked for a break", properties={"plan": "Pro"})
    world.participant(
        TWO,
        "Mara Lindqvist",
        phone="030 1",
        blocklisted_at=earlier,
        blocklist_reason="Rude",
        cooldown_until=world.now,
        properties={"plan": "Free", "city": "Berlin"},
    )
    with world.database.reading() as session:
        found = merging.preview(session, world.admin, "P1", "P2")
    assert found.comes_over == ()
    merge(desk, taken=("name",))
    with world.database.reading() as session:
        one = people.one(session, world.admin, "P1")[0]
    assert (one.name, one.sort_surname, one.phone, one.email) == ("Mara Lindqvist", "lindqvist mara", "030 1", ONE)
    assert (one.blocklisted_at, one.blocklist_reason) == (earlier, "Rude")
    assert (one.do_not_contact_reason, one.cooldown_until) == ("Asked for a break", world.now)
    assert one.properties == {"plan": "Pro", "city": "Berlin"}


def test_who_opted_out_under_one_address_has_under_both(desk: Desk) -> None:
    world = desk.world
    stays, goes = add(desk, ONE), add(desk, TWO)
    world.study("ONB", "Onboarding")
    add(desk, ONE, study="ONB")
    with world.database.unit_of_work() as session:
        session.get_one(Participant, goes).opted_out_at = world.now
    desk.change(enrolment_of(desk, goes), status=S.OPTED_OUT, status_before=S.INCENTIVE_NOT_SENT)
    merge(desk)
    found = rows(
        desk.database,
        sa.select(Enrolment.status, Enrolment.status_before)
        .where(Enrolment.participant_id == stays)
        .order_by(Enrolment.study_id),
    )
    assert found == [(S.OPTED_OUT, S.INCENTIVE_NOT_SENT), (S.OPTED_OUT, S.NOT_CONTACTED)]


def test_a_session_ahead_of_somebody_who_opted_out_is_cancelled_first(desk: Desk) -> None:
    book(desk, ONE, 3)
    desk.world.participant(TWO, opted_out_at=desk.world.now)
    assert refused(desk).startswith("P2 has opted out, so the one person has too; but there is a session ahead: CHK-1.")


def test_the_address_that_works_can_be_the_main_one(desk: Desk) -> None:
    stays = add(desk, ONE)
    add(desk, TWO, study="")
    with desk.database.unit_of_work() as session:
        session.get_one(Participant, stays).bounced_at = desk.world.now
    desk.change(enrolment_of(desk, stays), status=S.HARD_BOUNCED, status_before=S.NOT_CONTACTED)
    merge(desk, taken=("email",))
    with desk.database.reading() as session:
        one = people.one(session, desk.world.admin, ONE)[0]
    assert (one.email, one.bounced_at) == (TWO, None)
    assert enrolment_of(desk, stays).status is S.NOT_CONTACTED


def test_only_who_may_merge_merges_and_only_people_of_one_workspace(desk: Desk, elsewhere: World) -> None:
    add(desk, ONE)
    add(desk, TWO)
    for role in (Role.RESEARCHER, Role.COLLABORATOR, Role.OBSERVER):
        actor = desk.world.people[role]
        desk.refused(lambda s, by=actor: merging.preview(s, by, "P1", "P2"), NotAllowed)  # type: ignore[misc]
        desk.refused(lambda s, by=actor: merging.merge(s, by, "P1", "P2", (), desk.world.now), NotAllowed)  # type: ignore[misc]
    desk.refused(lambda s: merging.merge(s, elsewhere.admin, "P1", "P2", (), desk.world.now), NotFound)
    assert "P1 both times" in refused(desk, "P1", ONE)
    refused(desk, "P1", "P7", NotFound)


def test_the_statements_do_not_grow_with_what_comes_over(desk: Desk) -> None:
    world = desk.world

    def prepare(number: int, sessions: int) -> None:
        first, second = f"a{number}@example.com", f"b{number}@example.com"
        add(desk, first)
        add(desk, second)
        for at in range(sessions):
            study = world.study(f"T{number}{at}", "Talk")
            add(desk, first, study=study.key)
            book(desk, second, 3 + 2 * at + 40 * number, study.id)

    prepare(1, 1)
    prepare(2, 5)
    numbers = []
    for stays, goes in (("P1", "P2"), ("P3", "P4")):
        with counted_statements(world.database) as counted:
            merge(desk, stays, goes)
        numbers.append(len(counted))
    assert numbers[0] == numbers[1]


def test_everything_that_refers_to_people_is_known_to_be_unique_or_moves() -> None:
    """A new table moves by itself. Of what would be there twice the row that stays wins: is that right for it?"""
    doubled = {
        f"{column.table.name}.{column.name}"
        for kind in (Participant, Enrolment, Attendee)
        for column in referring(kind)
        if unique_with(column)
    }
    assert doubled == {
        "attendees.participant_id",
        "consents.enrolment_id",
        "enrolments.participant_id",
        "screener_responses.enrolment_id",
        "slot_offers.enrolment_id",
        "waiting_entries.enrolment_id",
    }
