"""A running sandbox with the bot in it, to be restarted, waited for, and looked over."""

from __future__ import annotations

import random
import socket
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from bot.app import Callsheet, build
from bot.manifest import app_manifest
from bot.services import booking
from bot.settings import Settings
from domain.times import from_local, local
from sandbox.main import settings_for, start
from sandbox.server import Sandbox
from storage import members
from storage.engine import Database
from storage.models import Interview, OutboxRow, OutboxState, Study
from tests.scenario.driver import PATIENCE_SECONDS, Json, Outside, Person, eventually, text_of

TEAM = "T0NORTHWND"
LENA, MARCUS, SOFIA, DANIEL = "U0LENAVOGT", "U0MARCUSOY", "U0SOFIALIN", "U0DANIELBR"
PRIYA, AISHA, YUSUF, HANNAH, INGRID = "U0PRIYARAM", "U0AISHABEL", "U0YUSUFDEM", "U0HANNAHFI", "U0INGRIDSO"
CORE, CHECKOUT, GROWTH, ONBOARDING, PRIVATE = "C0CORETEAM", "C0CHECKOUT", "C0GROWTHTM", "C0ONBOARDG", "C0RECRUITG"
LENA_CALENDAR = "lena@northwind.example"
BERLIN = "Europe/Berlin"


