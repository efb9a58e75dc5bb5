"""Socket Mode: payloads from Slack over a WebSocket, for as long as the bot runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

HOPELESS = frozenset({"invalid_auth", "not_authed", "account_inactive", "not_allowed_token_type", "missing_scope"})
PING_SECONDS = 5


class Socket:
    """One connection, kept up by slack_sdk; it answers pings and opens a new one when it breaks."""

    def __init__(self, bolt: App, app_token: str, api_url: str) -> None:
        logger = logging.getLogger("slack_bolt.socket")
        self._handler = SocketModeHandler(
            bolt,
            app_token,
            logger=logger,
            web_client=WebClient(base_url=api_url, logger=logger),
            ping_interval=PING_SECONDS,
            concurrency=16,
        )

    def connect(self) -> None:
        """Open the connection. Raises SlackApiError or OSError when it can't be opened now."""
        self._handler.connect()  # type: ignore[no-untyped-call]

    def is_connected(self) -> bool:
        return bool(self._handler.client.is_connected())

    def close(self) -> None:
        """Take nothing more, and close.

        slack_sdk waits for its reading thread, which does not hear of it when it is only just beginning to read. So it
        is told until it has ended.
        """
        closing = threading.Thread(target=self._handler.close, name="close-socket", daemon=True)
        closing.start()
        while closing.is_alive():
            self._handler.client.current_session_state.terminated = True
            closing.join(0.1)


def keep_trying(attempt: Callable[[], None], stopping: threading.Event, logger: logging.Logger) -> None:
    """Run `attempt` until it succeeds, waiting ever longer up to half a minute; Slack may be gone at start.

    A token that Slack does not accept is no passing trouble: SlackApiError goes up.
    """
    wait = 1.0
    while not stopping.is_set():
        try:
            attempt()
            return
        except SlackApiError as error:
            if error.response and error.response.get("error") in HOPELESS:
                raise
            logger.warning("Slack can't be joined yet: %s", error)
        except OSError as error:
            logger.warning("Slack can't be reached yet: %s", error)
        stopping.wait(wait)
        wait = min(wait * 2, 30.0)
