"""Mail as one part of the sandbox: the SMTP server, the inbox and their control API."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import Envelope
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.faults import Faults
from sandbox.mail.inbox import Inbox
from sandbox.mail.reports import Reports
from sandbox.mail.smtp import protocol_factory
from sandbox.web import json_body, required


class MailSandbox:
    """A mail server for the whole world: every address exists, every mail lands in one inbox."""

    def __init__(self, clock: SandboxClock, faults: Faults, bus: Bus, changed: Callable[[], None]) -> None:
        self.inbox = Inbox()
        self._clock = clock
        self._faults = faults
        self._bus = bus
        self._changed = changed
        self.report_secret = secrets.token_hex(32)
        self._reports: Reports | None = None

    @asynccontextmanager
    async def serving(self, listening: socket.socket) -> AsyncIterator[None]:
        """SMTP on a listening socket, for as long as the context lasts."""
        factory = protocol_factory(self.inbox, self._faults, self._take)
        server = await asyncio.get_running_loop().create_server(factory, sock=listening)
        try:
            yield
        finally:
            server.close()

    def routes(self) -> list[BaseRoute]:
        """Mail's part of the control API."""
        return [
            Route("/control/mail", self._list, methods=["GET"]),
            Route("/control/mail", self._clear, methods=["DELETE"]),
            Route("/control/mail/bounces", self._list_bounces, methods=["GET"]),
            Route("/control/mail/bounces/{address}", self._set_bounce, methods=["PUT"]),
            Route("/control/mail/{mail}", self._show, methods=["GET"]),
        ]

    def dump(self) -> dict[str, Any]:
        """Mails and bounces, to be kept over a restart."""
        return self.inbox.dump()

    def load(self, data: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.inbox.load(data)

    def report_to(self, address: str) -> None:
        """Post what can't be delivered to a program's address, signed with `report_secret`, which it shares."""
        self._reports = Reports(address, self.report_secret, self._clock)

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Take a mail that came in by whichever way. What can't be delivered is reported at once, to who wants it."""
        mail = self.inbox.add(sender, recipients, content, self._clock.now())
        self._tell(mail=mail.id)
        returned = [address for address in recipients if self.inbox.bounce(address) == "return"]
        if returned and self._reports is not None:
            self._reports.post(content, returned[0])

    def _take(self, envelope: Envelope) -> None:
        self.take(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.original_content or b"")

    def _tell(self, **details: Any) -> None:
        self._changed()
        self._bus.publish("mail", **details)

    async def _list(self, request: Request) -> Response:
        mails = self.inbox.mails(request.query_params.get("to"))
        return JSONResponse({"mails": [mail.as_dict() for mail in mails]})

    async def _show(self, request: Request) -> Response:
        mail = self.inbox.get(request.path_params["mail"])
        if mail is None:
            raise HTTPException(404, "There is no such mail.")
        return JSONResponse({**mail.as_dict(), "raw": mail.raw})

    async def _clear(self, _: Request) -> Response:
        self.inbox.clear()
        self._tell()
        return JSONResponse({})

    async def _list_bounces(self, _: Request) -> Response:
        return JSONResponse({"bounces": self.inbox.bounces()})

    async def _set_bounce(self, request: Request) -> Response:
        kind = required(await json_body(request), "kind")
        if kind not in ("refuse", "defer", "return", "none"):
            raise HTTPException(400, f"“{kind}” is no way to bounce: say refuse, defer, return or none.")
        self.inbox.set_bounce(request.path_params["address"], None if kind == "none" else kind)
        self._tell()
        return JSONResponse({"bounces": self.inbox.bounces()})