@dataclass
class Stage:
    """A running sandbox with the bot in it. `database` is the tests' own way to look at what is stored."""

    sandbox: Sandbox
    callsheet: Callsheet
    http: httpx.Client
    database: Database
    database_url: str
    transport: str
    port: int
    booked: int = 0

    @classmethod
    def open(cls, folder: Path, database_url: str, transport: str, port: int) -> Stage:
        """Start both on what the folder and the database hold; an empty sandbox is filled."""
        sandbox = Sandbox(state_dir=folder, port=0, smtp_port=0, manifest=app_manifest())
        sandbox.start()
        callsheet = start(sandbox, settings_for(sandbox, database_url, port, transport=transport))
        http = httpx.Client(base_url=sandbox.base_url, timeout=30)
        stage = cls(sandbox, callsheet, http, Database(database_url), database_url, transport, port)
        stage.connect()
        return stage

    def close(self) -> None:
        self.callsheet.stop()
        self.http.close()
        self.database.dispose()
        self.sandbox.stop()

    @property
    def outside(self) -> Outside:
        return Outside(self.http)

    @property
    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def person(self, user: str, team: str = TEAM) -> Person:
        """Somebody to act as."""
        return Person(self.http, team, user)

    def settings(self, port: int | None = None) -> Settings:
        """Settings for another start of the bot, or with a port of its own for another process."""
        return settings_for(self.sandbox, self.database_url, port or self.port, transport=self.transport)

    def stop_bot(self) -> None:
        self.callsheet.stop()

    def start_bot(self, *, wait: bool = True) -> None:
        """Start the bot again over the same database. It has joined Slack when this returns, unless not waited for."""
        self.callsheet = build(self.settings(), clock=self.sandbox.clock)
        self.sandbox.clock.on_move(self.callsheet.wake)
        self.callsheet.start()
        if wait:
            assert self.callsheet.joined(PATIENCE_SECONDS)
            self.connect()

    def restart(self) -> None:
        self.stop_bot()
        self.start_bot()

    def connect(self) -> None:
        """Let Slack reach the bot over HTTP, where it does not reach it by a socket."""
        if self.transport == "http":
            url = f"{self.callsheet.web.url}/slack/events"
            answer = self.http.post("/control/slack/transport", json={"mode": "http", "request_url": url})
            assert answer.status_code == 200, answer.text

    def book(self, email: str, *, days: int | None = None, hour: int = 14, **wanted: Any) -> str:
        """Book a session of the Checkout study as Lena, past Slack. Its reference.

        In so many days, else on a day that no other booking was given.
        """
        self.booked += 1
        ahead = timedelta(days=10 + self.booked if days is None else days)
        wall = (local(self.now, BERLIN) + ahead).replace(hour=hour, minute=0, second=0, microsecond=0, tzinfo=None)
        key = wanted.pop("study", "CHK")
        with self.callsheet.database.unit_of_work() as session:
            lena = members.find_actor(session, TEAM, LENA)
            assert lena is not None
            study = session.scalars(sa.select(Study).where(Study.key == key)).one()
            chosen = booking.Booking(study.id, email, from_local(wall, BERLIN), **wanted)
            return booking.book(session, lena, chosen, self.now).reference

    def newest_reference(self) -> str:
        """The interview that was booked last."""
        with self.database.reading() as session:
            return session.scalars(sa.select(Interview.reference).order_by(Interview.id.desc())).first() or ""

    def cards(self, reference: str, channel: str = CHECKOUT) -> list[Json]:
        """The messages in the study's channel that are about the interview."""
        return [m for m in self.person(LENA).messages(channel) if is_about(m, reference) and not m.get("ephemeral")]

    def card(self, reference: str, *words: str) -> Json:
        """The one card of the interview, once it is there and says the words."""

        def shown() -> Json | None:
            return next((card for card in self.cards(reference) if all(word in text_of(card) for word in words)), None)

        return eventually(shown, f"the card of {reference} does not say {words}")

    def is_settled(self) -> bool:
        """Whether nothing is left to send."""
        is_open = OutboxRow.state.in_((OutboxState.PENDING, OutboxState.CLAIMED))
        with self.database.reading() as session:
            return session.scalar(sa.select(OutboxRow.id).where(is_open).limit(1)) is None

    def has_failed(self, kind_or_reference: str) -> bool:
        """Whether a try to send something of that kind, or about that interview, has failed and is to be repeated."""
        interview = sa.select(sa.cast(Interview.id, sa.String)).where(Interview.reference == kind_or_reference)
        is_meant = sa.or_(OutboxRow.kind == kind_or_reference, OutboxRow.subject.in_(interview))
        is_open = OutboxRow.state.in_((OutboxState.PENDING, OutboxState.CLAIMED))
        failed = sa.select(OutboxRow.id).where(is_meant, is_open, OutboxRow.last_error.is_not(None))
        with self.database.reading() as session:
            return session.scalar(failed.limit(1)) is not None

    def events(self, calendar: str, reference: str) -> list[Json]:
        """The events of the interview in a calendar."""
        return [e for e in self.outside.events(calendar) if tag(e) == reference]

    def settled(self) -> None:
        """Wait until everything has left, without moving the clock."""
        eventually(self.is_settled, "the outbox did not empty")

    def outlast(self) -> None:
        """Wait until everything has left, moving the clock past the waits between two tries."""

        def has_left() -> bool:
            waits_until = self.idle_until()
            if waits_until is not None:
                self.sandbox.clock.advance(max(waits_until - self.now, timedelta()) + timedelta(milliseconds=100))
            return self.is_settled()

        eventually(has_left, "the outbox did not empty")

    def idle_until(self) -> datetime | None:
        """When there is something to send again; None while something is being sent, or nothing is left to send."""
        is_claimed, is_pending = OutboxRow.state == OutboxState.CLAIMED, OutboxRow.state == OutboxState.PENDING
        held = sa.select(OutboxRow.lane).where(is_claimed, OutboxRow.lease_until > self.now)
        is_ready = sa.and_(is_pending, OutboxRow.due_at <= self.now, OutboxRow.lane.not_in(held))
        with self.database.reading() as session:
            busy = session.scalar(sa.select(OutboxRow.id).where(sa.or_(OutboxRow.lease.is_not(None), is_ready)))
            waits = sa.case((is_claimed, OutboxRow.lease_until), else_=OutboxRow.due_at)
            is_waiting = sa.and_(sa.or_(is_claimed, is_pending), waits > self.now)
            until = session.scalar(sa.select(sa.func.min(waits)).where(is_waiting))
        return until if busy is None else None

    def doubles(self, *, with_mails: bool = True) -> list[str]:
        """What stands twice: messages of one delivery in the channels that Lena sees, mails, calendar events."""
        lena = self.person(LENA)
        said = [m for channel in lena.get("")["channels"] for m in self.everything_in(lena, channel["id"])]
        keys = [m["metadata"]["event_payload"]["key"] for m in said if m.get("metadata")]
        mails = [m["headers"]["Message-ID"] for m in self.outside.all_mails() if with_mails]
        events = [
            tag(event)
            for calendar in self.http.get("/control/calendar").json()["calendars"]
            if not calendar["revoked"]
            for event in self.outside.events(calendar["id"])
            if event.get("organizer", {}).get("self") and tag(event)
        ]
        return [str(one) for one, number in Counter([*keys, *mails, *events]).items() if number > 1]

    def everything_in(self, person: Person, channel: str) -> list[Json]:
        """The messages of a channel with those in its threads."""
        messages = person.messages(channel)
        replies = [r for m in messages if m.get("reply_count") for r in person.thread(channel, m["ts"])[1:]]
        return [*messages, *replies]

    def dead_letters(self) -> list[str]:
        """Why deliveries were given up."""
        with self.database.reading() as session:
            return [
                why or ""
                for why in session.scalars(sa.select(OutboxRow.last_error).where(OutboxRow.state == OutboxState.DEAD))
            ]

    def still(self, seconds: float = 0.5) -> None:
        """Give what should not happen a moment to happen."""
        time.sleep(seconds)
        self.outlast()


def tag(event: Json) -> str | None:
    """The reference of the interview that a calendar event is marked with."""
    private: Json = event.get("extendedProperties", {}).get("private", {})
    return private.get("callsheet")


def is_about(message: Json, reference: str) -> bool:
    """Whether the message is about the interview, not one whose number only begins the same."""
    return f"{reference} " in text_of(message)


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to no outgoing connection."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
