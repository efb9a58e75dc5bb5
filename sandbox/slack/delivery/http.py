"""Signed HTTP: payloads as Slack posts them to an app's request URL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sandbox.slack.delivery.transport import ACK_SECONDS, FIRST, Answer, Attempt, Outgoing
from sandbox.slack.errors import ControlError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    content_type: str
    body: bytes
    again: bool

    def decoded(self) -> Json | None:
        """What the app answers: JSON, or plain text, which is a text to show."""
        text = self.body.decode(errors="replace")
        if not text.strip():
            return None
        if not self.content_type.startswith(_JSON):
            return {"text": text}
        try:
            value = json.loads(text)
        except ValueError:
            return None
        return value if isinstance(value, dict) and value else None


class HttpTransport:
    """Posts to one request URL. The signature carries real time, whatever the sandbox's clock says."""

    def __init__(self, state: SlackState, request_url: str) -> None:
        if urlsplit(request_url).scheme != "http" or not urlsplit(request_url).hostname:
            raise ControlError("request_url is an http:// address.")
        self._state = state
        self._url = request_url
        self._threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="slack-http")

    async def verify(self) -> None:
        """Ask for the challenge back, as Slack does when a request URL is entered. Raises ControlError."""
        challenge = secrets.token_urlsafe(24)
        payload = {"token": self._state.verification_token, "challenge": challenge, "type": "url_verification"}
        try:
            response = await self._post(json.dumps(payload), _JSON, {})
        except (OSError, http.client.HTTPException) as failure:
            raise ControlError(f"{self._url} cannot be reached: {failure}") from None
        answer = response.decoded() or {}
        if response.status != http.client.OK or challenge not in (answer.get("challenge"), answer.get("text")):
            raise ControlError(f"{self._url} did not answer with the value of the challenge (HTTP {response.status}).")

    async def deliver(self, message: Outgoing, attempt: Attempt = FIRST) -> Answer:
        """Post a payload and read what the app answers within three seconds."""
        body, content_type = _encoded(message)
        retry = (
            {"x-slack-retry-num": str(attempt.number), "x-slack-retry-reason": attempt.reason} if attempt.number else {}
        )
        try:
            response = await self._post(body, content_type, retry)
        except TimeoutError:
            return Answer(error="operation_timeout", reason="http_timeout")
        except (OSError, http.client.HTTPException):
            return Answer(error="dispatch_failed", reason="connection_failed")
        if not http.client.OK <= response.status < http.client.MULTIPLE_CHOICES:
            return Answer(error="dispatch_failed", reason="http_error", again=response.again)
        return Answer(response.decoded())

    async def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _post(self, body: str, content_type: str, headers: dict[str, str]) -> _Response:
        data = body.encode()
        signed = {**headers, **self._signature(data), "content-type": content_type}
        posting = asyncio.get_running_loop().run_in_executor(self._threads, _post, self._url, data, signed)
        return await asyncio.wait_for(posting, ACK_SECONDS)

    def _signature(self, data: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        base = b"v0:" + timestamp.encode() + b":" + data
        digest = hmac.new(self._state.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}


def _encoded(message: Outgoing) -> tuple[str, str]:
    if message.kind == "events_api":
        return message.body, _JSON
    if message.kind == "slash_commands":
        return urlencode(message.payload), _FORM
    return urlencode({"payload": message.body}), _FORM


def _post(url: str, data: bytes, headers: dict[str, str]) -> _Response:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ACK_SECONDS)
    try:
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        agent = {"user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "accept": "*/*"}
        connection.request("POST", path, data, {**agent, **headers})
        response = connection.getresponse()
        again = response.getheader("x-slack-no-retry") != "1"
        return _Response(response.status, response.getheader("content-type") or "", response.read(), again)
    finally:
        connection.close()
