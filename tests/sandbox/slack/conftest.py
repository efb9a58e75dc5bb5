"""One sandbox and one Bolt app for all tests of its Slack; each test has a workspace of its own."""

from __future__ import annotations

import itertools
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from sandbox.server import Sandbox

Json = dict[str, Any]
Listener = Callable[..., None]

MANIFEST: Json = {
    "display_information": {"name": "Callsheet"},
    "features": {
        "bot_user": {"display_name": "Callsheet"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/study", "description": "Studies", "usage_hint": "new", "should_escape": True},
            {"command": "/plain", "description": "As typed"},
        ],
        "shortcuts": [
            {"type": "global", "name": "New study", "callback_id": "new_study"},
            {"type": "message", "name": "Add note", "callback_id": "add_note"},
        ],
    },
    "oauth_config": {
        "redirect_urls": ["http://127.0.0.1/callback"],
        "scopes": {
            "bot": [
                "app_mentions:read",
                "channels:history",
                "channels:join",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "groups:history",
                "groups:read",
                "im:history",
                "im:read",
                "im:write",
                "team:read",
                "users:read",
                "users:read.email",
            ]
        },
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {
            "bot_events": ["app_home_opened", "app_mention", "message.im", "message.channels", "file_shared"]
        },
    },
}
ANA, BEN, EVE = "U0ANA", "U0BEN", "U0EVE"
TEAM, SECRET, LOBBY, OLD = "C0TEAM", "C0SECRET", "C0LOBBY", "C0OLD"

_numbers = itertools.count(1)


@dataclass
class BoltApp:
    """A Bolt app whose listeners are set per workspace; the rest it acknowledges. Keeps what reaches it."""

    listeners: dict[tuple[str, str], Listener] = field(default_factory=dict)
    received: list[Json] = field(default_factory=list)
    headers: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    refuse: bool = False

    def note(self, req: BoltRequest, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002
        with self.arrived:
            self.received.append(dict(req.body))
            self.headers.append(req.headers)
            self.arrived.notify_all()
        return BoltResponse(status=500) if self.refuse else next()

    def listen(self, kind: str) -> Listener:
        def listener(context: BoltContext, ack: Any, body: Json, client: WebClient, respond: Any) -> None:
            own = self.listeners.get((str(context.team_id), kind))
            if own is None:
                ack()
            else:
                own(ack, body, client, respond)

        return listener


def _bolt(sandbox: Sandbox, book: BoltApp) -> App:
    url = f"{sandbox.base_url}/slack/api/"

    def authorize(team_id: str) -> AuthorizeResult:
        bot = {"bot_token": sandbox.slack.bot_token(team_id), "bot_user_id": sandbox.slack.bot_user(team_id)}
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_id="B0", **bot)

    app = App(
        client=WebClient(base_url=url),
        authorize=authorize,
        signing_secret=sandbox.slack.signing_secret,
        process_before_response=True,
        logger=logging.getLogger("bolt"),
    )
    app.use(book.note)
    anything = re.compile(".*")
    app.command(anything)(book.listen("command"))
    app.action(anything)(book.listen("action"))
    app.options(anything)(book.listen("options"))
    app.view_submission(anything)(book.listen("submission"))
    app.view_closed(anything)(book.listen("closed"))
    app.shortcut(anything)(book.listen("shortcut"))
    app.event(anything)(book.listen("event"))
    return app


@pytest.fixture(scope="package")
def running() -> Iterator[Sandbox]:
    world: dict[str, list[Any]] = {"workspaces": [], "calendars": []}
    with Sandbox(port=0, smtp_port=0, manifest=MANIFEST, world=world) as sandbox:
        yield sandbox


@pytest.fixture(scope="package")
def book(running: Sandbox) -> Iterator[BoltApp]:
    book = BoltApp()
    handler = SocketModeHandler(_bolt(running, book), running.slack.app_token)
    handler.connect()
    yield book
    hang_up(handler)


def hang_up(handler: SocketModeHandler) -> None:
    """Close a connection at once: Bolt alone waits three seconds for one more message."""
    client = handler.client
    client.default_auto_reconnect_enabled = client.auto_reconnect_enabled = False
    if client.is_connected():
        client.current_session.sock.shutdown(socket.SHUT_RDWR)
    handler.close()


