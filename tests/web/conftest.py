"""The real web app on a real server, in front of a database with a workspace in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.metrics import Metrics
from bot.services import links
from bot.settings import load_settings
from bot.slack.installations import SingleInstallation
from bot.web.app import Health, WebParts, web_app
from bot.web.server import WebServer
from domain.person import LinkPurpose
from storage.models import Attendee, Interview
from tests.builders import World
from tests.services.booking_desk import Bookings
from tests.services.conftest import Desk

MAIL = {"smtp_url": "smtp://127.0.0.1:2525", "mail_from": "hello@callsheet.example"}
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
MEET = "https://meet.google.com/kqo-vdhn-zwe"


@dataclass
class MovableClock:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Invited:
    """A participant's seat and the link to it."""

    interview_id: int
    attendee_id: int
    token: str

    @property
    def path(self) -> str:
        return f"/s/{self.token}"


@dataclass
class Guest:
    """Somebody who was invited to a study and has not booked yet, and the link to their page."""

    enrolment_id: int
    token: str

    @property
    def path(self) -> str:
        return f"/s/{self.token}"


def plain_bolt() -> App:
    """A Bolt app as strict about signatures as ours; what it listens to is up to the test."""

    def authorize(team_id: str) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_user_id="U0BOT", bot_token="xoxb-1")

    return App(
        authorize=authorize,
        signing_secret=SIGNING_SECRET,
        process_before_response=True,
        logger=logging.getLogger("tests.bolt"),
    )


@dataclass
class Site:
    """A started web server, and the workspace behind it."""

    world: World
    clock: MovableClock
    parts: WebParts
    server: WebServer
    http: httpx.Client
    pushes: list[datetime] = field(default_factory=list)

    def invite(self, starts_in: timedelta = timedelta(days=1), **values: Any) -> Invited:
        """A participant with a booked session, its Meet link and passcode, and the link to their page."""
        booked = self.world.book(starts_in, **values)
        with self.world.database.unit_of_work() as session:
            interview = session.get_one(Interview, booked.id)
            interview.link, interview.passcode = MEET, "482 913"
            attendee_id = session.scalars(
                sa.select(sa.func.max(Attendee.id)).where(
                    Attendee.interview_id == booked.id, Attendee.participant_id.is_not(None)
                )
            ).one()
            return Invited(booked.id, attendee_id, links.issue(session, attendee_id, self.world.now))

    @property
    def bookings(self) -> Bookings:
        return Bookings(Desk(self.world))

    def welcome(
        self,
        name: str = "Mira Kaya",
        study_id: int | None = None,
        purpose: LinkPurpose = LinkPurpose.PAGE,
        **person: Any,
    ) -> Guest:
        """Somebody new who is invited to a study and has a link of that purpose."""
        someone = self.world.participant(f"mira{next(self.world.numbers)}@example.com", name, **person)
        enrolment_id = self.bookings.enrol(someone.id, study_id)
        return Guest(enrolment_id, self.link(enrolment_id, purpose))

    def link(self, enrolment_id: int, purpose: LinkPurpose = LinkPurpose.PAGE, **values: Any) -> str:
        """One more link of somebody in a study: its secret."""
        with self.world.database.unit_of_work() as session:
            return links.issue_for(session, enrolment_id, purpose, self.world.now, **values)

    def seat(self, invited: Invited) -> Attendee:
        with self.world.database.reading() as session:
            return session.get_one(Attendee, invited.attendee_id)


Build = Callable[..., Site]


@pytest.fixture
def clock(now: datetime) -> MovableClock:
    return MovableClock(now)


@pytest.fixture
def build(world: World, clock: MovableClock) -> Iterator[Build]:
    """Starts a site; settings come by field name, other parts of the web app under their own."""
    running: list[Site] = []

    def build(settings: dict[str, Any] | None = None, **parts: Any) -> Site:
        given = settings or {"slack_bot_token": "xoxb-1", "slack_signing_secret": SIGNING_SECRET, **MAIL}
        pushes: list[datetime] = []
        loaded = load_settings(None, database_url=world.database.url.render_as_string(hide_password=False), **given)
        whole = replace(
            WebParts(
                settings=loaded,
                database=world.database,
                clock=clock,
                metrics=Metrics(),
                bolt=plain_bolt(),
                installations=SingleInstallation("xoxb-1", loaded.slack_api_url),
                health=lambda: Health(database=True),
                on_calendar_push=lambda: pushes.append(clock.now()),
            ),
            **parts,
        )
        server = WebServer(web_app(whole), "127.0.0.1", 0)
        server.start()
        site = Site(world, clock, whole, server, httpx.Client(base_url=server.url), pushes)
        running.append(site)
        return site

    yield build
    for site in running:
        site.http.close()
        site.server.stop()


@pytest.fixture
def site(build: Build) -> Site:
    return build()
