"""How payloads reach the app: sockets, signed HTTP, events with redelivery, and what is kept over a restart."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.server import Sandbox
from tests.sandbox.slack.conftest import (
    ANA,
    BEN,
    LOBBY,
    MANIFEST,
    TEAM,
    BoltApp,
    Slack,
    _bolt,
    hang_up,
    modal,
    text_input,
)

Json = dict[str, Any]


def events(slack: Slack, kind: str, count: int = 1) -> list[Json]:
    return [body["event"] for body in slack.received(kind, count)]


def test_messages_reach_the_app_where_it_is_a_member(slack: Slack) -> None:
    slack.post("messages", channel=LOBBY, text="Unheard")
    ts = slack.post("messages", channel=TEAM, text=f"Hello <@{slack.bot}>")["ts"]
    slack.post("messages", channel=slack.direct(), text="Direct")
    (mention,) = events(slack, "app_mention")
    assert (mention["ts"], mention["user"], mention["channel"]) == (ts, ANA, TEAM)
    heard = events(slack, "message", 2)
    assert [(event["text"].split()[0], event["channel_type"]) for event in heard] == [
        ("Hello", "channel"),
        ("Direct", "im"),
    ]
    envelope = slack.received("message")[0]
    assert (envelope["team_id"], envelope["authorizations"][0]["user_id"]) == (slack.team, slack.bot)


def test_any_event_can_be_sent(slack: Slack) -> None:
    assert slack.post("events", event={"type": "channel_archive", "channel": TEAM, "user": ANA}) == {"ok": True}
    assert events(slack, "channel_archive")[0]["channel"] == TEAM


def test_redelivery_is_the_same_to_the_byte(slack: Slack) -> None:
    slack.on("command", lambda ack, *_: ack("Again"))
    slack.post("commands", channel=TEAM, text="/study")
    assert slack.post("redeliver") == {"ok": True}
    first, second = slack.received("/study", 2)
    assert first == second
    assert slack.texts() == ["Again", "Again"]


def test_a_refused_event_comes_back_after_a_second_a_minute_and_five(over_http: Slack) -> None:
    slack = over_http
    slack.book.refuse = True
    slack.book.headers.clear()
    assert slack.post("events", event={"type": "team_join"}) == {"ok": False, "error": "dispatch_failed"}
    for attempt, seconds in enumerate((1, 60, 300), 2):
        slack.control.post("/control/clock", json={"advance_seconds": seconds})
        slack.received("team_join", attempt)
    bodies = slack.received("team_join", 4)
    assert len({body["event_id"] for body in bodies}) == 1
    numbers = [headers.get("x-slack-retry-num") for headers in slack.book.headers]
    assert numbers == [None, ["1"], ["2"], ["3"]]
    assert slack.book.headers[1]["x-slack-retry-reason"] == ["http_error"]


def test_an_event_that_is_not_acknowledged_comes_back_over_the_socket(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.slack.delivery.socket.ACK_SECONDS", 0.2)
    slack.book.refuse = True
    slack.book.headers.clear()
    assert slack.post("events", event={"type": "team_join"})["error"] == "operation_timeout"
    slack.book.refuse = False
    slack.control.post("/control/clock", json={"advance_seconds": 1})
    slack.received("team_join", 2)
    assert slack.book.headers[-1]["x-slack-retry-num"] == ["1"]
    slack.control.post("/control/clock", json={"advance_seconds": 600})
    time.sleep(0.1)
    assert len(slack.received("team_join", 2)) == 2


def test_everything_goes_over_signed_http_too(over_http: Slack) -> None:
    slack = over_http
    view = slack.open_modal(modal(text_input()))
    slack.on("submission", lambda ack, *_: ack(response_action="errors", errors={"name": "No."}))
    answer = slack.post(f"views/{view['id']}/submit", values={"name": {"value": "ü & <x>"}})
    assert answer == {"response_action": "errors", "errors": {"name": "No."}}
    (body,) = slack.received("view_submission")
    assert body["view"]["state"]["values"]["name"]["value"]["value"] == "ü & <x>"
    slack.on("command", lambda ack, *_: ack("Plain text"))
    slack.post("commands", channel=TEAM, text="/plain a=1&b=2")
    assert slack.texts() == ["Plain text"]
    assert slack.received("/plain")[0]["text"] == "a=1&b=2"
    slack.post("messages", BEN, channel=TEAM, text="Hello")
    assert events(slack, "message")[-1]["text"] == "Hello"


def test_a_request_url_has_to_answer_the_challenge(slack: Slack) -> None:
    wrong = slack.control.post("/control/slack/transport", json={"mode": "http", "request_url": slack.sandbox.base_url})
    assert wrong.status_code == 400
    assert "challenge" in wrong.json()["error"]
    nobody = {"mode": "http", "request_url": "http://127.0.0.1:9/"}
    assert "cannot be reached" in slack.control.post("/control/slack/transport", json=nobody).json()["error"]
    slack.post("commands", channel=TEAM, text="/study")
    assert slack.received("/study")


def test_each_payload_goes_to_one_of_several_connections(slack: Slack) -> None:
    other = BoltApp()
    handler = SocketModeHandler(_bolt(slack.sandbox, other), slack.sandbox.slack.app_token)
    handler.connect()
    before = len(slack.book.received)
    for _ in range(6):
        assert slack.post("commands", channel=TEAM, text="/study") == {"ok": True}
    assert (len(slack.book.received) - before, len(other.received)) == (3, 3)
    slack.book.received.extend(other.received)
    hang_up(handler)


def test_outage_closes_sockets_and_the_app_comes_back_by_itself() -> None:
    world: Json = {
        "workspaces": [{"id": "T1", "name": "x", "domain": "x", "users": [{"id": ANA, "name": "ana"}], "channels": []}],
        "calendars": [],
    }
    with Sandbox(port=0, smtp_port=0, manifest=MANIFEST, world=world) as sandbox:
        handler = SocketModeHandler(_bolt(sandbox, BoltApp()), sandbox.slack.app_token, ping_interval=0.2)
        handler.connect()
        slack = Slack(sandbox, BoltApp(), httpx.Client(base_url=sandbox.base_url), "T1")
        channel = slack.direct()
        gone = sandbox.faults.add("slack", "gone")
        _until(lambda: not handler.client.is_connected())
        assert slack.post("commands", channel=channel, text="/study") == {"ok": False, "error": "dispatch_failed"}
        with pytest.raises(OSError):
            WebClient("x", base_url=f"{sandbox.base_url}/slack/api/", retry_handlers=[]).auth_test()
        sandbox.faults.remove(gone.id)
        _until(handler.client.is_connected)
        assert slack.post("commands", channel=channel, text="/study") == {"ok": True}
        slack.control.close()
        hang_up(handler)


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_restart_finds_messages_homes_and_tokens(tmp_path: Path) -> None:
    channels = [{"id": TEAM, "name": "team", "members": [ANA], "app": True}]
    world: Json = {
        "workspaces": [
            {"id": "T1", "name": "x", "domain": "x", "users": [{"id": ANA, "name": "ana"}], "channels": channels}
        ],
        "calendars": [],
    }
    with Sandbox(tmp_path, 0, 0, MANIFEST, world) as sandbox:
        client = WebClient(sandbox.slack.bot_token("T1"), base_url=f"{sandbox.base_url}/slack/api/")
        ts = str(client.chat_postMessage(channel=TEAM, text="Card")["ts"])
        client.chat_postMessage(channel=TEAM, text="Reply", thread_ts=ts)
        client.chat_postEphemeral(channel=TEAM, user=ANA, text="Psst")
        client.views_publish(user_id=ANA, view={"type": "home", "blocks": []})
        secrets = (sandbox.slack.app_token, sandbox.slack.signing_secret, sandbox.slack.client_id)
    json.loads((tmp_path / "sandbox.json").read_text())
    with Sandbox(tmp_path, 0, 0, MANIFEST, world) as again:
        assert (again.slack.app_token, again.slack.signing_secret, again.slack.client_id) == secrets
        client = WebClient(client.token, base_url=f"{again.base_url}/slack/api/")
        thread = client.conversations_replies(channel=TEAM, ts=ts)["messages"]
        assert [message["text"] for message in thread] == ["Card", "Reply"]
        assert client.chat_postMessage(channel=TEAM, text="Later")["ts"] > ts
        page = httpx.get(f"{again.base_url}/control/slack/T1/channels/{TEAM}", params={"user": ANA}).json()
        assert [message["text"] for message in page["messages"]] == ["Card", "Psst", "Later"]
        home = httpx.get(f"{again.base_url}/control/slack/T1/home", params={"user": ANA}).json()
        assert home["view"]["type"] == "home"
