"""A participant's page: what each reader sees of it, and that being seen is noted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services import merging, participants, person_page, statuses
from bot.services.participants import NewParticipant
from bot.services.person_page import Spot
from bot.services.record import by
from bot.services.statuses import Why
from domain.audit import AuditAction
from domain.errors import NotAllowed, NotFound, RuleError
from domain.governance import ContactStatus
from domain.mail import MailFate, MailKind
from domain.participant import Cause, ParticipantStatus
from domain.person_page import Part, PersonPage
from domain.roles import Actor, Role
from storage.models import AuditEntry, Enrolment, Participant, ParticipantNote, SentMail
from storage.participants import Profile
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

EMAIL = "mara@example.com"
S = ParticipantStatus


def show(desk: Desk, actor: Actor, part: Part = Part.OVERVIEW, older: int | None = None, **more: Any) -> PersonPage:
    now = more.get("now", desk.world.now)
    return desk.do(lambda s: person_page.show(s, actor, more.get("called", "P1"), now, Spot(part, older)))


def add(desk: Desk, study: str, email: str = EMAIL) -> None:
    world = desk.world

    def act(session: Any) -> None:
        chosen = participants.choose_study(session, world.admin, study)
        participants.add(session, world.admin, NewParticipant(Profile(email, "Mara Lindqvist"), chosen), world.now)

    desk.do(act)


@pytest.fixture
def hidden(desk: Desk) -> Actor:
    """A researcher of another team, who has a study in which Mara is too; that and CHK are hidden from each other."""
    world = desk.world
    other = world.member(Role.RESEARCHER)
    team = world.team("Other", "C0OTHER", other)
    world.study("HID", "Hidden", team_id=team.id, owner_id=other.member_id)
    add(desk, "CHK")
    add(desk, "HID")
    return other


def test_each_part_holds_what_the_reader_may_see_of_their_studies(desk: Desk, hidden: Actor) -> None:
    world = desk.world
    interview = world.book(timedelta(hours=2), email=EMAIL)
    study = world.study("PAY", "Paid", incentive_amount_minor=2500, incentive_currency="EUR")
    add(desk, "PAY")
    with world.database.unit_of_work() as session:
        place = session.scalars(sa.select(Enrolment).where(Enrolment.study_id == study.id)).one()
        place.status = S.INCENTIVE_NOT_SENT
        session.add(
            SentMail(
                workspace_id=world.workspace_id,
                message_id="<m1>",
                participant_id=place.participant_id,
                enrolment_id=place.id,
                kind=MailKind.SCHEDULER,
                fate=MailFate.SOFT_BOUNCED,
                sent_at=world.now,
            )
        )
    mine = {part: show(desk, world.researcher, part).lines for part in Part}
    theirs = {part: show(desk, hidden, part).lines for part in Part}
    masked = {part: show(desk, world.observer, part).lines for part in Part}
    assert {each.study_key for each in mine[Part.HISTORY]} == {"CHK", "PAY"}
    assert [(each.study_key, each.to) for each in theirs[Part.HISTORY]] == [("HID", S.NOT_CONTACTED)]
    assert [each.to for each in mine[Part.HISTORY]] == [S.NOT_CONTACTED, S.INTERVIEW_SCHEDULED, S.NOT_CONTACTED]
    assert [(each.kind, each.fate) for each in mine[Part.MAILS]] == [(MailKind.SCHEDULER, MailFate.SOFT_BOUNCED)]
    assert [each.reference for each in mine[Part.INTERVIEWS]] == [interview.reference]
    assert [(each.study_key, each.amount, each.state) for each in mine[Part.INCENTIVES]] == [
        ("PAY", "25.00 EUR", "Owed")
    ]
    assert theirs[Part.INTERVIEWS] == theirs[Part.INCENTIVES] == theirs[Part.MAILS] == ()
    assert masked[Part.MAILS] == masked[Part.NOTES] == masked[Part.SCREENER] == ()
    assert [each.reference for each in masked[Part.INTERVIEWS]] == [interview.reference]


def test_a_reason_is_for_those_who_manage_the_study(desk: Desk) -> None:
    world = desk.world
    add(desk, "CHK")
    with world.database.unit_of_work() as session:
        (place,) = statuses.lock(session, list(session.scalars(sa.select(Enrolment.id))))
        statuses.move(session, [(place, S.CANCELED)], Why(Cause.BY_HAND, by(world.researcher, world.now), "Ill"))
    assert show(desk, world.researcher, Part.HISTORY).lines[0].reason == "Ill"
    assert show(desk, world.observer, Part.HISTORY).lines[0].reason is None


def test_history_goes_on_page_by_page(desk: Desk) -> None:
    world = desk.world
    add(desk, "CHK")
    for number in range(20):
        world.study(f"M{number}", "More")
        add(desk, f"M{number}")
    seen, older = [], None
    while True:
        page = show(desk, world.admin, Part.HISTORY, older)
        seen += [each.study_key for each in page.lines]
        older = page.older_than
        if older is None:
            break
    assert len(seen) == len(set(seen)) == 21
    with counted_statements(world.database) as many:
        show(desk, world.admin, Part.HISTORY)
    add(desk, "CHK", "lee@example.com")
    with counted_statements(world.database) as few:
        show(desk, world.admin, Part.HISTORY, called="P2")
    assert abs(len(many) - len(few)) <= 1  # the second is seen for the first time in this hour


def test_the_contact_status_comes_with_all_its_reasons(desk: Desk) -> None:
    world = desk.world
    world.participant(EMAIL, do_not_contact_reason="Asked for a break", cooldown_until=world.now + timedelta(days=3))
    page = show(desk, world.admin)
    assert page.about.contact_status is ContactStatus.DO_NOT_CONTACT
    assert len(page.reasons) == 2
    assert any("Asked for a break" in reason for reason in page.reasons)
    add(desk, "CHK")
    masked = show(desk, world.observer)
    assert (masked.about.contact_status, len(masked.reasons)) == (ContactStatus.DO_NOT_CONTACT, 2)
    assert "Asked for a break" not in str(masked)


def saw(desk: Desk) -> list[tuple[str, str]]:
    found = sa.select(AuditEntry.actor, AuditEntry.text).where(AuditEntry.action == AuditAction.SAW)
    return [tuple(row) for row in rows(desk.database, found.order_by(AuditEntry.id))]


def test_seeing_contact_details_is_noted_once_an_hour_for_each_reader(desk: Desk) -> None:
    world = desk.world
    add(desk, "CHK")
    show(desk, world.researcher)
    show(desk, world.researcher, Part.HISTORY, now=world.now + timedelta(minutes=59))
    show(desk, world.admin)
    show(desk, world.observer)
    assert saw(desk) == [(each.name, "opened the page of P1") for each in (world.researcher, world.admin)]
    show(desk, world.researcher, now=world.now + timedelta(hours=1))
    assert len(saw(desk)) == 3


def test_what_a_reader_may_do_depends_on_their_role(desk: Desk) -> None:
    world = desk.world
    add(desk, "CHK")
    may = {role: show(desk, world.people[role]).powers for role in Role}
    managers = [role for role in Role if may[role].manage]
    assert managers == [role for role in Role if may[role].correct] == [Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER]
    assert [role for role in Role if may[role].merge] == [Role.ADMIN, Role.OPS_MANAGER]
    assert [role for role in Role if may[role].erase] == [Role.ADMIN, Role.OPS_MANAGER]


def test_the_number_of_somebody_who_was_merged_leads_to_the_page_that_says_so(desk: Desk) -> None:
    add(desk, "CHK")
    add(desk, "CHK", "m@work.example")
    desk.do(lambda s: merging.merge(s, desk.world.admin, "P1", "P2", (), desk.world.now))
    page = show(desk, desk.world.admin, called="P2")
    assert (page.about.person.number, page.merged_from) == (1, "P2")
    assert page.other_addresses == ("m@work.example",)
    assert show(desk, desk.world.admin).merged_from is None


def note(desk: Desk, actor: Actor, text: str = "Likes mornings") -> int:
    return desk.do(lambda s: person_page.note(s, actor, "P1", text, desk.world.now))


def test_a_note_is_for_those_who_manage_a_study_that_the_person_is_in(desk: Desk, hidden: Actor) -> None:
    world = desk.world
    assert note(desk, world.researcher) == 1
    for actor in (world.researcher, hidden, world.admin):
        (line,) = show(desk, actor, Part.NOTES).lines
        assert (line.author, line.text) == (world.researcher.name, "Likes mornings")
    assert show(desk, world.observer, Part.NOTES).lines == ()
    refusal = desk.refused(lambda s: person_page.note(s, world.observer, "P1", "x", world.now), NotAllowed)
    assert "those who manage a study that P1 is in" in refusal.message
    stranger = world.member(Role.RESEARCHER)
    desk.refused(lambda s: person_page.note(s, stranger, "P1", "x", world.now), NotFound)


@pytest.mark.parametrize(("text", "said"), [("  ", "What is to be noted?"), ("x" * 1001, "at most 1,000")])
def test_what_is_no_note_is_refused(desk: Desk, text: str, said: str) -> None:
    add(desk, "CHK")
    error = desk.refused(lambda s: person_page.note(s, desk.world.admin, "P1", text, desk.world.now), RuleError)
    assert said in error.message
    assert error.field == "text"


def test_people_of_another_workspace_have_no_page_here(desk: Desk, elsewhere: World) -> None:
    add(desk, "CHK")
    desk.refused(lambda s: person_page.show(s, elsewhere.admin, "P1", desk.world.now), NotFound)
    desk.refused(lambda s: person_page.note(s, elsewhere.admin, "P1", "x", desk.world.now), NotFound)
    assert rows(desk.database, sa.select(ParticipantNote.id)) == []


def test_nobody_writes_about_somebody_who_was_erased(desk: Desk) -> None:
    add(desk, "CHK")
    with desk.database.unit_of_work() as session:
        session.scalars(sa.select(Participant)).one().erased_at = desk.world.now
    error = desk.refused(lambda s: person_page.note(s, desk.world.admin, "P1", "x", desk.world.now))
    assert "P1 was erased" in error.message
    page = show(desk, desk.world.admin)
    assert page.powers.manage is page.powers.correct is page.powers.erase is False
