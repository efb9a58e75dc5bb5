"""`python -m benchmarks.slack ZONE`: a sandbox with one workspace. It says on one line where it is, and stays."""

from __future__ import annotations

import json
import signal
import sys
import threading

from benchmarks.data import SLACK_TEAM, world
from bot.manifest import app_manifest
from sandbox.server import Sandbox


def main(time_zone: str) -> None:
    """Serve until SIGTERM."""
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    with Sandbox(port=0, smtp_port=0, manifest=app_manifest(), world=world(time_zone)) as sandbox:
        said = {
            "url": sandbox.base_url,
            "bot_token": sandbox.slack.bot_token(SLACK_TEAM),
            "bot_user": sandbox.slack.bot_user(SLACK_TEAM),
            "app_token": sandbox.slack.app_token,
            "signing_secret": sandbox.slack.signing_secret,
        }
        print(json.dumps(said), flush=True)
        leave.wait()


if __name__ == "__main__":
    main(sys.argv[1])
