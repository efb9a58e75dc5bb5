"""Logs: one line each, one reference through all of them, and nothing in them that opens a door or names a person."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.logs import bind_reference, configure_logs, redacted_text


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_our_lines_and_those_of_libraries_look_alike(log: io.StringIO) -> None:
    structlog.get_logger("bot.jobs").info("sweep done", sweep="digest", found=3)
    logging.getLogger("sqlalchemy.pool").warning("connection %s is gone", 7)

    ours, theirs = lines(log)

    assert (ours["event"], ours["sweep"], ours["found"]) == ("sweep done", "digest", 3)
    assert (theirs["event"], theirs["logger"]) == ("connection 7 is gone", "sqlalchemy.pool")
    assert {"event", "level", "logger", "timestamp"} <= ours.keys() & theirs.keys()
    assert ours["timestamp"].endswith("Z")


def test_every_line_of_a_request_has_its_reference(log: io.StringIO) -> None:
    with bind_reference(listener="interview.today") as first:
        structlog.get_logger().info("began")
        logging.getLogger("storage").warning("slow")
    with bind_reference() as second:
        structlog.get_logger().info("another")
    structlog.get_logger().info("outside")

    began, slow, another, outside = lines(log)

    assert began["reference"] == slow["reference"] == first
    assert began["listener"] == "interview.today"
    assert another["reference"] == second != first
    assert "reference" not in outside
    assert "listener" not in another


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("token xoxb-12-34-aBcD refused", "aBcD"),
        ("xoxe.xoxp-1-Mi0yLTM was rotated", "Mi0yLTM"),
        ("opening with xapp-1-A012-99-deadbeef", "deadbeef"),
        ("mail to ana.maria+study@mail.example.com refused", "example.com"),
        ("posting to https://hooks.slack.com/commands/T1/2/AbCd failed", "AbCd"),
        ("posting to http://127.0.0.1:3100/slack/response/AbCd-ef failed", "AbCd"),
        ("GET /s/AAAAbbbbCCCCddddEEEEff 200", "AAAAbbbb"),
        ("wss://wss.example.com/link/?ticket=12-ab&app_id=3", "12-ab"),
        ("could not reach postgresql://callsheet:s3cret@db/callsheet", "s3cret"),
        ("Authorization: Bearer ya29.a0AfH6SMBx0123456789", "a0AfH6"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE"),
    ],
    ids=lambda value: value[:24],
)
def test_keys_and_addresses_are_taken_out(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in redacted_text(text)


def test_what_is_no_secret_stays() -> None:
    plain = "CHK-7 in C0CHECKOUT was put off: ratelimited, see “Basic Information”; GET /slack/events 200 at 14:00"

    assert redacted_text(plain) == plain


def test_secrets_deep_inside_an_event_are_taken_out(log: io.StringIO) -> None:
    structlog.get_logger().warning(
        "refused", response={"user": {"email": "ana@example.com"}, "tokens": ["xoxb-1-2-aBcD"]}, response_url="anything"
    )

    (line,) = lines(log)
    assert line["response_url"] == "[redacted]"
    assert line["response"] == {"user": {"email": "[redacted]"}, "tokens": ["[token]"]}


def test_a_traceback_is_kept_and_redacted(log: io.StringIO) -> None:
    try:
        raise ValueError("no such person: ana@example.com")
    except ValueError:
        structlog.get_logger().exception("listener failed")

    (line,) = lines(log)

    assert "Traceback" in line["exception"]
    assert "no such person: [e-mail]" in line["exception"]


@pytest.mark.parametrize("name", ["slack_sdk.web.base_client", "slack_bolt.App", "googleapiclient.discovery"])
def test_libraries_never_write_payloads(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).debug("Sending a request: text=hello")

    assert log.getvalue() == ""


def test_warnings_are_lines_too(log: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("this will go away", DeprecationWarning, stacklevel=1)

    assert "this will go away" in lines(log)[0]["event"]


def test_a_second_set_up_replaces_the_first(log: io.StringIO) -> None:
    again = io.StringIO()

    configure_logs("console", "INFO", again)
    structlog.get_logger("bot").info("hello", study="CHK")

    assert log.getvalue() == ""
    assert "hello" in again.getvalue()
    assert "study=CHK" in again.getvalue()
