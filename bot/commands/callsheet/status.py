"""`/callsheet status`: how Callsheet is doing here, and another round for what it gave up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import callsheet as blocks
from bot.blocks.ids import CallsheetId
from bot.services import status
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/callsheet", "status", summary="How Callsheet is doing here", menu="Status", reads=True)
def show(session: Session, actor: Actor, now: datetime) -> Outcome:
    return Reply(*blocks.status(status.status(session, actor, now)))


@capability.action(CallsheetId.RETRY)
def retry(session: Session, actor: Actor, now: datetime) -> Outcome:
    """The message with the button becomes the status as it is now."""
    status.retry(session, actor, now)
    return Replace(*blocks.status(status.status(session, actor, now)))
