"""Inviting people: chosen, reviewed, sent once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.services import invitation_lists, invitation_review, invitations
from bot.services.invitation_lists import Choice
from bot.services.invitation_review import Draft
from domain.drafts import Wording
from domain.errors import NotAllowed, NotFound, RuleError
from domain.invitation import InvitationReview, Invited, Reason
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyStatus
from storage import participants
from storage.models import Enrolment, InvitationList, Participant
from tests.builders import World, counted_statements
from tests.services.conftest import Desk

URL = "https://callsheet.example"
S = ParticipantStatus


def enrol(desk: Desk, person: Participant, status: ParticipantStatus = S.NOT_CONTACTED, **values: Any) -> Enrolment:
    world = desk.world

    def act(session: Any) -> Enrolment:
        place = (world.study_id, person.id)
        id_ = participants.enrol_all(session, {place: status}, "Test", world.now)[place]
        enrolment = session.get_one(Enrolment, id_)
        for name, value in values.items():
            setattr(enrolment, name, value)
        return enrolment

    return desk.do(act)


def people(desk: Desk, number: int, **values: Any) -> list[Participant]:
    """Participants of the study, not contacted yet."""
    found = [desk.world.participant(f"q{n}@example.com", f"Person {n:02}", **values) for n in range(number)]
    for person in found:
        enrol(desk, person)
    return found


def choose(desk: Desk, actor: Actor | None = None, **choice: Any) -> int:
    world = desk.world
    wanted = Choice(world.study_id, **choice)
    return desk.do(lambda s: invitation_lists.choose(s, actor or world.researcher, wanted, world.now))


def review(desk: Desk, list_id: int, actor: Actor | None = None) -> InvitationReview:
    world = desk.world
    return desk.do(lambda s: invitation_review.review(s, actor or world.researcher, list_id, URL, world.now))


def send(desk: Desk, list_id: int, actor: Actor | None = None, words: Wording | None = None) -> Invited:
    world, who = desk.world, actor or desk.world.researcher
    shown = review_words(desk, list_id, who) if words is None else words
    return desk.do(lambda s: invitations.send(s, who, Draft(list_id, shown), URL, world.now))


def review_words(desk: Desk, list_id: int, actor: Actor) -> Wording:
    """What the review shows, without showing it."""
    with desk.database.reading() as session:
        found = invitation_review.gather(session, actor, list_id, desk.world.now)
        first = found.sorted.going[0] if found.sorted.going else None
        return invitation_review.standard(session, found.study, first, URL)


def mailed(desk: Desk) -> list[int]:
    return sorted(int(row.subject) for row in desk.outbox("mail_enrolment"))


def test_everybody_on_the_list_is_invited_once(desk: Desk) -> None:
    first, second = people(desk, 2)
    new = desk.world.participant("new@example.com", "Nobody Yet")
    ids = (first.id, second.id, new.id)
    admin = desk.world.admin
    list_id = choose(desk, admin, participant_ids=ids)
    found = review(desk, list_id, admin)
    assert (found.number, found.names) == (3, ("Nobody Yet", "Person 00", "Person 01"))
    done = send(desk, list_id, admin)
    assert (done.study_key, done.number, done.held) == ("CHK", 3, ())
    assert {desk.status(one.email) for one in (first, second, new)} == {"Interview Invited"}
    assert len(mailed(desk)) == 3
    assert [row.payload["mail"] for row in desk.outbox("mail_enrolment")] == ["scheduler"] * 3
    assert "text" not in desk.outbox("mail_enrolment")[0].payload
    assert [row.subject for row in desk.outbox("slack_study")] == [str(desk.world.study_id)]


def test_a_second_click_mails_nobody_twice(desk: Desk) -> None:
    people(desk, 3)
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,))
    review(desk, list_id)
    words = review_words(desk, list_id, desk.world.researcher)
    send(desk, list_id)
    error = desk.refused(
        lambda s: invitations.send(s, desk.world.researcher, Draft(list_id, words), URL, desk.world.now)
    )
    assert "3 have just been invited" in error.message
    assert len(mailed(desk)) == 3


def test_two_people_who_invite_the_same_at_once_send_one_mail_each(desk: Desk) -> None:
    people(desk, 3)
    world, actors = desk.world, (desk.world.researcher, desk.world.admin)
    lists = [choose(desk, actor, statuses=(S.NOT_CONTACTED,)) for actor in actors]
    words = review_words(desk, lists[0], world.researcher)
    came_to = desk.race(
        *(
            lambda s, who=who, one=one: invitations.send(s, who, Draft(one, words), URL, world.now)
            for who, one in zip(actors, lists, strict=True)
        )
    )
    assert sorted(type(each).__name__ for each in came_to) == ["Invited", "RuleError"]
    assert len(mailed(desk)) == len(set(mailed(desk))) == 3


def test_who_is_held_back_is_counted_by_reason_and_gets_nothing(desk: Desk) -> None:
    world, now = desk.world, desk.world.now
    facts: dict[str, dict[str, Any]] = {
        "blocked": {"blocklisted_at": now},
        "out": {"opted_out_at": now},
        "never": {"do_not_contact_reason": "asked us"},
        "bounced": {"bounced_at": now},
        "cool": {"cooldown_until": now + timedelta(days=9)},
    }
    held = [world.participant(f"{name}@example.com", name, **values) for name, values in facts.items()]
    for person in held:
        enrol(desk, person)
    statuses = {"did": S.INTERVIEW_COMPLETED, "no": S.SCREENER_NOT_QUALIFIED, "gone": S.CANCELED}
    for name, status in statuses.items():
        person = world.participant(f"{name}@example.com", name)
        held.append(person)
        enrol(desk, person, status)
    booked = world.book(timedelta(days=1), email="booked@example.com")
    (free,) = people(desk, 1)
    with desk.database.reading() as session:
        booked_id = session.scalars(sa.select(Participant.id).where(Participant.email == "booked@example.com")).one()
    ids = (*(person.id for person in held), booked_id, free.id, free.id)
    found = review(desk, choose(desk, participant_ids=ids, statuses=(S.NOT_CONTACTED,)))
    assert {group.reason: group.first for group in found.sorted.held} == {
        Reason.IN_BLOCKLIST: ("blocked",),
        Reason.OPTED_OUT: ("out",),
        Reason.DO_NOT_CONTACT: ("never",),
        Reason.BOUNCED: ("bounced",),
        Reason.BOOKED: ("Mara Lindqvist",),
        Reason.TOOK_PART: ("did",),
        Reason.NOT_QUALIFIED: ("no",),
        Reason.REMOVED: ("gone",),
        Reason.IN_COOLDOWN: ("cool",),
    }
    assert found.number == 1
    assert found.named_twice == 6, "five who are held back by what they are, and the one who is free"
    done = send(desk, found.list_id)
    assert (done.number, len(mailed(desk))) == (1, 1)
    assert booked.reference == "CHK-1"


def test_who_was_invited_before_is_said_and_may_be_invited_again(desk: Desk) -> None:
    world = desk.world
    person = world.participant("again@example.com", "Again")
    enrol(desk, person, S.INTERVIEW_INVITED, invited_at=world.now - timedelta(days=3))
    found = review(desk, choose(desk, participant_ids=(person.id,)))
    assert [one.label for one in found.sorted.invited_before] == ["Again"]
    assert send(desk, found.list_id).number == 1
    assert len(mailed(desk)) == 1


@pytest.mark.parametrize("status", [StudyStatus.DRAFT, StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_nothing_goes_out_of_a_study_that_is_not_active(desk: Desk, status: StudyStatus) -> None:
    people(desk, 1)
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,))
    words = review_words(desk, list_id, desk.world.researcher)
    desk.change(desk.study(), status=status)
    found = review(desk, list_id)
    assert found.number == 0
    assert f"CHK is {'a draft' if status is StudyStatus.DRAFT else status.value}" in (found.refusal or "")
    desk.refused(lambda s: invitations.send(s, desk.world.researcher, Draft(list_id, words), URL, desk.world.now))
    assert mailed(desk) == []


def test_the_review_warns_of_too_few_places_and_of_no_times(desk: Desk) -> None:
    people(desk, 3)
    desk.change(desk.study(), participation_limit=2)
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,))
    assert review(desk, list_id).warnings == ("2 places are left for 3 people: who comes too late can ask to wait.",)
    desk.change(desk.study(), seats_taken=2, duration_minutes=480)
    full, _none = review(desk, list_id).warnings, None
    assert full[0].startswith("CHK is fully booked (2 of 2)")


def test_people_are_chosen_by_status_property_and_pasted_addresses(desk: Desk) -> None:
    world = desk.world
    pro = world.participant("pro@example.com", "Pro", properties={"Plan": "Pro", "Größe": "XL"})
    enrol(desk, pro, S.STUDY_INVITED)
    (other,) = people(desk, 1)
    pasted = "Ünal Öz <unal@example.com>\nPRO@example.com, Pro\n\nthird@example.com\n"
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,), property_name="Plan", property_value="pRO", addresses=pasted)
    with desk.database.reading() as session:
        kept = session.get_one(InvitationList, list_id)
        emails = set(session.scalars(sa.select(Participant.email).where(Participant.id.in_(kept.participant_ids))))
        names = invitation_lists.property_names(session, world.researcher, "pl")
    assert emails == {"pro@example.com", other.email, "unal@example.com", "third@example.com"}
    assert kept.named_twice == 1
    assert list(names) == ["Plan"]
    assert desk.status("unal@example.com") == "Not Contacted"


def test_wrong_lines_are_named_and_nobody_is_added(desk: Desk) -> None:
    error = desk.refused(
        lambda s: invitation_lists.choose(
            s,
            desk.world.researcher,
            Choice(desk.world.study_id, addresses="ok@example.com\nnot-an-address"),
            desk.world.now,
        )
    )
    assert (error.field, error.message.partition(":")[0]) == ("addresses", "Line 2")
    with desk.database.reading() as session:
        assert participants.by_email(session, desk.world.workspace_id, "ok@example.com") is None


def test_nobody_chosen_is_said_at_the_field(desk: Desk) -> None:
    error = desk.refused(
        lambda s: invitation_lists.choose(s, desk.world.researcher, Choice(desk.world.study_id), desk.world.now)
    )
    assert error.field == "people"


def test_what_somebody_changed_goes_out_in_their_name_and_a_wrong_token_is_said(desk: Desk) -> None:
    people(desk, 1)
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,))
    wrong = Wording("Hello", "Hi {{ participant.nickname }}")
    error = desk.refused(
        lambda s: invitations.send(s, desk.world.researcher, Draft(list_id, wrong), URL, desk.world.now)
    )
    assert error.field == "text"
    own = Wording("Hello {{ participant.first_name }}", "Come and talk with us.")
    shown = desk.do(
        lambda s: invitation_review.preview(s, desk.world.researcher, Draft(list_id, own), URL, desk.world.now)
    )
    assert (shown.subject, shown.recipient) == ("Hello Person", "Person 00")
    send(desk, list_id, words=own)
    payload = desk.outbox("mail_enrolment")[0].payload
    assert (payload["subject"], payload["text"], payload["by"]) == (own.subject, own.text, desk.world.researcher.name)


def test_who_may_not_manage_the_study_invites_nobody(desk: Desk, elsewhere: World) -> None:
    world = desk.world
    people(desk, 1)
    for role in (Role.OBSERVER, Role.COLLABORATOR):
        desk.refused(lambda s, r=role: invitation_lists.begin(s, world.people[r], "CHK"), NotAllowed)
    list_id = choose(desk, statuses=(S.NOT_CONTACTED,))
    words = review_words(desk, list_id, world.researcher)
    desk.refused(lambda s: invitations.send(s, world.admin, Draft(list_id, words), URL, world.now), NotFound)
    desk.refused(lambda s: invitation_lists.choose(s, elsewhere.admin, Choice(world.study_id), world.now), NotFound)
    stranger = elsewhere.participant("x@example.com")
    desk.refused(
        lambda s: invitation_lists.choose(s, world.admin, Choice(world.study_id, (stranger.id,)), world.now), RuleError
    )


def test_an_invitation_on_its_way_is_stopped_by_what_has_changed(desk: Desk) -> None:
    (person,) = people(desk, 1)
    send(desk, choose(desk, statuses=(S.NOT_CONTACTED,)))
    enrolment_id = mailed(desk)[0]

    def why() -> str | None:
        return desk.do(lambda s: invitations.may_still_invite(s, s.get_one(Enrolment, enrolment_id), desk.world.now))

    assert why() is None
    desk.change(desk.study(), status=StudyStatus.PAUSED)
    assert "paused" in (why() or "")
    desk.change(desk.study(), status=StudyStatus.ACTIVE)
    desk.change(person, opted_out_at=desk.world.now)
    assert why() == "has opted out"


def test_a_thousand_people_take_as_many_statements_as_one(desk: Desk) -> None:
    world = desk.world

    def some(first: int, number: int) -> tuple[int, ...]:
        profiles = [participants.Profile(f"m{n}@example.com", f"M {n}") for n in range(first, first + number)]
        added = desk.do(lambda s: participants.add_all(s, world.workspace_id, profiles, world.now))
        return tuple(id_ for id_, _ in added.values())

    numbers = []
    for first, number in ((0, 1), (1, 1000)):
        list_id = choose(desk, world.admin, participant_ids=some(first, number))
        with counted_statements(world.database) as statements:
            review(desk, list_id, world.admin)
            assert send(desk, list_id, world.admin).number == number
        numbers.append(len(statements))
    assert numbers[1] <= numbers[0] + 3, "rows beyond a statement's parameters go in a few more"
    assert len(set(mailed(desk))) == 1001
