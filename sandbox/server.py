"""The whole sandbox: Slack, Google Calendar, mail, pages and control on one web server, and SMTP beside it."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from sandbox import control, pages
from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.google import GoogleSandbox
from sandbox.mail import MailSandbox
from sandbox.slack import SlackSandbox
from sandbox.state import StateFile
from sandbox.web import EXCEPTION_HANDLERS, DroppableProtocol
from sandbox.world import WORLD

HOST = "127.0.0.1"


class PortTaken(Exception):
    """Another program listens on the port already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program.")
        self.port = port


class Sandbox:
    """One sandbox. It takes its ports when it is made, serves between `start` and `stop`, and can be started once.

    Without a state folder nothing outlives it. A port of 0 means any free one. `world` is what a fresh sandbox holds:
    see `sandbox.world`; a kept state takes its place. Raises PortTaken.
    """

    def __init__(
        self,
        state_dir: Path | None = None,
        port: int = 3100,
        smtp_port: int = 3125,
        manifest: dict[str, Any] | None = None,
        world: Mapping[str, Any] = WORLD,
    ) -> None:
        self._web_socket = _listening(port)
        try:
            self._smtp_socket = _listening(smtp_port)
        except PortTaken:
            self._web_socket.close()
            raise
        self.base_url = f"http://{HOST}:{self._web_socket.getsockname()[1]}"
        self.smtp_url = f"smtp://{HOST}:{self._smtp_socket.getsockname()[1]}"
        self.clock = SandboxClock()
        self.faults = Faults()
        self.bus = Bus()
        self.slack = SlackSandbox(self.clock, self.faults, self.bus, self._changed, self.base_url, manifest)
        self.mail = MailSandbox(self.clock, self.faults, self.bus, self._changed)
        self.google = GoogleSandbox(self.clock, self.faults, self.bus, self._changed, self.base_url, self.mail.take)
        self._state = StateFile(
            state_dir, {"clock": self.clock, "slack": self.slack, "google": self.google, "mail": self.mail}
        )
        if not self._state.load():
            self._settle(world)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=self._routes(), lifespan=self._lifespan, exception_handlers=EXCEPTION_HANDLERS),
                http=DroppableProtocol,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._web_socket],), name="sandbox", daemon=True
        )

    def start(self) -> None:
        """Serve, in a thread of its own. Returns when every service answers."""
        self._thread.start()
        while not self._ready.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("The sandbox could not start; the log says why.")

    def stop(self) -> None:
        """Close every connection, write the state and give the ports back. Harmless when it is stopped already."""
        self.bus.close()
        if self._loop is not None and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self.slack.close(), self._loop).result(5)
            self._server.should_exit = True
            self._thread.join()
        self.google.close()
        self._web_socket.close()
        self._smtp_socket.close()
        self._state.write()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _routes(self) -> list[BaseRoute]:
        return [
            *self.slack.routes(),
            *self.google.routes(),
            *self.mail.routes(),
            *control.routes(self.clock, self.faults, self.bus, self._changed),
            *pages.routes(),
        ]

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        async with self.mail.serving(self._smtp_socket):
            self._ready.set()
            yield

    def _settle(self, world: Mapping[str, Any]) -> None:
        for workspace in world["workspaces"]:
            self.slack.add_workspace(workspace)
        for calendar in world["calendars"]:
            self.google.add_calendar(calendar["id"], calendar["name"], calendar["time_zone"])

    def _changed(self) -> None:
        self._state.changed()


def _listening(port: int) -> socket.socket:
    """A listening socket on loopback. It names TCP, without which asyncio leaves Nagle's delay on: 40 ms per answer.

    Raises PortTaken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        raise
    return listening
