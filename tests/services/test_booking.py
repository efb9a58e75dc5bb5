"""Booking by hand: what it makes, what it refuses and in which words, and what two who click at once get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import booking, cancellations, history, links
from bot.services.booking import Booked, Booking, Preview
from domain.booking import OpenSession
from domain.contact_rules import RuleKind
from domain.errors import NotAllowed, NotFound, RuleError
from domain.interview import AttendeeKind, CancelReason, Door, InterviewStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import LocationKind, StudyStatus, StudyType
from domain.times import Span
from storage import participants
from storage.interviews import by_reference
from storage.models import Attendee, Interview, OutboxRow, StudyCollaborator, TimelineEntry
from tests.builders import World, counted_statements, keep_busy, rows
from tests.services.conftest import Desk
from tests.services.test_governance import invited, rule

AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
"""Tuesday 14:00 in Berlin."""


def wanted(world: World, email: str = "mara@example.com", **values: Any) -> Booking:
    return Booking(**{"study_id": world.study_id, "email": email, "starts_at": AT, **values})


def booker(
    world: World, email: str = "mara@example.com", actor: Actor | None = None, **values: Any
) -> Callable[[Session], Booked]:
    asked = wanted(world, email, **values)
    return lambda session: booking.book(session, actor or world.researcher, asked, world.now)


def group(world: World, capacity: int = 2, key: str = "GRP") -> int:
    return world.study(key, "Groups", type=StudyType.GROUP_INTERVIEW, capacity=capacity).id


def test_a_booking_makes_an_interview_with_its_people(desk: Desk, world: World) -> None:
    booked = desk.do(booker(world, " Mara@Example.com", name="Mara Lindqvist"))
    assert booked.reference == "CHK-1"
    assert booked.span == Span(AT, AT + timedelta(minutes=60))
    interview = world.get(booked.interview_id)
    assert (interview.status, interview.title) == (InterviewStatus.UPCOMING, "Checkout study")
    with world.database.reading() as session:
        line, is_own = by_reference(session, world.researcher, "chk-1")
    assert is_own
    assert [host.member_id for host in line.hosts] == [world.researcher.member_id]
    assert [(seat.name, seat.email, seat.number) for seat in line.seats] == [("Mara Lindqvist", "mara@example.com", 1)]
    assert desk.status("mara@example.com") == "Interview Scheduled"
    assert desk.study().seats_taken == 1
    assert desk.timeline(booked.interview_id) == [(world.researcher.name, "booked P1")]


def test_a_booking_asks_for_card_thread_and_confirmation(desk: Desk, world: World) -> None:
    booked = desk.do(booker(world))
    (card,) = desk.outbox("slack_card", booked.interview_id)
    assert card.lane == "slack:C0CORE"
    assert len(desk.outbox("slack_thread", booked.interview_id)) == 1
    assert desk.mails(booked.interview_id) == ["confirmation"]
    assert desk.outbox("calendar_event") == [], "nobody's calendar is connected"


def test_a_study_with_a_channel_has_its_cards_there(desk: Desk, world: World) -> None:
    study_id = world.study("OWN", "Own channel", channel_id="C0OWN").id
    booked = desk.do(booker(world, study_id=study_id))
    assert [card.lane for card in desk.outbox("slack_card", booked.interview_id)] == ["slack:C0OWN"]


def test_the_first_hosts_calendar_holds_the_event(desk: Desk, world: World) -> None:
    world.calendar(world.admin)
    hosts = (world.admin.member_id, world.researcher.member_id)
    booked = desk.do(booker(world, host_ids=hosts))
    assert world.get(booked.interview_id).organizer_id == world.admin.member_id
    (event,) = desk.outbox("calendar_event", booked.interview_id)
    assert event.lane == f"calendar:{world.admin.member_id}"
    assert booked.warnings == (f"{world.researcher.name} has no connected calendar: no calendar invitation goes out.",)


def test_an_admin_who_names_no_host_books_the_owner(desk: Desk, world: World) -> None:
    booked = desk.do(booker(world, actor=world.admin))
    with world.database.reading() as session:
        (host,) = by_reference(session, world.admin, booked.reference)[0].hosts
    assert host.member_id == world.researcher.member_id


def test_a_collaborator_books_themselves(desk: Desk, world: World) -> None:
    collaborator = world.people[Role.COLLABORATOR]
    desk.do(lambda s: s.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id)))
    booked = desk.do(booker(world, actor=collaborator))
    with world.database.reading() as session:
        (host,) = by_reference(session, collaborator, booked.reference)[0].hosts
    assert host.member_id == collaborator.member_id


def test_the_same_host_named_twice_hosts_once(desk: Desk, world: World) -> None:
    booked = desk.do(booker(world, host_ids=(world.admin.member_id, world.admin.member_id)))
    with world.database.reading() as session:
        assert len(by_reference(session, world.admin, booked.reference)[0].hosts) == 1


def test_references_go_on_per_study(desk: Desk, world: World) -> None:
    other = world.study("NAV", "Navigation").id
    made = [
        desk.do(booker(world, f"p{n}@example.com", study_id=study, starts_at=AT + timedelta(hours=n)))
        for n, study in enumerate([world.study_id, other, world.study_id, other])
    ]
    assert [each.reference for each in made] == ["CHK-1", "NAV-1", "CHK-2", "NAV-2"]


def test_a_meeting_room_of_the_study_is_the_interviews_link(desk: Desk, world: World) -> None:
    zoom = world.study("ZOO", "Zoom study", location=LocationKind.ZOOM, location_text="https://zoom.example/j/1").id
    booked = desk.do(booker(world, study_id=zoom))
    assert world.get(booked.interview_id).link == "https://zoom.example/j/1"


def test_names_of_any_length_and_any_characters_are_booked(desk: Desk, world: World) -> None:
    name = "<!channel> *x* & <b> " + "x" * 400
    booked = desk.do(booker(world, name=name, title="t" * 400))
    assert len(world.get(booked.interview_id).title) == 300
    with world.database.reading() as session:
        (seat,) = by_reference(session, world.admin, booked.reference)[0].seats
    assert seat.name == name[:200]


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"email": "mara"}, "“mara” is not an e-mail address.", "email"),
    (
        {"starts_at": datetime(2026, 11, 23, 8, 30, tzinfo=UTC)},
        "Monday 23 November, 09:30 has passed (Europe/Berlin). Pick a time ahead.",
        "when",
    ),
    ({"length": timedelta(hours=9)}, "A session lasts between 5 minutes and 8 hours.", "duration"),
    ({"study_id": 10**6}, "There is no such study.", "study"),
    ({"host_ids": (10**6,)}, "There is no such host in this workspace.", "host"),
]


@pytest.mark.parametrize(("values", "sentence", "field"), REFUSALS)
def test_what_cannot_be_booked_is_refused_in_a_sentence_at_its_field(
    desk: Desk, world: World, values: dict[str, Any], sentence: str, field: str
) -> None:
    given = {"email": "mara@example.com", **values}
    refusal = desk.refused(booker(world, **given))
    assert (refusal.message, refusal.field) == (sentence, field)
    assert rows(world.database, sa.select(Interview.id)) == []
    assert rows(world.database, sa.select(OutboxRow.id)) == []


def test_a_host_who_is_taken_is_named_with_the_time_and_the_interview(desk: Desk, world: World) -> None:
    desk.do(booker(world))
    refusal = desk.refused(booker(world, "ben@example.com", starts_at=AT + timedelta(minutes=45)))
    assert refusal.message == (
        f"{world.researcher.name} is already booked at 14:45 for CHK-1. Pick another time or another host."
    )
    assert refusal.field == "when"


@pytest.mark.parametrize("minutes", [-60, 60])
def test_sessions_may_follow_each_other_end_to_end(desk: Desk, world: World, minutes: int) -> None:
    desk.do(booker(world))
    desk.do(booker(world, starts_at=AT + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-59, 0, 30, 59])
def test_any_overlap_takes_the_host(desk: Desk, world: World, minutes: int) -> None:
    desk.do(booker(world))
    desk.refused(booker(world, "ben@example.com", starts_at=AT + timedelta(minutes=minutes)))


def test_a_session_of_eight_hours_takes_the_host_to_its_last_minute(desk: Desk, world: World) -> None:
    desk.do(booker(world, length=timedelta(hours=8)))
    desk.refused(booker(world, "ben@example.com", starts_at=AT + timedelta(hours=7, minutes=59)))
    desk.do(booker(world, "ben@example.com", starts_at=AT + timedelta(hours=8)))


def test_a_participant_is_in_one_place_at_a_time_across_studies(desk: Desk, world: World) -> None:
    other = world.study("NAV", "Navigation").id
    desk.do(booker(world))
    refusal = desk.refused(booker(world, study_id=other, host_ids=(world.admin.member_id,)))
    assert refusal.message == "P1 has CHK-1 at that time already. Pick another time."


def test_a_cancelled_interview_takes_nobodys_time(desk: Desk, world: World) -> None:
    booked = desk.do(booker(world))
    why = cancellations.Cancellation(CancelReason.OTHER)
    desk.do(lambda s: cancellations.cancel(s, world.researcher, booked.interview_id, why, world.now))
    assert desk.do(booker(world)).reference == "CHK-2"


def test_a_closed_study_takes_no_bookings(desk: Desk, world: World) -> None:
    desk.change(desk.study(), status=StudyStatus.CLOSED)
    assert desk.refused(booker(world)).message == "CHK is closed. Resume it first: /study resume CHK."


@pytest.mark.parametrize("kind", [StudyType.SURVEY, StudyType.UNMODERATED_TEST])
def test_a_study_without_interviews_says_so(desk: Desk, world: World, kind: StudyType) -> None:
    study_id = world.study("SUR", "Survey", type=kind).id
    assert desk.refused(booker(world, study_id=study_id)).message == (
        f"SUR is a {kind.label.lower()}: it has no interviews."
    )


@pytest.mark.parametrize("status", [StudyStatus.DRAFT, StudyStatus.PAUSED])
def test_a_study_that_is_not_active_is_booked_with_a_warning(desk: Desk, world: World, status: StudyStatus) -> None:
    world.calendar(world.researcher)
    desk.change(desk.study(), status=status)
    assert desk.do(booker(world)).warnings == (f"CHK is {status.value}.",)


def test_a_busy_calendar_is_a_warning_and_a_mark_on_the_host(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    busy = Span(AT - timedelta(minutes=30), AT + timedelta(minutes=1))
    desk.do(lambda s: keep_busy(s, world.researcher.member_id, "event", busy))
    booked = desk.do(booker(world))
    assert booked.warnings == (f"{world.researcher.name}'s calendar is busy then.",)
    with world.database.reading() as session:
        assert by_reference(session, world.admin, booked.reference)[0].hosts[0].has_conflict


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [("opted_out_at", "P1 can't be booked: Opted Out."), ("blocklisted_at", "P1 can't be booked: In Blocklist.")],
)
def test_people_who_opted_out_or_are_blocked_are_refused(desk: Desk, world: World, fact: str, sentence: str) -> None:
    world.participant("mara@example.com", "Mara", **{fact: world.now})
    refusal = desk.refused(booker(world))
    assert (refusal.message, refusal.field) == (sentence, "participant")


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"do_not_contact_reason": "in a dispute"}, "P1 is marked Do Not Contact: in a dispute."),
        ({"bounced_at": AT - timedelta(days=1)}, "P1 has an address that bounced: no mail reaches them."),
        ({"cooldown_until": AT}, "P1 is marked In Cooldown until Tuesday 24 November."),
    ],
)
def test_people_who_should_rest_are_booked_by_hand_with_a_warning(
    desk: Desk, world: World, facts: dict[str, Any], warning: str
) -> None:
    world.calendar(world.researcher)
    world.participant("mara@example.com", "Mara", **facts)
    assert desk.do(booker(world)).warnings == (warning,)


@pytest.mark.parametrize("status", [ParticipantStatus.HARD_BOUNCED, ParticipantStatus.INCENTIVE_CLAIMED])
def test_an_enrolment_at_its_end_is_not_booked_again(desk: Desk, world: World, status: ParticipantStatus) -> None:
    person = world.participant("mara@example.com")

    place = (world.study_id, person.id)
    desk.do(lambda s: participants.enrol_all(s, {place: status}, "test", world.now))
    assert desk.refused(booker(world)).message == f"P1 can't be booked: their status in CHK is {status.value}."


def test_the_limit_warns_and_is_announced_once(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    desk.change(desk.study(), participation_limit=2)
    made = [desk.do(booker(world, f"p{n}@example.com", starts_at=AT + timedelta(hours=n))) for n in range(4)]
    assert [each.warnings for each in made] == [
        (),
        (),
        ("CHK is fully booked: 2 of 2 seats used.",),
        ("CHK is fully booked: 3 of 2 seats used.",),
    ]
    (notice,) = desk.outbox("slack_notice")
    assert notice.payload == {"channel": "C0CORE", "text": "*CHK* is fully booked: 2 of 2 seats used."}


def test_a_group_session_takes_the_next_participant_in(desk: Desk, world: World) -> None:
    study_id = group(world)
    first = desk.do(booker(world, "p1@example.com", study_id=study_id, host_ids=(world.admin.member_id,)))
    second = desk.do(booker(world, "p2@example.com", study_id=study_id, length=timedelta(minutes=15)))
    assert second.interview_id == first.interview_id
    assert second.span == first.span, "it lasts as long as the session that is joined"
    assert desk.study(study_id).seats_taken == 2
    assert desk.mails(first.interview_id) == ["confirmation", "confirmation"]


def test_a_preview_of_joining_a_group_shows_that_sessions_host(desk: Desk, world: World) -> None:
    study_id = group(world)
    desk.do(booker(world, "p1@example.com", study_id=study_id, host_ids=(world.admin.member_id,)))
    asked = wanted(world, "p2@example.com", study_id=study_id)
    preview = desk.do(lambda s: booking.preview(s, world.researcher, asked, world.now))
    assert preview.host_slack_ids == (world.admin.slack_user_id,)


def test_a_full_group_session_is_refused_with_its_numbers(desk: Desk, world: World) -> None:
    study_id = group(world)
    for n in (1, 2):
        desk.do(booker(world, f"p{n}@example.com", study_id=study_id))
    refusal = desk.refused(booker(world, "p3@example.com", study_id=study_id))
    assert refusal.message == "GRP-1 is full (2 of 2 seats). Pick another time."


def test_nobody_sits_twice_in_a_group_session(desk: Desk, world: World) -> None:
    study_id = group(world)
    desk.do(booker(world, study_id=study_id))
    refusal = desk.refused(booker(world, study_id=study_id))
    assert (refusal.message, refusal.field) == ("P1 is in GRP-1 already.", "participant")


def test_whoever_gave_up_their_seat_in_a_group_can_have_it_back(desk: Desk, world: World) -> None:
    study_id = group(world)
    booked = desk.do(booker(world, "p1@example.com", study_id=study_id))
    desk.do(booker(world, "p2@example.com", study_id=study_id))

    def give_up(session: Session) -> None:
        seat = session.scalars(
            sa.select(Attendee).where(Attendee.participant_id.is_not(None)).order_by(Attendee.id)
        ).first()
        assert seat is not None
        links.cancel(session, links.issue(session, seat.id, world.now), world.now)

    desk.do(give_up)
    assert (desk.study(study_id).seats_taken, desk.status("p1@example.com", study_id)) == (1, "Interview Canceled")
    later = world.now + timedelta(minutes=5)
    again = desk.do(
        lambda s: booking.book(s, world.researcher, wanted(world, "p1@example.com", study_id=study_id), later)
    )
    assert again.interview_id == booked.interview_id
    assert (desk.study(study_id).seats_taken, desk.status("p1@example.com", study_id)) == (2, "Interview Scheduled")
    assert desk.mails(booked.interview_id).count("confirmation") == 3, "they are told that they have it back"


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.COLLABORATOR])
def test_who_may_not_manage_the_study_neither_books_nor_looks_at_participants(
    desk: Desk, world: World, role: Role
) -> None:
    world.participant("mara@example.com", "Mara Lindqvist")
    actor = world.people[role]
    desk.refused(booker(world, actor=actor), NotAllowed)
    desk.refused(lambda s: booking.preview(s, actor, wanted(world), world.now), NotAllowed)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPS_MANAGER, Role.RESEARCHER])
def test_who_may_manage_the_study_books(desk: Desk, world: World, role: Role) -> None:
    assert desk.do(booker(world, actor=world.people[role])).reference == "CHK-1"


def test_another_workspaces_study_is_not_there(desk: Desk, world: World, elsewhere: World) -> None:
    desk.refused(booker(world, study_id=elsewhere.study_id, actor=world.admin), NotFound)
    desk.refused(
        lambda s: booking.preview(s, world.admin, wanted(world, study_id=elsewhere.study_id), world.now), NotFound
    )


def test_another_workspaces_member_is_no_host(desk: Desk, world: World, elsewhere: World) -> None:
    refusal = desk.refused(booker(world, host_ids=(elsewhere.researcher.member_id,)), NotFound)
    assert refusal.message == "There is no such host in this workspace."


def test_the_same_address_in_another_workspace_is_another_person(desk: Desk, world: World, elsewhere: World) -> None:
    elsewhere.participant("mara@example.com", "Somebody else", opted_out_at=world.now)
    booked = desk.do(booker(world, name="Mara"))
    with world.database.reading() as session:
        (seat,) = by_reference(session, world.admin, booked.reference)[0].seats
    assert (seat.name, seat.number) == ("Mara", 1)


def test_a_preview_changes_nothing(desk: Desk, world: World) -> None:
    preview = desk.do(lambda s: booking.preview(s, world.researcher, wanted(world, name=" Mara "), world.now))
    assert (preview.person_label, preview.person_is_new, preview.study_key) == ("Mara", True, "CHK")
    for table in (Interview, OutboxRow, TimelineEntry):
        assert rows(world.database, sa.select(sa.func.count()).select_from(table)) == [(0,)]


def test_a_preview_names_nobody_whom_the_actor_may_not_know_by_name(desk: Desk, world: World) -> None:
    world.participant("mara@example.com", "Mara Lindqvist")

    def label(actor: Actor, at: datetime = AT) -> str:
        return desk.do(lambda s: booking.preview(s, actor, wanted(world, starts_at=at), world.now)).person_label

    assert (label(world.admin), label(world.researcher)) == ("Mara Lindqvist", "P1")
    past = wanted(world, starts_at=AT - timedelta(days=7))
    assert desk.do(lambda s: history.preview_past(s, world.researcher, past, world.now)).person_label == "P1"
    desk.do(booker(world))
    assert label(world.researcher, AT + timedelta(days=1)) == "Mara Lindqvist", "they are in a study of theirs by now"


def test_a_preview_refuses_what_booking_would_refuse(desk: Desk, world: World) -> None:
    desk.do(booker(world))
    desk.refused(lambda s: booking.preview(s, world.researcher, wanted(world, "ben@example.com"), world.now))


def test_a_booking_takes_no_more_statements_in_a_full_schedule(desk: Desk, world: World) -> None:
    def cost(days: int) -> int:
        with counted_statements(world.database) as statements:
            desk.do(booker(world, f"new{days}@example.com", starts_at=AT + timedelta(days=days)))
        return len(statements)

    first = cost(0)
    for n in range(12):
        desk.do(booker(world, f"p{n}@example.com", starts_at=AT + timedelta(hours=n + 2)))
    assert cost(1) == first <= 40


def by_hand(world: World, email: str = "mara@example.com", **values: Any) -> Callable[[Session], Booked | Preview]:
    asked = wanted(world, email, **values)
    return lambda session: booking.book_by_hand(session, world.researcher, asked, world.now)


def test_by_hand_what_bypasses_nothing_is_booked_at_once(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    booked = desk.do(by_hand(world))
    assert isinstance(booked, Booked)
    assert desk.mails(booked.interview_id) == ["confirmation"]


def test_by_hand_what_bypasses_a_rule_is_asked_about_and_not_booked(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    asked = desk.do(by_hand(world, starts_at=AT + timedelta(hours=4)))
    assert isinstance(asked, Preview)
    assert asked.warnings == (f"It is 18:00–19:00 for {world.researcher.name} (Europe/Berlin): outside working hours.",)
    assert rows(world.database, sa.select(Interview.id)) == []


def test_by_hand_a_rule_of_contact_that_is_gone_against_is_told_and_does_not_refuse(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    mara = world.participant("mara@example.com")
    invited(desk, mara, "OLD", 3)
    rule(desk, RuleKind.COOLDOWN_AFTER_INVITATION, 14)
    asked = desk.do(by_hand(world))
    assert isinstance(asked, Preview)
    assert asked.warnings == ("P1 was invited within 14 days; free again on 4 December.",)
    assert desk.do(booker(world)).reference == "CHK-1"


def test_by_hand_sessions_start_on_a_quarter_of_an_hour(desk: Desk, world: World) -> None:
    odd = AT + timedelta(minutes=10)
    for attempt in (
        by_hand(world, starts_at=odd),
        lambda s: booking.preview(s, world.researcher, wanted(world, starts_at=odd), world.now),
    ):
        refusal = desk.refused(attempt)
        assert refusal.message == "Sessions start on a quarter of an hour. Pick 14:00 or 14:15."
        assert refusal.field == "when"


def test_by_hand_a_second_session_on_one_day_of_the_participant_is_asked_about(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    desk.do(by_hand(world))
    asked = desk.do(by_hand(world, starts_at=AT + timedelta(hours=2)))
    assert isinstance(asked, Preview)
    assert asked.warnings == ("P1 has CHK-1 the same day, at 14:00.",)
    assert isinstance(desk.do(by_hand(world, starts_at=AT + timedelta(days=1))), Booked)


def test_by_hand_the_days_group_sessions_with_free_seats_are_offered(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    study_id, noon = group(world), AT - timedelta(hours=2)
    for n, start in enumerate([noon, AT, AT, AT + timedelta(days=1)]):
        desk.do(booker(world, f"p{n}@example.com", study_id=study_id, starts_at=start))
    asked = desk.do(by_hand(world, study_id=study_id, starts_at=AT + timedelta(hours=2)))
    assert isinstance(asked, Preview)
    assert asked.warnings == ()
    assert asked.instead == (OpenSession("GRP-1", noon, 1, 2),), "GRP-2 is full, GRP-3 on another day"
    joined = desk.do(by_hand(world, study_id=study_id, starts_at=noon))
    assert isinstance(joined, Booked)
    assert joined.reference == "GRP-1"


def test_by_hand_an_imported_session_is_joined_at_whatever_minute_it_starts(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    study_id, odd = group(world), AT + timedelta(minutes=7)
    desk.do(booker(world, "p1@example.com", study_id=study_id, starts_at=odd))
    assert isinstance(desk.do(by_hand(world, study_id=study_id, starts_at=odd)), Booked)


def test_booking_by_hand_takes_as_many_statements_however_many_sessions_there_are(desk: Desk, world: World) -> None:
    world.calendar(world.researcher)
    study_id = group(world, capacity=3)

    def cost(number: int) -> int:
        with counted_statements(world.database) as statements:
            asked = desk.do(by_hand(world, "new@example.com", study_id=study_id, starts_at=AT + timedelta(hours=3)))
        assert isinstance(asked, Preview)
        assert len(asked.instead) == number
        return len(statements)

    def open_one(n: int) -> None:
        start = AT - timedelta(minutes=240 - 20 * n)
        desk.do(booker(world, f"p{n}@example.com", study_id=study_id, starts_at=start, length=timedelta(minutes=15)))

    open_one(0)
    before = cost(1)
    for n in range(1, 8):
        open_one(n)
    assert cost(8) == before <= 20


def test_the_timeline_tells_the_door(desk: Desk, world: World) -> None:
    desk.do(lambda s: booking.book(s, world.researcher, wanted(world), world.now, Door.IMPORT))
    assert rows(world.database, sa.select(TimelineEntry.door)) == [(Door.IMPORT,)]


def test_of_two_who_book_the_same_host_at_once_one_gets_it(desk: Desk, world: World) -> None:
    other = world.study("NAV", "Navigation").id
    results = desk.race(
        booker(world, "p1@example.com"),
        booker(world, "p2@example.com", study_id=other, starts_at=AT + timedelta(minutes=30)),
    )
    (booked,) = [each for each in results if isinstance(each, Booked)]
    (refused,) = [each for each in results if isinstance(each, RuleError)]
    assert booked.reference in refused.message
    assert len(rows(world.database, sa.select(Interview.id))) == 1


def test_of_two_who_book_the_last_seat_of_a_group_one_gets_it(desk: Desk, world: World) -> None:
    study_id = group(world, capacity=2)
    desk.do(booker(world, "p0@example.com", study_id=study_id))
    results = desk.race(*(booker(world, f"p{n}@example.com", study_id=study_id) for n in (1, 2)))
    (refused,) = [each for each in results if isinstance(each, RuleError)]
    assert refused.message == "GRP-1 is full (2 of 2 seats). Pick another time."
    assert desk.study(study_id).seats_taken == 2


def test_of_two_who_book_the_same_person_in_two_studies_at_once_one_gets_them(desk: Desk, world: World) -> None:
    world.participant("mara@example.com")
    other = world.study("NAV", "Navigation").id
    results = desk.race(
        booker(world, host_ids=(world.researcher.member_id,)),
        booker(world, study_id=other, host_ids=(world.admin.member_id,)),
    )
    (refused,) = [each for each in results if isinstance(each, RuleError)]
    assert refused.message.startswith("P1 has ")


def test_two_who_book_the_same_new_person_at_once_add_them_once(desk: Desk, world: World) -> None:
    other = world.study("NAV", "Navigation").id
    results = desk.race(
        booker(world),
        booker(world, study_id=other, host_ids=(world.admin.member_id,), starts_at=AT + timedelta(days=1)),
    )
    assert all(isinstance(each, Booked) for each in results), results
    seats = rows(world.database, sa.select(Attendee.participant_id).where(Attendee.kind == AttendeeKind.PARTICIPANT))
    assert len(seats) == 2
    assert len(set(seats)) == 1


def test_four_who_book_at_once_get_references_without_a_gap(desk: Desk, world: World) -> None:
    results = desk.race(*(booker(world, f"p{n}@example.com", starts_at=AT + timedelta(hours=n)) for n in range(4)))
    assert sorted(each.reference for each in results if isinstance(each, Booked)) == [
        "CHK-1",
        "CHK-2",
        "CHK-3",
        "CHK-4",
    ]
