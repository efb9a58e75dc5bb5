"""What operators see: health, figures, access logs, the pages for what is wrong; and Google's notices."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import httpx
import pytest

from bot.logs import configure_logs
from bot.web import health
from bot.web.app import Health
from storage import calendars
from tests.web.conftest import Build, Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def logged(level: str) -> Iterator[StringIO]:
    """What is logged inside the block, as in production."""
    stream, root = StringIO(), logging.getLogger()
    handlers, before = root.handlers[:], root.level
    configure_logs("json", level, stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)


def test_healthy_process_says_ok(site: Site) -> None:
    answer = site.http.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "slack": "ok", "outbox": "ok"}}


@pytest.mark.parametrize("broken", ["database", "slack", "outbox"])
def test_one_failing_part_makes_503_and_is_named(build: Build, broken: str) -> None:
    parts = {"database": True, "slack": True, "outbox": True, broken: False}
    site = build(health=lambda: Health(**parts))

    answer = site.http.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert [name for name, state in answer.json()["checks"].items() if state == "failing"] == [broken]


def test_database_that_hangs_does_not_hang_the_health_page(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.1)
    release = threading.Event()
    site = build(health=lambda: Health(database=release.wait(10)))

    answer = site.http.get("/healthz")
    release.set()

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failing"


def test_figures_are_prometheus_text(site: Site) -> None:
    site.parts.metrics.listeners.labels("/interview today", "ok").observe(0.002)

    answer = site.http.get("/metrics")

    assert answer.headers["content-type"] == site.parts.metrics.content_type
    assert 'callsheet_listener_duration_seconds_count{listener="/interview today",outcome="ok"} 1.0' in answer.text


def test_unknown_address_is_a_page_too(site: Site) -> None:
    answer = site.http.get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert site.http.post("/s/token").status_code == 405


def test_what_fails_unexpectedly_shows_a_reference_that_is_in_the_log(build: Build) -> None:
    def broken() -> Health:
        raise ValueError("a detail that nobody outside should read")

    with logged("INFO") as stream:
        site = build(health=broken)
        answer = site.http.get("/healthz")

    assert answer.status_code == 500
    assert "a detail" not in answer.text
    reference = answer.text.partition("(ref ")[2][:8]
    assert len(reference) == 8
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines if line.get("reference") == reference] == ["request failed"]


def test_access_log_has_routes_and_never_a_link(build: Build) -> None:
    with logged("DEBUG") as stream:
        site = build()
        invited = site.invite()
        site.http.get(invited.path)
        site.http.get("/healthz")
        site.http.get("/some/where?token=never-to-be-read")
        site.server.stop()

    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    requests = [(line["route"], line["status"], line["level"]) for line in lines if line["event"] == "request"]
    assert requests == [("/s/{token}", 200, "info"), ("/healthz", 200, "debug"), ("(none)", 404, "info")]
    assert invited.token not in stream.getvalue()
    assert "never-to-be-read" not in stream.getvalue()


def notice(site: Site, **headers: str) -> httpx.Response:
    given = {"x-goog-resource-state": "exists", **{f"x-goog-channel-{name}": value for name, value in headers.items()}}
    return site.http.post("/google/push", headers=given)


def test_genuine_notice_of_google_wakes_the_sync(site: Site) -> None:
    site.world.calendar(site.world.researcher)
    with site.world.database.unit_of_work() as session:
        feed = calendars.feed(session, site.world.researcher.member_id)
        assert feed is not None
        feed.channel_id, feed.channel_token = "channel-1", "secret"
        feed.next_sync_at = site.world.now + timedelta(hours=1)

    assert notice(site, id="channel-1", token="secret").status_code == 204

    assert site.pushes == [site.world.now]
    with site.world.database.reading() as session:
        feed = calendars.feed(session, site.world.researcher.member_id)
        assert feed is not None
        assert feed.next_sync_at == site.world.now


def test_forged_notice_gets_the_same_answer_and_does_nothing(site: Site) -> None:
    for headers in ({}, {"id": "channel-1"}, {"id": "channel-1", "token": "guess"}):
        assert notice(site, **headers).status_code == 204

    assert site.pushes == []
