"""The real bot in front of the sandbox, over real HTTP and WebSocket, filled as a fresh sandbox is."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.app import Callsheet
from bot.manifest import app_manifest
from bot.settings import Settings
from sandbox.main import settings_for, start
from sandbox.server import Sandbox
from tests.scenario.driver import Outside, Person

TEAM = "T0NORTHWND"
LENA, MARCUS, SOFIA, DANIEL = "U0LENAVOGT", "U0MARCUSOY", "U0SOFIALIN", "U0DANIELBR"
CORE = "C0CORETEAM"


@dataclass
class Stage:
    """A running sandbox with the bot in it."""

    sandbox: Sandbox
    callsheet: Callsheet
    http: httpx.Client
    database_url: str
    transport: str

    @property
    def outside(self) -> Outside:
        return Outside(self.http)

    def person(self, user: str, team: str = TEAM) -> Person:
        """Somebody to act as."""
        return Person(self.http, team, user)

    def restart(self) -> None:
        """Stop the bot and start it again over the same database."""
        self.callsheet.stop()
        self.callsheet = start(self.sandbox, self.settings())
        self.connect()

    def settings(self) -> Settings:
        """Settings for another process or another start of the bot."""
        return settings_for(self.sandbox, self.database_url, free_port(), transport=self.transport)

    def connect(self) -> None:
        """Let Slack reach the bot over HTTP, where it does not reach it by a socket."""
        if self.transport == "http":
            url = f"{self.callsheet.web.url}/slack/events"
            answer = self.http.post("/control/slack/transport", json={"mode": "http", "request_url": url})
            assert answer.status_code == 200, answer.text


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Open = Callable[[str, str], Stage]


@pytest.fixture
def open_stage() -> Iterator[Open]:
    """Opens a stage for a database's address and a transport; it is closed at the end of the test."""
    opened: list[Stage] = []

    def open_one(database_url: str, transport: str) -> Stage:
        sandbox = Sandbox(state_dir=None, port=0, smtp_port=0, manifest=app_manifest())
        sandbox.start()
        callsheet = start(sandbox, settings_for(sandbox, database_url, free_port(), transport=transport))
        http = httpx.Client(base_url=sandbox.base_url, timeout=15)
        stage = Stage(sandbox, callsheet, http, database_url, transport)
        opened.append(stage)
        stage.connect()
        return stage

    yield open_one
    for stage in opened:
        stage.callsheet.stop()
        stage.http.close()
        stage.sandbox.stop()


@pytest.fixture
def stage(open_stage: Open, tmp_path: Path) -> Stage:
    """The bot on SQLite, by Socket Mode."""
    return open_stage(f"sqlite:///{tmp_path / 'callsheet.db'}", "socket")


@pytest.fixture(params=["socket", "http"])
def every_stage(request: pytest.FixtureRequest, open_stage: Open, database_url: str) -> Stage:
    """The bot by each transport on each database."""
    return open_stage(database_url, request.param)
