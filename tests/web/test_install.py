"""“Add to Slack” against the sandbox's consent page and token exchange."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from bot.manifest import app_manifest, bot_scopes
from bot.slack.installations import StoredInstallations
from domain.roles import Role
from sandbox.server import Sandbox
from storage.models import Installation, Member
from tests.builders import World, rows
from tests.web.conftest import Build, MovableClock, Site

TEAM, ADMIN = "T0NORTHWND", "U0LENAVOGT"
KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, manifest=app_manifest()) as running:
        yield running


def settings(sandbox: Sandbox, **values: Any) -> dict[str, Any]:
    return {
        "slack_client_id": sandbox.slack.client_id,
        "slack_client_secret": sandbox.slack.client_secret,
        "slack_signing_secret": sandbox.slack.signing_secret,
        "slack_api_url": f"{sandbox.base_url}/slack/api/",
        "encryption_keys": KEY,
        "public_url": "http://127.0.0.1:8080",
        **values,
    }


@dataclass
class Attempt:
    """Somebody who has been led to the consent page."""

    site: Site
    consent_url: str
    cookie: str

    def decide(self, agree: str) -> str:
        """Answer on the consent page; the path that Slack leads back to."""
        answer = httpx.post(self.consent_url, data={"who": f"{TEAM}/{ADMIN}", "agree": agree})
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert back.netloc == "127.0.0.1:8080"
        return f"{back.path}?{back.query}"

    def come_back(self, path: str, *, cookie: bool = True) -> httpx.Response:
        return self.site.http.get(path, headers={"cookie": self.cookie} if cookie else {})


@pytest.fixture
def store(world: World, clock: MovableClock) -> StoredInstallations:
    return StoredInstallations(world.database, [KEY], clock)


def begin(site: Site) -> Attempt:
    answer = site.http.get("/slack/install")
    assert answer.status_code == 302
    return Attempt(site, answer.headers["location"], answer.headers["set-cookie"].partition(";")[0])


@pytest.fixture
def attempt(build: Build, sandbox: Sandbox, store: StoredInstallations) -> Attempt:
    return begin(build(settings(sandbox), installations=store))


def test_workspace_installs_the_app(attempt: Attempt, sandbox: Sandbox, store: StoredInstallations) -> None:
    asked = parse_qs(urlsplit(attempt.consent_url).query)
    assert asked["scope"] == [",".join(bot_scopes())]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8080/slack/oauth_redirect"]

    page = attempt.come_back(attempt.decide("yes"))

    assert page.status_code == 200
    assert "Callsheet is in Northwind" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert store.bot_token(TEAM) == sandbox.slack.bot_token(TEAM)
    of_admin = sa.select(Member.role).where(Member.slack_user_id == ADMIN)
    assert rows(attempt.site.world.database, of_admin) == [(Role.ADMIN,)]


def test_answer_is_taken_once(attempt: Attempt) -> None:
    path = attempt.decide("yes")
    attempt.come_back(path)

    again = attempt.come_back(path)

    assert again.status_code == 401
    assert "was used before" in again.text


def test_answer_in_another_browser_is_refused(attempt: Attempt) -> None:
    page = attempt.come_back(attempt.decide("yes"), cookie=False)

    assert page.status_code == 400
    assert "Finish in the browser in which you began" in page.text
    assert rows(attempt.site.world.database, sa.select(Installation.id)) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_is_taken_for_an_answer(attempt: Attempt) -> None:
    page = attempt.come_back(attempt.decide("no"))

    assert page.status_code == 200
    assert "nothing was changed" in page.text
    assert rows(attempt.site.world.database, sa.select(Installation.id)) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_made_up_code_is_not_confirmed(attempt: Attempt) -> None:
    state = parse_qs(urlsplit(attempt.consent_url).query)["state"][0]

    page = attempt.come_back(f"/slack/oauth_redirect?code=made-up&state={state}")

    assert page.status_code == 401
    assert "Slack did not confirm it." in page.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_slack_out_of_reach_is_said(build: Build, sandbox: Sandbox, store: StoredInstallations) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gone = settings(sandbox, slack_api_url=f"http://127.0.0.1:{port}/slack/api/")
    attempt = begin(build(gone, installations=store))
    state = parse_qs(urlsplit(attempt.consent_url).query)["state"][0]

    page = attempt.come_back(f"/slack/oauth_redirect?code=abc&state={state}")

    assert page.status_code == 503
    assert "Slack can’t be reached" in page.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bot_with_one_token_offers_no_installation(site: Site) -> None:
    assert site.http.get("/slack/install").status_code == 404
