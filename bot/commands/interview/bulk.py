"""Doing the same to several interviews of a list: they are selected, what will happen is shown, then it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import bulk as blocks
from bot.blocks.ids import InterviewId
from bot.commands.interview.listing import Place, cursor_of, filter_of
from bot.services import bulk
from bot.services.bulk import Wanted
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, say
from domain.bulk import BulkAction
from domain.errors import NotFound, RuleError
from domain.interview import CancelReason
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Reviewed(Metadata):
    """What was selected, as the review carries it: values of a BulkAction, and the name of a CancelReason or none."""

    action: str = ""
    interview_ids: tuple[int, ...] = ()
    reason: str = ""


@capability.action(InterviewId.BULK, reads=True)
def select(session: Session, actor: Actor, value: str, channel_id: str, now: datetime, has_mail: bool) -> Outcome:
    """The interviews of the list, from the page on in which the button was."""
    place = Place.load(value)
    found = bulk.choices(session, actor, filter_of(session, actor, place.words, now), cursor_of(place, now))
    if not found:
        raise NotFound("There is none left that you may manage. Ask for the list again.")
    return Open(blocks.modal(found, Metadata(channel_id).dump(), actor.time_zone, has_mail=has_mail))


@capability.submission(InterviewId.BULK_MODAL)
def review(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, has_mail: bool
) -> Outcome:
    """What would happen to those selected; nothing does yet."""
    if not fields.get("action"):
        raise RuleError("Choose what to do.", "action")
    if fields["action"] == BulkAction.CANCEL and not fields.get("reason"):
        raise RuleError("Say why they are cancelled.", "reason")
    chosen = tuple(int(value) for name in blocks.GROUPS for value in fields.get(name) or ())
    if not chosen:
        raise RuleError("Select at least one interview.", blocks.GROUPS[0])
    reviewed = Reviewed(Metadata.load(metadata).channel_id, fields["action"], chosen, fields.get("reason") or "")
    found = bulk.rehearse(session, actor, wanted_of(reviewed, None), now)
    return Open(blocks.review(found, reviewed.dump(), has_mail=has_mail))


@capability.submission(InterviewId.BULK_REVIEW_MODAL)
def carry_out(session: Session, actor: Actor, metadata: str, now: datetime, public_url: str | None) -> Outcome:
    done = bulk.carry_out(session, actor, wanted_of(Reviewed.load(metadata), public_url), now)
    return Close(say(blocks.summary(done)))


def wanted_of(reviewed: Reviewed, public_url: str | None) -> Wanted:
    reason = CancelReason[reviewed.reason] if reviewed.reason in CancelReason.__members__ else None
    return Wanted(BulkAction(reviewed.action), tuple(reviewed.interview_ids), reason, public_url)
