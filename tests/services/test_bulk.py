"""The same done to many interviews: who is skipped and why, that one refusal undoes nothing, and rehearsing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import bulk, cancellations, outcomes, outgoing
from bot.services.bulk import Wanted
from bot.services.cancellations import Cancellation
from domain.bulk import BulkAction, BulkResult, Skipped
from domain.errors import NotAllowed, RuleError
from domain.interview import CancelReason, InterviewStatus
from domain.roles import Actor, Role
from domain.schedule import Filter, Seen
from storage import projections
from storage.models import Interview, OutboxRow, Participant, StudyCollaborator, TimelineEntry
from storage.projections import Remote
from tests.builders import World, counted_statements, rows
from tests.services.conftest import Desk

HOUR = timedelta(hours=1)
ST = InterviewStatus


def several(world: World, number: int, study_id: int | None = None) -> tuple[int, ...]:
    """Upcoming interviews, one after another."""
    first = 1 + next(world.numbers)
    return tuple(world.book((first + at) * HOUR, study_id=study_id or world.study_id).id for at in range(number))


def doing(
    world: World, action: BulkAction, ids: tuple[int, ...], actor: Actor | None = None
) -> Callable[[Session], BulkResult]:
    wanted = Wanted(action, ids, CancelReason.STUDY_CHANGED if action is BulkAction.CANCEL else None)
    return lambda session: bulk.carry_out(session, actor or world.researcher, wanted, world.now)


def statuses(world: World) -> list[InterviewStatus]:
    return [row.status for row in rows(world.database, sa.select(Interview.status).order_by(Interview.id))]


def why(result: BulkResult) -> dict[str | None, str]:
    return {one.reference: one.why for one in result.skipped}


def test_many_are_cancelled_each_as_if_alone(desk: Desk, world: World) -> None:
    ids = several(world, 3)
    result = desk.do(doing(world, BulkAction.CANCEL, ids))
    assert (result.done, result.skipped) == (("CHK-1", "CHK-2", "CHK-3"), ())
    assert statuses(world) == [ST.CANCELED] * 3
    assert [desk.mails(id_)[-1] for id_ in ids] == ["cancellation"] * 3
    assert [desk.timeline(id_)[-1][1] for id_ in ids] == ["cancelled it (The study has changed)"] * 3
    assert desk.study().seats_taken == 0


def test_many_are_completed_and_what_callsheet_completed_is_confirmed(desk: Desk, world: World) -> None:
    ids = several(world, 2)
    over = world.get(ids[0]).ends_at
    desk.do(lambda session: outcomes.complete_ended(session, session.get_one(Interview, ids[0]), over))
    assert desk.do(doing(world, BulkAction.COMPLETE, ids)).done == ("CHK-1", "CHK-2")
    assert all(world.get(id_).is_verified for id_ in ids)


def test_many_are_reminded(desk: Desk, world: World) -> None:
    ids = several(world, 2)
    assert desk.do(doing(world, BulkAction.REMIND, ids)).done == ("CHK-1", "CHK-2")
    assert [desk.mails(id_)[-1] for id_ in ids] == ["reminder"] * 2


def test_nobody_is_reminded_of_what_is_off_or_against_their_wish(desk: Desk, world: World) -> None:
    ids = several(world, 3)
    reason = Cancellation(CancelReason.OTHER)
    desk.do(lambda session: cancellations.cancel(session, world.researcher, ids[0], reason, world.now))
    desk.do(
        lambda session: session.execute(
            sa.update(Participant).where(Participant.number == 2).values(opted_out_at=world.now)
        )
    )
    result = desk.do(doing(world, BulkAction.REMIND, ids))
    assert result.done == ("CHK-3",)
    assert why(result)["CHK-1"].startswith(
        f"CHK-1 was cancelled by {world.researcher.name} on Monday 23 November, 09:30"
    )
    assert "has opted out" in why(result)["CHK-2"]
    assert "reminder" not in desk.mails(ids[1])


def test_one_refusal_does_not_undo_the_others(desk: Desk, world: World) -> None:
    ids = several(world, 3)
    desk.do(lambda session: outcomes.mark_no_show(session, world.researcher, ids[1], world.now))
    result = desk.do(doing(world, BulkAction.CANCEL, ids))
    assert result.done == ("CHK-1", "CHK-3")
    assert "CHK-2 was marked as a no-show by" in why(result)["CHK-2"]
    assert statuses(world) == [ST.CANCELED, ST.NO_SHOWED, ST.CANCELED]


def test_of_what_is_refused_half_way_nothing_is_left(desk: Desk, world: World) -> None:
    several(world, 2)

    def half(session: Session) -> tuple[object, object]:
        def act(each: Seen) -> None:
            outcomes.mark_completed(session, world.researcher, each.line.id, world.now)
            if each.line.reference == "CHK-1":
                raise RuleError("No further.")

        return bulk.one_by_one(session, bulk.choices(session, world.researcher, Filter(), None), act)

    assert desk.do(half) == (("CHK-2",), (Skipped("CHK-1", "No further."),))
    assert statuses(world) == [ST.UPCOMING, ST.COMPLETED]
    assert desk.timeline(1)[-1][1].startswith("booked")


def test_what_one_may_not_manage_is_skipped(desk: Desk, world: World) -> None:
    ids = several(world, 1)
    nav = world.study("NAV", "Navigation", owner_id=world.admin.member_id)
    foreign = world.book(40 * HOUR, study_id=world.study_id).id
    with world.database.unit_of_work() as session:
        session.get_one(Interview, foreign).study_id = nav.id
    result = desk.do(doing(world, BulkAction.COMPLETE, (*ids, foreign)))
    assert result.done == ("CHK-1",)
    assert "You may not manage this study's interviews" in why(result)["CHK-2"]


def test_an_interview_of_another_workspace_is_not_named(desk: Desk, world: World, elsewhere: World) -> None:
    result = desk.do(doing(world, BulkAction.CANCEL, (elsewhere.book().id,), world.admin))
    assert result.done == ()
    assert why(result) == {None: "There is no such interview that you can see."}
    assert elsewhere.get(1).status is ST.UPCOMING


@pytest.mark.parametrize(("number", "sentence"), [(0, "at least one"), (51, "at most 50")])
def test_none_and_too_many_are_refused(desk: Desk, world: World, number: int, sentence: str) -> None:
    assert sentence in desk.refused(doing(world, BulkAction.COMPLETE, tuple(range(number)))).message


def test_cancelling_needs_a_reason(desk: Desk, world: World) -> None:
    wanted = Wanted(BulkAction.CANCEL, several(world, 1))
    refusal = desk.refused(lambda session: bulk.carry_out(session, world.researcher, wanted, world.now), RuleError)
    assert refusal.field == "reason"


@pytest.mark.parametrize("action", list(BulkAction))
def test_a_rehearsal_says_the_same_and_leaves_nothing_behind(desk: Desk, world: World, action: BulkAction) -> None:
    ids = several(world, 3)
    desk.do(lambda session: outcomes.mark_no_show(session, world.researcher, ids[1], world.now))
    counts = [sa.select(sa.func.count()).select_from(table) for table in (OutboxRow, TimelineEntry)]
    before = (statuses(world), [rows(world.database, count) for count in counts], desk.study().seats_taken)
    reason = CancelReason.OTHER if action is BulkAction.CANCEL else None
    wanted = Wanted(action, ids, reason)
    rehearsed = desk.do(lambda session: bulk.rehearse(session, world.researcher, wanted, world.now))
    assert (statuses(world), [rows(world.database, count) for count in counts], desk.study().seats_taken) == before
    assert desk.do(lambda session: bulk.carry_out(session, world.researcher, wanted, world.now)) == rehearsed


def test_only_those_that_one_manages_are_on_offer(world: World) -> None:
    several(world, 2)
    collaborator = world.people[Role.COLLABORATOR]

    def offered(actor: Actor) -> list[str]:
        with world.database.reading() as session:
            return [each.line.reference for each in bulk.choices(session, actor, Filter(), None)]

    assert offered(world.admin) == offered(world.researcher) == ["CHK-2", "CHK-1"]
    assert offered(collaborator) == []
    with world.database.unit_of_work() as session:
        session.add(StudyCollaborator(study_id=world.study_id, member_id=collaborator.member_id))
    assert offered(collaborator) == ["CHK-2", "CHK-1"]
    with pytest.raises(NotAllowed):
        offered(world.observer)


def test_statements_grow_with_what_is_selected_and_with_nothing_else(desk: Desk, world: World) -> None:
    def statements(number: int) -> int:
        ids = several(world, number)
        with counted_statements(world.database) as counted:
            desk.do(doing(world, BulkAction.COMPLETE, ids))
        return len(counted)

    one, three = statements(1), statements(3)
    several(world, 5)
    assert statements(1) == one
    assert three - one == 2 * (statements(2) - one)


def test_those_who_do_many_things_and_those_who_do_one_do_not_wait_for_each_other(desk: Desk, world: World) -> None:
    """The App Homes that show all of them are what they could meet at, in any order."""
    nav = world.study("NAV", "Navigation").id
    here, there = several(world, 8), several(world, 8, nav)
    with world.database.unit_of_work() as session:
        for member in (world.researcher, world.admin):
            home = Remote("home", str(member.member_id))
            projections.remember(
                session, world.workspace_id, outgoing.Kind.HOME, str(member.member_id), home, world.now
            )
    many = tuple(id_ for pair in zip(here[:4], there[:4], strict=True) for id_ in pair)
    outcome = desk.race(
        doing(world, BulkAction.CANCEL, many),
        doing(world, BulkAction.COMPLETE, many[::-1], world.admin),
        *(doing(world, BulkAction.CANCEL, (id_,)) for id_ in (*there[4:], *here[4:])),
    )
    assert [type(one) for one in outcome] == [BulkResult] * 10
    first, second, *others = (one for one in outcome if isinstance(one, BulkResult))
    assert {len(first.done), len(second.done)} == {8, 0}
    assert all(len(one.done) == 1 for one in others)
