"""The app as its manifest declares it: commands, shortcuts, scopes, events and what of App Home is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = ("channels", "groups", "im", "mpim")
ALL_SCOPES = frozenset(
    {
        *(
            "app_mentions:read",
            "channels:join",
            "chat:write",
            "chat:write.public",
            "commands",
            "im:write",
            "mpim:write",
        ),
        *("files:read", "files:write", "team:read", "users:read", "users:read.email"),
        *(f"{kind}:read" for kind in _KINDS),
        *(f"{kind}:history" for kind in _KINDS),
    }
)
"""What an app without a manifest is granted: every scope that the sandbox knows."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command. `should_escape` turns mentions in its text into ids; `url` is where HTTP delivery sends it."""

    command: str
    description: str
    usage_hint: str = ""
    should_escape: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A global or a message shortcut."""

    type: str
    name: str
    callback_id: str


@dataclass(frozen=True, slots=True)
class App:
    """What the app may do and what reaches it. `events` is None when every event does."""

    id: str
    name: str
    bot_name: str
    commands: Mapping[str, Command]
    shortcuts: Mapping[str, Shortcut]
    scopes: frozenset[str]
    events: frozenset[str] | None
    redirect_urls: tuple[str, ...] = ()
    interactive: bool = True
    home_tab: bool = True
    messages_tab: bool = True

    def hears(self, event: str) -> bool:
        """Whether the app subscribes to a bot event such as `message.im`."""
        return self.events is None or event in self.events


def app_from_manifest(app_id: str, manifest: Mapping[str, Any] | None) -> App:
    """The app of a parsed manifest (Slack's v2 shape). Without one: no commands, every scope, every event."""
    if manifest is None:
        return App(app_id, "Sandbox app", "Sandbox app", {}, {}, ALL_SCOPES, None)
    features = manifest.get("features", {})
    settings = manifest.get("settings", {})
    oauth = manifest.get("oauth_config", {})
    home = features.get("app_home", {})
    name = manifest["display_information"]["name"]
    commands = [
        Command(
            each["command"],
            each.get("description", ""),
            each.get("usage_hint", ""),
            each.get("should_escape", False),
            each.get("url"),
        )
        for each in features.get("slash_commands", [])
    ]
    shortcuts = [Shortcut(each["type"], each["name"], each["callback_id"]) for each in features.get("shortcuts", [])]
    return App(
        id=app_id,
        name=name,
        bot_name=features.get("bot_user", {}).get("display_name", name),
        commands={each.command: each for each in commands},
        shortcuts={each.callback_id: each for each in shortcuts},
        scopes=frozenset(oauth.get("scopes", {}).get("bot", [])),
        events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", [])),
        redirect_urls=tuple(oauth.get("redirect_urls", [])),
        interactive=settings.get("interactivity", {}).get("is_enabled", False),
        home_tab=home.get("home_tab_enabled", False),
        messages_tab=home.get("messages_tab_enabled", True),
    )
