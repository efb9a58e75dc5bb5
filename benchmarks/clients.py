"""Who talks to the bot while it is measured: Slack's server with signed requests, and a person in the sandbox."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

from benchmarks.data import ASKER, CHANNEL, SLACK_TEAM

FORM = "application/x-www-form-urlencoded"
SECONDS = 10.0


class SignedClient:
    """Sends slash commands as Slack does over HTTP, on one connection that is kept open."""

    def __init__(self, url: str, signing_secret: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=SECONDS)
        self._secret = signing_secret.encode()
        self._numbers = itertools.count(1)

    def command(self, command: str, text: str) -> bytes:
        """Send a command. What it was acknowledged with; raises RuntimeError when it was not."""
        body = urlencode(
            {
                "team_id": SLACK_TEAM,
                "channel_id": CHANNEL,
                "user_id": ASKER,
                "command": command,
                "text": text,
                "trigger_id": f"1.{next(self._numbers)}",
            }
        ).encode()
        self._connection.request("POST", "/slack/events", body, self._headers(body))
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{command} {text} was not acknowledged: {answer.status} {said.decode()[:200]}")
        return said

    def close(self) -> None:
        self._connection.close()

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(time.time()))
        signature = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "content-type": FORM,
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": f"v0={signature}",
        }


class Person:
    """The asker in front of a sandbox's Slack, by its control API (docs/sandbox.md)."""

    def __init__(self, sandbox_url: str) -> None:
        self._connection = http.client.HTTPConnection(sandbox_url.removeprefix("http://"), timeout=SECONDS)

    def command(self, line: str) -> None:
        """Send a slash command. When this returns, the answer stands in the channel."""
        answer = self._ask("POST", "commands", {"user": ASKER, "channel": CHANNEL, "text": line})
        if not answer.get("ok"):
            raise RuntimeError(f"{line} failed: {answer}")

    def last_message(self) -> dict[str, Any]:
        """What stands at the bottom of the channel."""
        messages: list[dict[str, Any]] = self._ask("GET", f"channels/{CHANNEL}?user={ASKER}")["messages"]
        return messages[-1]

    def card(self, reference: str, word: str = "") -> dict[str, Any]:
        """The interview's card, as soon as it shows the word."""
        give_up = time.perf_counter() + SECONDS
        while time.perf_counter() < give_up:
            messages = self._ask("GET", f"channels/{CHANNEL}?user={ASKER}")["messages"]
            for message in messages:
                if (
                    not message.get("ephemeral")
                    and is_card(message, reference)
                    and word in json.dumps(message["blocks"])
                ):
                    found: dict[str, Any] = message
                    return found
            time.sleep(0.001)
        raise RuntimeError(f"The card of {reference} does not show “{word}”.")

    def tap(self, message: dict[str, Any], action_id: str) -> None:
        """Tap a button of the message, or the entry of its "…" menu that does the same."""
        name = action_id.partition(":")[2]
        for block in message["blocks"]:
            for element in block.get("elements", []) if block["type"] == "actions" else []:
                entries = [o["value"] for o in element.get("options", []) if o["value"].startswith(f"{name}:")]
                if element.get("action_id") == action_id or entries:
                    self._ask("POST", "actions", clicked(message, block, element, entries))
                    return
        raise RuntimeError(f"The card has no {action_id}.")

    def open_home(self, seen: str | None) -> None:
        """Open App Home. Returns when it is another than the one that was seen before."""
        self._ask("POST", "home", {"user": ASKER})
        give_up = time.perf_counter() + SECONDS
        while self.home() == seen:
            if time.perf_counter() > give_up:
                raise RuntimeError("App Home was not drawn.")
            time.sleep(0.001)

    def home(self) -> str | None:
        """What tells App Home as it is now from what it was before; None before there is one."""
        view = self._ask("GET", f"home?user={ASKER}")["view"]
        return None if view is None else str(view["hash"])

    def close(self) -> None:
        self._connection.close()

    def _ask(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body)
        headers = {"content-type": "application/json"}
        self._connection.request(verb, f"/control/slack/{SLACK_TEAM}/{path}", content, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{verb} {path}: {answer.status} {said.decode()[:200]}")
        told: dict[str, Any] = json.loads(said)
        return told


def is_card(message: dict[str, Any], reference: str) -> bool:
    """Whether the message is the card of an interview."""
    return str(message["text"]).startswith(f"{reference} ")


def clicked(
    message: dict[str, Any], block: dict[str, Any], element: dict[str, Any], entries: list[str]
) -> dict[str, Any]:
    """The tap on an element as the control API takes it; `entries` are the menu's that is meant."""
    return {
        "user": ASKER,
        "container": {"channel": CHANNEL, "ts": message["ts"]},
        "block_id": block["block_id"],
        "action_id": element["action_id"],
        "value": entries[0] if entries else element.get("value", ""),
    }
