"""Participants' pages, address by address: which links open them, what is read there, and what they can change."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from starlette.routing import Route

from bot.metrics import Metrics
from bot.settings import load_settings
from bot.slack.installations import SingleInstallation, StoredInstallations
from bot.web.app import Health, WebParts, routes_of, web_app
from bot.web.times_view import INSTANT
from domain.person import LinkPurpose
from storage import calendars
from storage.engine import Database
from tests.asgi import ask
from tests.builders import World
from tests.conftest import NOW
from tests.permissions.site import SECRET
from tests.permissions.visitors import OUTSIDE, STAFF, Studies, Visitor
from tests.web.conftest import MAIL, SIGNING_SECRET, MovableClock, plain_bolt

PAGE, UNSUBSCRIBE, CLAIM, SCREENER, TASK, FINISH = LinkPurpose
SHARE = "public link"
BOUNCE_SECRET = "a-secret-for-reports-of-bounced-mail"
GONE = 410

OPENED_BY: dict[str, set[object]] = {
    "s": {PAGE},
    "c": {CLAIM},
    "q": {SCREENER},
    "t": {TASK},
    "f": {FINISH},
    "u": {UNSUBSCRIBE, PAGE, SCREENER, TASK},
    "j": {SHARE},
}
"""Which links open a page, by how its path begins."""
PAGES = (
    "GET /s/{token}",
    "GET /s/{token}/confirm",
    "POST /s/{token}/confirm",
    "GET /s/{token}/cancel",
    "POST /s/{token}/cancel",
    "GET /s/{token}/session.ics",
    "GET /s/{token}/times",
    "GET /s/{token}/book",
    "POST /s/{token}/book",
    "GET /s/{token}/booked",
    "GET /s/{token}/wait",
    "POST /s/{token}/wait",
    "GET /s/{token}/wait/leave",
    "POST /s/{token}/wait/leave",
    "GET /c/{token}",
    "POST /c/{token}",
    "GET /q/{token}",
    "POST /q/{token}",
    "GET /q/{token}/kept",
    "GET /q/{token}/on",
    "POST /q/{token}/on",
    "GET /t/{token}",
    "GET /t/{token}/start",
    "POST /t/{token}/start",
    "GET /t/{token}/done",
    "POST /t/{token}/done",
    *(f"{method} /{kind}/{{token}}/consent" for kind in "scqt" for method in ("GET", "POST")),
    "GET /f/{token}",
    "GET /u/{token}",
    "POST /u/{token}",
    "GET /j/{token}",
    "POST /j/{token}",
)

LEADS_ON = {
    "GET /s/{token}/confirm",
    "GET /s/{token}/wait",
    "GET /s/{token}/wait/leave",
    "GET /q/{token}/on",
    "GET /t/{token}/start",
    "GET /t/{token}/done",
}
"""Addresses of forms. Looked at, they lead to the page of the same link, whatever that is: it is asked there."""
CHANGES_BY_GET = {"GET /f/{token}"}
"""Where tools send people back: see docs/decisions/0010-links-out.md."""

MACHINES = {
    "GET /healthz": "whether all is well, for everybody",
    "GET /metrics": "figures of no one person, for everybody",
    "POST /slack/events": "signed by Slack",
    "POST /google/push": "with the token that Google was given; others are answered the same",
    "POST /mail/bounces": "signed by the secret for bounces",
    "GET /slack/install": "leads to Slack, for everybody",
    "GET /slack/oauth_redirect": "with a state that was given out, and its cookie",
}


@dataclass
class Web:
    """A copy of a database with three visitors, one of another workspace, and the web app before it."""

    path: Path
    template: Path
    database: Database
    bolt: Any
    me: Visitor
    others: tuple[Visitor, ...]
    share: str
    host_id: int
    pushes: list[int] = field(default_factory=list)

    def parts(self, **settings: Any) -> WebParts:
        given = {"slack_signing_secret": SIGNING_SECRET, "slack_bot_token": "xoxb-1", **MAIL, **settings}
        loaded = load_settings(None, database_url=self.database.url.render_as_string(hide_password=False), **given)
        key = Fernet.generate_key().decode()
        clock = MovableClock(NOW)
        stored = StoredInstallations(self.database, [key], clock)
        return WebParts(
            settings=loaded,
            database=self.database,
            clock=clock,
            metrics=Metrics(),
            bolt=self.bolt,
            installations=stored if loaded.wants_oauth else SingleInstallation("xoxb-1", loaded.slack_api_url),
            health=lambda: Health(database=True),
            on_calendar_push=lambda: self.pushes.append(1),
        )

    @cached_property
    def everything(self) -> WebParts:
        """With all that can be set up."""
        oauth = {
            "slack_client_id": "1.2",
            "slack_client_secret": "s",
            "encryption_keys": Fernet.generate_key().decode(),
        }
        return self.parts(bounce_secret=BOUNCE_SECRET, public_url="https://call.example", slack_bot_token=None, **oauth)

    def ask(self, *requests: tuple[str, str, Mapping[str, Any]]) -> list[httpx.Response]:
        """The answers to requests, each a method, a path and what else httpx is given."""
        return ask(web_app(self.everything), "http://call.example", *requests)

    def changes(self) -> int:
        """A number that is another one once anything was written."""
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    def start_afresh(self) -> None:
        self.database.dispose()
        for leftover in (f"{self.path}-wal", f"{self.path}-shm"):
            Path(leftover).unlink(missing_ok=True)
        shutil.copy(self.template, self.path)
        self.watch = sqlite3.connect(self.path)


@pytest.fixture(scope="module")
def web_built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("pages")
    template, path = folder / "template.db", folder / "callsheet.db"
    shutil.copy(sqlite_template, template)
    filling = Database(f"sqlite:///{template}")
    here = Studies.build(World.build(filling, NOW), "share-here")
    there = Studies.build(World.build(filling, NOW, "T0OTHER"), "share-there")
    me, other = Visitor.build(here, "Aster", 3), Visitor.build(here, "Birch", 4)
    stranger = Visitor.build(there, "Cedar", 3)
    filling.dispose()
    database = Database(f"sqlite:///{path}")
    yield Web(path, template, database, plain_bolt(), me, (other, stranger), here.share, here.world.admin.member_id)
    database.dispose()


@pytest.fixture
def web(web_built: Web) -> Iterator[Web]:
    """As it was built: what the test before has changed is gone."""
    web_built.start_afresh()
    yield web_built
    web_built.watch.close()


def form(visitor: Visitor) -> dict[str, str]:
    """A body in which every form finds what it asks for."""
    at = visitor.session_at.strftime(INSTANT)
    times = {"at": at, "from": at}
    answers = {"version": "1", "agree": "on", "part": "1", "q0": "Buyer", "q1": "yes", "go": "next", "reason": ""}
    return {**times, **answers, "first": "New", "last": "Comer", "email": "new@example.com"}


def opened_by(row: str) -> set[object]:
    return OPENED_BY[row.split("/")[1]]


def request(row: str, token: str, visitor: Visitor) -> tuple[str, str, Mapping[str, Any]]:
    method, _, path = row.partition(" ")
    given = {"data": form(visitor)} if method == "POST" else {"params": {"at": form(visitor)["at"]}}
    return method, path.replace("{token}", token), given


def of(parts: WebParts) -> set[str]:
    routes = [route for route in routes_of(parts) if isinstance(route, Route)]
    return {f"{method} {route.path}" for route in routes for method in (route.methods or ()) if method != "HEAD"}


def test_no_address_is_missing_and_none_is_left_over(web: Web) -> None:
    """A new one needs a row above: which links open it, or by what a machine is known there."""
    assert of(web.everything) == set(PAGES) | set(MACHINES)


def test_what_is_not_set_up_has_no_address(web: Web) -> None:
    absent = set(MACHINES) - of(web.parts(slack_app_token="xapp-1", slack_signing_secret=None))
    assert absent == {"POST /slack/events", "POST /mail/bounces", "GET /slack/install", "GET /slack/oauth_redirect"}


@pytest.mark.parametrize("row", PAGES)
def test_a_page_is_closed_to_every_link_that_is_not_for_it(web: Web, row: str) -> None:
    """What such a link's holder reads names nobody and nothing, and nothing is changed."""
    me = web.me
    keys: dict[object, str] = {**me.live, SHARE: web.share}
    wrong = {key: token for key, token in keys.items() if key not in opened_by(row)}
    dead = {key: token for key, token in me.dead.items() if key != (UNSUBSCRIBE, "expired")}
    tried = {**wrong, **dead, "unknown": "no-such-link", "hash": links_hash(me.live[PAGE])}
    before = web.changes()
    answers = web.ask(*(request(row, token, me) for token in tried.values()))
    for key, answer in zip(tried, answers, strict=True):
        assert answer.status_code == (303 if row in LEADS_ON else GONE), key
        assert not any(word in answer.text for word in (SECRET, STAFF, OUTSIDE, me.surname, "example.com")), key
    assert web.changes() == before


