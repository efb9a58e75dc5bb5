"""What a body of a command shows: asked in a unit of its own, and taken by Slack's rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.slack.capability import Capability
from bot.slack.outcomes import Close, Open, Options, Outcome, Replace, Reply, Update
from domain.roles import Actor
from sandbox.slack.blockkit import message_offences, options_offences, view_offences
from tests.builders import World


@dataclass(frozen=True, slots=True)
class Screen:
    """Runs bodies as the listener does, and checks that Slack would take what they show."""

    world: World

    def run(self, body: Callable[..., Outcome], actor: Actor, **given: Any) -> Outcome:
        """The outcome of a body. It gets of what is given what it names."""
        available: dict[str, Any] = {
            "actor": actor,
            "now": self.world.now,
            "arguments": "",
            "aloud": False,
            "channel_id": "C0CORE",
            "slack_team_id": "T0CALL",
            "view": {},
            **given,
        }
        with self.world.database.unit_of_work() as session:
            outcome = called(body, session, available)
        assert offences(outcome) == []
        return outcome


def called(body: Callable[..., Outcome], session: Session, available: dict[str, Any]) -> Outcome:
    names = body.__code__.co_varnames[: body.__code__.co_argcount]
    return body(**{name: session if name == "session" else available[name] for name in names})


def offences(outcome: Outcome) -> list[Any]:
    """What Slack would not take of it."""
    match outcome:
        case Reply() | Replace():
            return list(message_offences(list(outcome.blocks)))
        case Open() | Update():
            return list(view_offences(outcome.view))
        case Options():
            return list(options_offences({"options": list(outcome.options)}))
        case Close() if outcome.reply is not None:
            return list(message_offences(list(outcome.reply.blocks)))
    return []


def text_of(outcome: Outcome) -> str:
    """Everything that can be read in it."""
    match outcome:
        case Reply() | Replace():
            return outcome.text + json.dumps(list(outcome.blocks), ensure_ascii=False)
        case Open() | Update():
            return json.dumps(outcome.view, ensure_ascii=False)
        case Options():
            return json.dumps(list(outcome.options), ensure_ascii=False)
        case Close() if outcome.reply is not None:
            return text_of(outcome.reply)
    return ""


def buttons(outcome: Outcome) -> dict[str, str]:
    """The values of the buttons in it by action id; of several with one id the first."""
    found: dict[str, str] = {}

    def look(piece: Any) -> None:
        if isinstance(piece, dict):
            if piece.get("type") == "button" and "value" in piece:
                found.setdefault(piece["action_id"], piece["value"])
            for inner in piece.values():
                look(inner)
        elif isinstance(piece, list):
            for inner in piece:
                look(inner)

    if isinstance(outcome, Reply | Replace):
        look(list(outcome.blocks))
    elif isinstance(outcome, Open | Update):
        look(outcome.view)
    return found


def names(capabilities: tuple[Capability, ...]) -> list[str]:
    """The subcommands of some capabilities, in the order of the menu."""
    return [subcommand.name for capability in capabilities for subcommand in capability.subcommands]
