"""`/study waiting CHK`: who waits for a time; and a free time, offered to them by a tap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import waiting as blocks
from bot.blocks.ids import StudyId
from bot.commands.interview.compose import check_mail
from bot.services import waiting
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Reply, say
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Offering(Metadata):
    """The time that is offered, in UNIX seconds, and the study that it is of."""

    study_id: int = 0
    study_key: str = ""
    starts_at: int = 0


@capability.subcommand("/study", "waiting", summary="Who waits for a time", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, now: datetime) -> Outcome:
    if not arguments:
        raise RuleError("Of which study? Write for example /study waiting CHK.")
    return Reply(*blocks.listing(waiting.listing(session, actor, arguments, now)))


@capability.action(StudyId.WAITING, reads=True)
def clicked(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    return Reply(*blocks.listing(waiting.listing(session, actor, value, now)))


@capability.action(StudyId.OFFER, reads=True)
def choose(session: Session, actor: Actor, value: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """To whom of those who wait is the time offered?"""
    check_mail(has_mail=has_mail)
    study_id, _, seconds = value.partition(":")
    found = waiting.to_offer(session, actor, int(study_id), moment(int(seconds)), now)
    offering = Offering(channel_id, found.study_id, found.study_key, int(seconds))
    return Open(blocks.offer_modal(found.study_key, found.starts_at, found.people, offering.dump(), actor.time_zone))


@capability.submission(StudyId.OFFER_MODAL)
def offer(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    check_mail(has_mail=has_mail)
    offering = Offering.load(metadata)
    chosen = [int(value) for value in fields.get("people") or ()]
    number, held = waiting.offer_to(session, actor, offering.study_id, moment(offering.starts_at), chosen, now)
    return Close(say(blocks.offered_text(offering.study_key, number, held)))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
