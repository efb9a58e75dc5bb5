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
from bot.integrations.ports import Calendar
from bot.metrics import Metrics
from bot.services.links import LinkExpired
from bot.settings import Settings
from bot.slack.installations import Installations, StoredInstallations
from bot.web import bounces, pages
from bot.web.access import AccessLog
from bot.web.booking_pages import BookingPages
from bot.web.bounces import BounceEndpoint
from bot.web.claim import ClaimPages
from bot.web.consent_pages import ConsentPages
from bot.web.google import GooglePush
from bot.web.health import Health, HealthPages
from bot.web.install import InstallPages
from bot.web.join_pages import JoinPages
from bot.web.participant import ParticipantPages
from bot.web.screener_pages import ScreenerPages
from bot.web.slack import SlackEndpoint
from bot.web.task_pages import TaskPages
from bot.web.unsubscribe import UnsubscribePages
from bot.web.visits import Visits
from storage.engine import Database

__all__ = ["Health", "WebParts", "web_app"]

ASKED_BY_MACHINES = frozenset({"/healthz", "/metrics", "/slack/events", "/google/push", bounces.PATH})


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the web app is made of. `health` may ask the database; `on_calendar_push` must return at once.

    Without a `calendar` bookings rest on what is known of the hosts' calendars.
    """

    settings: Settings
    database: Database
    clock: Clock
    metrics: Metrics
    bolt: App
    installations: Installations
    health: Callable[[], Health]
    on_calendar_push: Callable[[], None]
    calendar: Calendar | None = None


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
    # It would lead to the whole address, of which a proxy may not have told the scheme: a key that travels in the open.
    app.router.redirect_slashes = False
    return AccessLog(app, ASKED_BY_MACHINES)


def routes_of(parts: WebParts) -> list[BaseRoute]:
    """The addresses. Slack's payloads are taken only where a secret verifies their signatures: not in Socket Mode."""
    settings, database, clock = parts.settings, parts.database, parts.clock
    visits = Visits(database, clock, settings.public_url)
    routes = [
        *HealthPages(parts.metrics, parts.health).routes(),
        *ParticipantPages(visits).routes(),
        *BookingPages(visits, parts.calendar, has_mail=settings.has_mail).routes(),
        *ClaimPages(visits, parts.calendar).routes(),
        *ConsentPages(visits).routes(),
        *ScreenerPages(visits, has_mail=settings.has_mail).routes(),
        *TaskPages(visits).routes(),
        *JoinPages(visits, has_mail=settings.has_mail).routes(),
        *UnsubscribePages(visits).routes(),
        *GooglePush(database, clock, parts.on_calendar_push).routes(),
    ]
    if settings.bounce_secret is not None:
        routes += BounceEndpoint(database, clock, settings.bounce_secret.get_secret_value()).routes()
    if settings.transport == "http" and settings.slack_signing_secret is not None:
        routes += SlackEndpoint(parts.bolt).routes()
    if settings.wants_oauth and isinstance(parts.installations, StoredInstallations):
        routes += InstallPages(settings, parts.installations, database, clock).routes()
    return routes
