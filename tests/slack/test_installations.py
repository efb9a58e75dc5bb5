"""Tokens: whose they are, that they are encrypted, and what is said when they are gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from slack_bolt import App, BoltRequest
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation as SlackInstallation

from bot.integrations.ports import Refused, Unavailable
from bot.settings import load_settings
from bot.slack.installations import (
    CACHED_SECONDS,
    STATE_LASTS,
    Connected,
    SingleInstallation,
    StoredInstallations,
    StoredStates,
    installations_of,
)
from domain.roles import Role
from sandbox.server import Sandbox
from storage.engine import Database
from storage.models import Installation, Member, OAuthState, OutboxRow, Workspace
from tests.builders import SLACK_TEAM, World, rows
from tests.conftest import NOW
from tests.web.conftest import MovableClock

TEAM = "T0NORTH"
KEY = Fernet.generate_key().decode()


class Stopwatch:
    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0) as running:
        yield running


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def store(database: Database, clock: MovableClock) -> StoredInstallations:
    return StoredInstallations(database, [KEY], clock)


def installation(team: str | None = TEAM, token: str = "xoxb-north", user: str = "U0LENA") -> SlackInstallation:
    return SlackInstallation(
        app_id="A0",
        team_id=team,
        team_name="Northwind",
        bot_token=token,
        bot_id="B0",
        bot_user_id="U0BOT",
        bot_scopes="chat:write,commands",
        user_id=user,
        user_token="xoxp-not-asked-for",
    )


def find(store: StoredInstallations, team: str = TEAM) -> SlackInstallation | None:
    return store.find_installation(enterprise_id=None, team_id=team)


def test_single_token_tells_its_workspace(sandbox: Sandbox) -> None:
    single = SingleInstallation(sandbox.slack.bot_token("T0NORTHWND"), f"{sandbox.base_url}/slack/api/")
    with pytest.raises(Refused):
        single.bot_token("T0NORTHWND")

    (joined,) = single.connect()

    assert (joined.slack_team_id, joined.bot_user_id) == ("T0NORTHWND", sandbox.slack.bot_user("T0NORTHWND"))
    assert single.bot_token("T0NORTHWND") == sandbox.slack.bot_token("T0NORTHWND")
    result = single(team_id="T0STRANGER")
    assert result is not None
    assert (result.bot_token, result.bot_user_id) == (single.bot_token("T0NORTHWND"), joined.bot_user_id)
    with pytest.raises(Refused, match="not installed"):
        single.bot_token("T0ANOTHER")


def test_bad_single_token_names_the_setting(sandbox: Sandbox) -> None:
    single = SingleInstallation("xoxb-wrong", f"{sandbox.base_url}/slack/api/")

    with pytest.raises(Refused, match=r"does not take SLACK_BOT_TOKEN \(invalid_auth\)"):
        single.connect()


def test_slack_that_is_gone_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(Unavailable, match="can't be reached"):
        SingleInstallation("xoxb-1", f"http://127.0.0.1:{port}/api/").connect()


def test_stored_token_is_found_again_and_encrypted(store: StoredInstallations, database: Database) -> None:
    store.save(installation())

    assert store.bot_token(TEAM) == "xoxb-north"
    result = store(team_id=TEAM)
    assert result is not None
    assert (result.team_id, result.bot_id, result.bot_user_id) == (TEAM, "B0", "U0BOT")
    ((document,),) = rows(database, sa.select(Installation.document))
    assert b"xox" not in document
    assert "xoxp" not in Fernet(KEY).decrypt(document).decode()


def test_installing_user_becomes_admin(store: StoredInstallations, database: Database) -> None:
    store.save(installation())

    assert rows(database, sa.select(Workspace.slack_team_id, Workspace.name, Workspace.bot_user_id)) == [
        (TEAM, "Northwind", "U0BOT")
    ]
    assert rows(database, sa.select(Member.slack_user_id, Member.role)) == [("U0LENA", Role.ADMIN)]
    assert {"slack_member", "slack_members"} & {kind for (kind,) in rows(database, sa.select(OutboxRow.kind))}
    assert store.connect() == [Connected(TEAM, "Northwind", "U0BOT")]


def test_installing_again_keeps_one_row_and_makes_the_known_member_admin(
    world: World, store: StoredInstallations, database: Database
) -> None:
    store.save(installation(SLACK_TEAM, "xoxb-old", user=world.observer.slack_user_id))
    store.save(installation(SLACK_TEAM, "xoxb-new", user=world.observer.slack_user_id))

    assert store.bot_token(SLACK_TEAM) == "xoxb-new"
    assert rows(database, sa.select(sa.func.count(Installation.id))) == [(1,)]
    of_member = sa.select(Member.role).where(Member.slack_user_id == world.observer.slack_user_id)
    assert rows(database, of_member) == [(Role.ADMIN,)]


def test_whole_organisation_is_refused(store: StoredInstallations, database: Database) -> None:
    with pytest.raises(BoltError, match="one workspace at a time"):
        store.save(installation(team=None))

    assert rows(database, sa.select(Installation.id)) == []


def test_newest_key_encrypts_and_older_ones_still_open(
    store: StoredInstallations, database: Database, clock: MovableClock
) -> None:
    store.save(installation())
    newer = Fernet.generate_key().decode()

    turned = StoredInstallations(database, [newer, KEY], clock)
    assert turned.bot_token(TEAM) == "xoxb-north"
    turned.save(installation(token="xoxb-again"))

    assert StoredInstallations(database, [newer], clock).bot_token(TEAM) == "xoxb-again"


def test_lost_key_says_which_setting_to_look_at(
    store: StoredInstallations, database: Database, clock: MovableClock
) -> None:
    store.save(installation())

    with pytest.raises(Refused, match="CALLSHEET_ENCRYPTION_KEYS"):
        StoredInstallations(database, [Fernet.generate_key().decode()], clock).bot_token(TEAM)


def test_removed_installation_is_refused_at_once_here_and_soon_elsewhere(
    store: StoredInstallations, database: Database, clock: MovableClock
) -> None:
    watch = Stopwatch()
    elsewhere = StoredInstallations(database, [KEY], clock, watch)
    store.save(installation())
    assert store.bot_token(TEAM) == elsewhere.bot_token(TEAM) == "xoxb-north"

    store.delete_all(enterprise_id=None, team_id=TEAM)

    with pytest.raises(Refused, match="not installed"):
        store.bot_token(TEAM)
    watch.at += CACHED_SECONDS
    with pytest.raises(Refused, match="not installed"):
        elsewhere.bot_token(TEAM)
    assert store(team_id=TEAM) is None
    assert (find(store), store.connect()) == (None, [])


def test_token_is_read_once_a_minute(store: StoredInstallations, database: Database) -> None:
    store.save(installation())
    store.bot_token(TEAM)
    with database.unit_of_work() as session:
        session.execute(sa.delete(Installation))

    assert store.bot_token(TEAM) == "xoxb-north"


def test_a_known_token_serves_on_while_the_database_is_away_so_that_people_can_be_told(
    database: Database, clock: MovableClock
) -> None:
    watch = Stopwatch()
    store = StoredInstallations(database, [KEY], clock, watch)
    store.save(installation())
    store.bot_token(TEAM)
    watch.at += CACHED_SECONDS

    def fail(_connection: Any) -> None:
        raise sa.exc.OperationalError("BEGIN", {}, Exception("gone"))

    sa.event.listen(database.engine, "begin", fail)
    assert store.bot_token(TEAM) == "xoxb-north"
    with pytest.raises(sa.exc.OperationalError):
        store.bot_token("T0OTHER")
    sa.event.remove(database.engine, "begin", fail)


def test_bolt_asks_and_gets_the_workspaces_bot(store: StoredInstallations) -> None:
    store.save(installation())
    app = App(authorize=store, signing_secret="s", request_verification_enabled=False, process_before_response=True)
    app.command("/interview")(lambda ack, context: ack(f"{context.bot_token} {context.bot_user_id}"))

    answer = app.dispatch(
        BoltRequest(
            body=f"command=%2Finterview&team_id={TEAM}&user_id=U01&trigger_id=1",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
    )

    assert answer.body == "xoxb-north U0BOT"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_settings_decide_which_kind_it_is(database: Database, clock: MovableClock) -> None:
    single = load_settings(None, slack_bot_token="xoxb-1", slack_signing_secret="0" * 32)
    many = load_settings(
        None,
        slack_client_id="1.2",
        slack_client_secret="secret",
        slack_signing_secret="0" * 32,
        encryption_keys=KEY,
        public_url="https://callsheet.example",
    )

    assert isinstance(installations_of(single, database, clock), SingleInstallation)
    assert isinstance(installations_of(many, database, clock), StoredInstallations)


def test_state_is_good_once(database: Database, clock: MovableClock) -> None:
    states = StoredStates(database, clock)
    state = states.issue()

    ((kept,),) = rows(database, sa.select(OAuthState.value_hash))
    assert state not in kept
    assert [states.consume(state), states.consume(state), states.consume("made up")] == [True, False, False]


def test_state_runs_out_and_is_forgotten(database: Database, clock: MovableClock) -> None:
    states = StoredStates(database, clock)
    state = states.issue()
    clock.advance(STATE_LASTS + timedelta(seconds=1))

    assert not states.consume(state)
    states.issue()
    assert rows(database, sa.select(sa.func.count(OAuthState.value_hash))) == [(1,)]
