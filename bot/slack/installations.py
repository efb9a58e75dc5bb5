"""Where the bot's tokens come from: one from the settings, or one of each workspace that installed the app.

Both kinds are what Bolt asks for an authorisation (`bolt_app(..., authorize=installations)`) and what the gateway asks
for tokens. Neither calls Slack for it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.error import URLError

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth import InstallationStore, OAuthStateStore
from slack_sdk.oauth.installation_store import Bot, Installation
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.integrations.ports import Refused
from bot.services import workspaces
from bot.services.workspaces import NewInstallation
from bot.settings import Settings
from bot.slack.gateway import of_api_error, of_connection_error
from storage import installations
from storage.engine import Database

CONNECT_SECONDS = 10
CACHED_SECONDS = 60.0
STATE_LASTS = timedelta(minutes=10)
NOT_INSTALLED = "Callsheet is not installed in this workspace (any more)."
TOKEN_IS_DEAD = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})


@dataclass(frozen=True, slots=True)
class Connected:
    """The workspace that a token is for."""

    slack_team_id: str
    name: str
    bot_user_id: str


class Installations(Authorize, ABC):
    """The workspaces that the app is installed in. To call it is Bolt's question: as whom to act on a payload."""

    @abstractmethod
    def connect(self) -> Sequence[Connected]:
        """The workspaces. Raises Refused for a token that is not good, Unavailable when Slack can't be asked now."""

    @abstractmethod
    def bot_token(self, slack_team_id: str) -> str:
        """The workspace's bot token. Raises Refused when the app is not installed there (any more)."""


class SingleInstallation(Installations):
    """The one workspace whose bot token is in the settings. It is not known which before `connect`."""

    def __init__(self, bot_token: str, api_url: str) -> None:
        self._token = bot_token
        self._api_url = api_url
        self._connected: Connected | None = None
        self._result: AuthorizeResult | None = None

    def connect(self) -> Sequence[Connected]:
        """Ask Slack whose token it is. Raises Refused for a token that is not good, Unavailable to try again later."""
        client = WebClient(token=self._token, base_url=self._api_url, timeout=CONNECT_SECONDS, retry_handlers=[])
        try:
            answer = client.auth_test()
        except SlackApiError as error:
            failure = of_api_error("auth.test", error)
            if isinstance(failure, Refused) and failure.code in TOKEN_IS_DEAD:
                failure = Refused(
                    f"Slack does not take SLACK_BOT_TOKEN ({failure.code}). Copy it (xoxb-…) from the app's “OAuth & "
                    "Permissions”, and install the app to the workspace again if it was removed.",
                    failure.code,
                )
            raise failure from error
        except (SlackClientError, URLError, OSError, json.JSONDecodeError) as error:
            raise of_connection_error("auth.test", error) from error
        self._connected = Connected(answer["team_id"], answer["team"], answer["user_id"])
        self._result = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=self._connected.slack_team_id,
            bot_user_id=self._connected.bot_user_id,
            bot_id=answer.get("bot_id"),
            bot_token=self._token,
        )
        return (self._connected,)

    def bot_token(self, slack_team_id: str) -> str:
        """The token, if it is that workspace's. Raises Refused."""
        if self._connected is None or self._connected.slack_team_id != slack_team_id:
            raise Refused(NOT_INSTALLED)
        return self._token

    def __call__(self, **_about: Any) -> AuthorizeResult | None:
        """Bolt's question. Every payload is for the one installation, even if a stranger in a shared channel caused it:
        the listener decorator turns strangers away, in words of its own."""
        return self._result


