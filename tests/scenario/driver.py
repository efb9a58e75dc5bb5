"""Drives the sandbox as a person would: types commands, clicks buttons, answers invitations, moves the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import httpx

PATIENCE_SECONDS = 30.0
Json = dict[str, Any]
T = TypeVar("T")


def eventually(look: Callable[[], T | None], why: str) -> T:
    """What `look` finds, as soon as it finds something; an AssertionError that says why after half a minute."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.01
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{why}; the last look found {found!r}"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def texts(piece: Any) -> Iterator[str]:
    """Every text in a message, block or view."""
    if isinstance(piece, dict):
        if isinstance(piece.get("text"), str):
            yield piece["text"]
        for name, inner in piece.items():
            if name != "metadata":
                yield from texts(inner)
    elif isinstance(piece, list):
        for inner in piece:
            yield from texts(inner)


def text_of(piece: Any) -> str:
    """All the text of a message, block or view, in order."""
    return "\n".join(texts(piece))


def elements(piece: Any, after: str = "") -> Iterator[Json]:
    """Every interactive element from the block with the words `after` on, with its block's id under `_block_id`."""
    blocks = piece.get("blocks", [])
    first = next((n for n, block in enumerate(blocks) if after in text_of(block)), len(blocks)) if after else 0
    for block in blocks[first:]:
        inner = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in inner:
            if element and "action_id" in element:
                yield {**element, "_block_id": block.get("block_id", "")}


