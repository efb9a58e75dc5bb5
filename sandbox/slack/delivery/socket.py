"""Socket Mode: the app's WebSocket connections. Each payload goes to one of them, in turn."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.faults import Faults
from sandbox.slack.delivery.transport import ACK_SECONDS, FIRST, Answer, Attempt, Outgoing
from sandbox.slack.state import SlackState

_MOST_CONNECTIONS = 10
_WATCH_SECONDS = 0.1
_GONE = 1001


class SocketTransport:
    """The connections that the app holds open."""

    def __init__(self, state: SlackState, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self._connections: list[WebSocket] = []
        self._turn = 0
        self._waiting: dict[str, tuple[WebSocket, asyncio.Future[Answer]]] = {}

    @property
    def count(self) -> int:
        """How many connections the app holds open now."""
        return len(self._connections)

    async def endpoint(self, websocket: WebSocket) -> None:
        """Serve one connection for as long as it stands."""
        ticket = websocket.path_params["ticket"]
        if self._is_gone() or ticket not in self._state.socket_tickets:
            await websocket.close()
            return
        self._state.socket_tickets.discard(ticket)
        await websocket.accept()
        if len(self._connections) >= _MOST_CONNECTIONS:
            await websocket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await websocket.close()
            return
        self._connections.append(websocket)
        watch = asyncio.create_task(self._close_when_gone(websocket))
        try:
            await self._serve(websocket)
        finally:
            watch.cancel()
            self._lose(websocket)

    async def deliver(self, message: Outgoing, attempt: Attempt = FIRST) -> Answer:
        """Send a payload over the next connection in turn and wait for its acknowledgement."""
        websocket = self._next()
        if websocket is None:
            return Answer(error="dispatch_failed", reason="connection_failed")
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[message.envelope] = (websocket, waiting)
        try:
            await websocket.send_text(_envelope(message, attempt))
            return await asyncio.wait_for(waiting, ACK_SECONDS)
        except TimeoutError:
            return Answer(error="operation_timeout", reason="timeout")
        except (RuntimeError, WebSocketDisconnect):
            return Answer(error="dispatch_failed", reason="connection_failed")
        finally:
            self._waiting.pop(message.envelope, None)

    async def close(self) -> None:
        """Close every connection."""
        for websocket in list(self._connections):
            await _close(websocket)

    async def _serve(self, websocket: WebSocket) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {"host": "sandbox", "approximate_connection_time": 3600},
            "connection_info": {"app_id": self._state.app.id},
        }
        with contextlib.suppress(WebSocketDisconnect):
            await websocket.send_json(hello)
            while True:
                self._take(await websocket.receive_text())

    def _take(self, text: str) -> None:
        """An acknowledgement, perhaps with an answer. Whatever else an app says is not for Slack."""
        try:
            acknowledged: Any = json.loads(text)
        except ValueError:
            return
        if not isinstance(acknowledged, dict):
            return
        _, waiting = self._waiting.get(str(acknowledged.get("envelope_id")), (None, None))
        if waiting is not None and not waiting.done():
            payload = acknowledged.get("payload")
            waiting.set_result(Answer(payload if isinstance(payload, dict) and payload else None))

    def _next(self) -> WebSocket | None:
        if not self._connections:
            return None
        self._turn += 1
        return self._connections[self._turn % len(self._connections)]

    def _lose(self, websocket: WebSocket) -> None:
        self._connections.remove(websocket)
        for holder, waiting in self._waiting.values():
            if holder is websocket and not waiting.done():
                waiting.set_result(Answer(error="dispatch_failed", reason="connection_failed"))

    def _is_gone(self) -> bool:
        return any(
            each.service == "slack" and each.kind == "gone" and each.method in (None, "socket")
            for each in self._faults.list()
        )

    async def _close_when_gone(self, websocket: WebSocket) -> None:
        while not self._is_gone():
            await asyncio.sleep(_WATCH_SECONDS)
        await _close(websocket)


async def _close(websocket: WebSocket) -> None:
    if websocket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await websocket.close(_GONE)


def _envelope(message: Outgoing, attempt: Attempt) -> str:
    frame = {
        "envelope_id": message.envelope,
        "type": message.kind,
        "accepts_response_payload": message.answerable,
    }
    if message.kind == "events_api":
        frame |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
    head = json.dumps(frame)[:-1]
    return f'{head}, "payload": {message.body}}}'
