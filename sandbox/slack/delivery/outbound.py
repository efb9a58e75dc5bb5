"""The way out to the app: the transport in use, events with their redelivery, and the last payload once more."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from sandbox.faults import Faults
from sandbox.slack.delivery.http import HttpTransport
from sandbox.slack.delivery.socket import SocketTransport
from sandbox.slack.delivery.transport import FIRST, Answer, Attempt, Outgoing, Transport, outgoing
from sandbox.slack.errors import ControlError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json, Workspace

RETRY_SECONDS = (1, 60, 300)
"""When an event that was not acknowledged is sent again, in seconds of the sandbox's clock."""

Then = Callable[[Answer], Json]


class Outbound:
    """Sends payloads to the app."""

    def __init__(self, state: SlackState, faults: Faults) -> None:
        self.socket = SocketTransport(state, faults)
        self._state = state
        self._transport: Transport = self.socket
        self._last: dict[str, tuple[Outgoing, Then]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        state.emit = self.emit
        state.clock.on_move(self._clock_moved)

    @property
    def mode(self) -> str:
        """How payloads reach the app: "socket" or "http"."""
        return "socket" if self._transport is self.socket else "http"

    async def send(self, message: Outgoing, then: Then) -> Json:
        """Send a command or an interaction, and do with the answer what `then` does."""
        self._last[message.team] = (message, then)
        return then(await self._transport.deliver(message))

    async def redeliver(self, workspace: Workspace) -> Json:
        """Send the workspace's last payload once more, byte for byte."""
        if workspace.id not in self._last:
            raise ControlError("Nothing has been sent yet.", 409)
        message, then = self._last[workspace.id]
        return then(await self._transport.deliver(message))

    def emit(self, workspace: Workspace, event: Json) -> None:
        """Send an event, again and again until it is acknowledged: after 1 second, 1 minute and 5 minutes."""
        self.send_event(workspace, event)

    def send_event(self, workspace: Workspace, event: Json) -> asyncio.Future[Answer]:
        """Send an event as `emit` does. The future is the outcome of the first delivery."""
        loop = self._loop = asyncio.get_running_loop()
        first: asyncio.Future[Answer] = loop.create_future()
        if not workspace.installed:
            first.set_result(Answer(error="dispatch_failed"))
            return first
        message = outgoing("events_api", workspace.id, self._callback(workspace, event))
        self._last[workspace.id] = (message, outcome)
        task = loop.create_task(self._deliver_event(message, first))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return first

    async def switch(self, mode: Any, request_url: Any) -> None:
        """From now on use Socket Mode, or HTTP to a URL that proves to be the app's."""
        if mode == "http" and isinstance(request_url, str):
            transport = HttpTransport(self._state, request_url)
            try:
                await transport.verify()
            except ControlError:
                await transport.close()
                raise
            await self._close_http()
            self._transport = transport
        elif mode == "socket":
            await self._close_http()
            self._transport = self.socket
        else:
            raise ControlError('mode is "socket", or "http" with a request_url.')

    async def close(self) -> None:
        """Stop sending and close the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_http()
        await self.socket.close()

    async def _close_http(self) -> None:
        if self._transport is not self.socket:
            await self._transport.close()

    async def _deliver_event(self, message: Outgoing, first: asyncio.Future[Answer]) -> None:
        sent = self._state.clock.now().timestamp()
        answer = await self._transport.deliver(message, FIRST)
        if not first.done():
            first.set_result(answer)
        for number, seconds in enumerate(RETRY_SECONDS, 1):
            if answer.error is None or not answer.again:
                return
            await self._wait_until(sent + seconds)
            sent = self._state.clock.now().timestamp()
            answer = await self._transport.deliver(message, Attempt(number, answer.reason))

    async def _wait_until(self, due: float) -> None:
        """Wait on the sandbox's clock, which may jump. `due` is in UNIX seconds."""
        while (left := due - self._state.clock.now().timestamp()) > 0:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                return

    def _clock_moved(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._moved.set)

    def _callback(self, workspace: Workspace, event: Json) -> Json:
        authorization = {"enterprise_id": None, "team_id": workspace.id, "user_id": workspace.bot_user}
        return {
            "token": self._state.verification_token,
            "team_id": workspace.id,
            "context_team_id": workspace.id,
            "context_enterprise_id": None,
            "api_app_id": self._state.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev0{secrets.token_hex(5).upper()}",
            "event_time": self._state.unix(),
            "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
            "event_context": f"4-{secrets.token_urlsafe(24)}",
        }


def outcome(answer: Answer) -> Json:
    """Whether the app acknowledged, as the control API tells it."""
    return {"ok": True} if answer.error is None else {"ok": False, "error": answer.error}
