"""The composition root: builds everything there is, starts it in order, and stops it in the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from slack_bolt import App

from bot.clock import Clock, SystemClock
from bot.commands import CAPABILITIES
from bot.deliveries.handlers import HANDLERS
from bot.deliveries.tools import Tools
from bot.deliveries.worker import DeliveryWorker
from bot.integrations.google_calendar import GoogleCalendar
from bot.integrations.ports import Calendar, Mailer, Unavailable
from bot.jobs.scheduler import Ticks
from bot.jobs.ticks import ticks_of
from bot.mailing import mailer_of
from bot.metrics import Metrics, OutboxReading
from bot.services import outgoing
from bot.settings import Settings
from bot.slack.bolt import bolt_app
from bot.slack.gateway import SlackGateway
from bot.slack.installations import Installations, installations_of
from bot.slack.listener import Surroundings
from bot.slack.socket import Socket, keep_trying
from bot.web.app import Health, WebParts, web_app
from bot.web.server import PortTaken, WebServer
from storage import members, migrate, outbox
from storage.engine import Database

LISTENER_THREADS = 32
log = logging.getLogger(__name__)


class Part(StrEnum):
    """What of the bot a process is: all of it, or one of two halves that share a database."""

    WEB = "web"
    WORKER = "worker"


@dataclass
class Callsheet:
    """The whole bot in one process. `start` returns when it can be reached; `stop` finishes what is in hand."""

    settings: Settings
    clock: Clock
    parts: frozenset[Part]
    database: Database
    metrics: Metrics
    installations: Installations
    slack: SlackGateway
    bolt: App
    executor: ThreadPoolExecutor
    socket: Socket | None
    web: WebServer
    worker: DeliveryWorker
    ticks: Ticks
    calendar: Calendar | None
    mailer: Mailer | None

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._joining = threading.Thread(target=self._join_slack, name="join-slack", daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Migrate, open the web pages, join Slack (in the background: it may be gone), start working.

        Raises PortTaken, with everything closed again, when another program has the port of the pages.
        """
        migrate.upgrade(self.database)
        try:
            self.web.start()
        except PortTaken:
            self.stop()
            raise
        self._joining.start()
        if Part.WORKER in self.parts:
            self.worker.start()
            self.ticks.start()

    def stop(self) -> None:
        """Take nothing more, finish what is in hand, close."""
        self._stopping.set()
        if self.socket is not None:
            self.socket.close()
        self.web.stop()
        if self._joining.is_alive():
            self._joining.join(timeout=1)
        if Part.WORKER in self.parts:
            self.ticks.stop()
            self.worker.stop()
        if self.calendar is not None:
            self.calendar.close()
        if self.mailer is not None:
            self.mailer.close()
        self.executor.shutdown(wait=True)
        self.database.dispose()

    def wake(self) -> None:
        """The clock was moved: sweep and deliver what is due now."""
        self.ticks.run_soon()
        self.worker.wake()

    def joined(self, seconds: float) -> bool:
        """Whether Slack was joined, after waiting for it that long. Raises what made it hopeless."""
        self._joining.join(seconds)
        if self.failure is not None:
            raise self.failure
        return not self._joining.is_alive()

    def _join_slack(self) -> None:
        try:
            keep_trying(self._join_slack_once, self._stopping, log)
        except BaseException as error:
            self.failure = error
            log.error("Slack can't be joined: %s. See `callsheet doctor`.", error)

    def _join_slack_once(self) -> None:
        try:
            joined = self.installations.connect()
        except Unavailable as error:
            raise OSError(error.why) from error
        now = self.clock.now()
        with self.database.unit_of_work() as session:
            for team in joined:
                workspace = members.add_workspace(session, team.slack_team_id, team.name, team.bot_user_id, now)
                outgoing.refresh_members(session, workspace.id, team.slack_team_id, now)
        if self.socket is not None and Part.WEB in self.parts:
            self.socket.connect()


def build(settings: Settings, clock: Clock | None = None, parts: Sequence[Part] = tuple(Part)) -> Callsheet:
    """Everything, put together from the settings. Nothing is started."""
    clock = clock or SystemClock()
    database, metrics = Database(settings.database_url.get_secret_value()), Metrics()
    installations = installations_of(settings, database, clock)
    slack = SlackGateway(
        installations, settings.slack_api_url, lambda method, status: metrics.slack_calls.labels(method, status).inc()
    )
    calendar, mailer = calendar_of(settings), mailer_of(settings, clock)
    around = Surroundings(database, clock, slack, metrics, settings.public_url, has_mail=mailer is not None)
    executor = ThreadPoolExecutor(LISTENER_THREADS, thread_name_prefix="listener")
    secret = settings.slack_signing_secret
    bolt = bolt_app(
        CAPABILITIES,
        around,
        authorize=installations,
        signing_secret=secret.get_secret_value() if secret else None,
        executor=executor,
    )
    token = settings.slack_app_token
    socket = Socket(bolt, token.get_secret_value(), settings.slack_api_url) if token else None
    tools = Tools(database, clock, slack, calendar, mailer, settings.public_url, settings.mails_per_minute)
    worker = DeliveryWorker(tools, HANDLERS, metrics)
    ticks = Ticks(ticks_of(tools, metrics), metrics)
    metrics.watch_outbox(lambda: read_outbox(database, clock))
    if socket is not None:
        metrics.watch_socket(socket.is_connected)

    def health() -> Health:
        return Health(
            database=answers(database),
            slack=socket is None or Part.WEB not in parts or socket.is_connected(),
            outbox=Part.WORKER not in parts or worker.is_alive(),
        )

    web = WebServer(
        web_app(
            WebParts(
                settings=settings,
                database=database,
                clock=clock,
                metrics=metrics,
                bolt=bolt,
                installations=installations,
                health=health,
                on_calendar_push=lambda: ticks.run_soon("calendars"),
                calendar=calendar,
            )
        ),
        settings.host,
        settings.port,
    )
    return Callsheet(
        settings=settings,
        clock=clock,
        parts=frozenset(parts),
        database=database,
        metrics=metrics,
        installations=installations,
        slack=slack,
        bolt=bolt,
        executor=executor,
        socket=socket,
        web=web,
        worker=worker,
        ticks=ticks,
        calendar=calendar,
        mailer=mailer,
    )


def calendar_of(settings: Settings) -> Calendar | None:
    """Google Calendar through the service account, if one is set up."""
    key = settings.google_key
    return GoogleCalendar(key, settings.google_api_endpoint) if key is not None else None


def answers(database: Database) -> bool:
    """Whether the database answers."""
    try:
        with database.reading() as session:
            session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def read_outbox(database: Database, clock: Clock) -> OutboxReading | None:
    """How the outbox stands, for the metrics; None when the database does not answer."""
    try:
        with database.reading() as session:
            oldest: Any = outbox.next_due(session)
            waited = max(clock.now() - oldest, timedelta()) if oldest else timedelta()
            return OutboxReading({state.value: n for state, n in outbox.counts(session).items()}, waited)
    except sa.exc.SQLAlchemyError:
        return None
