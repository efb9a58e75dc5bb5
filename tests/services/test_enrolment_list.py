"""The participants of a study as a list: tabs with numbers, search, filters, pages, and who sees whom by name."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.services import enrolment_list
from domain.contact_rules import RuleKind
from domain.enrolment_list import PAGE, EnrolmentPage, Place, Trouble, Wanted, in_stage, property_of
from domain.errors import NotFound, RuleError
from domain.governance import ContactStatus
from domain.participant import ParticipantStatus, Stage
from domain.roles import Actor, Role
from storage import enrolments, participants
from storage.enrolments import Listing
from storage.models import Enrolment, Participant, ParticipantAddress, SentInvitation
from storage.participants import Profile
from tests.builders import World, counted_statements
from tests.services.conftest import Desk
from tests.services.test_governance import enrolled, invited, rule

S = ParticipantStatus
EVERYBODY = Wanted()


def people(world: World, *given: tuple[str, S], minutes: int = 1) -> list[int]:
    """People of these names who came to stand so one after the other, the last one last: their enrolments' ids."""
    with world.database.unit_of_work() as session:
        first = next(world.numbers) * 1000
        profiles = [
            Profile(f"p{first + n}@example.com", name, properties={"Plan": "Pro" if n % 2 else "Free"})
            for n, (name, _) in enumerate(given)
        ]
        ids = participants.add_all(session, world.workspace_id, profiles, world.now)
        found = []
        for n, (profile, (_, status)) in enumerate(zip(profiles, given, strict=True)):
            place = (world.study_id, ids[profile.email][0])
            at = world.now - timedelta(days=1) + timedelta(minutes=minutes * n)
            found.append(participants.enrol_all(session, {place: status}, "Test", at)[place])
        return found


def listed(
    world: World, wanted: Wanted = EVERYBODY, place: Place | None = None, actor: Actor | None = None
) -> EnrolmentPage:
    with world.database.reading() as session:
        return enrolment_list.page(session, actor or world.researcher, world.study_id, wanted, place, world.now)


def names(page: EnrolmentPage) -> list[str]:
    return [one.person.label for one in page.people]


def tabs(page: EnrolmentPage) -> dict[str, str]:
    assert page.counts is not None
    return {stage.value: page.counts.shown(in_stage(stage, page.has_incentive)) for stage in Stage}


def test_tabs_say_how_many_stand_in_each_stage_and_show_the_latest_change_first(world: World) -> None:
    people(world, ("Mara", S.NOT_CONTACTED), ("Jon", S.STUDY_INVITED), ("Bo", S.INTERVIEW_INVITED), ("Li", S.CANCELED))
    page = listed(world)
    assert names(page) == ["Li", "Bo", "Jon", "Mara"]
    assert {stage: number for stage, number in tabs(page).items() if number != "0"} == {
        "Not Started": "1",
        "Invited": "1",
        "In Progress": "1",
        "Cancelled": "1",
    }
    assert names(listed(world, Wanted(Stage.IN_PROGRESS))) == ["Bo"]
    assert listed(world, Wanted(Stage.DONE)).people == ()


@pytest.mark.parametrize("minutes", [1, 0])
def test_pages_lead_on_and_back_and_nobody_is_left_out_or_twice(world: World, minutes: int) -> None:
    """Also where all came to stand so at the same moment, as after an import."""
    ids = people(
        world, *[(f"Anna {n:02}", S.STUDY_INVITED if n % 3 else S.NOT_CONTACTED) for n in range(25)], minutes=minutes
    )
    for wanted in (Wanted(), Wanted(text="anna"), Wanted(trouble=None, property_name="Plan", property_value="pro")):
        seen, place, pages = [], None, []
        while True:
            page = listed(world, wanted, place)
            pages.append(page)
            seen += [one.enrolment_id for one in page.people]
            if page.next is None:
                break
            place = page.next
        assert len(pages[0].people) == PAGE
        assert seen == (ids[::-1] if not wanted.property_name else ids[1::2][::-1])
        assert pages[0].previous is None
        for before, after in itertools.pairwise(pages):
            assert listed(world, wanted, after.previous).people == before.people
        assert listed(world, wanted, pages[1].previous).previous is None


