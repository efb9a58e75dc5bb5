"""What participants agree to: versions of it, who has agreed to which, and what waits for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.services import consents
from bot.services.consents import ConsentNeeded
from bot.services.links import LinkExpired
from domain.consent import LONGEST, Agreement, checked
from domain.errors import NotAllowed, NotFound, RuleError, Stale
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.roles import Role
from storage import consents as stored
from storage.models import AuditEntry, ConsentText, Participant
from tests.builders import World, rows
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 11, tzinfo=UTC)
PAGE = LinkPurpose.PAGE


@pytest.fixture
def screenings(desk: Desk) -> Screenings:
    return Screenings(desk)


def invite(screenings: Screenings, email: str = "mira@example.com") -> tuple[int, str]:
    return screenings.invite(email, ParticipantStatus.INTERVIEW_INVITED, PAGE)


def agree(screenings: Screenings, token: str, version: int, purpose: LinkPurpose = PAGE) -> None:
    screenings.desk.do(lambda s: consents.agree(s, token, purpose, version, screenings.desk.world.now))


def asked(screenings: Screenings, token: str) -> str | None:
    """What somebody is asked to agree to."""
    with screenings.desk.database.reading() as session:
        version = consents.page(session, token, PAGE, screenings.desk.world.now).version
    return version.text if version is not None else None


def test_nobody_books_before_they_have_agreed(screenings: Screenings) -> None:
    version = screenings.consent()
    enrolment_id, token = invite(screenings)
    bookings = Bookings(screenings.desk)

    with pytest.raises(ConsentNeeded):
        bookings.book(enrolment_id, AT)
    agree(screenings, token, version)
    agree(screenings, token, version)

    assert bookings.book(enrolment_id, AT).starts_at == AT
    with screenings.desk.database.reading() as session:
        (person_id,) = session.scalars(sa.select(Participant.id)).all()
        assert stored.agreements(session, person_id) == (Agreement("CHK", 1, screenings.desk.world.now),)


def test_a_changed_text_is_agreed_to_anew_but_not_by_who_is_booked(screenings: Screenings) -> None:
    bookings = Bookings(screenings.desk)
    booked, token = invite(screenings)
    agreed, other = invite(screenings, "ola@example.com")
    agree(screenings, token, screenings.consent())
    agree(screenings, other, 1)
    bookings.book(booked, AT)

    assert screenings.consent("We record the session, and keep it for a year.") == 2

    assert bookings.move(booked, LATER).starts_at == LATER
    assert asked(screenings, other) == "We record the session, and keep it for a year."
    with pytest.raises(ConsentNeeded):
        bookings.book(agreed, AT)
    with pytest.raises(Stale):
        agree(screenings, other, 1)
    agree(screenings, other, 2)
    assert bookings.book(agreed, AT).starts_at == AT
    with screenings.desk.database.reading() as session:
        assert list(stored.numbers(session, screenings.desk.world.study_id)) == [(2, 1), (1, 2)]


def test_the_same_text_is_the_same_version_and_off_asks_nobody(screenings: Screenings) -> None:
    assert [screenings.consent(), screenings.consent("  We record the session.\n\n"), screenings.consent("Other.")] == [
        1,
        1,
        2,
    ]
    _, token = invite(screenings)
    assert asked(screenings, token) == "Other."

    screenings.consent(is_on=False)

    assert asked(screenings, token) is None
    agree(screenings, token, 2)
    assert screenings.consent("Other.") == 2
    assert len(rows(screenings.desk.database, sa.select(ConsentText.version))) == 2
    texts = [text for (text,) in rows(screenings.desk.database, sa.select(AuditEntry.text).order_by(AuditEntry.id))]
    assert texts == [
        "set consent (version 1) for CHK",
        "set consent (version 2) for CHK",
        "switched off consent for CHK",
        "set consent (version 2) for CHK",
    ]


def test_who_edits_the_study_sets_it_and_sees_who_agreed(screenings: Screenings, elsewhere: World) -> None:
    world = screenings.desk.world
    _, token = invite(screenings)
    agree(screenings, token, screenings.consent())

    found = screenings.desk.do(lambda s: consents.begin(s, world.researcher, "chk"))

    assert found.version is not None
    assert (found.is_on, found.version.number, found.version.author) == (True, 1, world.researcher.name)
    assert list(found.agreed) == [(1, 1)]
    for role in (Role.COLLABORATOR, Role.OBSERVER):
        actor = world.people[role]
        screenings.desk.refused(lambda s, actor=actor: consents.begin(s, actor, "CHK"), NotAllowed)
    foreign = elsewhere.researcher
    screenings.desk.refused(lambda s: consents.save(s, foreign, world.study_id, "Mine", 1, world.now), NotFound)
    observer = world.observer
    screenings.desk.refused(lambda s: consents.save(s, observer, world.study_id, "Mine", 1, world.now), NotAllowed)


def test_whoever_was_slower_is_told(screenings: Screenings) -> None:
    world = screenings.desk.world
    screenings.consent()

    screenings.desk.refused(lambda s: consents.save(s, world.researcher, world.study_id, "Mine", 0, world.now), Stale)


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST + 1)], ids=["empty", "blank", "long"])
def test_a_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RuleError) as refusal:
        checked(text)
    assert refusal.value.field == "text"


def test_paragraphs_of_a_text_stay() -> None:
    assert checked(" One \r\n\r\n\r\n\r\nTwo\nthree  ") == "One\n\nTwo\nthree"


def test_a_link_for_something_else_agrees_to_nothing(screenings: Screenings) -> None:
    version = screenings.consent()
    enrolment_id, _ = invite(screenings)

    with pytest.raises(LinkExpired):
        agree(screenings, screenings.link(enrolment_id, LinkPurpose.UNSUBSCRIBE), version)
