"""Fetching shared files: from Slack alone, with no token for anybody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from bot.integrations.ports import Missing, Refused, Unavailable
from bot.slack.files import fetch, is_slacks
from bot.slack.gateway import SlackGateway


class Files(BaseHTTPRequestHandler):
    """A server of files: what is asked for says how it answers."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        status = int(self.path.strip("/")) if self.path.strip("/").isdigit() else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if self.path == "/page" else "text/csv")
        if status == 302:
            self.send_header("Location", "/elsewhere")
        if status == 429:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(b"x" * 100)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def server() -> Iterator[str]:
    Files.asked.clear()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.mark.parametrize(
    ("url", "api_url", "is_theirs"),
    [
        ("https://files.slack.com/files-pri/T-F/x.csv", "https://slack.com/api/", True),
        ("http://files.slack.com/files-pri/T-F/x.csv", "https://slack.com/api/", False),
        ("https://files.slack.com.evil.example/x.csv", "https://slack.com/api/", False),
        ("https://files.slack.com@evil.example/x.csv", "https://slack.com/api/", False),
        ("https://evil.example/?files.slack.com", "https://slack.com/api/", False),
        ("file:///etc/passwd", "https://slack.com/api/", False),
        ("http://127.0.0.1:3100/slack/files/F1/x.csv", "http://127.0.0.1:3100/slack/api/", True),
        ("http://127.0.0.1:3101/slack/files/F1/x.csv", "http://127.0.0.1:3100/slack/api/", False),
        ("", "https://slack.com/api/", False),
    ],
)
def test_only_slacks_own_addresses_are_fetched(url: str, api_url: str, is_theirs: bool) -> None:
    assert is_slacks(url, api_url) is is_theirs


def test_a_file_is_fetched_with_the_token(server: str) -> None:
    assert fetch(f"{server}/file.csv", "xoxb-1", 100, 5) == b"x" * 100
    assert Files.asked == [("/file.csv", "Bearer xoxb-1")]


def test_no_more_than_agreed_is_read(server: str) -> None:
    with pytest.raises(Refused, match="larger than"):
        fetch(f"{server}/file.csv", "xoxb-1", 99, 5)


def test_a_redirect_is_not_followed(server: str) -> None:
    with pytest.raises(Refused, match="files:read"):
        fetch(f"{server}/302", "xoxb-1", 100, 5)
    assert [path for path, _ in Files.asked] == ["/302"]


def test_slacks_sign_in_page_is_not_taken_for_the_file(server: str) -> None:
    with pytest.raises(Refused, match="files:read"):
        fetch(f"{server}/page", "xoxb-1", 1000, 5)


def test_failures_are_told_apart(server: str) -> None:
    with pytest.raises(Missing):
        fetch(f"{server}/404", "xoxb-1", 100, 5)
    with pytest.raises(Unavailable):
        fetch(f"{server}/503", "xoxb-1", 100, 5)
    with pytest.raises(Unavailable) as limited:
        fetch(f"{server}/429", "xoxb-1", 100, 5)
    assert limited.value.retry_after == 7


class OneToken:
    def bot_token(self, slack_team_id: str) -> str:
        return "xoxb-1"


def test_the_gateway_refuses_other_hosts_and_tells_of_a_slack_that_is_gone(server: str) -> None:
    gateway = SlackGateway(OneToken(), f"{server}/slack/api/")
    assert gateway.download("T1", f"{server}/file.csv", 100) == b"x" * 100
    with pytest.raises(Refused, match="not kept by Slack"):
        gateway.download("T1", "https://evil.example/file.csv", 100)
    gone = SlackGateway(OneToken(), "http://127.0.0.1:9/slack/api/")
    with pytest.raises(Unavailable):
        gone.download("T1", "http://127.0.0.1:9/file.csv", 100)