def test_the_search_finds_by_name_last_name_address_and_alias_and_counts_who_is_found(world: World) -> None:
    people(world, ("Mara Lindqvist", S.NOT_CONTACTED), ("Chloé Marais", S.CANCELED), ("Jon Ek", S.STUDY_INVITED))
    found = listed(world, Wanted(text="mar"))
    assert sorted(names(found)) == ["Chloé Marais", "Mara Lindqvist"]
    assert (tabs(found)["Not Started"], tabs(found)["Cancelled"], tabs(found)["Invited"]) == ("1", "1", "0")
    assert names(listed(world, Wanted(text="P3"))) == ["Jon Ek"]
    assert names(listed(world, Wanted(Stage.CANCELLED, text="chloe"))) == ["Chloé Marais"]
    email = listed(world, Wanted(text="jon")).people[0].person.email
    assert names(listed(world, Wanted(text=email or ""))) == ["Jon Ek"]
    assert listed(world, Wanted(text="zzz")).people == ()
    with world.database.unit_of_work() as session:
        jon = participants.by_email(session, world.workspace_id, email or "")
        assert jon is not None
        more = {"workspace_id": world.workspace_id, "participant_id": jon.id, "added_at": world.now}
        session.add(ParticipantAddress(email="ek@other.example", **more))
    assert names(listed(world, Wanted(text="EK@oth"))) == ["Jon Ek"]


@pytest.mark.parametrize("few", [0, 20])
def test_in_a_large_study_the_same_people_are_found(world: World, few: int) -> None:
    """Where more than `few` are called so, nobody is counted, and only so many are looked through for a page."""
    given = [("Mara" if n % 5 == 0 else "Jon", S.NOT_CONTACTED if n % 2 else S.STUDY_INVITED) for n in range(40)]
    ids = people(world, *given)

    def find(wanted: Wanted, key: enrolments.Key | None = None, *, is_back: bool = False) -> enrolments.Found:
        limits = enrolments.Limits(few=few, called=7, filtered=7)
        listing = Listing(world.researcher, world.study_id, False, True, wanted, world.now, limits)
        with world.database.reading() as session:
            return enrolments.find(session, listing, Place(*key, is_back=is_back) if key else None, PAGE)

    for wanted, expected in (
        (Wanted(text="mara"), ids[::5]),
        (Wanted(property_name="Plan", property_value="PRO"), ids[1::2]),
        (Wanted(Stage.NOT_STARTED, text="mara"), ids[5::10]),
    ):
        pages = [find(wanted)]
        while pages[-1].next is not None:
            pages.append(find(wanted, pages[-1].next))
        assert [id_ for page in pages for _, id_ in page.keys] == expected[::-1]
        assert all((page.counts is None) is (few == 0 or not wanted.text) for page in pages)
        back = [pages[-1]]
        while back[0].previous is not None:
            back.insert(0, find(wanted, back[0].previous, is_back=True))
        assert [id_ for page in back for _, id_ in page.keys] == expected[::-1]


def test_filters_narrow_by_status_property_and_trouble(world: World) -> None:
    ids = people(world, *[(f"Anna {n}", S.NOT_CONTACTED if n < 3 else S.NOT_ELIGIBLE) for n in range(6)])
    assert len(listed(world, Wanted(Stage.NOT_STARTED, S.NOT_ELIGIBLE)).people) == 3
    assert len(listed(world, Wanted(property_name="Plan", property_value="FREE")).people) == 3
    assert listed(world, Wanted(property_name="Plan", property_value="Fre")).people == ()
    facts = {
        Trouble.BOUNCED: {"soft_bounced_at": world.now},
        Trouble.IN_BLOCKLIST: {"blocklisted_at": world.now},
        Trouble.OPTED_OUT: {"opted_out_at": world.now},
        Trouble.DO_NOT_CONTACT: {"do_not_contact_reason": "Lawyer"},
        Trouble.IN_COOLDOWN: {"cooldown_until": world.now + timedelta(days=3)},
    }
    with world.database.unit_of_work() as session:
        for id_, values in zip(ids, facts.values(), strict=False):
            person = sa.select(Enrolment.participant_id).where(Enrolment.id == id_).scalar_subquery()
            session.execute(sa.update(Participant).where(Participant.id == person).values(**values))
    for id_, trouble in zip(ids, facts, strict=False):
        (one,) = listed(world, Wanted(trouble=trouble)).people
        assert one.enrolment_id == id_
    assert len(listed(world, Wanted(trouble=Trouble.ANY)).people) == 5
    cooling = listed(world, Wanted(trouble=Trouble.IN_COOLDOWN)).people[0]
    assert (cooling.contact, cooling.cooldown_until) == (ContactStatus.IN_COOLDOWN, world.now + timedelta(days=3))


