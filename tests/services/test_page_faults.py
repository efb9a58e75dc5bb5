"""Participants' pages while the database fails: they say so and keep nothing; the same once more is done, and once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest
import sqlalchemy as sa
from slack_bolt import App
from structlog.testing import capture_logs

from bot.metrics import Metrics
from bot.services import sharing, tasks
from bot.settings import load_settings
from bot.slack.installations import SingleInstallation
from bot.web.app import Health, WebParts, web_app
from domain.participant import ParticipantStatus
from domain.person import LinkPurpose
from domain.study import StudyType
from storage.engine import Database
from storage.models import OutboxRow
from tests.asgi import ask as ask_app
from tests.builders import World, rows
from tests.fakes import FakeClock
from tests.faults import Watch, failing
from tests.services.conftest import Desk
from tests.services.screening_desk import FIRST, Screenings

S = ParticipantStatus
PUBLIC = "https://call.example"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite: what goes on around a commit does not depend on the kind of database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


@pytest.fixture
def watch(database: Database) -> Iterator[Watch]:
    with Watch.over(database) as watch:
        yield watch


@dataclass(frozen=True)
class Visit:
    """What a browser asks: a form that is sent, or (None) an address that is opened."""

    path: str
    form: dict[str, str] | None


def ask(world: World, visit: Visit) -> httpx.Response:
    """The answer of the pages, without a server."""
    settings = load_settings(None, database_url="sqlite://", slack_bot_token="xoxb-1", slack_signing_secret="x")
    parts = WebParts(
        settings=settings,
        database=world.database,
        clock=FakeClock(world.now),
        metrics=Metrics(),
        bolt=cast(App, None),
        installations=SingleInstallation("xoxb-1", settings.slack_api_url),
        health=lambda: Health(database=True),
        on_calendar_push=lambda: None,
    )
    method = "GET" if visit.form is None else "POST"
    with capture_logs():
        (answer,) = ask_app(web_app(parts), PUBLIC, (method, visit.path, {"data": visit.form}))
        return answer


def agreeing(screenings: Screenings) -> Visit:
    screenings.consent()
    _, token = screenings.invite(purpose=LinkPurpose.PAGE, status=S.INTERVIEW_INVITED)
    return Visit(f"/s/{token}/consent", {"version": "1", "agree": "yes"})


def answering(screenings: Screenings) -> Visit:
    screenings.publish()
    _, token = screenings.invite()
    screenings.save(token, 1, FIRST)
    return Visit(f"/q/{token}", {"version": "1", "part": "2", "q2": "4", "go": "send"})


def joining(screenings: Screenings) -> Visit:
    screenings.publish()
    world = screenings.desk.world
    address = screenings.desk.do(lambda s: sharing.show(s, world.admin, "CHK", PUBLIC, world.now)).address
    assert address is not None
    form = {"first": "Mara", "last": "Lind", "email": "mara@example.com"}
    return Visit(address.removeprefix(PUBLIC), form)


def booking(screenings: Screenings) -> Visit:
    _, token = screenings.invite(purpose=LinkPurpose.PAGE, status=S.INTERVIEW_INVITED)
    return Visit(f"/s/{token}/book", {"at": "2026-11-24T09:00Z"})


def waiting(screenings: Screenings) -> Visit:
    _, token = screenings.invite(purpose=LinkPurpose.PAGE, status=S.INTERVIEW_INVITED)
    return Visit(f"/s/{token}/wait", {})


def task(screenings: Screenings, url: str) -> str:
    """The secret of somebody's link to a survey."""
    study = screenings.desk.world.study("SUR", "Survey", type=StudyType.SURVEY, task_url=url)
    return screenings.invite(purpose=LinkPurpose.TASK, study_id=study.id)[1]


def starting(screenings: Screenings) -> Visit:
    return Visit(f"/t/{task(screenings, 'https://forms.example/1')}/start", {})


def saying_done(screenings: Screenings) -> Visit:
    token = task(screenings, "https://forms.example/1")
    screenings.desk.do(lambda s: tasks.start(s, token, screenings.desk.world.now))
    return Visit(f"/t/{token}/done", {})


def coming_back(screenings: Screenings) -> Visit:
    token = task(screenings, "https://forms.example/{{ token }}")
    out = screenings.desk.do(lambda s: tasks.start(s, token, screenings.desk.world.now))
    return Visit(f"/f/{out.rpartition('/')[2]}", None)


def opting_out(screenings: Screenings) -> Visit:
    _, token = screenings.invite(purpose=LinkPurpose.UNSUBSCRIBE)
    return Visit(f"/u/{token}", {})


VISITS: tuple[Callable[[Screenings], Visit], ...] = (
    agreeing,
    answering,
    joining,
    booking,
    waiting,
    starting,
    saying_done,
    coming_back,
    opting_out,
)


def sent(world: World) -> int:
    """How much was asked to be sent."""
    return int(rows(world.database, sa.select(sa.func.coalesce(sa.func.sum(OutboxRow.request), 0)))[0][0])


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.__name__)
def test_a_page_says_that_nothing_was_kept_and_the_same_once_more_is(
    world: World, watch: Watch, visit: Callable[[Screenings], Visit]
) -> None:
    wanted = visit(Screenings(Desk(world)))
    watch.has_changed()
    with failing(world.database):
        answer = ask(world, wanted)
    assert answer.status_code == 500
    assert "Nothing was changed. Try again in a moment" in answer.text
    assert not watch.has_changed(), "nothing is half written"
    assert ask(world, wanted).status_code in (200, 303)
    assert watch.has_changed(), "now it is kept"
    told = sent(world)
    assert ask(world, wanted).status_code in (200, 303, 409)
    assert sent(world) == told, "nobody hears of it twice"


def test_a_page_says_so_when_nobody_knows_whether_it_was_kept(world: World) -> None:
    wanted = opting_out(Screenings(Desk(world)))
    broken_off = sa.exc.OperationalError(None, None, Exception("the line is dead"), connection_invalidated=True)
    with failing(world.database, broken_off):
        answer = ask(world, wanted)
    assert answer.status_code == 500
    assert "Open your link again: it shows whether it was kept." in answer.text
    assert "Nothing was changed" not in answer.text
