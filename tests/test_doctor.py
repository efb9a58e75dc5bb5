"""`callsheet doctor`, looking at the sandbox: what is well, what is not, and what to do about it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from bot import doctor
from bot.clock import SystemClock
from bot.doctor import Finding, SlackAnswer, Verdict, run_checks
from bot.manifest import app_manifest, bot_scopes
from bot.settings import Settings, SettingsError, load_settings
from sandbox.server import Sandbox
from sandbox.world import WORLD
from storage import migrate
from storage.engine import Database

TEAM = WORLD["workspaces"][0]["id"]
HOST = "lena@northwind.example"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, manifest=app_manifest()) as running:
        yield running


@pytest.fixture
def given(sandbox: Sandbox, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Settings of a Callsheet that has everything, to be changed by the test."""
    yield {
        "slack_bot_token": sandbox.slack.bot_token(TEAM),
        "slack_app_token": sandbox.slack.app_token,
        "slack_api_url": f"{sandbox.base_url}/slack/api/",
        "database_url": f"sqlite:///{tmp_path}/callsheet.db",
        "smtp_url": sandbox.smtp_url,
        "mail_from": "Research <research@northwind.example>",
        "bounce_secret": "b" * 32,
        "google_service_account": json.dumps(sandbox.google.service_account_info()),
        "google_api_endpoint": sandbox.google.api_endpoint,
    }
    sandbox.faults.remove()


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def settings(given: dict[str, Any], **changes: Any) -> Settings:
    return load_settings(None, **{name: value for name, value in {**given, **changes}.items() if value is not None})


def the(subject: str, findings: list[Finding]) -> Finding:
    (found,) = [finding for finding in findings if finding.subject == subject]
    return found


def test_all_is_well(given: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(given["database_url"])
    migrate.upgrade(database)
    database.dispose()

    findings = run_checks(settings(given), host=HOST)
    is_well = doctor.print_findings(findings)

    assert [finding for finding in findings if finding.verdict is not Verdict.OK] == []
    assert is_well
    assert capsys.readouterr().out.splitlines()[-1] == "9 ok, 0 warnings, 0 failed"


def test_without_anything_it_says_how_to_begin(tmp_path: Path) -> None:
    findings = run_checks(load_settings(None, database_url=f"sqlite:///{tmp_path}/callsheet.db"))

    assert {finding.verdict for finding in findings} == {Verdict.WARNING}
    assert "docs/getting-started.md" in the("Settings", findings).what_to_do
    assert "callsheet migrate" in the("Database", findings).what_to_do
    assert "CALLSHEET_SMTP_URL" in the("Mail", findings).what_to_do
    assert "CALLSHEET_GOOGLE_SERVICE_ACCOUNT" in the("Calendars", findings).what_to_do


def test_a_wrong_token_fails_and_the_rest_is_looked_at(
    given: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    findings = run_checks(settings(given, slack_bot_token="xoxb-1-2-3"))
    is_well = doctor.print_findings(findings)

    assert not is_well
    assert the("Slack bot token", findings).what == "Slack says invalid_auth."
    assert "→ Copy it again" in capsys.readouterr().out
    assert the("Slack app token", findings).verdict is Verdict.OK


def test_slack_out_of_reach(given: dict[str, Any], unused_port: int) -> None:
    away = f"http://127.0.0.1:{unused_port}/api/"

    findings = run_checks(settings(given, slack_api_url=away, slack_app_token=None, slack_signing_secret="abc"))

    assert the("Slack", findings).verdict is Verdict.FAILED
    assert "can't be reached" in the("Slack", findings).what


def test_a_scope_that_was_not_granted_is_named() -> None:
    granted = ",".join(scope for scope in bot_scopes() if scope != "files:read")

    finding = doctor.scopes_are_granted(SlackAnswer("Northwind", "callsheet", {"x-oauth-scopes": granted}))

    assert (finding.verdict, finding.what) == (Verdict.FAILED, "Missing: files:read.")
    assert "Reinstall" in finding.what_to_do


@pytest.mark.parametrize(
    ("apart", "verdict"),
    [
        (timedelta(seconds=2), Verdict.OK),
        (timedelta(minutes=1), Verdict.WARNING),
        (timedelta(minutes=-6), Verdict.FAILED),
    ],
)
def test_a_clock_that_is_wrong(apart: timedelta, verdict: Verdict) -> None:
    answer = SlackAnswer("Northwind", "callsheet", {"date": "Mon, 01 Jun 2026 12:00:00 GMT"})

    assert doctor.clock_agrees(answer, NOON + apart).verdict is verdict


def test_a_database_server_that_is_not_there(given: dict[str, Any], unused_port: int) -> None:
    url = make_url(f"postgresql://callsheet:hidden@127.0.0.1:{unused_port}/callsheet")

    finding = doctor.database_is_migrated(settings(given, database_url=url.render_as_string(hide_password=False)))

    assert finding.verdict is Verdict.FAILED
    assert finding.what.startswith("PostgreSQL does not answer")
    assert "hidden" not in finding.what


def test_a_mail_server_that_is_not_there(given: dict[str, Any], unused_port: int) -> None:
    finding = doctor.mail_goes_out(settings(given, smtp_url=f"smtp://127.0.0.1:{unused_port}"), SystemClock())

    assert finding.verdict is Verdict.FAILED
    assert "CALLSHEET_SMTP_URL" in finding.what_to_do


def test_a_host_whom_google_does_not_know(given: dict[str, Any]) -> None:
    finding = doctor.calendars_open(settings(given), "nobody@northwind.example", NOON)

    assert finding.verdict is Verdict.FAILED
    assert "nobody@northwind.example" in finding.what


def test_calendars_are_not_tried_without_a_host(given: dict[str, Any]) -> None:
    finding = doctor.calendars_open(settings(given), None, NOON)

    assert "--host" in finding.what_to_do


def test_the_public_address_is_tried(given: dict[str, Any], sandbox: Sandbox, unused_port: int) -> None:
    (elsewhere,) = doctor.public_findings(settings(given, public_url=sandbox.base_url))
    (nowhere,) = doctor.public_findings(settings(given, public_url=f"http://localhost:{unused_port}"))

    assert (elsewhere.verdict, elsewhere.what.split()[-1]) == (Verdict.WARNING, "404.")
    assert nowhere.verdict is Verdict.FAILED


def test_wrong_settings_are_findings_too(capsys: pytest.CaptureFixture[str]) -> None:
    findings = doctor.settings_findings(SettingsError(["CALLSHEET_PORT must be a whole number."]))

    assert not doctor.print_findings(findings)
    assert "CALLSHEET_PORT must be a whole number." in capsys.readouterr().out