@dataclass
class Slack:
    """A fresh workspace, with the app's client and the control API."""

    sandbox: Sandbox
    book: BoltApp
    control: httpx.Client
    team: str

    @property
    def client(self) -> WebClient:
        return WebClient(self.sandbox.slack.bot_token(self.team), base_url=f"{self.sandbox.base_url}/slack/api/")

    @property
    def bot(self) -> str:
        return self.sandbox.slack.bot_user(self.team)

    def on(self, kind: str, listener: Listener) -> None:
        self.book.listeners[self.team, kind] = listener

    def post(self, path: str, user: str = ANA, **body: Any) -> Json:
        """A call of the control API that has to succeed."""
        answer = self.control.post(f"/control/slack/{self.team}/{path}", json={"user": user, **body})
        assert answer.is_success, answer.text
        return dict(answer.json())

    def get(self, path: str = "", user: str = ANA) -> Json:
        answer = self.control.get(f"/control/slack/{self.team}{path}", params={"user": user})
        assert answer.is_success, answer.text
        return dict(answer.json())

    def messages(self, channel: str = TEAM, user: str = ANA) -> list[Json]:
        return list(self.get(f"/channels/{channel}", user)["messages"])

    def texts(self, channel: str = TEAM, user: str = ANA) -> list[str]:
        return [message["text"] for message in self.messages(channel, user)]

    def modals(self, user: str = ANA) -> list[Json]:
        return list(self.get(user=user)["modals"])

    def direct(self, user: str = ANA) -> str:
        return next(each["id"] for each in self.get(user=user)["channels"] if each["is_im"])

    def received(self, kind: str, count: int = 1) -> list[Json]:
        """The payloads of one kind that have reached the app, once there are so many."""

        def found() -> list[Json]:
            mine = [b for b in self.book.received if self.team in (b.get("team_id"), (b.get("team") or {}).get("id"))]
            return [b for b in mine if kind in (b.get("type"), b.get("event", {}).get("type"), b.get("command"))]

        with self.book.arrived:
            assert self.book.arrived.wait_for(lambda: len(found()) >= count, 5), (kind, found())
            return found()

    def open_modal(self, view: Json, user: str = ANA) -> Json:
        """Have the app open a modal for a user, by way of a command."""
        self.on(
            "command", lambda ack, body, client, _: (client.views_open(trigger_id=body["trigger_id"], view=view), ack())
        )
        assert self.post("commands", user, channel=TEAM, text="/study") == {"ok": True}
        return self.modals(user)[-1]


@pytest.fixture
def slack(running: Sandbox, book: BoltApp) -> Iterator[Slack]:
    team = f"T0TEAM{next(_numbers)}"
    running.slack.add_workspace(
        {
            "id": team,
            "name": "Northwind",
            "domain": "northwind",
            "users": [
                {
                    "id": ANA,
                    "name": "ana",
                    "real_name": "Ana Lee",
                    "email": "ana@x.example",
                    "tz": "Asia/Tokyo",
                    "is_admin": True,
                },
                {"id": BEN, "name": "ben.o", "real_name": "Ben Okoro", "display_name": "Ben", "email": "ben@x.example"},
                {"id": EVE, "name": "eve", "real_name": "Eve", "is_stranger": True},
            ],
            "channels": [
                {"id": TEAM, "name": "team", "members": [ANA, BEN, EVE], "app": True},
                {"id": LOBBY, "name": "lobby", "members": [ANA, BEN]},
                {"id": SECRET, "name": "secret", "members": [ANA], "is_private": True},
                {"id": OLD, "name": "old", "members": [ANA], "is_archived": True, "app": True},
            ],
        }
    )
    with httpx.Client(base_url=running.base_url) as control:
        yield Slack(running, book, control, team)
    running.faults.remove()
    book.refuse = False
    for key in [key for key in book.listeners if key[0] == team]:
        del book.listeners[key]


@pytest.fixture
def over_http(slack: Slack) -> Iterator[Slack]:
    """The same workspace, with payloads posted to the app over signed HTTP."""
    app = _bolt(slack.sandbox, slack.book)

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): [value] for name, value in self.headers.items()}
            response = app.dispatch(BoltRequest(body=body, headers=headers))
            self.send_response(response.status)
            for name, values in response.headers.items():
                for value in values:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.block_on_close = False
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    switch = slack.control.post(
        "/control/slack/transport",
        json={"mode": "http", "request_url": f"http://127.0.0.1:{server.server_port}/slack/events"},
    )
    assert switch.is_success, switch.text
    yield slack
    slack.control.post("/control/slack/transport", json={"mode": "socket"})
    server.shutdown()
    serving.join()
    server.server_close()


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "Go"}, **more}


def text_input(block_id: str = "name", **element: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "Name"},
        "element": {"type": "plain_text_input", "action_id": "value", **element},
    }


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks),
        **more,
    }
