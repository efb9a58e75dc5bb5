"""`/interview today`, `tomorrow`, `week`: the sessions of the actor's own days."""

from __future__ import annotations

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


@capability.subcommand("/interview", "today", summary="Who comes today", usage="[mine]", menu="Today", reads=True)
def today(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return answer(session, actor, arguments, now, ("today", 0, 1))


@capability.subcommand(
    "/interview", "tomorrow", summary="Who comes tomorrow", usage="[mine]", menu="Tomorrow", reads=True
)
def tomorrow(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return answer(session, actor, arguments, now, ("tomorrow", 1, 1))


@capability.subcommand(
    "/interview", "week", summary="Today and the six days after", usage="[mine]", menu="Seven days", reads=True
)
def week(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    return answer(session, actor, arguments, now, ("the next seven days", 0, 7))


def answer(session: Session, actor: Actor, arguments: str, now: datetime, which: tuple[str, int, int]) -> Outcome:
    """The sessions of some days: their name, how many days from today the first is, and their number."""
    name, offset, number = which
    if arguments and arguments.lower() != MINE:
        raise RuleError(f"“{arguments[:40]}” is not understood here: say `{MINE}` for your own sessions, or nothing.")
    first, span = schedule.days(actor, now, offset, number)
    found = schedule.agenda(session, actor, span, mine=bool(arguments))
    text, drawn = blocks.agenda(found, blocks.Days(name, first, number, actor.time_zone), now)
    return Reply(text, drawn)