class StoredInstallations(InstallationStore, Installations):
    """The workspaces that installed the app, each with a token that is encrypted at rest.

    A token is remembered for a minute; for longer while the database does not answer, so that people can be told. One
    that outlives its row by so much does no harm: Slack has revoked it. What is not installed is never remembered.
    """

    def __init__(
        self,
        database: Database,
        fernet_keys: Sequence[str],
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._fernet = MultiFernet([Fernet(key) for key in fernet_keys])
        self._clock = clock
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, AuthorizeResult]] = {}

    @property
    def logger(self) -> logging.Logger:
        """Where Bolt's parts write about installations."""
        return logging.getLogger(__name__)

    def connect(self) -> Sequence[Connected]:
        """The workspaces that have installed the app so far."""
        with self._database.reading() as session:
            return [Connected(*row) for row in installations.workspaces(session)]

    def bot_token(self, slack_team_id: str) -> str:
        """The workspace's bot token. Raises Refused when the app is not installed there (any more)."""
        result = self.authorization(slack_team_id)
        if result is None or result.bot_token is None:
            raise Refused(NOT_INSTALLED)
        return result.bot_token

    def __call__(self, *, team_id: str | None, **_about: Any) -> AuthorizeResult | None:
        """Bolt's question: as whom to act in the workspace."""
        return self.authorization(team_id) if team_id else None

    def authorization(self, slack_team_id: str) -> AuthorizeResult | None:
        """As whom to act in the workspace, None where the app is not installed."""
        known = self._cache.get(slack_team_id)
        if known is not None and self._monotonic() < known[0]:
            return known[1]
        try:
            installation = self._find(slack_team_id)
        except SQLAlchemyError:
            if known is None:
                raise
            self.logger.warning("the database does not answer: a workspace's token is used for longer")
            return known[1]
        if installation is None:
            self.forget(slack_team_id)
            return None
        result = AuthorizeResult(
            enterprise_id=installation.enterprise_id,
            team_id=slack_team_id,
            bot_user_id=installation.bot_user_id,
            bot_id=installation.bot_id,
            bot_token=installation.bot_token,
        )
        self._cache[slack_team_id] = (self._monotonic() + CACHED_SECONDS, result)
        return result

    def forget(self, slack_team_id: str) -> None:
        """Read the workspace's token anew the next time."""
        self._cache.pop(slack_team_id, None)

    def save(self, installation: Installation) -> None:
        """Keep what an installation brought, and make the installing user Admin.

        Raises BoltError for the installation in a whole organisation.
        """
        if installation.is_enterprise_install or installation.team_id is None or installation.bot_user_id is None:
            raise BoltError("Callsheet is installed in one workspace at a time, not in a whole organisation.")
        now, team_id = self._clock.now(), installation.team_id
        new = NewInstallation(
            team_id, installation.team_name or team_id, installation.bot_user_id, installation.user_id
        )
        with self._database.unit_of_work() as session:
            installations.keep(session, team_id, self._encrypted(installation), now)
            workspaces.install(session, new, now)
        self.forget(team_id)

    def find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot in the workspace."""
        found = self.find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002 - no tokens of users are asked for
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The installation in the workspace."""
        del enterprise_id
        return None if is_enterprise_install or team_id is None else self._find(team_id)

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the workspace's token."""
        self.delete_installation(enterprise_id=enterprise_id, team_id=team_id)

    def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget the workspace's token."""
        del enterprise_id, user_id
        if team_id is not None:
            with self._database.unit_of_work() as session:
                workspaces.uninstall(session, team_id)
            self.forget(team_id)

    def _find(self, slack_team_id: str) -> Installation | None:
        with self._database.reading() as session:
            document = installations.document(session, slack_team_id)
        if document is None:
            return None
        try:
            values = json.loads(self._fernet.decrypt(document))
        except InvalidToken:
            raise Refused(
                "A workspace's token can't be decrypted: CALLSHEET_ENCRYPTION_KEYS lacks the key that encrypted it."
            ) from None
        return Installation(**values)

    def _encrypted(self, installation: Installation) -> bytes:
        """What is needed of an installation, encrypted by the newest key. Users' tokens are not asked for, nor kept."""
        kept = {
            "app_id": installation.app_id,
            "enterprise_id": installation.enterprise_id,
            "team_id": installation.team_id,
            "team_name": installation.team_name,
            "bot_token": installation.bot_token,
            "bot_id": installation.bot_id,
            "bot_user_id": installation.bot_user_id,
            "bot_scopes": list(installation.bot_scopes or ()),
            "user_id": installation.user_id,
            "token_type": installation.token_type,
            "installed_at": self._clock.now().timestamp(),
        }
        return self._fernet.encrypt(json.dumps(kept).encode())


class StoredStates(OAuthStateStore):
    """The values that tie the answer of Slack's consent page to who asked: good once, for ten minutes; kept hashed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        """Where Bolt's parts write about states."""
        return logging.getLogger(__name__)

    def issue(self, *_args: Any, **_named: Any) -> str:
        """A new state."""
        state, now = secrets.token_urlsafe(32), self._clock.now()
        with self._database.unit_of_work() as session:
            installations.add_state(session, hashed(state), now + STATE_LASTS, now)
        return state

    def consume(self, state: str) -> bool:
        """Use a state up. False for one that was not issued, was used before or has expired."""
        with self._database.unit_of_work() as session:
            return installations.take_state(session, hashed(state), self._clock.now())


def installations_of(settings: Settings, database: Database, clock: Clock) -> Installations:
    """The one workspace whose token the settings hold, else those that install the app by themselves."""
    if settings.slack_bot_token is not None:
        return SingleInstallation(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    return StoredInstallations(database, settings.fernet_keys, clock)


def hashed(state: str) -> str:
    """What is stored of a state."""
    return hashlib.sha256(state.encode()).hexdigest()
