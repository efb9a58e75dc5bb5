"""Slack's Web API as the bot uses it: a workspace's token, our timeouts, and failures told apart."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.integrations.ports import Missing, Refused, Unavailable
from bot.slack import files

IN_HAND_SECONDS = 2
"""For calls that a person waits for: Slack itself waits three seconds for us."""
IN_BACKGROUND_SECONDS = 15
PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
GONE = frozenset({"message_not_found", "channel_not_found", "not_in_channel", "is_archived", "user_not_found"})
SLACK_WORD = re.compile(r"[a-z0-9_.:-]+")
"""What Slack's errors look like; slack_sdk puts a whole page there when the answer was none of Slack's."""
SLACK_HOOKS = "hooks.slack.com"


class Tokens(Protocol):
    """Where the bot tokens of workspaces are."""

    def bot_token(self, slack_team_id: str) -> str:
        """The workspace's bot token. Raises Refused when the app is not installed there (any more)."""
        ...


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A file as it is to be seen in Slack; `comment` is mrkdwn."""

    name: str
    title: str
    comment: str
    data: bytes


class SlackGateway:
    """Calls to Slack. Raises Unavailable (later), Missing (the message or channel is gone) or Refused (never)."""

    def __init__(
        self, tokens: Tokens, api_url: str, on_call: Callable[[str, str], None] = lambda _method, _status: None
    ) -> None:
        self._tokens = tokens
        self._api_url = api_url
        self._on_call = on_call
        # Made once: slack_sdk would read all certificates again for every call, some 20 ms of CPU each time.
        self._tls = ssl.create_default_context() if api_url.startswith("https:") else None
        slack_host = urlsplit(api_url).netloc
        self._hook_hosts = {SLACK_HOOKS if slack_host == "slack.com" else slack_host}

    def call(
        self, slack_team_id: str, method: str, *, seconds: int = IN_BACKGROUND_SECONDS, **arguments: Any
    ) -> dict[str, Any]:
        """Call a Web API method and give back its answer."""
        return self._ask(slack_team_id, method, seconds, json=arguments)

    def read(
        self, slack_team_id: str, method: str, *, seconds: int = IN_BACKGROUND_SECONDS, **arguments: Any
    ) -> dict[str, Any]:
        """Call a method that only reads: these take form parameters, not JSON."""
        given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in arguments.items()}
        return self._ask(slack_team_id, method, seconds, params=given)

    def _ask(self, slack_team_id: str, method: str, seconds: int, **request: Any) -> dict[str, Any]:
        token = self._tokens.bot_token(slack_team_id)
        client = WebClient(token=token, base_url=self._api_url, timeout=seconds, ssl=self._tls, retry_handlers=[])
        try:
            answer = client.api_call(method, **request)
        except SlackApiError as error:
            self._on_call(method, str(error.response.get("error") if error.response else "error"))
            raise of_api_error(method, error) from error
        except (SlackClientError, URLError, OSError, HTTPException, json.JSONDecodeError) as error:
            self._on_call(method, "unreachable")
            raise of_connection_error(method, error) from error
        self._on_call(method, "ok")
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def download(self, slack_team_id: str, url: str, most_bytes: int) -> bytes:
        """The bytes of a file that somebody shared. Raises Refused for an address that is not Slack's."""
        if not files.is_slacks(url, self._api_url):
            raise Refused("The file is not kept by Slack.")
        token = self._tokens.bot_token(slack_team_id)
        try:
            data = files.fetch(url, token, most_bytes, IN_BACKGROUND_SECONDS)
        except (URLError, OSError, HTTPException) as error:
            self._on_call("download", "unreachable")
            raise of_connection_error("download", error) from error
        self._on_call("download", "ok")
        return data

    def upload(self, slack_team_id: str, channel_id: str, file: FileToSend) -> None:
        """Put a file into a channel. Nothing is seen of it there before all of it is with Slack.

        Raises Unavailable (later), Missing (the channel is gone) or Refused.
        """
        place = self.read(slack_team_id, "files.getUploadURLExternal", filename=file.name, length=len(file.data))
        if not files.is_slacks(str(place["upload_url"]), self._api_url):
            raise Refused("Slack named a place for the file that is not Slack's.")
        try:
            files.hand_over(str(place["upload_url"]), file.data, IN_BACKGROUND_SECONDS)
        except (URLError, OSError, HTTPException) as error:
            self._on_call("upload", "unreachable")
            raise Unavailable(f"Slack can't be reached (upload: {type(error).__name__}).", went_out=False) from error
        self._on_call("upload", "ok")
        self.read(
            slack_team_id,
            "files.completeUploadExternal",
            files=json.dumps([{"id": place["file_id"], "title": file.title}]),
            channel_id=channel_id,
            initial_comment=file.comment,
        )

    def respond(self, response_url: str, message: dict[str, Any]) -> None:
        """Answer through a `response_url`, which must be Slack's own (or the configured server's)."""
        if urlsplit(response_url).netloc not in self._hook_hosts:
            raise Refused("The response_url is not Slack's.")
        try:
            webhook = WebhookClient(response_url, timeout=IN_HAND_SECONDS, ssl=self._tls, retry_handlers=[])
            answer = webhook.send_dict(message)
        except (URLError, OSError, HTTPException) as error:
            raise of_connection_error("response_url", error) from error
        if answer.status_code != 200:
            raise Refused(f"Slack did not take the answer ({answer.status_code} {answer.body[:100]}).")


def of_api_error(method: str, error: SlackApiError) -> Refused | Unavailable:
    """What an answer that is not ok means."""
    response = error.response
    status = getattr(response, "status_code", 0)
    code = str(response.get("error") or "") if hasattr(response, "get") else ""
    if status == 429 or code == "ratelimited":
        wait = retry_after(response.headers)
        return Unavailable(f"Slack limits the rate of {method}.", retry_after=wait, went_out=False)
    if not SLACK_WORD.fullmatch(code):
        return Unavailable(f"Something that is not Slack answered ({status} in {method}).", went_out=None)
    if status >= 500 or code in PASSING:
        return Unavailable(f"Slack failed ({status} {code} in {method}).", went_out=None)
    details = "; ".join((response.get("response_metadata") or {}).get("messages") or [])
    sentence = f"Slack refused {method}: {code}" + (f" ({details})" if details else "")
    return Missing(sentence, code) if code in GONE else Refused(sentence, code)


def retry_after(headers: Mapping[str, str]) -> float:
    """How many seconds Slack wants us to wait; one when it does not say it in seconds."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(said) if re.fullmatch(r"\d+(\.\d+)?", said) else 1.0


def of_connection_error(method: str, error: Exception) -> Unavailable:
    """What a failed connection means: refused is surely not done, anything else nobody knows."""
    cause = error.reason if isinstance(error, URLError) else error
    surely_not = isinstance(cause, ConnectionRefusedError)
    return Unavailable(
        f"Slack can't be reached ({method}: {type(cause).__name__}).", went_out=False if surely_not else None
    )
