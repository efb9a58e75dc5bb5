"""Stand-ins behind the ports: a Slack, Google calendars and a mail server in memory, and a worker that never waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast

from bot.deliveries.handlers import HANDLERS
from bot.deliveries.tools import Tools
from bot.integrations.ports import (
    Changes,
    EventAttendee,
    EventDraft,
    Mail,
    Missing,
    PushChannel,
    Refused,
    RemoteEvent,
    Unavailable,
)
from bot.services.outgoing import Kind
from bot.slack.gateway import GONE, FileToSend, SlackGateway
from domain.attendance import Rsvp
from domain.times import Span
from storage import outbox
from storage.engine import Database


@dataclass
class FakeClock:
    """Stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


@dataclass
class FakeChannel:
    is_member: bool = True
    is_public: bool = True
    is_archived: bool = False
    is_shared: bool = False
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)


def slack_error(code: str) -> Refused:
    return (Missing if code in GONE else Refused)(f"Slack refused it: {code}", code)


class FakeSlack:
    """Slack as the gateway shows it. Channels that are named for the first time exist; the bot is in them.

    `failing` holds, by method, what is raised instead of an answer; an Unavailable with `went_out=None` is raised after
    the work was done.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.channels: dict[str, FakeChannel] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.whispers: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failing: dict[str, list[Exception]] = {}
        self.files: dict[str, bytes] = {}
        self._serial = count(1)

    def channel(self, channel_id: str) -> FakeChannel:
        return self.channels.setdefault(channel_id, FakeChannel())

    def fail(self, method: str, *errors: Exception) -> None:
        self.failing.setdefault(method, []).extend(errors)

    def called(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    def said_in(self, channel_id: str, thread_ts: str | None = None) -> list[str]:
        """The texts in a channel, or in one thread of it."""
        found = self.channel(channel_id).messages.values()
        return [message["text"] for message in found if message.get("thread_ts") == thread_ts]

    def call(self, slack_team_id: str, method: str, *, seconds: int = 15, **arguments: Any) -> dict[str, Any]:
        self.calls.append((method, arguments))
        errors = self.failing.get(method, [])
        error = errors.pop(0) if errors else None
        if error is not None and getattr(error, "went_out", False) is not None:
            raise error
        answer = cast("dict[str, Any]", getattr(self, "_" + method.replace(".", "_"))(**arguments))
        if error is not None:
            raise error
        return answer

    read = call

    def download(self, slack_team_id: str, url: str, most_bytes: int) -> bytes:
        self.calls.append(("download", {"url": url}))
        if errors := self.failing.get("download", []):
            raise errors.pop(0)
        return self.files[url]

    def upload(self, slack_team_id: str, channel_id: str, file: FileToSend) -> None:
        self.calls.append(("upload", {"channel": channel_id, "name": file.name}))
        errors = self.failing.get("upload", [])
        error = errors.pop(0) if errors else None
        if error is not None and getattr(error, "went_out", False) is not None:
            raise error
        self.files[file.name] = file.data
        self._chat_postMessage(channel_id, text=file.comment, files=[{"name": file.name, "title": file.title}])
        if error is not None:
            raise error

    def _open(self, channel_id: str) -> FakeChannel:
        channel = self.channel(channel_id)
        if channel.is_archived:
            raise slack_error("is_archived")
        if not channel.is_member:
            raise slack_error("not_in_channel" if channel.is_public else "channel_not_found")
        return channel

    def _chat_postMessage(self, channel: str, **message: Any) -> dict[str, Any]:  # noqa: N802
        ts = f"{self.clock.now().timestamp():.0f}.{next(self._serial):06}"
        self._open(channel).messages[ts] = {**message, "ts": ts}
        return {"channel": channel, "ts": ts}

    def _chat_update(self, channel: str, ts: str, **message: Any) -> dict[str, Any]:
        messages = self._open(channel).messages
        if ts not in messages:
            raise slack_error("message_not_found")
        messages[ts] |= message
        return {"channel": channel, "ts": ts}

    def _chat_postEphemeral(self, channel: str, user: str, **message: Any) -> dict[str, Any]:  # noqa: N802
        self._open(channel)
        self.whispers.append({"channel": channel, "user": user, **message})
        return {"message_ts": "1.0"}

    def _conversations_history(
        self, channel: str, oldest: str, limit: int = 200, cursor: str = "0", **_: Any
    ) -> dict[str, Any]:
        messages, at = self._open(channel).messages.values(), int(cursor)
        found = [m for m in messages if float(m["ts"]) >= float(oldest) and not m.get("thread_ts")][::-1]
        more = str(at + limit) if at + limit < len(found) else ""
        return {"messages": found[at : at + limit], "response_metadata": {"next_cursor": more}}

    def _conversations_replies(self, channel: str, ts: str, oldest: str, **_: Any) -> dict[str, Any]:
        messages = self._open(channel).messages.values()
        return {"messages": [m for m in messages if ts in (m.get("thread_ts"), m["ts"]) and m["ts"] >= oldest]}

    def _conversations_join(self, channel: str) -> dict[str, Any]:
        if not self.channel(channel).is_public:
            raise slack_error("method_not_supported_for_channel_type")
        self.channel(channel).is_member = True
        return {}

    def _conversations_info(self, channel: str) -> dict[str, Any]:
        return {"channel": {"id": channel, "is_ext_shared": self._open(channel).is_shared}}

    def _conversations_open(self, users: str) -> dict[str, Any]:
        return {"channel": {"id": f"D{users[1:]}"}}

    def _views_publish(self, user_id: str, view: dict[str, Any]) -> dict[str, Any]:
        self.homes[user_id] = view
        return {}

    def _users_info(self, user: str) -> dict[str, Any]:
        if user not in self.users:
            raise slack_error("user_not_found")
        return {"user": self.users[user]}

    def _users_list(self, limit: int, cursor: str = "0") -> dict[str, Any]:
        at, everybody = int(cursor), list(self.users.values())
        more = str(at + limit) if at + limit < len(everybody) else ""
        return {"members": everybody[at : at + limit], "response_metadata": {"next_cursor": more}}


class FakeCalendar:
    """Google's calendars, each a list of events that remembers the order in which they changed."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, RemoteEvent]] = {}
        self.changed: dict[str, list[str]] = {}
        self.forgotten: set[str] = set()
        self.refusing: dict[str, Exception] = {}
        self.channels: dict[str, tuple[str, str]] = {}
        self.saves: list[EventDraft] = []
        self.makes_links = True
        self._serial = count(1)

    def put(self, calendar_id: str, event: RemoteEvent) -> RemoteEvent:
        """Write an event into a calendar, as its owner does."""
        written = replace(event, etag=f"e{next(self._serial)}")
        self.events.setdefault(calendar_id, {})[event.event_id] = written
        self.changed.setdefault(calendar_id, []).append(event.event_id)
        return written

    def the_event(self, calendar_id: str) -> RemoteEvent:
        """The only event of ours in the calendar."""
        (found,) = [e for e in self.events.get(calendar_id, {}).values() if e.reference and not e.is_deleted]
        return found

    def answer(self, calendar_id: str, email: str, rsvp: Rsvp, comment: str | None = None) -> None:
        """A guest answers the invitation to the only event."""
        event = self.the_event(calendar_id)
        guests = tuple(replace(g, rsvp=rsvp, comment=comment) if g.email == email else g for g in event.attendees)
        self.put(calendar_id, replace(event, attendees=guests))

    def move(self, calendar_id: str, starts_at: datetime, length: timedelta = timedelta(hours=1)) -> None:
        """The host moves the only event; Google asks everybody anew."""
        event = self.the_event(calendar_id)
        guests = tuple(replace(g, rsvp=Rsvp.NEEDS_ACTION) for g in event.attendees)
        self.put(calendar_id, replace(event, starts_at=starts_at, ends_at=starts_at + length, attendees=guests))

    def remove(self, calendar_id: str) -> None:
        """The host deletes the only event: what is left is a tombstone without our tag."""
        self.put(calendar_id, RemoteEvent(self.the_event(calendar_id).event_id, "", is_deleted=True))

    def _check(self, calendar_id: str) -> None:
        if (error := self.refusing.get(calendar_id)) is not None:
            raise error

    def save(self, calendar_id: str, draft: EventDraft) -> RemoteEvent:
        self._check(calendar_id)
        self.saves.append(draft)
        held = self.events.get(calendar_id, {}).get(draft.event_id)
        if held is not None and held.is_deleted:
            raise Missing("The event was deleted in the calendar.")
        answers = {a.email: a.rsvp for a in held.attendees} if held and held.starts_at == draft.starts_at else {}
        is_same = held is not None and held.meeting_number == draft.meeting_number
        name = f"{draft.event_id[:6]}{f'-{draft.meeting_number}' if draft.meeting_number else ''}"
        link = f"https://meet.example/{name}" if draft.wants_meet_link and self.makes_links else None
        wanted = RemoteEvent(
            event_id=draft.event_id,
            etag=held.etag if held else "",
            is_deleted=False,
            title=draft.title,
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            attendees=tuple(
                EventAttendee(a.email, a.name, answers.get(a.email, Rsvp.NEEDS_ACTION)) for a in draft.attendees
            ),
            meet_link=held.meet_link if held and is_same and held.meet_link and draft.wants_meet_link else link,
            reference=draft.reference,
            is_busy=True,
            meeting_number=draft.meeting_number,
        )
        return held if held == wanted else self.put(calendar_id, wanted)

    def delete(self, calendar_id: str, event_id: str) -> None:
        self._check(calendar_id)
        if event_id in self.events.get(calendar_id, {}):
            self.put(calendar_id, RemoteEvent(event_id, "", is_deleted=True))

    def changes(self, calendar_id: str, sync_token: str | None, since: datetime) -> Changes:
        self._check(calendar_id)
        log, events = self.changed.get(calendar_id, []), self.events.get(calendar_id, {})
        token = str(len(log))
        if sync_token is None or calendar_id in self.forgotten:
            self.forgotten.discard(calendar_id)
            there = [e for e in events.values() if not e.is_deleted and e.ends_at is not None and e.ends_at > since]
            return Changes(tuple(there), token, is_full=True)
        return Changes(tuple(events[id_] for id_ in dict.fromkeys(log[int(sync_token) :])), token, is_full=False)

    def look(self, calendar_id: str, span: Span) -> tuple[RemoteEvent, ...]:
        self._check(calendar_id)
        there = [event for event in self.events.get(calendar_id, {}).values() if not event.is_deleted]
        return tuple(e for e in there if e.starts_at and e.ends_at and Span(e.starts_at, e.ends_at).overlaps(span))

    def watch(self, calendar_id: str, channel_id: str, token: str, address: str, until: datetime) -> PushChannel:
        self._check(calendar_id)
        self.channels[channel_id] = (calendar_id, token)
        return PushChannel(channel_id, f"resource-{channel_id}", until)

    def stop_watching(self, channel_id: str, resource_id: str, calendar_id: str) -> None:
        del self.channels[channel_id]