@pytest.mark.parametrize("row", PAGES)
def test_a_page_opens_to_links_for_it_and_is_about_their_person_alone(web: Web, row: str) -> None:
    """Nothing is read there of others, nor what only the team may read; what is done there is done to nobody else."""
    me = web.me
    keys: dict[object, str] = {**me.live, SHARE: web.share}
    before, theirs = web.changes(), [other.rows(web.database) for other in web.others]
    for answer in web.ask(*(request(row, keys[key], me) for key in opened_by(row))):
        assert answer.status_code in (200, 303, 409, 422), answer.text
        others = [other.surname for other in web.others]
        assert not any(word in answer.text for word in (*others, STAFF)), answer.text
    assert [other.rows(web.database) for other in web.others] == theirs
    if row.startswith("GET") and row not in CHANGES_BY_GET:
        assert web.changes() == before


def test_an_opting_out_link_works_for_ever(web: Web) -> None:
    (answer,) = web.ask(request("GET /u/{token}", web.me.dead[UNSUBSCRIBE, "expired"], web.me))
    assert answer.status_code == 200


def links_hash(token: str) -> str:
    """What the database knows of a link: whoever reads that has no key."""
    return hashlib.sha256(token.encode()).hexdigest()


def slack_signature(secret: str, body: str) -> dict[str, str]:
    at = str(int(time.time()))
    made = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={made}"}


