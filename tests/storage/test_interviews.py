"""Interviews as they are read: who sees which, by how many statements, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services import booking, cancellations, interviews, outcomes
from bot.services.booking import Booking
from domain.errors import NotFound
from domain.interview import CancelReason, Door, InterviewStatus, TimelineKind
from domain.roles import Role
from domain.study import StudyType
from domain.times import Span
from storage import engagements, people, studies
from storage import interviews as stored
from storage.models import StudyCollaborator, TimelineEntry
from tests.builders import World, counted_statements

HOUR = timedelta(hours=1)


def test_a_reference_is_found_however_it_was_typed(world: World) -> None:
    world.book()
    with world.database.reading() as session:
        for typed in ("CHK-1", " chk-1 "):
            assert stored.by_reference(session, world.observer, typed)[0].reference == "CHK-1"
        with pytest.raises(NotFound, match=r"^There is no interview CHK-2 that you can see\.$"):
            stored.by_reference(session, world.observer, "chk-2")


def test_the_same_reference_in_another_workspace_is_another_interview(world: World) -> None:
    elsewhere = World.build(world.database, world.now, slack_team="T0ELSE")
    here, there = world.book(), elsewhere.book()
    with world.database.reading() as session:
        assert stored.by_reference(session, world.admin, "CHK-1")[0].id == here.id
        assert stored.by_reference(session, elsewhere.admin, "CHK-1")[0].id == there.id
        for read in (stored.line, stored.lock):
            with pytest.raises(NotFound):
                read(session, world.workspace_id, there.id)
        assert stored.lines(session, world.workspace_id, [here.id, there.id])[0].id == here.id


@pytest.mark.parametrize(
    ("role", "in_team", "sees"),
    [
        (Role.ADMIN, False, True),
        (Role.OPS_MANAGER, False, True),
        (Role.RESEARCHER, False, False),
        (Role.OBSERVER, False, False),
        (Role.OBSERVER, True, True),
    ],
)
def test_admins_and_ops_see_every_team_and_others_their_own(
    world: World, role: Role, in_team: bool, sees: bool
) -> None:
    actor = world.member(role)
    if in_team:
        world.team("Second", "C0SECOND", actor)
        study_team = world.team("Third", "C0THIRD", actor)
        world.study_id = world.study("NAV", "Navigation", team_id=study_team.id).id
    id_ = world.book().id
    with world.database.reading() as session:
        if sees:
            assert stored.by_id(session, actor, id_)[0].id == id_
        else:
            with pytest.raises(NotFound):
                stored.by_id(session, actor, id_)


def test_a_collaborator_from_another_team_sees_the_study(world: World) -> None:
    outsider, id_ = world.member(Role.COLLABORATOR), world.book().id
    with world.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=outsider.member_id))
    with world.database.reading() as session:
        line, is_own = stored.by_id(session, outsider, id_)
    assert (line.id, is_own) == (id_, True)


def test_many_lines_cost_as_many_statements_as_one(world: World) -> None:
    ids = [world.book(n * HOUR).id for n in range(1, 8)]

    def cost(wanted: list[int]) -> int:
        with counted_statements(world.database) as statements, world.database.reading() as session:
            assert len(stored.lines(session, world.workspace_id, wanted)) == len(wanted)
        return len(statements)

    assert cost(ids[:1]) == cost(ids) == 2


def test_a_timeline_is_paged_newest_first_without_a_gap(world: World) -> None:
    interview = world.book()
    with world.database.unit_of_work() as session:
        for n in range(10):
            session.add(
                TimelineEntry(
                    interview_id=interview.id,
                    at=world.now,
                    kind=TimelineKind.NOTE,
                    door=Door.SLACK,
                    actor="Lena",
                    text=str(n),
                )
            )
            session.flush()
    texts, older_than, pages = [], None, 0
    with world.database.reading() as session:
        while pages == 0 or older_than is not None:
            details = stored.details(session, world.admin, "CHK-1", older_than, 4)
            texts += [entry.text for entry in details.timeline]
            older_than, pages = details.older_than, pages + 1
    assert texts == [*map(str, reversed(range(10))), "booked P1"]
    assert pages == 3


def test_a_member_is_taken_by_what_they_host_not_by_what_they_watch_or_was_called_off(world: World) -> None:
    upcoming, called_off = world.book(), world.book(3 * HOUR)
    why = cancellations.Cancellation(CancelReason.OTHER)
    with world.database.unit_of_work() as session:
        cancellations.cancel(session, world.researcher, called_off.id, why, world.now)
    span, after = Span(world.now, world.now + 10 * HOUR), Span(upcoming.ends_at, upcoming.ends_at + HOUR)
    host, watcher = world.researcher.member_id, world.observer.member_id
    taken = (Span(upcoming.starts_at, upcoming.ends_at), "CHK-1")
    with world.database.reading() as session:
        assert engagements.taken_by_members(session, [(host, span), (watcher, span), (host, after)]) == {host: [taken]}
        assert engagements.taken_by_members(session, [(host, span)], but=upcoming.id) == {}
        assert engagements.taken_by_members(session, [(host, after)]) == {}
        assert engagements.taken_by_members(session, []) == {}


@pytest.mark.parametrize(("minutes", "is_taken"), [(-60, False), (-59, True), (0, True), (59, True), (60, False)])
def test_somebody_is_taken_to_the_minute_in_any_of_many_stretches(world: World, minutes: int, is_taken: bool) -> None:
    booked = world.book(48 * HOUR)
    host = world.researcher.member_id
    wanted = [(host, Span(world.now + n * 100 * HOUR, world.now + n * 100 * HOUR + HOUR)) for n in range(1, 600)]
    start = booked.starts_at + timedelta(minutes=minutes)
    with world.database.reading() as session:
        found = engagements.taken_by_members(session, [*wanted, (host, Span(start, start + HOUR))])
    assert (host in found) is is_taken


def test_a_number_of_any_size_and_any_script_is_only_not_found(world: World) -> None:
    world.participant("mara@example.com")
    with world.database.reading() as session:
        for typed in ("P1" + "0" * 30, "P²", "P١", "P", "p-1", "%", "\\", "'"):
            with pytest.raises(NotFound):
                people.details(session, world.admin, typed, world.now)


def test_a_study_of_another_workspace_cannot_be_locked(world: World) -> None:
    elsewhere = World.build(world.database, world.now, slack_team="T0ELSE")
    with world.database.unit_of_work() as session, pytest.raises(NotFound):
        studies.lock(session, world.workspace_id, elsewhere.study_id)


def test_a_page_of_studies_goes_on_after_its_last_key(world: World) -> None:
    for key in ("AAA", "BBB", "ZZZ"):
        world.study(key, f"Study {key}")
    with world.database.reading() as session:
        first, after = studies.listing(session, world.admin, size=2)
        second, end = studies.listing(session, world.admin, size=2, after_key=after)
    assert [line.key for line in (*first, *second)] == ["AAA", "BBB", "CHK", "ZZZ"]
    assert end is None


@pytest.mark.parametrize(("prefix", "found"), [("ch", ["CHK"]), ("Check", ["CHK"]), ("%", []), ("_HK", []), ("\\", [])])
def test_a_prefix_is_taken_literally(world: World, prefix: str, found: list[str]) -> None:
    with world.database.reading() as session:
        assert [line.key for line in studies.listing(session, world.admin, prefix=prefix)[0]] == found


def test_a_seat_that_is_given_up_does_not_decide_where_an_enrolment_stands(world: World) -> None:
    first = world.book(email="mara@example.com")
    wanted = Booking(world.study_id, "mara@example.com", world.now + 9 * HOUR)
    with world.database.unit_of_work() as session:
        second = booking.book(session, world.researcher, wanted, world.now)
        why = cancellations.Cancellation(CancelReason.OTHER)
        outcomes.mark_completed(session, world.researcher, first.id, world.now)
        cancellations.cancel(session, world.researcher, second.interview_id, why, world.now)
    with world.database.reading() as session:
        (seat,) = interviews.participant_seats(session, first)
        assert seat.enrolment_id is not None
        assert seat.enrolment_id is not None
        decisive = stored.decisive_seats(session, {seat.enrolment_id})
        assert decisive == {seat.enrolment_id: (InterviewStatus.COMPLETED, True)}


@pytest.mark.parametrize(
    ("zones", "given_up", "shown"),
    [
        (["Asia/Tokyo", "Asia/Tokyo"], 0, "Asia/Tokyo"),
        (["Asia/Tokyo", "Europe/Berlin"], 0, None),
        (["Asia/Tokyo", None], 0, None),
        (["Asia/Tokyo", "Europe/Berlin"], 1, "Asia/Tokyo"),
        (["Asia/Tokyo", None], 1, "Asia/Tokyo"),
        (["Asia/Tokyo"], 1, None),
    ],
)
def test_a_zone_is_shown_when_it_is_that_of_everybody_with_a_seat(
    world: World, zones: list[str | None], given_up: int, shown: str | None
) -> None:
    study_id = world.study("GRP", "Groups", type=StudyType.GROUP_INTERVIEW, capacity=4).id
    for number, zone in enumerate(zones):
        person = world.participant(f"{number}@example.com", time_zone=zone)
        interview = world.book(study_id=study_id, email=person.email)
    with world.database.unit_of_work() as session:
        everybody = stored.attendees(session, interview.id)
        for seat in everybody[len(everybody) - given_up :]:
            seat.outcome = InterviewStatus.CANCELED
    with world.database.reading() as session:
        assert stored.details(session, world.admin, interview.id, None, 5).participant_time_zone == shown
