"""Gmail v1 over HTTP, as far as it sends: what it takes lands in the sandbox's inbox."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Faults
from sandbox.google.errors import GoogleError, not_found, wrong_credentials
from sandbox.google.oauth import GMAIL_SEND, ServiceAccount
from sandbox.web import DroppedConnection, json_body

GMAIL_PATH = "/google"
_SENDING = {GMAIL_SEND, "https://mail.google.com/"}

Deliver = Callable[[str, list[str], bytes], None]
"""Takes a mail: the sender's and the recipients' addresses, and the message."""


class GmailApi:
    """`users.messages.send`. `is_user` says whether an address is a mailbox of the domain."""

    def __init__(
        self,
        account: ServiceAccount,
        is_user: Callable[[str], bool],
        clock: SandboxClock,
        faults: Faults,
        deliver: Deliver,
    ) -> None:
        self._account = account
        self._is_user = is_user
        self._clock = clock
        self._faults = faults
        self._deliver = deliver

    def routes(self) -> list[BaseRoute]:
        return [Route(f"{GMAIL_PATH}/gmail/v1/users/{{user}}/messages/send", self._send, methods=["POST"])]

    async def _send(self, request: Request) -> Response:
        """Send, unless a fault of the mail is in force: the same ones that SMTP suffers, in Google's words."""
        fault = self._faults.take("mail", "send")
        if fault is not None and fault.kind == "gone":
            raise DroppedConnection
        try:
            if fault is not None:
                _suffer(fault)
            sent = self._take(request, await json_body(request))
        except GoogleError as error:
            wait = {"Retry-After": str(fault.retry_after)} if fault is not None and fault.kind == "rate_limit" else None
            return error.response(wait)
        except HTTPException:
            return GoogleError(400, "parseError", "Parse Error").response()
        if fault is not None and fault.kind == "accept_then_drop":
            raise DroppedConnection
        if fault is not None and fault.kind == "timeout":
            await asyncio.sleep(fault.seconds)
        return JSONResponse(sent)

    def _take(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Put the mail into the inbox. Raises GoogleError for what Gmail refuses."""
        sender = self._signed_in(request)
        if request.path_params["user"] not in ("me", sender):
            raise GoogleError(403, "forbidden", f"Delegation denied for {sender}")
        try:
            octets = base64.urlsafe_b64decode(str(body.get("raw", "")).encode("ascii"))
        except ValueError:
            raise GoogleError(400, "invalidArgument", "Invalid value for ByteString") from None
        recipients = _recipients(octets)
        self._deliver(sender, recipients, octets)
        name = secrets.token_hex(8)
        return {"id": name, "threadId": name, "labelIds": ["SENT"]}

    def _signed_in(self, request: Request) -> str:
        """Who sends. Raises GoogleError 401 for a wrong token or user, 403 for a scope that is missing."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._account.allowed(token, self._clock.now()) if scheme == "Bearer" else None
        if grant is None:
            raise wrong_credentials()
        if not _SENDING & set(grant.scopes):
            message = "Request had insufficient authentication scopes."
            raise GoogleError(403, "insufficientPermissions", message)
        if not self._is_user(grant.subject):
            raise not_found()
        return grant.subject


def _suffer(fault: Fault) -> None:
    if fault.kind == "rate_limit":
        raise GoogleError(429, "rateLimitExceeded", "User-rate limit exceeded.", "usageLimits")
    if fault.kind == "error":
        raise GoogleError(fault.status, "backendError", "Backend Error")


def _recipients(octets: bytes) -> list[str]:
    """Whom the message is to. Raises GoogleError for nobody."""
    try:
        header = message_from_bytes(octets, policy=policy.default).get("To")
        found = [address.addr_spec for address in header.addresses] if header is not None else []
    except (AttributeError, IndexError):
        found = []
    if not found:
        raise GoogleError(400, "invalidArgument", "Recipient address required")
    return found
