"""What the table of actions names and nothing in this workspace provides: asked for by command, it says why."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from bot.services import schedule
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()

WHY = {
    "observe": (
        "{line.reference} has no observer room: no notetaker is connected to this workspace. "
        "Whoever sees the schedule can join by the link in the details."
    ),
    "notetaker": "No notetaker is connected to this workspace: none can be sent to {line.reference}.",
    "pay": (
        "No provider of rewards is connected to this workspace: "
        "send the incentive for {line.reference} yourself, and tell the participant with /interview mail."
    ),
}


def answering(why: str) -> Callable[[Session, Actor, str], Outcome]:
    """A body that says why, to those who see the interview."""

    def answer(session: Session, actor: Actor, arguments: str) -> Outcome:
        line = schedule.find(session, actor, schedule.called(session, actor, arguments)).line
        raise RuleError(why.format(line=line))

    return answer


for name, reason in WHY.items():
    capability.subcommand("/interview", name, summary="", usage="KEY-7", reads=True)(answering(reason))
