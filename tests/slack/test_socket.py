"""The WebSocket to Slack, in front of the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from slack_bolt import App
from slack_sdk.socket_mode.builtin import client
from slack_sdk.socket_mode.builtin.connection import ConnectionState

from bot.manifest import app_manifest
from bot.slack.socket import Socket
from sandbox.server import Sandbox

SECONDS = 10.0


class Overhearing(ConnectionState):
    """A state whose reader, only just beginning, overwrites the first time that it is told to end."""

    def __init__(self) -> None:
        self._is_terminated = False
        self.told = 0
        self.is_read = threading.Event()

    @property
    def terminated(self) -> bool:
        self.is_read.set()
        return self._is_terminated

    @terminated.setter
    def terminated(self, value: bool) -> None:
        self.told += value
        self._is_terminated = value and self.told > 1


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(state_dir=None, port=0, smtp_port=0, manifest=app_manifest()) as sandbox:
        yield sandbox


def test_it_closes_although_it_has_only_just_connected(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ConnectionState", Overhearing)
    app = App(token="xoxb-1", signing_secret="secret", token_verification_enabled=False)
    socket = Socket(app, sandbox.slack.app_token, f"{sandbox.base_url}/slack/api/")
    socket.connect()
    state = socket._handler.client.current_session_state
    assert socket.is_connected()
    assert isinstance(state, Overhearing)
    assert state.is_read.wait(SECONDS)
    closing = threading.Thread(target=socket.close, daemon=True)
    closing.start()
    closing.join(SECONDS)
    assert not closing.is_alive()
    assert not socket.is_connected()
