"""A Slack that takes no time: what the bot does by itself is left."""

from __future__ import annotations

import itertools
from typing import Any

from bot.slack.gateway import SlackGateway


class InstantSlack(SlackGateway):
    """Says yes to every call, and remembers which there were."""

    def __init__(self) -> None:
        super().__init__(NoTokens(), "http://127.0.0.1/")
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._numbers = itertools.count(1)

    def call(self, slack_team_id: str, method: str, *, seconds: int = 0, **arguments: Any) -> dict[str, Any]:
        """Any call is answered as if a message had been posted."""
        del slack_team_id, seconds
        self.calls.append((method, arguments))
        return {"ok": True, "channel": arguments.get("channel", ""), "ts": f"1.{next(self._numbers):06}"}


class NoTokens:
    """Nobody needs a token here."""

    def bot_token(self, slack_team_id: str) -> str:
        return slack_team_id
