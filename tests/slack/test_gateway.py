"""How Slack may fail, against a server on localhost that does."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.integrations.ports import Missing, Refused, Unavailable
from bot.slack import gateway
from bot.slack.gateway import SlackGateway, of_connection_error, retry_after

Answer = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int, body: str, **headers: str) -> Answer:
    """An answer with that status and body."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())

    return send


def ok(**answer: Any) -> Answer:
    return reply(200, json.dumps({"ok": True, **answer}), Content_Type="application/json")


def no(error: str, status: int = 200, **answer: Any) -> Answer:
    return reply(status, json.dumps({"ok": False, "error": error, **answer}), Content_Type="application/json")


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Announce more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"ok": ')


def slam(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    """Slack as it is today."""

    answer: Answer = field(default_factory=ok)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    url: str = ""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            server.requests.append((self.command, self.path, self.rfile.read(length).decode()))
            server.tokens.append(self.headers.get("Authorization"))
            server.answer(self)

        do_GET = do_POST = take  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()


class Tokens:
    def bot_token(self, slack_team_id: str) -> str:
        if slack_team_id != "T1":
            raise Refused("Callsheet is not installed in this workspace (any more).")
        return "xoxb-1"


@pytest.fixture
def slack(running: Server) -> Server:
    running.answer = ok()
    running.requests.clear()
    running.tokens.clear()
    return running


def gateway_to(server: Server, calls: list[tuple[str, str]] | None = None) -> SlackGateway:
    counted = calls if calls is not None else []
    return SlackGateway(Tokens(), f"{server.url}/api/", lambda *call: counted.append(call))


def fail(server: Server, answer: Answer, seconds: int = 15) -> Unavailable | Refused:
    server.answer = answer
    try:
        gateway_to(server).call("T1", "chat.postMessage", seconds=seconds, channel="C1", text="Hi")
    except (Unavailable, Refused) as failure:
        return failure
    raise AssertionError("The call went through.")


def test_a_call_carries_the_workspaces_token_and_json(slack: Server) -> None:
    slack.answer = ok(channel="C1", ts="17.1")
    calls: list[tuple[str, str]] = []
    answer = gateway_to(slack, calls).call("T1", "chat.postMessage", channel="C1", text="é", unfurl_links=False)
    assert answer["ts"] == "17.1"
    ((verb, path, body),) = slack.requests
    assert (verb, path) == ("POST", "/api/chat.postMessage")
    assert json.loads(body) == {"channel": "C1", "text": "é", "unfurl_links": False}
    assert slack.tokens == ["Bearer xoxb-1"]
    assert calls == [("chat.postMessage", "ok")]


def test_what_only_reads_asks_by_form(slack: Server) -> None:
    gateway_to(slack).read("T1", "conversations.history", channel="C1", limit=200, include_all_metadata=True)
    ((_, path, body),) = slack.requests
    assert (path, body) == ("/api/conversations.history", "channel=C1&limit=200&include_all_metadata=true")


def test_a_workspace_without_a_token_is_refused_before_any_call(slack: Server) -> None:
    with pytest.raises(Refused, match="not installed"):
        gateway_to(slack).call("T2", "chat.postMessage")
    assert slack.requests == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "30"}, 30.0),
        ({"retry_after": "7"}, 7.0),
        ({}, 1.0),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1.0),
    ],
)
def test_a_rate_limit_says_when_to_come_again(slack: Server, headers: dict[str, str], seconds: float) -> None:
    failure = fail(slack, reply(429, '{"ok": false, "error": "ratelimited"}', **headers))
    assert isinstance(failure, Unavailable)
    assert (failure.retry_after, failure.went_out) == (seconds, False)
    assert failure.why == "Slack limits the rate of chat.postMessage."


@pytest.mark.parametrize("value", ["", "-1", "nan", "inf", "1e9", "١"])
def test_an_odd_retry_after_is_one_second(value: str) -> None:
    assert retry_after({"Retry-After": value}) == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        no("internal_error"),
        no("fatal_error"),
        no("service_unavailable", 503),
        no("whatever", 500),
        reply(500, "<html>Oh no</html>", Content_Type="text/html"),
        reply(502, ""),
        reply(200, "<html>Sign in to the hotel's network</html>", Content_Type="text/html"),
        reply(200, ""),
        cut,
        slam,
    ],
)
def test_a_failure_of_slacks_may_pass_and_nobody_knows_whether_it_went_out(slack: Server, answer: Answer) -> None:
    failure = fail(slack, answer)
    assert isinstance(failure, Unavailable)
    assert (failure.retry_after, failure.went_out) == (None, None)
    assert "<html>" not in failure.why


