"""One call of the Web API: its arguments, who makes it, and the table of methods."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.slack.errors import SlackError, refused
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Channel, Json, Workspace

T = TypeVar("T")

READ_SCOPES = {"public": "channels:read", "private": "groups:read", "im": "im:read", "mpim": "mpim:read"}
HISTORY_SCOPES = {
    "public": "channels:history",
    "private": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}


class Args:
    """A call's arguments, which come as JSON values or as form fields with JSON in them."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    def text(self, name: str) -> str | None:
        """A string, or None if it was left out."""
        value = self.raw.get(name)
        return None if value is None or value == "" else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise refused("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        return self.raw.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, default: int) -> int:
        value = self.raw.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError:
            raise refused("invalid_arguments", [f"must provide an integer [json-pointer:/{name}]"]) from None

    def listed(self, name: str) -> list[str]:
        """A list, which a form writes with commas."""
        value = self.raw.get(name) or []
        return [each.strip() for each in value.split(",")] if isinstance(value, str) else list(value)

    def parsed(self, name: str) -> Any:
        """A JSON value, which a form writes as text. Raises invalid_arguments when it is missing or no JSON."""
        value = self.raw.get(name)
        if value is None:
            raise refused("invalid_arguments", [f"missing required field: {name}"])
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise refused("invalid_arguments", [f"must be valid JSON [json-pointer:/{name}]"]) from None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the app in one workspace."""

    state: SlackState
    workspace: Workspace
    args: Args

    def need(self, *scopes: str) -> None:
        """Refuse unless one of the scopes was granted."""
        need_scope(self.workspace, scopes)

    def sees(self, channel: Channel) -> bool:
        """Whether the app can know of the channel: it is public, or the app is in it."""
        return channel.kind == "public" or self.workspace.bot_user in channel.members

    def channel(self, name: str = "channel") -> Channel:
        """The channel that the call is about. Raises channel_not_found, also for what the app cannot see."""
        channel = self.workspace.channels.get(self.args.required(name))
        if channel is None or not self.sees(channel):
            raise SlackError("channel_not_found")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """A method that is called with a bot token: what it does, and one of which scopes it needs."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...]


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str) -> Callable[[Callable[[Call], Json]], Callable[[Call], Json]]:
    """Register a function as a method of the Web API."""

    def register(run: Callable[[Call], Json]) -> Callable[[Call], Json]:
        METHODS[name] = Method(run, scopes)
        return run

    return register


def need_scope(workspace: Workspace, scopes: Sequence[str]) -> None:
    """Raise missing_scope, with what is needed and what there is, unless one of the scopes was granted."""
    if scopes and workspace.scopes.isdisjoint(scopes):
        raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(workspace.scopes)))


def page(call: Call, items: Sequence[T], default: int = 100, most: int = 1000) -> tuple[list[T], str]:
    """The page of `items` that `cursor` and `limit` ask for, and the cursor of the next page (empty at the end)."""
    limit = call.args.number("limit", default)
    if not 1 <= limit <= most:
        raise SlackError("invalid_limit")
    start = 0
    cursor = call.args.text("cursor")
    if cursor is not None:
        try:
            start = int(base64.b64decode(cursor, validate=True).removeprefix(b"next:"))
        except ValueError:
            raise SlackError("invalid_cursor") from None
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following
