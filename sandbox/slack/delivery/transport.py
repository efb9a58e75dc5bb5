"""What every transport carries: a payload to the app, and its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import uuid4

from sandbox.slack.workspace import Json

Kind = Literal["slash_commands", "interactive", "events_api"]
ACK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload for the app. `body` is its JSON, made once, so that a second delivery is the same to the byte."""

    kind: Kind
    payload: Json
    team: str
    body: str
    answerable: bool = False
    envelope: str = field(default_factory=lambda: str(uuid4()))


def outgoing(kind: Kind, team: str, payload: Json, *, answerable: bool = False) -> Outgoing:
    """A payload on its way. `answerable`: the app's acknowledgement may carry an answer."""
    return Outgoing(kind, payload, team, json.dumps(payload, ensure_ascii=False), answerable)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which delivery of an event this is: 0 for the first, and why it is made again."""

    number: int = 0
    reason: str = ""


FIRST = Attempt()


@dataclass(frozen=True, slots=True)
class Answer:
    """The app's acknowledgement, or why there is none: dispatch_failed, operation_timeout.

    `reason` is the cause as Slack names it when it tries again; `again` is False when the app asked it not to.
    """

    payload: Json | None = None
    error: str | None = None
    reason: str = ""
    again: bool = True


class Transport(Protocol):
    """A way to the app."""

    async def deliver(self, message: Outgoing, attempt: Attempt = FIRST) -> Answer:
        """Send a payload and wait up to three seconds for the acknowledgement."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
