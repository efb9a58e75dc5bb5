"""What tests of commands share."""

from __future__ import annotations

import pytest

from tests.builders import World
from tests.commands.screen import Screen


@pytest.fixture
def screen(world: World) -> Screen:
    return Screen(world)
