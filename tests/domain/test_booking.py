"""The rules of booking by hand, held against facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.booking import (
    NOTHING,
    Booking,
    Decision,
    Facts,
    GroupSession,
    HostCalendar,
    HostFacts,
    PersonFacts,
    StudyFacts,
    check_over,
    decide,
    note,
)
from domain.errors import NotAllowed, NotFound, RuleError
from domain.governance import ContactStatus
from domain.participant import ParticipantStatus
from domain.roles import Actor, Role
from domain.study import StudyStatus, StudyType
from domain.times import Span

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LENA, TOM = 1, 2


def host(name: str, **values: Any) -> HostFacts:
    given: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "is_active": True,
        "calendar": HostCalendar(None, takes_events=True),
        "taken": [],
        "busy": [],
    }
    return HostFacts(name=name, slack_user_id=f"U{name}", **{**given, **values})


def study(**values: Any) -> StudyFacts:
    given: dict[str, Any] = {
        "key": "CHK",
        "type": StudyType.INTERVIEW,
        "status": StudyStatus.ACTIVE,
        "length": HOUR,
        "capacity": 1,
        "limit": None,
        "seats_taken": 0,
        "default_host": LENA,
        "is_own": True,
    }
    return StudyFacts(**{**given, **values})


def facts(**values: Any) -> Facts:
    """Study 1 is CHK, study 2 a group study of two seats; Lena and Tom may host, nobody is known."""
    group = study(key="GRP", type=StudyType.GROUP_INTERVIEW, capacity=2)
    given: dict[str, Any] = {
        "studies": {1: study(), 2: group},
        "hosts": {LENA: host("Lena"), TOM: host("Tom")},
        "people": {},
        "sessions": {},
        "next_number": 7,
    }
    return Facts(now=NOW, **{**given, **values})


def an_actor(role: Role) -> Actor:
    return Actor(1, LENA, "U1", "Lena", role, "Europe/Berlin")


RESEARCHER = an_actor(Role.RESEARCHER)


def decided(known: Facts, booking: Booking, actor: Actor = RESEARCHER) -> Decision:
    return decide(known, actor, booking)


def wanted(email: str = "mara@example.com", **values: Any) -> Booking:
    return Booking(**{"study_id": 1, "email": email, "starts_at": AT, **values})


def book(known: Facts, booking: Booking, reference: str) -> Decision:
    decision = decided(known, booking)
    note(known, booking, decision, reference)
    return decision


def refusal(known: Facts, booking: Booking, kind: type[RuleError] = RuleError, actor: Actor = RESEARCHER) -> str:
    with pytest.raises(kind) as refused:
        decided(known, booking, actor)
    return refused.value.message


def test_a_decision_has_the_studys_length_and_default_host() -> None:
    assert decided(facts(), wanted()) == Decision(Span(AT, AT + HOUR), (LENA,), None, NOTHING)


def test_deciding_changes_nothing() -> None:
    known = facts()
    assert decided(known, wanted()) == decided(known, wanted())
    assert known == facts()


def test_what_was_noted_takes_the_host_the_person_and_the_seat() -> None:
    known = facts()
    known.studies[1].limit = 1
    book(known, wanted(), "CHK-1")
    assert refusal(known, wanted("ben@example.com", starts_at=AT + HOUR / 2)) == (
        "Lena is already booked at 14:30 for CHK-1. Pick another time or another host."
    )
    assert refusal(known, wanted(host_ids=(TOM,))) == "P7 has CHK-1 at that time already. Pick another time."
    later = decided(known, wanted("ben@example.com", starts_at=AT + HOUR))
    assert later.warnings == ("CHK is fully booked: 1 of 1 seats used.",)
    assert known.people["mara@example.com"].statuses == {1: ParticipantStatus.INTERVIEW_SCHEDULED}


def test_new_people_are_numbered_as_they_come_and_each_once() -> None:
    known = facts()
    for n, email in enumerate(["a@example.com", "b@example.com", "A@example.com", "c@example.com"]):
        book(known, wanted(email, starts_at=AT + n * HOUR), f"CHK-{n + 1}")
    assert {email: person.number for email, person in known.people.items()} == {
        "a@example.com": 7,
        "b@example.com": 8,
        "c@example.com": 9,
    }


def test_the_first_makes_the_group_session_and_the_others_join_it_until_it_is_full() -> None:
    known = facts()
    first = book(known, wanted("a@example.com", study_id=2, host_ids=(TOM,)), "GRP-1")
    assert first.joins is None
    second = book(known, wanted("b@example.com", study_id=2, length=HOUR / 4), "GRP-1")
    assert second.joins is not None
    assert (second.joins.reference, second.span, second.host_ids) == ("GRP-1", first.span, (TOM,))
    assert refusal(known, wanted("b@example.com", study_id=2)) == "P8 is in GRP-1 already."
    assert refusal(known, wanted("c@example.com", study_id=2)) == "GRP-1 is full (2 of 2 seats). Pick another time."


def test_a_stored_group_session_counts_those_who_sit_in_it() -> None:
    there = GroupSession("GRP-1", Span(AT, AT + HOUR), 2, (TOM,), {1, 2})
    known = facts(sessions={(2, AT): there})
    assert refusal(known, wanted(study_id=2)) == "GRP-1 is full (2 of 2 seats). Pick another time."


@pytest.mark.parametrize(
    ("calendar", "busy", "warning"),
    [
        (None, [], "Lena has no connected calendar: no calendar invitation goes out."),
        (HostCalendar("it is gone.", takes_events=True), [], "Lena's calendar can't be read: it is gone."),
        (HostCalendar(None, takes_events=True), [Span(AT - HOUR, AT + HOUR / 60)], "Lena's calendar is busy then."),
        (HostCalendar(None, takes_events=True), [Span(AT - HOUR, AT), Span(AT + HOUR, AT + 2 * HOUR)], None),
    ],
)
def test_the_hosts_calendar_warns(calendar: HostCalendar | None, busy: list[Span], warning: str | None) -> None:
    known = facts(hosts={LENA: host("Lena", calendar=calendar, busy=busy)})
    assert decided(known, wanted()).warnings == ((warning,) if warning else ())


def test_of_several_interviews_the_earliest_is_named() -> None:
    taken = [(Span(AT + HOUR / 2, AT + HOUR), "CHK-2"), (Span(AT - HOUR / 2, AT + HOUR / 4), "CHK-1")]
    known = facts(hosts={LENA: host("Lena", taken=taken)})
    assert "for CHK-1." in refusal(known, wanted())


@pytest.mark.parametrize("contact", [ContactStatus.IN_BLOCKLIST, ContactStatus.OPTED_OUT])
def test_who_may_never_be_contacted_is_not_booked(contact: ContactStatus) -> None:
    known = facts(people={"mara@example.com": PersonFacts(3, contact)})
    assert refusal(known, wanted()) == f"P3 can't be booked: {contact.value}."


def test_a_status_at_its_end_counts_in_its_study_only() -> None:
    known = facts(people={"mara@example.com": PersonFacts(3, statuses={1: ParticipantStatus.INCENTIVE_CLAIMED})})
    assert refusal(known, wanted()) == "P3 can't be booked: their status in CHK is Incentive Claimed."
    assert decided(known, wanted(study_id=2)).span.start == AT


def test_unknown_studies_and_hosts_are_not_found_and_roles_are_asked_first() -> None:
    assert refusal(facts(), wanted(study_id=9), NotFound) == "There is no such study."
    assert refusal(facts(), wanted(host_ids=(9,)), NotFound) == "There is no such host in this workspace."
    gone = facts(hosts={LENA: host("Lena", is_active=False)})
    assert refusal(gone, wanted(), NotFound) == "There is no such host in this workspace."
    closed = study(status=StudyStatus.CLOSED)
    assert refusal(facts(studies={1: closed}), wanted(), NotAllowed, an_actor(Role.OBSERVER))
    stranger = facts(studies={1: replace(closed, is_own=False)})
    assert refusal(stranger, wanted(), NotAllowed)


def test_a_group_session_may_have_more_seats_than_its_study_says() -> None:
    known = facts()
    for n in range(3):
        book(known, wanted(f"p{n}@example.com", study_id=2, capacity=3), "GRP-1")
    assert "full (3 of 3 seats)" in refusal(known, wanted("p4@example.com", study_id=2, capacity=3))


TUESDAY = "2026-11-24"


@pytest.mark.parametrize(
    ("zone", "start", "warning"),
    [
        ("Europe/Berlin", f"{TUESDAY} 09:00", None),
        ("Europe/Berlin", f"{TUESDAY} 17:00", None),
        ("Europe/Berlin", f"{TUESDAY} 17:15", "It is 17:15–18:15 for Lena (Europe/Berlin): outside working hours."),
        ("Europe/Berlin", f"{TUESDAY} 08:45", "It is 08:45–09:45 for Lena (Europe/Berlin): outside working hours."),
        ("Europe/Berlin", "2026-11-28 12:00", "It is a Saturday for Lena (Europe/Berlin)."),
        (
            "America/New_York",
            f"{TUESDAY} 14:00",
            "It is 08:00–09:00 for Lena (America/New York): outside working hours.",
        ),
        ("Asia/Tokyo", "2026-11-27 16:30", "It is a Saturday for Lena (Asia/Tokyo)."),
    ],
)
def test_a_host_works_by_their_own_clock(zone: str, start: str, warning: str | None) -> None:
    at = datetime.fromisoformat(f"{start}:00+01:00").astimezone(UTC)
    known = facts(hosts={LENA: host("Lena", time_zone=zone)})
    bypassed = decided(known, wanted(starts_at=at)).bypassed
    assert bypassed.by_time == ((warning,) if warning else ())
    assert bypassed.always == ()


@pytest.mark.parametrize(("minutes", "is_short"), [(239, True), (240, False)])
def test_short_notice_is_said(minutes: int, is_short: bool) -> None:
    warnings = decided(facts(), wanted(starts_at=NOW + timedelta(minutes=minutes))).warnings
    assert warnings == (("It starts in less than 4 hours.",) if is_short else ())


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        (
            {"contact": ContactStatus.DO_NOT_CONTACT, "do_not_contact_reason": "In a dispute."},
            "P3 is marked Do Not Contact: In a dispute.",
        ),
        ({"contact": ContactStatus.DO_NOT_CONTACT, "do_not_contact_reason": ""}, "P3 is marked Do Not Contact."),
        (
            {"contact": ContactStatus.IN_COOLDOWN, "cooldown_until": datetime(2026, 12, 4, 23, 30, tzinfo=UTC)},
            "P3 is marked In Cooldown until Saturday 5 December.",
        ),
    ],
)
def test_why_somebody_is_not_to_be_contacted_is_said(values: dict[str, Any], warning: str) -> None:
    known = facts(people={"mara@example.com": PersonFacts(3, **values)})
    assert decided(known, wanted()).bypassed.always == (warning,)


def test_a_second_session_on_the_participants_day_is_said_and_one_on_the_next_day_is_not() -> None:
    """At 14:00 in Berlin it is 22:00 in Tokyo; three hours later it is the next day there."""
    taken = [(Span(AT + 3 * HOUR, AT + 4 * HOUR), "NAV-2"), (Span(AT + 2 * HOUR, AT + 3 * HOUR), "NAV-1")]
    known = facts(people={"mara@example.com": PersonFacts(3, taken=taken)})
    assert decided(known, wanted()).bypassed.by_time == ("P3 has NAV-1 the same day, at 16:00.",)
    known.people["mara@example.com"] = PersonFacts(3, taken=taken[:1], time_zone="Asia/Tokyo")
    assert decided(known, wanted()).bypassed.by_time == ()


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (NOW + HOUR, "That time is still ahead: book it instead."),
        (NOW - HOUR / 2, "That session is not over: it lasts until 10:00. Log it afterwards, or pick a time ahead."),
        (
            NOW - timedelta(days=731),
            "22 November 2024 is more than two years ago: sessions are logged for two years back.",
        ),
    ],
)
def test_only_what_is_over_and_not_too_old_is_logged(start: datetime, sentence: str) -> None:
    check_over(Span(NOW - HOUR, NOW), NOW, "Europe/Berlin")
    with pytest.raises(RuleError) as refused:
        check_over(Span(start, start + HOUR), NOW, "Europe/Berlin")
    assert (refused.value.message, refused.value.field) == (sentence, "when")
