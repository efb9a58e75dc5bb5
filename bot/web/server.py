"""The web server: uvicorn in a thread of its own, so that the rest of the bot stays plain, synchronous Python."""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

STOP_SECONDS = 3
"""How long requests in hand may take when the server stops."""


class PortTaken(Exception):
    """Another program listens on the port already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program.")
        self.port = port


class WebServer:
    """Serves an app between `start` and `stop`, which can each be called once. Signals are left to others.

    A port of 0 means any free one. Behind a proxy on this machine the client's address is read from `X-Forwarded-For`;
    uvicorn's `FORWARDED_ALLOW_IPS` names proxies elsewhere.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._socket: socket.socket | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=STOP_SECONDS - 1,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Where it is reached on this machine, once it has been started."""
        return f"http://[{self._host}]:{self._port}" if ":" in self._host else f"http://{self._host}:{self._port}"

    def start(self) -> None:
        """Returns when it answers. Raises PortTaken."""
        self._socket = listening(self._host, self._port)
        self._port = self._socket.getsockname()[1]
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.005)
            if not self._thread.is_alive():
                raise RuntimeError("The web server could not start; the log says why.")

    @property
    def is_serving(self) -> bool:
        return self._thread.is_alive() and self._server.started

    def stop(self) -> None:
        """Take no more requests, finish those in hand, and return within about three seconds."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 1)
        if self._socket is not None:
            self._socket.close()

    def _serve(self) -> None:
        assert self._socket is not None
        self._server.run([self._socket])


def listening(host: str, port: int) -> socket.socket:
    """A listening socket. It names TCP, without which asyncio leaves Nagle's delay on: 40 ms per answer.

    Raises PortTaken, and OSError for an address that this machine does not have or may not use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(256)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        raise
    return taken
