"""The short-lived keys that Slack hands to an app: trigger ids and response URLs."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.slack.errors import SlackError

TRIGGER_SECONDS = 3.0
RESPONSE_USES = 5
RESPONSE_LIFE = timedelta(minutes=30)
_KEPT = 10_000


@dataclass(slots=True)
class Trigger:
    """The right to open one view for a user, for three seconds of real time."""

    team: str
    user: str
    issued: float
    channel: str | None = None
    view: str | None = None
    used: bool = False


class Triggers:
    """The trigger ids handed out."""

    def __init__(self) -> None:
        self._issued: OrderedDict[str, Trigger] = OrderedDict()

    def issue(self, team: str, user: str, channel: str | None = None, view: str | None = None) -> str:
        """A new trigger id for an interaction in a channel or a view."""
        key = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._issued[key] = Trigger(team, user, time.monotonic(), channel, view)
        if len(self._issued) > _KEPT:
            self._issued.popitem(last=False)
        return key

    def check(self, key: str, team: str) -> Trigger:
        """The trigger, if it is still good. Whoever makes use of it sets `used`."""
        trigger = self._issued.get(key)
        if trigger is None or trigger.team != team:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.issued > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return trigger


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer an interaction: five times within half an hour of the sandbox's clock.

    `ts` is the message that the interaction came from, `ephemeral` whether only the user sees it.
    """

    team: str
    channel: str
    user: str
    expires: datetime
    ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """The response URLs handed out."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._issued: OrderedDict[str, ResponseUrl] = OrderedDict()

    def issue(
        self, now: datetime, target: tuple[str, str, str], ts: str | None = None, *, ephemeral: bool = False
    ) -> str:
        """A URL for (team, channel, user) and, if the interaction came from a message, its `ts`."""
        ticket = secrets.token_urlsafe(18)
        self._issued[ticket] = ResponseUrl(*target, now + RESPONSE_LIFE, ts, ephemeral)
        if len(self._issued) > _KEPT:
            self._issued.popitem(last=False)
        return f"{self._base_url}/slack/response/{ticket}"

    def use(self, ticket: str, now: datetime) -> ResponseUrl:
        """Count one use. Raises SlackError `expired_url` or `used_url`."""
        target = self._issued.get(ticket)
        if target is None or now >= target.expires:
            raise SlackError("expired_url")
        if target.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        target.uses += 1
        return target
