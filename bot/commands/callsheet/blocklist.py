"""`/callsheet blocklist`: who is on it since when and why, deciding suggestions, and taking people off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import blocklist as blocks
from bot.blocks import kit
from bot.blocks.ids import CallsheetId
from bot.services import blocklist, record
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Nothing, Open, Outcome, Update, say
from domain.roles import Actor
from storage.blocklist import Place

capability = Capability()


@dataclass(frozen=True, slots=True)
class Unblocking(Metadata):
    """Who is taken off the blocklist."""

    participant_id: int = 0


@capability.subcommand(
    "/callsheet", "blocklist", summary="Who is on the blocklist, and who is suggested", menu="Blocklist", reads=True
)
def show(session: Session, actor: Actor, channel_id: str) -> Outcome:
    return Open(page(session, actor, Metadata(channel_id).dump()))


def page(session: Session, actor: Actor, metadata: str, before: Place | None = None, told: str = "") -> kit.View:
    return blocks.page(blocklist.listing(session, actor, before), metadata, told)


@capability.action(CallsheetId.BLOCKLIST_PAGE, reads=True)
def older(session: Session, actor: Actor, value: str, metadata: str) -> Outcome:
    at, _, id_ = value.partition("|")
    return Update(page(session, actor, metadata, (datetime.fromisoformat(at), int(id_))))


@capability.action(CallsheetId.APPROVE)
def approve(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    person = blocklist.decide(session, actor, int(value), now, is_approved=True)
    told = f"✓ {record.alias_of(person)} is on the blocklist."
    return Update(page(session, actor, metadata, told=told))


@capability.action(CallsheetId.DECLINE)
def decline(session: Session, actor: Actor, value: str, metadata: str, now: datetime) -> Outcome:
    person = blocklist.decide(session, actor, int(value), now, is_approved=False)
    told = f"✓ {record.alias_of(person)} is not put on the blocklist."
    return Update(page(session, actor, metadata, told=told))


@capability.action(CallsheetId.CARD_APPROVE)
def approve_in_channel(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    """The post says by itself who has decided."""
    blocklist.decide(session, actor, int(value), now, is_approved=True)
    return Nothing()


@capability.action(CallsheetId.CARD_DECLINE)
def decline_in_channel(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    blocklist.decide(session, actor, int(value), now, is_approved=False)
    return Nothing()


@capability.action(CallsheetId.UNBLOCK, reads=True)
def ask_to_take_off(session: Session, actor: Actor, value: str, metadata: str) -> Outcome:
    person = blocklist.to_unblock(session, actor, int(value))
    unblocking = Unblocking(Metadata.load(metadata).channel_id, person.id)
    return Open(blocks.unblock_modal(person, unblocking.dump()))


@capability.submission(CallsheetId.UNBLOCK_MODAL)
def take_off(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    participant_id = Unblocking.load(metadata).participant_id
    person = blocklist.unblock(session, actor, participant_id, fields.get("reason") or "", now)
    return Close(say(f"{record.alias_of(person)} is off the blocklist."))
