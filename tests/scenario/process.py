"""The bot as a process of its own, for tests that kill it. Its clock is the sandbox's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess

import httpx

from bot.app import build
from bot.settings import Settings, load_settings
from tests.scenario.driver import eventually

OFFSET_VALID_SECONDS = 0.1
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])


class FollowingClock:
    """The sandbox's clock, read over its control API ten times a second at most. `offset` is how far it was moved."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=5)
        self._lock = threading.Lock()
        self.offset, self._read_at = timedelta(), -1.0

    def now(self) -> datetime:
        with self._lock:
            if time.monotonic() - self._read_at > OFFSET_VALID_SECONDS:
                answer = self._client.get("/control/clock").json()
                self.offset, self._read_at = timedelta(seconds=answer["offset_seconds"]), time.monotonic()
        return datetime.now(UTC) + self.offset


def run(environment: dict[str, str], base_url: str) -> None:
    """Run the bot of the environment's settings until SIGTERM, woken whenever the clock is moved."""
    os.environ.update(environment)
    clock = FollowingClock(base_url)
    callsheet = build(load_settings(env_file=None), clock=clock)
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    callsheet.start()
    known = clock.offset
    while not leave.wait(OFFSET_VALID_SECONDS):
        clock.now()
        if clock.offset != known:
            known = clock.offset
            callsheet.wake()
    callsheet.stop()


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process is given them."""

    def secret(value: object) -> str:
        return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)

    given = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_API_URL": settings.slack_api_url,
        "CALLSHEET_DATABASE_URL": settings.database_url,
        "CALLSHEET_PORT": settings.port,
        "CALLSHEET_PUBLIC_URL": settings.public_url,
        "CALLSHEET_SMTP_URL": settings.smtp_url,
        "CALLSHEET_MAIL_FROM": settings.mail_from,
        "CALLSHEET_MAILS_PER_MINUTE": settings.mails_per_minute,
        "CALLSHEET_BOUNCE_SECRET": settings.bounce_secret,
        "CALLSHEET_GOOGLE_SERVICE_ACCOUNT": settings.google_service_account,
        "CALLSHEET_GOOGLE_API_ENDPOINT": settings.google_api_endpoint,
        "CALLSHEET_LOG_FORMAT": "json",
    }
    return {name: secret(value) for name, value in given.items() if value is not None}


def connections(base_url: str) -> int:
    """How many Socket Mode connections the sandbox's Slack has."""
    return int(httpx.get(f"{base_url}/control/slack/connections").json()["connections"])


def launch(settings: Settings, base_url: str) -> ForkServerProcess:
    """Start the process, as a child of a server that has everything imported. It has joined Slack when this returns."""
    before = connections(base_url)
    process = SERVER.Process(target=run, args=(environment(settings), base_url), daemon=True)
    process.start()
    eventually(lambda: connections(base_url) > before or not process.is_alive(), "the process did not join Slack")
    assert process.is_alive(), "the process ended: its log is above"
    return process
