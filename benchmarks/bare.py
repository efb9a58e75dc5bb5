"""`python -m benchmarks.bare SECRET`: Bolt by itself, on the bot's web server and with the bot's Bolt settings.

Its one command acknowledges with a constant. That is what any bot on this stack costs, before it does anything.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette

from bot.web.server import WebServer
from bot.web.slack import SlackEndpoint


def bare_app(signing_secret: str) -> App:
    """A Bolt app with one command."""
    installed = AuthorizeResult(enterprise_id=None, team_id=None, bot_user_id="U0BARE", bot_token="xoxb-bare")
    app = App(
        authorize=lambda **_: installed,
        signing_secret=signing_secret,
        process_before_response=True,
        logger=logging.getLogger("slack_bolt.app"),
        token_verification_enabled=False,
    )

    @app.command("/interview")
    def acknowledge(ack: Ack) -> None:
        ack("ok")

    return app


def main(signing_secret: str) -> None:
    """Serve until SIGTERM."""
    leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: leave.set())
    server = WebServer(Starlette(routes=SlackEndpoint(bare_app(signing_secret)).routes()), "127.0.0.1", 0)
    server.start()
    print(json.dumps({"url": server.url}), flush=True)
    leave.wait()
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
