"""Push channels: `events.watch`, `channels.stop`, and the posts that tell a client that a calendar changed."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.clock import SandboxClock
from sandbox.google.errors import GoogleError, invalid, missing
from sandbox.google.event import Json

log = logging.getLogger(__name__)

_ID = re.compile(r"[A-Za-z0-9\-_+/=]{1,64}")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LIFE, _LONGEST_LIFE = timedelta(days=7), timedelta(days=30)
_PAUSES = (0.2, 0.5, 0.0)  # seconds after each failed try
_TIMEOUT = 3.0  # seconds for one post


@dataclass(slots=True)
class Channel:
    """One open channel. `expiration` is UNIX milliseconds; `messages` is the number of the last post."""

    id: str
    resource_id: str
    calendar: str
    address: str
    token: str | None
    expiration: int
    messages: int = 0


class Watches:
    """The open channels. A thread of its own sends the posts in order, so nobody waits for a receiver."""

    def __init__(self, clock: SandboxClock, api_url: str) -> None:
        self._clock = clock
        self._api_url = api_url
        self._lock = threading.Lock()
        self._channels: dict[str, Channel] = {}
        self._sender = ThreadPoolExecutor(1, "sandbox-pushes")

    def open(self, calendar_id: str, body: Json) -> Json:
        """A new channel on a calendar's events. Raises GoogleError 400 for one that Google refuses."""
        channel_id, address = body.get("id"), body.get("address")
        if not channel_id or not address:
            raise missing("channel id" if not channel_id else "channel address")
        if body.get("type") != "web_hook":
            raise invalid("Unknown channel type.", "type")
        if not _ID.fullmatch(channel_id) or len(body.get("token") or "") > 256:
            raise invalid("Invalid channel.", "id")
        _check_address(address)
        with self._lock:
            if channel_id in self._open():
                message = f"Channel id {channel_id} not unique"
                raise GoogleError(400, "channelIdNotUnique", message, location="parameter:id")
            channel = Channel(
                channel_id, secrets.token_urlsafe(20), calendar_id, address, body.get("token"), self._expiration(body)
            )
            self._channels[channel_id] = channel
            self._post(channel, "sync")
        shown = {
            "kind": "api#channel",
            "id": channel.id,
            "resourceId": channel.resource_id,
            "resourceUri": self._resource_uri(channel),
            "expiration": str(channel.expiration),
        }
        return shown if channel.token is None else {**shown, "token": channel.token}

    def stop(self, subject: str, body: Json) -> None:
        """Close a channel. Raises GoogleError 404 for one that is not open or another's."""
        with self._lock:
            channel = self._open().get(body.get("id") or "")
            if channel is None or channel.calendar != subject or channel.resource_id != body.get("resourceId"):
                raise GoogleError(404, "notFound", f"Channel '{body.get('id')}' not found")
            del self._channels[channel.id]

    def tell(self, calendars: set[str]) -> None:
        """Post to every channel on these calendars."""
        with self._lock:
            for channel in self._open().values():
                if channel.calendar in calendars:
                    self._post(channel, "exists")

    def close(self) -> None:
        """Send nothing any more."""
        self._sender.shutdown(wait=False, cancel_futures=True)

    def dump(self) -> Json:
        with self._lock:
            return {"channels": [asdict(channel) for channel in self._open().values()]}

    def load(self, data: Json) -> None:
        with self._lock:
            self._channels = {channel["id"]: Channel(**channel) for channel in data["channels"]}

    def _open(self) -> dict[str, Channel]:
        """The channels that have not expired; the others are forgotten. For holders of the lock."""
        now = self._clock.now().timestamp() * 1000
        self._channels = {name: channel for name, channel in self._channels.items() if channel.expiration > now}
        return self._channels

    def _expiration(self, body: Json) -> int:
        now = self._clock.now()
        try:
            ttl = (body.get("params") or {}).get("ttl")
            wanted = now + (timedelta(seconds=int(ttl)) if ttl else _LIFE)
            if body.get("expiration"):
                wanted = datetime.fromtimestamp(int(body["expiration"]) / 1000, UTC)
        except (ValueError, TypeError, OverflowError):
            raise invalid("Invalid expiration.", "expiration") from None
        if wanted <= now:
            raise invalid("The expiration is in the past.", "expiration")
        return int(min(wanted, now + _LONGEST_LIFE).timestamp() * 1000)

    def _resource_uri(self, channel: Channel) -> str:
        return f"{self._api_url}calendars/{channel.calendar}/events?alt=json"

    def _post(self, channel: Channel, state: str) -> None:
        channel.messages += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": format_datetime(
                datetime.fromtimestamp(channel.expiration / 1000, UTC), usegmt=True
            ),
            "X-Goog-Message-Number": str(channel.messages),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-State": state,
            "X-Goog-Resource-URI": self._resource_uri(channel),
            "Content-Length": "0",
        }
        if channel.token is not None:
            headers["X-Goog-Channel-Token"] = channel.token
        self._sender.submit(_send, urllib.request.Request(channel.address, b"", headers, method="POST"))  # noqa: S310


def _check_address(address: Any) -> None:
    """Google asks for HTTPS; the sandbox lets a receiver on this machine do without."""
    try:
        parts = urlsplit(address)
        is_fine = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except (ValueError, AttributeError):
        is_fine = False
    if not is_fine:
        message = f"WebHook callback must be HTTPS: {address}"
        raise GoogleError(400, "push.webhookUrlNotHttps", message, location="parameter:address")


def _send(request: urllib.request.Request) -> None:
    """Post it, trying again a few times. A receiver that stays away misses it, as with Google."""
    for pause in _PAUSES:
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310 - checked when the channel opened
                return
        except (OSError, urllib.error.HTTPError) as error:
            log.info("A calendar push was not taken: %s", error)
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            time.sleep(pause)