def test_the_contact_status_on_the_list_is_that_of_the_rules_for_this_study(desk: Desk, world: World) -> None:
    persons = [
        world.participant(f"p{n}@example.com", f"Anna {n}", bounced_at=None if n else world.now) for n in range(3)
    ]
    here = [enrolled(desk, person) for person in persons]
    invited(desk, persons[0], "OLD", 3)
    invited(desk, persons[1], "TWO", 3, 4)
    with world.database.unit_of_work() as session:
        session.add(SentInvitation(participant_id=persons[2].id, enrolment_id=here[2], at=world.now))
    rule(desk, RuleKind.COOLDOWN_AFTER_INVITATION, 14)
    rule(desk, RuleKind.MOST_INVITATIONS, 30, 2)
    shown = {one.enrolment_id: one for one in listed(world).people}
    assert [shown[id_].contact.value for id_ in here] == ["In Cooldown", "Do Not Contact", "Free to contact"]
    assert shown[here[0]].cooldown_until == world.now + timedelta(days=11)


def test_names_are_for_those_who_may_know_them_and_so_is_searching_by_them(world: World) -> None:
    people(world, ("Mara Lindqvist", S.NOT_CONTACTED))
    for actor in (world.observer, world.people[Role.COLLABORATOR]):
        page = listed(world, actor=actor)
        assert (names(page), page.with_names, page.may_manage) == (["P1"], False, False)
        assert listed(world, Wanted(text="mara"), actor=actor).people == ()
        assert listed(world, Wanted(property_name="Plan", property_value="Free"), actor=actor).people == ()
        assert names(listed(world, Wanted(text="p1"), actor=actor)) == ["P1"]
    assert names(listed(world, Wanted(text="mara"), actor=world.admin)) == ["Mara Lindqvist"]


def test_a_study_that_one_does_not_see_has_no_list(world: World) -> None:
    elsewhere = World.build(world.database, world.now, "T0OTHER")
    for actor in (world.member(Role.RESEARCHER), elsewhere.admin):
        with pytest.raises(NotFound):
            listed(world, actor=actor)


def test_statements_are_as_many_for_ten_as_for_a_thousand(world: World) -> None:
    def statements() -> list[int]:
        numbers = []
        for wanted in (
            Wanted(),
            Wanted(Stage.NOT_STARTED),
            Wanted(text="anna"),
            Wanted(text="anna", trouble=Trouble.ANY),
        ):
            with counted_statements(world.database) as counted:
                listed(world, wanted)
            numbers.append(len(counted))
        return numbers

    people(world, *[("Anna", S.NOT_CONTACTED)] * 10)
    few = statements()
    people(world, *[("Anna", S.NOT_CONTACTED)] * 900)
    assert statements() == few
    people(world, *[("Anna", S.NOT_CONTACTED)] * 200)
    assert max(few + statements()) <= 12


@pytest.mark.parametrize(
    ("text", "pair"), [("", ("", "")), (" Plan = Pro ", ("Plan", "Pro")), ("Plan=a=b", ("Plan", "a=b"))]
)
def test_a_property_is_written_with_its_value(text: str, pair: tuple[str, str]) -> None:
    assert property_of(text) == pair


@pytest.mark.parametrize("text", ["Plan", "= Pro", "Plan =", 'Pl"an = Pro'])
def test_what_is_no_property_with_a_value_is_said(text: str) -> None:
    with pytest.raises(RuleError, match="Plan = Pro"):
        property_of(text)
