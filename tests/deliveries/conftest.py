"""The world with a Slack, calendars and a mail server around it."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage.engine import Database
from tests.builders import World
from tests.commands.screen import Screen
from tests.fakes import Outside


@pytest.fixture
def outside(world: World, database: Database, now: datetime) -> Outside:
    return Outside.of(database, now)


@pytest.fixture
def screen(world: World) -> Screen:
    return Screen(world)
