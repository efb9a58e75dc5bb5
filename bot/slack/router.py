"""From a slash command's text to the body of its subcommand. Menu, help and "did you mean" come from the same table."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.blocks import kit
from bot.blocks.ids import CommonId
from bot.slack.capability import Capability, Listener, Subcommand, Trigger, listener_of
from bot.slack.outcomes import Outcome, Reply, say

TITLES = {
    "/interview": "Interviews",
    "/study": "Studies",
    "/participant": "Participants",
    "/callsheet": "Callsheet",
}

HERE = "here"
"""The last word of a command whose answer is to be seen by the whole channel."""


class Router:
    """The subcommands of every slash command."""

    def __init__(self, capabilities: Iterable[Capability]) -> None:
        self._subcommands: dict[str, list[Subcommand]] = {}
        for capability in capabilities:
            for subcommand in capability.subcommands:
                self._subcommands.setdefault(subcommand.command, []).append(subcommand)

    @property
    def commands(self) -> Sequence[str]:
        """The slash commands that there are."""
        return tuple(self._subcommands)

    def find(self, command: str, text: str) -> tuple[Listener, str]:
        """The listener for what was typed after the command, and the arguments that are left for it."""
        word, rest = [*text.split(maxsplit=1), "", ""][:2]
        if not word:
            return answering(f"{command} menu", menu(command, self._subcommands[command])), ""
        if word.lower() == "help":
            return answering(f"{command} help", help_text(command, self._subcommands[command])), ""
        for subcommand in self._subcommands[command]:
            if subcommand.pattern is None and subcommand.name == word.lower():
                return subcommand.listener, rest.strip()
            if subcommand.pattern is not None and subcommand.pattern.fullmatch(word):
                return subcommand.listener, text.strip()
        return answering(f"{command} unknown", self._did_you_mean(command, word)), ""

    def _did_you_mean(self, command: str, word: str) -> Outcome:
        names = ["help", *(s.name for s in self._subcommands[command] if s.pattern is None)]
        near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.5)
        guess = f" Did you mean `{command} {near[0]}`?" if near else ""
        typed = kit.literal(kit.fit(word, 40))
        return say(f"There is no `{command} {typed}`.{guess} `{command} help` lists what there is.")


def said_aloud(listener: Listener, arguments: str) -> tuple[str, bool]:
    """The arguments without the "here" at their end, and whether it was there and the subcommand can answer aloud."""
    rest, _, last = arguments.rpartition(" ")
    if "aloud" in listener.parameters and last.lower() == HERE:
        return rest.strip(), True
    return arguments, False


def answering(name: str, outcome: Outcome) -> Listener:
    """A listener that always gives the same answer."""
    return listener_of(Trigger.COMMAND, name, lambda: outcome, reads=True)


def menu(command: str, subcommands: Sequence[Subcommand]) -> Reply:
    """What the command alone shows: a button for each subcommand that can do without arguments."""
    offered = [s for s in subcommands if s.menu]
    buttons = [
        kit.button(s.menu or "", f"{CommonId.MENU}:{s.command}:{s.name}", f"{s.command} {s.name}") for s in offered
    ]
    title = TITLES.get(command, command)
    return Reply(
        text=f"{title}: what would you like to do?",
        blocks=[
            kit.section(f"*{title}*: what would you like to do?"),
            *(kit.actions(*buttons[start : start + 5]) for start in range(0, len(buttons), 5)),
            kit.context(f"Everything it can do: `{command} help`"),
        ],
    )


def help_text(command: str, subcommands: Sequence[Subcommand]) -> Reply:
    """Every subcommand with its arguments and what it does."""
    lines = [
        f"• `{kit.escape(' '.join(filter(None, (s.command, usage(s)))))}`  {kit.escape(s.summary)}"
        for s in subcommands
        if s.summary
    ]
    lines.append(f"• `{command} help`  This list")
    if any("aloud" in s.listener.parameters for s in subcommands):
        lines.append(f"Answers are seen by you alone. With `{HERE}` at the end the whole channel sees them.")
    return Reply(
        text=f"What {command} can do",
        blocks=[kit.section(f"*What `{command}` can do*"), kit.section("\n".join(lines))],
    )


def usage(subcommand: Subcommand) -> str:
    """The subcommand as it is typed; one with a pattern is its own argument."""
    name = "" if subcommand.pattern else subcommand.name
    here = f"[{HERE}]" if "aloud" in subcommand.listener.parameters else ""
    return " ".join(filter(None, (name, subcommand.usage, here)))


def menu_listeners(capabilities: Iterable[Capability]) -> list[Listener]:
    """For each button of the menus, the body of its subcommand."""
    return [
        replace(
            subcommand.listener,
            trigger=Trigger.ACTION,
            name=f"{CommonId.MENU}:{subcommand.command}:{subcommand.name}",
        )
        for capability in capabilities
        for subcommand in capability.subcommands
        if subcommand.menu
    ]