@dataclass
class FakeMailer:
    sent: list[Mail] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.sent.append(mail)

    def close(self) -> None:
        pass


@dataclass
class Outside:
    """The database with everything that is outside of it, and a worker that brings out what is due."""

    database: Database
    clock: FakeClock
    slack: FakeSlack
    calendar: FakeCalendar
    mailer: FakeMailer
    tools: Tools
    dead: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, database: Database, now: datetime, **changed: Any) -> Outside:
        clock = FakeClock(now)
        slack, calendar, mailer = FakeSlack(clock), FakeCalendar(), FakeMailer()
        given: dict[str, Any] = {
            "calendar": calendar,
            "mailer": mailer,
            "public_url": "https://call.example",
            **changed,
        }
        tools = Tools(database=database, clock=clock, slack=cast(SlackGateway, slack), **given)
        return cls(database, clock, slack, calendar, mailer, tools)

    def deliver(self, *kinds: Kind) -> None:
        """Bring out everything that is due, of these kinds or of all, as the worker does: until nothing is left.

        What is put off is due a minute later by the clock.
        """
        while True:
            with self.database.unit_of_work() as session:
                claimed = outbox.claim(session, self.clock.now(), timedelta(minutes=2), 50)
            if not claimed:
                return
            for delivery in claimed:
                self._bring_out(delivery, kinds)

    def _bring_out(self, delivery: outbox.Delivery, kinds: tuple[Kind, ...]) -> None:
        now = self.clock.now()
        try:
            if not kinds or delivery.kind in kinds:
                HANDLERS[Kind(delivery.kind)](delivery, self.tools)
        except Unavailable as error:
            until = now + timedelta(minutes=1)
            with self.database.unit_of_work() as session:
                outbox.put_off(session, delivery, until, error.why, went_out=error.went_out, holds_lane=False)
        except Refused as error:
            self.dead.append(error.why)
            with self.database.unit_of_work() as session:
                outbox.give_up(session, delivery, error.why, now)
        else:
            with self.database.unit_of_work() as session:
                outbox.finish(session, delivery, now)
