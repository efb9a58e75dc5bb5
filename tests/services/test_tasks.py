"""Surveys and tests that are done elsewhere: begun, finished, counted."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from bot.services import links, tasks
from bot.services.consents import ConsentNeeded
from bot.services.links import LinkExpired
from bot.services.tasks import CantStart
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyStatus, StudyType
from domain.task import TaskState
from storage.models import OutboxRow, ParticipantLink
from tests.builders import counted_statements, rows
from tests.services.conftest import Desk
from tests.services.screening_desk import Screenings

S = ParticipantStatus
BACK = "https://forms.example/s/1?t={{ token }}&who={{ participant.alias }}"
BY_HAND = "https://forms.example/s/1"


@pytest.fixture
def screenings(desk: Desk) -> Screenings:
    return Screenings(desk)


class Task:
    """A survey or test, and somebody who is invited to it."""

    def __init__(self, screenings: Screenings, kind: StudyType = StudyType.SURVEY, **study: object) -> None:
        self.screenings, self.world = screenings, screenings.desk.world
        given = {"task_url": BACK, **study}
        self.study_id = self.world.study("SUR", "Survey", type=kind, **given).id
        self.enrolment_id, self.token = self.invite()

    def invite(self, email: str = "mira@example.com", status: S = S.STUDY_INVITED, **person: object) -> tuple[int, str]:
        return self.screenings.invite(email, status, LinkPurpose.TASK, self.study_id, **person)

    def state(self, token: str | None = None) -> TaskState:
        with self.screenings.desk.database.reading() as session:
            return tasks.page(session, token or self.token, self.world.now).state

    def start(self, token: str | None = None) -> str:
        return self.screenings.desk.do(lambda s: tasks.start(s, token or self.token, self.world.now))

    def come_back(self, url: str) -> None:
        (secret,) = parse_qs(urlsplit(url).query)["t"]
        self.screenings.desk.do(lambda s: tasks.come_back(s, secret, self.world.now))

    def say_finished(self, token: str | None = None) -> None:
        self.screenings.desk.do(lambda s: tasks.say_finished(s, token or self.token, self.world.now))

    @property
    def status(self) -> str:
        return self.screenings.status(self.enrolment_id)

    @property
    def seats(self) -> int:
        return self.screenings.desk.study(self.study_id).seats_taken


@pytest.mark.parametrize(
    ("kind", "started", "finished"),
    [
        (StudyType.SURVEY, "Survey Started", "Survey Completed"),
        (StudyType.UNMODERATED_TEST, "Test Started", "Test Completed"),
    ],
)
def test_begun_elsewhere_and_finished_by_coming_back(
    screenings: Screenings, kind: StudyType, started: str, finished: str
) -> None:
    task = Task(screenings, kind)
    assert (task.state(), task.status) == (TaskState.OPEN, "Study Invited")

    url = task.start()

    assert url.startswith("https://forms.example/s/1?t=")
    assert url.endswith("&who=P1")
    assert (task.state(), task.status, task.seats) == (TaskState.STARTED, started, 0)
    task.come_back(url)
    task.come_back(url)
    assert (task.state(), task.status, task.seats) == (TaskState.DONE, finished, 1)
    assert screenings.steps(task.enrolment_id) == [(started, "task_opened"), (finished, "task_finished")]
    assert screenings.enrolment(task.enrolment_id).took_part_at == task.world.now


def test_who_starts_twice_is_the_same_to_the_tool(screenings: Screenings) -> None:
    task = Task(screenings)

    assert task.start() == task.start()

    statement = sa.select(ParticipantLink.purpose).where(ParticipantLink.purpose == LinkPurpose.FINISH)
    assert len(rows(screenings.desk.database, statement)) == 1
    assert len(screenings.steps(task.enrolment_id)) == 1


def test_an_incentive_is_owed_at_once(screenings: Screenings) -> None:
    task = Task(screenings, incentive_amount_minor=2550, incentive_currency="EUR")

    task.come_back(task.start())

    assert task.status == "Incentive Not Sent"
    assert [to for to, _ in screenings.steps(task.enrolment_id)] == [
        "Survey Started",
        "Survey Completed",
        "Incentive Not Sent",
    ]
    assert task.state() is TaskState.DONE


def test_by_a_button_where_the_tool_does_not_send_back(screenings: Screenings) -> None:
    task = Task(screenings, task_url=BY_HAND)
    task.say_finished()
    assert task.status == "Study Invited"
    assert task.start() == BY_HAND

    task.say_finished()
    task.say_finished()

    assert (task.status, task.seats) == ("Survey Completed", 1)


def test_where_the_tool_sends_back_nobody_finishes_by_saying_so(screenings: Screenings) -> None:
    task = Task(screenings)
    task.start()

    task.say_finished()

    assert task.status == "Survey Started"


def test_at_the_limit_nobody_else_begins_and_who_has_begun_finishes(screenings: Screenings) -> None:
    task = Task(screenings, participation_limit=1)
    _, second = task.invite("ola@example.com")
    _, third = task.invite("kim@example.com")
    first_url, second_url = task.start(), task.start(second)

    task.come_back(first_url)

    assert task.state(third) is TaskState.FULL
    with pytest.raises(CantStart):
        task.start(third)
    assert task.state(second) is TaskState.STARTED
    task.come_back(second_url)
    assert task.seats == 2
    told = rows(screenings.desk.database, sa.select(OutboxRow.payload).where(OutboxRow.kind == "slack_notice"))
    assert [payload["text"] for (payload,) in told] == [
        "*SUR* is full: 1 of 1 have taken part. Whoever has begun may still finish."
    ]


@pytest.mark.parametrize("status", [StudyStatus.PAUSED, StudyStatus.CLOSED])
def test_a_study_that_is_held_lets_those_finish_who_have_begun(screenings: Screenings, status: StudyStatus) -> None:
    task = Task(screenings)
    _, other = task.invite("ola@example.com")
    url = task.start()
    screenings.change_study(task.study_id, status=status)

    assert task.state(other) is TaskState.NOT_ACTIVE
    with pytest.raises(CantStart):
        task.start(other)
    assert task.start() == url
    task.come_back(url)
    assert task.status == "Survey Completed"


def test_who_opted_out_or_was_removed_does_not_begin(screenings: Screenings) -> None:
    task = Task(screenings)
    _, out = task.invite("ola@example.com", opted_out_at=task.world.now)
    _, removed = task.invite("kim@example.com", S.CANCELED)

    for token in (out, removed):
        assert task.state(token) is TaskState.BARRED
        with pytest.raises(CantStart):
            task.start(token)


def test_who_was_removed_meanwhile_is_not_counted(screenings: Screenings) -> None:
    task = Task(screenings)
    url = task.start()
    with screenings.desk.database.unit_of_work() as session:
        enrolment = session.merge(screenings.enrolment(task.enrolment_id))
        enrolment.status = S.CANCELED

    task.come_back(url)

    assert (task.status, task.seats) == ("Canceled", 0)


def test_consent_comes_first(screenings: Screenings) -> None:
    task = Task(screenings, consent_version=1)

    with pytest.raises(ConsentNeeded):
        task.start()
    assert task.status == "Study Invited"


def test_the_tools_secret_opens_nothing_and_a_link_to_begin_finishes_nothing(screenings: Screenings) -> None:
    task = Task(screenings)
    (secret,) = parse_qs(urlsplit(task.start()).query)["t"]

    with pytest.raises(LinkExpired):
        task.start(secret)
    with pytest.raises(LinkExpired):
        screenings.desk.do(lambda s: tasks.come_back(s, task.token, task.world.now))


def test_ending_somebodys_links_ends_this_one_and_the_tools_too(screenings: Screenings) -> None:
    task = Task(screenings)
    url, leave = task.start(), screenings.link(task.enrolment_id, LinkPurpose.UNSUBSCRIBE)

    screenings.desk.do(lambda s: links.revoke_all(s, task.enrolment_id, task.world.now))

    for gone in (task.start, lambda: task.come_back(url)):
        with pytest.raises(LinkExpired):
            gone()
    with screenings.desk.database.reading() as session:
        assert links.resolve(session, leave, task.world.now, LinkPurpose.UNSUBSCRIBE)


def test_an_interview_is_no_task(screenings: Screenings) -> None:
    _, token = screenings.invite(purpose=LinkPurpose.TASK)

    with screenings.desk.database.reading() as session, pytest.raises(LinkExpired):
        tasks.page(session, token, screenings.desk.world.now)


def test_opening_takes_few_statements(screenings: Screenings) -> None:
    task = Task(screenings)

    with counted_statements(screenings.desk.database) as statements:
        task.state()
    assert len(statements) <= 5