def test_slack_and_bounces_are_taken_by_their_signature_alone(web: Web) -> None:
    body = "command=%2Fstudy"
    report = hmac.new(BOUNCE_SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    tries = {
        ("/slack/events", 401): ({}, slack_signature("another secret", body), {"x-slack-request-timestamp": "1"}),
        ("/slack/events", 404): (slack_signature(SIGNING_SECRET, body),),
        ("/mail/bounces", 403): ({}, {"x-callsheet-signature": "sha256=0"}, {"x-callsheet-signature": report}),
        ("/mail/bounces", 200): ({"x-callsheet-signature": f"sha256={report}"},),
    }
    for (path, status), headers in tries.items():
        answers = web.ask(*(("POST", path, {"content": body, "headers": each}) for each in headers))
        assert [answer.status_code for answer in answers] == [status] * len(headers), path


def test_google_is_heard_by_the_token_that_it_was_given_and_always_answered_the_same(web: Web) -> None:
    with web.database.unit_of_work() as session:
        feed = calendars.connect(session, web.host_id, "ines@northwind.example", NOW)
        feed.channel_id, feed.channel_token = "channel", "token"
    web.pushes.clear()
    guesses = ({}, {"id": "channel"}, {"id": "channel", "token": "guess"}, {"id": "another", "token": "token"})
    answers = [notice(web, guess) for guess in guesses]
    assert web.pushes == []
    answers.append(notice(web, {"id": "channel", "token": "token"}))
    assert len(web.pushes) == 1
    assert {(answer.status_code, answer.text) for answer in answers} == {(204, "")}


def notice(web: Web, channel: Mapping[str, str]) -> httpx.Response:
    headers = {f"x-goog-channel-{name}": value for name, value in channel.items()}
    return web.ask(("POST", "/google/push", {"headers": headers}))[0]


def test_what_everybody_may_ask_for_names_nobody(web: Web) -> None:
    """Nor is the app installed by whoever comes back from nowhere."""
    asked = [row for row in MACHINES if row.startswith("GET")]
    answers = dict(zip(asked, web.ask(*(("GET", row.removeprefix("GET "), {}) for row in asked)), strict=True))
    for row, answer in answers.items():
        assert not any(word in answer.text for word in (SECRET, STAFF, OUTSIDE)), row
    assert "was not added" in answers["GET /slack/oauth_redirect"].text
    assert answers["GET /slack/install"].status_code == 302
