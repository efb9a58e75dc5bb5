"""`/study limit CHK 20`: how many participants a study takes at most."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import studies
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()

EXAMPLE = "Write for example /study limit CHK 20, or /study limit CHK none."
NONE = ("none", "off", "no")


@capability.subcommand("/study", "limit", summary="Take so many participants at most", usage="KEY NUMBER|none")
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    key, _, wanted = arguments.partition(" ")
    if not key or not wanted.strip():
        raise RuleError(f"Which study, and how many? {EXAMPLE}")
    line = studies.to_change(session, actor, key)
    study = studies.change_limit(session, actor, line.id, limit_of(wanted.strip()), now)
    if study.participation_limit is None:
        return say(f"*{study.key}* takes any number of participants.")
    used = f"{study.seats_taken} of {study.participation_limit} seats are used."
    return say(f"*{study.key}* takes {study.participation_limit} participants at most: {used}")


def limit_of(text: str) -> int | None:
    """The number that was typed, None for none at all. Raises RuleError for anything else."""
    if text.lower() in NONE:
        return None
    if not (text.isascii() and text.isdigit()):
        raise RuleError(f"“{text[:40]}” is no number. {EXAMPLE}")
    return int(text)
