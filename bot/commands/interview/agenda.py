"""`/interview today`, `tomorrow`, `week`: the sessions of the actor's own days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import schedule as blocks
from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Reply
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()
MINE = "mine"


@dataclass(frozen=True, slots=True)
class Which:
    """Some days: their name, how many days from today the first is, their number; and the channel that is to see them.

    Without a channel the actor alone sees them.
    """

    name: str
    offset: int
    number: int
    channel_id: str | None


@capability.subcommand("/interview", "today", summary="Who comes today", usage="[mine]", menu="Today", reads=True)
def today(
    session: Session, actor: Actor, arguments: str, now: datetime, channel_id: str = "", aloud: bool = False
) -> Outcome:
    return answer(session, actor, arguments, now, Which("today", 0, 1, channel_id if aloud else None))


@capability.subcommand(
    "/interview", "tomorrow", summary="Who comes tomorrow", usage="[mine]", menu="Tomorrow", reads=True
)
def tomorrow(
    session: Session, actor: Actor, arguments: str, now: datetime, channel_id: str = "", aloud: bool = False
) -> Outcome:
    return answer(session, actor, arguments, now, Which("tomorrow", 1, 1, channel_id if aloud else None))


@capability.subcommand(
    "/interview", "week", summary="Today and the six days after", usage="[mine]", menu="Seven days", reads=True
)
def week(
    session: Session, actor: Actor, arguments: str, now: datetime, channel_id: str = "", aloud: bool = False
) -> Outcome:
    return answer(session, actor, arguments, now, Which("the next seven days", 0, 7, channel_id if aloud else None))


def answer(session: Session, actor: Actor, arguments: str, now: datetime, which: Which) -> Outcome:
    """The sessions of some days. A channel hears of its own studies, and participants go by their aliases."""
    if arguments and arguments.lower() != MINE:
        raise RuleError(f"“{arguments[:40]}” is not understood here: say `{MINE}` for your own sessions, or nothing.")
    first, span = schedule.days(actor, now, which.offset, which.number)
    found = schedule.agenda(session, actor, span, mine=bool(arguments))
    if which.channel_id is not None:
        found = schedule.aloud(session, found, which.channel_id)
    days = blocks.Days(which.name, first, which.number, actor.time_zone)
    text, drawn = blocks.agenda(found, days, now)
    return Reply(text, drawn, in_channel=which.channel_id is not None)