@dataclass(frozen=True)
class Person:
    """Somebody in the sandbox's Slack, doing what people do."""

    http: httpx.Client
    team: str
    user: str

    def type(self, channel: str, text: str) -> Json:
        """Type a slash command. The newest message that only this person sees."""
        return self.answered(channel, lambda: self.command(channel, text), text)

    def answered(self, channel: str, act: Callable[[], Json], what: str) -> Json:
        """Do something there. The newest message that only this person sees."""
        before = {m["ts"] for m in self.ephemerals(channel)}
        act()
        return eventually(
            lambda: next((m for m in reversed(self.ephemerals(channel)) if m["ts"] not in before), None),
            f"{what} was not answered",
        )

    def command(self, channel: str, text: str) -> Json:
        """Type a slash command whose answer is something other than a message."""
        return self.post("commands", channel=channel, text=text)

    def messages(self, channel: str) -> list[Json]:
        found: list[Json] = self.get(f"channels/{channel}")["messages"]
        return found

    def ephemerals(self, channel: str) -> list[Json]:
        return [m for m in self.messages(channel) if m.get("ephemeral")]

    def posted(self, channel: str, *words: str, since: datetime | None = None) -> Json:
        """The newest message for everybody in the channel that has all the words in it."""
        earliest = f"{since.timestamp():.6f}" if since else ""

        def found() -> Json | None:
            said = [m for m in reversed(self.messages(channel)) if not m.get("ephemeral") and m["ts"] >= earliest]
            return next((m for m in said if all(word in text_of(m) for word in words)), None)

        return eventually(found, f"nothing in {channel} says {words}")

    def thread(self, channel: str, ts: str) -> list[Json]:
        found: list[Json] = self.get(f"channels/{channel}/threads/{ts}")["messages"]
        return found

    def click(self, channel: str, message: Json, label: str, after: str = "") -> Json:
        """Click the button with that label, or choose that option of a "…" menu: the first one after those words.

        The message is looked at once more, also when it is drawn anew under the finger.
        """
        while True:
            element, chosen = find_element(self.shown(channel, message["ts"], message.get("thread_ts")), label, after)
            clicked = {"block_id": element["_block_id"], "action_id": element["action_id"], "value": chosen}
            container = {"channel": channel, "ts": message["ts"]}
            answer = self.http.post(
                f"/control/slack/{self.team}/actions", json={"user": self.user, "container": container, **clicked}
            )
            if answer.status_code != 404:
                assert answer.status_code == 200, answer.text
                return dict(answer.json())

    def shown(self, channel: str, ts: str, thread_ts: str | None = None) -> Json:
        """The message as it stands there now, or in a thread."""
        found = self.thread(channel, thread_ts) if thread_ts else self.messages(channel)
        return next(m for m in found if m["ts"] == ts)

    def told_on_click(self, channel: str, message: Json, label: str) -> Json:
        """Click a button that is answered with a message that only this person sees."""
        return self.answered(channel, lambda: self.click(channel, message, label), label)

    def click_in(self, view: Json, label: str) -> Json:
        """Click a button in a modal or in App Home."""
        element, chosen = find_element(view, label)
        return self.post(
            "actions",
            container={"view": view["id"]},
            block_id=element["_block_id"],
            action_id=element["action_id"],
            value=chosen,
        )

    def modal(self) -> Json:
        """The modal on top."""
        return eventually(lambda: (self.get("")["modals"] or [None])[-1], "no modal is open")

    def submit(self, view: Json, **values: Any) -> Json:
        """Submit a modal; inputs that are not named keep what they show at first. Options are named by their labels."""
        given = {**initial_values(view), **entered(view, values)}
        return self.post(f"views/{view['id']}/submit", values=given)

    def choose(self, view: Json, name: str, typed: str) -> str:
        """The value of the first option that a menu offers for what is typed into it."""
        element = next(e for e in elements(view) if e["_block_id"] == name)
        where = {"container": {"view": view["id"]}, "block_id": name, "action_id": element["action_id"]}
        return str(self.post("options", **where, value=typed)["options"][0]["value"])

    def close_modals(self) -> None:
        """Close whatever modals are open."""
        if stack := self.get("")["modals"]:
            self.post(f"views/{stack[-1]['id']}/close", clear=True)

    def home(self) -> Json:
        """App Home as it stands after it was opened."""
        self.post("home")
        return eventually(lambda: self.get("home")["view"], "App Home was not drawn")

    def send(self, channel: str, text: str, **files: str) -> Json:
        """Write a message, with files by name and content."""
        return self.post(
            "messages",
            channel=channel,
            text=text,
            files=[{"name": name.replace("_csv", ".csv"), "content": content} for name, content in files.items()],
        )

    def redeliver(self) -> Json:
        """Slack delivers the last payload once more."""
        return self.post("redeliver")

    def let_bot_in(self, channel: str, *, member: bool = True) -> None:
        """Invite the bot to a channel, or remove it."""
        self.post(f"channels/{channel}/app", member=member)

    @property
    def direct(self) -> str:
        """The direct conversation with the bot."""
        return next(str(c["id"]) for c in self.get("")["channels"] if c["is_im"])

    def told(self, *words: str, since: datetime) -> Json:
        """The newest direct message of the bot that has all the words in it."""
        return self.posted(self.direct, *words, since=since)

    def get(self, path: str) -> Json:
        answer = self.http.get(f"/control/slack/{self.team}/{path}".rstrip("/"), params={"user": self.user})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, **body: Any) -> Json:
        answer = self.http.post(f"/control/slack/{self.team}/{path}", json={"user": self.user, **body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def find_element(piece: Json, label: str, after: str = "") -> tuple[Json, str]:
    """The button or menu option with that label, and the value that clicking it sends."""
    for element in elements(piece, after):
        if element.get("text", {}).get("text") == label:
            return element, element.get("value", "")
        for option in element.get("options", []):
            if option["text"]["text"] == label:
                return element, option["value"]
    labels = [
        e.get("text", {}).get("text") or [o["text"]["text"] for o in e.get("options", [])] for e in elements(piece)
    ]
    raise AssertionError(f"there is no “{label}”, only {labels}, in: {text_of(piece)}")


def initial_values(view: Json) -> dict[str, dict[str, Any]]:
    """What the inputs of a modal hold before anybody touches them."""
    values: dict[str, dict[str, Any]] = {}
    for element in elements(view):
        value = element.get("initial_value") or element.get("initial_date_time") or element.get("initial_user")
        value = value or element.get("initial_users") or element.get("initial_conversation")
        if "initial_option" in element:
            value = element["initial_option"]["value"]
        if "initial_options" in element:
            value = [option["value"] for option in element["initial_options"]]
        if value is not None:
            values[element["_block_id"]] = {element["action_id"]: value}
    return values


def entered(view: Json, values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The values of named inputs as a modal sends them: where there are options, a label stands for its option."""
    found: dict[str, dict[str, Any]] = {}
    for element in elements(view):
        name = element["_block_id"]
        if name in values:
            by_label = {option["text"]["text"]: option["value"] for option in element.get("options", [])}
            value = values[name]
            chosen = [by_label.get(v, v) for v in value] if isinstance(value, list) else by_label.get(value, value)
            found[name] = {element["action_id"]: chosen}
    assert found.keys() == values.keys(), f"the modal has no {values.keys() - found.keys()}"
    return found


@dataclass(frozen=True)
class Outside:
    """The rest of the sandbox: calendar, mail, clock, faults."""

    http: httpx.Client

    def now(self) -> datetime:
        return datetime.fromisoformat(self.http.get("/control/clock").json()["now"])

    def advance(self, **by: float) -> None:
        """Move the clock, e.g. `advance(hours=2)`."""
        seconds = by.get("days", 0) * 86400 + by.get("hours", 0) * 3600 + by.get("minutes", 0) * 60
        assert self.http.post("/control/clock", json={"advance_seconds": seconds}).status_code == 200

    def next(self, wall: str, time_zone: str) -> None:
        """Move the clock to the next time that it is so late somewhere, e.g. `next("08:59", "Europe/Berlin")`."""
        assert self.http.post("/control/clock", json={"next": wall, "time_zone": time_zone}).status_code == 200

    def to(self, instant: datetime) -> None:
        """Move the clock to an aware instant."""
        self.post("clock", to=instant.isoformat())

    def events(self, calendar: str) -> list[Json]:
        found: list[Json] = self.http.get(f"/control/calendar/{calendar}/events").json()["events"]
        return found

    def event(self, calendar: str, *words: str) -> Json:
        """The event of a calendar that has the words in its title or description."""
        return eventually(
            lambda: next((e for e in self.events(calendar) if all(w in str(e) for w in words)), None),
            f"{calendar} has no event with {words}",
        )

    def rsvp(self, calendar: str, event_id: str, email: str, response: str) -> None:
        """Answer an invitation as the participant."""
        answer = self.http.post(
            f"/control/calendar/{calendar}/events/{event_id}/rsvp", json={"email": email, "response": response}
        )
        assert answer.status_code == 200, answer.text

    def mails(self, to: str) -> list[Json]:
        found: list[Json] = self.http.get("/control/mail", params={"to": to}).json()["mails"]
        return found

    def all_mails(self) -> list[Json]:
        found: list[Json] = self.http.get("/control/mail").json()["mails"]
        return found

    def mail(self, to: str, *words: str) -> Json:
        """The newest mail to an address with the words in its subject or text."""
        return eventually(
            lambda: next((m for m in self.mails(to) if all(w in m["subject"] + m["text"] for w in words)), None),
            f"no mail to {to} says {words}",
        )

    def bounce(self, address: str, kind: str = "refuse") -> None:
        assert self.http.put(f"/control/mail/bounces/{address}", json={"kind": kind}).status_code == 200

    def fault(self, service: str, kind: str, **options: Any) -> None:
        self.post("faults", service=service, kind=kind, **options)

    def faults(self) -> list[Json]:
        """The faults that are still in force."""
        found: list[Json] = self.http.get("/control/faults").json()["faults"]
        return found

    def heal(self) -> None:
        """End every fault."""
        self.http.delete("/control/faults")

    def calls(self, method: str) -> list[Json]:
        """The Web API calls of a method so far."""
        found: list[Json] = self.http.get("/control/slack/calls", params={"method": method}).json()["calls"]
        return found

    def forget_calls(self) -> None:
        self.http.delete("/control/slack/calls")

    def forget_mails(self) -> None:
        """Empty the inbox."""
        self.http.delete("/control/mail")

    def connections(self) -> int:
        """How many Socket Mode connections the bot holds open."""
        return int(self.http.get("/control/slack/connections").json()["connections"])

    def post(self, path: str, **body: Any) -> None:
        """Any other call of the control API."""
        answer = self.http.post(f"/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
