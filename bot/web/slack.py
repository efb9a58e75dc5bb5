"""Slack's payloads over HTTP, handed to Bolt as the bytes that were signed."""

from __future__ import annotations

import re

import anyio
from slack_bolt import App, BoltRequest, BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

LARGEST_BODY = 1_000_000
"""Bytes. Slack's largest payloads, submitted modals, are far below."""
AT_ONCE = 32
UNIX_SECONDS = re.compile("[0-9]{1,12}")
"""What the header with the time of the signature must be; at anything else Bolt fails instead of refusing."""


class SlackEndpoint:
    """`/slack/events`: commands, interactions and events alike.

    Bolt verifies the signature. Its own adapter for Starlette would block the event loop; here a payload takes one of
    `AT_ONCE` threads that nothing else uses.
    """

    def __init__(self, bolt: App) -> None:
        self._bolt = bolt
        self._limiter = anyio.CapacityLimiter(AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        return [Route("/slack/events", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        if not UNIX_SECONDS.fullmatch(request.headers.get("x-slack-request-timestamp", "")):
            return PlainTextResponse("The request is not signed.", 401)
        body = await body_of(request)
        if body is None:
            return PlainTextResponse("The body is too large.", 413)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return PlainTextResponse("The body is not UTF-8.", 400)
        payload = bolt_request(request, text)
        return as_response(await anyio.to_thread.run_sync(self._bolt.dispatch, payload, limiter=self._limiter))


async def body_of(request: Request) -> bytes | None:
    """The raw body, None as soon as it is larger than `LARGEST_BODY`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def bolt_request(request: Request, body: str) -> BoltRequest:
    """The request as Bolt reads it."""
    return BoltRequest(body=body, query=request.url.query, headers=dict(request.headers.items()))


def as_response(answer: BoltResponse) -> Response:
    """Bolt's answer as Starlette sends it, with every value of a header that comes more than once."""
    response = Response(answer.body, answer.status)
    for name, values in answer.headers.items():
        if name != "content-length":
            for value in values:
                response.headers.append(name, value)
    return response
