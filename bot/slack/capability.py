"""How a capability says what it listens to: one collector a file under `bot/commands`, filled by decorators.

A body is a plain function. It asks for what it needs by naming its parameters (see `PARAMETERS`), works in one unit of
work, and gives back an outcome; it neither acknowledges nor commits.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.slack.outcomes import Outcome

Body = Callable[..., Outcome]

PARAMETERS = {
    "session": "the unit of work",
    "actor": "the member who acts (domain.roles.Actor)",
    "now": "the present instant, aware UTC",
    "arguments": "what was typed after the subcommand; empty for a menu's button",
    "aloud": "whether the answer is for the whole channel: the last word was “here”; then it may name nobody outside",
    "channel_id": "where it happened, of a modal where it was opened; empty in App Home",
    "value": "the clicked button's value, or the chosen option's",
    "fields": "a modal's inputs by name: text, chosen value(s), UNIX seconds, or None (see bot.slack.payloads)",
    "metadata": "the modal's private metadata, as text (see bot.slack.metadata)",
    "typed": "what was typed into a menu",
    "view": "the view in which something was clicked",
    "event": "the event of the Events API",
    "message_text": "the text of the message on which a shortcut was used, on one line; mentions stay, as `<@U123>`",
    "message_ts": "the ts of that message",
    "is_private": "whether that message is in a private channel or a direct conversation",
    "slack_team_id": "Slack's id of the workspace",
    "public_url": "where participants reach their pages, None when there is no such address",
    "has_mail": "whether mails go out to participants",
}
"""The parameters that a body may name, and what it is given for them."""


class Trigger(StrEnum):
    """What sets a listener off."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    OPTIONS = "options"
    SHORTCUT = "shortcut"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Listener:
    """A body and what sets it off. `reads`: it changes nothing, so it needs no deduplication and waits for nobody.

    `once`: the message whose button was clicked asks one thing, and a second click is the same answer.
    """

    trigger: Trigger
    name: str
    body: Body
    reads: bool
    parameters: frozenset[str]
    once: bool = False

    @property
    def needs_actor(self) -> bool:
        """Nobody need stand behind an event ("the app was removed"): a body that does not ask who acts is not told."""
        return self.trigger is not Trigger.EVENT or "actor" in self.parameters


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand of a slash command. `pattern` matches a first word that is an argument itself, such as `CHK-7`.

    Without a `summary` it is not in the help.

    `menu` is the label of its button in the command's menu, None for one that can't do without arguments.
    """

    command: str
    name: str
    summary: str
    usage: str
    menu: str | None
    pattern: re.Pattern[str] | None
    listener: Listener


@dataclass(slots=True)
class Capability:
    """What one file listens to."""

    listeners: list[Listener] = field(default_factory=list)
    subcommands: list[Subcommand] = field(default_factory=list)

    def subcommand(
        self,
        command: str,
        name: str,
        *,
        summary: str,
        usage: str = "",
        menu: str | None = None,
        pattern: str | None = None,
        reads: bool = False,
    ) -> Callable[[Body], Body]:
        """The body answers `command name …`."""

        def register(body: Body) -> Body:
            listener = listener_of(Trigger.COMMAND, f"{command} {name}", body, reads=reads)
            compiled = re.compile(pattern, re.IGNORECASE) if pattern else None
            self.subcommands.append(Subcommand(command, name, summary, usage, menu, compiled, listener))
            return body

        return register

    def action(self, *action_ids: str, reads: bool = False, once: bool = False) -> Callable[[Body], Body]:
        """The body answers clicks on elements with these action ids; `once`: of one message only the first."""
        return self._on(Trigger.ACTION, action_ids, reads, once=once)

    def submission(self, callback_id: str) -> Callable[[Body], Body]:
        """The body takes a submitted modal."""
        return self._on(Trigger.SUBMISSION, (callback_id,), reads=False)

    def options(self, action_id: str) -> Callable[[Body], Body]:
        """The body finds a menu's options."""
        return self._on(Trigger.OPTIONS, (action_id,), reads=True)

    def shortcut(self, callback_id: str, *, reads: bool = False) -> Callable[[Body], Body]:
        """The body answers a global or message shortcut."""
        return self._on(Trigger.SHORTCUT, (callback_id,), reads)

    def event(self, event_type: str) -> Callable[[Body], Body]:
        """The body takes an event."""
        return self._on(Trigger.EVENT, (event_type,), reads=False)

    def _on(
        self, trigger: Trigger, names: tuple[str, ...], reads: bool, *, once: bool = False
    ) -> Callable[[Body], Body]:
        def register(body: Body) -> Body:
            self.listeners.extend(listener_of(trigger, str(name), body, reads=reads, once=once) for name in names)
            return body

        return register


def listener_of(trigger: Trigger, name: str, body: Body, *, reads: bool, once: bool = False) -> Listener:
    """A listener of a body. Raises TypeError when the body asks for something that nobody can give it."""
    wanted = frozenset(inspect.signature(body).parameters)
    if unknown := wanted - PARAMETERS.keys():
        raise TypeError(f"{name}: a body can't ask for {', '.join(sorted(unknown))}")
    return Listener(trigger, name, body, reads, wanted, once)


def arguments_for(listener: Listener, available: dict[str, Any]) -> dict[str, Any]:
    """The parameters that the listener's body named."""
    return {name: available[name] for name in listener.parameters}
