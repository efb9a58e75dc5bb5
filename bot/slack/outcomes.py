"""What a listener's body gives back: what the person is to see. The decorator carries it to Slack after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.blocks.kit import Block, Element, View, section


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to the person who acted, seen by them alone unless `in_channel`. `text` is for notifications."""

    text: str
    blocks: Sequence[Block] = ()
    in_channel: bool = False


@dataclass(frozen=True, slots=True)
class Replace:
    """The ephemeral message whose button was clicked becomes this one."""

    text: str
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class Remove:
    """The ephemeral message whose button was clicked goes away."""


@dataclass(frozen=True, slots=True)
class Open:
    """A modal opens; on top of the present one, if there is one."""

    view: View


@dataclass(frozen=True, slots=True)
class Update:
    """The modal in which something was clicked or submitted is drawn anew.

    `is_live`: it answers what is being typed. Slack refuses an update of a view that has changed since it was asked
    for; here the next letter changes it before the answer comes, and the last answer counts. What is typed stays.
    """

    view: View
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """The modals close. `reply` is said to the person, in a direct message or where the modal came from."""

    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """Sentences under the fields of a submitted modal, by the name of the field."""

    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """What a menu offers for what was typed."""

    options: Sequence[Element] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is done, and what shows it is brought up to date by itself."""


Outcome = Reply | Replace | Remove | Open | Update | Close | FieldErrors | Options | Nothing


def say(sentence: str) -> Reply:
    """A reply of one mrkdwn sentence, seen by the person alone."""
    return Reply(text=sentence, blocks=[section(sentence)])
