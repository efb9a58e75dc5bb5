"""`/callsheet privacy`: for how long people are kept, and where their names are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import privacy as blocks
from bot.blocks.ids import CallsheetId
from bot.services import retention
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Update, say
from domain.erasure import RETENTION_LABELS
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@capability.subcommand(
    "/callsheet",
    "privacy",
    summary="For how long people are kept, and where names are shown",
    menu="Privacy",
    reads=True,
)
def show(session: Session, actor: Actor, channel_id: str, now: datetime) -> Outcome:
    return Open(view_of(retention.shown(session, actor, now), Metadata(channel_id).dump()))


@capability.action(CallsheetId.PRIVACY_PERIOD, reads=True)
def chosen(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    """How many people the chosen period would erase now."""
    return Update(view_of(retention.shown(session, actor, now, days_of(value), is_set=False), metadata))


@capability.submission(CallsheetId.PRIVACY_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], now: datetime) -> Outcome:
    days = days_of(fields.get("retention") or "")
    retention.change(session, actor, days, now)
    if days is None:
        return Close(say("People are kept until somebody erases them."))
    return Close(say(f"People are kept for {RETENTION_LABELS[days]} after the last that happened to them."))


def days_of(value: str) -> int | None:
    """The days of a menu's value. Raises RuleError for none."""
    if value == blocks.NEVER:
        return None
    if not value.isdigit():
        raise RuleError("Choose for how long people are kept.", "retention")
    return int(value)


def view_of(found: retention.Privacy, metadata: str) -> dict[str, Any]:
    text = blocks.foreseen(found.days, found.number, is_more=found.is_more)
    return blocks.modal(found.days, text, found.teams, metadata)
