"""`/participant`: adding, finding, one in detail, and where they stand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.blocks.ids import ParticipantId
from bot.commands.participant import CAPABILITIES, add, find, show, status
from bot.slack.outcomes import Close, Open
from domain.errors import NotAllowed, NotFound, RuleError
from domain.participant import ParticipantStatus
from domain.roles import Role
from domain.study import StudyStatus
from storage.models import Enrolment, Participant
from tests.builders import World, rows
from tests.commands.screen import Screen, buttons, names, text_of

HOSTILE = "<!channel> *x* & <b>"
EMAIL = "p17@example.com"


def status_of(world: World) -> ParticipantStatus:
    return rows(world.database, sa.select(Enrolment.status))[0][0]  # type: ignore[no-any-return]


def test_the_menu_names_what_there_is() -> None:
    assert names(CAPABILITIES) == ["add", "find", "show", "status", "note", "address", "merge", "export", "erase"]


@pytest.mark.parametrize(
    "words",
    [
        f"{EMAIL} Mara Lindqvist to CHK",
        f"<mailto:{EMAIL}|{EMAIL}> Mara Lindqvist TO chk",
        f"{EMAIL.upper()}   Mara   Lindqvist   to CHK",
    ],
)
def test_a_person_is_added_in_words(world: World, screen: Screen, words: str) -> None:
    assert text_of(screen.run(add.typed, world.researcher, arguments=words)).startswith(
        "*P1* is added to *CHK*. Nothing was sent."
    )
    assert rows(world.database, sa.select(Participant.email, Participant.name)) == [(EMAIL, "Mara Lindqvist")]
    again = screen.run(add.typed, world.researcher, arguments=words)
    assert "*P1* is known already and in *CHK*: nothing changed." in text_of(again)


def test_somebody_known_is_added_to_another_study(world: World, screen: Screen) -> None:
    world.study("ONB", "Onboarding")
    screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to CHK")
    again = screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to ONB")
    assert "was known already and is added to *ONB*" in text_of(again)


def test_alone_it_opens_a_modal(world: World, screen: Screen) -> None:
    assert isinstance(screen.run(add.typed, world.researcher), Open)
    options = screen.run(add.find_studies, world.researcher, typed="check")
    assert "CHK · Checkout study" in text_of(options)
    fields = {"email": EMAIL, "name": "Mara", "phone": None, "study": "CHK"}
    done = screen.run(add.submitted, world.researcher, fields=fields)
    assert isinstance(done, Close)
    assert "*P1* is added to *CHK*" in text_of(done)


def test_adding_is_refused_with_a_reason(world: World, screen: Screen) -> None:
    with pytest.raises(RuleError, match="is not an e-mail address"):
        screen.run(add.typed, world.researcher, arguments="mara to CHK")
    with pytest.raises(NotFound, match="no study NOPE"):
        screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to NOPE")
    with pytest.raises(NotAllowed):
        screen.run(add.typed, world.observer, arguments=f"{EMAIL} to CHK")
    world.study("OLD", "Old", status=StudyStatus.CLOSED)
    with pytest.raises(RuleError, match="OLD is closed"):
        screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to OLD")


def test_who_may_add_nobody_is_told_so_before_the_form(world: World, screen: Screen) -> None:
    with pytest.raises(NotAllowed, match="your role is Observer"):
        screen.run(add.typed, world.observer)
    assert isinstance(screen.run(add.typed, world.people[Role.COLLABORATOR]), Open)


@pytest.mark.parametrize("phone", ["call me", "+49 30 12x", "+", "٠١٢"])
def test_what_is_no_phone_number_is_said_under_its_field(world: World, screen: Screen, phone: str) -> None:
    fields = {"email": EMAIL, "name": "Mara", "phone": phone, "study": "CHK"}
    with pytest.raises(RuleError, match="A phone number is made of digits") as refused:
        screen.run(add.submitted, world.researcher, fields=fields)
    assert refused.value.field == "phone"


@pytest.mark.parametrize("phone", ["+49 (0)30 123-45.67/8", "  030\u00a01234 "])
def test_a_phone_number_is_kept_as_it_is_written(world: World, screen: Screen, phone: str) -> None:
    fields = {"email": EMAIL, "name": "Mara", "phone": phone, "study": "CHK"}
    screen.run(add.submitted, world.researcher, fields=fields)
    assert rows(world.database, sa.select(Participant.phone)) == [(" ".join(phone.split()),)]


def test_people_are_found_and_paged(world: World, screen: Screen) -> None:
    for number in range(12):
        screen.run(add.typed, world.researcher, arguments=f"p{number:02}@example.com Same Name to CHK")
    first = screen.run(find.first_page, world.researcher, arguments="same")
    second = screen.run(find.turn_page, world.researcher, value=buttons(first)[ParticipantId.FIND_PAGE])
    assert "p09@example.com" in text_of(first)
    assert "p11@example.com" not in text_of(first)
    assert "p11@example.com" in text_of(second)
    for actor, may_add in ((world.researcher, True), (world.observer, False)):
        nobody = screen.run(find.first_page, actor, arguments="nobody at all")
        assert "nobody found" in text_of(nobody)
        assert ("Add somebody" in text_of(nobody)) is may_add


def test_those_who_may_not_know_names_see_aliases(world: World, screen: Screen) -> None:
    world.book(name="Mara Lindqvist", email=EMAIL)
    for shown in (
        screen.run(find.first_page, world.observer),
        screen.run(show.typed, world.observer, arguments="P1"),
    ):
        assert "*P1*" in text_of(shown)
        assert "Mara" not in text_of(shown)
        assert EMAIL not in text_of(shown)
        assert ParticipantId.STATUS not in buttons(shown)
    with pytest.raises(NotFound):
        screen.run(show.typed, world.observer, arguments=EMAIL)


def test_a_participant_in_detail(world: World, screen: Screen) -> None:
    world.book(name="Mara Lindqvist", email=EMAIL)
    shown = screen.run(show.typed, world.researcher, arguments=f"<mailto:{EMAIL}|{EMAIL}>")
    for expected in ("Mara Lindqvist", "Free to contact", "Interview Scheduled · In Progress"):
        assert expected in text_of(shown)
    assert ParticipantId.STATUS in buttons(shown)
    value = buttons(screen.run(show.clicked, world.researcher, value="P1"))[ParticipantId.PART_INTERVIEWS]
    assert "CHK-1" in text_of(screen.run(show.turn, world.researcher, value=value, metadata=""))


def test_hostile_names_and_properties_are_shown_as_text(world: World, screen: Screen) -> None:
    world.participant(
        EMAIL, "x" * 150 + HOSTILE, properties={HOSTILE: HOSTILE, **{f"c{n}": "y" * 300 for n in range(60)}}
    )
    for shown in (
        screen.run(show.typed, world.admin, arguments=EMAIL),
        screen.run(find.first_page, world.admin),
    ):
        assert "<!channel>" not in text_of(shown)
    value = buttons(screen.run(show.typed, world.admin, arguments=EMAIL))[ParticipantId.PART_PROPERTIES]
    shown = screen.run(show.turn, world.admin, value=value, metadata="")
    assert "and 31 more" in text_of(shown)
    assert "<!channel>" not in text_of(shown)


def test_a_status_is_changed_in_words_and_shown_from_and_to(world: World, screen: Screen) -> None:
    screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to CHK")
    done = screen.run(status.typed, world.researcher, arguments=f"{EMAIL} CHK cancelled")
    assert "*P1* in *CHK*: Not Contacted → *Canceled*. No mail was sent." in text_of(done)
    assert status_of(world) is ParticipantStatus.CANCELED
    counted = screen.run(status.typed, world.researcher, arguments="P1 chk interview-completed")
    assert "take no seat" in text_of(counted)
    with pytest.raises(RuleError, match="set by a payment"):
        screen.run(status.typed, world.researcher, arguments="P1 CHK incentive sent")
    with pytest.raises(RuleError, match="“happy” is not a status"):
        screen.run(status.typed, world.researcher, arguments="P1 CHK happy")


def test_the_modal_offers_what_is_possible_by_hand(world: World, screen: Screen) -> None:
    screen.run(add.typed, world.researcher, arguments=f"{EMAIL} Mara to CHK")
    opened = screen.run(status.typed, world.researcher, arguments="P1 CHK")
    assert isinstance(opened, Open)
    assert "Now: *Not Contacted*" in text_of(opened)
    assert "Interview Invited" in text_of(opened)
    assert "Test Invited" not in text_of(opened)
    fields = {"status": "Interview Invited", "reason": "Asked at a fair"}
    done = screen.run(status.submitted, world.researcher, fields=fields, metadata=opened.view["private_metadata"])
    assert "Not Contacted → *Interview Invited*" in text_of(done)
    with pytest.raises(RuleError, match="in the meantime"):
        screen.run(status.submitted, world.researcher, fields=fields, metadata=opened.view["private_metadata"])


def test_a_status_after_which_nothing_follows_by_hand_is_said(world: World, screen: Screen) -> None:
    screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to CHK")
    with world.database.unit_of_work() as session:
        session.execute(sa.update(Enrolment).values(status=ParticipantStatus.OPTED_OUT))
        enrolment_id = session.scalars(sa.select(Enrolment.id)).one()
    shown = screen.run(status.clicked, world.researcher, value=str(enrolment_id))
    assert "nothing follows that by hand" in text_of(shown)


def test_only_those_who_manage_the_study_change_a_status(world: World, screen: Screen) -> None:
    screen.run(add.typed, world.researcher, arguments=f"{EMAIL} to CHK")
    with pytest.raises(NotAllowed):
        screen.run(status.typed, world.observer, arguments="P1 CHK canceled")
    with pytest.raises(NotFound):
        screen.run(status.typed, world.member(Role.RESEARCHER), arguments="P1 CHK canceled")
    with pytest.raises(RuleError, match="Whose, and in which study"):
        screen.run(status.typed, world.researcher, arguments="P1")
