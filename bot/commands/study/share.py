"""`/study share CHK`: the public link of a study, to copy, to end, to make anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import sharing as blocks
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block
from bot.services import sharing
from bot.services.sharing import Shared
from bot.slack.capability import Capability
from bot.slack.outcomes import Outcome, Replace, Reply
from domain.errors import RuleError
from domain.roles import Actor

capability = Capability()


@capability.subcommand("/study", "share", summary="The link by which anybody may come", usage="KEY")
def typed(session: Session, actor: Actor, arguments: str, now: datetime, public_url: str | None) -> Outcome:
    if not arguments:
        raise RuleError("Which study? Write for example /study share CHK.")
    return Reply(*drawn(sharing.show(session, actor, arguments, public_url, now)))


@capability.action(StudyId.SHARE)
def clicked(session: Session, actor: Actor, value: str, now: datetime, public_url: str | None) -> Outcome:
    return Reply(*drawn(sharing.show(session, actor, value, public_url, now)))


@capability.action(StudyId.SHARE_NEW)
def new(session: Session, actor: Actor, value: str, now: datetime, public_url: str | None) -> Outcome:
    study_id, _, seen = value.partition(":")
    return Replace(*drawn(sharing.replace(session, actor, int(study_id), seen, public_url, now)))


@capability.action(StudyId.SHARE_END)
def end(session: Session, actor: Actor, value: str, now: datetime) -> Outcome:
    study_id, _, seen = value.partition(":")
    done = sharing.end(session, actor, int(study_id), seen, now)
    return Replace(*blocks.ended(done.study_key))


def drawn(found: Shared) -> tuple[str, list[Block]]:
    """The link with its buttons, which say of which one they are."""
    if found.address is None:
        return blocks.ended(found.study_key)
    value = f"{found.study_id}:{found.mark}"
    return blocks.shown(found.study_key, found.study_name, found.status, found.address, value)
