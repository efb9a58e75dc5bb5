"""Slack's payloads over HTTP: only what Slack signed, only of a reasonable size, and never in the way of the rest."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import pytest
from slack_bolt import Ack

from tests.web.conftest import SIGNING_SECRET, Build, Site, plain_bolt

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORM = "application/x-www-form-urlencoded"


def signed(body: bytes, timestamp: str | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    timestamp = timestamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}", "content-type": FORM}


def command(text: str = "today") -> bytes:
    fields = {
        "command": "/interview",
        "text": text,
        "team_id": "T0CALL",
        "user_id": "U01",
        "trigger_id": "1.2",
        "channel_id": "C0CORE",
    }
    return urlencode(fields).encode()


def post(site: Site, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return site.http.post("/slack/events", content=body, headers=headers)


def test_signed_command_is_answered(build: Build) -> None:
    bolt = plain_bolt()
    bolt.command("/interview")(lambda ack, command: ack(f"You typed {command['text']}"))
    site = build(bolt=bolt)

    body = command("CHK-7 ü ✓")
    answer = post(site, body, signed(body))

    assert answer.status_code == 200
    assert answer.text == "You typed CHK-7 ü ✓"


def test_challenge_is_given_back(site: Site) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()

    answer = post(site, body, {**signed(body), "content-type": "application/json"})

    assert answer.json() == {"challenge": "3eZbrw1aB"}


def test_signature_is_of_the_bytes_as_they_came(build: Build) -> None:
    bolt = plain_bolt()
    bolt.command("/interview")(lambda ack: ack("taken"))
    site = build(bolt=bolt)
    body = command("a b").replace(b"+", b"%20") + b"&extra=&&"

    assert post(site, body, signed(body)).text == "taken"
    assert post(site, body + b"&", signed(body)).status_code == 401


REFUSED: dict[str, Callable[[], dict[str, str]]] = {
    "none": dict,
    "secret": lambda: signed(command(), secret="another"),
    "old": lambda: signed(command(), str(int(time.time()) - 600)),
    "ahead": lambda: signed(command(), str(int(time.time()) + 600)),
    "words": lambda: {**signed(command()), "x-slack-request-timestamp": "yesterday"},
    "negative": lambda: {**signed(command()), "x-slack-request-timestamp": "-1"},
    "float": lambda: {**signed(command()), "x-slack-request-timestamp": "1e9"},
    "huge": lambda: {**signed(command()), "x-slack-request-timestamp": "9" * 5000},
    "empty": lambda: {**signed(command()), "x-slack-signature": "v0="},
    "unsigned": lambda: {"x-slack-request-timestamp": str(int(time.time()))},
}
"""Headers that are not Slack's of now, made when they are sent."""


@pytest.mark.parametrize("which", REFUSED)
def test_what_slack_did_not_sign_now_is_refused(build: Build, which: str) -> None:
    heard: list[str] = []
    bolt = plain_bolt()
    bolt.command("/interview")(lambda ack: (heard.append("body"), ack()))
    site = build(bolt=bolt)

    answer = post(site, command(), {"content-type": FORM, **REFUSED[which]()})

    assert answer.status_code == 401
    assert heard == []


def test_body_of_more_than_a_megabyte_is_refused_before_it_is_read_whole(site: Site) -> None:
    body = b"x" * 1_000_001

    assert post(site, body, signed(body)).status_code == 413


def test_body_that_is_not_text_is_refused(site: Site) -> None:
    body = b"text=\xff\xfe"

    assert post(site, body, signed(body)).status_code == 400


def test_socket_mode_takes_no_payloads_over_http(build: Build) -> None:
    site = build({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_signing_secret": SIGNING_SECRET})
    body = command()

    assert post(site, body, signed(body)).status_code == 404


def test_slow_listeners_block_neither_each_other_nor_the_health_page(build: Build) -> None:
    together, release = threading.Barrier(9), threading.Event()
    bolt = plain_bolt()

    @bolt.command("/interview")
    def slow(ack: Ack) -> None:
        together.wait(10)
        release.wait(10)
        ack("done")

    site = build(bolt=bolt)
    with ThreadPoolExecutor(8) as callers:
        body = command()
        answers = [callers.submit(post, site, body, signed(body)) for _ in range(8)]
        together.wait(10)
        began = time.perf_counter()
        assert site.http.get("/healthz").status_code == 200
        assert time.perf_counter() - began < 1
        release.set()
        assert [answer.result(10).text for answer in answers] == ["done"] * 8
