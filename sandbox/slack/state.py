"""Everything that the sandbox's Slack knows, and how its parts tell that something changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.bus import Bus
from sandbox.clock import SandboxClock
from sandbox.slack.app import app_from_manifest
from sandbox.slack.errors import ControlError
from sandbox.slack.tickets import ResponseUrls, Triggers
from sandbox.slack.workspace import Channel, Json, User, Workspace, load_workspace, new_workspace

_SECRETS = ("client_id", "client_secret", "signing_secret", "app_token", "verification_token")


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed to install the app: what a code is exchanged for."""

    team: str
    user: str
    redirect_uri: str | None
    scopes: frozenset[str]


def _nobody_listens(workspace: Workspace, event: Json) -> None:
    """Where events go until the deliveries are there."""


class SlackState:
    """The workspaces, the app and its secrets. Lives in the server's event loop; `dump` may be called elsewhere."""

    def __init__(
        self,
        clock: SandboxClock,
        bus: Bus,
        changed: Callable[[], None],
        base_url: str,
        manifest: Mapping[str, Any] | None,
    ) -> None:
        self.clock = clock
        self.base_url = base_url
        self.app = app_from_manifest("A0CALLSHEET", manifest)
        self.workspaces: dict[str, Workspace] = {}
        self.triggers = Triggers()
        self.response_urls = ResponseUrls(base_url)
        self.socket_tickets: set[str] = set()
        self.consents: dict[str, Consent] = {}
        self.emit: Callable[[Workspace, Json], None] = _nobody_listens
        self.client_id = f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**12):012d}"
        self.client_secret = secrets.token_hex(16)
        self.signing_secret = secrets.token_hex(16)
        self.app_token = f"xapp-1-{self.app.id}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(32)}"
        self.verification_token = secrets.token_urlsafe(18)
        self._bus = bus
        self._changed = changed
        self._last_ts = 0
        self._revoked: set[str] = set()

    def ts(self) -> str:
        """A new timestamp of the sandbox's clock, later than all before: a message's id."""
        self._last_ts = max(self._last_ts + 1, int(self.clock.now().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def unix(self) -> int:
        """The sandbox's present in whole seconds."""
        return int(self.clock.now().timestamp())

    def touch(self, workspace: Workspace, kind: str, **details: str) -> None:
        """Something changed: keep it, and tell the pages. `kind` is message, view, home or channel."""
        self._changed()
        self._bus.publish("slack", team=workspace.id, kind=kind, **details)

    def add_workspace(self, world: Mapping[str, Any]) -> Workspace:
        """Add a workspace, described as `new_workspace` says."""
        workspace = new_workspace(world, self.app.bot_name, self.app.scopes, self.unix())
        self.workspaces[workspace.id] = workspace
        self._changed()
        return workspace

    def workspace(self, team: str) -> Workspace:
        """The workspace for the control API."""
        if team not in self.workspaces:
            raise ControlError(f"There is no workspace {team}.", 404)
        return self.workspaces[team]

    def user(self, workspace: Workspace, user: Any) -> User:
        """The user who acts in the control API."""
        found = workspace.users.get(user) if isinstance(user, str) else None
        if found is None:
            raise ControlError(f"There is no user {user} in {workspace.name}.", 404)
        return found

    def channel(self, workspace: Workspace, channel: Any, user: User) -> Channel:
        """The channel in which a user acts in the control API: one that they can see."""
        found = workspace.channels.get(channel) if isinstance(channel, str) else None
        if found is None or not workspace.shows(found, user):
            raise ControlError(f"{user.name} sees no channel {channel}.", 404)
        return found

    def installed_with(self, token: str) -> Workspace | None:
        """The workspace that the bot token belongs to, if it is still good."""
        return next((w for w in self.workspaces.values() if w.installed and w.bot_token == token), None)

    def was_revoked(self, token: str) -> bool:
        return token in self._revoked

    def revoke(self, workspace: Workspace) -> None:
        """Take the app out of the workspace: its token is dead from now on."""
        workspace.installed = False
        self._revoked.add(workspace.bot_token)
        self._changed()

    def dump(self) -> Json:
        """The state as plain JSON data."""
        return {
            "secrets": {name: getattr(self, name) for name in _SECRETS},
            "last_ts": self._last_ts,
            "revoked": sorted(self._revoked),
            "workspaces": [workspace.dump() for workspace in list(self.workspaces.values())],
        }

    def load(self, data: Mapping[str, Any]) -> None:
        """Take over a state that `dump` gave. The scopes stay those that were granted when the app was installed."""
        for name, value in data["secrets"].items():
            setattr(self, name, value)
        self._last_ts = data["last_ts"]
        self._revoked = set(data["revoked"])
        self.workspaces = {each["id"]: load_workspace(each) for each in data["workspaces"]}
