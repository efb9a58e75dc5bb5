"""The sandbox's Slack as a whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute

from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.slack.control import SlackControl
from sandbox.slack.delivery.outbound import Outbound
from sandbox.slack.install import SlackInstall
from sandbox.slack.state import SlackState
from sandbox.slack.web import SlackWeb

_CALLS_KEPT = 10_000


class SlackSandbox:
    """Slack on localhost: workspaces in which one app, described by its manifest, is installed.

    `base_url` is where the server that mounts `routes()` is reached, such as `http://127.0.0.1:3100`; `changed` is
    called after every change. Everything but `dump` belongs to the server's event loop; workspaces may be added before
    it runs.
    """

    def __init__(
        self,
        clock: SandboxClock,
        faults: Faults,
        bus: Bus,
        changed: Callable[[], None],
        base_url: str,
        manifest: Mapping[str, Any] | None,
    ) -> None:
        self._state = SlackState(clock, bus, changed, base_url.rstrip("/"), manifest)
        self._outbound = Outbound(self._state, faults)
        calls: deque[dict[str, Any]] = deque(maxlen=_CALLS_KEPT)
        self._parts = (
            SlackWeb(self._state, faults, calls),
            SlackInstall(self._state),
            SlackControl(self._state, self._outbound, calls),
        )

    def routes(self) -> list[BaseRoute]:
        """Everything under `/slack` and `/control/slack`."""
        socket = WebSocketRoute("/slack/socket/{ticket}", self._outbound.socket.endpoint)
        return [socket, *(route for part in self._parts for route in part.routes())]

    def add_workspace(self, world: Mapping[str, Any]) -> None:
        """Add a workspace, described by plain data as `sandbox.slack.workspace.new_workspace` says."""
        self._state.add_workspace(world)

    def bot_token(self, team: str) -> str:
        """The bot token of the installation in a workspace. Raises KeyError if there is no such workspace."""
        return self._state.workspaces[team].bot_token

    def bot_user(self, team: str) -> str:
        """The user id of the app's bot in a workspace. Raises KeyError if there is no such workspace."""
        return self._state.workspaces[team].bot_user

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self._state.app_token

    @property
    def signing_secret(self) -> str:
        """What requests over HTTP are signed with."""
        return self._state.signing_secret

    @property
    def client_id(self) -> str:
        """The app's id for its installation in further workspaces."""
        return self._state.client_id

    @property
    def client_secret(self) -> str:
        """The secret that goes with `client_id`."""
        return self._state.client_secret

    def dump(self) -> dict[str, Any]:
        """The state as plain JSON data. May be called from any thread."""
        return self._state.dump()

    def load(self, data: dict[str, Any]) -> None:
        """Take over a state that `dump` gave."""
        self._state.load(data)

    async def close(self) -> None:
        """Stop sending and close the sockets."""
        await self._outbound.close()
