"""The SMTP side: takes any mail for anyone, unless the address bounces or a fault is in force."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sandbox.faults import Faults
from sandbox.mail.inbox import Inbox

_BOUNCES = {
    "refuse": "550 5.1.1 <{}>: there is no such address here",
    "defer": "452 4.2.2 <{}>: the mailbox is full",
}
_TEMPORARY = {500: 451}  # the default of HTTP means "try again"; in SMTP it would be for good
# aiosmtpd warns of an attribute of its own at each login.
logging.getLogger("mail.log").setLevel(logging.ERROR)

_LOGIN_ACCEPTED = AuthResult(success=True)


class _Reception:
    """What aiosmtpd calls at each step of the dialogue."""

    def __init__(self, inbox: Inbox, faults: Faults, store: Callable[[Envelope], None]) -> None:
        self._inbox = inbox
        self._faults = faults
        self._store = store

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        bounce = self._inbox.bounce(address)
        if bounce in _BOUNCES:
            return _BOUNCES[bounce].format(address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._faults.take("mail", "send")
        if fault is not None and fault.kind == "rate_limit":
            return "452 4.3.2 Too many messages, slow down"
        if fault is not None and fault.kind == "error":
            return f"{_TEMPORARY.get(fault.status, fault.status)} The transaction failed"
        if fault is None or fault.kind != "gone":
            self._store(envelope)
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        if (
            fault is not None
            and fault.kind in ("accept_then_drop", "gone")
            and isinstance(server.transport, asyncio.Transport)
        ):
            server.transport.abort()
        return "250 2.0.0 OK"


class _NoAnswer(asyncio.Protocol):
    """A connection that is cut as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def protocol_factory(
    inbox: Inbox, faults: Faults, store: Callable[[Envelope], None]
) -> Callable[[], asyncio.BaseProtocol]:
    """For `loop.create_server`: one SMTP dialogue per connection. Any name and password signs in."""
    reception = _Reception(inbox, faults, store)
    loop = asyncio.get_running_loop()

    def connection() -> asyncio.BaseProtocol:
        if faults.is_gone("mail"):
            faults.take("mail", "send")
            return _NoAnswer()
        return SMTP(
            reception,
            hostname="sandbox.example",
            ident="Callsheet sandbox",
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=lambda *_: _LOGIN_ACCEPTED,
            loop=loop,
        )

    return connection