def test_an_answer_that_does_not_come_is_waited_for_only_so_long(slack: Server) -> None:
    began = time.monotonic()
    failure = fail(slack, hang, seconds=1)
    assert isinstance(failure, Unavailable)
    assert failure.went_out is None
    assert time.monotonic() - began < 1.4


def test_a_refused_connection_surely_did_not_go_out(slack: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gone = Server(url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(Unavailable) as failure:
            gateway_to(gone).call("T1", "chat.postMessage")
    assert failure.value.went_out is False
    assert failure.value.why == "Slack can't be reached (chat.postMessage: ConnectionRefusedError)."


def test_a_refusal_says_what_slack_said(slack: Server) -> None:
    messages = {"messages": ["[ERROR] must be shorter", "[json-pointer:/blocks/0]"]}
    failure = fail(slack, no("invalid_blocks", response_metadata=messages))
    assert isinstance(failure, Refused)
    assert not isinstance(failure, Missing)
    assert failure.code == "invalid_blocks"
    assert failure.why == (
        "Slack refused chat.postMessage: invalid_blocks ([ERROR] must be shorter; [json-pointer:/blocks/0])"
    )


@pytest.mark.parametrize("code", sorted(gateway.GONE))
def test_what_is_gone_is_missing(slack: Server, code: str) -> None:
    failure = fail(slack, no(code))
    assert isinstance(failure, Missing)
    assert failure.code == code


def test_failures_are_counted_by_slacks_word(slack: Server) -> None:
    calls: list[tuple[str, str]] = []
    slack.answer = no("channel_not_found")
    with pytest.raises(Missing):
        gateway_to(slack, calls).call("T1", "chat.postMessage")
    assert calls == [("chat.postMessage", "channel_not_found")]


def test_an_answer_goes_through_the_response_url(slack: Server) -> None:
    slack.answer = reply(200, "ok")
    gateway_to(slack).respond(f"{slack.url}/actions/1", {"text": "Hi", "replace_original": False})
    ((verb, path, body),) = slack.requests
    assert (verb, path) == ("POST", "/actions/1")
    assert json.loads(body) == {"text": "Hi", "replace_original": False}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/actions/1",
        "https://hooks.slack.com@evil.example/",
        "https://hooks.slack.com.evil.example/",
        "https://hooks.slack.com/actions/1",
        "",
    ],
)
def test_a_response_url_that_is_not_the_configured_servers_is_refused(slack: Server, url: str) -> None:
    with pytest.raises(Refused, match="not Slack's"):
        gateway_to(slack).respond(url, {"text": "Hi"})
    assert slack.requests == []


def test_slacks_own_hooks_belong_to_slacks_own_api() -> None:
    real = SlackGateway(Tokens(), "https://slack.com/api/")
    with pytest.raises(Refused, match="not Slack's"):
        real.respond("https://slack.com/actions/1", {"text": "Hi"})


@pytest.mark.parametrize("answer", [reply(404, "expired_url"), reply(500, "no")])
def test_a_response_url_that_does_not_take_the_answer_says_so(slack: Server, answer: Answer) -> None:
    slack.answer = answer
    with pytest.raises(Refused, match="Slack did not take the answer"):
        gateway_to(slack).respond(f"{slack.url}/actions/1", {"text": "Hi"})


@pytest.mark.parametrize("answer", [cut, slam])
def test_a_response_url_that_breaks_off_is_unavailable(slack: Server, answer: Answer) -> None:
    slack.answer = answer
    with pytest.raises(Unavailable):
        gateway_to(slack).respond(f"{slack.url}/actions/1", {"text": "Hi"})


def test_a_connection_error_never_shows_an_address() -> None:
    failure = of_connection_error("chat.postMessage", OSError("https://hooks.slack.com/secret"))
    assert failure.why == "Slack can't be reached (chat.postMessage: OSError)."
