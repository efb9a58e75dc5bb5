"""The server's life: it answers once started, says when its port is taken, and ends in time."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import PortTaken, WebServer


def app(seconds: float = 0.0, arrived: threading.Event | None = None) -> Starlette:
    async def answer(_request: Request) -> PlainTextResponse:
        if arrived is not None:
            arrived.set()
        await anyio.sleep(seconds)
        return PlainTextResponse("here")

    return Starlette(routes=[Route("/", answer)])


def test_it_answers_once_started_and_gives_its_port_back() -> None:
    first = WebServer(app(), "127.0.0.1", 0)
    first.start()
    assert httpx.get(first.url).text == "here"
    first.stop()

    second = WebServer(app(), "127.0.0.1", int(first.url.rpartition(":")[2]))
    second.start()
    assert second.url == first.url
    assert httpx.get(second.url).text == "here"
    second.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.url)


def test_port_in_use_is_said_at_start() -> None:
    first = WebServer(app(), "127.0.0.1", 0)
    first.start()
    second = WebServer(app(), "127.0.0.1", int(first.url.rpartition(":")[2]))
    with pytest.raises(PortTaken, match="is taken by another program"):
        second.start()
    second.stop()
    first.stop()


def test_request_in_hand_is_finished() -> None:
    arrived = threading.Event()
    server = WebServer(app(0.5, arrived), "127.0.0.1", 0)
    server.start()
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(httpx.get, server.url)
        assert arrived.wait(5)
        server.stop()
        assert answer.result(5).text == "here"


def test_request_without_end_does_not_hold_it_up() -> None:
    arrived = threading.Event()
    server = WebServer(app(60, arrived), "127.0.0.1", 0)
    server.start()
    with ThreadPoolExecutor(1) as caller:
        answer = caller.submit(httpx.get, server.url, timeout=30)
        assert arrived.wait(5)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3.5
        assert isinstance(answer.exception(5), httpx.HTTPError) or answer.result().status_code == 500


def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    server = WebServer(app(), "127.0.0.1", 0)
    server.stop()
    server.stop()
    assert not server.is_serving
