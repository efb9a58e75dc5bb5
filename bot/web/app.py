"""The web app: which addresses there are, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt import App
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot.clock import Clock
from bot.metrics import Metrics
from bot.services.links import LinkExpired
from bot.settings import Settings
from bot.slack.installations import Installations, StoredInstallations
from bot.web import pages
from bot.web.access import AccessLog
from bot.web.google import GooglePush
from bot.web.health import Health, HealthPages
from bot.web.install import InstallPages
from bot.web.participant import ParticipantPages
from bot.web.slack import SlackEndpoint
from storage.engine import Database

__all__ = ["Health", "WebParts", "web_app"]

ASKED_BY_MACHINES = frozenset({"/healthz", "/metrics", "/slack/events", "/google/push"})


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the web app is made of. `health` may ask the database; `on_calendar_push` must return at once."""

    settings: Settings
    database: Database
    clock: Clock
    metrics: Metrics
    bolt: App
    installations: Installations
    health: Callable[[], Health]
    on_calendar_push: Callable[[], None]


def web_app(parts: WebParts) -> ASGIApp:
    """The ASGI app."""
    app = Starlette(
        routes=routes_of(parts),
        exception_handlers={
            HTTPException: pages.refusal,
            LinkExpired: pages.expired,
            Exception: pages.failure,
        },
    )
    return AccessLog(app, ASKED_BY_MACHINES)


def routes_of(parts: WebParts) -> list[BaseRoute]:
    """The addresses. Slack's payloads are taken only where a secret verifies their signatures: not in Socket Mode."""
    settings, database, clock = parts.settings, parts.database, parts.clock
    routes = [
        *HealthPages(parts.metrics, parts.health).routes(),
        *ParticipantPages(database, clock, settings.public_url).routes(),
        *GooglePush(database, clock, parts.on_calendar_push).routes(),
    ]
    if settings.transport == "http" and settings.slack_signing_secret is not None:
        routes += SlackEndpoint(parts.bolt).routes()
    if settings.wants_oauth and isinstance(parts.installations, StoredInstallations):
        routes += InstallPages(settings, parts.installations, database, clock).routes()
    return routes
