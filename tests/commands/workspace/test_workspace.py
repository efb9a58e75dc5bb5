"""Events about the workspace itself: the app removed, people changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize

from bot.commands.workspace import CAPABILITIES
from bot.metrics import Metrics
from bot.slack.bolt import bolt_app
from bot.slack.gateway import SlackGateway
from bot.slack.installations import SingleInstallation
from bot.slack.listener import Surroundings
from domain.roles import Role
from storage import installations
from storage.models import Member
from tests.builders import SLACK_TEAM, World, rows
from tests.web.conftest import MovableClock

_numbers = itertools.count(1)


@dataclass
class Events:
    """Events as Slack sends them, dispatched to the capabilities of this package."""

    app: App
    world: World

    def send(self, kind: str, team: str = SLACK_TEAM, **event: Any) -> int:
        body = {
            "type": "event_callback",
            "team_id": team,
            "event_id": f"Ev{next(_numbers)}",
            "event": {"type": kind, **event},
        }
        return int(self.app.dispatch(BoltRequest(body=body, mode="socket_mode")).status)

    def token(self) -> bytes | None:
        with self.world.database.reading() as session:
            return installations.document(session, SLACK_TEAM)

    def member(self, slack_user_id: str) -> Any:
        found = rows(
            self.world.database,
            sa.select(Member.name, Member.email, Member.time_zone, Member.role, Member.is_active).where(
                Member.slack_user_id == slack_user_id
            ),
        )
        return tuple(found[0]) if found else None


class Everywhere(Authorize):
    """An app that is installed in every workspace."""

    def __call__(self, *, team_id: str | None, **_about: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_user_id="U0BOT", bot_token="xoxb-1")


@pytest.fixture
def events(world: World) -> Iterator[Events]:
    with world.database.unit_of_work() as session:
        installations.keep(session, SLACK_TEAM, b"encrypted", world.now)
    api_url = "http://127.0.0.1:1/api/"
    gateway = SlackGateway(SingleInstallation("xoxb-1", api_url), api_url)
    around = Surroundings(world.database, MovableClock(world.now), gateway, Metrics(), public_url=None, has_mail=False)
    with ThreadPoolExecutor(1) as executor:
        app = bolt_app(CAPABILITIES, around, authorize=Everywhere(), signing_secret=None, executor=executor)
        yield Events(app, world)


def test_removed_app_forgets_its_tokens_and_nothing_else(events: Events) -> None:
    assert events.send("app_uninstalled") == 200

    assert events.token() is None
    assert events.world.workspace().slack_team_id == SLACK_TEAM


def test_removal_is_heard_where_callsheet_never_was_and_twice(events: Events) -> None:
    assert events.send("app_uninstalled", team="T0UNKNOWN") == 200
    assert events.send("app_uninstalled") == 200
    assert events.send("app_uninstalled") == 200

    assert events.token() is None


def test_revoked_bot_token_is_forgotten_a_users_is_none_of_ours(events: Events) -> None:
    assert events.send("tokens_revoked", tokens={"oauth": ["U01"], "bot": []}) == 200
    assert events.token() is not None

    assert events.send("tokens_revoked", tokens={"bot": ["U0BOT"]}) == 200
    assert events.token() is None


def person(slack_user_id: str, **values: Any) -> dict[str, Any]:
    profile = {"real_name": "Mei Ling Tan", "display_name": "mei", "email": "Mei@Northwind.example"}
    return {
        "id": slack_user_id,
        "team_id": SLACK_TEAM,
        "name": "meiling",
        "tz": "Asia/Singapore",
        "deleted": False,
        "is_bot": False,
        "profile": profile,
        **values,
    }


def test_changed_profile_is_kept_and_the_role_stays(events: Events) -> None:
    researcher = events.world.researcher.slack_user_id

    assert events.send("user_change", user=person(researcher)) == 200

    assert events.member(researcher) == (
        "Mei Ling Tan",
        "mei@northwind.example",
        "Asia/Singapore",
        Role.RESEARCHER,
        True,
    )


def test_who_joins_the_workspace_is_an_observer_until_given_a_role(events: Events) -> None:
    assert events.send("team_join", user=person("U0NEW")) == 200

    assert events.member("U0NEW")[3:] == (Role.OBSERVER, True)


def test_who_leaves_the_workspace_may_do_nothing_any_more(events: Events) -> None:
    researcher = events.world.researcher.slack_user_id

    events.send("user_change", user=person(researcher, deleted=True))

    assert events.member(researcher)[4] is False


@pytest.mark.parametrize("values", [{"is_bot": True}, {"team_id": "T0OTHER"}, {"is_stranger": True}])
def test_bots_and_strangers_are_not_kept(events: Events, values: dict[str, Any]) -> None:
    assert events.send("user_change", user=person("U0ELSE", **values)) == 200

    assert events.member("U0ELSE") is None
