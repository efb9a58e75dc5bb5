"""A workspace: its people, its channels with what was said in them, and what the app shows in it.

What was said is kept as Slack's own message objects. An object is replaced when it changes, never altered in place, so
that a shallow copy taken from another thread is a true picture.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "im", "mpim"]

SLACKBOT = "USLACKBOT"
_EVERYBODY = ("<!here", "<!channel", "<!everyone")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836")


def new_id(prefix: str) -> str:
    """An id such as Slack's: a letter for the kind, then ten signs."""
    return prefix + "0" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


@dataclass(slots=True)
class User:
    """A person or a bot. `team` is the home workspace: a stranger's is another one (Slack Connect)."""

    id: str
    name: str
    team: str
    real_name: str = ""
    display_name: str = ""
    email: str = ""
    tz: str = "Etc/UTC"
    title: str = ""
    color: str = _COLORS[0]
    is_admin: bool = False
    is_bot: bool = False
    is_deleted: bool = False

    def tz_offset(self, now: datetime) -> int:
        """Seconds east of UTC at `now`."""
        offset = now.astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(slots=True)
class Channel:
    """A channel or a direct conversation. `members` are user ids; `user` is whom a direct one is with."""

    id: str
    name: str
    kind: ChannelKind
    members: list[str]
    topic: str = ""
    user: str | None = None
    is_archived: bool = False
    created: int = 0
    messages: dict[str, Json] = field(default_factory=dict)
    ephemerals: list[Json] = field(default_factory=list)
    last_read: dict[str, str] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list, init=False)
    threads: dict[str, list[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for message in self.messages.values():
            self._file(message)

    def add(self, message: Json) -> None:
        """Keep a new message, which is the newest."""
        self.messages[message["ts"]] = message
        self._file(message)

    def _file(self, message: Json) -> None:
        ts, thread = message["ts"], message.get("thread_ts")
        is_reply = thread not in (None, ts)
        if is_reply:
            self.threads.setdefault(str(thread), []).append(ts)
        if not is_reply or message.get("subtype") == "thread_broadcast":
            insort(self.timeline, ts)

    def remove(self, message: Json) -> None:
        """Forget a message that has no replies."""
        ts = message["ts"]
        del self.messages[ts]
        place = bisect_left(self.timeline, ts)
        if place < len(self.timeline) and self.timeline[place] == ts:
            del self.timeline[place]
        replies = self.threads.get(message.get("thread_ts", ""), [])
        if ts in replies:
            replies.remove(ts)

    def unread(self, user: str) -> int:
        """How many messages in the channel the user has not seen."""
        return len(self._unseen(user))

    def mentions(self, user: str) -> int:
        """How many unseen messages call for a member: direct ones all do, others when they name them or everybody."""
        if user not in self.members:
            return 0
        unseen = self._unseen(user)
        return len(unseen) if self.kind == "im" else sum(_calls_for(user, message) for message in unseen)

    def _unseen(self, user: str) -> list[Json]:
        since = self.last_read.get(user, "")
        newer = self.timeline[bisect_left(self.timeline, since) :] if since else self.timeline
        said = [self.messages[ts] for ts in newer if ts != since]
        own = [each for each in self.ephemerals if each["ephemeral_to"] == user and each["ts"] > since]
        return [*(message for message in said if message.get("user") != user), *own]

    def dump(self) -> Json:
        """Plain data that the constructor takes back."""
        picture = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        return {name: value.copy() if isinstance(value, (dict, list)) else value for name, value in picture.items()}


def _calls_for(user: str, message: Json) -> bool:
    said = f"{message.get('text', '')} {message.get('blocks', '')}"
    return any(name in said for name in (f"<@{user}>", f"<@{user}|", *_EVERYBODY))


@dataclass(slots=True)
class Entries:
    """What a user has entered in a view or a message, as Slack's state values, and the options they were offered."""

    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    options: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)

    def remember_options(self, block_id: str, action_id: str, options: list[Json]) -> None:
        """Keep what an external select offered, so that a choice from it can be told by its value."""
        self.options.setdefault((block_id, action_id), {}).update({each["value"]: each for each in options})


@dataclass(slots=True)
class View:
    """A modal or an App Home that a user has before them. `data` is Slack's own view object, without its state."""

    data: Json
    user: str
    channel: str | None = None
    entries: Entries = field(default_factory=Entries)

    @property
    def id(self) -> str:
        return str(self.data["id"])

    def as_slack(self) -> Json:
        """The view as Slack shows it to the app, with its state."""
        return {**self.data, "state": {"values": self.entries.values}}


@dataclass(slots=True)
class Workspace:
    """A Slack team in which the app is or was installed."""

    id: str
    name: str
    domain: str
    users: dict[str, User]
    channels: dict[str, Channel]
    bot_user: str
    bot_id: str
    bot_token: str
    scopes: frozenset[str]
    installed: bool = True
    files: dict[str, Json] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    message_entries: dict[tuple[str, str], Entries] = field(default_factory=dict)

    def stack(self, user: str) -> list[View]:
        """The modals that the user has open, from bottom to top."""
        return [self.views[view] for view in self.stacks.get(user, [])]

    def entries(self, user: str, ts: str) -> Entries:
        """What the user has picked in a message."""
        return self.message_entries.setdefault((user, ts), Entries())

    def direct_channel(self, user: str) -> Channel | None:
        """The app's direct conversation with a user, if there has been one."""
        return next((c for c in self.channels.values() if c.kind == "im" and c.user == user), None)

    def shows(self, channel: Channel, user: User) -> bool:
        """Whether the user sees the channel: they are in it, or it is public and they are of this workspace."""
        return user.id in channel.members or (channel.kind == "public" and user.team == self.id)

    def people(self) -> Iterator[User]:
        """Everybody but bots."""
        return (user for user in self.users.values() if not user.is_bot and user.id != SLACKBOT)

    def dump(self) -> Json:
        """Plain data that `load_workspace` takes back. Open modals are not kept: a reload closes them in Slack too."""
        names = ("id", "name", "domain", "bot_user", "bot_id", "bot_token", "installed")
        return {
            **{name: getattr(self, name) for name in names},
            "scopes": sorted(self.scopes),
            "users": [
                {each.name: getattr(user, each.name) for each in fields(user)} for user in list(self.users.values())
            ],
            "channels": [channel.dump() for channel in list(self.channels.values())],
            "files": list(self.files.values()),
            "homes": [{"data": self.views[view].data, "user": user} for user, view in list(self.homes.items())],
        }


def load_workspace(data: Mapping[str, Any]) -> Workspace:
    """The workspace that `Workspace.dump` gave."""
    names = ("id", "name", "domain", "bot_user", "bot_id", "bot_token", "installed")
    homes = [View(each["data"], each["user"]) for each in data["homes"]]
    return Workspace(
        **{name: data[name] for name in names},
        scopes=frozenset(data["scopes"]),
        users={each["id"]: User(**each) for each in data["users"]},
        channels={each["id"]: Channel(**each) for each in data["channels"]},
        files={each["id"]: each for each in data["files"]},
        views={view.id: view for view in homes},
        homes={view.user: view.id for view in homes},
    )


def new_workspace(world: Mapping[str, Any], bot_name: str, scopes: frozenset[str], created: int) -> Workspace:
    """A workspace with the app installed, described by plain data:

    - `id`, `name`, `domain`; `installed` (default True) says whether the app is in it;
    - `users`: `id`, `name`, and what of `User`'s fields is known; `is_stranger` makes them somebody of another
      workspace (`team` may name it);
    - `channels`: `id`, `name`, `members` (user ids), `topic`, `is_private`, `is_archived`, and `app`: whether the app
      is in it.

    Everybody who belongs to the workspace has a direct conversation with the app, as Slack lists it under Apps.
    """
    team = world["id"]
    bot = User(new_id("U"), bot_name.lower().replace(" ", ""), team, bot_name, bot_name, is_bot=True)
    slackbot = User(SLACKBOT, "slackbot", team, "Slackbot", "Slackbot", color="757575")
    people = [_person(each, team, _COLORS[index % len(_COLORS)]) for index, each in enumerate(world["users"])]
    channels = [_channel(each, bot.id, created) for each in world["channels"]]
    directs = [
        Channel(new_id("D"), "", "im", [bot.id, person.id], user=person.id, created=created)
        for person in people
        if person.team == team and not person.is_bot
    ]
    return Workspace(
        id=team,
        name=world["name"],
        domain=world["domain"],
        users={user.id: user for user in [*people, bot, slackbot]},
        channels={channel.id: channel for channel in [*channels, *directs]},
        bot_user=bot.id,
        bot_id=new_id("B"),
        bot_token=new_token(),
        scopes=scopes,
        installed=world.get("installed", True),
    )


def _person(described: Mapping[str, Any], team: str, color: str) -> User:
    names = {each.name for each in fields(User)}
    known = {name: value for name, value in described.items() if name in names}
    return User(**{"team": "T0STRANGER" if described.get("is_stranger") else team, "color": color, **known})


def _channel(described: Mapping[str, Any], bot: str, created: int) -> Channel:
    return Channel(
        id=described["id"],
        name=described["name"],
        kind="private" if described.get("is_private") else "public",
        members=[*described.get("members", []), *([bot] if described.get("app") else [])],
        topic=described.get("topic", ""),
        is_archived=described.get("is_archived", False),
        created=created,
    )


def new_token() -> str:
    """A bot token."""
    return f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"
