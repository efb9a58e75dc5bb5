"""`callsheet sandbox`: the bot together with a Slack, a calendar and a mailbox of its own, on localhost."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from bot.app import Callsheet, build
from bot.logs import configure_logs
from bot.manifest import app_manifest
from bot.settings import Settings, load_settings
from bot.web import bounces
from bot.web import server as bot_server
from sandbox.seed import answer_invitations, seed
from sandbox.server import PortTaken, Sandbox
from sandbox.world import WORLD
from storage import members

FOLDER = Path(os.environ.get("CALLSHEET_SANDBOX_FOLDER", ".callsheet/sandbox"))
JOIN_SECONDS = 10.0
MAILS_PER_MINUTE = 600
"""Nobody's mailbox is at stake: the limit is there, but does not keep whoever tries things out waiting."""
PORTS = {"CALLSHEET_SANDBOX_PORT": 3100, "CALLSHEET_SANDBOX_SMTP_PORT": 3125, "CALLSHEET_PORT": 3000}
"""The settings of the ports of the pages, the mail server and the bot, each with the usual one."""

WELCOME = """
  Callsheet's sandbox is open:  {page}

  Try:      type  /interview today  in #research-core, and tap the buttons of what you see
            book one:  /interview book CHK p17@example.com next tue 2pm  – then answer "Maybe" under Calendar
            invite somebody:  /study invite CHK  – then open their mail under Mail, and pick a time
            move the clock to the next morning (at the top) and read the digest
  For real: docs/getting-started.md takes you to your own Slack workspace in ten minutes

  Stop with Ctrl+C. Everything is kept in {folder} for the next time; `make clean` forgets it.
"""


def main() -> int:
    """Open the sandbox until SIGTERM or Ctrl+C. Says which setting to change, and returns 1, when a port is taken."""
    ports = {setting: int(os.environ.get(setting, usual)) for setting, usual in PORTS.items()}
    try:
        run(*ports.values())
    except (PortTaken, bot_server.PortTaken) as taken:
        setting = next(setting for setting, port in ports.items() if port == taken.port)
        print(f"{taken} Stop it, or set {setting} to another port.", file=sys.stderr)
        return 1
    return 0


def run(port: int, smtp_port: int, bot_port: int) -> None:
    """Open the sandbox on these ports until SIGTERM or Ctrl+C. Raises PortTaken, of the sandbox or of the bot."""
    sandbox = Sandbox(state_dir=FOLDER, port=port, smtp_port=smtp_port, manifest=app_manifest())
    settings = settings_for(sandbox, f"sqlite:///{FOLDER / 'callsheet.db'}", bot_port)
    configure_logs(settings.log_format, "WARNING")
    leave = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: leave.set())
    with sandbox:
        callsheet = start(sandbox, settings, with_answers=True)
        print(WELCOME.format(page=sandbox.base_url, folder=FOLDER), flush=True)
        leave.wait()
        callsheet.stop()


def settings_for(sandbox: Sandbox, database_url: str, port: int, *, transport: str = "socket") -> Settings:
    """Settings that make the bot take the sandbox for Slack, Google and a mail server."""
    team = WORLD["workspaces"][0]["id"]
    return load_settings(
        env_file=None,
        slack_bot_token=sandbox.slack.bot_token(team),
        slack_app_token=sandbox.slack.app_token if transport == "socket" else None,
        slack_signing_secret=sandbox.slack.signing_secret,
        slack_api_url=f"{sandbox.base_url}/slack/api/",
        database_url=database_url,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        smtp_url=sandbox.smtp_url,
        mail_from="Northwind Research <research@northwind.example>",
        mails_per_minute=MAILS_PER_MINUTE,
        bounce_secret=sandbox.mail.report_secret,
        google_service_account=json.dumps(sandbox.google.service_account_info()),
        google_api_endpoint=sandbox.google.api_endpoint,
        gmail_api_endpoint=sandbox.google.gmail_endpoint,
    )


def start(sandbox: Sandbox, settings: Settings, *, with_answers: bool = False) -> Callsheet:
    """Start the bot in front of the sandbox; a new sandbox is filled through the importer and the services.

    `with_answers`: the participants in it then answer their invitations, as people do.
    """
    callsheet = build(settings, clock=sandbox.clock)
    sandbox.clock.on_move(callsheet.wake)
    sandbox.mail.report_to(f"{settings.public_url}{bounces.PATH}")
    callsheet.start()
    if not callsheet.joined(JOIN_SECONDS):
        logging.getLogger(__name__).warning("Slack was not joined within %s s", JOIN_SECONDS)
    if is_new(callsheet):
        seed(callsheet.database, sandbox.clock.now(), WORLD)
        callsheet.wake()
        if with_answers:
            threading.Thread(target=answer_invitations, args=[sandbox.google], daemon=True).start()
    return callsheet


def is_new(callsheet: Callsheet) -> bool:
    """Whether the workspace has no research team yet; its people have been read from Slack when this returns."""
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline:
        with callsheet.database.reading() as session:
            workspace = members.workspace_by_slack_id(session, WORLD["workspaces"][0]["id"])
            if workspace is not None and members.has_members(session, workspace.id):
                return not members.teams_in(session, workspace.id)
        time.sleep(0.02)
    return False
