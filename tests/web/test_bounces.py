"""Reports of undelivered mail, posted to the web server: signed, of ours, or anything else."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from bot.integrations.mime import Sender
from bot.integrations.smtp_mail import SmtpMailer
from bot.web import bounces
from sandbox.server import Sandbox
from storage.engine import Database
from storage.models import Participant, SentMail
from tests.builders import World, rows
from tests.fakes import Outside
from tests.integrations.test_dsn import report
from tests.web.conftest import Build, MovableClock, Site

SECRET = "s3cret-of-both-sides-32-characters"
SETTINGS = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "bounce_secret": SECRET}
PATH = "/mail/bounces"


@pytest.fixture
def bouncing(build: Build) -> Site:
    return build(SETTINGS)


@pytest.fixture
def outside(world: World, database: Database, clock: MovableClock) -> Outside:
    return Outside.of(database, clock.now())


def post(site: Site, raw: bytes, secret: str = SECRET) -> httpx.Response:
    signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return site.http.post(PATH, content=raw, headers={"X-Callsheet-Signature": f"sha256={signature}"})


def has_bounced(world: World) -> bool:
    return rows(world.database, sa.select(Participant.bounced_at))[0][0] is not None


def sent_id(world: World) -> str:
    name: str = rows(world.database, sa.select(SentMail.message_id))[0][0]
    return name


def test_signed_report_about_a_mail_of_ours_is_noted_once(bouncing: Site, world: World, outside: Outside) -> None:
    world.book()
    outside.deliver()
    raw = report(message_id=sent_id(world))

    assert post(bouncing, raw).json() == {"noted": True}
    assert has_bounced(world)
    assert post(bouncing, raw).json() == {"noted": False}


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha256=00", "nonsense", "sha256=\xfc"])
def test_report_without_the_right_signature_changes_nothing(
    bouncing: Site, world: World, outside: Outside, header: str | None
) -> None:
    world.book()
    outside.deliver()
    headers = {} if header is None else {"X-Callsheet-Signature": header.encode("latin-1")}
    answer = bouncing.http.post(PATH, content=report(message_id=sent_id(world)), headers=headers)

    assert answer.status_code == 403
    assert not has_bounced(world)
    assert post(bouncing, report(message_id=sent_id(world)), secret="x" * 32).status_code == 403


@pytest.mark.parametrize("raw", [b"", b"\xff\x00 nothing", b"Subject: Re: hello\n\nThanks!\n", report()])
def test_what_is_none_of_ours_is_answered_all_the_same(bouncing: Site, raw: bytes) -> None:
    answer = post(bouncing, raw)

    assert (answer.status_code, answer.json()) == (200, {"noted": False})


def test_more_than_a_report_can_be_is_refused(bouncing: Site) -> None:
    assert post(bouncing, b"x" * (bounces.LARGEST + 1)).status_code == 413


def test_without_a_secret_there_is_no_such_address(site: Site) -> None:
    assert post(site, report()).status_code == 404


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0, world={"workspaces": [], "calendars": []}) as running:
        yield running


def test_address_of_the_sandbox_that_returns_mail_bounces_all_the_way(
    world: World, build: Build, clock: MovableClock, sandbox: Sandbox
) -> None:
    site = build({**SETTINGS, "bounce_secret": sandbox.mail.report_secret})
    sender = Sender("Northwind", "research@northwind.example", "bounces@northwind.example")
    mailer = SmtpMailer(sandbox.smtp_url, sender, clock)
    sandbox.mail.report_to(f"{site.server.url}{PATH}")
    sandbox.mail.inbox.set_bounce("kai@example.com", "return")
    interview = world.book(email="kai@example.com")
    Outside.of(world.database, clock.now(), mailer=mailer).deliver()

    deadline = time.monotonic() + 10
    while not has_bounced(world) and time.monotonic() < deadline:
        time.sleep(0.02)
    (came,) = sandbox.mail.inbox.mails()
    assert came.sender == "bounces@northwind.example"
    assert has_bounced(world)
    assert world.get(interview.id).status == "upcoming"
