"""What the tests of the sandbox's pages share."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.server import Sandbox


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """The control API, to set the scene and to see what a click did."""
    with httpx.Client(base_url=f"{sandbox.base_url}/control/") as client:
        yield client
