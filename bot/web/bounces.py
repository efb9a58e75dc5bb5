"""Reports of mails that did not arrive, posted by whoever reads the bounce mailbox."""

from __future__ import annotations

import hashlib
import hmac

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.integrations import dsn
from bot.services import bounces
from storage.engine import Database

PATH = "/mail/bounces"
SIGNATURE = "x-callsheet-signature"
LARGEST = 2_000_000
"""Octets of a report: it may bring the whole mail back."""


class BounceEndpoint:
    """`/mail/bounces`: the report as it came, signed by the secret. What is none of ours is answered all the same."""

    def __init__(self, database: Database, clock: Clock, secret: str) -> None:
        self._database = database
        self._clock = clock
        self._secret = secret

    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, self._take, methods=["POST"])]

    async def _take(self, request: Request) -> Response:
        raw = await limited_body(request)
        if not is_signed(self._secret, raw, request.headers.get(SIGNATURE, "")):
            return JSONResponse({"error": "The signature is missing or wrong."}, 403)
        noted = await run_in_threadpool(self._note, raw)
        return JSONResponse({"noted": noted})

    def _note(self, raw: bytes) -> bool:
        with self._database.unit_of_work() as session:
            return bounces.returned_all(session, dsn.read(raw), self._clock.now())


async def limited_body(request: Request) -> bytes:
    """The request's body. Raises HTTPException 413 as soon as it is too much."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


def is_signed(secret: str, raw: bytes, signature: str) -> bool:
    """Whether the signature, `sha256=` and the hexadecimal HMAC-SHA256 of the body, was made with the secret."""
    wanted = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())
