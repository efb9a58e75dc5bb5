"""Settings: what is wrong is named, all at once, with what to do; secrets don't show."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings import SLACK_API_URL, SettingsError, load_settings, setting_names

ROOT = Path(__file__).parents[1]
BOT_TOKEN = "xoxb-1-2-three"
APP_TOKEN = "xapp-1-A0-1-abc"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("SLACK_", "CALLSHEET_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def complaints(**environment: str) -> tuple[str, ...]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError) as caught:
            load_settings()
    return caught.value.sentences


def test_nothing_set_is_a_machine_without_slack(tmp_path: Path) -> None:
    settings = load_settings()

    assert not settings.knows_slack
    assert settings.slack_api_url == SLACK_API_URL
    assert (tmp_path / ".callsheet").is_dir()


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\nCALLSHEET_PORT=4000\n")
    monkeypatch.setenv("CALLSHEET_PORT", "5000")

    settings = load_settings()

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == BOT_TOKEN
    assert settings.port == 5000
    assert settings.transport == "socket"


def test_what_other_programs_call_port_and_host_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "80")
    monkeypatch.setenv("HOST", "0.0.0.0")
    monkeypatch.setenv("DATABASE_URL", "mysql://elsewhere/x")

    settings = load_settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 3000)


def test_an_empty_line_is_a_setting_that_is_not_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=\nSLACK_APP_TOKEN=\nCALLSHEET_PORT=\n")

    assert not load_settings().knows_slack


def test_without_an_app_token_payloads_come_over_http() -> None:
    settings = load_settings(slack_bot_token=BOT_TOKEN, slack_signing_secret="8f742231b10e8888abcd99yyyzzz85a5")

    assert settings.transport == "http"


def test_everything_wrong_is_said_at_once() -> None:
    said = complaints(
        SLACK_BOT_TOKEN=APP_TOKEN,
        CALLSHEET_PORT="eighty",
        CALLSHEET_LOG_LEVEL="loud",
        CALLSHEET_DATABASE_URL="mysql://host/callsheet",
        CALLSHEET_SMTP_URL="mail.example.com",
        CALLSHEET_PUBLIC_URL="http://callsheet.example.com",
    )

    named = [sentence.split()[0] for sentence in said]
    assert sorted(named) == [
        "CALLSHEET_DATABASE_URL",
        "CALLSHEET_LOG_LEVEL",
        "CALLSHEET_MAIL_FROM",
        "CALLSHEET_PORT",
        "CALLSHEET_PUBLIC_URL",
        "CALLSHEET_SMTP_URL",
        "SLACK_APP_TOKEN",
        "SLACK_BOT_TOKEN",
    ]
    assert all(sentence.endswith(".") for sentence in said)


def test_swapped_tokens_are_recognised() -> None:
    said = complaints(SLACK_BOT_TOKEN=APP_TOKEN, SLACK_APP_TOKEN=BOT_TOKEN)

    assert "SLACK_BOT_TOKEN must begin with xoxb-, but holds an app-level token." in said[0]
    assert "SLACK_APP_TOKEN must begin with xapp-, but holds a bot token." in said[1]


@pytest.mark.parametrize(
    ("environment", "beginning"),
    [
        ({"SLACK_APP_TOKEN": APP_TOKEN}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": BOT_TOKEN}, "SLACK_APP_TOKEN is missing"),
        ({"CALLSHEET_SMTP_URL": "smtp://localhost:25"}, "CALLSHEET_MAIL_FROM is missing"),
        ({"CALLSHEET_MAIL_FROM": "research@example.com"}, "CALLSHEET_SMTP_URL is missing"),
        ({"CALLSHEET_MAIL_FROM": "research", "CALLSHEET_SMTP_URL": "smtp://localhost"}, "CALLSHEET_MAIL_FROM must be"),
        ({"CALLSHEET_MAIL_BY": "pigeon"}, "CALLSHEET_MAIL_BY must be smtp or gmail."),
        ({"CALLSHEET_MAIL_BY": "Gmail"}, "CALLSHEET_GOOGLE_SERVICE_ACCOUNT and CALLSHEET_MAIL_FROM are missing"),
        ({"CALLSHEET_MAILS_PER_MINUTE": "0"}, "CALLSHEET_MAILS_PER_MINUTE must be a whole number from 1."),
        ({"CALLSHEET_BOUNCE_SECRET": "short"}, "CALLSHEET_BOUNCE_SECRET must have at least 32 characters."),
        ({"CALLSHEET_BOUNCE_ADDRESS": "bounces"}, "CALLSHEET_BOUNCE_ADDRESS must be an address"),
        ({"CALLSHEET_ENCRYPTION_KEYS": "secret"}, "CALLSHEET_ENCRYPTION_KEYS must be Fernet keys"),
        ({"CALLSHEET_GOOGLE_SERVICE_ACCOUNT": "nowhere.json"}, "CALLSHEET_GOOGLE_SERVICE_ACCOUNT names a file"),
        ({"CALLSHEET_GOOGLE_SERVICE_ACCOUNT": "{}"}, "CALLSHEET_GOOGLE_SERVICE_ACCOUNT is not a service account's"),
        ({"CALLSHEET_PORT": "70000"}, "CALLSHEET_PORT must be a whole number"),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL must be a whole address"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_gap_or_a_wrong_value_is_named(environment: dict[str, str], beginning: str) -> None:
    (sentence,) = complaints(**environment)

    assert sentence.startswith(beginning)


def test_installing_by_oauth_needs_all_of_its_settings() -> None:
    said = complaints(SLACK_CLIENT_ID="1.2", SLACK_APP_TOKEN=APP_TOKEN)

    assert said == (
        "For workspaces to install the app, set CALLSHEET_ENCRYPTION_KEYS and CALLSHEET_PUBLIC_URL and "
        "SLACK_CLIENT_SECRET too (see docs/configuration.md).",
    )


def test_installing_by_oauth_with_all_of_them() -> None:
    newer, older = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    settings = load_settings(
        slack_client_id="1.2",
        slack_client_secret="abc",
        slack_signing_secret="def",
        encryption_keys=f"{newer}, {older}",
        public_url="https://callsheet.example.com/",
    )

    assert settings.wants_oauth
    assert settings.fernet_keys == (newer, older)
    assert settings.public_url == "https://callsheet.example.com"


def test_a_service_account_is_a_file_or_its_content(tmp_path: Path) -> None:
    key = {"client_email": "bot@project.example", "private_key": "---", "token_uri": "https://token.example"}
    (tmp_path / "key.json").write_text(json.dumps(key))

    assert load_settings(google_service_account="key.json").google_key == key
    assert load_settings(google_service_account=json.dumps(key)).google_key == key


def test_gmail_needs_no_mail_server() -> None:
    key = {"client_email": "bot@project.example", "private_key": "---", "token_uri": "https://token.example"}
    given = {"mail_by": "gmail", "mail_from": "Team <r@example.com>", "google_service_account": json.dumps(key)}

    settings = load_settings(**given, bounce_address="Bounces <b@example.com>")

    assert settings.has_mail
    assert settings.mail_bounces_to == "b@example.com"
    assert not load_settings().has_mail


def test_secrets_show_neither_in_print_nor_in_complaints() -> None:
    secrets = {
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_signing_secret": "signing-hidden",
        "database_url": "postgresql://callsheet:database-hidden@db/callsheet",
        "smtp_url": "smtp://callsheet:mail-hidden@mail.example.com",
        "bounce_secret": "bounce-hidden-32-characters-and-more",
    }
    shown = repr(load_settings(**secrets, mail_from="research@example.com"))
    said = " ".join(complaints(SLACK_BOT_TOKEN="hidden-token", CALLSHEET_SMTP_URL="http://user:hidden@host"))

    assert "hidden" not in shown
    assert BOT_TOKEN not in shown
    assert APP_TOKEN not in shown
    assert "hidden" not in said


def test_every_setting_is_documented_and_in_the_example_file() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), flags=re.MULTILINE)
    shown = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)

    assert sorted(documented) == sorted(setting_names())
    assert sorted(shown) == sorted(setting_names())
