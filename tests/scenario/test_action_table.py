"""Every cell of the table of actions, as each role, through Slack: it is done or asked, or it says why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.services import cancellations, outcomes
from bot.services.cancellations import Cancellation
from domain import interview as rules
from domain.interview import CancelReason, InterviewAction, InterviewStatus
from domain.study import StudyType
from storage import members
from storage.models import Interview
from tests.scenario.driver import Person, eventually, text_of
from tests.scenario.stage import AISHA, CORE, DANIEL, HANNAH, LENA, MARCUS, PRIYA, TEAM, YUSUF, Stage

A = InterviewAction
TYPED = {
    A.DETAILS: "/interview {}",
    A.RESCHEDULE: "/interview reschedule {}",
    A.BOOK_AGAIN: "/interview again {}",
    A.EDIT: "/interview edit {}",
    A.COMPOSE: "/interview mail {}",
    A.RATE: "/interview rate {}",
    A.COPY_LINK: "/interview link {}",
    A.CHANGE_HOST: "/interview host {}",
    A.CHANGE_LIMIT: "/interview limit {}",
    A.ATTENDANCE: "/interview attendance {}",
    A.CANCEL: "/interview cancel {}",
    A.MARK_NO_SHOW: "/interview no-show {}",
    A.MARK_COMPLETED: "/interview complete {}",
}
"""How each action is typed; joining is a link. Those that settle an interview at once come last."""

MANAGERS = {"admin": LENA, "ops manager": PRIYA, "owner": MARCUS, "collaborator": HANNAH}
OTHERS = {"observer in the team": AISHA, "observer in the study's channel": YUSUF}
STRANGERS = {"researcher of another team": DANIEL, "observer of another team": "U0NOAHCAMP"}


@pytest.fixture
def interviews(stage: Stage) -> dict[InterviewStatus, str]:
    """An interview of each status, a while ahead: its reference."""
    found = {status: stage.book(f"table-{status}-{stage.booked}@example.com", hour=7) for status in InterviewStatus}
    with stage.callsheet.database.unit_of_work() as session:
        lena = members.find_actor(session, TEAM, LENA)
        assert lena is not None
        ids = {
            status: session.scalars(sa.select(Interview.id).where(Interview.reference == reference)).one()
            for status, reference in found.items()
        }
        outcomes.mark_completed(session, lena, ids[InterviewStatus.COMPLETED], stage.now)
        outcomes.mark_no_show(session, lena, ids[InterviewStatus.NO_SHOWED], stage.now)
        why = Cancellation(CancelReason.OTHER)
        cancellations.cancel(session, lena, ids[InterviewStatus.CANCELED], why, stage.now)
    return found


def asked(person: Person, command: str) -> str:
    """What typing the command shows: a modal, as its title, or a sentence."""
    person.close_modals()
    before = {m["ts"] for m in person.ephemerals(CORE)}
    person.command(CORE, command)

    def shown() -> str | None:
        if modals := person.get("")["modals"]:
            return f"modal: {text_of(modals[-1])}"
        return next((text_of(m) for m in reversed(person.ephemerals(CORE)) if m["ts"] not in before), None)

    told = eventually(shown, f"{command} was not answered")
    person.close_modals()
    assert "went wrong" not in told, told
    return told


def cells(status: InterviewStatus) -> Iterator[tuple[InterviewAction, bool]]:
    """The actions in an order in which the status stays what it is until the last; whether the table allows each."""
    allowed = rules.actions(status, StudyType.INTERVIEW)
    settling = {A.MARK_NO_SHOW, A.MARK_COMPLETED}
    calm = [action for action in TYPED if action not in settling or action not in allowed]
    last = [action for action in TYPED if action in settling and action in allowed][:1]
    return ((action, action in allowed) for action in [*calm, *last])


@pytest.mark.parametrize("role", MANAGERS)
def test_who_manages_may_do_what_the_table_says_and_reads_why_not(
    stage: Stage, interviews: dict[InterviewStatus, str], role: str
) -> None:
    person = stage.person(MANAGERS[role])
    for status, reference in interviews.items():
        for action, is_allowed in cells(status):
            told = asked(person, TYPED[action].format(reference))
            assert ("Possible:" not in told) is is_allowed, f"{role}, {status}, {action}: {told}"


@pytest.mark.parametrize("role", OTHERS)
def test_who_only_sees_the_schedule_reads_details_and_why_nothing_else(
    stage: Stage, interviews: dict[InterviewStatus, str], role: str
) -> None:
    person = stage.person(OTHERS[role])
    for status, reference in interviews.items():
        for action, _ in cells(status):
            told = asked(person, TYPED[action].format(reference))
            is_refused = "You may not manage this study's interviews" in told
            assert is_refused is (action not in rules.READ_ONLY), f"{status}, {action}: {told}"
            assert "example.com" not in told


@pytest.mark.parametrize("role", STRANGERS)
def test_who_does_not_see_the_study_learns_nothing(
    stage: Stage, interviews: dict[InterviewStatus, str], role: str
) -> None:
    person = stage.person(STRANGERS[role])
    for reference in interviews.values():
        for command in TYPED.values():
            told = asked(person, command.format(reference))
            assert f"There is no interview {reference} that you can see" in told


def test_the_limit_of_a_group_ahead_is_changed_by_who_manages_it_alone(stage: Stage) -> None:
    reference = stage.book("table-group@example.com", hour=7, study="MOB")
    command = TYPED[A.CHANGE_LIMIT].format(reference)
    for user in (LENA, PRIYA, "U0KENJIWAT"):
        assert asked(stage.person(user), command).startswith("modal:")
    assert f"There is no interview {reference} that you can see" in asked(stage.person(MARCUS), command)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("observe", "has no observer room: no notetaker is connected"),
        ("notetaker", "No notetaker is connected to this workspace"),
        ("screener", "CHK has no screener"),
        ("pay", "No provider of rewards is connected"),
    ],
)
def test_what_the_workspace_has_nothing_for_says_why(
    stage: Stage, interviews: dict[InterviewStatus, str], word: str, why: str
) -> None:
    for reference in interviews.values():
        assert why in asked(stage.person(MARCUS), f"/interview {word} {reference}")
        assert why not in asked(stage.person(DANIEL), f"/interview {word} {reference}")
