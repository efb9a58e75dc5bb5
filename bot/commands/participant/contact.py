"""From a participant's page: whether they may be contacted, overriding the rules for one study, and the blocklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import blocklist as block_views
from bot.blocks import contact as blocks
from bot.blocks import kit
from bot.blocks.ids import ParticipantId
from bot.services import blocklist, overrides, record
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Update, say
from domain.errors import RuleError
from domain.roles import Actor
from domain.times import local, spelled

capability = Capability()


@dataclass(frozen=True, slots=True)
class Deciding(Metadata):
    """About whom something is decided, or about which enrolment."""

    participant_id: int = 0
    enrolment_id: int = 0


@capability.action(ParticipantId.BLOCK, reads=True)
def ask_to_block(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    person, booked = blocklist.to_block(session, actor, int(value), now)
    return Open(block_views.block_modal(person, booked, Deciding(channel_id, person.id).dump()))


@capability.submission(ParticipantId.BLOCK_MODAL)
def block(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    participant_id = Deciding.load(metadata).participant_id
    person = blocklist.block(session, actor, participant_id, fields.get("reason") or "", now)
    return Close(say(f"{record.alias_of(person)} is on the blocklist. See it with `/callsheet blocklist`."))


@capability.action(ParticipantId.SUGGEST_BLOCK, reads=True)
def ask_to_suggest(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    person = blocklist.to_suggest(session, actor, int(value))
    return Open(block_views.suggest_modal(person, Deciding(channel_id, person.id).dump()))


@capability.submission(ParticipantId.SUGGEST_BLOCK_MODAL)
def suggest(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    blocklist.suggest(session, actor, Deciding.load(metadata).participant_id, fields.get("reason") or "", now)
    return Close(say("Suggested. An Admin or an Ops Manager other than you decides."))


@capability.action(ParticipantId.DO_NOT_CONTACT, reads=True)
def ask_about_contact(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    found = overrides.to_decide(session, actor, int(value), now)
    until = last_day(found.cooldown_until, actor)
    metadata = Deciding(channel_id, found.person.id).dump()
    present = (found.do_not_contact_reason, until)
    return Open(blocks.decide_modal(found.person, present, metadata, may_lift=found.may_lift))


def last_day(until: datetime | None, actor: Actor) -> date | None:
    """The last day of a cooldown on the actor's calendar."""
    return None if until is None else local(until - timedelta.resolution, actor.time_zone).date()


@capability.submission(ParticipantId.DO_NOT_CONTACT_MODAL)
def decide_contact(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    """One of the three holds; what held before is taken back."""
    participant_id, choice = Deciding.load(metadata).participant_id, fields.get("choice")
    found = overrides.to_decide(session, actor, participant_id, now)
    who = found.person.alias
    if choice == blocks.DO_NOT_CONTACT:
        overrides.do_not_contact(session, actor, participant_id, fields.get("reason") or "", now)
        return Close(say(f"Nobody contacts {who} any more."))
    if choice == blocks.COOLDOWN and not fields.get("until"):
        raise RuleError("Up to which day? Choose it.", "until")
    if found.do_not_contact_reason is not None:
        overrides.may_contact_again(session, actor, participant_id, now)
    if choice == blocks.COOLDOWN:
        until = date.fromisoformat(fields["until"])
        overrides.cool_down(session, actor, participant_id, until, now)
        return Close(say(f"Nobody invites {who} up to and with {spelled(until)}."))
    overrides.cool_down(session, actor, participant_id, None, now)
    return Close(say(f"Only the rules of contact hold for {who} now."))


@capability.action(ParticipantId.OVERRIDE, reads=True)
def ask_to_override(session: Session, actor: Actor, value: str, channel_id: str, now: datetime) -> Outcome:
    return Open(override_view(session, actor, Deciding(channel_id, 0, int(value)), now))


def override_view(session: Session, actor: Actor, deciding: Deciding, now: datetime) -> kit.View:
    """What bars them, or the override that there is. Raises RuleError when there is nothing to override."""
    found = overrides.to_override(session, actor, deciding.enrolment_id, now)
    if found.since is not None:
        by = (found.since.author, found.since.reason)
        return blocks.overridden_modal(found.person, found.study.key, by, deciding.enrolment_id, deciding.dump())
    overrides.check_may_be_overridden(found.person.alias, found.study.key, found.found)
    reasons = found.found.sentences(actor.time_zone, now)
    return blocks.override_modal(found.person, found.study.key, reasons, deciding.dump())


@capability.submission(ParticipantId.OVERRIDE_MODAL)
def override(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    enrolment_id = Deciding.load(metadata).enrolment_id
    overrides.override(session, actor, enrolment_id, fields.get("reason") or "", now)
    person, study = overrides.place_of(session, actor, enrolment_id)
    return Close(say(f"{person.alias} may be contacted for *{study.key}*."))


@capability.action(ParticipantId.END_OVERRIDE)
def end_override(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    overrides.end_override(session, actor, int(value), now)
    person, study = overrides.place_of(session, actor, int(value))
    said = f"The rules of contact hold for *{person.alias}* in *{study.key}* again."
    return Update(kit.modal("Override", [kit.section(said)], callback_id=ParticipantId.OVERRIDDEN_MODAL, close="Close"))
