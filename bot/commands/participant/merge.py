"""`/participant merge P17 P23`: two participants who are one person. What it would do is shown before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import inviting
from bot.blocks import merging as blocks
from bot.blocks.ids import ParticipantId
from bot.commands.participant.words import without_links
from bot.services import merging, participants
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, say
from domain.errors import RuleError
from domain.merging import FIELDS
from domain.roles import Actor

capability = Capability()

EXAMPLE = "/participant merge P17 P23"


@dataclass(frozen=True, slots=True)
class Two(Metadata):
    """Who stays and who is merged into them, by alias."""

    stays: str = ""
    goes: str = ""


@capability.subcommand(
    "/participant", "merge", summary="Merge two participants who are one person", usage="P17 P23", reads=True
)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str) -> Outcome:
    """The first stays. Nothing is merged before it is confirmed."""
    called = without_links(arguments).split()
    if len(called) != 2:
        raise RuleError(f"Who are the two? Write who stays first, for example {EXAMPLE}.")
    return asked(session, actor, Two(channel_id, *called))


@capability.action(ParticipantId.MERGE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str) -> Outcome:
    """From a participant's page, or where an address is somebody else's: then the other one is known."""
    stays, _, goes = value.partition(" ")
    if goes:
        return asked(session, actor, Two(channel_id, stays, goes))
    return Open(blocks.with_modal(merging.first(session, actor, stays), Two(channel_id, stays).dump()))


@capability.options(ParticipantId.MERGE_MENU)
def find_people(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(inviting.people_options(participants.find(session, actor, typed).people))


@capability.submission(ParticipantId.MERGE_WITH_MODAL)
def chosen(session: Session, actor: Actor, fields: dict[str, Any], metadata: str) -> Outcome:
    if not fields.get("other"):
        raise RuleError("Choose who else it is.", "other")
    two = Two.load(metadata)
    goes = merging.alias_of(session, actor, int(fields["other"]))
    return asked(session, actor, Two(two.channel_id, two.stays, goes))


def asked(session: Session, actor: Actor, two: Two) -> Outcome:
    found = merging.preview(session, actor, two.stays, two.goes)
    known = Two(two.channel_id, found.stays.alias, found.goes.alias)
    return Open(blocks.modal(found, known.dump()))


@capability.submission(ParticipantId.MERGE_MODAL)
def submitted(session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime) -> Outcome:
    two = Two.load(metadata)
    if (fields.get("confirm") or "").strip().upper() != two.goes:
        raise RuleError(f"Type {two.goes}, so that nobody is merged by mistake.", "confirm")
    taken = [field for field in FIELDS if fields.get(field) == blocks.OTHER]
    merged = merging.merge(session, actor, two.stays, two.goes, taken, now)
    return Close(say(blocks.done_text(merged.number, merged.gone)))
